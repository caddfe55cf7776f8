//! `…/data/commerce-productCategories` and `…/data/commerce-productCategories/{recordId}`: Stripe has no categories.

use super::readable;
use super::records::Asked;
use crate::answer::Answer;
use crate::list::ListRequest;
use crate::path::RecordId;
use tributary_contract::ApiError;
use tributary_contract::commerce::ProductCategory;
use tributary_core::DataType::ProductCategories;
use tributary_db::AnyConn;
use tributary_db::connections::Connection;
use tributary_db::records::product_categories::FIELDS;

/// No categories.
pub(crate) async fn list((state, caller, path): Asked, list: ListRequest) -> Answer {
    list.of(FIELDS)?;
    let platform_no = caller.platform_no();
    let find = move |conn: &mut AnyConn| readable(conn, platform_no, path, ProductCategories);
    let read = |_: &mut AnyConn, _: &Connection, _| Ok(Vec::<ProductCategory>::new());
    list.respond(&state, platform_no, find, read, |_, _| Ok(0)).await
}

/// None has any id.
pub(crate) async fn get((state, caller, path): Asked, RecordId(id): RecordId) -> Answer {
    state.read(move |conn| readable(conn, caller.platform_no(), path, ProductCategories).map(|_| ())).await?;
    Err(ApiError::RecordNotFound { data_type: ProductCategories, id }.into())
}

//! `…/data/commerce-productCategories` and `…/data/commerce-productCategories/{recordId}`: Stripe has no categories.

use super::readable;
use super::records::Asked;
use crate::answer::Answer;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::stream;
use actix_web::HttpResponse;
use tributary_contract::ApiError;
use tributary_contract::commerce::ProductCategory;
use tributary_core::DataType::ProductCategories;
use tributary_db::records::product_categories::FIELDS;

/// No categories.
pub(crate) async fn list((state, caller, path): Asked, list: ListRequest) -> Answer {
    list.of(FIELDS)?;
    state.read(move |conn| readable(conn, caller.platform_no(), path, ProductCategories).map(|_| ())).await?;
    if list.is_whole() {
        return Ok(HttpResponse::Ok().content_type(stream::NDJSON).finish());
    }
    list.answer((Vec::<ProductCategory>::new(), 0))
}

/// None has any id.
pub(crate) async fn get((state, caller, path): Asked, RecordId(id): RecordId) -> Answer {
    state.read(move |conn| readable(conn, caller.platform_no(), path, ProductCategories).map(|_| ())).await?;
    Err(ApiError::RecordNotFound { data_type: ProductCategories, id }.into())
}

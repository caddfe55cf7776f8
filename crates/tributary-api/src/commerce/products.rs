//! `…/data/commerce-products` and `…/data/commerce-products/{recordId}`

use super::records::{self, Asked};
use super::supplemental;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::commerce::Product;
use tributary_core::DataType::Products;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, products, variants};

/// Products, the newest first unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    records::list(asked, list, Products, show).await
}

/// One product.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    records::get(asked, id, Products, show).await
}

/// With their variants.
fn show(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    rows: Vec<Stamped<products::Product>>,
) -> Result<Vec<Product>, Failure> {
    let ids: Vec<&str> = rows.iter().map(|(product, _)| product.id.as_str()).collect();
    let mut variants = variants::of_products(conn, connection, &ids)?;
    let present = |row: Stamped<products::Product>| {
        let variants = variants.remove(&row.0.id).unwrap_or_default();
        present::product(row, variants)
    };
    supplemental::add(conn, connection, rows.into_iter().map(present).collect::<Result<_, _>>()?)
}

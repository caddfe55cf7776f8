//! `…/data/commerce-products` and `…/data/commerce-products/{record}`

use super::{not_found, readable};
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::{ConnectionPath, RecordId};
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::commerce::Product;
use tributary_core::DataType::Products;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, products, variants};

/// Products with their variants, newest first.
pub(crate) async fn list(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    list: ListRequest,
) -> Answer {
    let page = list.page();
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Products)?;
            let (rows, total) = products::list(conn, connection.no, page)?;
            Ok((present_all(conn, connection.no, rows)?, total))
        })
        .await?;
    list.answer(found)
}

/// One product with its variants.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: ConnectionPath, id: RecordId) -> Answer {
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Products)?;
            let row = products::find(conn, connection.no, &id.0)?;
            let row = present_all(conn, connection.no, row.into_iter().collect())?.pop();
            Ok(row.ok_or_else(|| not_found(Products, id))?)
        })
        .await?;
    json(&found)
}

fn present_all(
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
    Ok(rows.into_iter().map(present).collect::<Result<_, _>>()?)
}

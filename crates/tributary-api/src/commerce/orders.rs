//! `…/data/commerce-orders` and `…/data/commerce-orders/{recordId}`

use super::records::{self, Asked};
use super::supplemental;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use std::collections::BTreeSet;
use tributary_contract::commerce::Order;
use tributary_core::DataType::Orders;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::order_parts::OrderParts;
use tributary_db::records::{Stamped, order_parts, orders, tax_components};

/// Invoices and checkout sessions, the newest first unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    records::list(asked, list, Orders, show).await
}

/// One order.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    records::get(asked, id, Orders, show).await
}

/// With their lines, the payments of each and the names of its taxes.
fn show(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    rows: Vec<Stamped<orders::Order>>,
) -> Result<Vec<Order>, Failure> {
    let parts = order_parts::join(conn, connection, &rows)?;
    let rates = rates(conn, connection, &parts)?;
    let shown = rows.into_iter().zip(parts).map(|(row, parts)| present::order(row, parts, &rates));
    supplemental::add(conn, connection, shown.collect::<Result<_, _>>()?)
}

/// The tax rates that lines of these orders name.
fn rates(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    parts: &[OrderParts],
) -> Result<present::Rates, Failure> {
    let mut ids = BTreeSet::new();
    for line in parts.iter().flat_map(|part| &part.lines) {
        ids.extend(line.taxes()?.into_iter().map(|tax| tax.id));
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    Ok(tax_components::by_ids(conn, connection, &ids)?)
}

//! `…/data/commerce-customers` and `…/data/commerce-customers/{record}`

use super::{not_found, readable};
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::list::ListRequest;
use crate::path::{ConnectionPath, RecordId};
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_core::DataType::Customers;
use tributary_db::records::customers;

/// Customers, newest first.
pub(crate) async fn list(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    list: ListRequest,
) -> Answer {
    let page = list.page();
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Customers)?;
            let (rows, total) = customers::list(conn, connection.no, page)?;
            let results: Result<Vec<_>, _> = rows.into_iter().map(present::customer).collect();
            Ok((results?, total))
        })
        .await?;
    list.answer(found)
}

/// One customer.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: ConnectionPath, id: RecordId) -> Answer {
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Customers)?;
            let row = customers::find(conn, connection.no, &id.0)?.ok_or_else(|| not_found(Customers, id))?;
            Ok(present::customer(row)?)
        })
        .await?;
    json(&found)
}

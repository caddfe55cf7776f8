//! `…/data/commerce-payments` and `…/data/commerce-payments/{record}`

use super::{not_found, readable};
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::list::ListRequest;
use crate::path::{ConnectionPath, RecordId};
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_core::DataType::Payments;
use tributary_db::records::payments;

/// Payments and refunds, newest first.
pub(crate) async fn list(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    list: ListRequest,
) -> Answer {
    let page = list.page();
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Payments)?;
            let (mut rows, total) = payments::list(conn, connection.no, page)?;
            payments::join_intents(conn, connection.no, &mut rows)?;
            Ok((rows.into_iter().map(present::payment).collect(), total))
        })
        .await?;
    list.answer(found)
}

/// One payment or refund.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: ConnectionPath, id: RecordId) -> Answer {
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Payments)?;
            let row = payments::find(conn, connection.no, &id.0)?;
            let mut row = [row.ok_or_else(|| not_found(Payments, id))?];
            payments::join_intents(conn, connection.no, &mut row)?;
            let [row] = row;
            Ok(present::payment(row))
        })
        .await?;
    json(&found)
}

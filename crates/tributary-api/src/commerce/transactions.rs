//! `…/data/commerce-transactions` and `…/data/commerce-transactions/{record}`

use super::{not_found, readable};
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::list::ListRequest;
use crate::path::{ConnectionPath, RecordId};
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_core::DataType::Transactions;
use tributary_db::records::transactions;

/// Movements of the merchant's balance, newest first.
pub(crate) async fn list(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    list: ListRequest,
) -> Answer {
    let page = list.page();
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Transactions)?;
            let (rows, total) = transactions::list(conn, connection.no, page)?;
            Ok((rows.into_iter().map(present::transaction).collect(), total))
        })
        .await?;
    list.answer(found)
}

/// One transaction.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: ConnectionPath, id: RecordId) -> Answer {
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Transactions)?;
            let row =
                transactions::find(conn, connection.no, &id.0)?.ok_or_else(|| not_found(Transactions, id))?;
            Ok(present::transaction(row))
        })
        .await?;
    json(&found)
}

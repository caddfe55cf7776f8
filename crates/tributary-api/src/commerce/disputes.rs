//! `…/data/commerce-disputes` and `…/data/commerce-disputes/{record}`

use super::{not_found, readable};
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::{ConnectionPath, RecordId};
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::commerce::Dispute;
use tributary_core::DataType::Disputes;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, disputes};

/// Disputes, newest first.
pub(crate) async fn list(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    list: ListRequest,
) -> Answer {
    let page = list.page();
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Disputes)?;
            let (rows, total) = disputes::list(conn, connection.no, page)?;
            Ok((present_all(conn, connection.no, rows)?, total))
        })
        .await?;
    list.answer(found)
}

/// One dispute.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: ConnectionPath, id: RecordId) -> Answer {
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, Disputes)?;
            let row = disputes::find(conn, connection.no, &id.0)?;
            let row = present_all(conn, connection.no, row.into_iter().collect())?.pop();
            Ok(row.ok_or_else(|| not_found(Disputes, id))?)
        })
        .await?;
    json(&found)
}

fn present_all(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    rows: Vec<Stamped<disputes::Dispute>>,
) -> Result<Vec<Dispute>, Failure> {
    let charges: Vec<&str> = rows.iter().map(|(dispute, _)| dispute.charge_id.as_str()).collect();
    let transactions = disputes::disputed_transactions(conn, connection, &charges)?;
    let present = |row: Stamped<disputes::Dispute>| {
        let transaction = transactions.get(&row.0.charge_id).cloned();
        present::dispute(row, transaction)
    };
    Ok(rows.into_iter().map(present).collect())
}

//! `…/data/commerce-disputes` and `…/data/commerce-disputes/{recordId}`

use super::records::{self, Asked};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::commerce::Dispute;
use tributary_core::DataType::Disputes;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, disputes};

/// Disputes, the newest first unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    records::list(asked, list, Disputes, show).await
}

/// One dispute.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    records::get(asked, id, Disputes, show).await
}

/// With the transactions that they dispute.
fn show(
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

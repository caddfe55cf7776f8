//! `…/data/commerce-transactions` and `…/data/commerce-transactions/{recordId}`

use super::records::{self, Asked};
use super::supplemental;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::commerce::Transaction;
use tributary_core::DataType::Transactions;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, transactions};

/// Movements of the merchant's balance, the newest first unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    records::list(asked, list, Transactions, show).await
}

/// One transaction.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    records::get(asked, id, Transactions, show).await
}

fn show(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    rows: Vec<Stamped<transactions::Transaction>>,
) -> Result<Vec<Transaction>, Failure> {
    supplemental::add(conn, connection, rows.into_iter().map(present::transaction).collect())
}

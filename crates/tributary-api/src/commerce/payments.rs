//! `…/data/commerce-payments` and `…/data/commerce-payments/{recordId}`

use super::records::{self, Asked};
use super::supplemental;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::commerce::Payment;
use tributary_core::DataType::Payments;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, payments};

/// Payments and refunds, the newest first unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    records::list(asked, list, Payments, show).await
}

/// One payment or refund.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    records::get(asked, id, Payments, show).await
}

/// With the status of their intents.
fn show(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    mut rows: Vec<Stamped<payments::Payment>>,
) -> Result<Vec<Payment>, Failure> {
    payments::join_intents(conn, connection, &mut rows)?;
    supplemental::add(conn, connection, rows.into_iter().map(present::payment).collect())
}

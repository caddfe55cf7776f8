//! `…/data/commerce-paymentMethods` and `…/data/commerce-paymentMethods/{recordId}`

use super::records::{self, Asked};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::commerce::PaymentMethod;
use tributary_core::DataType::PaymentMethods;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, payment_methods};

/// What customers paid with, by their ids unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    records::list(asked, list, PaymentMethods, show).await
}

/// One payment method.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    records::get(asked, id, PaymentMethods, show).await
}

fn show(
    _: &mut AnyConn,
    _: ConnectionNo,
    rows: Vec<Stamped<payment_methods::PaymentMethod>>,
) -> Result<Vec<PaymentMethod>, Failure> {
    Ok(rows.into_iter().map(present::payment_method).collect())
}

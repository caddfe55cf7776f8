//! `/tributary/v1/…/payouts` and `/tributary/v1/…/payouts/{payoutId}`

use crate::answer::Answer;
use crate::commerce::records::Asked;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::extensions::Payout;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, payouts};

/// The newest first unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    super::list(asked, list, show).await
}

/// One payout.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    super::get(asked, id, "payout", show).await
}

fn show(
    _: &mut AnyConn,
    _: ConnectionNo,
    rows: Vec<Stamped<payouts::Payout>>,
) -> Result<Vec<Payout>, Failure> {
    Ok(rows.into_iter().map(present::payout).collect())
}

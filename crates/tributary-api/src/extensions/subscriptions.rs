//! `/tributary/v1/…/subscriptions` and `/tributary/v1/…/subscriptions/{subscriptionId}`

use crate::answer::Answer;
use crate::commerce::records::Asked;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::extensions::Subscription;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, subscriptions};

/// The newest first unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    super::list(asked, list, show).await
}

/// One subscription.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    super::get(asked, id, "subscription", show).await
}

fn show(
    _: &mut AnyConn,
    _: ConnectionNo,
    rows: Vec<Stamped<subscriptions::Subscription>>,
) -> Result<Vec<Subscription>, Failure> {
    Ok(rows.into_iter().map(present::subscription).collect::<Result<_, _>>()?)
}

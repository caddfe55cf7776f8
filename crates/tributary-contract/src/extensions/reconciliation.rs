use crate::Decimal;
use serde::Serialize;
use tributary_core::ids::{ConnectionId, ReconciliationId, RunId};
use tributary_core::reconciliation::{DifferenceKind, ReconciliationState, Verdict};
use tributary_core::{Currency, Millis, Resource};
use utoipa::ToSchema;

/// A comparison of what is stored of a connection with Stripe's balance and payouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    /// Its id.
    pub id: ReconciliationId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// Where it stands.
    pub state: ReconciliationState,
    /// What it comes to. While it is running, what was found before repairs; left out before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Why the verdict isn't `ties`, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// When it was asked for.
    pub requested_date: Millis,
    /// When it ended or was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_date: Option<Millis>,
    /// The instant that was compared, on Stripe's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of_date: Option<Millis>,
    /// The run after which it was asked for; left out where somebody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    /// Per currency, Stripe's balance and what the stored transactions sum to.
    pub sums: Vec<ReconciliationSum>,
    /// Automatic payouts compared with their transactions.
    pub payouts: i64,
    /// Stripe's objects that were compared with their records.
    pub objects: i64,
    /// Differences found, repaired ones included.
    pub differences: i64,
    /// How many of them are repaired.
    pub repaired: i64,
}

/// One currency of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReconciliationSum {
    /// The currency.
    pub currency: Currency,
    /// Stripe's balance: available for payout.
    pub available: Decimal,
    /// Stripe's balance: not yet available.
    pub pending: Decimal,
    /// The sum of the stored transactions, fees included.
    pub stored: Decimal,
    /// Whether that is Stripe's balance, available and pending together.
    pub ties: bool,
}

/// Something that doesn't agree, or didn't before it was repaired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// What.
    pub kind: DifferenceKind,
    /// Stripe's list of the object that it is about.
    #[serde(serialize_with = "resource", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "refunds")]
    pub resource: Option<Resource>,
    /// The object's id at Stripe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// The object that names it, or the record's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_id: Option<String>,
    /// The currency of the amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What the amount should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Decimal>,
    /// What it was found to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Decimal>,
    /// Whether it is mended.
    pub repaired: bool,
}

fn resource<S: serde::Serializer>(resource: &Option<Resource>, to: S) -> Result<S::Ok, S::Error> {
    match resource {
        Some(resource) => to.serialize_str(resource.as_str()),
        None => to.serialize_none(),
    }
}

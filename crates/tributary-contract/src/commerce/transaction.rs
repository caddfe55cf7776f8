//! Transactions.

use super::SourceRef;
use crate::Decimal;
use crate::supplemental::SupplementalData;
use serde::Serialize;
use tributary_core::commerce::TransactionType;
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// A movement of the merchant's balance; fees are movements of their own (rule M2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// The balance transaction's id; for a fee, with its description after a colon.
    pub id: String,
    /// The movement: negative where money leaves.
    pub total_amount: Decimal,
    /// The currency of the balance it moves.
    pub currency: Currency,
    /// What kind of movement it is.
    #[serde(rename = "type")]
    pub kind: TransactionType,
    /// Stripe's own word for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_type: Option<String>,
    /// What caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_source_ref: Option<SourceRef>,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
    /// What was configured to be shown of Stripe's object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplemental_data: Option<SupplementalData>,
}

//! Disputes.

use super::SourceRef;
use crate::Decimal;
use serde::Serialize;
use tributary_core::commerce::DisputeStatus;
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// A payment that the customer contests at the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dispute {
    /// Stripe's id.
    pub id: String,
    /// What is disputed: the payment's transaction, or the payment where it has none (rule M6).
    pub disputed_transactions: Vec<SourceRef>,
    /// The disputed amount, positive.
    pub total_amount: Decimal,
    /// The payment's currency.
    pub currency: Currency,
    /// Where it stands.
    pub status: DisputeStatus,
    /// Stripe's reason code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when evidence is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Millis>,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

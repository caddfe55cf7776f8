use crate::Decimal;
use serde::Serialize;
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// Money on its way from the merchant's balance to a bank account or card, or back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payout {
    /// Stripe's id.
    pub id: String,
    /// Positive to the bank, negative from it.
    pub amount: Decimal,
    /// The amount's currency.
    pub currency: Currency,
    /// Stripe's word: `paid`, `pending`, `in_transit`, `canceled` or `failed`.
    pub status: String,
    /// `standard` or `instant`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Where it goes: `bank_account` or `card`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether Stripe's schedule made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic: Option<bool>,
    /// Whether its transactions are known: `not_applicable`, `in_progress` or `completed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconciliation_status: Option<String>,
    /// The bank account or card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_id: Option<String>,
    /// The transaction that books it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The transaction that books its failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_transaction_id: Option<String>,
    /// Stripe's word for why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// The payout that this one reverses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_payout_id: Option<String>,
    /// The payout that reverses this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversed_by_id: Option<String>,
    /// What the bank statement says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement_descriptor: Option<String>,
    /// When it is expected at the bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrival_date: Option<Millis>,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

use crate::Decimal;
use serde::Serialize;
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// An invoice, drafts too. What it is as an order is among the orders, under the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    /// Stripe's id.
    pub id: String,
    /// Its number; drafts have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Stripe's word: `draft`, `open`, `paid`, `uncollectible` or `void`.
    pub status: String,
    /// Stripe's word for why it was made: `manual`, `subscription_cycle`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_reason: Option<String>,
    /// `charge_automatically` or `send_invoice`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_method: Option<String>,
    /// Who is to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The subscription that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<String>,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// Before discounts, and before taxes that are added.
    pub subtotal_amount: Decimal,
    /// What was taken off, positive.
    pub discount_amount: Decimal,
    /// Taxes, whether they were added or prices include them.
    pub tax_amount: Decimal,
    /// Shipping with its tax.
    pub shipping_amount: Decimal,
    /// What it came to.
    pub total_amount: Decimal,
    /// What the customer owes or owed.
    pub amount_due: Decimal,
    /// What was paid.
    pub amount_paid: Decimal,
    /// What is left to pay.
    pub amount_remaining: Decimal,
    /// What credit notes took off before it was paid, positive.
    pub credited_before_payment: Decimal,
    /// What credit notes gave back after it was paid, positive.
    pub credited_after_payment: Decimal,
    /// By when it is to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Millis>,
    /// When it ceased to be a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finalized_date: Option<Millis>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_date: Option<Millis>,
    /// When it was voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voided_date: Option<Millis>,
    /// When it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncollectible_date: Option<Millis>,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

use crate::Decimal;
use serde::Serialize;
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// A subscription, ended ones too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Stripe's id.
    pub id: String,
    /// Stripe's word: `trialing`, `active`, `past_due`, `canceled`, …
    pub status: String,
    /// Who subscribes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The currency of its prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// `charge_automatically` or `send_invoice`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_method: Option<String>,
    /// The newest invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_invoice_id: Option<String>,
    /// What is subscribed to.
    pub items: Vec<SubscriptionItem>,
    /// Whether it ends with the present period.
    pub cancel_at_period_end: bool,
    /// When the present period began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_start_date: Option<Millis>,
    /// When the present period ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_end_date: Option<Millis>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Millis>,
    /// When the trial began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_start_date: Option<Millis>,
    /// When the trial ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_end_date: Option<Millis>,
    /// When it will end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_at_date: Option<Millis>,
    /// When its end was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canceled_date: Option<Millis>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_date: Option<Millis>,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

/// What is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionItem {
    /// Stripe's id.
    pub id: String,
    /// The price: a variant of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_id: Option<String>,
    /// The product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// How many; absent where usage decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    /// In the subscription's currency; absent for tiered prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// `day`, `week`, `month` or `year`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// Every how many intervals it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_count: Option<i64>,
    /// `licensed` or `metered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_type: Option<String>,
}

//! Subscriptions as themselves: rows from `/v1/subscriptions`, ended ones too.

use crate::bulk::{Record, Value};
use crate::error::DbError;
use crate::query::{Field, Fields};
use crate::records::json;
use crate::records::listed::listed;
use diesel::Queryable;
use serde::{Deserialize, Serialize};

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Subscription {
    /// Stripe's id.
    pub id: String,
    /// Stripe's word: `trialing`, `active`, `past_due`, `canceled`, …
    pub status: String,
    /// Who subscribes.
    pub customer_id: Option<String>,
    /// Currency of its prices, upper case.
    pub currency: Option<String>,
    /// `charge_automatically` or `send_invoice`.
    pub collection_method: Option<String>,
    /// The newest invoice.
    pub latest_invoice_id: Option<String>,
    /// JSON of [`SubscriptionItem`]s.
    pub items: String,
    /// Whether it ends with the present period.
    pub cancel_at_period_end: bool,
    /// The present period, of the item that is due first: UTC milliseconds.
    pub period_start_ms: Option<i64>,
    /// Its end.
    pub period_end_ms: Option<i64>,
    /// When it began: UTC milliseconds.
    pub start_ms: Option<i64>,
    /// The trial: UTC milliseconds.
    pub trial_start_ms: Option<i64>,
    /// Its end.
    pub trial_end_ms: Option<i64>,
    /// When it will end: UTC milliseconds.
    pub cancel_at_ms: Option<i64>,
    /// When its end was asked for: UTC milliseconds.
    pub canceled_ms: Option<i64>,
    /// When it ended: UTC milliseconds.
    pub ended_ms: Option<i64>,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for Subscription {
    type Table = crate::schema::subscriptions::table;
    const TABLE: &'static str = "subscriptions";
    const COLUMNS: &'static [&'static str] = &[
        "status",
        "customer_id",
        "currency",
        "collection_method",
        "latest_invoice_id",
        "items",
        "cancel_at_period_end",
        "period_start_ms",
        "period_end_ms",
        "start_ms",
        "trial_start_ms",
        "trial_end_ms",
        "cancel_at_ms",
        "canceled_ms",
        "ended_ms",
        "created_ms",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.status)),
            Value::Text(self.customer_id.as_deref()),
            Value::Text(self.currency.as_deref()),
            Value::Text(self.collection_method.as_deref()),
            Value::Text(self.latest_invoice_id.as_deref()),
            Value::Text(Some(&self.items)),
            Value::Bool(Some(self.cancel_at_period_end)),
            Value::Int(self.period_start_ms),
            Value::Int(self.period_end_ms),
            Value::Int(self.start_ms),
            Value::Int(self.trial_start_ms),
            Value::Int(self.trial_end_ms),
            Value::Int(self.cancel_at_ms),
            Value::Int(self.canceled_ms),
            Value::Int(self.ended_ms),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// What may be asked of subscriptions.
pub const FIELDS: &Fields = &Fields::new(
    "Subscription",
    "subscriptions",
    [Field::id("id", "subscriptions.id"), Field::date("createdDate", "subscriptions.created_ms")],
    &[
        Field::date("modifiedDate", "subscriptions.modified_ms"),
        Field::text("status", "subscriptions.status"),
        Field::code("currency", "subscriptions.currency").optional(),
        Field::id("customerId", "subscriptions.customer_id").optional(),
        Field::date("startDate", "subscriptions.start_ms").optional(),
        Field::date("endedDate", "subscriptions.ended_ms").optional(),
    ],
);

listed!(
    subscriptions,
    Subscription,
    (
        id,
        status,
        customer_id,
        currency,
        collection_method,
        latest_invoice_id,
        items,
        cancel_at_period_end,
        period_start_ms,
        period_end_ms,
        start_ms,
        trial_start_ms,
        trial_end_ms,
        cancel_at_ms,
        canceled_ms,
        ended_ms,
        created_ms
    )
);

/// What is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionItem {
    /// Stripe's id of the item.
    pub id: String,
    /// The price.
    pub price_id: Option<String>,
    /// The product.
    pub product_id: Option<String>,
    /// How many; none where usage decides.
    pub quantity: Option<i64>,
    /// Exact decimal text in major units of the subscription's currency; none for tiered prices.
    pub unit_price: Option<String>,
    /// `day`, `week`, `month` or `year`.
    pub interval: Option<String>,
    /// Every how many intervals it is due.
    pub interval_count: Option<i64>,
    /// `licensed` or `metered`.
    pub usage_type: Option<String>,
}

impl Subscription {
    /// What is subscribed to.
    pub fn items(&self) -> Result<Vec<SubscriptionItem>, DbError> {
        json(&self.items)
    }
}

//! What payment intents add to payments (rule M1).

use crate::bulk::{Record, Value};
use diesel::Queryable;

/// An intent; never a payment itself.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct PaymentIntent {
    /// Stripe's id.
    pub id: String,
    /// Stripe's word.
    pub status: String,
    /// The charge of its latest attempt.
    pub latest_charge_id: Option<String>,
    /// A JSON object of text pairs.
    pub metadata: String,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for PaymentIntent {
    type Table = crate::schema::payment_intents::table;
    const TABLE: &'static str = "payment_intents";
    const COLUMNS: &'static [&'static str] = &["status", "latest_charge_id", "metadata", "created_ms"];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.status)),
            Value::Text(self.latest_charge_id.as_deref()),
            Value::Text(Some(&self.metadata)),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

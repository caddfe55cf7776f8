//! Which payment pays which invoice: rows from `/v1/invoice_payments`, Stripe's only link between them.

use crate::bulk::{Record, Value};
use tributary_core::Currency;

/// The link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoicePayment {
    /// Stripe's id.
    pub id: String,
    /// The invoice, which is an order.
    pub invoice_id: String,
    /// What pays it: an intent,
    pub payment_intent_id: Option<String>,
    /// or a charge without an intent; neither for payments outside of Stripe.
    pub charge_id: Option<String>,
    /// `open`, `paid` or `canceled`.
    pub status: String,
    /// Currency of the amounts.
    pub currency: Currency,
    /// What is to be paid by it.
    pub requested_minor: i64,
    /// What was.
    pub paid_minor: Option<i64>,
    /// When: UTC milliseconds.
    pub paid_ms: Option<i64>,
    /// When it was given up: UTC milliseconds.
    pub canceled_ms: Option<i64>,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for InvoicePayment {
    type Table = crate::schema::invoice_payments::table;
    const TABLE: &'static str = "invoice_payments";
    const COLUMNS: &'static [&'static str] = &[
        "invoice_id",
        "payment_intent_id",
        "charge_id",
        "status",
        "currency",
        "requested_minor",
        "paid_minor",
        "paid_ms",
        "canceled_ms",
        "created_ms",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.invoice_id)),
            Value::Text(self.payment_intent_id.as_deref()),
            Value::Text(self.charge_id.as_deref()),
            Value::Text(Some(&self.status)),
            Value::Text(Some(self.currency.code())),
            Value::Int(Some(self.requested_minor)),
            Value::Int(self.paid_minor),
            Value::Int(self.paid_ms),
            Value::Int(self.canceled_ms),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

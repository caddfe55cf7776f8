//! Invoices as themselves: rows from `/v1/invoices`, drafts too. What an invoice is as an order is in [`orders`](super::orders).

use crate::bulk::{Record, Value};
use crate::query::{Field, Fields};
use crate::records::listed::listed;
use crate::stored::Stored;
use diesel::Queryable;
use tributary_core::Currency;

/// An invoice.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Invoice {
    /// Stripe's id.
    pub id: String,
    /// Its number; none for drafts.
    pub number: Option<String>,
    /// Stripe's word: `draft`, `open`, `paid`, `uncollectible` or `void`.
    pub status: String,
    /// Stripe's word for why it was made: `manual`, `subscription_cycle`, …
    pub billing_reason: Option<String>,
    /// `charge_automatically` or `send_invoice`.
    pub collection_method: Option<String>,
    /// Who is to pay.
    pub customer_id: Option<String>,
    /// The subscription that made it.
    pub subscription_id: Option<String>,
    /// Currency of all its amounts.
    #[diesel(deserialize_as = Stored)]
    pub currency: Currency,
    /// Before discounts, and before taxes that are added.
    pub subtotal_minor: i64,
    /// What was taken off, positive.
    pub discount_minor: i64,
    /// Taxes, whether they were added or prices include them.
    pub tax_minor: i64,
    /// Shipping with its tax.
    pub shipping_minor: i64,
    /// Subtotal less discounts, with added taxes and shipping.
    pub total_minor: i64,
    /// Thousandths of the major unit.
    pub total_milli: i64,
    /// What the customer owes or owed.
    pub due_minor: i64,
    /// Thousandths of the major unit.
    pub due_milli: i64,
    /// What was paid.
    pub paid_minor: i64,
    /// Thousandths of the major unit.
    pub paid_milli: i64,
    /// What is left to pay, in thousandths of the major unit alone: a table has no room for more than 32 columns.
    pub remaining_milli: i64,
    /// Credit notes before it was paid, which lessen what is due; positive.
    pub credited_before_minor: i64,
    /// Credit notes after it was paid; positive.
    pub credited_after_minor: i64,
    /// By when it must be paid: UTC milliseconds.
    pub due_ms: Option<i64>,
    /// When it ceased to be a draft: UTC milliseconds.
    pub finalized_ms: Option<i64>,
    /// When it was paid: UTC milliseconds.
    pub paid_ms: Option<i64>,
    /// When it was voided: UTC milliseconds.
    pub voided_ms: Option<i64>,
    /// When it was given up: UTC milliseconds.
    pub uncollectible_ms: Option<i64>,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for Invoice {
    type Table = crate::schema::invoices::table;
    const TABLE: &'static str = "invoices";
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "status",
        "billing_reason",
        "collection_method",
        "customer_id",
        "subscription_id",
        "currency",
        "subtotal_minor",
        "discount_minor",
        "tax_minor",
        "shipping_minor",
        "total_minor",
        "total_milli",
        "due_minor",
        "due_milli",
        "paid_minor",
        "paid_milli",
        "remaining_milli",
        "credited_before_minor",
        "credited_after_minor",
        "due_ms",
        "finalized_ms",
        "paid_ms",
        "voided_ms",
        "uncollectible_ms",
        "created_ms",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(self.number.as_deref()),
            Value::Text(Some(&self.status)),
            Value::Text(self.billing_reason.as_deref()),
            Value::Text(self.collection_method.as_deref()),
            Value::Text(self.customer_id.as_deref()),
            Value::Text(self.subscription_id.as_deref()),
            Value::Text(Some(self.currency.code())),
            Value::Int(Some(self.subtotal_minor)),
            Value::Int(Some(self.discount_minor)),
            Value::Int(Some(self.tax_minor)),
            Value::Int(Some(self.shipping_minor)),
            Value::Int(Some(self.total_minor)),
            Value::Int(Some(self.total_milli)),
            Value::Int(Some(self.due_minor)),
            Value::Int(Some(self.due_milli)),
            Value::Int(Some(self.paid_minor)),
            Value::Int(Some(self.paid_milli)),
            Value::Int(Some(self.remaining_milli)),
            Value::Int(Some(self.credited_before_minor)),
            Value::Int(Some(self.credited_after_minor)),
            Value::Int(self.due_ms),
            Value::Int(self.finalized_ms),
            Value::Int(self.paid_ms),
            Value::Int(self.voided_ms),
            Value::Int(self.uncollectible_ms),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// What may be asked of invoices.
pub const FIELDS: &Fields = &Fields::new(
    "Invoice",
    "invoices",
    [Field::id("id", "invoices.id"), Field::date("createdDate", "invoices.created_ms")],
    &[
        Field::date("modifiedDate", "invoices.modified_ms"),
        Field::text("number", "invoices.number").optional(),
        Field::text("status", "invoices.status"),
        Field::code("currency", "invoices.currency"),
        Field::id("customerId", "invoices.customer_id").optional(),
        Field::id("subscriptionId", "invoices.subscription_id").optional(),
        Field::number("totalAmount", "invoices.total_milli"),
        Field::number("amountDue", "invoices.due_milli"),
        Field::number("amountPaid", "invoices.paid_milli"),
        Field::number("amountRemaining", "invoices.remaining_milli"),
        Field::date("dueDate", "invoices.due_ms").optional(),
        Field::date("paidDate", "invoices.paid_ms").optional(),
    ],
);

listed!(
    invoices,
    Invoice,
    (
        id,
        number,
        status,
        billing_reason,
        collection_method,
        customer_id,
        subscription_id,
        currency,
        subtotal_minor,
        discount_minor,
        tax_minor,
        shipping_minor,
        total_minor,
        total_milli,
        due_minor,
        due_milli,
        paid_minor,
        paid_milli,
        remaining_milli,
        credited_before_minor,
        credited_after_minor,
        due_ms,
        finalized_ms,
        paid_ms,
        voided_ms,
        uncollectible_ms,
        created_ms
    )
);

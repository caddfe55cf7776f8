//! Orders: rows from `/v1/invoices` and `/v1/checkout/sessions` (rule M4). What an order shows of others is joined by
//! [`order_parts`](super::order_parts).

use crate::bulk::{Record, Value};
use crate::query::{Field, Fields};
use crate::records::listed::listed;
use crate::stored::Stored;
use diesel::Queryable;
use tributary_core::{Currency, Resource};

/// An invoice past draft, or a completed session that made no invoice.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Order {
    /// Stripe's id.
    pub id: String,
    /// Invoices or CheckoutSessions: where the row came from.
    #[diesel(deserialize_as = Stored)]
    pub resource: Resource,
    /// Stripe's word: of invoices `open`, `paid`, `uncollectible` or `void`; of sessions `paid`, `unpaid` or `no_payment_required`.
    pub status: String,
    /// The invoice's number, or the merchant's reference of the session.
    pub number: Option<String>,
    /// Where it went, two letters as Stripe has it: the customer's billing address, else where goods were sent.
    pub country: Option<String>,
    /// Currency of all its amounts.
    #[diesel(deserialize_as = Stored)]
    pub currency: Currency,
    /// What it came to in minor units, with discounts, taxes and shipping; refunds are not taken off. 0 when void.
    pub total_minor: i64,
    /// Thousandths of the major unit.
    pub total_milli: i64,
    /// Taxes in it, whether they were added or prices included them; those of shipping too.
    pub tax_minor: i64,
    /// Thousandths of the major unit.
    pub tax_milli: i64,
    /// What was taken off, positive.
    pub discount_minor: i64,
    /// Thousandths of the major unit.
    pub discount_milli: i64,
    /// What shipping came to, with its tax; none where nothing was shipped.
    pub shipping_minor: Option<i64>,
    /// The tax in it.
    pub shipping_tax_minor: Option<i64>,
    /// The buyer; none for guests.
    pub customer_id: Option<String>,
    /// As the invoice or the session has it.
    pub customer_name: Option<String>,
    /// Of sessions: the intent that paid. What paid an invoice is known by its invoice payments.
    pub payment_intent_id: Option<String>,
    /// When the invoice was paid, voided or given up: UTC milliseconds. A session has no such time.
    pub closed_ms: Option<i64>,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for Order {
    type Table = crate::schema::orders::table;
    const TABLE: &'static str = "orders";
    const COLUMNS: &'static [&'static str] = &[
        "resource",
        "status",
        "number",
        "country",
        "currency",
        "total_minor",
        "total_milli",
        "tax_minor",
        "tax_milli",
        "discount_minor",
        "discount_milli",
        "shipping_minor",
        "shipping_tax_minor",
        "customer_id",
        "customer_name",
        "payment_intent_id",
        "closed_ms",
        "created_ms",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(self.resource.as_str())),
            Value::Text(Some(&self.status)),
            Value::Text(self.number.as_deref()),
            Value::Text(self.country.as_deref()),
            Value::Text(Some(self.currency.code())),
            Value::Int(Some(self.total_minor)),
            Value::Int(Some(self.total_milli)),
            Value::Int(Some(self.tax_minor)),
            Value::Int(Some(self.tax_milli)),
            Value::Int(Some(self.discount_minor)),
            Value::Int(Some(self.discount_milli)),
            Value::Int(self.shipping_minor),
            Value::Int(self.shipping_tax_minor),
            Value::Text(self.customer_id.as_deref()),
            Value::Text(self.customer_name.as_deref()),
            Value::Text(self.payment_intent_id.as_deref()),
            Value::Int(self.closed_ms),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// What may be asked of orders.
pub const FIELDS: &Fields = &Fields::new(
    "Order",
    "orders",
    [Field::id("id", "orders.id"), Field::date("createdDate", "orders.created_ms")],
    &[
        Field::date("modifiedDate", "orders.modified_ms"),
        Field::text("orderNumber", "orders.number").optional(),
        Field::text("country", "orders.country").optional(),
        Field::code("currency", "orders.currency"),
        Field::date("closedDate", SHOWN_CLOSED).optional(),
        Field::number("totalAmount", "orders.total_milli"),
        Field::number("totalRefund", SHOWN_REFUND),
        Field::number("totalTaxAmount", "orders.tax_milli"),
        Field::number("totalDiscount", "orders.discount_milli"),
        Field::id("customerRef.id", "orders.customer_id").optional(),
        Field::text("customerRef.name", SHOWN_CUSTOMER).optional(),
    ],
);

/// The charges that an invoice's links lead to in one way. The ways stand apart, so that each has its index.
macro_rules! linked_charges {
    ($way:literal) => {
        concat!(
            "SELECT c.id FROM invoice_payments AS i JOIN payments AS c ON c.connection_no = i.connection_no AND ",
            $way,
            " WHERE i.connection_no = orders.connection_no AND i.invoice_id = orders.id AND NOT i.deleted \
             AND c.resource = 'charges' AND NOT c.deleted"
        )
    };
}

/// When it was closed, as [`order_parts`](super::order_parts) tells it.
const SHOWN_CLOSED: &str = "COALESCE(orders.closed_ms, CASE WHEN orders.resource = 'checkout_sessions' THEN \
    CASE orders.status WHEN 'no_payment_required' THEN orders.created_ms WHEN 'paid' THEN (SELECT MAX(p.created_ms) \
    FROM payments AS p WHERE p.connection_no = orders.connection_no AND p.payment_intent_id = orders.payment_intent_id \
    AND p.resource = 'charges' AND p.status = 'Paid' AND NOT p.deleted) END END)";

/// What went back of its payments, in thousandths, as [`order_parts`](super::order_parts) adds it up: of a session's by its
/// intent, of an invoice's by the intents that are linked to it, or the charges where a link names no intent.
const SHOWN_REFUND: &str = concat!(
    "CAST(COALESCE((SELECT SUM(r.amount_milli) FROM payments AS r \
     WHERE r.connection_no = orders.connection_no AND r.status IN ('Paid', 'Pending') AND NOT r.deleted \
     AND r.charge_id IN (SELECT c.id FROM payments AS c WHERE c.connection_no = orders.connection_no \
     AND c.payment_intent_id = orders.payment_intent_id AND c.resource = 'charges' AND NOT c.deleted UNION ALL ",
    linked_charges!("c.payment_intent_id = i.payment_intent_id"),
    " UNION ALL ",
    linked_charges!("c.id = i.charge_id AND i.payment_intent_id IS NULL"),
    ")), 0) AS BIGINT)"
);

/// The buyer's name, which is shown beside the id only.
const SHOWN_CUSTOMER: &str =
    "CASE WHEN orders.customer_id IS NOT NULL THEN NULLIF(orders.customer_name, '') END";

listed!(
    orders,
    Order,
    (
        id,
        resource,
        status,
        number,
        country,
        currency,
        total_minor,
        total_milli,
        tax_minor,
        tax_milli,
        discount_minor,
        discount_milli,
        shipping_minor,
        shipping_tax_minor,
        customer_id,
        customer_name,
        payment_intent_id,
        closed_ms,
        created_ms
    )
);

//! Payouts as themselves: rows from `/v1/payouts`.

use crate::bulk::{Record, Value};
use crate::query::{Field, Fields};
use crate::records::listed::listed;
use crate::stored::Stored;
use diesel::Queryable;
use tributary_core::Currency;

/// A payout.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Payout {
    /// Stripe's id.
    pub id: String,
    /// Minor units: positive to the bank, negative from it.
    pub amount_minor: i64,
    /// Thousandths of the major unit.
    pub amount_milli: i64,
    /// Currency of the amount.
    #[diesel(deserialize_as = Stored)]
    pub currency: Currency,
    /// Stripe's word: `paid`, `pending`, `in_transit`, `canceled` or `failed`.
    pub status: String,
    /// `standard` or `instant`.
    pub method: Option<String>,
    /// `bank_account` or `card`.
    pub kind: Option<String>,
    /// Whether Stripe's schedule made it.
    pub automatic: Option<bool>,
    /// `not_applicable`, `in_progress` or `completed`: whether its transactions are known.
    pub reconciliation_status: Option<String>,
    /// The account or card it went to.
    pub destination_id: Option<String>,
    /// Its row in the ledger.
    pub balance_transaction_id: Option<String>,
    /// The row that took it back.
    pub failure_balance_transaction_id: Option<String>,
    /// Stripe's word for why it failed.
    pub failure_code: Option<String>,
    /// The payout that this one reverses.
    pub original_payout_id: Option<String>,
    /// The payout that reverses this one.
    pub reversed_by_id: Option<String>,
    /// What the bank statement says.
    pub statement_descriptor: Option<String>,
    /// When it is expected at the bank: UTC milliseconds.
    pub arrival_ms: Option<i64>,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for Payout {
    type Table = crate::schema::payouts::table;
    const TABLE: &'static str = "payouts";
    const COLUMNS: &'static [&'static str] = &[
        "amount_minor",
        "amount_milli",
        "currency",
        "status",
        "method",
        "type",
        "automatic",
        "reconciliation_status",
        "destination_id",
        "balance_transaction_id",
        "failure_balance_transaction_id",
        "failure_code",
        "original_payout_id",
        "reversed_by_id",
        "statement_descriptor",
        "arrival_ms",
        "created_ms",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Int(Some(self.amount_minor)),
            Value::Int(Some(self.amount_milli)),
            Value::Text(Some(self.currency.code())),
            Value::Text(Some(&self.status)),
            Value::Text(self.method.as_deref()),
            Value::Text(self.kind.as_deref()),
            Value::Bool(self.automatic),
            Value::Text(self.reconciliation_status.as_deref()),
            Value::Text(self.destination_id.as_deref()),
            Value::Text(self.balance_transaction_id.as_deref()),
            Value::Text(self.failure_balance_transaction_id.as_deref()),
            Value::Text(self.failure_code.as_deref()),
            Value::Text(self.original_payout_id.as_deref()),
            Value::Text(self.reversed_by_id.as_deref()),
            Value::Text(self.statement_descriptor.as_deref()),
            Value::Int(self.arrival_ms),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// What may be asked of payouts.
pub const FIELDS: &Fields = &Fields::new(
    "Payout",
    "payouts",
    [Field::id("id", "payouts.id"), Field::date("createdDate", "payouts.created_ms")],
    &[
        Field::date("modifiedDate", "payouts.modified_ms"),
        Field::number("amount", "payouts.amount_milli"),
        Field::code("currency", "payouts.currency"),
        Field::text("status", "payouts.status"),
        Field::date("arrivalDate", "payouts.arrival_ms").optional(),
    ],
);

listed!(
    payouts,
    Payout,
    (
        id,
        amount_minor,
        amount_milli,
        currency,
        status,
        method,
        type_,
        automatic,
        reconciliation_status,
        destination_id,
        balance_transaction_id,
        failure_balance_transaction_id,
        failure_code,
        original_payout_id,
        reversed_by_id,
        statement_descriptor,
        arrival_ms,
        created_ms
    )
);

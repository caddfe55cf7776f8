//! Transactions: rows from `/v1/balance_transactions`, one per entry and one per fee (rules M2, M3).

use crate::bulk::{Record, Value};
use crate::query::{Field, Fields, words};
use crate::records::listed::listed;
use crate::stored::Stored;
use diesel::Queryable;
use tributary_core::Currency;
use tributary_core::commerce::TransactionType;

/// A movement of the merchant's balance.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Transaction {
    /// Stripe's id.
    pub id: String,
    /// The entry it came from; equal to `id` but for fees.
    pub balance_transaction_id: String,
    /// Signed minor units of `currency`.
    pub amount_minor: i64,
    /// Thousandths of the major unit.
    pub amount_milli: i64,
    /// The settlement currency.
    #[diesel(deserialize_as = Stored)]
    pub currency: Currency,
    /// The contract's type.
    #[diesel(deserialize_as = Stored)]
    pub kind: TransactionType,
    /// Stripe's own type.
    pub sub_type: String,
    /// The object that caused it.
    pub source_id: Option<String>,
    /// The contract's type of the source; set with `source_id`.
    pub source_type: Option<String>,
    /// `payments`, or another of Stripe's balances.
    pub balance_type: String,
    /// When it becomes available for payout: UTC milliseconds.
    pub available_ms: i64,
    /// When Stripe booked it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for Transaction {
    type Table = crate::schema::transactions::table;
    const TABLE: &'static str = "transactions";
    const COLUMNS: &'static [&'static str] = &[
        "balance_transaction_id",
        "amount_minor",
        "amount_milli",
        "currency",
        "type",
        "sub_type",
        "source_id",
        "source_type",
        "balance_type",
        "available_ms",
        "created_ms",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.balance_transaction_id)),
            Value::Int(Some(self.amount_minor)),
            Value::Int(Some(self.amount_milli)),
            Value::Text(Some(self.currency.code())),
            Value::Text(Some(self.kind.as_str())),
            Value::Text(Some(&self.sub_type)),
            Value::Text(self.source_id.as_deref()),
            Value::Text(self.source_type.as_deref()),
            Value::Text(Some(&self.balance_type)),
            Value::Int(Some(self.available_ms)),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// What may be asked of transactions.
pub const FIELDS: &Fields = &Fields::new(
    "Transaction",
    "transactions",
    [Field::id("id", "transactions.id"), Field::date("createdDate", "transactions.created_ms")],
    &[
        Field::date("modifiedDate", "transactions.modified_ms"),
        Field::number("totalAmount", "transactions.amount_milli"),
        Field::code("currency", "transactions.currency"),
        Field::word(
            "type",
            "transactions.type",
            words!("transactions.type": "Payment", "Refund", "Payout", "FailedPayout", "Transfer", "PaymentFee", "PaymentFeeRefund", "Unknown"),
        ),
        Field::text("subType", "NULLIF(transactions.sub_type, '')").optional(),
        Field::id("transactionSourceRef.id", "transactions.source_id").optional(),
        Field::text("transactionSourceRef.type", SHOWN_SOURCE_TYPE).optional(),
    ],
);

/// The source's type, which is shown beside its id only.
const SHOWN_SOURCE_TYPE: &str =
    "CASE WHEN transactions.source_id IS NOT NULL THEN COALESCE(transactions.source_type, 'Unknown') END";

listed!(
    transactions,
    Transaction,
    (
        id,
        balance_transaction_id,
        amount_minor,
        amount_milli,
        currency,
        type_,
        sub_type,
        source_id,
        source_type,
        balance_type,
        available_ms,
        created_ms,
    )
);

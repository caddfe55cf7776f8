//! Disputes: rows from `/v1/disputes` (rule M6).

use crate::bulk::{Record, Value};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::query::{Field, Fields, words};
use crate::records::listed::listed;
use crate::stored::Stored;
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;
use tributary_core::Currency;
use tributary_core::commerce::DisputeStatus;
use tributary_core::ids::ConnectionNo;

/// A dispute.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Dispute {
    /// Stripe's id.
    pub id: String,
    /// The disputed charge.
    pub charge_id: String,
    /// Disputed minor units of `currency`, positive.
    pub amount_minor: i64,
    /// Thousandths of the major unit.
    pub amount_milli: i64,
    /// The charge's currency.
    #[diesel(deserialize_as = Stored)]
    pub currency: Currency,
    /// The contract's status.
    #[diesel(deserialize_as = Stored)]
    pub status: DisputeStatus,
    /// Stripe's reason code.
    pub reason: String,
    /// When evidence is due: UTC milliseconds.
    pub due_ms: Option<i64>,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for Dispute {
    type Table = crate::schema::disputes::table;
    const TABLE: &'static str = "disputes";
    const COLUMNS: &'static [&'static str] = &[
        "charge_id",
        "amount_minor",
        "amount_milli",
        "currency",
        "status",
        "reason",
        "due_ms",
        "created_ms",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.charge_id)),
            Value::Int(Some(self.amount_minor)),
            Value::Int(Some(self.amount_milli)),
            Value::Text(Some(self.currency.code())),
            Value::Text(Some(self.status.as_str())),
            Value::Text(Some(&self.reason)),
            Value::Int(self.due_ms),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// What may be asked of disputes.
pub const FIELDS: &Fields = &Fields::new(
    "Dispute",
    "disputes",
    [Field::id("id", "disputes.id"), Field::date("createdDate", "disputes.created_ms")],
    &[
        Field::date("modifiedDate", "disputes.modified_ms"),
        Field::number("totalAmount", "disputes.amount_milli"),
        Field::code("currency", "disputes.currency"),
        Field::word(
            "status",
            "disputes.status",
            words!("disputes.status": "Won", "Lost", "Accepted", "Processing", "ChargeRefunded", "EvidenceRequired", "InquiryEvidenceRequired", "InquiryProcessing", "InquiryClosed", "WaitingThirdParty", "Unknown"),
        ),
        Field::text("reason", "disputes.reason"),
        Field::date("dueDate", "disputes.due_ms").optional(),
    ],
);

listed!(
    disputes,
    Dispute,
    (id, charge_id, amount_minor, amount_milli, currency, status, reason, due_ms, created_ms,)
);

/// The balance transaction of each of these charges that has one: what a dispute disputes (rule M6).
pub fn disputed_transactions(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    charges: &[&str],
) -> Result<HashMap<String, String>, DbError> {
    use crate::schema::payments;
    let rows: Vec<(String, Option<String>)> = payments::table
        .filter(payments::connection_no.eq(connection.0))
        .filter(payments::id.eq_any(charges))
        .select((payments::id, payments::balance_transaction_id))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(charge, transaction)| Some((charge, transaction?))).collect())
}

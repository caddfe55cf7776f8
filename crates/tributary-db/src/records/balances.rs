//! The merchant's balance: one row per currency from `/v1/balance`.

use crate::bulk::{Record, Value};
use diesel::Queryable;

/// The balance in one currency, which is its `id` in upper case.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Balance {
    /// Stripe's id.
    pub id: String,
    /// Available for payout.
    pub available_minor: i64,
    /// Not yet available.
    pub pending_minor: i64,
    /// Held back for connected accounts; none where Stripe has no such balance (rule M8).
    pub reserved_minor: Option<i64>,
}

impl Record for Balance {
    type Table = crate::schema::balances::table;
    const TABLE: &'static str = "balances";
    const COLUMNS: &'static [&'static str] = &["available_minor", "pending_minor", "reserved_minor"];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Int(Some(self.available_minor)),
            Value::Int(Some(self.pending_minor)),
            Value::Int(self.reserved_minor),
        ]
    }
}

//! What the stored transactions of a connection come to, in one statement and so at one moment.

use crate::conn::AnyConn;
use crate::error::DbError;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use tributary_core::ids::ConnectionNo;
use tributary_core::{Currency, Millis};

/// What a currency's transactions come to, in minor units; those of the payments balance only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The currency.
    pub currency: Currency,
    /// All of them.
    pub total_minor: i128,
    /// Of those that became available before `from`.
    pub available_minor: i128,
    /// Of those that become available between `from` and `to`: what comes in.
    pub between_in_minor: i128,
    /// And what goes out; never positive.
    pub between_out_minor: i128,
}

/// Both databases sum within 64 bits, so that billions and the rest are summed apart.
const PART: i128 = 1_000_000_000;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    total_high: i64,
    #[diesel(sql_type = BigInt)]
    total_low: i64,
    #[diesel(sql_type = BigInt)]
    available_high: i64,
    #[diesel(sql_type = BigInt)]
    available_low: i64,
    #[diesel(sql_type = BigInt)]
    in_high: i64,
    #[diesel(sql_type = BigInt)]
    in_low: i64,
    #[diesel(sql_type = BigInt)]
    out_high: i64,
    #[diesel(sql_type = BigInt)]
    out_low: i64,
}

/// Per currency, in the order of the codes. Whether a transaction is available isn't known for certain between `from`
/// and `to`.
pub fn stored_sums(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    from: Millis,
    to: Millis,
) -> Result<Vec<Stored>, DbError> {
    let sum = |condition: &str, name: &str| {
        format!(
            "CAST(SUM(CASE WHEN {condition} THEN amount_minor / {PART} ELSE 0 END) AS BIGINT) AS {name}_high, \
             CAST(SUM(CASE WHEN {condition} THEN amount_minor % {PART} ELSE 0 END) AS BIGINT) AS {name}_low"
        )
    };
    // A name's number would be its place in the text on SQLite.
    let mark = if matches!(conn, AnyConn::Pg(_)) { '$' } else { '?' };
    let between = format!("available_ms >= {mark}2 AND available_ms < {mark}3");
    let sums = [
        sum("TRUE", "total"),
        sum(&format!("available_ms < {mark}2"), "available"),
        sum(&format!("{between} AND amount_minor > 0"), "in"),
        sum(&format!("{between} AND amount_minor < 0"), "out"),
    ]
    .join(", ");
    let rows: Vec<Row> = sql_query(format!(
        "SELECT currency, {sums} FROM transactions WHERE connection_no = {mark}1 AND NOT deleted \
         AND balance_type = 'payments' GROUP BY currency ORDER BY currency"
    ))
    .bind::<BigInt, _>(connection.0)
    .bind::<BigInt, _>(from.0)
    .bind::<BigInt, _>(to.0)
    .load(conn)?;
    let whole = |high: i64, low: i64| i128::from(high) * PART + i128::from(low);
    let stored = |row: Row| {
        let currency =
            row.currency.parse().map_err(|_| DbError::Broken("a currency isn't one".to_owned()))?;
        Ok(Stored {
            currency,
            total_minor: whole(row.total_high, row.total_low),
            available_minor: whole(row.available_high, row.available_low),
            between_in_minor: whole(row.in_high, row.in_low),
            between_out_minor: whole(row.out_high, row.out_low),
        })
    };
    rows.into_iter().map(stored).collect()
}

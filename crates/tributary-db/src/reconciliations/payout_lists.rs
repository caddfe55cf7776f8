//! `payout_lists`: which transactions an automatic payout pays out. Stripe is asked once for each.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::{payout_lists, payouts};
use crate::stored::Stored;
use diesel::prelude::*;
use tributary_core::ids::ConnectionNo;
use tributary_core::{Currency, Millis};

/// A payout whose transactions Stripe hasn't been asked for.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct PayoutToList {
    /// Stripe's id.
    pub id: String,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

/// A payout and the transactions that it pays out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPayout {
    /// Stripe's id.
    pub id: String,
    /// Minor units: positive to the bank, negative from it.
    pub amount_minor: i64,
    /// The amount's currency.
    pub currency: Currency,
    /// Its own row in the ledger, which is among `transaction_ids`.
    pub own_transaction_id: Option<String>,
    /// The ids of its transactions.
    pub transaction_ids: Vec<String>,
}

/// Payouts whose transactions can be known (rule E16).
macro_rules! judged {
    ($connection:expr) => {
        payouts::table
            .filter(payouts::connection_no.eq($connection.0))
            .filter(payouts::automatic.eq(true))
            .filter(payouts::reconciliation_status.eq("completed"))
            .filter(diesel::dsl::not(payouts::deleted))
    };
}

/// Up to `limit` payouts, the oldest first, whose transactions are known at Stripe and not here; those after `after`
/// in that order.
pub fn unlisted_payouts(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    after: Option<&PayoutToList>,
    limit: i64,
) -> Result<Vec<PayoutToList>, DbError> {
    let (created_ms, id) = after.map_or((i64::MIN, ""), |last| (last.created_ms, last.id.as_str()));
    let listed = payout_lists::table
        .filter(payout_lists::connection_no.eq(connection.0))
        .filter(payout_lists::payout_id.eq(payouts::id));
    Ok(judged!(connection)
        .filter(diesel::dsl::not(diesel::dsl::exists(listed)))
        .filter(
            payouts::created_ms.gt(created_ms).or(payouts::created_ms.eq(created_ms).and(payouts::id.gt(id))),
        )
        .order((payouts::created_ms, payouts::id))
        .limit(limit)
        .select((payouts::id, payouts::created_ms))
        .load(conn)?)
}

/// Keeps which transactions a payout pays out.
pub fn remember_payout(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    payout: &str,
    transactions: &[String],
    now: Millis,
) -> Result<(), DbError> {
    let row = (
        payout_lists::connection_no.eq(connection.0),
        payout_lists::payout_id.eq(payout),
        payout_lists::transaction_ids.eq(transactions.join(" ")),
        payout_lists::read_ms.eq(now.0),
    );
    Both(diesel::insert_into(payout_lists::table).values(row).on_conflict_do_nothing()).execute(conn)?;
    Ok(())
}

/// Up to `limit` payouts whose transactions are known, after the payout `after`, in the order of their ids.
pub fn listed_payouts(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    after: &str,
    limit: i64,
) -> Result<Vec<ListedPayout>, DbError> {
    let rows: Vec<(String, i64, String, Option<String>, String)> = judged!(connection)
        .inner_join(
            payout_lists::table.on(payout_lists::connection_no
                .eq(payouts::connection_no)
                .and(payout_lists::payout_id.eq(payouts::id))),
        )
        .filter(payouts::id.gt(after))
        .order(payouts::id)
        .limit(limit)
        .select((
            payouts::id,
            payouts::amount_minor,
            payouts::currency,
            payouts::balance_transaction_id,
            payout_lists::transaction_ids,
        ))
        .load(conn)?;
    let read = |(id, amount_minor, currency, own_transaction_id, ids): (_, _, String, _, String)| {
        let currency =
            Currency::try_from(Stored(currency)).map_err(|error| DbError::Broken(error.to_string()))?;
        let transaction_ids = ids.split_ascii_whitespace().map(str::to_owned).collect();
        Ok(ListedPayout { id, amount_minor, currency, own_transaction_id, transaction_ids })
    };
    rows.into_iter().map(read).collect()
}

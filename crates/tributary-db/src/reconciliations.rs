//! `reconciliations`: comparisons of what is stored of a connection with Stripe's balance and payouts (rule E16).
//!
//! At most one of a connection is open. It is queued with the end of a run or on request, carried out by the worker
//! that holds the connection, and cancelled when the connection is severed.

mod differences;
mod payout_lists;
mod sums;
#[cfg(test)]
mod tests;

pub use differences::{Difference, Found, differences_of, write_differences};
pub use payout_lists::{ListedPayout, PayoutToList, listed_payouts, remember_payout, unlisted_payouts};
pub use sums::{Stored, stored_sums};

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::connections::Connection;
use crate::error::DbError;
use crate::page::Page;
use crate::schema::{differences as difference_rows, reconciliations};
use crate::stored::{self, StoredJson, StoredMoment, StoredOption, json_text};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use tributary_core::ids::{ConnectionNo, ReconciliationId, RunId};
use tributary_core::reconciliation::{ReconciliationState, Verdict};
use tributary_core::{Currency, Millis};

/// Reconciliations kept per connection that have ended.
const KEPT: i64 = 100;

/// A comparison.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Reconciliation {
    /// Its id.
    #[diesel(deserialize_as = stored::Stored)]
    pub id: ReconciliationId,
    /// The run after which it was asked for; none: somebody asked.
    #[diesel(deserialize_as = StoredOption)]
    pub run_id: Option<RunId>,
    /// Where it stands.
    #[diesel(deserialize_as = stored::Stored)]
    pub state: ReconciliationState,
    /// When it was asked for.
    #[diesel(deserialize_as = i64)]
    pub requested: Millis,
    /// When it ended or was cancelled.
    #[diesel(deserialize_as = StoredMoment)]
    pub ended: Option<Millis>,
    /// What it came to; while it is running, what was found before repairs.
    #[diesel(deserialize_as = StoredOption)]
    pub verdict: Option<Verdict>,
    /// Why it isn't [`Verdict::Ties`], for people.
    pub explanation: Option<String>,
    /// Stripe's clock at the instant that was compared.
    #[diesel(deserialize_as = StoredMoment)]
    pub as_of: Option<Millis>,
    /// Per currency, in the order of the codes.
    #[diesel(deserialize_as = StoredJson)]
    pub sums: Vec<Sum>,
    /// Automatic payouts compared with their transactions.
    pub payouts: i64,
    /// Source objects compared with their records.
    pub objects: i64,
    /// Differences found, listed or not.
    pub differences: i64,
    /// How many of them were repaired.
    pub repaired: i64,
}

/// One currency's balance at Stripe, and what the transactions come to: minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// The currency.
    #[serde(with = "code")]
    pub currency: Currency,
    /// Stripe: available for payout.
    pub available_minor: i64,
    /// Stripe: not yet available.
    pub pending_minor: i64,
    /// The sum of the stored transactions' net amounts.
    pub stored_minor: i64,
}

impl Sum {
    /// Whether the transactions sum to the balance, to the minor unit.
    pub fn ties(&self) -> bool {
        i128::from(self.available_minor) + i128::from(self.pending_minor) == i128::from(self.stored_minor)
    }
}

/// A currency as its code.
mod code {
    use serde::{Deserialize, Deserializer, Serializer};
    use tributary_core::Currency;

    pub(super) fn serialize<S: Serializer>(currency: &Currency, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(currency.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl TryFrom<StoredJson> for Vec<Sum> {
    type Error = serde_json::Error;

    fn try_from(json: StoredJson) -> Result<Self, serde_json::Error> {
        json.read()
    }
}

/// What a reconciliation has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it comes to.
    pub verdict: Verdict,
    /// Why it isn't [`Verdict::Ties`], for people.
    pub explanation: Option<String>,
    /// Stripe's clock at the instant that was compared.
    pub as_of: Option<Millis>,
    /// Per currency.
    pub sums: Vec<Sum>,
    /// Automatic payouts compared.
    pub payouts: i64,
    /// Source objects compared.
    pub objects: i64,
}

impl Outcome {
    /// One that compared nothing, and why.
    pub fn without_comparison(verdict: Verdict, explanation: String) -> Self {
        Outcome {
            verdict,
            explanation: Some(explanation),
            as_of: None,
            sums: Vec::new(),
            payouts: 0,
            objects: 0,
        }
    }
}

macro_rules! columns {
    () => {
        (
            reconciliations::id,
            reconciliations::run_id,
            reconciliations::state,
            reconciliations::requested_ms,
            reconciliations::ended_ms,
            reconciliations::verdict,
            reconciliations::explanation,
            reconciliations::as_of_ms,
            reconciliations::sums,
            reconciliations::payouts,
            reconciliations::objects,
            reconciliations::differences,
            reconciliations::repaired,
        )
    };
}

macro_rules! row {
    ($connection:expr, $id:expr) => {
        reconciliations::table
            .filter(reconciliations::connection_no.eq($connection.0))
            .filter(reconciliations::id.eq($id.to_string()))
    };
}

/// Asks for a reconciliation, after `run` or by somebody's wish; what is open already is what was asked for.
pub fn queue(
    conn: &mut AnyConn,
    connection: &Connection,
    run: Option<RunId>,
    now: Millis,
) -> Result<Reconciliation, DbError> {
    if let Some(open) = open(conn, connection.no)? {
        return Ok(open);
    }
    let id = ReconciliationId::random();
    diesel::insert_into(reconciliations::table)
        .values((
            reconciliations::connection_no.eq(connection.no.0),
            reconciliations::id.eq(id.to_string()),
            reconciliations::platform_no.eq(connection.platform_no.0),
            reconciliations::run_id.eq(run.map(|run| run.to_string())),
            reconciliations::state.eq(ReconciliationState::Queued.as_str()),
            reconciliations::requested_ms.eq(now.0),
            reconciliations::sums.eq("[]"),
            reconciliations::payouts.eq(0),
            reconciliations::objects.eq(0),
            reconciliations::differences.eq(0),
            reconciliations::repaired.eq(0),
        ))
        .execute(conn)?;
    open(conn, connection.no)?
        .ok_or_else(|| DbError::Broken("a reconciliation that was queued isn't there".to_owned()))
}

/// The connection's reconciliation that hasn't ended.
pub fn open(conn: &mut AnyConn, connection: ConnectionNo) -> Result<Option<Reconciliation>, DbError> {
    Ok(reconciliations::table
        .filter(reconciliations::connection_no.eq(connection.0))
        .filter(reconciliations::ended_ms.is_null())
        .select(columns!())
        .first(conn)
        .optional()?)
}

/// A worker is at it from now on.
pub fn begin(conn: &mut AnyConn, connection: ConnectionNo, id: ReconciliationId) -> Result<(), DbError> {
    diesel::update(row!(connection, id))
        .set(reconciliations::state.eq(ReconciliationState::Running.as_str()))
        .execute(conn)?;
    Ok(())
}

/// Notes what was found. With `ended` that is the end of it. `use_cases::judge_reconciliation` tells of it.
pub(crate) fn note(
    conn: &mut AnyConn,
    owner: Owner,
    id: ReconciliationId,
    outcome: &Outcome,
    ended: Option<Millis>,
) -> Result<(), DbError> {
    let state = if ended.is_some() { ReconciliationState::Ended } else { ReconciliationState::Running };
    let of = difference_rows::table
        .filter(difference_rows::connection_no.eq(owner.connection_no.0))
        .filter(difference_rows::reconciliation_id.eq(id.to_string()));
    let repaired: i64 = of.filter(difference_rows::repaired).count().get_result(conn)?;
    diesel::update(row!(owner.connection_no, id))
        .set((
            reconciliations::state.eq(state.as_str()),
            reconciliations::ended_ms.eq(ended.map(|at| at.0)),
            reconciliations::verdict.eq(outcome.verdict.as_str()),
            reconciliations::explanation.eq(&outcome.explanation),
            reconciliations::as_of_ms.eq(outcome.as_of.map(|at| at.0)),
            reconciliations::sums.eq(json_text(&outcome.sums)?),
            reconciliations::payouts.eq(outcome.payouts),
            reconciliations::objects.eq(outcome.objects),
            reconciliations::repaired.eq(repaired),
        ))
        .execute(conn)?;
    if ended.is_some() {
        prune(conn, owner.connection_no)?;
    }
    Ok(())
}

/// Forgets the oldest that have ended, beyond those that are kept.
fn prune(conn: &mut AnyConn, connection: ConnectionNo) -> Result<(), DbError> {
    let old: Vec<String> = reconciliations::table
        .filter(reconciliations::connection_no.eq(connection.0))
        .filter(reconciliations::ended_ms.is_not_null())
        .order((reconciliations::requested_ms.desc(), reconciliations::id))
        .offset(KEPT)
        .limit(KEPT)
        .select(reconciliations::id)
        .load(conn)?;
    if old.is_empty() {
        return Ok(());
    }
    let of = difference_rows::table
        .filter(difference_rows::connection_no.eq(connection.0))
        .filter(difference_rows::reconciliation_id.eq_any(&old));
    diesel::delete(of).execute(conn)?;
    let rows = reconciliations::table
        .filter(reconciliations::connection_no.eq(connection.0))
        .filter(reconciliations::id.eq_any(&old));
    diesel::delete(rows).execute(conn)?;
    Ok(())
}

/// Ends the connection's open reconciliation without a verdict: there is nothing to compare with any more.
pub fn cancel(conn: &mut AnyConn, connection: ConnectionNo, now: Millis) -> Result<(), DbError> {
    let open = reconciliations::table
        .filter(reconciliations::connection_no.eq(connection.0))
        .filter(reconciliations::ended_ms.is_null());
    diesel::update(open)
        .set((
            reconciliations::state.eq(ReconciliationState::Cancelled.as_str()),
            reconciliations::ended_ms.eq(now.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// The reconciliation whose verdict stands for a connection: the latest that reached one.
pub fn standing(conn: &mut AnyConn, connection: ConnectionNo) -> Result<Option<Reconciliation>, DbError> {
    Ok(reconciliations::table
        .filter(reconciliations::connection_no.eq(connection.0))
        .filter(reconciliations::verdict.ne(Verdict::Inconclusive.as_str()))
        .order((reconciliations::requested_ms.desc(), reconciliations::id))
        .select(columns!())
        .first(conn)
        .optional()?)
}

/// A part of a connection's reconciliations, the latest first, and how many there are.
pub fn list(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    page: Page,
) -> Result<(Vec<Reconciliation>, i64), DbError> {
    let of = reconciliations::table.filter(reconciliations::connection_no.eq(connection.0));
    let rows = of
        .order((reconciliations::requested_ms.desc(), reconciliations::id))
        .offset(page.offset)
        .limit(page.limit)
        .select(columns!())
        .load(conn)?;
    Ok((rows, of.count().get_result(conn)?))
}

/// One of a connection's reconciliations.
pub fn find(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    id: ReconciliationId,
) -> Result<Option<Reconciliation>, DbError> {
    Ok(row!(connection, id).select(columns!()).first(conn).optional()?)
}

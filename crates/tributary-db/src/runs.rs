//! `sync_runs`: one refresh of a connection, feeding as many datasets as were waiting.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::datasets::Dataset;
use crate::error::DbError;
use crate::schema::sync_runs::dsl;
use crate::stored::Stored;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};
use std::collections::BTreeSet;
use tributary_core::Millis;
use tributary_core::ids::{ConnectionNo, RunId};
use tributary_core::state::{RunReason, RunState};

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Run {
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: RunId,
    /// Why it was made.
    #[diesel(deserialize_as = Stored)]
    pub reason: RunReason,
    /// Stripe's clock at its first answer, in UTC milliseconds; none before it.
    pub as_of_ms: Option<i64>,
    /// When it began: UTC milliseconds.
    pub started_ms: i64,
}

/// The run under way, if there is one.
pub fn running(conn: &mut AnyConn, connection: ConnectionNo) -> Result<Option<Run>, DbError> {
    Ok(dsl::sync_runs
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::state.eq(RunState::Running.as_str()))
        .select((dsl::id, dsl::reason, dsl::as_of_ms, dsl::started_ms))
        .first(conn)
        .optional()?)
}

/// Begins a run. The unique index allows one at a time.
pub fn start(conn: &mut AnyConn, owner: Owner, reason: RunReason, now: Millis) -> Result<Run, DbError> {
    let id = RunId::random();
    diesel::insert_into(dsl::sync_runs)
        .values((
            dsl::connection_no.eq(owner.connection_no.0),
            dsl::platform_no.eq(owner.platform_no.0),
            dsl::id.eq(id.to_string()),
            dsl::reason.eq(reason.as_str()),
            dsl::state.eq(RunState::Running.as_str()),
            dsl::started_ms.eq(now.0),
        ))
        .execute(conn)?;
    Ok(Run { id, reason, as_of_ms: None, started_ms: now.0 })
}

/// Notes Stripe's clock at the first answer; later calls change nothing.
pub fn set_as_of(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    as_of: Millis,
) -> Result<(), DbError> {
    diesel::update(dsl::sync_runs)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::id.eq(run.to_string()))
        .filter(dsl::as_of_ms.is_null())
        .set(dsl::as_of_ms.eq(as_of.0))
        .execute(conn)?;
    Ok(())
}

/// Counts requests that were sent to Stripe for the run.
pub fn add_calls(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    calls: i64,
) -> Result<(), DbError> {
    if calls == 0 {
        return Ok(());
    }
    diesel::update(dsl::sync_runs)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::id.eq(run.to_string()))
        .set(dsl::calls.eq(dsl::calls + calls))
        .execute(conn)?;
    Ok(())
}

/// Ends a run that is under way; says whether it was. Use `use_cases::end_run`, which tells of it.
pub(crate) fn finish(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    now: Millis,
) -> Result<bool, DbError> {
    let ended = diesel::update(dsl::sync_runs)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::id.eq(run.to_string()))
        .filter(dsl::state.eq(RunState::Running.as_str()))
        .set((dsl::state.eq(RunState::Finished.as_str()), dsl::finished_ms.eq(now.0)))
        .execute(conn)?;
    Ok(ended == 1)
}

/// Stripe's clock at a run's first answer; none if there was none.
pub(crate) fn as_of(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
) -> Result<Option<Millis>, DbError> {
    let row = dsl::sync_runs.filter(dsl::connection_no.eq(connection.0)).filter(dsl::id.eq(run.to_string()));
    let as_of: Option<Option<i64>> = row.select(dsl::as_of_ms).first(conn).optional()?;
    Ok(as_of.flatten().map(Millis))
}

/// Stripe's clock at the first answer of the connection's latest run that had one: what was there then was listed.
pub fn latest_as_of(conn: &mut AnyConn, connection: ConnectionNo) -> Result<Option<Millis>, DbError> {
    let latest: Option<i64> = dsl::sync_runs
        .filter(dsl::connection_no.eq(connection.0))
        .select(diesel::dsl::max(dsl::as_of_ms))
        .first(conn)?;
    Ok(latest.map(Millis))
}

/// When the first of the runs began that took these datasets of a connection: every change that they brought has a
/// later `modified_ms`, since a run begins with a commit under the lease (rule E9). None where no run took any.
pub(crate) fn earliest_start(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    datasets: &[Dataset],
) -> Result<Option<Millis>, DbError> {
    let runs: BTreeSet<RunId> = datasets.iter().filter_map(|dataset| dataset.run_id).collect();
    let runs: Vec<String> = runs.iter().map(ToString::to_string).collect();
    let earliest: Option<i64> = dsl::sync_runs
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::id.eq_any(runs))
        .select(diesel::dsl::min(dsl::started_ms))
        .first(conn)?;
    Ok(earliest.map(Millis))
}

/// When the latest run of the connection ended: UTC milliseconds.
pub fn last_finished_ms(conn: &mut AnyConn, connection: ConnectionNo) -> Result<Option<i64>, DbError> {
    Ok(dsl::sync_runs
        .filter(dsl::connection_no.eq(connection.0))
        .select(diesel::dsl::max(dsl::finished_ms))
        .first(conn)?)
}

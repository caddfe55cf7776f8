//! Datasets as the worker sees them. The worker serves every platform, so that nothing here names one.

use super::{Dataset, select_datasets};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::findings::{Finding, LISTED_MAX};
use crate::schedules;
use crate::schema::{connections, datasets};
use crate::stored::json_text;
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{ConnectionNo, DatasetId, RunId};
use tributary_core::state::DatasetStatus;

/// Errors and warnings kept per dataset, each: those of the lists that it needs, and what isn't listed of them.
const FINDINGS_MAX: usize = LISTED_MAX + 1;

/// How a dataset ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// A status that isn't active.
    pub status: DatasetStatus,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// What failed it, object by object where it was objects; the first hundred are kept.
    pub errors: Vec<Finding>,
    /// What was found wrong with records, or missing, and doesn't fail it; the first hundred are kept.
    pub warnings: Vec<Finding>,
    /// Whether a record changed.
    pub records_modified: bool,
}

/// A connection's active datasets that no run has taken yet, the oldest request first.
pub fn waiting(conn: &mut AnyConn, no: ConnectionNo) -> Result<Vec<Dataset>, DbError> {
    Ok(select_datasets!()
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::active)
        .filter(datasets::run_id.is_null())
        .order((datasets::requested_ms, datasets::id))
        .load(conn)?)
}

/// The datasets that a run took, ended ones included, the oldest request first.
pub fn of_run(conn: &mut AnyConn, no: ConnectionNo, run: RunId) -> Result<Vec<Dataset>, DbError> {
    Ok(select_datasets!()
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::run_id.eq(run.to_string()))
        .order((datasets::requested_ms, datasets::id))
        .load(conn)?)
}

/// Datasets of a connection by their ids, the oldest request first.
pub(crate) fn of_ids(conn: &mut AnyConn, no: ConnectionNo, ids: &[String]) -> Result<Vec<Dataset>, DbError> {
    Ok(select_datasets!()
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::id.eq_any(ids))
        .order((datasets::requested_ms, datasets::id))
        .load(conn)?)
}

/// Notes that an active dataset has changed records already.
pub(crate) fn set_records_modified(
    conn: &mut AnyConn,
    no: ConnectionNo,
    id: DatasetId,
) -> Result<(), DbError> {
    let active = datasets::table
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::id.eq(id.to_string()))
        .filter(datasets::active);
    diesel::update(active).set(datasets::records_modified.eq(true)).execute(conn)?;
    Ok(())
}

/// Gives waiting datasets to a run: they are Fetching from now on. Returns how many were still waiting.
pub fn attach(conn: &mut AnyConn, no: ConnectionNo, ids: &[DatasetId], run: RunId) -> Result<usize, DbError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let waiting = datasets::table
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::id.eq_any(ids))
        .filter(datasets::active)
        .filter(datasets::run_id.is_null());
    Ok(diesel::update(waiting)
        .set((datasets::run_id.eq(run.to_string()), datasets::status.eq(DatasetStatus::Fetching.as_str())))
        .execute(conn)?)
}

/// Notes how far an active dataset is: per cent, and what it waits for.
pub fn set_progress(
    conn: &mut AnyConn,
    no: ConnectionNo,
    id: DatasetId,
    progress: i64,
    status_description: Option<&str>,
) -> Result<(), DbError> {
    let active = datasets::table
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::id.eq(id.to_string()))
        .filter(datasets::active);
    diesel::update(active)
        .set((
            datasets::progress.eq(progress.clamp(0, 100)),
            datasets::status_description.eq(status_description),
        ))
        .execute(conn)?;
    Ok(())
}

/// A connection's active datasets, the oldest request first.
pub(crate) fn active_of(conn: &mut AnyConn, no: ConnectionNo) -> Result<Vec<Dataset>, DbError> {
    Ok(select_datasets!()
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::active)
        .order((datasets::requested_ms, datasets::id))
        .load(conn)?)
}

/// Says of all of a connection's active datasets what they wait for, or that they wait for nothing.
pub(crate) fn describe_active(
    conn: &mut AnyConn,
    no: ConnectionNo,
    status_description: Option<&str>,
) -> Result<(), DbError> {
    let active = datasets::table.filter(datasets::connection_no.eq(no.0)).filter(datasets::active);
    diesel::update(active).set(datasets::status_description.eq(status_description)).execute(conn)?;
    Ok(())
}

/// Ends an active dataset; says whether it was active. One that has ended stays as it is.
pub fn finish(
    conn: &mut AnyConn,
    no: ConnectionNo,
    id: DatasetId,
    mut finish: Finish,
    now: Millis,
) -> Result<bool, DbError> {
    refuse_active(finish.status)?;
    finish.errors.truncate(FINDINGS_MAX);
    finish.warnings.truncate(FINDINGS_MAX);
    let active = datasets::table
        .filter(datasets::connection_no.eq(no.0))
        .filter(datasets::id.eq(id.to_string()))
        .filter(datasets::active);
    let progress = (finish.status == DatasetStatus::Complete).then_some(datasets::progress.eq(100_i64));
    let ended = diesel::update(active)
        .set((
            datasets::status.eq(finish.status.as_str()),
            datasets::active.eq(false),
            datasets::status_description.eq(None::<String>),
            datasets::error_message.eq(&finish.error_message),
            datasets::errors.eq(json_text(&finish.errors)?),
            datasets::warnings.eq(json_text(&finish.warnings)?),
            datasets::records_modified.eq(finish.records_modified),
            datasets::completed_ms.eq(now.0),
            progress,
        ))
        .execute(conn)?;
    schedules::look_now(conn, no)?;
    Ok(ended == 1)
}

/// Ends all of a connection's active datasets alike, waiting ones too, and returns how many.
pub fn finish_all_active(
    conn: &mut AnyConn,
    no: ConnectionNo,
    status: DatasetStatus,
    error_message: &str,
    now: Millis,
) -> Result<usize, DbError> {
    refuse_active(status)?;
    let active = datasets::table.filter(datasets::connection_no.eq(no.0)).filter(datasets::active);
    let ended = diesel::update(active)
        .set((
            datasets::status.eq(status.as_str()),
            datasets::active.eq(false),
            datasets::status_description.eq(None::<String>),
            datasets::error_message.eq(error_message),
            datasets::completed_ms.eq(now.0),
        ))
        .execute(conn)?;
    schedules::look_now(conn, no)?;
    Ok(ended)
}

fn refuse_active(status: DatasetStatus) -> Result<(), DbError> {
    if status.is_active() {
        return Err(DbError::Broken(format!("a dataset can't end as {status}")));
    }
    Ok(())
}

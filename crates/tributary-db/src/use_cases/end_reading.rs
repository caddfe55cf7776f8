//! Ending what a connection reads, so that it is told once.
//!
//! A run has ended when the one statement that moves its row from running to finished finds it running. Whoever
//! ends it so writes the messages, in the same transaction: two that try write one message, and a kill before the
//! commit leaves the run to be ended again.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::connections::{self, Connection};
use crate::datasets::{self, Dataset};
use crate::error::DbError;
use crate::events::feeds;
use crate::{integrations, messages, reconciliations, runs, windows};
use tributary_core::ids::{ConnectionNo, RunId};
use tributary_core::state::DatasetStatus;
use tributary_core::{Millis, PublicUrls};

/// Ends a run whose datasets have ended, and tells of them. One that was ended already stays as it is; says whether this
/// ended it.
pub fn end_run(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    connection_no: ConnectionNo,
    run: RunId,
    now: Millis,
) -> Result<bool, DbError> {
    let Some(connection) = connections::find_by_no(conn, connection_no)? else { return Ok(false) };
    if !runs::finish(conn, connection_no, run, now)? {
        return Ok(false);
    }
    let ended = datasets::of_run(conn, connection_no, run)?;
    catch_up(conn, &connection, run, &ended, now)?;
    messages::ended(conn, urls, &connection, ended, now)?;
    Ok(true)
}

/// Has the events listed that happened while the run was under way (rule E2). What happened before it began needs no
/// look if it has read everything, or if events are of no interest otherwise.
fn catch_up(
    conn: &mut AnyConn,
    connection: &Connection,
    run: RunId,
    ended: &[Dataset],
    now: Millis,
) -> Result<(), DbError> {
    let Some(as_of) = runs::as_of(conn, connection.no, run)? else { return Ok(()) };
    let is_read = |data_type| {
        let mut complete = ended.iter().filter(|dataset| dataset.status == DatasetStatus::Complete);
        complete.any(|dataset| dataset.data_type == data_type)
    };
    let everything = datasets::latest_of(conn, connection.no)?.iter().all(|latest| is_read(latest.data_type));
    let integration = integrations::find(conn, connection.platform_no, connection.integration_id)?;
    let flows = integration.is_some_and(|integration| integration.flows());
    let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
    feeds::catch_up(conn, owner, as_of, everything || !flows, now)
}

/// Ends everything that a connection reads or waits for with the same status, its run included, and tells of it all in
/// one message. What the run has stored by then counts as modified. A reconciliation is cancelled.
pub fn end_reading(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    connection_no: ConnectionNo,
    (status, message): (DatasetStatus, &str),
    now: Millis,
) -> Result<(), DbError> {
    let Some(connection) = connections::find_by_no(conn, connection_no)? else { return Ok(()) };
    let waiting = datasets::waiting(conn, connection_no)?;
    let run = runs::running(conn, connection_no)?;
    if let Some(run) = &run {
        note_what_was_stored(conn, connection_no, run.id)?;
    }
    datasets::finish_all_active(conn, connection_no, status, message, now)?;
    reconciliations::cancel(conn, connection_no, now)?;
    let mut told = match run {
        Some(run) if runs::finish(conn, connection_no, run.id, now)? => {
            datasets::of_run(conn, connection_no, run.id)?
        }
        _ => Vec::new(),
    };
    let waiting: Vec<String> = waiting.iter().map(|dataset| dataset.id.to_string()).collect();
    told.extend(datasets::of_ids(conn, connection_no, &waiting)?);
    messages::ended(conn, urls, &connection, told, now)
}

/// Datasets that are cut short say whether their resources brought changes, as those do that end by themselves.
fn note_what_was_stored(conn: &mut AnyConn, no: ConnectionNo, run: RunId) -> Result<(), DbError> {
    let windows = windows::of_run(conn, no, run)?;
    let has_changes = |dataset: &Dataset| {
        let (required, optional) = (dataset.data_type.required(), dataset.data_type.optional());
        let feeds = |resource| required.contains(resource) || optional.contains(resource);
        windows.iter().any(|window| window.changed > 0 && feeds(&window.resource))
    };
    for dataset in datasets::of_run(conn, no, run)? {
        if dataset.status.is_active() && has_changes(&dataset) {
            datasets::set_records_modified(conn, no, dataset.id)?;
        }
    }
    Ok(())
}

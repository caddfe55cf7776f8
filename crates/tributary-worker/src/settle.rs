//! Ending datasets, and saying how far they are.

use crate::held::RunError;
use crate::plan;
use crate::run::Active;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tributary_core::ids::{ConnectionNo, RunId};
use tributary_core::state::{DatasetStatus, WindowState};
use tributary_core::{Millis, PublicUrls, Resource};
use tributary_db::datasets::{self, Dataset, Finish};
use tributary_db::windows;
use tributary_db::{AnyConn, DbError, connections, runs, use_cases};

/// What a run expects, for datasets to say how far they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// Pages that resources are expected to have left.
    pub(crate) pages_left: BTreeMap<Resource, f64>,
    /// What the run waits for, for people.
    pub(crate) waits_for: Option<String>,
}

/// Ends the datasets whose resources are all `finished`, and notes how far the others are. With the last dataset the run
/// ends, in the same commit: nobody would look for a run without an active dataset to tell of it.
pub(crate) async fn settle(active: &Active<'_>, finished: &BTreeSet<Resource>) -> Result<(), RunError> {
    let (connection, run) = (active.held.owner.connection_no, active.run);
    let urls = active.held.context.urls.clone();
    let reconciles = active.held.context.settings.reconcile_after_runs;
    let (expected, finished, calls) = (active.expected(), finished.clone(), active.take_calls());
    active
        .held
        .commit(move |conn, now| {
            runs::add_calls(conn, connection, run, calls)?;
            let mut wholes = plan::together(&windows::of_run(conn, connection, run)?);
            for whole in wholes.iter_mut().filter(|whole| !finished.contains(&whole.resource)) {
                // What is read to its end may have objects left to be read again, or to be buried.
                whole.state = WindowState::Open;
            }
            let mut goes_on = false;
            for dataset in datasets::of_run(conn, connection, run)? {
                if !dataset.status.is_active() {
                    continue;
                }
                match plan::outcome(dataset.data_type, &wholes) {
                    Some(finish) => end_dataset(conn, connection, &dataset, finish, now)?,
                    None => {
                        show(
                            conn,
                            connection,
                            &dataset,
                            plan::progress(dataset.data_type, &wholes, &expected.pages_left),
                            &expected,
                        )?;
                        goes_on = true;
                    }
                }
            }
            if goes_on { Ok(()) } else { end(conn, &urls, reconciles, (connection, run), now) }
        })
        .await
}

/// Ends a run, and asks whether what it read ties to Stripe's balance.
pub(crate) fn end(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    reconciles: bool,
    (connection, run): (ConnectionNo, RunId),
    now: Millis,
) -> Result<(), DbError> {
    let has_ended = use_cases::end_run(conn, urls, connection, run, now)?;
    if has_ended && reconciles {
        use_cases::reconcile_after_run(conn, urls, connection, run, now)
    } else {
        Ok(())
    }
}

/// Notes how far the run's datasets are, in the transaction that stores pages.
pub(crate) fn note_progress(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    expected: &Arc<Expected>,
) -> Result<(), DbError> {
    let wholes = plan::together(&windows::of_run(conn, connection, run)?);
    for dataset in datasets::of_run(conn, connection, run)? {
        if dataset.status.is_active() {
            let progress = plan::progress(dataset.data_type, &wholes, &expected.pages_left);
            show(conn, connection, &dataset, progress, expected)?;
        }
    }
    Ok(())
}

/// A guess that turned out too high is not shown as a step back.
fn show(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    dataset: &Dataset,
    progress: i64,
    expected: &Expected,
) -> Result<(), DbError> {
    let progress = progress.max(dataset.progress);
    datasets::set_progress(conn, connection, dataset.id, progress, expected.waits_for.as_deref())
}

fn end_dataset(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    dataset: &Dataset,
    finish: Finish,
    now: Millis,
) -> Result<(), DbError> {
    let complete = finish.status == DatasetStatus::Complete;
    datasets::finish(conn, connection, dataset.id, finish, now)?;
    if complete {
        connections::set_last_sync(conn, connection, now)?;
    }
    Ok(())
}

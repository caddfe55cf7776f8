//! One run of a connection, from what is stored to what is next: it takes no other input, so driving it
//! twice, or after a kill, is harmless.

use crate::clock_offset::ClockOffset;
use crate::held::{Held, RunError, pause};
use crate::{WorkerContext, hold, plan, pull, reread, sweep};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_core::ids::{ConnectionNo, RunId};
use tributary_core::state::{ConnectionStatus, DatasetStatus, RunReason, WindowState};
use tributary_core::sync_settings::SyncSettings;
use tributary_core::{DataType, Millis, PublicUrls, Resource};
use tributary_db::bulk::Owner;
use tributary_db::connections::{self, Connection};
use tributary_db::datasets::{self, Dataset, Finish};
use tributary_db::leases::{self, Lease};
use tributary_db::runs::{self, Run};
use tributary_db::windows::{self, Window};
use tributary_db::{AnyConn, DbError, sync_settings, use_cases};
use tributary_stripe::Reaction;

/// Between the last answer of one run and the first of the next: so long that their intervals of knowledge
/// don't overlap, and everything the new run reads is known to be newer (rule E1).
pub(crate) const QUIET_MS: i64 = 2_500;

/// A run under way, and all that its steps need.
pub(crate) struct Active<'a> {
    pub(crate) held: Held<'a>,
    pub(crate) run: RunId,
    /// Stripe's clock at the run's first answer.
    pub(crate) as_of: Option<Millis>,
    /// Whether a commit of this attempt has carried `as_of` already.
    pub(crate) as_of_is_stored: bool,
    pub(crate) offset: ClockOffset,
    /// How the company's data types are pulled.
    pub(crate) settings: SyncSettings,
    /// Whether no run of the connection has ended yet.
    pub(crate) is_first: bool,
    /// How often this run may still wait for Stripe to recover.
    pub(crate) outage_waits: u32,
}

/// Drives the connection's run, or begins one with the datasets that wait. Returns when there is nothing left
/// to do, or when the service stops.
pub(crate) async fn drive(
    context: &WorkerContext,
    lease: Lease,
    stop: &CancellationToken,
) -> Result<(), RunError> {
    loop {
        let Some((mut active, resources)) = take_up(context, lease, stop).await? else { return Ok(()) };
        match pull_all(&mut active, &resources).await {
            Ok(()) => {
                tracing::info!(connection.no = lease.connection_no.0, run.id = %active.run, "the run has ended")
            }
            Err(RunError::Stopping) => return Ok(()),
            Err(RunError::Deauthorized(reason)) => return active.held.deauthorize(reason).await,
            Err(error) => return Err(error),
        }
    }
}

/// What a run begins with.
struct Begun {
    connection: Connection,
    run: Run,
    types: Vec<DataType>,
    settings: SyncSettings,
    last_finished_ms: Option<i64>,
}

/// Resumes the run under way or starts one; none when nothing waits.
async fn take_up<'a>(
    context: &'a WorkerContext,
    lease: Lease,
    stop: &'a CancellationToken,
) -> Result<Option<(Active<'a>, Vec<Resource>)>, RunError> {
    let (lease_ms, urls) = (hold::lease_ms(context), context.urls.clone());
    let reconciles = context.settings.reconcile_after_runs;
    let begun = context
        .db
        .write(move |conn| {
            let now = leases::enter(conn, lease, lease_ms)?;
            begin(conn, &urls, reconciles, lease.connection_no, now)
        })
        .await?;
    let Some(Begun { connection, run, types, settings, last_finished_ms }) = begun else { return Ok(None) };
    if run.as_of_ms.is_none() {
        wait_for_quiet(context, last_finished_ms, stop).await?;
    }
    let held = Held::open(context, lease, &connection, stop).await?;
    let resources = settings.resources(&types);
    let active = Active {
        held,
        run: run.id,
        as_of: run.as_of_ms.map(Millis),
        as_of_is_stored: run.as_of_ms.is_some(),
        offset: ClockOffset::default(),
        settings,
        is_first: last_finished_ms.is_none(),
        outage_waits: context.settings.outage_waits_max,
    };
    tracing::info!(connection.id = %connection.id, run.id = %run.id, reason = %run.reason, "pulling");
    Ok(Some((active, resources)))
}

fn begin(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    reconciles: bool,
    connection_no: ConnectionNo,
    now: Millis,
) -> Result<Option<Begun>, DbError> {
    let Some(connection) = connections::find_by_no(conn, connection_no)? else { return Ok(None) };
    let linked = connection.status == ConnectionStatus::Linked;
    if !linked {
        // Queued before the connection was severed: nothing will come of them.
        let message = "the connection is not linked";
        let how = (DatasetStatus::Cancelled, message);
        use_cases::end_reading(conn, urls, connection_no, how, now)?;
    }
    let last_finished_ms = runs::last_finished_ms(conn, connection_no)?;
    let Some(run) = current_run(conn, urls, reconciles, &connection, now)? else { return Ok(None) };
    let datasets = datasets::of_run(conn, connection_no, run.id)?;
    let types = datasets.iter().map(|dataset| dataset.data_type).collect();
    let settings = sync_settings::in_force(conn, connection.platform_no, connection.company_id)?;
    Ok(Some(Begun { connection, run, types, settings, last_finished_ms }))
}

/// The run under way, unless nothing is left of it to do; else a new one with what waits; else none.
fn current_run(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    reconciles: bool,
    connection: &Connection,
    now: Millis,
) -> Result<Option<Run>, DbError> {
    if let Some(run) = runs::running(conn, connection.no)? {
        if datasets::of_run(conn, connection.no, run.id)?.iter().any(|dataset| dataset.status.is_active()) {
            return Ok(Some(run));
        }
        end(conn, urls, reconciles, (connection.no, run.id), now)?;
    }
    let waiting = datasets::waiting(conn, connection.no)?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
    let run = runs::start(conn, owner, reason(&waiting), now)?;
    let ids: Vec<_> = waiting.iter().map(|dataset| dataset.id).collect();
    datasets::attach(conn, connection.no, &ids, run.id)?;
    Ok(Some(run))
}

/// Ends a run, and asks whether what it read ties to Stripe's balance.
fn end(
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

/// The weightiest reason of the datasets a run takes.
fn reason(waiting: &[Dataset]) -> RunReason {
    waiting.iter().map(|dataset| dataset.reason).min().unwrap_or(RunReason::Requested)
}

async fn wait_for_quiet(
    context: &WorkerContext,
    last_finished_ms: Option<i64>,
    stop: &CancellationToken,
) -> Result<(), RunError> {
    let Some(last) = last_finished_ms else { return Ok(()) };
    let now = context.db.read(leases::now).await?;
    let wait_ms = (last + QUIET_MS - now.0).clamp(0, QUIET_MS);
    pause(Duration::from_millis(wait_ms.unsigned_abs()), stop).await
}

/// Pulls every resource that isn't settled yet, and ends datasets as soon as all they need is.
async fn pull_all(active: &mut Active<'_>, resources: &[Resource]) -> Result<(), RunError> {
    let windows = open_windows(active, resources).await?;
    let named = plan::after_which_customers_are_looked_up(&windows);
    // What needs no resource is complete before anything is pulled.
    settle(active).await?;
    for mut window in windows {
        let resource = window.resource;
        if window.state == WindowState::Open {
            if resource.is_singleton() {
                pull::singleton(active, &window).await?;
            } else {
                pull::list(active, &window).await?;
            }
            window = windows_of(active)
                .await?
                .into_iter()
                .find(|stored| stored.resource == resource)
                .ok_or(RunError::Inconsistent("a window is gone"))?;
        }
        if window.state == WindowState::Done {
            reread::of_resource(active, resource).await?;
            if named == Some(resource) {
                reread::unlisted_customers(active).await?;
            }
            // Before the first run has ended there is nothing that it could miss.
            if !active.is_first {
                sweep::outside(active, &window).await?;
                if plan::sweeps(&window, active.held.mode) {
                    sweep::resource(active, &window).await?;
                }
            }
        }
        settle(active).await?;
    }
    Ok(())
}

async fn windows_of(active: &Active<'_>) -> Result<Vec<Window>, RunError> {
    let (connection, run) = (active.held.owner.connection_no, active.run);
    Ok(active.held.context.db.read(move |conn| windows::of_run(conn, connection, run)).await?)
}

/// The run's windows in the order of `resources`. They are opened together before anything is pulled: what tells
/// whether test data was deleted is gone once the first resources are stored, and a run that is killed has to know
/// it afterwards.
async fn open_windows(active: &mut Active<'_>, resources: &[Resource]) -> Result<Vec<Window>, RunError> {
    let mut stored = windows_of(active).await?;
    let missing: Vec<Resource> = resources
        .iter()
        .copied()
        .filter(|resource| !stored.iter().any(|window| window.resource == *resource))
        .collect();
    if !missing.is_empty() {
        let now = active.held.context.clock.now().plus_ms(active.offset.ms());
        let bounds = missing.iter().map(|resource| (*resource, active.settings.bound_secs(*resource, now)));
        let bounds: Vec<(Resource, i64)> = bounds.collect();
        let ledger = active.settings.bound_secs(Resource::BalanceTransactions, now);
        let wiped = sweep::is_wiped(active, ledger).await?;
        let (owner, run) = (active.held.owner, active.run);
        let opened = active.held.commit(move |conn, _| {
            let open = |(resource, bound): &(Resource, i64)| {
                // Of all others everything that is kept is read again.
                let covered = match resource.is_immutable() {
                    true => windows::covered_until_ms(conn, owner.connection_no, *resource, *bound)?,
                    false => None,
                };
                let from = plan::from_secs(*resource, *bound, covered, wiped);
                windows::open(conn, owner, run, *resource, from, *bound)
            };
            bounds.iter().map(open).collect::<Result<Vec<_>, _>>()
        });
        stored.extend(opened.await?);
    }
    stored.retain(|window| resources.contains(&window.resource));
    stored.sort_by_key(|window| resources.iter().position(|resource| *resource == window.resource));
    Ok(stored)
}

/// Ends the datasets whose resources are settled, and notes how far the others are. With the last dataset the run ends,
/// in the same commit: nobody would look for a run without an active dataset to tell of it.
async fn settle(active: &Active<'_>) -> Result<(), RunError> {
    let (connection, run) = (active.held.owner.connection_no, active.run);
    let urls = active.held.context.urls.clone();
    let reconciles = active.held.context.settings.reconcile_after_runs;
    active
        .held
        .commit(move |conn, now| {
            let windows = windows::of_run(conn, connection, run)?;
            let mut goes_on = false;
            for dataset in datasets::of_run(conn, connection, run)? {
                if !dataset.status.is_active() {
                    continue;
                }
                match plan::outcome(dataset.data_type, &windows) {
                    Some(finish) => end_dataset(conn, connection, &dataset, finish, now)?,
                    None => {
                        let progress = plan::progress(dataset.data_type, &windows);
                        datasets::set_progress(conn, connection, dataset.id, progress, None)?;
                        goes_on = true;
                    }
                }
            }
            if goes_on { Ok(()) } else { end(conn, &urls, reconciles, (connection, run), now) }
        })
        .await
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

impl Active<'_> {
    /// Takes an answer's times into account: the offset of the clocks, and the run's `as_of` (rule E2).
    pub(crate) fn observe(&mut self, sent: Millis, received: Millis, date: Option<Millis>) {
        if let Some(date) = date {
            self.offset.observe(sent, received, date);
            self.as_of.get_or_insert(date);
        }
    }

    /// `as_of`, the first time it is asked for after the run's first answer: for the commit that stores it.
    pub(crate) fn unstored_as_of(&mut self) -> Option<Millis> {
        let first = !std::mem::replace(&mut self.as_of_is_stored, true);
        if first { self.as_of } else { None }
    }

    /// After a failure that may pass: waits and says yes, or says no when the run has waited often enough.
    pub(crate) async fn wait_for_recovery(
        &mut self,
        error: &tributary_stripe::Error,
    ) -> Result<bool, RunError> {
        if error.reaction() != Reaction::Later || self.outage_waits == 0 {
            return Ok(false);
        }
        self.outage_waits -= 1;
        let wait = Duration::from_secs(self.held.context.settings.outage_wait_secs);
        let until = self.held.context.clock.now().plus_ms(i64::try_from(wait.as_millis()).unwrap_or(0));
        let (connection, run, text) =
            (self.held.owner.connection_no, self.run, format!("Paused until {until}"));
        tracing::warn!(connection.no = connection.0, %error, wait_secs = wait.as_secs(), "waiting for Stripe to recover");
        self.held
            .commit(move |conn, _| {
                for dataset in datasets::of_run(conn, connection, run)? {
                    if dataset.status.is_active() {
                        datasets::set_progress(conn, connection, dataset.id, dataset.progress, Some(&text))?;
                    }
                }
                Ok(())
            })
            .await?;
        pause(wait, self.held.stop).await?;
        Ok(true)
    }
}

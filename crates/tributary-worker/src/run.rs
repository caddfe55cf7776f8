//! One run of a connection, from what is stored to what is next: it takes no other input, so driving it
//! twice, or after a kill, is harmless.

use crate::clock_offset::Clocks;
use crate::held::{Held, RunError, pause};
use crate::pull::{self, Pulled};
use crate::settle::{self, Expected};
use crate::{WorkerContext, finish, hold, plan, sweep};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tributary_core::ids::{ConnectionNo, RunId};
use tributary_core::state::{ConnectionStatus, DatasetStatus, RunReason};
use tributary_core::sync_settings::SyncSettings;
use tributary_core::{DataType, Millis, PublicUrls, Resource};
use tributary_db::bulk::Owner;
use tributary_db::connections::{self, Connection};
use tributary_db::datasets::{self, Dataset};
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
    /// The way to Stripe; it counts what is sent for the run.
    pub(crate) stripe: tributary_stripe::Client,
    /// Stripe's clock, and what it said at the run's first answer.
    pub(crate) clocks: Arc<Clocks>,
    /// How the company's data types are pulled.
    pub(crate) settings: SyncSettings,
    /// Whether no run of the connection has ended yet.
    pub(crate) is_first: bool,
    /// How often this run may still wait for Stripe to recover.
    outage_waits: AtomicU32,
    /// What the datasets say of how far the run is.
    expected: Mutex<Arc<Expected>>,
    /// Since when this process has held the connection.
    turn_began: Instant,
}

/// Drives the connection's run, or begins one with the datasets that wait. Returns when there is nothing left
/// to do, when the service stops, or when the turn that began at `turn_began` is over.
pub(crate) async fn drive(
    context: &WorkerContext,
    lease: &Lease,
    turn_began: Instant,
    stop: &CancellationToken,
) -> Result<Pulled, RunError> {
    loop {
        let taken_up = take_up(context, lease, turn_began, stop).await?;
        let Some((active, resources)) = taken_up else { return Ok(Pulled::All) };
        let (connection_no, run) = (lease.connection_no.0, active.run);
        match pull_all(&active, &resources).await {
            Ok(Pulled::All) => {
                tracing::info!(connection.no = connection_no, run.id = %run, "the run has ended")
            }
            Ok(Pulled::LetGo) => {
                tracing::info!(connection.no = connection_no, run.id = %run, "others wait: the run goes on later");
                return Ok(Pulled::LetGo);
            }
            Err(RunError::Stopping) => return Ok(Pulled::All),
            Err(RunError::Deauthorized(reason)) => {
                active.held.deauthorize(reason).await?;
                return Ok(Pulled::All);
            }
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
    lease: &Lease,
    turn_began: Instant,
    stop: &'a CancellationToken,
) -> Result<Option<(Active<'a>, Vec<Resource>)>, RunError> {
    let (held, lease_ms, urls) = (lease.clone(), hold::lease_ms(context), context.urls.clone());
    let reconciles = context.settings.reconcile_after_runs;
    let begun = context
        .db
        .write(move |conn| {
            let now = leases::enter(conn, &held, lease_ms)?;
            begin(conn, &urls, reconciles, held.connection_no, now)
        })
        .await?;
    let Some(Begun { connection, run, types, settings, last_finished_ms }) = begun else { return Ok(None) };
    if run.as_of_ms.is_none() {
        wait_for_quiet(context, last_finished_ms, stop).await?;
    }
    let held = Held::open(context, lease.clone(), &connection, stop).await?;
    held.purpose.set(run.reason);
    let resources = settings.resources(&types);
    let active = Active {
        held,
        run: run.id,
        stripe: context.stripe.counting(),
        clocks: Arc::new(Clocks::new(run.as_of_ms.map(Millis))),
        settings,
        is_first: last_finished_ms.is_none(),
        outage_waits: AtomicU32::new(context.settings.outage_waits_max),
        expected: Mutex::default(),
        turn_began,
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
    if connection.paused.is_some() {
        return Ok(None);
    }
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
        settle::end(conn, urls, reconciles, (connection.no, run.id), now)?;
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
async fn pull_all(active: &Active<'_>, resources: &[Resource]) -> Result<Pulled, RunError> {
    let windows = open_windows(active, resources).await?;
    let (settled, to_finish) = mpsc::unbounded_channel();
    let pulling = pull::all(active, windows, settled);
    let (pulled, ()) = tokio::try_join!(pulling, finish::all(active, to_finish))?;
    Ok(pulled)
}

async fn windows_of(active: &Active<'_>) -> Result<Vec<Window>, RunError> {
    let (connection, run) = (active.held.owner.connection_no, active.run);
    Ok(active.held.context.db.read(move |conn| windows::of_run(conn, connection, run)).await?)
}

/// The run's windows in the order of `resources`. They are opened together before anything is pulled: what tells
/// whether test data was deleted is gone once the first resources are stored, and a run that is killed has to know
/// it afterwards.
async fn open_windows(active: &Active<'_>, resources: &[Resource]) -> Result<Vec<Window>, RunError> {
    let mut stored = windows_of(active).await?;
    let missing: Vec<Resource> = resources
        .iter()
        .copied()
        .filter(|resource| !stored.iter().any(|window| window.resource == *resource))
        .collect();
    if !missing.is_empty() {
        let now = active.held.context.clock.now().plus_ms(active.clocks.offset_ms());
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

impl Active<'_> {
    /// Requests sent to Stripe since this was last asked, for the commit that counts them.
    pub(crate) fn take_calls(&self) -> i64 {
        i64::try_from(self.stripe.take_sent()).unwrap_or(i64::MAX)
    }

    /// Whether others wait for the place that this connection has had for a turn.
    pub(crate) fn is_turn_over(&self) -> bool {
        let context = self.held.context;
        let turn = Duration::from_secs(context.settings.turn_secs);
        self.turn_began.elapsed() >= turn && context.load.is_crowded()
    }

    /// What is expected of the run, as last told.
    pub(crate) fn expected(&self) -> Arc<Expected> {
        Arc::clone(&self.expected.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells what is left to be read.
    pub(crate) fn expect(&self, pages_left: BTreeMap<Resource, f64>) {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        *expected = Arc::new(Expected { pages_left, waits_for: expected.waits_for.clone() });
    }

    fn wait_for(&self, waits_for: Option<String>) {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        *expected = Arc::new(Expected { pages_left: expected.pages_left.clone(), waits_for });
    }

    /// After a failure that may pass: for how long Stripe is given time to recover, which the datasets say. None when the
    /// run has waited often enough.
    pub(crate) async fn begin_outage(
        &self,
        error: &tributary_stripe::Error,
    ) -> Result<Option<Duration>, RunError> {
        let take = |left: u32| left.checked_sub(1);
        if self.outage_waits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            return Ok(None);
        }
        let wait = Duration::from_secs(self.held.context.settings.outage_wait_secs);
        let until = self.held.context.clock.now().plus_ms(i64::try_from(wait.as_millis()).unwrap_or(0));
        let (connection, run) = (self.held.owner.connection_no, self.run);
        tracing::warn!(connection.no = connection.0, %error, wait_secs = wait.as_secs(), "waiting for Stripe to recover");
        self.wait_for(Some(format!("Paused until {until}")));
        let expected = self.expected();
        self.held.commit(move |conn, _| settle::note_progress(conn, connection, run, &expected)).await?;
        Ok(Some(wait))
    }

    /// Stripe had its time to recover.
    pub(crate) fn end_outage(&self) {
        self.wait_for(None);
    }

    /// After a failure that may pass: waits and says yes, or says no when the run has waited often enough.
    pub(crate) async fn wait_for_recovery(&self, error: &tributary_stripe::Error) -> Result<bool, RunError> {
        if error.reaction() != Reaction::Later {
            return Ok(false);
        }
        let Some(wait) = self.begin_outage(error).await? else { return Ok(false) };
        pause(wait, self.held.stop).await?;
        self.end_outage();
        Ok(true)
    }
}

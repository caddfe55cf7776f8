//! The two lanes of a connection that is held (rule E12): runs and events, beside each other, ended together.

use crate::held::RunError;
use crate::pull::Pulled;
use crate::reconcile::{self, After};
use crate::{WorkerContext, events, remap, run};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tributary_db::leases::Lease;
use tributary_db::work;

/// Which of a connection's work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lanes {
    /// Runs and events.
    Both,
    /// Events alone, where every place for runs is taken.
    Events,
}

#[derive(Clone, Copy, Debug)]
enum Lane {
    Runs,
    Events,
}

/// Which lanes have nothing to do. Once both have nothing, that is final.
#[derive(Clone, Copy, Debug, Default)]
struct Idle {
    runs: bool,
    events: bool,
}

/// Drives the lanes until neither has anything left to do, the service stops, or a run has let go because others wait.
pub(crate) async fn drive(
    context: &WorkerContext,
    lease: &Lease,
    lanes: Lanes,
    stop: &CancellationToken,
) -> Result<(), RunError> {
    let (idle, _) = watch::channel(Idle { runs: lanes == Lanes::Events, events: false });
    let poll = Duration::from_millis(context.settings.poll_ms);
    let (turn_began, ending) = (Instant::now(), stop.child_token());
    let runs = async {
        if lanes == Lanes::Events {
            return Ok(());
        }
        loop {
            if run_all(context, lease, turn_began, stop).await? == Pulled::LetGo {
                ending.cancel();
                return Ok(());
            }
            if !rest(&idle, Lane::Runs, stop, runs_wait(context, lease, poll)).await? {
                return Ok(());
            }
        }
    };
    let events = async {
        loop {
            events::drive(context, lease, &ending).await?;
            if !rest(&idle, Lane::Events, &ending, events_wait(context, lease, poll)).await? {
                return Ok(());
            }
        }
    };
    match tokio::try_join!(runs, events) {
        Ok(((), ())) => Ok(()),
        // The connection was made so already, and what it reads was ended with it.
        Err(RunError::Deauthorized(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Runs, and between them what follows from runs: records made anew, and the reconciliation. Returns when nothing is
/// left to do, when the service stops, or when a run has let go because others wait.
async fn run_all(
    context: &WorkerContext,
    lease: &Lease,
    turn_began: Instant,
    stop: &CancellationToken,
) -> Result<Pulled, RunError> {
    loop {
        if run::drive(context, lease, turn_began, stop).await? == Pulled::LetGo {
            return Ok(Pulled::LetGo);
        }
        remap::drive(context, lease, stop).await?;
        // A reconciliation gives way to data types that wait to be read.
        match reconcile::drive(context, lease, stop).await? {
            After::GaveWay if !stop.is_cancelled() => {}
            After::GaveWay | After::NothingLeft => return Ok(Pulled::All),
        }
    }
}

/// A lane has nothing to do: waits until it has again (yes), or the other has nothing to do either (no).
async fn rest(
    idle: &watch::Sender<Idle>,
    lane: Lane,
    stop: &CancellationToken,
    has_work: impl Future<Output = Result<(), RunError>>,
) -> Result<bool, RunError> {
    let mut others = idle.subscribe();
    set(idle, lane, true);
    tokio::select! {
        _ = others.wait_for(|idle| idle.runs && idle.events) => Ok(false),
        () = stop.cancelled() => Ok(false),
        found = has_work => found.map(|()| set(idle, lane, false)),
    }
}

/// Says whether a lane has nothing to do, unless it is too late to say that it has.
fn set(idle: &watch::Sender<Idle>, lane: Lane, is_idle: bool) -> bool {
    idle.send_if_modified(|idle| {
        if idle.runs && idle.events {
            return false;
        }
        match lane {
            Lane::Runs => idle.runs = is_idle,
            Lane::Events => idle.events = is_idle,
        }
        true
    })
}

/// Waits until there is something to do for the lane of runs.
async fn runs_wait(context: &WorkerContext, lease: &Lease, poll: Duration) -> Result<(), RunError> {
    let no = lease.connection_no;
    loop {
        tokio::time::sleep(poll).await;
        if context.db.read(move |conn| work::has_runs(conn, no)).await? {
            return Ok(());
        }
    }
}

/// Waits until there is something to do for the event lane.
async fn events_wait(context: &WorkerContext, lease: &Lease, poll: Duration) -> Result<(), RunError> {
    let no = lease.connection_no;
    loop {
        let rung = context.lanes.notified();
        tokio::pin!(rung);
        rung.as_mut().enable();
        if context.db.read(move |conn| events::has_work(conn, no)).await? {
            return Ok(());
        }
        tokio::select! {
            () = rung => {}
            () = tokio::time::sleep(poll) => {}
        }
    }
}

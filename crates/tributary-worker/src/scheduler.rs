//! The service's loop: find connections with work, hold each in a task of its own.

use crate::lanes::Lanes;
use crate::{WorkerContext, hold, upkeep};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tributary_core::ids::ConnectionNo;
use tributary_db::events::unmatched;
use tributary_db::{AnyConn, DbError, leases, quota_notices, schedules, use_cases, work};

/// How often the scheduler asks whose time has come.
const SCHEDULE_EVERY: Duration = Duration::from_secs(10);

/// Connections looked at in one transaction, and such transactions before other work goes on.
const LOOKED_AT_ONCE: i64 = 50;
const LOOKS_MAX: usize = 40;

/// Connections whose events are applied while every place for runs is taken: runs take hours, events don't wait.
const EVENTS_AT_ONCE: usize = 16;

/// Works until `stop` is cancelled; then ends runs after the page they are at, releases what it holds, and
/// returns. A database that fails is asked again. `bell` is rung when there may be something to tell outsiders.
pub(crate) async fn run(context: WorkerContext, bell: &Notify, stop: CancellationToken) {
    let owner = format!("{}-{}", std::process::id(), uuid::Uuid::new_v4().simple());
    if context.db.is_sqlite() {
        let freed = context.db.write(leases::release_all).await;
        if let Err(error) = freed {
            tracing::warn!(%error, "freeing the leases of the last process failed");
        }
    }
    let upkeep = tokio::spawn(upkeep::run(context.clone(), stop.clone()));
    let mut held: HashMap<ConnectionNo, Lanes> = HashMap::new();
    let mut tasks: JoinSet<ConnectionNo> = JoinSet::new();
    let mut schedule = tokio::time::interval(SCHEDULE_EVERY);
    loop {
        for (lanes, places) in
            [(Lanes::Both, context.settings.connections_at_once), (Lanes::Events, EVENTS_AT_ONCE)]
        {
            let taken = held.values().filter(|held| **held == lanes).count();
            for connection in find_work(&context, &held, lanes, places.saturating_sub(taken)).await {
                held.insert(connection, lanes);
                let (context, owner, stop) = (context.clone(), owner.clone(), stop.clone());
                tasks.spawn(async move {
                    hold::hold(&context, connection, &owner, lanes, &stop).await;
                    connection
                });
            }
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = context.wake.notified() => {
                context.lanes.notify_waiters();
                bell.notify_one();
            }
            () = tokio::time::sleep(Duration::from_millis(context.settings.poll_ms)) => {}
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                forget(&mut held, ended);
                bell.notify_one();
            }
            _ = schedule.tick() => {
                queue_due(&context).await;
                match_events(&context).await;
                tell_of_new_quotas(&context).await;
            }
        }
    }
    while let Some(ended) = tasks.join_next().await {
        forget(&mut held, ended);
    }
    if let Err(error) = upkeep.await {
        tracing::error!(%error, "the worker's upkeep ended with a defect");
    }
}

/// A task that panicked can't say which connection it held; its lease runs out by itself.
fn forget(held: &mut HashMap<ConnectionNo, Lanes>, ended: Result<ConnectionNo, tokio::task::JoinError>) {
    match ended {
        Ok(connection) => {
            held.remove(&connection);
        }
        Err(error) => {
            tracing::error!(%error, "a run ended with a defect of the worker's");
            held.clear();
        }
    }
}

/// Connections to be held, as many as there are free places. Says to those that are held whether others wait for a
/// place.
async fn find_work(
    context: &WorkerContext,
    held: &HashMap<ConnectionNo, Lanes>,
    lanes: Lanes,
    free: usize,
) -> Vec<ConnectionNo> {
    let limit = i64::try_from(free + 1 + held.len()).unwrap_or(i64::MAX);
    let found = context
        .db
        .read(move |conn| {
            let now = leases::now(conn)?;
            match lanes {
                Lanes::Both => work::connections(conn, now, limit),
                Lanes::Events => work::connections_with_events(conn, now, limit),
            }
        })
        .await;
    match found {
        Ok(mut found) => {
            found.retain(|connection| !held.contains_key(connection));
            if lanes == Lanes::Both {
                context.load.set_crowded(found.len() > free);
            }
            found.truncate(free);
            found
        }
        Err(error) => {
            tracing::warn!(%error, "looking for work failed");
            Vec::new()
        }
    }
}

/// Continuous mode (rule E11): queues what has grown old.
async fn queue_due(context: &WorkerContext) {
    for _ in 0..LOOKS_MAX {
        match look(context).await {
            Ok(looked) if looked < LOOKED_AT_ONCE.unsigned_abs() => return,
            Ok(_) => {}
            Err(error) => return tracing::warn!(%error, "queueing what has grown old failed"),
        }
    }
}

/// Looks at connections whose time has come; gives how many.
async fn look(context: &WorkerContext) -> Result<u64, DbError> {
    let due = context.db.read(move |conn| {
        let now = leases::now(conn)?;
        schedules::are_due(conn, now)
    });
    if !due.await? {
        return Ok(0);
    }
    let reading = context.settings.reading;
    let queue = move |conn: &mut AnyConn| {
        let now = leases::now(conn)?;
        use_cases::queue_due(conn, now, &reading, LOOKED_AT_ONCE)
    };
    let looked = context.db.write(queue).await?;
    if looked.queued > 0 {
        tracing::info!(datasets = looked.queued, "queued what has grown old");
    }
    Ok(looked.connections)
}

/// Hands events over that came before their account was linked.
async fn match_events(context: &WorkerContext) {
    let settled = async {
        if !context.db.read(unmatched::are_any).await? {
            return Ok(0);
        }
        let settle = |conn: &mut AnyConn| {
            let now = leases::now(conn)?;
            unmatched::settle(conn, now)
        };
        context.db.write(settle).await
    };
    match settled.await {
        Ok(0) => {}
        Ok(events) => tracing::info!(events, "matched events with accounts that were linked meanwhile"),
        Err(error) => {
            let error: DbError = error;
            tracing::warn!(%error, "matching events with accounts failed");
        }
    }
}

/// A day of UTC has begun: platforms that used up the quota of an earlier one are told that they have a new one.
async fn tell_of_new_quotas(context: &WorkerContext) {
    let now = context.clock.now();
    let told = async {
        if context.db.read(move |conn| quota_notices::are_due(conn, now)).await? {
            context.db.write(move |conn| quota_notices::reset(conn, now)).await?;
        }
        Ok::<_, DbError>(())
    };
    if let Err(error) = told.await {
        tracing::warn!(%error, "telling of new quotas failed");
    }
}

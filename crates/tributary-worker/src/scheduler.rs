//! The service's loop: find connections with work, hold each in a task of its own.

use crate::{WorkerContext, hold};
use std::collections::HashSet;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tributary_core::ids::ConnectionNo;
use tributary_core::state::RunReason;
use tributary_db::{DbError, connections, datasets, leases};

/// How often continuous connections are looked over for data types that have grown old.
const SCHEDULE_EVERY: Duration = Duration::from_secs(60);

/// Datasets queued by schedule in one transaction.
const SCHEDULED_AT_ONCE: i64 = 200;

/// Works until `stop` is cancelled; then ends runs after the page they are at, releases what it holds, and
/// returns. A database that fails is asked again.
pub async fn run(context: WorkerContext, stop: CancellationToken) {
    let owner = format!("{}-{}", std::process::id(), uuid::Uuid::new_v4().simple());
    if context.db.is_sqlite() {
        let freed = context.db.write(leases::release_all).await;
        if let Err(error) = freed {
            tracing::warn!(%error, "freeing the leases of the last process failed");
        }
    }
    let mut held: HashSet<ConnectionNo> = HashSet::new();
    let mut tasks: JoinSet<ConnectionNo> = JoinSet::new();
    let mut schedule = tokio::time::interval(SCHEDULE_EVERY);
    loop {
        let free = context.settings.connections_at_once.saturating_sub(tasks.len());
        for connection in find_work(&context, &held, free).await {
            held.insert(connection);
            let (context, owner, stop) = (context.clone(), owner.clone(), stop.clone());
            tasks.spawn(async move {
                hold::hold(&context, connection, &owner, &stop).await;
                connection
            });
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = context.wake.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(context.settings.poll_ms)) => {}
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => forget(&mut held, ended),
            _ = schedule.tick() => queue_due(&context).await,
        }
    }
    while let Some(ended) = tasks.join_next().await {
        forget(&mut held, ended);
    }
}

/// A task that panicked can't say which connection it held; its lease runs out by itself.
fn forget(held: &mut HashSet<ConnectionNo>, ended: Result<ConnectionNo, tokio::task::JoinError>) {
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

async fn find_work(context: &WorkerContext, held: &HashSet<ConnectionNo>, free: usize) -> Vec<ConnectionNo> {
    if free == 0 {
        return Vec::new();
    }
    let limit = i64::try_from(free + held.len()).unwrap_or(i64::MAX);
    let found = context
        .db
        .read(move |conn| {
            let now = leases::now(conn)?;
            datasets::connections_with_work(conn, now, limit)
        })
        .await;
    match found {
        Ok(found) => found.into_iter().filter(|connection| !held.contains(connection)).take(free).collect(),
        Err(error) => {
            tracing::warn!(%error, "looking for work failed");
            Vec::new()
        }
    }
}

/// Continuous mode (rule E11): queues what has grown old.
async fn queue_due(context: &WorkerContext) {
    let hours = context.settings.refresh_hours;
    let queued = context.db.write(move |conn| {
        let now = leases::now(conn)?;
        let due = datasets::due(conn, now, hours, SCHEDULED_AT_ONCE)?;
        for (connection_no, data_type) in &due {
            let Some(connection) = connections::find_by_no(conn, *connection_no)? else { continue };
            // One that somebody else queued meanwhile is as good.
            let _ = datasets::queue(conn, &connection, *data_type, RunReason::Scheduled, now)?;
        }
        Ok::<usize, DbError>(due.len())
    });
    match queued.await {
        Ok(0) => {}
        Ok(count) => tracing::info!(datasets = count, "queued what has grown old"),
        Err(error) => tracing::warn!(%error, "queueing what has grown old failed"),
    }
}

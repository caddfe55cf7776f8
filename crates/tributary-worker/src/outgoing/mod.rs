//! Outgoing messages: from the outbox to consumers.
//!
//! It is a loop beside the runs'. It makes deliveries of new messages, takes lanes that are due, and has each
//! worked off by a task of its own (`deliver.rs`): take what is first, send it (`send.rs`), record what became of
//! it. What follows from an attempt is decided by pure functions (`decide.rs`). A lane is held under a lease in the
//! database, so that any number of workers share the work and a killed one's is taken up by another. Nothing is
//! lost: an attempt whose result wasn't recorded is made again, under the same message id.

mod decide;
mod deliver;
mod resolve;
mod send;
mod share;
mod sign;
#[cfg(test)]
mod tests;

pub use decide::RETRY_WAITS_SECS;
pub use send::SenderError;

use send::Sender;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tributary_core::ids::ConsumerId;
use tributary_core::{Clock, Egress};
use tributary_db::deliveries::Routed;
use tributary_db::delivery_lanes::{self, Hold};
use tributary_db::vault::Vault;
use tributary_db::{AnyConn, Db, DbError, deliveries, leases};

/// Messages that are routed in one transaction, and such transactions before anything is sent.
const ROUTED_AT_ONCE: i64 = 500;
const ROUTINGS_MAX: usize = 20;

/// Consumers that are considered in one look.
const CONSUMERS_MAX: i64 = 1000;

/// How often old messages are deleted, how many in one transaction, and such transactions in a row.
const PRUNE_EVERY: Duration = Duration::from_secs(600);
const PRUNED_AT_ONCE: i64 = 500;
const PRUNINGS_MAX: usize = 100;

/// A lane is held for the deadline and so much more, in which the result is recorded.
const RECORD_MS: u64 = 10_000;

const DAY_MS: i64 = 86_400_000;

/// How messages are delivered. The defaults are those of `config/default.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingSettings {
    /// Where requests may go.
    pub egress: Egress,
    /// How long one attempt may take, from the look-up of the host's name to the end of the answer.
    pub deadline_secs: u64,
    /// The wait before the second and each later attempt, each counted from the failure before.
    pub retry_waits_secs: Vec<u64>,
    /// Attempts that are made at once.
    pub at_once: usize,
    /// Of them to one consumer.
    pub at_once_per_consumer: usize,
    /// How long messages are kept.
    pub retention_days: i64,
    /// How often the database is asked for what nobody rang for.
    pub poll_ms: u64,
}

impl Default for OutgoingSettings {
    fn default() -> Self {
        OutgoingSettings {
            egress: Egress { allow_private: false },
            deadline_secs: 15,
            retry_waits_secs: RETRY_WAITS_SECS.to_vec(),
            at_once: 16,
            at_once_per_consumer: 4,
            retention_days: 30,
            poll_ms: 1000,
        }
    }
}

/// What messages are delivered with.
#[derive(Clone)]
pub struct Outgoing {
    db: Db,
    vault: Vault,
    settings: OutgoingSettings,
    sender: Sender,
}

impl Outgoing {
    /// Puts it together.
    ///
    /// # Errors
    /// [`SenderError`] when there can be no HTTP client.
    pub fn new(db: Db, vault: Vault, settings: OutgoingSettings, clock: Clock) -> Result<Self, SenderError> {
        let deadline = Duration::from_secs(settings.deadline_secs);
        let sender = Sender::new(settings.egress, deadline, resolve::system_lookup(), clock)?;
        Ok(Outgoing { db, vault, settings, sender })
    }

    fn lease_ms(&self) -> i64 {
        let ms = self.settings.deadline_secs.saturating_mul(1000).saturating_add(RECORD_MS);
        i64::try_from(ms).unwrap_or(i64::MAX / 2)
    }
}

/// Lanes that are being worked off.
#[derive(Default)]
struct Working {
    tasks: JoinSet<ConsumerId>,
    /// How many of them are of each consumer.
    of: HashMap<ConsumerId, usize>,
    /// Whose turn it was last.
    last: Option<ConsumerId>,
}

/// Delivers until `stop` is cancelled, and deletes old messages; then ends the attempts under way and returns. `bell` is
/// rung when there may be something new.
pub(crate) async fn run(outgoing: Outgoing, bell: &Notify, stop: CancellationToken) {
    tokio::join!(send_all(&outgoing, bell, &stop), prune_all(&outgoing, &stop));
}

async fn send_all(outgoing: &Outgoing, bell: &Notify, stop: &CancellationToken) {
    if outgoing.db.is_sqlite()
        && let Err(error) = outgoing.db.write(delivery_lanes::release_all).await
    {
        tracing::warn!(%error, "freeing what the last process was sending failed");
    }
    let mut working = Working::default();
    loop {
        route(outgoing).await;
        start(outgoing, &mut working, stop).await;
        tokio::select! {
            () = stop.cancelled() => break,
            () = bell.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(outgoing.settings.poll_ms)) => {}
            Some(ended) = working.tasks.join_next(), if !working.tasks.is_empty() => working.forget(ended),
        }
        while let Some(ended) = working.tasks.try_join_next() {
            working.forget(ended);
        }
    }
    while let Some(ended) = working.tasks.join_next().await {
        working.forget(ended);
    }
}

impl Working {
    /// A task that panicked can't say whose lane it held; the lease of that runs out by itself.
    fn forget(&mut self, ended: Result<ConsumerId, JoinError>) {
        match ended {
            Ok(consumer) => {
                if let Some(count) = self.of.get_mut(&consumer) {
                    *count = count.saturating_sub(1);
                }
                self.of.retain(|_, count| *count > 0);
            }
            Err(error) => {
                tracing::error!(%error, "a delivery ended with a defect of the worker's");
                self.of.clear();
            }
        }
    }
}

/// Makes deliveries of what is new in the outbox.
async fn route(outgoing: &Outgoing) {
    for _ in 0..ROUTINGS_MAX {
        match route_some(outgoing).await {
            Ok(routed) => {
                if routed.messages > 0 {
                    tracing::debug!(routed.messages, routed.deliveries, "messages were routed");
                }
                if routed.messages < ROUTED_AT_ONCE.unsigned_abs() {
                    return;
                }
            }
            Err(error) => return tracing::warn!(%error, "routing messages failed"),
        }
    }
}

async fn route_some(outgoing: &Outgoing) -> Result<Routed, DbError> {
    if !outgoing.db.read(deliveries::any_to_route).await? {
        return Ok(Routed::default());
    }
    let route = |conn: &mut AnyConn| {
        let now = leases::now(conn)?;
        deliveries::route(conn, ROUTED_AT_ONCE, now)
    };
    outgoing.db.write(route).await
}

/// Takes lanes that are due, as far as there is room, and works each off in a task.
async fn start(outgoing: &Outgoing, working: &mut Working, stop: &CancellationToken) {
    let free = outgoing.settings.at_once.saturating_sub(working.tasks.len());
    if free == 0 {
        return;
    }
    let holds = match take_lanes(outgoing, working, free).await {
        Ok(holds) => holds,
        Err(error) => {
            tracing::warn!(%error, "looking for messages to send failed");
            return;
        }
    };
    for hold in holds {
        let consumer = hold.consumer_id;
        *working.of.entry(consumer).or_default() += 1;
        let (outgoing, stop) = (outgoing.clone(), stop.clone());
        working.tasks.spawn(async move {
            deliver::deliver(&outgoing, &hold, &stop).await;
            consumer
        });
    }
}

async fn take_lanes(outgoing: &Outgoing, working: &mut Working, free: usize) -> Result<Vec<Hold>, DbError> {
    let due = outgoing.db.read(|conn| {
        let now = leases::now(conn)?;
        delivery_lanes::consumers_due(conn, now, CONSUMERS_MAX)
    });
    let per_consumer = outgoing.settings.at_once_per_consumer;
    let shares = share::shares(&due.await?, &working.of, working.last, free, per_consumer);
    if shares.is_empty() {
        return Ok(Vec::new());
    }
    working.last = shares.last().map(|(consumer, _)| *consumer);
    let lease_ms = outgoing.lease_ms();
    let held = outgoing.db.write(move |conn| {
        let now = leases::now(conn)?;
        let mut holds = Vec::new();
        for (consumer, count) in &shares {
            let limit = i64::try_from(*count).unwrap_or(i64::MAX);
            holds.extend(delivery_lanes::hold(conn, *consumer, limit, lease_ms, now)?);
        }
        Ok(holds)
    });
    held.await
}

/// Deletes old messages every now and then until `stop` is cancelled.
async fn prune_all(outgoing: &Outgoing, stop: &CancellationToken) {
    let mut tick = tokio::time::interval(PRUNE_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => prune(outgoing, stop).await,
        }
    }
}

/// Deletes what is older than messages are kept.
async fn prune(outgoing: &Outgoing, stop: &CancellationToken) {
    let age_ms = outgoing.settings.retention_days.saturating_mul(DAY_MS);
    for _ in 0..PRUNINGS_MAX {
        let pruned = outgoing.db.write_bulk(move |conn| {
            let before = leases::now(conn)?.plus_ms(-age_ms);
            deliveries::prune(conn, before, PRUNED_AT_ONCE)
        });
        match pruned.await {
            Ok(0) => return,
            Ok(messages) => tracing::info!(messages, "old messages were deleted"),
            Err(error) => {
                tracing::warn!(%error, "deleting old messages failed");
                return;
            }
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

//! Sync runs: what to pull next, pulling it, storing it, and ending with a state that can't lie. And outgoing
//! messages: [`outgoing`].
//!
//! [`serve`] is the service, [`run()`] its part that pulls. It looks for connections with waiting datasets, takes each over under a lease,
//! and drives its run (`run.rs`): windows of all its resources are fetched at once, and stored with the cursors that
//! follow in one transaction (`pull/`); a resource that was read to its end is finished beside that (`finish.rs`): unclear
//! objects are read again, absences swept, datasets ended. What the run decides, it decides by pure functions over what is
//! stored (`plan.rs`, `pull/split.rs`), so that a run that was killed goes on where it was.
//! Beside the run, under the same lease, Stripe's events are applied (`events`).

mod clock_offset;
mod commit;
mod events;
mod finish;
mod follows;
mod held;
mod hold;
mod lanes;
mod load;
pub mod normalize;
pub mod outgoing;
mod plan;
mod pull;
mod reconcile;
mod remap;
mod reread;
mod rules;
mod run;
mod scheduler;
mod settle;
#[cfg(test)]
mod simulation;
mod sweep;
mod upkeep;

pub use load::Load;
pub use outgoing::{Outgoing, OutgoingSettings};

use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tributary_core::sync_settings::ReadingSettings;
use tributary_core::{Clock, PublicUrls};
use tributary_db::Db;
use tributary_db::vault::Vault;

/// Pulls and delivers until `stop` is cancelled; then ends what is under way and returns.
pub async fn serve(context: WorkerContext, outgoing: Outgoing, stop: CancellationToken) {
    let bell = Notify::new();
    tokio::join!(scheduler::run(context, &bell, stop.clone()), outgoing::run(outgoing, &bell, stop));
}

/// Pulls, as [`serve`] does, and delivers nothing: messages wait for a process that serves.
pub async fn run(context: WorkerContext, stop: CancellationToken) {
    scheduler::run(context, &Notify::new(), stop).await;
}

/// What the worker works with.
#[derive(Clone)]
pub struct WorkerContext {
    /// The store.
    pub db: Db,
    /// Opens credentials.
    pub vault: Vault,
    /// The way to Stripe.
    pub stripe: tributary_stripe::Client,
    /// How it works.
    pub settings: WorkerSettings,
    /// Where the services are reached: what links in messages start with.
    pub urls: PublicUrls,
    /// What time it is.
    pub clock: Clock,
    /// Rung by other services of this process when they have queued work.
    pub wake: Arc<Notify>,
    /// What the connections that are pulled at once share.
    pub load: Load,
    /// Rung by the scheduler for the connections that are held already.
    pub lanes: Arc<Notify>,
}

/// How the worker works. The defaults are those of `config/default.toml`.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// For how long a connection is held without a sign of life before another worker may take it over.
    pub lease_secs: u64,
    /// How often the database is asked for work that nobody rang for.
    pub poll_ms: u64,
    /// Connections that are pulled at once.
    pub connections_at_once: usize,
    /// For how long one connection is held while others wait for its place.
    pub turn_secs: u64,
    /// Windows of one connection that are fetched at once.
    pub windows_at_once: usize,
    /// Pages of all connections that are under way or wait to be stored at once: [`Load::new`].
    pub pages_at_once: usize,
    /// Pages that are stored in one transaction at most; SQLite takes no more than 8.
    pub pages_per_commit: usize,
    /// How often one run waits for Stripe to recover, after the client has given up repeating.
    pub outage_waits_max: u32,
    /// How long each such wait is.
    pub outage_wait_secs: u64,
    /// Continuous mode: when data is pulled again.
    pub reading: ReadingSettings,
    /// Whether a run that read the ledger is followed by a reconciliation.
    pub reconcile_after_runs: bool,
    /// Continuous mode: how often events are listed where no webhook brings them.
    pub event_poll_minutes: i64,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        WorkerSettings {
            lease_secs: 30,
            poll_ms: 1000,
            connections_at_once: 16,
            turn_secs: 60,
            windows_at_once: 48,
            pages_at_once: 64,
            pages_per_commit: 16,
            outage_waits_max: 10,
            outage_wait_secs: 60,
            reading: ReadingSettings::default(),
            reconcile_after_runs: true,
            event_poll_minutes: 15,
        }
    }
}

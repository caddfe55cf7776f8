//! Waiting for what a worker does.

use super::common::Session;
use super::serve::in_runtime;
use crate::shutdown::Shutdown;
use crate::startup::{Fault, Parts};
use anyhow::Context;
use tributary_db::OpenError;
use tributary_worker::{Load, WorkerContext};

/// Runs `waiting` beside whoever serves the database. Where nobody serves a SQLite database, a worker of our own does
/// the work meanwhile.
pub(super) fn a_worker(
    session: &Session,
    waiting: impl AsyncFnOnce(&Shutdown) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let own = if session.db.is_sqlite() {
        match Parts::open(&session.settings) {
            Ok(parts) => Some(parts),
            Err(Fault::Open(OpenError::InUse(holder))) => {
                tracing::info!(holder, "the database is being served: waiting for its worker");
                None
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        None
    };
    in_runtime(async {
        let shutdown = Shutdown::on_signals().context("signals can't be received")?;
        let Some(parts) = own else { return waiting(&shutdown).await };
        let context = WorkerContext {
            db: parts.db,
            vault: parts.vault,
            stripe: parts.stripe,
            settings: session.settings.worker(),
            urls: session.urls()?,
            clock: parts.clock,
            wake: parts.wake,
            lanes: std::sync::Arc::default(),
            load: Load::new(session.settings.worker.pages_at_once),
        };
        let worker = tokio::spawn(tributary_worker::run(context, shutdown.stop.clone()));
        let waited = waiting(&shutdown).await;
        shutdown.stop.cancel();
        worker.await.context("the worker broke down")?;
        waited
    })
}

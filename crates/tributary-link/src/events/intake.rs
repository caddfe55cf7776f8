//! Storing events that come at once in one transaction: under load a commit serves as many as have come during the last.

use super::endpoints::Endpoints;
use crate::LinkState;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};
use tributary_db::Db;
use tributary_db::events::Arrival;
use tributary_db::use_cases::{EventOwner, receive_events};

/// Events stored in one transaction.
const AT_ONCE: usize = 200;

/// Events that wait to be stored, at most; further ones are refused, and Stripe sends them again.
const WAITING_MAX: usize = 2_000;

/// The way of events into the database. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Intake {
    queue: Arc<Mutex<Queue>>,
    pub(super) endpoints: Arc<Endpoints>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Whether somebody stores.
    is_stored: bool,
}

#[derive(Debug)]
struct Waiting {
    event: (EventOwner, Arrival),
    /// Told whether it was stored.
    stored: oneshot::Sender<bool>,
}

impl Intake {
    /// Stores an event; says whether it is in the database now.
    pub(super) async fn store(&self, state: &LinkState, owner: EventOwner, event: Arrival) -> bool {
        let (stored, told) = oneshot::channel();
        {
            let mut queue = lock(&self.queue);
            if queue.waiting.len() >= WAITING_MAX {
                return false;
            }
            queue.waiting.push(Waiting { event: (owner, event), stored });
            if !queue.is_stored {
                queue.is_stored = true;
                // In a task of its own: a client that goes away can't cut it short.
                let store = store_all(Arc::clone(&self.queue), state.db.clone(), Arc::clone(&state.wake));
                tokio::spawn(store);
            }
        }
        told.await.unwrap_or(false)
    }
}

/// Stores what waits, and what comes meanwhile, until nothing is left.
async fn store_all(queue: Arc<Mutex<Queue>>, db: Db, wake: Arc<Notify>) {
    loop {
        let batch: Vec<Waiting> = {
            let mut queue = lock(&queue);
            if queue.waiting.is_empty() {
                queue.is_stored = false;
                return;
            }
            let count = queue.waiting.len().min(AT_ONCE);
            queue.waiting.drain(..count).collect()
        };
        let (events, tellers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.event, waiting.stored)).unzip();
        let result = db.write(move |conn| receive_events(conn, &events)).await;
        match &result {
            Ok(0) => {}
            Ok(_) => wake.notify_one(),
            Err(error) => tracing::warn!(%error, events = tellers.len(), "events could not be stored"),
        }
        for teller in tellers {
            // Whoever gave up waiting is told when it comes again.
            let _ = teller.send(result.is_ok());
        }
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // Each change is one step, so a panic elsewhere leaves nothing half done.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

//! What the API works with.

use crate::failure::Failure;
use crate::quota::Quota;
use crate::stream::Turns;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tributary_contract::ApiError;
use tributary_core::sync_settings::ReadingSettings;
use tributary_core::{Clock, Egress, PublicUrls};
use tributary_db::query::Memory;
use tributary_db::vault::Vault;
use tributary_db::{AnyConn, Db, DbError};

/// How the API behaves.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// Where the services are reached: what links in answers and messages start with.
    pub urls: PublicUrls,
    /// Which URLs webhook consumers may have.
    pub egress: Egress,
    /// The longest request body that is read.
    pub body_bytes_max: usize,
    /// Requests that one platform may make of this process in a day of UTC.
    pub requests_per_day: NonZeroU64,
    /// How long the answer to a request with an idempotency key is kept for its repeats.
    pub idempotency_hours: u32,
    /// When connections are read, as the worker has it.
    pub reading: ReadingSettings,
}

impl ApiSettings {
    /// Generous limits: bodies of 1 MiB and a million requests a day; a day for repeats.
    pub fn new(urls: PublicUrls) -> Self {
        const REQUESTS_PER_DAY: NonZeroU64 = NonZeroU64::MIN.saturating_add(999_999);
        ApiSettings {
            urls,
            egress: Egress { allow_private: false },
            body_bytes_max: 1024 * 1024,
            requests_per_day: REQUESTS_PER_DAY,
            idempotency_hours: 24,
            reading: ReadingSettings::default(),
        }
    }
}

/// What the API works with; clones share it all.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) settings: ApiSettings,
    pub(crate) clock: Clock,
    pub(crate) wake: Arc<Notify>,
    pub(crate) quota: Arc<Quota>,
    pub(crate) streams: Arc<Turns>,
    pub(crate) lists: Arc<Memory>,
}

/// How long the queries of one answer may keep the database waiting for the next one.
const READ_IDLE_SECS: u32 = 15;

impl ApiState {
    /// The state of a process: make it once and clone it for each worker thread, so that they count requests
    /// together. `wake` is notified whenever something was written, so that a worker of this process starts at once.
    pub fn new(db: Db, vault: Vault, settings: ApiSettings, clock: Clock, wake: Arc<Notify>) -> Self {
        let quota = Arc::new(Quota::new(settings.requests_per_day));
        ApiState { db, vault, settings, clock, wake, quota, streams: Arc::default(), lists: Arc::default() }
    }

    /// Runs queries that don't write. All of them see one moment: a page and its total never contradict each other.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut AnyConn) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let outcome = self.db.read_snapshot(READ_IDLE_SECS, move |conn| match work(conn) {
            Err(Failure::Db(error)) => Err(error),
            outcome => Ok(outcome),
        });
        outcome.await?
    }

    /// Runs one transaction; a refusal rolls it back like any failure. A handler of a POST uses
    /// [`ApiState::post`] instead. What was written may be work, or something to tell: the worker is rung.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut AnyConn) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let refusal: Arc<Mutex<Option<ApiError>>> = Arc::default();
        let noted = Arc::clone(&refusal);
        let outcome = self.db.write(move |conn| {
            work(conn).map_err(|failure| match failure {
                Failure::Db(error) => error,
                Failure::Refused(error) => {
                    *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    DbError::Cancelled
                }
                other => DbError::Broken(other.to_string()),
            })
        });
        let outcome = outcome.await;
        if outcome.is_ok() {
            self.wake.notify_one();
        }
        let refusal = refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
        outcome.map_err(|error| refusal.map_or(Failure::Db(error), Failure::Refused))
    }
}

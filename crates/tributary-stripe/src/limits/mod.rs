//! Staying under Stripe's limits, per account and mode, and per endpoint of it (rule E13).
//!
//! In one process all requests for an account share its buckets. Several processes don't know of each
//! other; what they exceed together, Stripe refuses, and each falls back by half.

mod bucket;

use crate::error::RateReason;
use crate::settings::LimitSettings;
use bucket::Bucket;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tributary_core::ids::AccountId;
use tributary_core::{Mode, Resource};

/// Whose limits a request counts against: Stripe limits each account in each mode on its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Limited {
    /// The account.
    pub account: AccountId,
    /// The mode of the credential.
    pub mode: Mode,
}

/// An endpoint as Stripe counts it: the method, always GET here, and the route's template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/v1/charges`, or the one address of a singleton.
    List(Resource),
    /// `/v1/charges/{id}`
    Item(Resource),
    /// The list nested in the objects: `/v1/invoices/{id}/lines`
    Nested(Resource),
    /// `/v1/events`
    Events,
}

/// No more buckets than this are remembered; an account needs about a dozen.
const BUCKETS_MAX: usize = 20_000;
/// What was not used for so long may be forgotten to make room.
const IDLE: Duration = Duration::from_secs(600);

type Key = (Limited, Option<Endpoint>);

/// The buckets of all accounts that this process reads.
#[derive(Debug)]
pub(crate) struct Limiter {
    settings: LimitSettings,
    start: Instant,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

impl Limiter {
    pub(crate) fn new(settings: LimitSettings) -> Self {
        Limiter { settings, start: Instant::now(), buckets: Mutex::new(HashMap::new()) }
    }

    /// Waits until a request may be sent. A caller that gives up while waiting leaves its place unused.
    pub(crate) async fn acquire(&self, limited: &Limited, endpoint: Endpoint) {
        let wait = self.reserve(limited, endpoint);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Stripe answered 429: the bucket of the limit that it names falls.
    pub(crate) fn refused(
        &self,
        limited: &Limited,
        endpoint: Endpoint,
        reason: RateReason,
        retry_after: Option<Duration>,
    ) {
        let (key, limit) = match reason {
            RateReason::Account => ((limited.clone(), None), self.account_limit(limited.mode)),
            RateReason::Endpoint => ((limited.clone(), Some(endpoint)), self.settings.per_endpoint),
        };
        let now = self.start.elapsed();
        let mut buckets = self.lock();
        if let Some(bucket) = self.bucket(&mut buckets, key, limit, now) {
            bucket.refused(now, retry_after);
        }
    }

    fn reserve(&self, limited: &Limited, endpoint: Endpoint) -> Duration {
        let wanted = [
            ((limited.clone(), None), self.account_limit(limited.mode)),
            ((limited.clone(), Some(endpoint)), self.settings.per_endpoint),
        ];
        let now = self.start.elapsed();
        let mut buckets = self.lock();
        make_room(&mut buckets, now);
        let mut wait = Duration::ZERO;
        for (key, limit) in wanted {
            if let Some(bucket) = self.bucket(&mut buckets, key, limit, now) {
                wait = wait.max(bucket.reserve(now));
            }
        }
        wait
    }

    fn account_limit(&self, mode: Mode) -> u32 {
        match mode {
            Mode::Live => self.settings.live_requests_per_second,
            Mode::Test => self.settings.test_requests_per_second,
        }
    }

    /// The bucket of a limit; none for 0, which stands for no limit.
    fn bucket<'a>(
        &self,
        buckets: &'a mut HashMap<Key, Bucket>,
        key: Key,
        limit: u32,
        now: Duration,
    ) -> Option<&'a mut Bucket> {
        let share = self.settings.share;
        (limit > 0).then(|| buckets.entry(key).or_insert_with(|| Bucket::new(limit, share, now)))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Bucket>> {
        // A bucket is whole after each of its calls, so a panic elsewhere leaves nothing half done.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets idle buckets when there are too many, and if all are in use, the half that was used least recently.
fn make_room(buckets: &mut HashMap<Key, Bucket>, now: Duration) {
    if buckets.len() < BUCKETS_MAX {
        return;
    }
    buckets.retain(|_, bucket| bucket.used_at() + IDLE > now);
    if buckets.len() < BUCKETS_MAX {
        return;
    }
    let mut used: Vec<Duration> = buckets.values().map(Bucket::used_at).collect();
    let (_, median, _) = used.select_nth_unstable(BUCKETS_MAX / 2);
    let median = *median;
    let mut room = BUCKETS_MAX / 2;
    buckets.retain(|_, bucket| {
        let keep = bucket.used_at() >= median && room > 0;
        room -= usize::from(keep);
        keep
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(account: &str) -> Limited {
        Limited { account: AccountId(account.to_owned()), mode: Mode::Live }
    }

    fn settings(live: u32, per_endpoint: u32, share: f64) -> LimitSettings {
        LimitSettings { live_requests_per_second: live, test_requests_per_second: 25, per_endpoint, share }
    }

    const CHARGES: Endpoint = Endpoint::List(Resource::Charges);
    const REFUNDS: Endpoint = Endpoint::List(Resource::Refunds);

    #[tokio::test(start_paused = true)]
    async fn without_limits_nothing_waits() {
        let limiter = Limiter::new(settings(0, 0, 0.5));
        let start = Instant::now();
        for _ in 0..10_000 {
            limiter.acquire(&limited("acct_1"), CHARGES).await;
        }
        limiter.refused(&limited("acct_1"), CHARGES, RateReason::Account, None);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_endpoint_slows_only_itself() {
        let limiter = Limiter::new(settings(100, 25, 0.5));
        let hold = Some(Duration::from_secs(30));
        limiter.refused(&limited("acct_1"), CHARGES, RateReason::Endpoint, hold);
        assert_eq!(limiter.reserve(&limited("acct_1"), REFUNDS), Duration::ZERO);
        assert_eq!(limiter.reserve(&limited("acct_1"), CHARGES), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_account_slows_all_its_endpoints_and_no_neighbour() {
        let limiter = Limiter::new(settings(100, 25, 0.5));
        let hold = Some(Duration::from_secs(30));
        limiter.refused(&limited("acct_1"), CHARGES, RateReason::Account, hold);
        assert_eq!(limiter.reserve(&limited("acct_1"), REFUNDS), Duration::from_secs(30));
        assert_eq!(limiter.reserve(&limited("acct_2"), CHARGES), Duration::ZERO);
        let test_mode = Limited { mode: Mode::Test, ..limited("acct_1") };
        assert_eq!(limiter.reserve(&test_mode, CHARGES), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn the_buckets_of_many_accounts_stay_bounded() {
        let limiter = Limiter::new(settings(100, 25, 0.5));
        for number in 0..30_000 {
            let _ = limiter.reserve(&limited(&format!("acct_{number}")), CHARGES);
        }
        assert!(limiter.lock().len() <= BUCKETS_MAX + 2);
        assert!(limiter.lock().keys().any(|(limited, _)| limited.account.0 == "acct_29999"));
    }
}

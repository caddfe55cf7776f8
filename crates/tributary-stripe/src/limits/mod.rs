//! Staying under Stripe's limits, per account and mode, and per endpoint of it (rule E13).
//!
//! In one process all requests for an account share its buckets. Several processes don't know of each
//! other; what they exceed together, Stripe refuses, and each falls back by half.
//!
//! Requests for an account go in the order in which they came, but for those whose endpoint has to wait: these let the others
//! go first. Customers are before all else. Nobody takes a place before its time, so that what is learnt of a limit counts at once for all who wait.

mod bucket;

use crate::error::RateReason;
use crate::settings::LimitSettings;
use bucket::Bucket;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
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

impl Endpoint {
    /// Whether its requests go before others: what customers have been deleted is only known once all others were listed, and
    /// then they are asked for one by one. That has to be done when the last payments are read, which take much longer.
    fn goes_first(self) -> bool {
        matches!(self, Endpoint::List(Resource::Customers) | Endpoint::Item(Resource::Customers))
    }
}

/// No more accounts than this are remembered.
const ACCOUNTS_MAX: usize = 2_000;
/// What was not used for so long may be forgotten to make room.
const IDLE: Duration = Duration::from_secs(600);

/// All accounts that this process reads.
#[derive(Clone, Debug)]
pub(crate) struct Limiter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: LimitSettings,
    start: Instant,
    accounts: Mutex<HashMap<Limited, Account>>,
}

/// What is known of an account's limits, and who waits for it.
#[derive(Debug)]
struct Account {
    /// None: there is no limit.
    all: Option<Bucket>,
    endpoints: HashMap<Endpoint, Bucket>,
    /// In the order of their arrival.
    waiting: VecDeque<Waiting>,
    /// Whether a task serves those who wait, which is told of each newcomer.
    is_served: bool,
    newcomer: Arc<Notify>,
    used_at: Duration,
}

/// A request that waits to be sent.
#[derive(Debug)]
struct Waiting {
    endpoint: Endpoint,
    go: oneshot::Sender<()>,
}

impl Limiter {
    pub(crate) fn new(settings: LimitSettings) -> Self {
        let accounts = Mutex::default();
        Limiter(Arc::new(Shared { settings, start: Instant::now(), accounts }))
    }

    /// Waits until a request may be sent: after all that came before it, but for those whose endpoint has to wait. A caller
    /// that gives up meanwhile takes nothing.
    pub(crate) async fn acquire(&self, limited: &Limited, endpoint: Endpoint) {
        let Some(gone) = self.queue(limited, endpoint) else { return };
        // An error would mean that nobody serves any more: then the request is merely not held back.
        let _ = gone.await;
    }

    /// Stripe answered 429: the bucket of the limit that it names falls.
    pub(crate) fn refused(
        &self,
        limited: &Limited,
        endpoint: Endpoint,
        reason: RateReason,
        retry_after: Option<Duration>,
    ) {
        let now = self.0.start.elapsed();
        let mut accounts = self.0.lock();
        let account = self.0.account(&mut accounts, limited, now);
        let bucket = match reason {
            RateReason::Account => account.all.as_mut(),
            RateReason::Endpoint => account.endpoint(endpoint, &self.0.settings, now),
        };
        if let Some(bucket) = bucket {
            bucket.refused(now, retry_after);
        }
    }

    /// Sends the request off, or queues it and tells when it goes.
    fn queue(&self, limited: &Limited, endpoint: Endpoint) -> Option<oneshot::Receiver<()>> {
        let shared = &self.0;
        if shared.per_account(limited.mode) == 0 && shared.settings.per_endpoint == 0 {
            return None;
        }
        let now = shared.start.elapsed();
        let mut accounts = shared.lock();
        let account = shared.account(&mut accounts, limited, now);
        let (go, gone) = oneshot::channel();
        let waiting = Waiting { endpoint, go };
        if endpoint.goes_first() {
            account.waiting.push_front(waiting)
        } else {
            account.waiting.push_back(waiting)
        }
        if account.is_served {
            account.newcomer.notify_one();
        } else if let Some(pause) = account.send_off(&shared.settings, now) {
            account.is_served = true;
            tokio::spawn(serve(Arc::clone(shared), limited.clone(), Arc::clone(&account.newcomer), pause));
        }
        Some(gone)
    }
}

/// Sends off those who wait for an account, until nobody does.
async fn serve(shared: Arc<Shared>, limited: Limited, newcomer: Arc<Notify>, mut pause: Duration) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = newcomer.notified() => {}
        }
        let now = shared.start.elapsed();
        let mut accounts = shared.lock();
        let account = shared.account(&mut accounts, &limited, now);
        match account.send_off(&shared.settings, now) {
            Some(next) => pause = next,
            None => {
                account.is_served = false;
                return;
            }
        }
    }
}

impl Shared {
    fn per_account(&self, mode: Mode) -> u32 {
        match mode {
            Mode::Live => self.settings.live_requests_per_second,
            Mode::Test => self.settings.test_requests_per_second,
        }
    }

    fn account<'a>(
        &self,
        accounts: &'a mut HashMap<Limited, Account>,
        limited: &Limited,
        now: Duration,
    ) -> &'a mut Account {
        if !accounts.contains_key(limited) {
            make_room(accounts, now);
        }
        let account = accounts.entry(limited.clone()).or_insert_with(|| Account {
            all: bucket(self.per_account(limited.mode), &self.settings, now),
            endpoints: HashMap::new(),
            waiting: VecDeque::new(),
            is_served: false,
            newcomer: Arc::default(),
            used_at: now,
        });
        account.used_at = now;
        account
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Limited, Account>> {
        // An account is whole after each of its calls, so a panic elsewhere leaves nothing half done.
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    fn endpoint(
        &mut self,
        endpoint: Endpoint,
        settings: &LimitSettings,
        now: Duration,
    ) -> Option<&mut Bucket> {
        if let Entry::Vacant(entry) = self.endpoints.entry(endpoint)
            && let Some(bucket) = bucket(settings.per_endpoint, settings, now)
        {
            entry.insert(bucket);
        }
        self.endpoints.get_mut(&endpoint)
    }

    /// Sends off whoever may go now; tells after how long the next may, if anybody waits.
    fn send_off(&mut self, settings: &LimitSettings, now: Duration) -> Option<Duration> {
        let mut pause: Option<Duration> = None;
        for _ in 0..self.waiting.len() {
            let Some(first) = self.waiting.pop_front() else { break };
            if first.go.is_closed() {
                continue;
            }
            let of_all = self.all.as_mut().map_or(Duration::ZERO, |all| all.wait(now));
            let of_endpoint = self.endpoint(first.endpoint, settings, now);
            let wait = of_endpoint.map_or(Duration::ZERO, |endpoint| endpoint.wait(now)).max(of_all);
            if wait.is_zero() {
                self.all.iter_mut().for_each(|all| all.take(now));
                self.endpoints.entry(first.endpoint).and_modify(|endpoint| endpoint.take(now));
                let _ = first.go.send(());
            } else {
                pause = Some(pause.map_or(wait, |before| before.min(wait)));
                // All go once around, so that their order stays.
                self.waiting.push_back(first);
            }
        }
        pause
    }
}

/// The bucket of a limit; none for 0, which stands for no limit.
fn bucket(limit: u32, settings: &LimitSettings, now: Duration) -> Option<Bucket> {
    (limit > 0).then(|| Bucket::new(limit, settings.share, now))
}

/// Forgets idle accounts when there are too many, and if all are in use, the half that was used least recently. Those that
/// somebody waits for stay.
fn make_room(accounts: &mut HashMap<Limited, Account>, now: Duration) {
    if accounts.len() < ACCOUNTS_MAX {
        return;
    }
    accounts.retain(|_, account| account.is_served || account.used_at + IDLE > now);
    if accounts.len() < ACCOUNTS_MAX {
        return;
    }
    let mut used: Vec<Duration> = accounts.values().map(|account| account.used_at).collect();
    let (_, median, _) = used.select_nth_unstable(ACCOUNTS_MAX / 2);
    let median = *median;
    let mut room = ACCOUNTS_MAX / 2;
    accounts.retain(|_, account| {
        let keep = account.is_served || (account.used_at >= median && room > 0);
        room = room.saturating_sub(usize::from(keep));
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

    /// How long a request waits.
    async fn waits(limiter: &Limiter, account: &Limited, endpoint: Endpoint) -> Duration {
        let start = Instant::now();
        limiter.acquire(account, endpoint).await;
        start.elapsed()
    }

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
        assert_eq!(waits(&limiter, &limited("acct_1"), REFUNDS).await, Duration::ZERO);
        assert_eq!(waits(&limiter, &limited("acct_1"), CHARGES).await, Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_account_slows_all_its_endpoints_and_no_neighbour() {
        let limiter = Limiter::new(settings(100, 25, 0.5));
        let hold = Some(Duration::from_secs(30));
        limiter.refused(&limited("acct_1"), CHARGES, RateReason::Account, hold);
        assert_eq!(waits(&limiter, &limited("acct_2"), CHARGES).await, Duration::ZERO);
        let test_mode = Limited { mode: Mode::Test, ..limited("acct_1") };
        assert_eq!(waits(&limiter, &test_mode, CHARGES).await, Duration::ZERO);
        assert_eq!(waits(&limiter, &limited("acct_1"), REFUNDS).await, Duration::from_secs(30));
    }

    /// Has so many requests sent off, all asked for at once; gives when each was, in the order of their going.
    async fn sent_off(limiter: &Limiter, requests: Vec<Endpoint>) -> Vec<(Endpoint, Duration)> {
        let start = Instant::now();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        for endpoint in requests {
            let gone = limiter.queue(&limited("acct_1"), endpoint).unwrap();
            let tell = tell.clone();
            tokio::spawn(async move {
                gone.await.unwrap();
                tell.send((endpoint, start.elapsed())).unwrap();
            });
        }
        drop(tell);
        let mut all = Vec::new();
        while let Some(one) = told.recv().await {
            all.push(one);
        }
        all
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_profits_from_the_share_that_rises_meanwhile() {
        let limiter = Limiter::new(settings(0, 25, 1.0));
        let (_, last) = *sent_off(&limiter, vec![CHARGES; 40]).await.last().unwrap();
        // At a fifth of the limit, where it starts, forty take seven seconds.
        assert!(last < Duration::from_secs(3), "{last:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn requests_go_in_their_order_but_for_those_whose_endpoint_has_to_wait() {
        let limiter = Limiter::new(settings(100, 25, 1.0));
        // So that everything has been climbed to.
        sent_off(&limiter, [CHARGES, REFUNDS].repeat(200)).await;
        let sent = sent_off(&limiter, [vec![CHARGES; 50], vec![REFUNDS; 25]].concat()).await;
        let last = |of| sent.iter().rfind(|(endpoint, _)| *endpoint == of).unwrap().1;
        assert!(last(REFUNDS) < Duration::from_millis(1_100), "{:?}", last(REFUNDS));
        assert!(last(CHARGES) > Duration::from_millis(1_900), "{:?}", last(CHARGES));
        assert!(last(CHARGES) < Duration::from_millis(2_100), "{:?}", last(CHARGES));
    }

    #[tokio::test(start_paused = true)]
    async fn customers_go_first() {
        let limiter = Limiter::new(settings(100, 0, 1.0));
        sent_off(&limiter, vec![CHARGES; 300]).await;
        let customers = Endpoint::List(Resource::Customers);
        let sent = sent_off(&limiter, [vec![CHARGES; 50], vec![customers]].concat()).await;
        let (_, at) = sent.iter().find(|(endpoint, _)| *endpoint == customers).unwrap();
        assert!(*at < Duration::from_millis(50), "{at:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_takes_nothing() {
        let limiter = Limiter::new(settings(0, 10, 0.1));
        limiter.acquire(&limited("acct_1"), CHARGES).await;
        for _ in 0..100 {
            drop(limiter.queue(&limited("acct_1"), CHARGES));
        }
        let wait = waits(&limiter, &limited("acct_1"), CHARGES).await;
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_so_many_accounts_are_remembered() {
        let limiter = Limiter::new(settings(100, 25, 0.5));
        for number in 0..30_000 {
            limiter.acquire(&limited(&format!("acct_{number}")), CHARGES).await;
        }
        assert!(limiter.0.lock().len() <= ACCOUNTS_MAX);
        assert!(limiter.0.lock().keys().any(|limited| limited.account.0 == "acct_29999"));
    }
}

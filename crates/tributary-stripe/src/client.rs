//! Reading from Stripe: lists, objects, singletons. GET only; OAuth's POSTs are in [`crate::oauth`].

use crate::circuit::Breaker;
use crate::classify::{failure, unreadable};
use crate::error::{Error, ErrorKind, Unreachable, Unreadable};
use crate::http::{self, Reply};
use crate::limits::{Endpoint, Limited, Limiter};
use crate::page::{ListPage, RawObject};
use crate::settings::{SettingsError, StripeSettings, below};
use crate::{STRIPE_VERSION, lists, retry};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tributary_core::ids::AccountId;
use tributary_core::{Clock, Millis, Mode, Resource, Secret};
use url::Url;

/// The way to one Stripe, or to a stand-in. Clones share connections and limits.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
    attempts_max: u32,
    sent: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Shared {
    settings: StripeSettings,
    reads: reqwest::Client,
    /// Without open connections kept, so that no library sends a POST a second time because a kept
    /// connection was found closed.
    posts: reqwest::Client,
    limiter: Limiter,
    breaker: Breaker,
    clock: Clock,
}

/// In whose name a request is made, and whose limits it counts against.
#[derive(Clone, Debug)]
pub struct Auth {
    key: Secret,
    stripe_account: Option<AccountId>,
    limited: Limited,
    /// Requests sent and not yet taken into account.
    sent: Arc<AtomicI64>,
}

/// A usable answer and when it was true.
#[derive(Debug)]
pub struct Answer<T> {
    /// What Stripe said.
    pub body: T,
    /// Our clock just before the request was sent: the attempt that succeeded, not those before it.
    pub sent_at: Millis,
    /// Our clock when the whole body had arrived.
    pub received_at: Millis,
    /// Stripe's clock (`Date`), in whole seconds. The offset between the clocks follows from it (rule E1).
    pub date: Option<Millis>,
    /// Stripe's id of the request, `req_…`.
    pub request_id: Option<String>,
}

/// Where in a list to read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// `starting_after`: objects older than this id.
    OlderThan(String),
    /// `ending_before`: the objects just newer than this id, still newest first.
    NewerThan(String),
}

/// Which part of a list to read. The default is its newest page of a hundred.
#[derive(Clone, Debug, Default)]
pub struct ListParams {
    /// Only objects created at or after this second.
    pub created_gte: Option<i64>,
    /// Only objects created before this second.
    pub created_lt: Option<i64>,
    /// Only objects created at or before this second.
    pub created_lte: Option<i64>,
    /// Where to read on.
    pub cursor: Option<Cursor>,
    /// Objects per page, 1 to 100; 100 when not given.
    pub limit: Option<u8>,
    /// Further parameters by Stripe's names: `("payout", "po_…")`, `("status", "all")`.
    pub filters: Vec<(&'static str, String)>,
}

impl Auth {
    /// A key or token of the account itself.
    pub fn own(key: Secret, account: AccountId, mode: Mode) -> Self {
        Auth { key, stripe_account: None, limited: Limited { account, mode }, sent: Arc::default() }
    }

    /// A platform's key, used for an account that is connected to it (`Stripe-Account`).
    pub fn on_behalf_of(platform_key: Secret, account: AccountId, mode: Mode) -> Self {
        let stripe_account = Some(account.clone());
        let limited = Limited { account, mode };
        Auth { key: platform_key, stripe_account, limited, sent: Arc::default() }
    }

    /// Requests sent under it, by its clones too, since they were last taken; whoever takes them accounts for them.
    pub fn take_sent(&self) -> i64 {
        self.sent.swap(0, Ordering::Relaxed)
    }

    /// Gives back what was taken and could not be accounted for.
    pub fn give_back_sent(&self, requests: i64) {
        self.sent.fetch_add(requests, Ordering::Relaxed);
    }
}

impl ListParams {
    fn pairs(&self) -> Vec<(&str, String)> {
        let mut pairs = vec![("limit", self.limit.unwrap_or(100).clamp(1, 100).to_string())];
        let created = [
            ("created[gte]", self.created_gte),
            ("created[lt]", self.created_lt),
            ("created[lte]", self.created_lte),
        ];
        pairs.extend(created.into_iter().filter_map(|(name, secs)| Some((name, secs?.to_string()))));
        match &self.cursor {
            Some(Cursor::OlderThan(id)) => pairs.push(("starting_after", id.clone())),
            Some(Cursor::NewerThan(id)) => pairs.push(("ending_before", id.clone())),
            None => {}
        }
        pairs.extend(self.filters.iter().cloned());
        pairs
    }
}

impl Client {
    /// A client for the Stripe that the settings name.
    pub fn new(settings: StripeSettings, clock: Clock) -> Result<Self, SettingsError> {
        settings.check()?;
        let shared = Shared {
            reads: http::client(&settings, true)?,
            posts: http::client(&settings, false)?,
            limiter: Limiter::new(settings.limits.clone()),
            breaker: Breaker::new(),
            clock,
            settings,
        };
        let attempts_max = shared.settings.attempts_max;
        Ok(Client { shared: Arc::new(shared), attempts_max, sent: Arc::default() })
    }

    /// The same client, counting anew what it and its clones send.
    #[must_use]
    pub fn counting(&self) -> Self {
        Client { sent: Arc::default(), ..self.clone() }
    }

    /// How many reads were sent since this was last asked, repeats included.
    pub fn take_sent(&self) -> u64 {
        self.sent.swap(0, Ordering::Relaxed)
    }

    /// The same client, sending each read at most so often, at least once: few times where a person waits.
    #[must_use]
    pub fn with_attempts(&self, attempts_max: u32) -> Self {
        Client { attempts_max: attempts_max.max(1), ..self.clone() }
    }

    /// One page of a list; lists nested in its objects are whole after [`Client::complete`]. A singleton's address answers no list, so its body is unreadable as one.
    pub async fn list_page(
        &self,
        auth: &Auth,
        resource: Resource,
        params: &ListParams,
    ) -> Result<Answer<ListPage>, Error> {
        let url = self.list_url(resource, params);
        self.get(auth, Endpoint::List(resource), url, ListPage::read).await
    }

    /// As [`Client::list_page`], where the pages that are under way or kept by the caller are bounded: each takes one of
    /// the `room`s before it is sent, after it has waited for Stripe's limits, and gives it back when its permit is dropped.
    pub async fn list_page_within(
        &self,
        auth: &Auth,
        resource: Resource,
        params: &ListParams,
        room: &Arc<Semaphore>,
    ) -> Result<(Answer<ListPage>, Option<OwnedSemaphorePermit>), Error> {
        let url = self.list_url(resource, params);
        self.get_within(auth, Endpoint::List(resource), url, ListPage::read, Some(room)).await
    }

    /// One object by its id, with its nested list whole; a deleted customer or product answers as a stub.
    pub async fn retrieve(
        &self,
        auth: &Auth,
        resource: Resource,
        id: &str,
    ) -> Result<Answer<RawObject>, Error> {
        if id.is_empty() || matches!(id, "." | "..") {
            // Such a segment would address the list.
            let message = "this is not an id".to_owned();
            let kind = ErrorKind::NotFound { param: Some("id".to_owned()), message };
            return Err(Error { kind, request_id: None, should_retry: None });
        }
        let mut url = self.resource_url(resource, Some(id));
        let params = lists::item_params(resource);
        if !params.is_empty() {
            url.query_pairs_mut().extend_pairs(params);
        }
        let answer =
            self.get(auth, Endpoint::Item(resource), url, |body| RawObject::read(body, None)).await?;
        self.complete_object(auth, resource, answer).await
    }

    /// The one object of a singleton: the account or the balance.
    pub async fn singleton(&self, auth: &Auth, resource: Resource) -> Result<Answer<RawObject>, Error> {
        let url = self.resource_url(resource, None);
        let read = |body| RawObject::read(body, Some(resource.as_str()));
        self.get(auth, Endpoint::List(resource), url, read).await
    }

    /// One page of the account's events since `from_secs` (Unix seconds by Stripe's clock), the newest first. Stripe
    /// lists the last 30 days. They are written in the account's version of the API, whatever ours is.
    pub async fn events_page(
        &self,
        auth: &Auth,
        from_secs: i64,
        after: Option<&str>,
    ) -> Result<Answer<ListPage>, Error> {
        let params = ListParams {
            created_gte: Some(from_secs),
            cursor: after.map(|id| Cursor::OlderThan(id.to_owned())),
            ..ListParams::default()
        };
        let mut url = below(&self.shared.settings.api_base, &["v1", "events"]);
        url.query_pairs_mut().extend_pairs(params.pairs());
        self.get(auth, Endpoint::Events, url, ListPage::read).await
    }

    /// The clock by which answers are timed.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn settings(&self) -> &StripeSettings {
        &self.shared.settings
    }

    /// Sends a POST of OAuth's once, whatever comes of it.
    pub(crate) async fn post(&self, url: Url, body: Vec<u8>, key: Option<&Secret>) -> Result<Reply, Error> {
        let mut request = self.shared.posts.post(url).body(body);
        request = request.header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request = request.header(reqwest::header::ACCEPT, "application/json");
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, bearer(key)?);
        }
        http::send(request, self.shared.settings.body_bytes_max, &self.shared.clock).await
    }

    /// Asks for a page as a browser would, once and in nobody's name; a redirect is an answer.
    pub(crate) async fn visit(&self, url: Url) -> Result<Reply, Error> {
        let request = self.shared.reads.get(url).header(reqwest::header::ACCEPT, "application/json");
        http::send(request, self.shared.settings.body_bytes_max, &self.shared.clock).await
    }

    fn list_url(&self, resource: Resource, params: &ListParams) -> Url {
        let mut url = self.resource_url(resource, None);
        url.query_pairs_mut().extend_pairs(params.pairs()).extend_pairs(lists::list_params(resource));
        url
    }

    fn resource_url(&self, resource: Resource, id: Option<&str>) -> Url {
        let path = resource.path();
        let segments = path.split('/').filter(|segment| !segment.is_empty()).chain(id);
        below(&self.shared.settings.api_base, &segments.collect::<Vec<_>>())
    }

    /// Reads until it succeeds, can't succeed, or was tried often enough.
    pub(crate) async fn get<T>(
        &self,
        auth: &Auth,
        endpoint: Endpoint,
        url: Url,
        read: impl Fn(Vec<u8>) -> Result<T, Unreadable>,
    ) -> Result<Answer<T>, Error> {
        self.get_within(auth, endpoint, url, read, None).await.map(|(answer, _)| answer)
    }

    /// As [`Client::get`], within `room`. An attempt that failed gives its place back before it waits.
    async fn get_within<T>(
        &self,
        auth: &Auth,
        endpoint: Endpoint,
        url: Url,
        read: impl Fn(Vec<u8>) -> Result<T, Unreadable>,
        room: Option<&Arc<Semaphore>>,
    ) -> Result<(Answer<T>, Option<OwnedSemaphorePermit>), Error> {
        let limiter = &self.shared.limiter;
        for attempt in 1.. {
            let error = match self.attempt(auth, endpoint, &url, &read, room).await {
                Ok((answer, place)) => {
                    tracing::trace!(?endpoint, attempt, request_id = answer.request_id, "Stripe answered");
                    return Ok((answer, place));
                }
                Err(error) => error,
            };
            if let ErrorKind::RateLimited { retry_after, reason } = error.kind {
                limiter.refused(&auth.limited, endpoint, reason, retry_after);
            }
            let wait = retry::wait(&error, attempt, self.attempts_max, random());
            let request_id = error.request_id.as_deref().unwrap_or_default();
            tracing::debug!(
                ?endpoint,
                attempt,
                request_id,
                retried = wait.is_some(),
                "Stripe: {}",
                error.kind
            );
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
        }
        // `attempts_max` ends the loop long before the counter does.
        Err(Error::without_answer(Unreachable::TimedOut))
    }

    /// Waits for its turn and sends a read once, unless Stripe fails as a whole.
    async fn attempt<T>(
        &self,
        auth: &Auth,
        endpoint: Endpoint,
        url: &Url,
        read: impl Fn(Vec<u8>) -> Result<T, Unreadable>,
        room: Option<&Arc<Semaphore>>,
    ) -> Result<(Answer<T>, Option<OwnedSemaphorePermit>), Error> {
        self.shared.limiter.acquire(&auth.limited, endpoint).await;
        let place = match room {
            // Nobody closes it; without a place the request is merely not bounded.
            Some(room) => Arc::clone(room).acquire_owned().await.ok(),
            None => None,
        };
        if !self.shared.breaker.admits() {
            return Err(Error::without_answer(Unreachable::NotAsked));
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let answer = self.get_once(auth, url.clone(), read).await;
        self.shared.breaker.record(answer.as_ref().err());
        Ok((answer?, place))
    }

    async fn get_once<T>(
        &self,
        auth: &Auth,
        url: Url,
        read: impl Fn(Vec<u8>) -> Result<T, Unreadable>,
    ) -> Result<Answer<T>, Error> {
        let mut request = self.shared.reads.get(url).header("Stripe-Version", STRIPE_VERSION);
        request = request.header(AUTHORIZATION, bearer(&auth.key)?);
        if let Some(account) = &auth.stripe_account {
            request = request.header("Stripe-Account", &account.0);
        }
        auth.sent.fetch_add(1, Ordering::Relaxed);
        let reply = http::send(request, self.shared.settings.body_bytes_max, &self.shared.clock).await?;
        if reply.head.status != 200 {
            return Err(failure(&reply.head, &reply.body));
        }
        if !reply.is_json {
            return Err(unreadable(&reply.head, Unreadable::ContentType));
        }
        let Reply { head, body, sent_at, received_at, date, .. } = reply;
        let body = read(body).map_err(|why| unreadable(&head, why))?;
        Ok(Answer { body, sent_at, received_at, date, request_id: head.request_id })
    }
}

/// The key as a header that libraries don't print. A key that can't be a header can't be one of Stripe's.
fn bearer(key: &Secret) -> Result<HeaderValue, Error> {
    let text = Secret::new(format!("Bearer {}", key.expose()));
    let mut value = HeaderValue::from_str(text.expose()).map_err(|_| Error {
        kind: ErrorKind::Unauthorized { code: None, message: "the key is malformed".to_owned() },
        request_id: None,
        should_retry: None,
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// A number to spread waits by; without randomness waits are merely not spread.
fn random() -> u32 {
    tributary_core::token::random_bytes::<4>().map_or(u32::MAX / 2, u32::from_ne_bytes)
}

//! From events to deliveries, and from deliveries to signed requests.

use super::queue::{Delivery, Forgery, LooseEvent, MAX_WAITING, Parcel, Queue};
use super::{Endpoint, sign};
use crate::access::{connected_modes, mode_of};
use crate::dice::{salted, text};
use crate::events::{EventType, in_version};
use crate::fault::FaultKind;
use crate::render::View;
use crate::sandbox::{Sandbox, locked};
use crate::state::State;
use crate::world::World;
use crate::{ClockMode, STRIPE_VERSION};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tributary_core::{Clock, Mode};

/// The most attempts that are remembered.
const MAX_RECEIPTS: usize = 10_000;

/// All deliveries of a sandbox.
#[derive(Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    receipts: Mutex<VecDeque<Receipt>>,
    news: tokio::sync::Notify,
}

/// One attempt to deliver an event, or the loss of one.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// `evt_…`
    pub event: String,
    /// `charge.succeeded`
    pub event_type: String,
    /// `we_…`
    pub endpoint: String,
    /// From 1; 0 where it was never sent.
    pub attempt: usize,
    /// Unix seconds by the sandbox's clock.
    pub at_secs: i64,
    /// The HTTP status of the answer; none where there was no answer.
    pub status: Option<u16>,
    /// Whether the endpoint accepted it.
    pub delivered: bool,
}

/// A signed request that an endpoint is to get.
#[derive(Debug)]
pub struct Outgoing {
    /// The endpoint's URL.
    pub url: String,
    /// The event, pretty-printed JSON.
    pub body: String,
    /// The value of `Stripe-Signature`.
    pub signature: String,
    delivery: Delivery,
    endpoint: String,
    event: String,
    event_type: &'static str,
    mode: Mode,
}

/// How the deliveries stand.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// How many wait for their moment.
    pub waiting: usize,
    /// How many are under way, unanswered.
    pub in_flight: usize,
    /// When the first is due, Unix milliseconds by the sandbox's clock.
    pub next_due_ms: Option<i64>,
    /// The latest attempts, oldest first.
    pub log: Vec<Receipt>,
}

impl Outbox {
    /// Tells the driver that something may be due.
    pub(crate) fn wake(&self) {
        self.news.notify_one();
    }

    /// Waits until something may be due.
    pub(crate) async fn woken(&self) {
        self.news.notified().await;
    }

    fn keep(&self, receipt: Receipt) {
        let mut receipts = locked(&self.receipts);
        if receipts.len() >= MAX_RECEIPTS {
            receipts.pop_front();
        }
        receipts.push_back(receipt);
    }

    /// Forgets what waits for an endpoint.
    pub(crate) fn forget(&self, endpoint: u64) {
        locked(&self.queue).forget(endpoint);
    }

    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        locked(&self.queue).next_due_ms()
    }
}

impl Endpoint {
    /// Whether events of an account in a mode are for this endpoint. Endpoints of the platform hear connected accounts:
    /// a live one all events of accounts that are connected live, a test one the test events of those connected for
    /// tests.
    pub(crate) fn hears(&self, account: usize, mode: Mode, connected: &[Mode]) -> bool {
        if self.connect {
            return connected.contains(&self.mode()) && (self.live || mode == Mode::Test);
        }
        self.account == account && self.mode() == mode
    }
}

impl Sandbox {
    /// Queues the events of a world from place `from` on for every endpoint that wants them.
    pub(crate) fn announce(&self, account: usize, mode: Mode, world: &mut World, from: usize, state: &State) {
        if state.endpoints.is_empty() {
            return;
        }
        let connected = connected_modes(state, account);
        let now_ms = state.now().0;
        for place in from..world.events.len() {
            let Some(what) = world.events.get(place).map(|event| event.what()) else { continue };
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            let endpoints = state.endpoints.iter();
            for endpoint in
                endpoints.filter(|one| one.hears(account, mode, &connected) && one.wants(what.as_str()))
            {
                let parcel = Parcel::Listed(account, mode, place);
                let id = || world.id(crate::kind::Kind::Events, place as usize);
                let copies = self.enqueue(endpoint, &parcel, what, id, now_ms);
                for _ in 0..copies.max(1) {
                    world.events.await_delivery(place);
                }
                if copies == 0 {
                    world.events.settle_delivery(place, false);
                }
            }
        }
    }

    /// Queues one event for one endpoint, as the faults will; how often.
    fn enqueue(
        &self,
        endpoint: &Endpoint,
        parcel: &Parcel,
        what: EventType,
        id: impl Fn() -> String,
        now_ms: i64,
    ) -> usize {
        let fault = locked(&self.faults).strike_delivery(what.kind().as_str());
        let mut queue = locked(&self.outbox.queue);
        let number = endpoint.number;
        let secs = |fallback: u64| fault.as_ref().and_then(|fault| fault.secs).unwrap_or(fallback);
        let later = |secs: u64| now_ms + i64::try_from(secs).unwrap_or(0) * 1000;
        let kind = fault.as_ref().map(|fault| fault.kind);
        let copies = match kind {
            Some(FaultKind::WebhookDrop) => 0,
            Some(FaultKind::WebhookReorder) => {
                queue.hold(number, parcel.clone(), now_ms);
                return 1;
            }
            Some(FaultKind::WebhookDuplicate) => {
                usize::from(queue.push(number, parcel.clone(), now_ms, None))
                    + usize::from(queue.push(number, parcel.clone(), now_ms, None))
            }
            Some(FaultKind::WebhookDelay) => {
                usize::from(queue.push(number, parcel.clone(), later(secs(60)), None))
            }
            Some(FaultKind::WebhookBadSignature) => {
                usize::from(queue.push(number, parcel.clone(), now_ms, Some(Forgery::Signature)))
            }
            Some(FaultKind::WebhookOldTimestamp) => {
                usize::from(queue.push(number, parcel.clone(), now_ms, Some(Forgery::Age(secs(600)))))
            }
            _ => usize::from(queue.push(number, parcel.clone(), now_ms, None)),
        };
        queue.release(number);
        drop(queue);
        if copies == 0 {
            if kind != Some(FaultKind::WebhookDrop) {
                tracing::warn!("more than {MAX_WAITING} deliveries wait; an event is not sent");
            }
            self.outbox.keep(Receipt {
                event: id(),
                event_type: what.as_str().to_owned(),
                endpoint: endpoint.id(&self.smith),
                attempt: 0,
                at_secs: now_ms / 1000,
                status: None,
                delivered: false,
            });
        }
        copies
    }

    /// Tells the platform's endpoints that an account was connected or disconnected.
    pub(crate) fn announce_application(&self, state: &State, number: u64, what: EventType) {
        let Some(held) = state.authorizations.iter().find(|held| held.number == number) else { return };
        let mode = mode_of(held.live);
        let now = state.now();
        let id = format!("evt_1{}", text(salted(&[self.config.seed, 0xAB, number, what as u64]), 23));
        let body = json!({
            "id": id,
            "object": "event",
            "account": self.profiles[held.account].id,
            "created": now.secs(),
            "data": { "object": {
                "id": self.client_id(mode), "object": "application", "name": "Sandbox Platform",
            } },
            "livemode": held.live,
            "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null },
            "type": what.as_str(),
        });
        let event = Arc::new(LooseEvent { id, event_type: what.as_str(), body });
        let listeners = state.endpoints.iter().filter(|one| one.connect && one.live == held.live);
        for endpoint in listeners.filter(|endpoint| endpoint.wants(what.as_str())) {
            let parcel = Parcel::Loose(Arc::clone(&event));
            self.enqueue(endpoint, &parcel, what, || event.id.clone(), now.0);
        }
        self.outbox.wake();
    }

    /// Takes the next request that is due, signed, for the caller to send and to report with
    /// [`Sandbox::finish_delivery`]. [`serve`](crate::serve) does both; a test that runs without it can do so itself.
    pub fn take_delivery(&self) -> Option<Outgoing> {
        loop {
            let (delivery, endpoint) = {
                let memory = self.memory();
                let now_ms = memory.state.now().0;
                let delivery = locked(&self.outbox.queue).take_due(now_ms)?;
                let endpoints = memory.state.endpoints.iter();
                let endpoint = endpoints.clone().find(|one| one.number == delivery.endpoint).cloned();
                (delivery, endpoint)
            };
            // An endpoint that is gone, or an event that was wiped: nothing to send.
            if let Some(outgoing) = endpoint.and_then(|endpoint| self.compose(&endpoint, delivery)) {
                return Some(outgoing);
            }
            locked(&self.outbox.queue).settle();
        }
    }

    fn compose(&self, endpoint: &Endpoint, delivery: Delivery) -> Option<Outgoing> {
        let default = self.config.api_version.as_deref().unwrap_or(STRIPE_VERSION);
        let version = endpoint.api_version.as_deref().unwrap_or(default);
        let (value, event_type): (Value, _) = match &delivery.parcel {
            Parcel::Listed(account, mode, place) => {
                let world = self.world(*account, *mode).read().unwrap_or_else(PoisonError::into_inner);
                let place = *place as usize;
                let view = View { world: &world, client_id: &world.client_id, hide_client_secret: false };
                let account = endpoint.connect.then(|| self.profiles[*account].id.as_str());
                let what = world.events.get(place)?.what();
                let text = in_version(&view, place, version, account)?;
                (serde_json::from_str(&text).ok()?, what.as_str())
            }
            Parcel::Loose(event) => {
                let mut body = event.body.clone();
                body["api_version"] = json!(version);
                (body, event.event_type)
            }
        };
        let body = serde_json::to_string_pretty(&value).ok()?;
        // The receiver compares the time with the machine's clock, unless all follow one that stands still.
        let now = match self.config.clock {
            ClockMode::Running => Clock::system().now(),
            ClockMode::Still => self.now(),
        };
        let secret = match delivery.forgery {
            Some(Forgery::Signature) => "whsec_of_someone_else".to_owned(),
            _ => endpoint.secret(&self.smith),
        };
        let age_secs = match delivery.forgery {
            Some(Forgery::Age(secs)) => i64::try_from(secs).unwrap_or(0),
            _ => 0,
        };
        Some(Outgoing {
            url: endpoint.url.clone(),
            signature: sign::signature(&secret, now.secs() - age_secs, &body),
            event: value["id"].as_str().unwrap_or_default().to_owned(),
            endpoint: endpoint.id(&self.smith),
            mode: endpoint.mode(),
            body,
            delivery,
            event_type,
        })
    }

    /// Reports the HTTP status that a request was answered with, none where it wasn't. What wasn't accepted is tried
    /// again later by the sandbox's clock: test events after 5 minutes, an hour and two hours, live ones for three days.
    pub fn finish_delivery(&self, outgoing: Outgoing, status: Option<u16>) {
        let delivered = status.is_some_and(|status| (200..300).contains(&status));
        let now_ms = self.now().0;
        let Outgoing { delivery, endpoint, event, event_type, mode, .. } = outgoing;
        self.outbox.keep(Receipt {
            event,
            event_type: event_type.to_owned(),
            endpoint,
            attempt: delivery.failures + 1,
            at_secs: now_ms / 1000,
            status,
            delivered,
        });
        let parcel = delivery.parcel.clone();
        {
            let mut queue = locked(&self.outbox.queue);
            queue.settle();
            if !delivered && queue.again(delivery, mode, now_ms) {
                return;
            }
        }
        if let Parcel::Listed(account, mode, place) = parcel {
            let mut world = self.world(account, mode).write().unwrap_or_else(PoisonError::into_inner);
            world.events.settle_delivery(place, delivered);
        }
    }

    /// What waits to be delivered, and the latest attempts.
    pub fn deliveries(&self) -> Waiting {
        let queue = locked(&self.outbox.queue);
        let (waiting, in_flight, next_due_ms) = (queue.len(), queue.in_flight(), queue.next_due_ms());
        drop(queue);
        Waiting {
            waiting,
            in_flight,
            next_due_ms,
            log: locked(&self.outbox.receipts).iter().cloned().collect(),
        }
    }

    /// Forgets the attempts so far.
    pub fn forget_deliveries(&self) {
        locked(&self.outbox.receipts).clear();
    }

    /// Makes all that waits due at once, retries and what was held back included.
    pub fn hurry_deliveries(&self) {
        let now_ms = self.now().0;
        locked(&self.outbox.queue).hurry(now_ms);
        self.outbox.wake();
    }
}

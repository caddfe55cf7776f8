//! The worker of the simulation: what it has in memory, and each of its steps. It decides by the engine's own functions
//! and stores by the engine's own code; only asking, waiting and being killed are the simulation's.

use super::pulling::Pull;
use super::store::Store;
use super::stripe::{self, Event, RESOURCES, Stripe};
use super::{Breach, history::History};
use crate::clock_offset::ClockOffset;
use crate::commit::{self, Batch};
use crate::events::{Effect, effects};
use crate::plan;
use std::collections::{BTreeMap, BTreeSet};
use tributary_core::knowledge::{Interval, Source};
use tributary_core::state::WindowState;
use tributary_core::{Millis, Mode, Resource};
use tributary_db::bulk::Rows;
use tributary_db::leases::{self, Lease};
use tributary_db::rereads::{Reread, Wait};
use tributary_db::windows::{self, Place, Window};
use tributary_db::{AnyConn, DbError, records, rereads, runs, source_objects};
use tributary_stripe::Object;

/// How long an answer is waited for.
pub(super) const TIMEOUT_MS: i64 = 30_000;

/// The memory of a process: gone when it is killed.
pub(super) struct Worker {
    pub(super) lease: Lease,
    pub(super) offset: ClockOffset,
    pub(super) as_of: Option<Millis>,
    pub(super) pulls: BTreeMap<Place, Pull>,
    asked_again: BTreeMap<(Resource, String), (Millis, i64)>,
    pub(super) swept: BTreeSet<Resource>,
}

/// A process with its clocks, the store and Stripe.
pub(super) struct World {
    pub(super) stripe: Stripe,
    pub(super) store: Store,
    pub(super) worker: Worker,
    /// One that was replaced while it slept.
    pub(super) frozen: Option<Worker>,
    /// Events on their way.
    pub(super) on_their_way: Vec<usize>,
    /// Events that arrived and wait: durable.
    inbox: BTreeSet<usize>,
    /// Events that were taken up: durable.
    taken: BTreeSet<usize>,
    /// From when on events are asked for next: durable.
    poll_from_secs: Option<i64>,
    skew_ms: i64,
    mode: Mode,
    last_modified: Millis,
    pub(super) breach: Option<Breach>,
}

impl Worker {
    pub(super) fn new(lease: Lease) -> Self {
        Worker {
            lease,
            offset: ClockOffset::default(),
            as_of: None,
            pulls: BTreeMap::new(),
            asked_again: BTreeMap::new(),
            swept: BTreeSet::new(),
        }
    }
}

impl World {
    pub(super) fn new(mut store: Store, history: &History, breach: Option<Breach>) -> Self {
        store.next_connection();
        let worker = Worker::new(store.take_over());
        World {
            stripe: Stripe::new(),
            store,
            worker,
            frozen: None,
            on_their_way: Vec::new(),
            inbox: BTreeSet::new(),
            taken: BTreeSet::new(),
            poll_from_secs: None,
            skew_ms: history.skew_ms,
            mode: Mode::from_livemode(history.live),
            last_modified: Millis(0),
            breach,
        }
    }

    /// The worker's clock.
    pub(super) fn now(&self) -> Millis {
        Millis(self.stripe.now_ms() + self.skew_ms)
    }

    /// One writing transaction under the worker's lease. The database's clock is Stripe's here; it only measures how much
    /// time has passed.
    pub(super) fn commit<T>(
        &mut self,
        lease: Lease,
        work: impl FnOnce(&mut AnyConn, Millis) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let modified = Millis(self.last_modified.0 + 1).max(Millis(self.stripe.now_ms()));
        let done = self.store.commit(|conn| {
            leases::enter(conn, &lease, 60_000)?;
            work(conn, modified)
        });
        if done.is_ok() {
            self.last_modified = modified;
        }
        done
    }

    pub(super) fn run(&mut self) -> Option<runs::Run> {
        let no = self.store.owner.connection_no;
        self.store.look(|conn| runs::running(conn, no))
    }

    /// The windows of the run under way.
    pub(super) fn windows(&mut self) -> Vec<Window> {
        let no = self.store.owner.connection_no;
        let Some(run) = self.run() else { return Vec::new() };
        self.store.look(|conn| windows::of_run(conn, no, run.id))
    }

    pub(super) fn is_first(&mut self) -> bool {
        let no = self.store.owner.connection_no;
        self.store.look(|conn| runs::last_finished_ms(conn, no)).is_none()
    }

    /// After a list was read to its end and nothing of it is unclear any more.
    pub(super) fn sweep(&mut self, pick: usize) {
        let windows = self.windows();
        let ready: Vec<Resource> =
            RESOURCES.into_iter().filter(|resource| self.is_ready_to_sweep(*resource, &windows)).collect();
        let Some(resource) = (!ready.is_empty()).then(|| ready[pick % ready.len()]) else { return };
        self.worker.swept.insert(resource);
        let wholes = plan::together(&windows);
        let window = wholes.iter().find(|window| window.resource == resource);
        let Some((window, as_of)) = window.zip(self.worker.as_of) else { return };
        if (self.is_first() && !self.has_heard(as_of)) || !plan::sweeps(window, self.mode) {
            return;
        }
        let (owner, lease) = (self.store.owner, self.worker.lease.clone());
        let as_of = match self.breach {
            Some(Breach::SweepOfWhatIsNew) => Millis(as_of.0 + 3_600_000),
            _ => as_of,
        };
        let now = self.now().plus_ms(self.worker.offset.ms());
        let interval = Interval { from: as_of, to: now.max(as_of) };
        self.commit(lease, |conn, modified| {
            let gone = source_objects::unseen_since(conn, owner.connection_no, resource, as_of, 500)?;
            source_objects::bury(conn, owner.connection_no, resource, interval, &gone)?;
            records::bury(conn, owner, modified.0, resource, &gone)
        })
        .unwrap();
    }

    /// Whether an event came of something that happened before a run began.
    fn has_heard(&self, as_of: Millis) -> bool {
        let mut known = self.taken.iter().chain(&self.inbox);
        known.any(|at| self.stripe.events[*at].created_secs <= as_of.secs())
    }

    fn is_ready_to_sweep(&mut self, resource: Resource, windows: &[Window]) -> bool {
        let mut of = windows.iter().filter(|window| window.resource == resource).peekable();
        let is_read = of.peek().is_some() && of.all(|window| window.state == WindowState::Done);
        is_read && !self.worker.swept.contains(&resource) && self.unclear(resource).is_empty()
    }

    /// What waits to be read again of a list.
    fn unclear(&mut self, resource: Resource) -> Vec<Reread> {
        let no = self.store.owner.connection_no;
        self.store.look(|conn| rereads::waiting(conn, no, resource, false, 100))
    }

    /// Ends the run once all its lists are settled; events are then asked for from before its start.
    pub(super) fn end(&mut self) {
        let windows = self.windows();
        let is_done = windows.iter().all(|window| window.state == WindowState::Done);
        if windows.is_empty() || !is_done || self.worker.swept.len() < RESOURCES.len() {
            return;
        }
        let Some(as_of) = self.run().and_then(|run| run.as_of_ms) else { return };
        if self.breach != Some(Breach::NoCatchUp) {
            let from = as_of.div_euclid(1000) - 600;
            self.poll_from_secs = Some(self.poll_from_secs.map_or(from, |due| due.min(from)));
        }
        self.store.end_run(self.stripe.now_ms());
        self.worker.pulls.clear();
    }

    /// Asks for events.
    pub(super) fn poll(&mut self) {
        let Some(from_secs) = self.poll_from_secs.take() else { return };
        let all = self.stripe.events.iter().enumerate();
        let new = all.filter(|(at, event)| event.created_secs >= from_secs && !self.taken.contains(at));
        self.inbox.extend(new.map(|(at, _)| at));
    }

    pub(super) fn deliver(&mut self, pick: usize, again: bool) {
        if self.on_their_way.is_empty() {
            return;
        }
        let place = pick % self.on_their_way.len();
        let at = if again { self.on_their_way[place] } else { self.on_their_way.swap_remove(place) };
        if !self.taken.contains(&at) {
            self.inbox.insert(at);
        }
    }

    pub(super) fn lose(&mut self, pick: usize) {
        if !self.on_their_way.is_empty() {
            self.on_their_way.swap_remove(pick % self.on_their_way.len());
        }
    }

    /// Takes up an event: its snapshot where it can be used, a reading of the object where not.
    pub(super) fn apply(&mut self, pick: usize) {
        let waiting: Vec<usize> = self.inbox.iter().copied().collect();
        let Some(at) = (!waiting.is_empty()).then(|| waiting[pick % waiting.len()]) else { return };
        let event = self.stripe.events[at].clone();
        let (owner, lease) = (self.store.owner, self.worker.lease.clone());
        self.commit(lease, |conn, modified| take_up(conn, owner, modified, &event)).unwrap();
        self.inbox.remove(&at);
        self.taken.insert(at);
    }

    pub(super) fn ask_again(&mut self, pick: usize) {
        let (no, now) = (self.store.owner.connection_no, Millis(self.stripe.now_ms()));
        let mut ready = self.store.look(|conn| rereads::due(conn, no, now, 100));
        ready.retain(|one| !self.worker.asked_again.contains_key(&(one.resource, one.id.clone())));
        let Some(one) = (!ready.is_empty()).then(|| ready[pick % ready.len()].clone()) else { return };
        if self.breach == Some(Breach::TiesIgnored) {
            let lease = self.worker.lease.clone();
            self.commit(lease, |conn, _| rereads::done(conn, no, one.resource, &one.id, one.requested_ms))
                .unwrap();
        } else {
            let sent = self.now();
            self.worker.asked_again.insert((one.resource, one.id), (sent, one.requested_ms));
        }
    }

    /// An object that was asked for again arrives and is stored.
    pub(super) fn answer_again(&mut self, pick: usize) {
        let under_way: Vec<(Resource, String)> = self.worker.asked_again.keys().cloned().collect();
        let Some((resource, id)) = (!under_way.is_empty()).then(|| under_way[pick % under_way.len()].clone())
        else {
            return;
        };
        let asked = self.worker.asked_again.remove(&(resource, id.clone()));
        let Some((sent, requested_ms)) = asked else { return };
        let received = self.now();
        if received.0 - sent.0 > TIMEOUT_MS {
            return;
        }
        self.worker.offset.observe(sent, received, date(&self.stripe));
        let Some(text) = self.stripe.retrieve(resource, &id) else { return };
        let mut batch = Batch::new(resource);
        batch.add(&Object::parse(&text).unwrap());
        batch.interval = self.worker.offset.interval(sent, received);
        let (owner, lease) = (self.store.owner, self.worker.lease.clone());
        self.commit(lease, |conn, modified| {
            rereads::done(conn, owner.connection_no, resource, &id, requested_ms)?;
            commit::write(conn, owner, modified, resource, Source::Read, &[batch], Rows::Any).map(drop)
        })
        .unwrap();
    }

    /// The process is gone, with all that it had in memory; another takes over.
    pub(super) fn kill(&mut self, frozen: bool) {
        let as_of = self.run().and_then(|run| run.as_of_ms).map(Millis);
        let next = Worker { as_of, ..Worker::new(self.store.take_over()) };
        let dead = std::mem::replace(&mut self.worker, next);
        if frozen {
            self.frozen = Some(dead);
        }
    }

    /// A worker that slept while it was replaced stores what it has: it is refused.
    pub(super) fn wake(&mut self, pages: usize) {
        let Some(mut worker) = self.frozen.take() else { return };
        let place = worker.pulls.iter().find(|(_, pull)| !pull.arrived.is_empty()).map(|(place, _)| *place);
        let (Some(place), Some(_)) = (place, self.run()) else { return };
        let stored = self.store_of(&mut worker, place, pages);
        assert!(matches!(stored, Err(DbError::Fenced)), "a worker that was replaced could store: {stored:?}");
    }

    /// Lets everything come to its end, without losing anything more.
    pub(super) fn come_to_rest(&mut self) {
        for _ in 0..10_000 {
            let is_at_rest = self.run().is_none()
                && self.poll_from_secs.is_none()
                && self.inbox.is_empty()
                && RESOURCES.into_iter().all(|resource| self.unclear(resource).is_empty());
            if is_at_rest {
                return;
            }
            self.stripe.pass(700);
            self.poll();
            for _ in 0..stripe::PAGE {
                self.apply(0);
            }
            for pick in 0..2 {
                self.ask(pick);
                self.ask_again(pick);
                self.answer(0, 0);
                self.answer_again(0);
                self.store(pick, 3);
                self.sweep(pick);
            }
            self.end();
        }
        panic!("it never comes to rest");
    }
}

/// What the event lane does with an event. A snapshot of an object that isn't stored, from before the latest run began,
/// has the object read: what that run didn't show may be gone.
fn take_up(
    conn: &mut AnyConn,
    owner: tributary_db::bulk::Owner,
    modified: Millis,
    event: &Event,
) -> Result<(), DbError> {
    let no = owner.connection_no;
    let since = runs::latest_as_of(conn, no)?;
    let is_late = since.is_none_or(|since| event.created_secs * 1000 < since.0);
    for effect in effects(&event.event_type, event.api_version, &event.snapshot) {
        let (resource, text) = match effect {
            Effect::Apply(resource) => {
                let id = id_of(&event.snapshot);
                if is_late && source_objects::find(conn, no, resource, &id)?.is_none() {
                    rereads::request(conn, no, resource, &id, Wait::None, modified)?;
                    continue;
                }
                (resource, event.snapshot.clone())
            }
            Effect::Bury(resource, id) => (resource, crate::reread::stub_text(&id)),
            Effect::Reread(resource, id) => {
                rereads::request(conn, no, resource, &id, Wait::None, modified)?;
                continue;
            }
            Effect::Deauthorize => continue,
        };
        let mut batch = Batch::new(resource);
        batch.add(&Object::parse(&text).unwrap());
        batch.interval = Interval::of_event(event.created_secs);
        commit::write(conn, owner, modified, resource, Source::Event, &[batch], Rows::Any)?;
    }
    Ok(())
}

/// The `Date` of an answer that Stripe gives now.
pub(super) fn date(stripe: &Stripe) -> Millis {
    Millis::from_secs(stripe.now_ms().div_euclid(1000))
}

pub(super) fn id_of(text: &str) -> String {
    Object::parse(text).unwrap().id.into_owned()
}

//! The worker of the simulation: what it has in memory, and each of its steps. It decides by the engine's own functions
//! and stores by the engine's own code; only asking, waiting and being killed are the simulation's.

use super::store::Store;
use super::stripe::{Event, ListParams, Page, RESOURCES, Stripe, UnknownCursor};
use super::{Breach, stripe};
use crate::clock_offset::ClockOffset;
use crate::commit::{self, Batch};
use crate::plan;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tributary_core::knowledge::{Interval, Source};
use tributary_core::state::{RunReason, WindowState};
use tributary_core::{Millis, Mode, Resource};
use tributary_db::bulk::Rows;
use tributary_db::encoded::Encoded;
use tributary_db::findings::Notes;
use tributary_db::leases::{self, Lease};
use tributary_db::rereads::{CLEAR_AFTER_MS, Wait};
use tributary_db::windows::{self, Advance, Window};
use tributary_db::{AnyConn, DbError, records, rereads, runs, source_objects};
use tributary_stripe::Object;

/// How long an answer is waited for.
const TIMEOUT_MS: i64 = 30_000;

/// A window as it stands.
type Place = (Resource, i64);

/// An answer under way.
struct Asked {
    sent: Millis,
    params: ListParams,
}

/// A page that arrived.
struct Fetched {
    page: Page,
    sent: Millis,
    received: Millis,
    date: Millis,
}

/// What is in memory of a window that is pulled.
#[derive(Default)]
struct Pull {
    asked: Option<Asked>,
    arrived: VecDeque<Fetched>,
    /// The cursor of the next page, where pages have arrived that aren't stored.
    ahead: Option<String>,
    /// The last page has arrived, or none will.
    is_read: bool,
    lost_cursor: bool,
}

/// The memory of a process: gone when it is killed.
pub(super) struct Worker {
    lease: Lease,
    offset: ClockOffset,
    as_of: Option<Millis>,
    pulls: BTreeMap<Place, Pull>,
    asked_again: BTreeMap<(Resource, String), Millis>,
    swept: BTreeSet<Resource>,
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
    /// When the last run that ended began, by Stripe's clock: durable.
    last_as_of: Option<Millis>,
    skew_ms: i64,
    mode: Mode,
    last_modified: Millis,
    pub(super) breach: Option<Breach>,
}

impl Worker {
    fn new(lease: Lease) -> Self {
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
    pub(super) fn new(mut store: Store, history: &super::history::History, breach: Option<Breach>) -> Self {
        store.next_connection();
        let worker = Worker::new(store.take_over());
        World {
            stripe: Stripe::new(1_800_000_000_000),
            store,
            worker,
            frozen: None,
            on_their_way: Vec::new(),
            inbox: BTreeSet::new(),
            taken: BTreeSet::new(),
            poll_from_secs: None,
            last_as_of: None,
            skew_ms: history.skew_ms,
            mode: Mode::from_livemode(history.live),
            last_modified: Millis(0),
            breach,
        }
    }

    /// The worker's clock.
    fn now(&self) -> Millis {
        Millis(self.stripe.now_ms() + self.skew_ms)
    }

    /// One writing transaction under the worker's lease. The database's clock is Stripe's here; it only measures how much
    /// time has passed.
    fn commit<T>(
        &mut self,
        lease: Lease,
        work: impl FnOnce(&mut AnyConn, Millis) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let modified = Millis(self.last_modified.0 + 1).max(Millis(self.stripe.now_ms()));
        let done = self.store.commit(|conn| {
            leases::enter(conn, lease, 60_000)?;
            work(conn, modified)
        });
        if done.is_ok() {
            self.last_modified = modified;
        }
        done
    }

    fn run(&mut self) -> Option<runs::Run> {
        let no = self.store.owner.connection_no;
        self.store.look(|conn| runs::running(conn, no))
    }

    /// The windows of the run under way.
    fn windows(&mut self) -> Vec<Window> {
        let no = self.store.owner.connection_no;
        let Some(run) = self.run() else { return Vec::new() };
        self.store.look(|conn| windows::of_run(conn, no, run.id))
    }

    fn is_first(&mut self) -> bool {
        let no = self.store.owner.connection_no;
        self.store.look(|conn| runs::last_finished_ms(conn, no)).is_none()
    }

    /// Begins a run, unless one is under way or the last one has ended just now: what the new one reads must be known to
    /// be newer.
    pub(super) fn begin(&mut self) {
        let no = self.store.owner.connection_no;
        let last = self.store.look(|conn| runs::last_finished_ms(conn, no));
        let is_quiet = last.is_none_or(|last| last + crate::run::QUIET_MS <= self.stripe.now_ms());
        if self.run().is_some() || !is_quiet {
            return;
        }
        let (owner, now) = (self.store.owner, Millis(self.stripe.now_ms()));
        let lease = self.worker.lease;
        self.commit(lease, |conn, _| {
            let run = runs::start(conn, owner, RunReason::Requested, now)?;
            for resource in RESOURCES {
                windows::open(conn, owner, run.id, resource, 0, 0)?;
            }
            Ok(())
        })
        .unwrap();
        self.worker.as_of = None;
        self.worker.pulls.clear();
        self.worker.swept.clear();
    }

    /// Open windows, and what is in memory of them.
    fn open_windows(&mut self) -> Vec<Window> {
        self.windows().into_iter().filter(|window| window.state == WindowState::Open).collect()
    }

    pub(super) fn ask(&mut self, pick: usize) {
        let windows = self.open_windows();
        let sent = self.now();
        let pulls = &mut self.worker.pulls;
        let may = |window: &&Window| {
            let pull = pulls.get(&(window.resource, window.n));
            pull.is_none_or(|pull| pull.asked.is_none() && !pull.is_read)
        };
        let ready: Vec<&Window> = windows.iter().filter(may).collect();
        let Some(window) = (!ready.is_empty()).then(|| ready[pick % ready.len()]) else { return };
        let pull = pulls.entry((window.resource, window.n)).or_default();
        let after = pull.ahead.clone().or_else(|| window.cursor.clone());
        let params = ListParams {
            resource: window.resource,
            from_secs: window.from_secs,
            to_secs: window.to_secs,
            after,
        };
        pull.asked = Some(Asked { sent, params });
    }

    pub(super) fn answer(&mut self, pick: usize, lag_ms: i64) {
        let (received, date) = (self.now(), date(&self.stripe));
        let mut asked = self.worker.pulls.values_mut().filter(|pull| pull.asked.is_some());
        let count = asked.by_ref().count();
        let mut asked = self.worker.pulls.values_mut().filter(|pull| pull.asked.is_some());
        let Some(pull) = (count > 0).then(|| asked.nth(pick % count)).flatten() else { return };
        let Some(Asked { sent, params }) = pull.asked.take() else { return };
        if received.0 - sent.0 > TIMEOUT_MS {
            return;
        }
        // The first answer fixes the run's moment, whatever is stored first: others must not be older.
        self.worker.as_of.get_or_insert(date);
        match self.stripe.list(&params, lag_ms) {
            Ok(page) => {
                pull.is_read = !page.has_more;
                pull.ahead = page.texts.last().map(|text| id_of(text)).or(pull.ahead.take());
                pull.arrived.push_back(Fetched { page, sent, received, date });
            }
            Err(UnknownCursor) => (pull.is_read, pull.lost_cursor) = (true, true),
        }
    }

    pub(super) fn store(&mut self, pick: usize, pages: usize) {
        let ready = |pull: &Pull| !pull.arrived.is_empty() || pull.lost_cursor;
        let places: Vec<Place> =
            self.worker.pulls.iter().filter(|(_, pull)| ready(pull)).map(|(place, _)| *place).collect();
        let Some(place) = (!places.is_empty()).then(|| places[pick % places.len()]) else { return };
        let mut worker =
            std::mem::replace(&mut self.worker, Worker::new(Lease { epoch: -1, ..lease_of(&self.store) }));
        let stored = self.store_of(&mut worker, place, pages);
        self.worker = worker;
        stored.unwrap();
    }

    /// Stores pages that a worker has of a window, or goes on by time where its cursor is lost.
    fn store_of(&mut self, worker: &mut Worker, place: Place, pages: usize) -> Result<(), DbError> {
        let no = self.store.owner.connection_no;
        let Some(run) = self.run() else { return Ok(()) };
        let Some(pull) = worker.pulls.get_mut(&place) else { return Ok(()) };
        let taken: Vec<Fetched> = pull.arrived.drain(..pages.min(pull.arrived.len())).collect();
        if taken.is_empty() {
            if pull.lost_cursor {
                let stored = self.store.look(|conn| windows::of_run(conn, no, run.id));
                let window = stored.into_iter().find(|window| (window.resource, window.n) == place);
                let Some(window) = window else { return Ok(()) };
                let to_secs = window.cursor_secs.map(|secs| secs + 1).or(window.to_secs);
                worker.pulls.remove(&place);
                self.commit(worker.lease, |conn, _| windows::lose_cursor(conn, no, run.id, place, to_secs))?;
            }
            return Ok(());
        }
        let ends = taken.last().is_some_and(|fetched| !fetched.page.has_more);
        let mut batches = Vec::new();
        for fetched in taken {
            worker.offset.observe(fetched.sent, fetched.received, fetched.date);
            let mut batch = Batch::new(place.0);
            fetched.page.texts.iter().for_each(|text| batch.add(&Object::parse(text).unwrap()));
            batch.last = batch.objects.last().map(|object| (object.id.clone(), object.created_secs));
            batch.more = fetched.page.has_more;
            batch.interval = worker.offset.interval(fetched.sent, fetched.received);
            batches.push(batch);
        }
        let by = Advance {
            cursor: batches.iter().rev().find_map(|batch| batch.last.clone()),
            state: if ends { WindowState::Done } else { WindowState::Open },
            pages: i64::try_from(batches.len()).unwrap_or(0),
            objects: 0,
            changed: 0,
            notes: Notes::default(),
        };
        let as_of = worker.as_of;
        let owner = self.store.owner;
        let is_first = self.is_first();
        let mut commit = |are_new: bool| {
            if is_first && are_new {
                batches.iter_mut().for_each(Batch::encode);
            }
            let (batches, by) = (&batches, &by);
            self.commit(worker.lease, |conn, modified| {
                let encoded: Vec<&Encoded> = batches.iter().map(|batch| &batch.encoded).collect();
                let are = if are_new { Rows::New(&encoded) } else { Rows::Any };
                commit::write(conn, owner, modified, place.0, Source::Read, batches, are)?;
                if let Some(as_of) = as_of {
                    runs::set_as_of(conn, no, run.id, as_of)?;
                }
                windows::advance(conn, no, run.id, place, by)
            })
        };
        match commit(is_first) {
            Err(error) if error.is_duplicate() => commit(false),
            result => result,
        }
    }

    /// After a list was read to its end and nothing of it is unclear any more.
    pub(super) fn sweep(&mut self, pick: usize) {
        let windows = self.windows();
        let ready: Vec<Resource> =
            RESOURCES.into_iter().filter(|resource| self.is_ready_to_sweep(*resource, &windows)).collect();
        let Some(resource) = (!ready.is_empty()).then(|| ready[pick % ready.len()]) else { return };
        self.worker.swept.insert(resource);
        let window = windows.iter().find(|window| window.resource == resource);
        let Some((window, as_of)) = window.zip(self.worker.as_of) else { return };
        if self.is_first() || !plan::sweeps(window, self.mode) {
            return;
        }
        let (owner, lease) = (self.store.owner, self.worker.lease);
        let as_of = match self.breach {
            Some(Breach::SweepOfWhatIsNew) => Millis(as_of.0 + 3_600_000),
            _ => as_of,
        };
        let now = self.now().plus_ms(self.worker.offset.ms());
        let interval = Interval { from: as_of, to: now.max(as_of) };
        self.commit(lease, |conn, modified| {
            let gone = source_objects::unseen_since(conn, owner.connection_no, resource, as_of, 500)?;
            source_objects::bury(conn, owner.connection_no, resource, interval, &gone)?;
            records::bury(conn, owner, modified.0, resource, &gone).map_err(DbError::from)
        })
        .unwrap();
    }

    fn is_ready_to_sweep(&mut self, resource: Resource, windows: &[Window]) -> bool {
        let mut of = windows.iter().filter(|window| window.resource == resource).peekable();
        let is_read = of.peek().is_some() && of.all(|window| window.state == WindowState::Done);
        is_read && !self.worker.swept.contains(&resource) && self.unclear(resource).is_empty()
    }

    /// What waits to be read again of a list, and since when.
    fn unclear(&mut self, resource: Resource) -> Vec<(String, i64)> {
        let no = self.store.owner.connection_no;
        let waiting = self.store.look(|conn| rereads::waiting(conn, no, resource, 100));
        waiting.into_iter().map(|one| (one.id, one.requested_ms)).collect()
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
        self.last_as_of = Some(Millis(as_of));
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
        let (owner, lease) = (self.store.owner, self.worker.lease);
        let known_since = self.known_since();
        self.commit(lease, |conn, modified| take_up(conn, owner, modified, &event, known_since)).unwrap();
        self.inbox.remove(&at);
        self.taken.insert(at);
    }

    /// Since when what happens at Stripe is known by events: the start of the latest run.
    fn known_since(&mut self) -> Option<Millis> {
        self.run().and_then(|run| run.as_of_ms).map(Millis).or(self.last_as_of)
    }

    pub(super) fn ask_again(&mut self, pick: usize) {
        let now_ms = self.stripe.now_ms();
        let mut ready = Vec::new();
        for resource in RESOURCES {
            let waiting = self.unclear(resource).into_iter();
            let waiting = waiting.filter(|(_, since)| since + CLEAR_AFTER_MS <= now_ms);
            ready.extend(waiting.map(|(id, _)| (resource, id)));
        }
        ready.retain(|object| !self.worker.asked_again.contains_key(object));
        let Some(object) = (!ready.is_empty()).then(|| ready[pick % ready.len()].clone()) else { return };
        let sent = self.now();
        if self.breach == Some(Breach::TiesIgnored) {
            let (no, lease) = (self.store.owner.connection_no, self.worker.lease);
            self.commit(lease, |conn, _| rereads::done(conn, no, object.0, &object.1, i64::MAX)).unwrap();
        } else {
            self.worker.asked_again.insert(object, sent);
        }
    }

    /// An object that was asked for again arrives and is stored.
    pub(super) fn answer_again(&mut self, pick: usize) {
        let under_way: Vec<(Resource, String)> = self.worker.asked_again.keys().cloned().collect();
        let Some((resource, id)) = (!under_way.is_empty()).then(|| under_way[pick % under_way.len()].clone())
        else {
            return;
        };
        let Some(sent) = self.worker.asked_again.remove(&(resource, id.clone())) else { return };
        let received = self.now();
        if received.0 - sent.0 > TIMEOUT_MS {
            return;
        }
        self.worker.offset.observe(sent, received, date(&self.stripe));
        let Some(text) = self.stripe.retrieve(resource, &id) else { return };
        let mut batch = Batch::new(resource);
        batch.add(&Object::parse(&text).unwrap());
        batch.interval = self.worker.offset.interval(sent, received);
        let (owner, lease) = (self.store.owner, self.worker.lease);
        self.commit(lease, |conn, modified| {
            rereads::done(conn, owner.connection_no, resource, &id, i64::MAX)?;
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

/// What the event lane does with an event.
fn take_up(
    conn: &mut AnyConn,
    owner: tributary_db::bulk::Owner,
    modified: Millis,
    event: &Event,
    known_since: Option<Millis>,
) -> Result<(), DbError> {
    let id = id_of(&event.snapshot);
    let is_stored = source_objects::find(conn, owner.connection_no, event.resource, &id)?.is_some();
    let is_late = known_since.is_none_or(|since| event.created_secs * 1000 < since.0);
    if !event.is_our_version || (is_late && !is_stored) {
        return rereads::request(conn, owner.connection_no, event.resource, &id, Wait::UntilClear, modified);
    }
    let text = match event.word {
        "deleted" => format!(r#"{{"id":"{id}","deleted":true}}"#),
        _ => event.snapshot.clone(),
    };
    let mut batch = Batch::new(event.resource);
    batch.add(&Object::parse(&text).unwrap());
    batch.interval = Interval::of_event(event.created_secs);
    commit::write(conn, owner, modified, event.resource, Source::Event, &[batch], Rows::Any).map(drop)
}

fn lease_of(store: &Store) -> Lease {
    Lease { connection_no: store.owner.connection_no, epoch: 0 }
}

/// The `Date` of an answer that Stripe gives now.
fn date(stripe: &Stripe) -> Millis {
    Millis::from_secs(stripe.now_ms().div_euclid(1000))
}

fn id_of(text: &str) -> String {
    Object::parse(text).unwrap().id.into_owned()
}

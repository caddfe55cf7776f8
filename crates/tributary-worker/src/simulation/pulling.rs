//! Pulling in the simulation: windows are asked for, answered, stored and split in any order.

use super::stripe::{ListParams, Page, RESOURCES, START_MS, UnknownCursor};
use super::worker::{TIMEOUT_MS, Worker, World, date, id_of};
use crate::commit::{self, Batch};
use std::collections::VecDeque;
use tributary_core::Millis;
use tributary_core::knowledge::Source;
use tributary_core::state::{RunReason, WindowState};
use tributary_db::bulk::Rows;
use tributary_db::encoded::Encoded;
use tributary_db::findings::Notes;
use tributary_db::leases::Lease;
use tributary_db::windows::{self, Advance, Place, Window};
use tributary_db::{DbError, runs};
use tributary_stripe::Object;

/// An answer under way.
struct Asked {
    sent: Millis,
    params: ListParams,
}

/// A page that arrived.
pub(super) struct Fetched {
    page: Page,
    sent: Millis,
    received: Millis,
    date: Millis,
}

/// What is in memory of a window that is pulled.
#[derive(Default)]
pub(super) struct Pull {
    asked: Option<Asked>,
    pub(super) arrived: VecDeque<Fetched>,
    /// The cursor of the next page, where pages have arrived that aren't stored.
    ahead: Option<String>,
    /// The last page has arrived, or none will.
    is_read: bool,
    lost_cursor: bool,
}

impl World {
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
        let lease = self.worker.lease.clone();
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
            let pull = pulls.get(&window.place());
            pull.is_none_or(|pull| pull.asked.is_none() && !pull.is_read)
        };
        let ready: Vec<&Window> = windows.iter().filter(may).collect();
        let Some(window) = (!ready.is_empty()).then(|| ready[pick % ready.len()]) else { return };
        let pull = pulls.entry(window.place()).or_default();
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
        let mut worker = {
            let nobody = Lease { epoch: -1, ..self.worker.lease.clone() };
            std::mem::replace(&mut self.worker, Worker::new(nobody))
        };
        let stored = self.store_of(&mut worker, place, pages);
        self.worker = worker;
        stored.unwrap();
    }

    /// Stores pages that a worker has of a window, or goes on by time where its cursor is lost.
    pub(super) fn store_of(
        &mut self,
        worker: &mut Worker,
        place: Place,
        pages: usize,
    ) -> Result<(), DbError> {
        let no = self.store.owner.connection_no;
        let Some(run) = self.run() else { return Ok(()) };
        let Some(pull) = worker.pulls.get_mut(&place) else { return Ok(()) };
        let taken: Vec<Fetched> = pull.arrived.drain(..pages.min(pull.arrived.len())).collect();
        if taken.is_empty() {
            if pull.lost_cursor {
                let stored = self.store.look(|conn| windows::of_run(conn, no, run.id));
                let window = stored.into_iter().find(|window| window.place() == place);
                let Some(window) = window else { return Ok(()) };
                let to_secs = window.cursor_secs.map(|secs| secs + 1).or(window.to_secs);
                worker.pulls.remove(&place);
                self.commit(worker.lease.clone(), |conn, _| {
                    windows::lose_cursor(conn, no, run.id, place, to_secs)
                })?;
            }
            return Ok(());
        }
        let stored = self.store.look(|conn| windows::of_run(conn, no, run.id));
        let from_secs =
            stored.iter().find(|window| window.place() == place).map_or(0, |window| window.from_secs);
        let (mut batches, mut ends) = (Vec::new(), false);
        for fetched in taken {
            worker.offset.observe(fetched.sent, fetched.received, fetched.date);
            let mut batch = Batch::new(place.0);
            fetched.page.texts.iter().for_each(|text| batch.add(&Object::parse(text).unwrap()));
            batch.last = batch.objects.last().map(|object| (object.id.clone(), object.created_secs));
            batch.more = fetched.page.has_more;
            batch.interval = worker.offset.interval(fetched.sent, fetched.received);
            // What is older belongs to a window that was split off since this one was asked for.
            ends = batch.cut(from_secs) || !batch.more;
            batches.push(batch);
            if ends {
                *pull = Pull { is_read: true, ..Pull::default() };
                break;
            }
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
            self.commit(worker.lease.clone(), |conn, modified| {
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

    /// Cuts an open window in two before a second; `pick` says which and where.
    pub(super) fn split(&mut self, pick: usize) {
        let all = self.windows();
        let mut open: Vec<Window> =
            all.iter().filter(|window| window.state == WindowState::Open).cloned().collect();
        if open.is_empty() {
            return;
        }
        let place = pick % open.len();
        let window = &mut open[place];
        let secs = (self.stripe.now_ms() - START_MS).div_euclid(1000) + 3;
        let at_secs = START_MS.div_euclid(1000) + i64::try_from(pick / 7).unwrap_or(0) % secs;
        let numbers = all.iter().filter(|other| other.resource == window.resource).map(|other| other.n);
        let Some(older) = window.split(at_secs, numbers.max().unwrap_or(0) + 1) else { return };
        let Some(run) = self.run() else { return };
        let (no, lease) = (self.store.owner.connection_no, self.worker.lease.clone());
        let of = (window.place(), window.from_secs);
        self.commit(lease, |conn, _| windows::split(conn, no, run.id, of, &older)).unwrap();
    }
}

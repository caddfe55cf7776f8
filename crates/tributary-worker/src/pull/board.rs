//! The windows of a run in memory: each as it is stored, with what is being done about it.

use super::fetch::{Fetched, Told};
use super::split::{self, Read, Span, Split};
use crate::clock_offset::Clocks;
use crate::commit::Batch;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::AbortHandle;
use tributary_core::state::WindowState;
use tributary_core::{Millis, Resource};
use tributary_db::windows::{Advance, Place, Window};
use tributary_stripe::Error;

/// One window, as stored and with what is taken of it but not yet committed.
pub(super) struct Tracked {
    pub(super) window: Window,
    pub(super) doing: Doing,
    /// Where its fetching begins to ask: it follows the stored window.
    pub(super) from_secs: Arc<AtomicI64>,
    /// What it has read in this attempt, and on how many pages.
    read: Option<Read>,
    pages_read: u32,
    /// Pages that it is taken to have as long as nothing was read of it.
    assumed_pages: f64,
    /// How often its cursor was lost in this attempt.
    pub(super) lost_cursors: u32,
}

/// What is being done about a window.
pub(super) enum Doing {
    /// It waits for a place to be fetched at.
    Waiting,
    /// A task fetches it.
    Fetching(AbortHandle),
    /// It waits for Stripe to recover.
    Paused,
    /// It is done or given up.
    Settled,
}

/// All windows of a run.
pub(super) struct Board {
    tracked: Vec<Tracked>,
}

/// What was taken of pages, for one commit.
#[derive(Default)]
pub(super) struct Taken {
    /// Pages by resource, in the order of their arrival.
    pub(super) batches: BTreeMap<Resource, Vec<Batch>>,
    /// What each window gains.
    pub(super) advances: BTreeMap<Place, Advance>,
    /// Windows whose fetching failed.
    pub(super) failed: Vec<(Place, Error)>,
    /// The pages' places among those that the process keeps, until they are stored.
    pub(super) rooms: Vec<OwnedSemaphorePermit>,
}

/// A window that was split off another, to be stored.
#[derive(Clone)]
pub(super) struct NewWindow {
    /// The window that it was split off,
    pub(super) of: Place,
    /// and where that one begins now.
    pub(super) from_secs: i64,
    pub(super) older: Window,
}

impl Tracked {
    fn new(window: Window, assumed_pages: f64) -> Self {
        let settled = window.state != WindowState::Open;
        Tracked {
            doing: if settled { Doing::Settled } else { Doing::Waiting },
            from_secs: Arc::new(AtomicI64::new(window.from_secs)),
            read: None,
            pages_read: 0,
            assumed_pages,
            lost_cursors: 0,
            window,
        }
    }

    /// Whether it has to wait until every other list is read.
    fn waits_for_the_others(&self) -> bool {
        split::waits_for_the_others(self.window.resource, self.window.to_secs)
    }

    /// It is done or given up: whatever is still under way for it is of no use.
    pub(super) fn settle(&mut self) {
        if let Doing::Fetching(task) = std::mem::replace(&mut self.doing, Doing::Settled) {
            task.abort();
        }
    }

    /// Takes a page: cuts off what belongs to a window that was split off meanwhile, and moves on. Gives what the stored
    /// window gains.
    fn take(&mut self, batch: &mut Batch) -> Advance {
        let crossed = self.window.resource.is_dated() && batch.cut(self.window.from_secs);
        let created = || batch.objects.iter().filter_map(|object| object.created_secs);
        if let (Some(newest_secs), Some(oldest_secs)) = (created().max(), created().min()) {
            let objects = i64::try_from(batch.objects.len()).unwrap_or(i64::MAX);
            self.read = Some(Read::and(self.read, Read { newest_secs, oldest_secs, objects }));
        }
        self.pages_read = self.pages_read.saturating_add(1);
        let state = if batch.more && !crossed { WindowState::Open } else { WindowState::Done };
        let by = Advance {
            cursor: batch.last.clone(),
            state,
            pages: 1,
            objects: i64::try_from(batch.objects.len()).unwrap_or(i64::MAX),
            changed: 0,
            notes: std::mem::take(&mut batch.notes),
        };
        if let Some((id, secs)) = &by.cursor {
            (self.window.cursor, self.window.cursor_secs) = (Some(id.clone()), *secs);
        }
        (self.window.state, self.window.pages) = (state, self.window.pages + 1);
        by
    }
}

impl Board {
    pub(super) fn new(windows: Vec<Window>) -> Self {
        Board { tracked: windows.into_iter().map(|window| Tracked::new(window, 0.0)).collect() }
    }

    pub(super) fn get(&mut self, place: Place) -> Option<&mut Tracked> {
        self.tracked.iter_mut().find(|tracked| tracked.window.place() == place)
    }

    /// Windows in this state of doing.
    fn count(&self, is: impl Fn(&Doing) -> bool) -> usize {
        self.tracked.iter().filter(|tracked| is(&tracked.doing)).count()
    }

    /// Whether nothing is left to be read.
    pub(super) fn is_settled(&self) -> bool {
        self.count(|doing| matches!(doing, Doing::Settled)) == self.tracked.len()
    }

    /// Whether all windows of a resource are settled.
    pub(super) fn has_settled(&self, resource: Resource) -> bool {
        let mut of = self.tracked.iter().filter(|tracked| tracked.window.resource == resource);
        of.all(|tracked| matches!(tracked.doing, Doing::Settled))
    }

    /// Places for fetching that nothing takes or waits for.
    pub(super) fn free(&self, at_once: usize) -> usize {
        let waiting = self.next_waiting().count();
        let fetching = self.count(|doing| matches!(doing, Doing::Fetching(_)));
        at_once.saturating_sub(fetching + waiting)
    }

    /// The window that is to be fetched next, if fewer than `at_once` are.
    pub(super) fn next(&mut self, at_once: usize) -> Option<&mut Tracked> {
        if self.count(|doing| matches!(doing, Doing::Fetching(_))) >= at_once {
            return None;
        }
        let place = self.next_waiting().next()?.window.place();
        self.get(place)
    }

    /// Windows that may be fetched now and aren't.
    fn next_waiting(&self) -> impl Iterator<Item = &Tracked> {
        let others_settled = self
            .tracked
            .iter()
            .all(|other| matches!(other.doing, Doing::Settled) || other.waits_for_the_others());
        self.tracked.iter().filter(move |tracked| {
            matches!(tracked.doing, Doing::Waiting) && (others_settled || !tracked.waits_for_the_others())
        })
    }

    /// Windows that waited for Stripe go on.
    pub(super) fn resume_paused(&mut self) {
        for tracked in &mut self.tracked {
            if matches!(tracked.doing, Doing::Paused) {
                tracked.doing = Doing::Waiting;
            }
        }
    }

    /// Takes what was told. What comes of a window that has ended meanwhile is another's.
    pub(super) fn take(&mut self, told: Vec<Told>, clocks: &Clocks) -> Taken {
        let mut taken = Taken::default();
        for Told { place, what } in told {
            let is_settled = |tracked: &&mut Tracked| matches!(tracked.doing, Doing::Settled);
            let Some(tracked) = self.get(place).filter(|tracked| !is_settled(tracked)) else { continue };
            match what {
                Ok(Fetched { mut batch, sent, received, room }) => {
                    batch.interval = clocks.interval(sent, received);
                    let by = tracked.take(&mut batch);
                    if by.state != WindowState::Open {
                        tracked.settle();
                    }
                    match taken.advances.entry(place) {
                        Entry::Vacant(entry) => drop(entry.insert(by)),
                        Entry::Occupied(mut entry) => entry.get_mut().and(by),
                    }
                    taken.batches.entry(place.0).or_default().push(batch);
                    taken.rooms.extend(room);
                }
                Err(error) => taken.failed.push((place, error)),
            }
        }
        taken
    }

    /// Splits windows where that lets `free` more be fetched at once: changes them here, and gives what there is to store.
    pub(super) fn split(&mut self, at_once: usize, as_of: Option<Millis>) -> Vec<NewWindow> {
        let free = self.free(at_once);
        if free == 0 {
            return Vec::new();
        }
        let of_ledger = as_of.and_then(|as_of| split::ledger_split(&self.spans(), as_of.0 / 1000));
        let mut new: Vec<NewWindow> = of_ledger.into_iter().filter_map(|split| self.apply(split)).collect();
        let splits = split::splits(&self.spans(), free - new.len());
        new.extend(splits.into_iter().filter_map(|split| self.apply(split)));
        new
    }

    /// Whether every window that is fetched has shown its first page.
    pub(super) fn has_first_pages(&self) -> bool {
        let is_unread =
            |tracked: &&Tracked| matches!(tracked.doing, Doing::Fetching(_)) && tracked.pages_read == 0;
        !self.tracked.iter().any(|tracked| is_unread(&tracked))
    }

    pub(super) fn apply(&mut self, Split { place, at_secs, pages }: Split) -> Option<NewWindow> {
        let of = self.tracked.iter().filter(|tracked| tracked.window.resource == place.0);
        let n = of.map(|tracked| tracked.window.n).max()? + 1;
        let tracked = self.get(place)?;
        let older = tracked.window.split(at_secs, n)?;
        let from_secs = tracked.window.from_secs;
        tracked.assumed_pages = (tracked.assumed_pages - pages).max(0.0);
        self.tracked.push(Tracked::new(older.clone(), pages));
        Some(NewWindow { of: place, from_secs, older })
    }

    /// Splits that are stored count from now on for what is asked of Stripe.
    pub(super) fn follow_splits(&self, new: &[NewWindow]) {
        for NewWindow { of, from_secs, .. } in new {
            if let Some(tracked) = self.tracked.iter().find(|tracked| tracked.window.place() == *of) {
                tracked.from_secs.store(*from_secs, Ordering::Release);
            }
        }
    }

    /// Pages that resources are expected to have left.
    pub(super) fn pages_left(&self) -> BTreeMap<Resource, f64> {
        split::pages_left(&self.spans())
    }

    fn spans(&self) -> Vec<Span> {
        let span = |tracked: &Tracked| Span {
            place: tracked.window.place(),
            from_secs: tracked.window.from_secs,
            to_secs: tracked.window.to_secs,
            is_open: !matches!(tracked.doing, Doing::Settled),
            pages: tracked.window.pages,
            read: tracked.read,
            is_proven: tracked.pages_read > 1,
            assumed_pages: tracked.assumed_pages,
        };
        self.tracked.iter().map(span).collect()
    }
}

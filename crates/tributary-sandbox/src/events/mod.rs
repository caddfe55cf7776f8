//! Events: what happened to an account's objects within the last 30 days.
//!
//! Those of the generated history are a few bytes each and rendered from the rows as they stood at that moment. Those of
//! writes and of passing time keep the object as it was written then.

mod bills;
mod diff;
mod history;
mod note;
mod past;
mod render;
mod types;

use std::collections::BTreeMap;

pub(crate) use diff::previous_attributes;
pub(crate) use note::Moment;
pub(crate) use render::{event, in_version};
pub(crate) use types::{EventType, updated};

/// How long an event can be listed and retrieved, in seconds.
pub(crate) const RETENTION_SECS: u32 = 30 * 86_400;

/// An event of the generated history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PastEvent {
    pub(crate) created: u32,
    /// The place of the object it speaks of.
    pub(crate) place: u32,
    pub(crate) what: EventType,
}

/// An event of a write, or of passing time.
pub(crate) struct Written {
    pub(crate) created: u32,
    pub(crate) what: EventType,
    /// The object as it was then, JSON in [`STRIPE_VERSION`](crate::STRIPE_VERSION); empty once the event expired.
    pub(crate) object: Box<str>,
    /// The former values of what an update changed, JSON.
    pub(crate) previous: Option<Box<str>>,
    /// The request that did it, none where time did.
    pub(crate) request: Option<Box<str>>,
    pub(crate) idempotency_key: Option<Box<str>>,
}

/// How the deliveries of one event stand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Endpoints that have yet to accept it.
    pub(crate) waiting: u16,
    /// Endpoints that never did.
    pub(crate) lost: u16,
}

/// An account's events in one mode, oldest first: those of the history, then those written.
pub(crate) struct Events {
    past: Vec<PastEvent>,
    written: Vec<Written>,
    /// By place; events that no endpoint waits for have none.
    tallies: BTreeMap<u32, Tally>,
    /// How many are older than the retention.
    pub(crate) expired: usize,
    /// The version that events are rendered in: the account's default.
    pub(crate) api_version: String,
}

/// One event, of either origin.
#[derive(Clone, Copy)]
pub(crate) enum AnyEvent<'a> {
    Past(&'a PastEvent),
    Written(&'a Written),
}

impl AnyEvent<'_> {
    pub(crate) fn created(self) -> u32 {
        match self {
            AnyEvent::Past(event) => event.created,
            AnyEvent::Written(event) => event.created,
        }
    }

    pub(crate) fn what(self) -> EventType {
        match self {
            AnyEvent::Past(event) => event.what,
            AnyEvent::Written(event) => event.what,
        }
    }
}

impl Default for Events {
    fn default() -> Self {
        Events {
            past: Vec::new(),
            written: Vec::new(),
            tallies: BTreeMap::new(),
            expired: 0,
            api_version: crate::STRIPE_VERSION.to_owned(),
        }
    }
}

impl Events {
    pub(crate) fn len(&self) -> usize {
        self.past.len() + self.written.len()
    }

    pub(crate) fn get(&self, place: usize) -> Option<AnyEvent<'_>> {
        match place.checked_sub(self.past.len()) {
            None => self.past.get(place).map(AnyEvent::Past),
            Some(place) => self.written.get(place).map(AnyEvent::Written),
        }
    }

    /// How the deliveries of the event at `place` stand.
    pub(crate) fn tally(&self, place: usize) -> Tally {
        let tally = u32::try_from(place).ok().and_then(|place| self.tallies.get(&place));
        tally.copied().unwrap_or_default()
    }

    /// Counts one more endpoint that the event at `place` is sent to.
    pub(crate) fn await_delivery(&mut self, place: u32) {
        self.tallies.entry(place).or_default().waiting += 1;
    }

    /// Counts a delivery that ended, well or for good.
    pub(crate) fn settle_delivery(&mut self, place: u32, delivered: bool) {
        let Some(tally) = self.tallies.get_mut(&place) else { return };
        tally.waiting = tally.waiting.saturating_sub(1);
        tally.lost += u16::from(!delivered);
        if tally.waiting == 0 && tally.lost == 0 {
            self.tallies.remove(&place);
        }
    }

    /// Forgets what happened longer ago than the retention, as of Unix second `now`.
    pub(crate) fn expire(&mut self, now: u32) {
        let oldest = now.saturating_sub(RETENTION_SECS);
        let past = self.past.partition_point(|event| event.created < oldest);
        let written = self.written.partition_point(|event| event.created < oldest);
        for event in self.written.iter_mut().take(written) {
            event.object = Box::default();
            event.previous = None;
        }
        self.expired = if past == self.past.len() { past + written } else { past };
    }

    /// Bytes that events hold, snapshots included.
    pub(crate) fn resident_bytes(&self) -> usize {
        let snapshots: usize = self.written.iter().map(|event| event.object.len()).sum();
        self.past.capacity() * size_of::<PastEvent>()
            + self.written.capacity() * size_of::<Written>()
            + snapshots
    }
}

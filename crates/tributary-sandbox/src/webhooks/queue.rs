//! Deliveries that wait for their moment, by the simulation's clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use tributary_core::Mode;

/// The most deliveries that wait; beyond them new ones are lost, and counted as failed.
pub(crate) const MAX_WAITING: usize = 20_000;

/// Seconds from one failed attempt to the next. Live deliveries are tried for three days, test ones three times more.
const LIVE_RETRIES: [u32; 11] =
    [300, 1800, 7200, 18_000, 36_000, 43_200, 43_200, 43_200, 43_200, 14_400, 10_800];
const TEST_RETRIES: [u32; 3] = [300, 3600, 7200];

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) enum Parcel {
    /// An event of an account's list, by account, mode and place.
    Listed(usize, Mode, u32),
    /// An event that no list holds: id, type and the whole event.
    Loose(Arc<LooseEvent>),
}

/// An event that only the application hears of.
#[derive(Debug)]
pub(crate) struct LooseEvent {
    pub(crate) id: String,
    pub(crate) event_type: &'static str,
    /// The event as it is sent, but for its `api_version`.
    pub(crate) body: serde_json::Value,
}

/// What a fault does to the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forgery {
    /// Signed with a secret that isn't the endpoint's.
    Signature,
    /// Signed so many seconds ago.
    Age(u64),
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// In the order of queueing.
    pub(crate) number: u64,
    /// The endpoint's number.
    pub(crate) endpoint: u64,
    pub(crate) parcel: Parcel,
    /// Attempts that failed so far.
    pub(crate) failures: usize,
    /// Unix milliseconds by the simulation's clock.
    pub(crate) due_ms: i64,
    pub(crate) forgery: Option<Forgery>,
}

/// When a delivery is tried again after so many failures, if it is.
pub(crate) fn retry_secs(mode: Mode, failures: usize) -> Option<u32> {
    let retries: &[u32] = if mode.is_live() { &LIVE_RETRIES } else { &TEST_RETRIES };
    retries.get(failures.checked_sub(1)?).copied()
}

/// What waits, in the order in which it is due.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: BTreeMap<(i64, u64), Delivery>,
    /// Held back until the next one for their endpoint was sent.
    held: BTreeMap<u64, Delivery>,
    /// Taken, and not settled yet.
    in_flight: usize,
    next_number: u64,
}

impl Queue {
    /// Queues an event for an endpoint; false where there is no room.
    pub(crate) fn push(
        &mut self,
        endpoint: u64,
        parcel: Parcel,
        due_ms: i64,
        forgery: Option<Forgery>,
    ) -> bool {
        let delivery = Delivery { number: self.next_number, endpoint, parcel, failures: 0, due_ms, forgery };
        self.next_number += 1;
        self.insert(delivery)
    }

    fn insert(&mut self, delivery: Delivery) -> bool {
        let room = self.waiting.len() < MAX_WAITING;
        if room {
            self.waiting.insert((delivery.due_ms, delivery.number), delivery);
        }
        room
    }

    /// Holds an event back until another one for the same endpoint is queued.
    pub(crate) fn hold(&mut self, endpoint: u64, parcel: Parcel, due_ms: i64) {
        self.release(endpoint);
        let delivery =
            Delivery { number: self.next_number, endpoint, parcel, failures: 0, due_ms, forgery: None };
        self.next_number += 1;
        self.held.insert(endpoint, delivery);
    }

    /// Queues what was held back for an endpoint, behind all that waits.
    pub(crate) fn release(&mut self, endpoint: u64) {
        if let Some(mut delivery) = self.held.remove(&endpoint) {
            delivery.number = self.next_number;
            self.next_number += 1;
            self.insert(delivery);
        }
    }

    /// Queues all that was held back.
    pub(crate) fn release_all(&mut self) {
        for endpoint in self.held.keys().copied().collect::<Vec<_>>() {
            self.release(endpoint);
        }
    }

    /// Takes the delivery that is due first, if one is.
    pub(crate) fn take_due(&mut self, now_ms: i64) -> Option<Delivery> {
        let first = self.waiting.first_entry()?;
        if first.key().0 > now_ms {
            return None;
        }
        self.in_flight += 1;
        Some(first.remove())
    }

    /// What was taken has ended, or came to nothing.
    pub(crate) fn settle(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// How many were taken and have not ended.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Queues a failed delivery again; false where no attempt is left or no room.
    pub(crate) fn again(&mut self, mut delivery: Delivery, mode: Mode, now_ms: i64) -> bool {
        delivery.failures += 1;
        delivery.forgery = None;
        let Some(secs) = retry_secs(mode, delivery.failures) else { return false };
        delivery.due_ms = now_ms + i64::from(secs) * 1000;
        self.insert(delivery)
    }

    /// Makes everything due at once.
    pub(crate) fn hurry(&mut self, now_ms: i64) {
        self.release_all();
        let waiting = std::mem::take(&mut self.waiting);
        for (_, mut delivery) in waiting {
            delivery.due_ms = delivery.due_ms.min(now_ms);
            self.waiting.insert((delivery.due_ms, delivery.number), delivery);
        }
    }

    /// When the first one is due.
    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        self.waiting.keys().next().map(|(due_ms, _)| *due_ms)
    }

    /// How many wait, those held back included.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len() + self.held.len()
    }

    /// Forgets what waits for an endpoint.
    pub(crate) fn forget(&mut self, endpoint: u64) {
        self.waiting.retain(|_, delivery| delivery.endpoint != endpoint);
        self.held.remove(&endpoint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(queue: &mut Queue, now_ms: i64) -> Vec<u32> {
        let place = |delivery: Delivery| match delivery.parcel {
            Parcel::Listed(_, _, place) => place,
            Parcel::Loose(_) => u32::MAX,
        };
        std::iter::from_fn(|| queue.take_due(now_ms)).map(place).collect()
    }

    fn parcel(place: u32) -> Parcel {
        Parcel::Listed(0, Mode::Test, place)
    }

    #[test]
    fn deliveries_come_when_they_are_due_in_order() {
        let mut queue = Queue::default();
        queue.push(1, parcel(0), 2000, None);
        queue.push(1, parcel(1), 1000, None);
        queue.push(2, parcel(2), 1000, None);
        assert_eq!(places(&mut queue, 999), [0_u32; 0]);
        assert_eq!(places(&mut queue, 1000), [1, 2]);
        queue.hurry(1500);
        assert_eq!(places(&mut queue, 1500), [0]);
    }

    #[test]
    fn what_is_held_back_follows_the_next_one() {
        let mut queue = Queue::default();
        queue.hold(1, parcel(0), 0);
        assert_eq!((places(&mut queue, 0).len(), queue.len()), (0, 1));
        queue.push(1, parcel(1), 0, None);
        queue.release(1);
        assert_eq!(places(&mut queue, 0), [1, 0]);
    }

    #[test]
    fn live_deliveries_are_tried_for_three_days_and_test_ones_four_times() {
        let tries = |mode| (1..100).map_while(|failures| retry_secs(mode, failures)).collect::<Vec<_>>();
        assert_eq!(tries(Mode::Test).len(), 3);
        let days = f64::from(tries(Mode::Live).iter().sum::<u32>()) / 86_400.0;
        assert!((2.9..=3.1).contains(&days), "{days}");
        let mut queue = Queue::default();
        queue.push(1, parcel(0), 0, Some(Forgery::Signature));
        let first = queue.take_due(0).unwrap();
        assert!(queue.again(first, Mode::Test, 0));
        let second = queue.take_due(300_000).unwrap();
        assert_eq!((second.failures, second.forgery), (1, None));
        let worn_out = Delivery { failures: 3, ..second };
        assert!(!queue.again(worn_out, Mode::Test, 0));
    }
}

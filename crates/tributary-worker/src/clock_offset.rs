//! The offset between our clock and Stripe's, from the `Date` headers of answers (rule E1).

use std::sync::{Mutex, MutexGuard, PoisonError};
use tributary_core::Millis;
use tributary_core::knowledge::Interval;

/// What is known of the offset: the bounds that every answer so far allows.
///
/// `Date` is cut to whole seconds and was written somewhere between sending and receiving, so one answer
/// allows a range of a second and the round trip. Answers together narrow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClockOffset {
    bounds_ms: Option<(i64, i64)>,
}

impl ClockOffset {
    /// Takes an answer into account. One that contradicts the others means that a clock was set: it counts alone.
    pub(crate) fn observe(&mut self, sent: Millis, received: Millis, date: Millis) {
        let (low, high) = (date.0 - received.0, date.0 + 999 - sent.0);
        self.bounds_ms = match self.bounds_ms {
            Some((l, h)) if l.max(low) <= h.min(high) => Some((l.max(low), h.min(high))),
            _ => Some((low, high.max(low))),
        };
    }

    /// As [`ClockOffset::observe`], of an answer that may not say its time.
    pub(crate) fn observe_answer(&mut self, sent: Millis, received: Millis, date: Option<Millis>) {
        if let Some(date) = date {
            self.observe(sent, received, date);
        }
    }

    /// What to add to our clock to get Stripe's, in milliseconds; 0 before any answer.
    ///
    /// Clocks that may agree are taken to agree.
    pub(crate) fn ms(&self) -> i64 {
        match self.bounds_ms {
            Some((low, high)) if low <= 0 && 0 <= high => 0,
            Some((low, high)) => low.midpoint(high),
            None => 0,
        }
    }

    /// When the content of an answer was true, on Stripe's clock.
    pub(crate) fn interval(&self, sent: Millis, received: Millis) -> Interval {
        Interval::of_read(sent, received, self.ms())
    }
}

/// Stripe's clock as all the answers of a run show it, whoever gets them.
#[derive(Debug, Default)]
pub(crate) struct Clocks(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    offset: ClockOffset,
    as_of: Option<Millis>,
    is_stored: bool,
}

impl Clocks {
    /// `as_of` is what an earlier attempt of the run has stored.
    pub(crate) fn new(as_of: Option<Millis>) -> Self {
        let seen = Seen { as_of, is_stored: as_of.is_some(), ..Seen::default() };
        Clocks(Mutex::new(seen))
    }

    /// Takes an answer's times into account, as soon as it is there: the first one gives `as_of` (rule E2), and what
    /// other answers show must not be older than that.
    pub(crate) fn observe(&self, sent: Millis, received: Millis, date: Option<Millis>) {
        let Some(date) = date else { return };
        let mut seen = self.lock();
        seen.offset.observe(sent, received, date);
        seen.as_of.get_or_insert(date);
    }

    /// Stripe's clock at the run's first answer.
    pub(crate) fn as_of(&self) -> Option<Millis> {
        self.lock().as_of
    }

    /// `as_of`, the first time it is asked for after the first answer: for the commit that stores it.
    pub(crate) fn unstored_as_of(&self) -> Option<Millis> {
        let mut seen = self.lock();
        let as_of = seen.as_of.filter(|_| !seen.is_stored);
        seen.is_stored |= as_of.is_some();
        as_of
    }

    /// As [`ClockOffset::ms`].
    pub(crate) fn offset_ms(&self) -> i64 {
        self.lock().offset.ms()
    }

    /// As [`ClockOffset::interval`].
    pub(crate) fn interval(&self, sent: Millis, received: Millis) -> Interval {
        self.lock().offset.interval(sent, received)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // Whole after each call, so that a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers whose `Date` is `offset` off, at every phase of a second.
    fn observed(offset: i64) -> ClockOffset {
        let mut clock = ClockOffset::default();
        for at in (0..5_000).step_by(137) {
            let date = (at + offset).div_euclid(1000) * 1000;
            clock.observe(Millis(at), Millis(at + 20), Millis(date));
        }
        clock
    }

    #[test]
    fn the_offset_is_found_to_a_tenth_of_a_second() {
        for offset in [-3_600_000, -4_321, 2_500, 90_000_000] {
            let found = observed(offset).ms();
            assert!((found - offset).abs() < 100, "{found} for {offset}");
        }
    }

    #[test]
    fn clocks_that_may_agree_are_taken_to_agree() {
        assert_eq!(observed(0).ms(), 0);
        assert_eq!(ClockOffset::default().ms(), 0);
    }

    #[test]
    fn the_first_answer_of_a_run_fixes_its_moment_which_is_stored_once() {
        let clocks = Clocks::new(None);
        clocks.observe(Millis(1_000), Millis(1_020), None);
        assert_eq!((clocks.as_of(), clocks.unstored_as_of()), (None, None));
        clocks.observe(Millis(1_000), Millis(1_020), Some(Millis(1_000)));
        clocks.observe(Millis(5_000), Millis(5_020), Some(Millis(5_000)));
        assert_eq!(clocks.as_of(), Some(Millis(1_000)));
        assert_eq!((clocks.unstored_as_of(), clocks.unstored_as_of()), (Some(Millis(1_000)), None));
        assert_eq!(Clocks::new(Some(Millis(7))).unstored_as_of(), None);
    }

    #[test]
    fn a_clock_that_is_set_is_followed() {
        let mut clock = observed(0);
        clock.observe(Millis(10_000), Millis(10_010), Millis(70_000));
        assert!((clock.ms() - 60_000).abs() < 1_100);
    }
}

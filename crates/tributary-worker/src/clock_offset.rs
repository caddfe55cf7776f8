//! The offset between our clock and Stripe's, from the `Date` headers of answers (rule E1).

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
    fn a_clock_that_is_set_is_followed() {
        let mut clock = observed(0);
        clock.observe(Millis(10_000), Millis(10_010), Millis(70_000));
        assert!((clock.ms() - 60_000).abs() < 1_100);
    }
}

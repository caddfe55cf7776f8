//! Which of two readings of an object is newer (rule E1), as a pure function.
//!
//! A reading is known to have been true at some moment of an interval on Stripe's clock. Intervals that
//! overlap can't be ordered, so the object is read once more.

use crate::clock::Millis;

/// When something was true: at some moment between `from` and `to`, on Stripe's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The earliest moment.
    pub from: Millis,
    /// The latest moment; not before `from`.
    pub to: Millis,
}

impl Interval {
    /// A read sent and received at these moments of our clock, `offset_ms` being what must be added to our
    /// clock to get Stripe's. A second is added on both ends, because Stripe tells time in seconds.
    pub fn of_read(sent: Millis, received: Millis, offset_ms: i64) -> Self {
        let to = received.max(sent);
        Interval { from: sent.plus_ms(offset_ms - 1000), to: to.plus_ms(offset_ms + 1000) }
    }

    /// An event's snapshot: true within the second that the event names.
    pub fn of_event(created_secs: i64) -> Self {
        let from = Millis::from_secs(created_secs);
        Interval { from, to: from.plus_ms(1000) }
    }
}

/// What is stored of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// When it was true.
    pub interval: Interval,
    /// Digest of its content.
    pub digest: i64,
    /// Whether it is a tombstone.
    pub deleted: bool,
}

/// Where a reading came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An answer of Stripe's to a request of ours.
    Read,
    /// An event's payload.
    Event,
}

/// What to do with a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is stored: store it.
    Insert,
    /// It is newer and differs: replace what is stored.
    Replace,
    /// It says the same: only the interval moves.
    Confirm,
    /// It is older: forget it.
    Drop,
    /// Order can't be known: read the object again.
    Reread,
}

/// Decides what becomes of `new` where `stored` is known (rule E1).
///
/// A tombstone is lifted only by a read.
pub fn decide(stored: Option<&Known>, new: &Known, source: Source) -> Verdict {
    let Some(stored) = stored else { return Verdict::Insert };
    if new.interval.to < stored.interval.from {
        return Verdict::Drop;
    }
    if stored.digest == new.digest && stored.deleted == new.deleted {
        return if new.interval.to > stored.interval.to { Verdict::Confirm } else { Verdict::Drop };
    }
    if new.interval.from >= stored.interval.to {
        let lifts = stored.deleted && !new.deleted;
        return if lifts && source == Source::Event { Verdict::Reread } else { Verdict::Replace };
    }
    Verdict::Reread
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(from: i64, to: i64, digest: i64) -> Known {
        Known { interval: Interval { from: Millis(from), to: Millis(to) }, digest, deleted: false }
    }

    #[test]
    fn newer_knowledge_replaces_older_is_dropped_and_overlap_is_read_again() {
        let stored = known(1000, 3000, 7);
        assert_eq!(decide(None, &stored, Source::Read), Verdict::Insert);
        assert_eq!(decide(Some(&stored), &known(3000, 4000, 8), Source::Read), Verdict::Replace);
        assert_eq!(decide(Some(&stored), &known(2999, 4000, 8), Source::Read), Verdict::Reread);
        assert_eq!(decide(Some(&stored), &known(500, 999, 8), Source::Read), Verdict::Drop);
        assert_eq!(decide(Some(&stored), &known(500, 1000, 8), Source::Read), Verdict::Reread);
    }

    #[test]
    fn equal_content_only_moves_the_interval_forward() {
        let stored = known(1000, 3000, 7);
        assert_eq!(decide(Some(&stored), &known(2000, 4000, 7), Source::Read), Verdict::Confirm);
        assert_eq!(decide(Some(&stored), &known(500, 2500, 7), Source::Read), Verdict::Drop);
    }

    #[test]
    fn a_tombstone_is_lifted_only_by_a_read() {
        let stored = Known { deleted: true, ..known(1000, 3000, 7) };
        let new = known(5000, 6000, 8);
        assert_eq!(decide(Some(&stored), &new, Source::Event), Verdict::Reread);
        assert_eq!(decide(Some(&stored), &new, Source::Read), Verdict::Replace);
    }
}

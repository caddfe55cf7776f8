//! Time: UTC milliseconds since the Unix epoch, and a clock that tests can move.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A moment: UTC milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// The moment that Stripe writes as whole Unix seconds.
    pub fn from_secs(secs: i64) -> Self {
        Millis(secs.saturating_mul(1000))
    }

    /// Whole Unix seconds, rounded down.
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment `ms` milliseconds later (earlier when negative).
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Millis(self.0.saturating_add(ms))
    }

    /// The midnight in UTC that its day began with.
    #[must_use]
    pub fn day(self) -> Self {
        Millis(self.0 - self.0.rem_euclid(DAY_MS))
    }

    /// The midnight in UTC that its day ends with.
    #[must_use]
    pub fn next_day(self) -> Self {
        self.day().plus_ms(DAY_MS)
    }

    /// `2026-10-27T10:22:43Z`, with three fractional digits only where they aren't zero: the form of
    /// every date the API emits. Moments outside years 0 to 9999 clamp to those ends.
    pub fn to_iso(self) -> String {
        let clamped = self.0.clamp(-62_167_219_200_000, jiff::Timestamp::MAX.as_second() * 1000);
        let at = jiff::Timestamp::from_millisecond(clamped).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        if clamped.rem_euclid(1000) == 0 { format!("{at:.0}") } else { format!("{at:.3}") }
    }

    /// Reads an ISO 8601 date-time; a date alone is midnight UTC, a time without an offset is UTC.
    pub fn parse_iso(text: &str) -> Option<Self> {
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Some(Millis(at.as_millisecond()));
        }
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        let at = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
        Some(Millis(at.as_millisecond()))
    }
}

impl From<i64> for Millis {
    fn from(ms: i64) -> Self {
        Millis(ms)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_iso())
    }
}

impl serde::Serialize for Millis {
    /// As [`Millis::to_iso`].
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_iso())
    }
}

impl utoipa::PartialSchema for Millis {
    fn schema() -> crate::schema::SchemaRef {
        let description = "A moment in UTC, as ISO 8601: `2026-10-27T10:22:43.250Z`. Milliseconds are left out where \
                           they are zero.";
        crate::schema::text("date-time", description)
    }
}

impl utoipa::ToSchema for Millis {
    fn name() -> std::borrow::Cow<'static, str> {
        "DateTime".into()
    }
}

/// Where "now" comes from: the system, or a value that a test sets.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Clock(Source::System)
    }

    /// A clock that stands at `at` until [`Clock::advance`] moves it; clones move together.
    pub fn fixed(at: Millis) -> Self {
        Clock(Source::Fixed(Arc::new(AtomicI64::new(at.0))))
    }

    /// The present moment.
    pub fn now(&self) -> Millis {
        match &self.0 {
            Source::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
                Err(before) => Millis(-i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX)),
            },
            Source::Fixed(at) => Millis(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock on; the system's clock doesn't move.
    pub fn advance(&self, by: Duration) {
        if let Source::Fixed(at) = &self.0 {
            at.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_of_utc_and_ends_where_the_next_begins() {
        let midnight = Millis(1_767_225_600_000);
        for at in [midnight, midnight.plus_ms(1), midnight.plus_ms(DAY_MS - 1)] {
            assert_eq!((at.day(), at.next_day()), (midnight, midnight.plus_ms(DAY_MS)), "{at}");
        }
        assert_eq!((Millis(-1).day(), Millis(-1).next_day()), (Millis(-DAY_MS), Millis(0)));
    }

    #[test]
    fn dates_are_emitted_in_utc_and_read_back() {
        assert_eq!(Millis(0).to_iso(), "1970-01-01T00:00:00Z");
        assert_eq!(Millis(1_767_225_600_123).to_iso(), "2026-01-01T00:00:00.123Z");
        assert_eq!(Millis::parse_iso("2026-01-01"), Some(Millis(1_767_225_600_000)));
        assert_eq!(Millis::parse_iso("2026-01-01T01:00:00+01:00"), Some(Millis(1_767_225_600_000)));
        assert_eq!(Millis::parse_iso("2026-01-01T00:00:00"), Some(Millis(1_767_225_600_000)));
        assert_eq!(Millis::parse_iso("yesterday"), None);
        assert_eq!(Millis(i64::MAX).to_iso(), "9999-12-30T22:00:00Z");
        assert_eq!(Millis(i64::MIN).to_iso(), "0000-01-01T00:00:00Z");
    }
}

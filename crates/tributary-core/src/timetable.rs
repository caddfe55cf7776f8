//! Pulling by the clock on the wall: a time of day in a time zone.

use crate::Millis;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

/// The days between two pulls by the clock at most: a year.
pub const DAYS_MAX: i64 = 366;

/// A time of day in a time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timetable {
    time: Time,
    zone: TimeZone,
    /// The zone's name, as it was given.
    zone_name: String,
}

/// What was given isn't a time of day in a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimetableProblem {
    /// Not a time of day.
    #[error("a time of day from 00:00 to 23:59 is expected")]
    TimeOfDay,
    /// Not a time zone.
    #[error("the name of a time zone is expected, such as Europe/Berlin or UTC")]
    TimeZone,
}

impl Timetable {
    /// Reads `03:30` and the IANA name of a zone, in any case.
    pub fn parse(time_of_day: &str, time_zone: &str) -> Result<Self, TimetableProblem> {
        let minute = minute_of_day(time_of_day).ok_or(TimetableProblem::TimeOfDay)?;
        Self::at_minute(minute, time_zone).ok_or(TimetableProblem::TimeZone)
    }

    /// So many minutes after midnight by the clock of a zone, as stored; none where this version knows no such zone.
    pub fn at_minute(minute: i64, time_zone: &str) -> Option<Self> {
        let (hour, minute) =
            (i8::try_from(minute.div_euclid(60)).ok()?, i8::try_from(minute.rem_euclid(60)).ok()?);
        let zone = zone(time_zone)?;
        let zone_name = zone.iana_name().unwrap_or(time_zone).to_owned();
        Some(Timetable { time: Time::new(hour, minute, 0, 0).ok()?, zone, zone_name })
    }

    /// Minutes after midnight: 0 to 1439.
    pub fn minute(&self) -> i64 {
        i64::from(self.time.hour()) * 60 + i64::from(self.time.minute())
    }

    /// `03:30`
    pub fn time_of_day(&self) -> String {
        format!("{:02}:{:02}", self.time.hour(), self.time.minute())
    }

    /// The zone's IANA name.
    pub fn time_zone(&self) -> &str {
        &self.zone_name
    }

    /// The `days`-th time that it is this time of day after a moment: always later than it. None where the calendar ends
    /// before.
    ///
    /// Where clocks are put forward over it, that is the moment at which they are; where they are put back over it, the
    /// first of both.
    pub fn after(&self, moment: Millis, days: i64) -> Option<Millis> {
        let moment = Timestamp::from_millisecond(moment.0).ok()?;
        // A gap may move the moment of a day past its midnight.
        let mut date = moment.to_zoned(self.zone.clone()).date().yesterday().ok()?;
        for _ in 0..4 {
            if self.on(date)? > moment {
                let last = date.checked_add(Span::new().try_days(days.clamp(1, DAYS_MAX) - 1).ok()?).ok()?;
                return Some(Millis(self.on(last)?.as_millisecond()));
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// When it is this time on a day.
    fn on(&self, date: Date) -> Option<Timestamp> {
        let meant = self.zone.to_ambiguous_timestamp(date.to_datetime(self.time));
        let is_skipped = matches!(meant.offset(), AmbiguousOffset::Gap { .. });
        let at = meant.compatible().ok()?;
        if !is_skipped {
            return Some(at);
        }
        let just_after = Timestamp::from_millisecond(at.as_millisecond() + 1).ok()?;
        Some(self.zone.preceding(just_after).next().map_or(at, |change| change.timestamp()))
    }
}

/// A zone by its IANA name.
fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

/// Whether a zone of that name is known.
pub fn is_time_zone(name: &str) -> bool {
    zone(name).is_some()
}

/// The names of all zones, in their order.
pub fn time_zones() -> Vec<String> {
    jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect()
}

/// A moment to the minute, by the clock of a zone, with the zone's abbreviation: `2026-11-21 15:02 CET`. In UTC where
/// the zone isn't known.
pub fn minute_in(moment: Millis, time_zone: &str) -> String {
    let zone = zone(time_zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_millisecond(moment.0).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone);
    at.strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// `03:30` as minutes after midnight.
fn minute_of_day(text: &str) -> Option<i64> {
    let digits = |part: &str, most: i64| {
        let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|number| is_number && *number <= most)
    };
    let (hour, minute) = text.split_once(':')?;
    Some(digits(hour, 23)? * 60 + digits(minute, 59)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY_MS: i64 = 86_400_000;

    fn iso(text: &str) -> Millis {
        Millis::parse_iso(text).unwrap()
    }

    fn at(time: &str, zone: &str) -> Timetable {
        Timetable::parse(time, zone).unwrap()
    }

    #[test]
    fn a_time_of_day_and_a_zone_are_read_and_anything_else_is_refused() {
        let read = at("03:05", "europe/berlin");
        assert_eq!(
            (read.minute(), read.time_of_day(), read.time_zone()),
            (185, "03:05".into(), "Europe/Berlin")
        );
        assert_eq!(Timetable::at_minute(185, "Europe/Berlin"), Some(read));
        assert_eq!(at("00:00", "UTC").time_zone(), "UTC");
        for time in ["", "3:05", "24:00", "23:60", "03:05:00", "+3:05", "０3:05", "noon", "03.05"] {
            assert_eq!(Timetable::parse(time, "UTC"), Err(TimetableProblem::TimeOfDay), "{time}");
        }
        for zone in ["", "Berlin", "Europe/Nowhere", "+02:00", "CET-1CEST", "Etc/Unknown", "../etc/passwd"] {
            assert_eq!(Timetable::parse("03:05", zone), Err(TimetableProblem::TimeZone), "{zone}");
        }
        assert_eq!(Timetable::at_minute(1440, "UTC"), None);
    }

    #[test]
    fn the_next_time_is_today_or_tomorrow_and_later_ones_follow_by_the_day() {
        let daily = at("03:00", "Europe/Berlin");
        assert_eq!(daily.after(iso("2026-11-21T00:00:00Z"), 1), Some(iso("2026-11-21T02:00:00Z")));
        assert_eq!(
            daily.after(iso("2026-11-21T02:00:00Z"), 1),
            Some(iso("2026-11-22T02:00:00Z")),
            "not at once again"
        );
        assert_eq!(daily.after(iso("2026-11-21T02:20:00Z"), 7), Some(iso("2026-11-28T02:00:00Z")));
        let far = at("00:30", "Pacific/Kiritimati");
        assert_eq!(far.after(iso("2026-11-21T10:29:59Z"), 1), Some(iso("2026-11-21T10:30:00Z")));
    }

    #[test]
    fn clocks_that_are_put_forward_over_it_have_it_at_the_moment_when_they_are() {
        let skipped = at("02:30", "Europe/Berlin");
        let first = skipped.after(iso("2026-03-28T12:00:00Z"), 1).unwrap();
        assert_eq!(first, iso("2026-03-29T01:00:00Z"), "there is no 02:30: it is 03:00 at once");
        assert_eq!(skipped.after(first, 1), Some(iso("2026-03-30T00:30:00Z")));
        let at_its_edge = at("02:00", "Europe/Berlin");
        assert_eq!(at_its_edge.after(iso("2026-03-28T12:00:00Z"), 1), Some(iso("2026-03-29T01:00:00Z")));
        // A whole day was left out.
        let samoa = at("09:00", "Pacific/Apia");
        let found = samoa.after(iso("2011-12-29T20:00:00Z"), 1);
        assert_eq!(found, Some(iso("2011-12-30T10:00:00Z")), "the moment at which the 31st began");
    }

    #[test]
    fn clocks_that_are_put_back_over_it_have_it_once() {
        let doubled = at("02:30", "Europe/Berlin");
        let first = doubled.after(iso("2026-10-24T12:00:00Z"), 1).unwrap();
        assert_eq!(first, iso("2026-10-25T00:30:00Z"));
        assert_eq!(doubled.after(first, 1), Some(iso("2026-10-26T01:30:00Z")), "not at the second 02:30");
    }

    #[test]
    fn moments_are_shown_by_the_clock_of_a_zone() {
        let moment = iso("2026-11-21T14:02:59Z");
        assert_eq!(minute_in(moment, "Europe/Berlin"), "2026-11-21 15:02 CET");
        assert_eq!(minute_in(moment, "UTC"), "2026-11-21 14:02 UTC");
        assert_eq!(minute_in(moment, "Nowhere"), "2026-11-21 14:02 UTC");
        assert!(time_zones().iter().any(|name| name == "America/New_York"));
        assert!(is_time_zone("Asia/Kolkata") && !is_time_zone("Asia"));
    }

    proptest! {
        #[test]
        fn it_is_never_early_never_twice_on_a_day_and_never_more_than_a_day_and_a_gap_away(
            minute in 0..1440_i64,
            zone in prop::sample::select(vec![
                "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca",
                "America/St_Johns", "Pacific/Chatham", "America/Sao_Paulo",
            ]),
            moment in iso("2000-01-01").0..iso("2060-01-01").0,
        ) {
            let timetable = Timetable::at_minute(minute, zone).unwrap();
            let mut last = Millis(moment);
            let mut dates = Vec::new();
            for _ in 0..4 {
                let next = timetable.after(last, 1).unwrap();
                prop_assert!(next > last);
                // The longest day has 25 hours.
                prop_assert!(next.0 - last.0 <= DAY_MS + 3_600_000 + 1);
                // Whatever moment before it is asked at, it is the next: it doesn't depend on when somebody looks.
                prop_assert_eq!(timetable.after(Millis((last.0 + next.0) / 2), 1), Some(next));
                prop_assert_eq!(timetable.after(Millis(next.0 - 1), 1), Some(next));
                let local = Timestamp::from_millisecond(next.0).unwrap().to_zoned(timetable.zone.clone());
                prop_assert!(local.time() >= timetable.time, "{local}");
                dates.push(local.date());
                last = next;
            }
            prop_assert!(dates.windows(2).all(|two| two[0] < two[1]), "{dates:?}");
        }

        #[test]
        fn several_days_are_as_many_times_one(minute in 0..1440_i64, days in 1..40_i64, moment in iso("2026-01-01").0..iso("2027-01-01").0) {
            let timetable = Timetable::at_minute(minute, "America/New_York").unwrap();
            let one_by_one = (0..days).try_fold(Millis(moment), |at, _| timetable.after(at, 1));
            prop_assert_eq!(timetable.after(Millis(moment), days), one_by_one);
        }
    }
}

//! The simulation's own time: the machine's, or one that stands still until it is moved.

use tributary_core::{Clock, Millis};

/// Where a sandbox's "now" comes from. Either can be moved forward, never back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockMode {
    /// The machine's time, and whatever it was moved by.
    #[default]
    Running,
    /// The end of the data set, and whatever it was moved by: what happens depends on nothing but what is asked.
    Still,
}

/// The furthest that one move goes: two years.
pub(crate) const MAX_ADVANCE_SECS: u32 = 2 * 366 * 86_400;

/// Now, for a data set that ends at `end`, after moves of `moved_ms` in all.
pub(crate) fn now(mode: ClockMode, end: Millis, moved_ms: i64) -> Millis {
    match mode {
        ClockMode::Running => Clock::system().now().plus_ms(moved_ms),
        ClockMode::Still => end.plus_ms(moved_ms),
    }
}

/// The value of a `Date` header: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(now: Millis) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let iso = Millis::from_secs(now.secs()).to_iso();
    let part = |from: usize, until: usize| iso.get(from..until).unwrap_or("00");
    let month: usize = part(5, 7).parse().unwrap_or(1);
    let month = MONTHS.get(month.wrapping_sub(1)).copied().unwrap_or("Jan");
    let day = usize::try_from(now.secs().div_euclid(86_400).rem_euclid(7)).unwrap_or(0);
    format!("{}, {} {month} {} {} GMT", DAYS[day % 7], part(8, 10), part(0, 4), part(11, 19))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_http_wants_them() {
        assert_eq!(http_date(Millis::from_secs(784_111_777)), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(Millis::from_secs(1_792_800_000)), "Sat, 24 Oct 2026 00:00:00 GMT");
    }

    #[test]
    fn a_still_clock_moves_only_when_it_is_moved() {
        let end = Millis::from_secs(1_750_000_000);
        assert_eq!(now(ClockMode::Still, end, 0), end);
        assert_eq!(now(ClockMode::Still, end, 5000), end.plus_ms(5000));
        let machine = Clock::system().now();
        assert!(now(ClockMode::Running, end, 60_000) >= machine.plus_ms(60_000));
    }
}

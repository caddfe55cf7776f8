//! Times in HTTP headers.

use crate::clock::Millis;
use std::time::Duration;

/// Reads an HTTP date, `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(text: &str) -> Option<Millis> {
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(Millis(at.as_millisecond()))
}

/// How long `Retry-After` asks to wait: seconds, or a date that is compared with the answer's own `Date`, so that
/// no clock but the sender's counts.
pub fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(secs) = value.trim().parse::<u64>() {
        return Some(Duration::from_secs(secs));
    }
    let (until, now) = (http_date(value)?, http_date(date?)?);
    u64::try_from(until.0 - now.0).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

    #[test]
    fn the_date_of_an_answer_is_read() {
        assert_eq!(http_date(DATE), Some(Millis(1_767_225_600_000)));
        assert_eq!(http_date("yesterday"), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |value| retry_after(value, Some(DATE));
        assert_eq!(after("3"), Some(Duration::from_secs(3)));
        assert_eq!(after("Thu, 01 Jan 2026 00:00:09 GMT"), Some(Duration::from_secs(9)));
        assert_eq!(after("Wed, 31 Dec 2025 00:00:00 GMT"), None);
        assert_eq!(after("soon"), None);
        assert_eq!(retry_after("Thu, 01 Jan 2026 00:00:09 GMT", None), None);
    }
}

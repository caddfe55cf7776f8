//! Values: what a property may hold, and how the text of a query becomes one.

use tributary_core::Millis;

/// What kind of value a property holds, and so which operators it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text or a word of a closed set: `=`, `!=`, `~`, without ASCII case.
    Text,
    /// An id: as text, and besides `>`, `<`, `>=`, `<=` by its bytes, so that a reader can go on after an id.
    Id,
    /// An amount or another number: all but `~`.
    Number,
    /// A moment: all but `~`.
    Date,
    /// `true` or `false`: `=` and `!=`.
    Flag,
}

/// A value of a property.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Text, as it stands.
    Text(String),
    /// Thousandths of the number: of the major unit, for amounts (rule M5).
    Number(i64),
    /// UTC milliseconds.
    Date(i64),
    /// True or false.
    Flag(bool),
}

/// A number in thousandths. None for what is no decimal number, has more than three decimals or is too large: a number
/// is compared as it is written or not at all.
pub(super) fn number(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = !whole.is_empty() && !digits.ends_with('.') && is_digits(whole) && is_digits(fraction);
    if !is_number || fraction.len() > 3 {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    format!("{sign}{whole}{fraction:0<3}").parse().ok()
}

/// A moment, and whether it is later than its millisecond tells: dates may have more than three fractional digits.
///
/// A date alone is its midnight in UTC, a time without an offset is UTC.
pub(super) fn date(text: &str) -> Option<(i64, bool)> {
    // In a URL that wasn't encoded, the + of an offset has become a blank.
    let mended = text.rfind(' ').filter(|at| text.contains(['T', 't']) && text.len() - at == 6).map(|at| {
        let (moment, offset) = text.split_at(at);
        format!("{moment}+{}", offset.trim_start())
    });
    let text = mended.as_deref().unwrap_or(text);
    // Cut to the millisecond that the moment lies in: reading would round towards 1970.
    let fraction_from = text.find(['.', ',']).map_or(text.len(), |at| at + 1);
    let (before, fraction) = text.split_at(fraction_from);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let (kept, rest) = fraction.split_at(digits.min(3));
    let (cut, after) = rest.split_at(digits - kept.len());
    let has_rest = cut.bytes().any(|digit| digit != b'0');
    let ms = Millis::parse_iso(&format!("{before}{kept}{after}"))?.0;
    Some((ms, has_rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        for (text, milli) in [
            ("100", 100_000),
            ("100.00", 100_000),
            ("-0.9", -900),
            ("+1.5", 1_500),
            ("0.001", 1),
            ("1.23400000", 1_234),
            ("-0", 0),
            ("9223372036854775.807", i64::MAX),
            ("-9223372036854775.808", i64::MIN),
        ] {
            assert_eq!(number(text), Some(milli), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            ".5",
            "1.",
            "1e3",
            "0x10",
            "1,5",
            "1 000",
            "0.0001",
            "9223372036854775.808",
            "NaN",
            "١",
            "--1",
            "1.2.3",
            "1.٠",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_read_in_every_form_that_clients_send() {
        let noon = 1_792_411_200_000;
        for text in [
            "2026-10-19T12:00:00Z",
            "2026-10-19T12:00:00",
            "2026-10-19T12:00",
            "2026-10-19T12:00:00.0000000Z",
            "2026-10-19T14:00:00+02:00",
            "2026-10-19T14:00:00 02:00",
            "2026-10-19T08:30:00-03:30",
        ] {
            assert_eq!(date(text), Some((noon, false)), "{text}");
        }
        assert_eq!(date("2026-10-19"), Some((noon - 12 * 3_600_000, false)));
        assert_eq!(date("2026-10-19T12:00:00.1230000Z"), Some((noon + 123, false)));
        assert_eq!(date("2026-10-19T12:00:00.1234567Z"), Some((noon + 123, true)));
        assert_eq!(date("1969-12-31T23:59:59.9999Z"), Some((-1, true)));
        assert_eq!(date("1969-12-31T23:59:59.1234567Z"), Some((-877, true)));
        for text in ["", "yesterday", "2026-13-01", "2026-02-30", "20261019x", "12:00", "1792411200"] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}

//! Decimal text, exactly: no floats (rule M5).

/// The most characters that are read. Stripe's have at most 12 decimal places and an i64 before them.
const CHARS_MAX: usize = 40;

/// `text / 10^exponent` as the shortest exact decimal text, which is also a JSON number; none if `text` is
/// not plain decimal text.
pub(super) fn shifted(text: &str, exponent: u32) -> Option<String> {
    if text.len() > CHARS_MAX {
        return None;
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    // Zeros in front, so that the point can move left past all digits.
    let places = exponent as usize;
    let padded = format!("{whole:0>width$}{fraction}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - fraction.len() - places);
    let whole = Some(whole.trim_start_matches('0')).filter(|whole| !whole.is_empty()).unwrap_or("0");
    let fraction = fraction.trim_end_matches('0');
    Some(match (whole, fraction) {
        ("0", "") => "0".to_owned(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tributary_core::money::decimal_text;

    #[test]
    fn the_point_moves_left_and_nothing_is_rounded() {
        let cases = [
            ("1050", 2, "10.5"),
            ("0.5", 2, "0.005"),
            ("12.345678901234", 2, "0.12345678901234"),
            ("100", 0, "100"),
            ("0.25", 0, "0.25"),
            ("1500", 3, "1.5"),
            ("-7", 2, "-0.07"),
            ("-0", 2, "0"),
            ("0000", 2, "0"),
            ("00750.00", 2, "7.5"),
        ];
        for (text, exponent, expected) in cases {
            assert_eq!(shifted(text, exponent).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_plain_decimal_text_is_none() {
        for text in ["", ".", "-", "1.", ".5", "1e3", "+1", "1,5", "1.2.3", " 1", "--1", "٣", &"1".repeat(41)]
        {
            assert_eq!(shifted(text, 2), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whole_amounts_come_out_as_money_does(amount: i64, exponent in prop::sample::select(&[0_u32, 2, 3][..])) {
            prop_assert_eq!(shifted(&amount.to_string(), exponent), Some(decimal_text(amount, exponent)));
        }

        #[test]
        fn every_result_is_a_json_number(text in "-?[0-9]{1,19}(\\.[0-9]{1,12})?", exponent in 0_u32..4) {
            let result = shifted(&text, exponent).unwrap();
            prop_assert!(serde_json::from_str::<serde_json::Number>(&result).is_ok(), "{}", result);
        }
    }
}

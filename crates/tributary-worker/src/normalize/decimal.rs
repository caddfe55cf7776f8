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

/// Decimal places of a price per unit where it has no end.
const PLACES: u32 = 12;

/// `amount / quantity`, in major units: exact, or rounded to twelve places, fewer for amounts so large that they
/// wouldn't fit. None if the quantity is not plain decimal text.
pub(super) fn per_unit(amount_minor: i64, quantity: &str, exponent: u32) -> Option<String> {
    let (digits, places) = parsed(quantity)?;
    if digits == 0 {
        return Some("0".to_owned()).filter(|_| amount_minor == 0);
    }
    [PLACES, 6, exponent].into_iter().find_map(|wanted| {
        let scale = 10_i128.checked_pow((wanted + places).checked_sub(exponent)?)?;
        let scaled = i128::from(amount_minor).checked_mul(scale)?;
        // Half away from zero.
        let half = digits.abs() / 2 * scaled.signum();
        shifted(&(scaled.checked_add(half)? / digits).to_string(), wanted)
    })
}

/// Whether `unit × quantity` is the amount, but for less than one minor unit of rounding. All in minor units.
pub(super) fn is_near(unit: &str, quantity: &str, amount_minor: i64) -> bool {
    let near = || {
        let ((unit, unit_places), (quantity, places)) = (parsed(unit)?, parsed(quantity)?);
        let scale = 10_i128.checked_pow(unit_places + places)?;
        let product = unit.checked_mul(quantity)?;
        let difference = product.checked_sub(i128::from(amount_minor).checked_mul(scale)?)?;
        Some(difference.abs() < scale)
    };
    near().unwrap_or(false)
}

/// Decimal text as an integer and how many of its digits are decimal places.
fn parsed(text: &str) -> Option<(i128, u32)> {
    let plain = shifted(text, 0)?;
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    Some((format!("{whole}{fraction}").parse().ok()?, u32::try_from(fraction.len()).ok()?))
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

    #[test]
    fn a_price_per_unit_is_exact_where_it_can_be_and_else_rounded() {
        let cases = [
            (1000, "4", 2, "2.5"),
            (500, "11", 2, "0.454545454545"),
            (200, "3", 2, "0.666666666667"),
            (-200, "3", 2, "-0.666666666667"),
            (-1250, "-1", 2, "12.5"),
            (7, "0.5", 0, "14"),
            (1234, "2", 3, "0.617"),
            (0, "0", 2, "0"),
            (i64::MAX, "1", 2, "92233720368547758.07"),
        ];
        for (amount, quantity, exponent, expected) in cases {
            assert_eq!(
                per_unit(amount, quantity, exponent).as_deref(),
                Some(expected),
                "{amount}/{quantity}"
            );
        }
        assert_eq!(per_unit(1, "0", 2), None);
        assert_eq!(per_unit(1, "two", 2), None);
    }

    #[test]
    fn a_listed_price_holds_while_only_rounding_parts_it_from_the_amount() {
        assert!(is_near("0.5", "3", 2) && is_near("0.5", "3", 1) && is_near("250", "4", 1000));
        assert!(!is_near("0.5", "3", 3) && !is_near("250", "4", 1001) && !is_near("x", "4", 1000));
        assert!(!is_near("123456789012345678", "123456789012345678901234567890", 1));
    }

    proptest! {
        #[test]
        fn units_times_their_price_are_the_amount_again(
            amount in -1_000_000_000_000_i64..1_000_000_000_000, quantity in 1_i64..100_000, exponent in prop::sample::select(&[0_u32, 2, 3][..])
        ) {
            let unit = per_unit(amount, &quantity.to_string(), exponent).unwrap();
            let (digits, places) = parsed(&unit).unwrap();
            let back = digits * i128::from(quantity) * 10_i128.pow(exponent);
            let off = (back - i128::from(amount) * 10_i128.pow(places)).abs();
            prop_assert!(off * 2 < 10_i128.pow(places), "{} x {}", unit, quantity);
        }

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

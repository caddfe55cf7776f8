//! Decimals: exact JSON numbers in major units (rule M5).

use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;
use std::str::FromStr;
use tributary_core::Currency;
use tributary_core::schema::SchemaRef;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// A decimal number that is written to JSON digit by digit, as a number: it never becomes a
/// floating-point number on the way, so what is read back is what was meant.
///
/// It must be written straight to text: `serde_json::to_value` would turn it into a float.
#[derive(Clone, PartialEq, Eq)]
pub struct Decimal(String);

/// Text that is not a plain decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number: digits, at most one point and a minus sign are expected")]
pub struct NotADecimal;

impl Decimal {
    /// The amount in major units: 5000 USD is 50, −90 USD is −0.9, 500 JPY is 500.
    pub fn from_minor(amount_minor: i64, currency: Currency) -> Self {
        Decimal(currency.decimal(amount_minor))
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    /// Reads what JSON has for numbers without an exponent: no plus sign, no leading zeros, and digits on
    /// both sides of the point.
    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if are_digits(whole) && are_digits(fraction) && !leading_zero {
            Ok(Decimal(text.to_owned()))
        } else {
            Err(NotADecimal)
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl PartialSchema for Decimal {
    fn schema() -> SchemaRef {
        let description = "An exact decimal number, in the currency's major unit: 12.5 is twelve dollars and fifty \
                           cents. Read it as a decimal, not as a binary float.";
        let number = ObjectBuilder::new().schema_type(Type::Number).description(Some(description));
        number.format(Some(SchemaFormat::Custom("decimal".to_owned()))).into()
    }
}

impl ToSchema for Decimal {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(decimal: &Decimal) -> String {
        serde_json::to_string(decimal).unwrap()
    }

    /// Reads decimal text back into units of `10^-exponent` by integer arithmetic alone.
    fn units(text: &str, exponent: u32) -> i128 {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        assert!(fraction.len() <= exponent as usize && !fraction.ends_with('0'), "{text}");
        format!("{whole}{fraction:0<width$}", width = exponent as usize).parse().unwrap()
    }

    #[test]
    fn amounts_are_json_numbers_in_major_units() {
        let of = |amount, code: &str| json(&Decimal::from_minor(amount, code.parse().unwrap()));
        assert_eq!(of(5000, "USD"), "50");
        assert_eq!(of(-90, "GBP"), "-0.9");
        assert_eq!(of(500, "JPY"), "500");
        assert_eq!(of(1, "KWD"), "0.001");
        assert_eq!(of(0, "EUR"), "0");
    }

    #[test]
    fn amounts_that_a_float_would_round_keep_every_digit() {
        let amount = 9_007_199_254_740_993;
        assert_eq!(json(&Decimal::from_minor(amount, "USD".parse().unwrap())), "90071992547409.93");
        assert_eq!(json(&Decimal::from_minor(i64::MAX, "KWD".parse().unwrap())), "9223372036854775.807");
    }

    #[test]
    fn only_plain_decimals_are_read() {
        for good in ["0", "-0.5", "12.500000000001", "100"] {
            assert_eq!(json(&good.parse().unwrap()), good);
        }
        for bad in ["", "-", ".5", "5.", "1e3", "+1", "01", "1,5", "1.2.3", "NaN", " 1", "\"1\"", "1.-2"] {
            assert_eq!(bad.parse::<Decimal>(), Err(NotADecimal), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_of_every_currency_reads_back_to_the_same_integer(
            amount in any::<i64>(),
            code in prop::sample::select(vec!["USD", "JPY", "KWD", "ISK", "UGX", "MGA", "XXX"]),
        ) {
            let currency: Currency = code.parse().unwrap();
            let text = json(&Decimal::from_minor(amount, currency));
            prop_assert_eq!(units(&text, currency.exponent()), i128::from(amount));
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap().is_number());
        }

        #[test]
        fn what_is_accepted_as_a_decimal_is_a_json_number_of_the_same_text(text in "-?[0-9.eE+-]{0,12}") {
            if let Ok(decimal) = text.parse::<Decimal>() {
                prop_assert_eq!(json(&decimal), text);
            }
        }
    }
}

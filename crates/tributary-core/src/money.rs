//! Money: an integer in the currency's minor unit, and the currency (rule M5, invariant 1).
//!
//! Decimals exist only at the API's edge. They are built as text from the integer and the exponent,
//! never through a floating-point number.

use std::fmt;
use std::str::FromStr;

/// An ISO 4217 code in upper case, with the exponent that *Stripe* uses for it.
///
/// Stripe's exponents differ from ISO 4217's for ISK and UGX (Stripe: 2) and MGA (Stripe: 0).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Text that is not three ASCII letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a currency code: three letters are expected")]
pub struct NotACurrency;

/// An amount too large for the columns that hold it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the amount is out of range")]
pub struct OutOfRange;

/// Currencies whose minor unit is the major unit (Stripe's table of zero-decimal currencies).
const ZERO_DECIMAL: [&[u8; 3]; 15] = [
    b"BIF", b"CLP", b"DJF", b"GNF", b"JPY", b"KMF", b"KRW", b"MGA", b"PYG", b"RWF", b"VND", b"VUV", b"XAF",
    b"XOF", b"XPF",
];
/// Currencies with a thousandth as minor unit (Stripe's table of three-decimal currencies).
const THREE_DECIMAL: [&[u8; 3]; 5] = [b"BHD", b"JOD", b"KWD", b"OMR", b"TND"];

/// The currencies of ISO 4217 that people pay with, and those that Stripe still names after they were replaced. In
/// order.
const IN_USE: [&[u8; 3]; 162] = [
    b"AED", b"AFN", b"ALL", b"AMD", b"ANG", b"AOA", b"ARS", b"AUD", b"AWG", b"AZN", b"BAM", b"BBD", b"BDT",
    b"BGN", b"BHD", b"BIF", b"BMD", b"BND", b"BOB", b"BRL", b"BSD", b"BTN", b"BWP", b"BYN", b"BZD", b"CAD",
    b"CDF", b"CHF", b"CLF", b"CLP", b"CNY", b"COP", b"CRC", b"CUP", b"CVE", b"CZK", b"DJF", b"DKK", b"DOP",
    b"DZD", b"EGP", b"ERN", b"ETB", b"EUR", b"FJD", b"FKP", b"GBP", b"GEL", b"GHS", b"GIP", b"GMD", b"GNF",
    b"GTQ", b"GYD", b"HKD", b"HNL", b"HRK", b"HTG", b"HUF", b"IDR", b"ILS", b"INR", b"IQD", b"IRR", b"ISK",
    b"JMD", b"JOD", b"JPY", b"KES", b"KGS", b"KHR", b"KMF", b"KPW", b"KRW", b"KWD", b"KYD", b"KZT", b"LAK",
    b"LBP", b"LKR", b"LRD", b"LSL", b"LYD", b"MAD", b"MDL", b"MGA", b"MKD", b"MMK", b"MNT", b"MOP", b"MRU",
    b"MUR", b"MVR", b"MWK", b"MXN", b"MYR", b"MZN", b"NAD", b"NGN", b"NIO", b"NOK", b"NPR", b"NZD", b"OMR",
    b"PAB", b"PEN", b"PGK", b"PHP", b"PKR", b"PLN", b"PYG", b"QAR", b"RON", b"RSD", b"RUB", b"RWF", b"SAR",
    b"SBD", b"SCR", b"SDG", b"SEK", b"SGD", b"SHP", b"SLE", b"SLL", b"SOS", b"SRD", b"SSP", b"STD", b"STN",
    b"SVC", b"SYP", b"SZL", b"THB", b"TJS", b"TMT", b"TND", b"TOP", b"TRY", b"TTD", b"TWD", b"TZS", b"UAH",
    b"UGX", b"USD", b"UYU", b"UZS", b"VED", b"VES", b"VND", b"VUV", b"WST", b"XAF", b"XCD", b"XCG", b"XOF",
    b"XPF", b"YER", b"ZAR", b"ZMW", b"ZWG", b"ZWL",
];

impl Currency {
    /// ISO 4217's code for "no currency known".
    pub const UNKNOWN: Currency = Currency(*b"XXX");

    /// The code in upper case, `USD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Whether it is one that anybody pays with. Of others it isn't known what their minor unit is.
    pub fn is_known(&self) -> bool {
        IN_USE.binary_search(&&self.0).is_ok()
    }

    /// How many decimal digits the minor unit stands for: 0, 2 or 3. Codes that Stripe doesn't list count as 2.
    pub fn exponent(&self) -> u32 {
        if ZERO_DECIMAL.contains(&&self.0) {
            0
        } else if THREE_DECIMAL.contains(&&self.0) {
            3
        } else {
            2
        }
    }

    /// Thousandths of the major unit, so that 100.00 USD, 100 JPY and 100.000 KWD compare (rule M5).
    pub fn milli(&self, amount_minor: i64) -> Result<i64, OutOfRange> {
        let factor = 10_i64.pow(3 - self.exponent());
        amount_minor.checked_mul(factor).ok_or(OutOfRange)
    }

    /// The amount of which [`Currency::milli`] made `amount_milli`.
    pub fn minor(&self, amount_milli: i64) -> i64 {
        amount_milli / 10_i64.pow(3 - self.exponent())
    }

    /// The amount in major units as exact decimal text without trailing zeros: 5000 USD → `50`, -90 → `-0.9`.
    pub fn decimal(&self, amount_minor: i64) -> String {
        decimal_text(amount_minor, self.exponent())
    }
}

/// `amount / 10^exponent` as the shortest exact decimal text.
pub fn decimal_text(amount: i64, exponent: u32) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let digits = amount.unsigned_abs();
    let unit = 10_u64.pow(exponent);
    let (whole, rest) = (digits / unit, digits % unit);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{rest:0width$}", width = exponent as usize);
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_alphabetic) => {
                Ok(Currency([a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()]))
            }
            _ => Err(NotACurrency),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl serde::Serialize for Currency {
    /// As the code.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> crate::schema::SchemaRef {
        let description = "A currency's code in ISO 4217, in upper case; `XXX` where none is known.";
        crate::schema::text("iso-4217", description)
    }
}

impl utoipa::ToSchema for Currency {}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn amounts_follow_stripes_exponents_and_not_isos() {
        assert_eq!(currency("usd").decimal(5000), "50");
        assert_eq!(currency("usd").decimal(-90), "-0.9");
        assert_eq!(currency("usd").decimal(-5), "-0.05");
        assert_eq!(currency("jpy").decimal(500), "500");
        assert_eq!(currency("kwd").decimal(1230), "1.23");
        assert_eq!(currency("isk").decimal(50_000), "500");
        assert_eq!(currency("ugx").decimal(50_000), "500");
        assert_eq!(currency("mga").decimal(500), "500");
        assert_eq!(currency("usd").decimal(i64::MIN), "-92233720368547758.08");
    }

    #[test]
    fn a_hundred_of_each_currency_compares_equal_in_thousandths() {
        assert_eq!(currency("usd").milli(10_000), Ok(100_000));
        assert_eq!(currency("jpy").milli(100), Ok(100_000));
        assert_eq!(currency("kwd").milli(100_000), Ok(100_000));
        assert_eq!(currency("jpy").milli(i64::MAX), Err(OutOfRange));
        for code in ["usd", "jpy", "kwd"] {
            assert_eq!(currency(code).minor(currency(code).milli(-4_217).unwrap()), -4_217);
        }
    }

    #[test]
    fn every_currency_with_an_exponent_of_its_own_is_known_and_others_can_be_told() {
        assert!(IN_USE.is_sorted());
        let listed = ZERO_DECIMAL.iter().chain(&THREE_DECIMAL);
        assert!(listed.map(|code| Currency(**code)).all(|currency| currency.is_known()));
        assert!(currency("usd").is_known() && currency("gbp").is_known());
        assert!(!currency("qqq").is_known() && !Currency::UNKNOWN.is_known());
    }

    #[test]
    fn what_is_not_three_letters_is_not_a_currency() {
        for text in ["", "us", "usdd", "u5d", "€"] {
            assert_eq!(text.parse::<Currency>(), Err(NotACurrency), "{text}");
        }
    }
}

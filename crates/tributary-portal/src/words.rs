//! Words and figures for people.

use tributary_core::{Currency, DataType};

/// A data type for people.
pub(crate) fn data_type(data_type: DataType) -> &'static str {
    match data_type {
        DataType::CompanyInfo => "Company info",
        DataType::Customers => "Customers",
        DataType::Disputes => "Disputes",
        DataType::Locations => "Locations",
        DataType::Orders => "Orders",
        DataType::PaymentMethods => "Payment methods",
        DataType::Payments => "Payments",
        DataType::ProductCategories => "Product categories",
        DataType::Products => "Products",
        DataType::TaxComponents => "Tax components",
        DataType::Transactions => "Transactions",
    }
}

/// A count with its thousands apart: `412,300`.
pub(crate) fn count(count: i64) -> String {
    let sign = if count < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", grouped(count.unsigned_abs()))
}

/// An amount in major units with all digits of its currency, and the code: `−1,463,210.00 USD`.
pub(crate) fn amount(minor: i64, currency: Currency) -> String {
    let unit = 10_u64.pow(currency.exponent());
    let (whole, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let sign = if minor < 0 { "\u{2212}" } else { "" };
    let fraction = match currency.exponent() {
        0 => String::new(),
        digits => format!(".{rest:0width$}", width = digits as usize),
    };
    format!("{sign}{}{fraction} {currency}", grouped(whole))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_all_digits_of_their_currency() {
        let of = |minor: i64, code: &str| amount(minor, code.parse().unwrap());
        assert_eq!(of(146_321_000, "USD"), "1,463,210.00 USD");
        assert_eq!(of(-5, "usd"), "\u{2212}0.05 USD");
        assert_eq!(of(1000, "JPY"), "1,000 JPY");
        assert_eq!(of(1_234_567, "KWD"), "1,234.567 KWD");
        assert_eq!(of(i64::MIN, "JPY"), "\u{2212}9,223,372,036,854,775,808 JPY");
        assert_eq!((count(0), count(999), count(1000)), ("0".into(), "999".into(), "1,000".into()));
    }
}

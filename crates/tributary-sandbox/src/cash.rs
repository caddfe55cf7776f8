//! Currencies of the simulation: what one unit is worth, and what a payment in it costs.
//!
//! The rates and fees are modelling values of plausible size, not market data.

/// A currency, as its place in [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cash(u8);

struct Line {
    code: &'static str,
    /// Decimal digits of the minor unit, by Stripe's table.
    exponent: u32,
    /// Hundred-millionths of a US dollar per major unit.
    worth: u64,
    /// Fee on a domestic card payment in ten-thousandths.
    fee_bp: i64,
    /// The fixed part of that fee, in minor units.
    fee_fixed: i64,
    /// What a dispute costs, in minor units.
    dispute_fee: i64,
}

const fn line(code: &'static str, exponent: u32, worth: u64, fee: (i64, i64), dispute_fee: i64) -> Line {
    Line { code, exponent, worth, fee_bp: fee.0, fee_fixed: fee.1, dispute_fee }
}

const TABLE: [Line; 7] = [
    line("usd", 2, 100_000_000, (290, 30), 1500),
    line("eur", 2, 108_000_000, (150, 25), 2000),
    line("gbp", 2, 127_000_000, (150, 20), 2000),
    line("jpy", 0, 670_000, (360, 0), 1500),
    line("kwd", 3, 325_000_000, (290, 100), 4500),
    line("cad", 2, 73_000_000, (290, 30), 1500),
    line("aed", 2, 27_230_000, (290, 100), 6000),
];

pub(crate) const USD: Cash = Cash(0);
pub(crate) const EUR: Cash = Cash(1);
pub(crate) const GBP: Cash = Cash(2);
pub(crate) const JPY: Cash = Cash(3);
pub(crate) const KWD: Cash = Cash(4);
pub(crate) const CAD: Cash = Cash(5);
pub(crate) const AED: Cash = Cash(6);

/// Hundred-millionths: the scale of every exchange rate.
const RATE_UNIT: i128 = 100_000_000;

impl Cash {
    fn line(self) -> &'static Line {
        TABLE.get(usize::from(self.0)).unwrap_or(&TABLE[0])
    }

    /// The currency with this lower-case code.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        let place = TABLE.iter().position(|line| line.code == code)?;
        u8::try_from(place).ok().map(Cash)
    }

    /// The lower-case code, `usd`.
    pub(crate) fn code(self) -> &'static str {
        self.line().code
    }

    /// Decimal digits of the minor unit.
    pub(crate) fn exponent(self) -> u32 {
        self.line().exponent
    }

    /// What a dispute costs when it arrives, in minor units.
    pub(crate) fn dispute_fee(self) -> i64 {
        self.line().dispute_fee
    }

    /// The nearest payable amount to so many US cents. The last digit of three-decimal currencies is 0.
    pub(crate) fn of_usd_cents(self, cents: i64) -> i64 {
        let line = self.line();
        let minor =
            i128::from(cents) * 10_i128.pow(line.exponent) * RATE_UNIT / (100 * i128::from(line.worth));
        let minor = i64::try_from(minor).unwrap_or(i64::MAX).max(1);
        if line.exponent == 3 { (minor / 10).max(1) * 10 } else { minor }
    }

    /// Hundred-millionths of `to` per unit of `self`, swinging within ±2 % by `day`.
    pub(crate) fn rate_to(self, to: Cash, day: i64) -> u64 {
        let parity = i128::from(self.line().worth) * RATE_UNIT / i128::from(to.line().worth);
        let swing =
            i128::from(crate::dice::salted(&[u64::from(self.0), u64::from(to.0), day.unsigned_abs()]) % 401)
                - 200;
        u64::try_from(parity * (10_000 + swing) / 10_000).unwrap_or(1).max(1)
    }

    /// `amount_minor` of `self` in minor units of `to` at `rate` (major units), rounded half away from zero.
    pub(crate) fn convert(self, amount_minor: i64, to: Cash, rate: u64) -> i64 {
        let up = i128::from(amount_minor.unsigned_abs()) * i128::from(rate) * 10_i128.pow(to.exponent());
        let down = RATE_UNIT * 10_i128.pow(self.exponent());
        let rounded = i64::try_from((2 * up + down) / (2 * down)).unwrap_or(i64::MAX);
        if amount_minor < 0 { -rounded } else { rounded }
    }

    /// The card fee on `amount_minor`, settled in this currency.
    pub(crate) fn card_fee(self, amount_minor: i64, foreign_card: bool, converted: bool) -> i64 {
        let line = self.line();
        let bp = line.fee_bp + if foreign_card { 150 } else { 0 } + if converted { 100 } else { 0 };
        percentage(amount_minor, bp) + line.fee_fixed
    }

    /// The fee on a bank debit: 0.8 %, at most five US dollars' worth.
    pub(crate) fn debit_fee(self, amount_minor: i64) -> i64 {
        percentage(amount_minor, 80).min(self.of_usd_cents(500))
    }
}

/// `amount` × `bp` / 10,000, rounded half up, for amounts that aren't negative.
pub(crate) fn percentage(amount_minor: i64, bp: i64) -> i64 {
    amount_minor.saturating_mul(bp).saturating_add(5000) / 10_000
}

/// A rate as the shortest decimal number, `1.08`.
pub(crate) fn rate_text(rate: u64) -> String {
    tributary_core::money::decimal_text(i64::try_from(rate).unwrap_or(i64::MAX), 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_follow_the_worked_example() {
        assert_eq!(USD.card_fee(10_000, false, false), 320);
        assert_eq!(USD.card_fee(10_800, true, true), 613);
        assert_eq!(EUR.convert(10_000, USD, 108_000_000), 10_800);
    }

    #[test]
    fn conversion_respects_exponents_and_signs() {
        assert_eq!(JPY.convert(1000, USD, 670_000), 670);
        assert_eq!(USD.convert(670, JPY, 14_925_373_134), 1000);
        assert_eq!(KWD.convert(-1000, USD, 325_000_000), -325);
        assert_eq!(KWD.of_usd_cents(1234) % 10, 0);
        assert_eq!(rate_text(108_000_000), "1.08");
    }

    #[test]
    fn exponents_are_the_products_own() {
        for line in &TABLE {
            let currency: tributary_core::Currency = line.code.parse().unwrap();
            assert_eq!(currency.exponent(), line.exponent, "{}", line.code);
            assert_eq!(Cash::from_code(line.code).map(Cash::code), Some(line.code));
        }
    }
}

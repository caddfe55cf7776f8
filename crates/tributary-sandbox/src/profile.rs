//! The simulated merchants: where they are, what they settle in, what their buyers pay with.

use crate::cash::{AED, CAD, Cash, EUR, GBP, JPY, KWD, USD};
use crate::dice;

/// What distinguishes one merchant's account, the same in live and in test mode.
pub(crate) struct Profile {
    /// `acct_` and 16 letters and digits.
    pub(crate) id: String,
    /// Shown to people.
    pub(crate) name: String,
    /// ISO 3166 code.
    pub(crate) country: &'static str,
    /// Business days from a payment to its availability.
    pub(crate) delay_days: i64,
    /// IANA name.
    pub(crate) time_zone: &'static str,
    /// What balances are kept in; the first is the default currency.
    pub(crate) settles: &'static [Cash],
    /// What buyers also pay in; converted to the default currency.
    pub(crate) converts: &'static [Cash],
}

struct Place(&'static str, i64, &'static str, &'static [Cash], &'static [Cash]);

const PLACES: [Place; 5] = [
    Place("US", 2, "America/New_York", &[USD, CAD], &[EUR, JPY, KWD, GBP]),
    Place("GB", 3, "Europe/London", &[GBP, EUR], &[USD, JPY, KWD]),
    Place("JP", 4, "Asia/Tokyo", &[JPY, USD], &[EUR, KWD]),
    Place("AE", 3, "Asia/Dubai", &[KWD, USD], &[JPY, EUR, AED]),
    Place("IE", 3, "Europe/Dublin", &[EUR, GBP], &[USD, JPY, KWD]),
];

impl Profile {
    /// The merchant with this number, from 0.
    pub(crate) fn merchant(seed: u64, number: usize) -> Self {
        let place = &PLACES[number % PLACES.len()];
        Profile::at(place, account_id(seed, number as u64), format!("Sandbox Merchant {}", number + 1))
    }

    /// The platform's own account: it has no payments.
    pub(crate) fn platform(seed: u64) -> Self {
        Profile::at(&PLACES[0], account_id(seed, u64::MAX), "Sandbox Platform".to_owned())
    }

    fn at(place: &Place, id: String, name: String) -> Self {
        let &Place(country, delay_days, time_zone, settles, converts) = place;
        Profile { id, name, country, delay_days, time_zone, settles, converts }
    }

    /// The default currency.
    pub(crate) fn home(&self) -> Cash {
        self.settles.first().copied().unwrap_or(USD)
    }

    /// The balance that a payment in `currency` reaches.
    pub(crate) fn settlement(&self, currency: Cash) -> Cash {
        if self.settles.contains(&currency) { currency } else { self.home() }
    }

    /// The account id without `acct_` and its first character.
    pub(crate) fn tail(&self) -> &str {
        self.id.get(6..).unwrap_or("")
    }
}

fn account_id(seed: u64, number: u64) -> String {
    format!("acct_1{}", dice::text(dice::salted(&[seed, 0xACC7, number]), 15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_merchant_meets_currencies_without_and_with_three_decimals() {
        for number in 0..PLACES.len() {
            let profile = Profile::merchant(1, number);
            let all: Vec<Cash> = profile.settles.iter().chain(profile.converts).copied().collect();
            assert!(all.contains(&JPY) && all.contains(&KWD), "{}", profile.country);
            assert!(profile.converts.contains(&EUR) || profile.settles.contains(&EUR));
            assert_eq!(profile.id.len(), 21);
        }
    }
}

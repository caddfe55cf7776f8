//! Tax rates. What they take never changes; one that is no longer used is inactive.

use super::object;
use std::borrow::Cow;

object! {
    /// `/v1/tax_rates`
    TaxRate {
        /// When it was made.
        created: i64,
        /// What invoices call it.
        display_name: Cow<'a, str>,
        /// Whether prices include it.
        inclusive: bool,
        /// `percentage`, or `flat_amount` for what doesn't depend on the price; none for old ones, which are percentages.
        rate_type: Cow<'a, str>,
    }
    raw {
        /// Parts of a hundred, as Stripe wrote it; read it with [`TaxRate::percentage`].
        percentage,
    }
}

impl TaxRate<'_> {
    /// Parts of a hundred as decimal text; none for flat amounts.
    pub fn percentage(&self) -> Option<&str> {
        if self.rate_type.as_deref() == Some("flat_amount") {
            return None;
        }
        self.percentage.map(|raw| raw.get()).filter(|text| *text != "null")
    }
}

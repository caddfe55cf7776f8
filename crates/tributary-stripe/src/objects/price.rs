//! Prices of products.

use super::{Expandable, object, part};
use std::borrow::Cow;

object! {
    /// `/v1/prices`. Amount and currency never change; a price that is no longer sold is inactive.
    Price {
        /// Whether it can be used for new purchases.
        active: bool,
        /// `per_unit` or `tiered`.
        billing_scheme: Cow<'a, str>,
        /// When it was made.
        created: i64,
        /// Currency of the amounts.
        currency: Cow<'a, str>,
        /// Whether this is the stub of a deleted price.
        deleted: bool,
        /// Live or test mode.
        livemode: bool,
        /// The merchant's name for it, not shown to customers.
        nickname: Cow<'a, str>,
        /// What it is the price of.
        product: Expandable<'a>,
        /// How often it is due; none for one-time prices.
        recurring: Recurring<'a>,
        /// `exclusive`, `inclusive`, `unspecified`.
        tax_behavior: Cow<'a, str>,
        /// `graduated` or `volume`; none without tiers.
        tiers_mode: Cow<'a, str>,
        /// `one_time` or `recurring`.
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
        /// Per unit, in whole minor units; none for tiers and for fractions of the minor unit.
        unit_amount: i64,
        /// Per unit, in minor units as decimal text with up to 12 places (rule M7).
        unit_amount_decimal: Cow<'a, str>,
    }
    raw {
        /// The merchant's keys and values: a JSON object of texts.
        metadata,
    }
}

part! {
    /// A price as part of what is sold by it.
    EmbeddedPrice {
        /// Stripe's id.
        id: Cow<'a, str>,
        /// `per_unit` or `tiered`.
        billing_scheme: Cow<'a, str>,
        /// The merchant's name for it.
        nickname: Cow<'a, str>,
        /// What it is the price of.
        product: Expandable<'a>,
        /// How often it is due; none for one-time prices.
        recurring: Recurring<'a>,
        /// Per unit, in whole minor units; none for tiers and for fractions of the minor unit.
        unit_amount: i64,
        /// Per unit, in minor units as decimal text.
        unit_amount_decimal: Cow<'a, str>,
    }
}

part! {
    /// How often a recurring price is due.
    Recurring {
        /// `day`, `week`, `month`, `year`.
        interval: Cow<'a, str>,
        /// Every how many intervals.
        interval_count: i64,
        /// `licensed` or `metered`.
        usage_type: Cow<'a, str>,
    }
}

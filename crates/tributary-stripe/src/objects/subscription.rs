//! Subscriptions.

use super::{EmbeddedPrice, Expandable, object, part};
use std::borrow::Cow;

object! {
    /// `/v1/subscriptions`, with all its items.
    Subscription {
        /// When it will end, if it will.
        cancel_at: i64,
        /// Whether it ends with the present period.
        cancel_at_period_end: bool,
        /// When its end was asked for.
        canceled_at: i64,
        /// `charge_automatically` or `send_invoice`.
        collection_method: Cow<'a, str>,
        /// When it was made.
        created: i64,
        /// Currency of its prices.
        currency: Cow<'a, str>,
        /// Who subscribes.
        customer: Expandable<'a>,
        /// When it ended.
        ended_at: i64,
        /// What is subscribed to.
        items: SubscriptionItems<'a>,
        /// The newest invoice.
        latest_invoice: Expandable<'a>,
        /// When it began, which may be before it was made.
        start_date: i64,
        /// `incomplete`, `incomplete_expired`, `trialing`, `active`, `past_due`, `unpaid`, `canceled`, `paused`.
        status: Cow<'a, str>,
        /// End of the trial.
        trial_end: i64,
        /// Beginning of the trial.
        trial_start: i64,
    }
}

part! {
    /// The items of a subscription.
    SubscriptionItems {
        /// In the order of creation.
        data: Vec<SubscriptionItem<'a>>,
    }
}

part! {
    /// What is subscribed to.
    SubscriptionItem {
        /// Stripe's id.
        id: Cow<'a, str>,
        /// End of the present period.
        current_period_end: i64,
        /// Its beginning.
        current_period_start: i64,
        /// Its price.
        price: EmbeddedPrice<'a>,
        /// How many; none where usage decides.
        quantity: i64,
    }
}

//! Payment intents: what a customer is to pay, over all attempts.

use super::{Expandable, object, part};
use std::borrow::Cow;

object! {
    /// `/v1/payment_intents`. Its `client_secret` is not read, and cut before anything is stored.
    PaymentIntent {
        /// What is to be paid.
        amount: i64,
        /// What can still be captured.
        amount_capturable: i64,
        /// What was received.
        amount_received: i64,
        /// When it was cancelled.
        canceled_at: i64,
        /// Why: `abandoned`, `expired`, `requested_by_customer`, …
        cancellation_reason: Cow<'a, str>,
        /// `automatic`, `automatic_async`, `manual`.
        capture_method: Cow<'a, str>,
        /// Its charges; only in API versions before 2022-11-15. Read it with [`PaymentIntent::last_charge`].
        charges: EmbeddedCharges<'a>,
        /// When it was made.
        created: i64,
        /// The customer's currency.
        currency: Cow<'a, str>,
        /// The customer; none for guests.
        customer: Expandable<'a>,
        /// Free text.
        description: Cow<'a, str>,
        /// The newest attempt. Read it with [`PaymentIntent::last_charge`].
        latest_charge: Expandable<'a>,
        /// Live or test mode.
        livemode: bool,
        /// `requires_payment_method`, `processing`, `requires_capture`, `canceled`, `succeeded`, …
        status: Cow<'a, str>,
    }
    raw {
        /// The merchant's keys and values: a JSON object of texts.
        metadata,
    }
}

impl PaymentIntent<'_> {
    /// The id of the newest attempt, wherever this API version keeps it.
    pub fn last_charge(&self) -> Option<&str> {
        let embedded = || self.charges.as_ref()?.data.as_ref()?.first();
        self.latest_charge.as_ref().or_else(embedded).map(Expandable::as_str)
    }
}

part! {
    /// A list of charges, newest first.
    EmbeddedCharges {
        /// The charges.
        data: Vec<Expandable<'a>>,
    }
}

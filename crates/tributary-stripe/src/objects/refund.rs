//! Refunds: money given back for a charge.

use super::{Expandable, object};
use std::borrow::Cow;

object! {
    /// `/v1/refunds`. It has no `livemode`. Releasing an authorization makes a refund too, one without a
    /// balance transaction (rule M1).
    Refund {
        /// What is given back, positive.
        amount: i64,
        /// Its line in the ledger; none when no money moved.
        balance_transaction: Expandable<'a>,
        /// The charge.
        charge: Expandable<'a>,
        /// When it was made.
        created: i64,
        /// The charge's currency.
        currency: Cow<'a, str>,
        /// The customer; none for guests, and where this API version doesn't tell.
        customer: Expandable<'a>,
        /// Free text.
        description: Cow<'a, str>,
        /// The line that takes the money back when the refund failed.
        failure_balance_transaction: Expandable<'a>,
        /// Why it failed.
        failure_reason: Cow<'a, str>,
        /// The intent of the charge.
        payment_intent: Expandable<'a>,
        /// The id of the payment method that is paid back; none where this API version doesn't tell.
        payment_method: Expandable<'a>,
        /// `duplicate`, `fraudulent`, `requested_by_customer`, `expired_uncaptured_charge`.
        reason: Cow<'a, str>,
        /// `pending`, `requires_action`, `succeeded`, `failed`, `canceled`.
        status: Cow<'a, str>,
    }
    raw {
        /// The merchant's keys and values: a JSON object of texts.
        metadata,
    }
}

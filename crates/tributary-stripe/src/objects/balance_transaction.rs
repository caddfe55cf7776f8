//! Balance transactions: the ledger. They never change, but for `status` when time has passed.

use super::{Expandable, object, part};
use std::borrow::Cow;

object! {
    /// `/v1/balance_transactions`, in the currency of settlement. It has no `livemode`.
    BalanceTransaction {
        /// Gross amount, signed: money in is positive.
        amount: i64,
        /// When the money can be paid out.
        available_on: i64,
        /// `payments`, `issuing`, …: which balance it moves.
        balance_type: Cow<'a, str>,
        /// When it was booked.
        created: i64,
        /// Currency of settlement.
        currency: Cow<'a, str>,
        /// Free text.
        description: Cow<'a, str>,
        /// What Stripe kept; positive is a cost.
        fee: i64,
        /// What the fee is made of.
        fee_details: Vec<FeeDetail<'a>>,
        /// `amount - fee`.
        net: i64,
        /// Stripe's category for reports: `charge`, `partial_capture_reversal`, `dispute`, …
        reporting_category: Cow<'a, str>,
        /// What it is about: a charge, refund, dispute, payout, …
        source: Expandable<'a>,
        /// `pending` or `available`.
        status: Cow<'a, str>,
        /// `charge`, `refund`, `payout`, `stripe_fee`, `adjustment`, …
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
    }
    raw {
        /// The rate by which the charge's currency became this one, as Stripe wrote it; read it with
        /// [`BalanceTransaction::exchange_rate`].
        exchange_rate,
    }
}

impl BalanceTransaction<'_> {
    /// The rate of conversion as decimal text, exactly as Stripe wrote it; none without a conversion.
    pub fn exchange_rate(&self) -> Option<&str> {
        self.exchange_rate.map(|raw| raw.get()).filter(|text| text.starts_with(|c: char| c.is_ascii_digit()))
    }
}

part! {
    /// A part of a fee.
    FeeDetail {
        /// Positive is a cost, negative is given back.
        amount: i64,
        /// The application that took it, if one did.
        application: Expandable<'a>,
        /// Currency of settlement.
        currency: Cow<'a, str>,
        /// Free text: `Stripe processing fees`.
        description: Cow<'a, str>,
        /// `stripe_fee`, `application_fee`, `tax`, …
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
    }
}

//! Payouts: money on its way to the merchant's bank.

use super::{Expandable, object};
use std::borrow::Cow;

object! {
    /// `/v1/payouts`
    Payout {
        /// Positive is money out; negative is drawn from the bank to cover a negative balance.
        amount: i64,
        /// The day it is expected, at 00:00 UTC.
        arrival_date: i64,
        /// Whether Stripe's schedule made it; only then its transactions can be listed.
        automatic: bool,
        /// Its line in the ledger.
        balance_transaction: Expandable<'a>,
        /// When it was made.
        created: i64,
        /// Currency of settlement.
        currency: Cow<'a, str>,
        /// Free text.
        description: Cow<'a, str>,
        /// The bank account or card.
        destination: Expandable<'a>,
        /// The line that brings the money back when it failed.
        failure_balance_transaction: Expandable<'a>,
        /// Why it failed.
        failure_code: Cow<'a, str>,
        /// The same in words.
        failure_message: Cow<'a, str>,
        /// Live or test mode.
        livemode: bool,
        /// `standard` or `instant`.
        method: Cow<'a, str>,
        /// The payout that this one reverses.
        original_payout: Expandable<'a>,
        /// `not_applicable`, `in_progress`, `completed`.
        reconciliation_status: Cow<'a, str>,
        /// The payout that reverses this one.
        reversed_by: Expandable<'a>,
        /// Text on the bank statement.
        statement_descriptor: Cow<'a, str>,
        /// `pending`, `in_transit`, `paid`, `failed`, `canceled`. Paid may still become failed.
        status: Cow<'a, str>,
        /// `bank_account` or `card`.
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
    }
    raw {
        /// The merchant's keys and values: a JSON object of texts.
        metadata,
    }
}

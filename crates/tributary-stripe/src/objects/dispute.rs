//! Disputes: money that a customer's bank claims back.

use super::{Expandable, object, part};
use std::borrow::Cow;

object! {
    /// `/v1/disputes`. The evidence is not read: it is personal, and cut before anything is stored.
    Dispute {
        /// What is disputed, in the charge's currency; may differ from the charge.
        amount: i64,
        /// The lines of the ledger that took the money and gave it back: none to two.
        balance_transactions: Vec<Expandable<'a>>,
        /// The disputed charge.
        charge: Expandable<'a>,
        /// When it was opened.
        created: i64,
        /// The charge's currency.
        currency: Cow<'a, str>,
        /// Deadlines.
        evidence_details: EvidenceDetails<'a>,
        /// Whether a refund would still end it.
        is_charge_refundable: bool,
        /// Live or test mode.
        livemode: bool,
        /// The network's own code of the reason.
        network_reason_code: Cow<'a, str>,
        /// The intent of the charge.
        payment_intent: Expandable<'a>,
        /// `fraudulent`, `product_not_received`, …
        reason: Cow<'a, str>,
        /// `needs_response`, `under_review`, `won`, `lost`, `warning_…`, `prevented`, …
        status: Cow<'a, str>,
    }
    raw {
        /// The merchant's keys and values: a JSON object of texts.
        metadata,
    }
}

part! {
    /// Deadlines of a dispute.
    EvidenceDetails {
        /// By when to answer; none when there is nothing to answer.
        due_by: i64,
        /// Whether evidence was saved.
        has_evidence: bool,
        /// Whether the last evidence came too late.
        past_due: bool,
        /// How often evidence was sent.
        submission_count: i64,
        /// How it was sent last.
        submission_method: Cow<'a, str>,
    }
}

//! Objects as numbers: what can't be derived from an object's place is kept in a few bytes, and the
//! rest (names, cards, texts) is made when the object is rendered.
//!
//! Times are whole Unix seconds, amounts minor units of the row's currency.

use crate::cash::Cash;

/// The place of another object in its list, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ref(u32);

impl Ref {
    /// No object.
    pub(crate) const NONE: Ref = Ref(u32::MAX);

    /// The object at this place; places beyond 32 bits don't occur.
    pub(crate) fn to(place: usize) -> Self {
        Ref(u32::try_from(place).unwrap_or(u32::MAX))
    }

    /// The place, if there is an object.
    pub(crate) fn get(self) -> Option<usize> {
        if self == Ref::NONE { None } else { Some(self.0 as usize) }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CustomerRow {
    pub(crate) created: u32,
    pub(crate) deleted: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ProductRow {
    pub(crate) created: u32,
    pub(crate) active: bool,
    pub(crate) deleted: bool,
    /// Its newest active price.
    pub(crate) default_price: Ref,
}

/// How a price is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PriceShape {
    OneTime,
    Monthly,
    Yearly,
    /// Steps by quantity; no unit amount.
    Tiered,
    /// A unit amount with a fraction of the minor unit.
    Fractional,
    /// Charged by usage.
    Metered,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PriceRow {
    pub(crate) created: u32,
    pub(crate) product: Ref,
    pub(crate) amount: i64,
    pub(crate) currency: Cash,
    pub(crate) shape: PriceShape,
    pub(crate) active: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    RequiresCapture,
    Canceled,
    Succeeded,
}

impl IntentStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            IntentStatus::RequiresPaymentMethod => "requires_payment_method",
            IntentStatus::RequiresConfirmation => "requires_confirmation",
            IntentStatus::RequiresAction => "requires_action",
            IntentStatus::Processing => "processing",
            IntentStatus::RequiresCapture => "requires_capture",
            IntentStatus::Canceled => "canceled",
            IntentStatus::Succeeded => "succeeded",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct IntentRow {
    pub(crate) created: u32,
    pub(crate) amount: i64,
    pub(crate) received: i64,
    pub(crate) customer: Ref,
    pub(crate) latest_charge: Ref,
    /// When it was cancelled, or 0.
    pub(crate) canceled_at: u32,
    pub(crate) currency: Cash,
    pub(crate) status: IntentStatus,
    /// Captured by a call of its own.
    pub(crate) manual: bool,
}

/// What became of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Captured, wholly or in part.
    Paid,
    /// Waiting for its capture.
    Authorized,
    /// Let go by the merchant before a capture.
    Released,
    /// Let go by time.
    Expired,
    /// A bank debit on its way.
    Pending,
    /// Refused by the card's issuer.
    Declined,
    /// Stopped as too risky before it reached the issuer.
    Blocked,
    /// A bank debit that came back after its funds had been booked.
    Bounced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Card,
    /// The bank debit of the settlement currency's region.
    Debit,
    /// A wallet that isn't a card.
    Link,
}

/// Where a charge carries a card number that doesn't belong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardCanary {
    None,
    Description,
    Metadata,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ChargeRow {
    pub(crate) created: u32,
    pub(crate) intent: Ref,
    pub(crate) customer: Ref,
    pub(crate) amount: i64,
    pub(crate) captured: i64,
    /// The sum of its refunds that didn't fail.
    pub(crate) refunded: i64,
    pub(crate) txn: Ref,
    pub(crate) failure_txn: Ref,
    pub(crate) currency: Cash,
    pub(crate) outcome: Outcome,
    pub(crate) method: Method,
    /// Which decline, for declined ones.
    pub(crate) decline: u8,
    pub(crate) disputed: bool,
    pub(crate) canary: CardCanary,
    /// Minor units of the settlement currency that went to an application.
    pub(crate) app_fee: u32,
    pub(crate) payment_method: Ref,
}

impl ChargeRow {
    /// `py_` for what isn't a card payment.
    pub(crate) fn prefix(&self) -> &'static str {
        if self.method == Method::Card { "ch_" } else { "py_" }
    }

    pub(crate) fn failed(&self) -> bool {
        matches!(self.outcome, Outcome::Declined | Outcome::Blocked | Outcome::Bounced)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefundStatus {
    Pending,
    RequiresAction,
    Succeeded,
    Failed,
    Canceled,
}

impl RefundStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            RefundStatus::Pending => "pending",
            RefundStatus::RequiresAction => "requires_action",
            RefundStatus::Succeeded => "succeeded",
            RefundStatus::Failed => "failed",
            RefundStatus::Canceled => "canceled",
        }
    }

    /// Whether it counts in the charge's `amount_refunded`.
    pub(crate) fn counts(self) -> bool {
        !matches!(self, RefundStatus::Failed | RefundStatus::Canceled)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct RefundRow {
    pub(crate) created: u32,
    pub(crate) charge: u32,
    pub(crate) amount: i64,
    pub(crate) txn: Ref,
    pub(crate) failure_txn: Ref,
    pub(crate) status: RefundStatus,
    pub(crate) reason: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DisputeStatus {
    WarningNeedsResponse,
    WarningUnderReview,
    WarningClosed,
    NeedsResponse,
    UnderReview,
    Won,
    Lost,
    Prevented,
    AppealNeedsResponse,
    AppealUnderReview,
}

impl DisputeStatus {
    pub(crate) const ALL: [DisputeStatus; 10] = [
        DisputeStatus::WarningNeedsResponse,
        DisputeStatus::WarningUnderReview,
        DisputeStatus::WarningClosed,
        DisputeStatus::NeedsResponse,
        DisputeStatus::UnderReview,
        DisputeStatus::Won,
        DisputeStatus::Lost,
        DisputeStatus::Prevented,
        DisputeStatus::AppealNeedsResponse,
        DisputeStatus::AppealUnderReview,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            DisputeStatus::WarningNeedsResponse => "warning_needs_response",
            DisputeStatus::WarningUnderReview => "warning_under_review",
            DisputeStatus::WarningClosed => "warning_closed",
            DisputeStatus::NeedsResponse => "needs_response",
            DisputeStatus::UnderReview => "under_review",
            DisputeStatus::Won => "won",
            DisputeStatus::Lost => "lost",
            DisputeStatus::Prevented => "prevented",
            DisputeStatus::AppealNeedsResponse => "appeal_needs_response",
            DisputeStatus::AppealUnderReview => "appeal_under_review",
        }
    }

    /// An inquiry, which moves no money.
    pub(crate) fn is_inquiry(self) -> bool {
        matches!(
            self,
            DisputeStatus::WarningNeedsResponse
                | DisputeStatus::WarningUnderReview
                | DisputeStatus::WarningClosed
        )
    }

    /// Whether the disputed amount left the balance.
    pub(crate) fn withdraws(self) -> bool {
        !self.is_inquiry() && self != DisputeStatus::Prevented
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct DisputeRow {
    pub(crate) created: u32,
    pub(crate) charge: u32,
    pub(crate) amount: i64,
    pub(crate) withdrawal: Ref,
    pub(crate) reversal: Ref,
    pub(crate) status: DisputeStatus,
    /// Won, and the fee came back with the money.
    pub(crate) fee_back: bool,
}

/// Why money moved; decides `type`, `reporting_category`, `description` and what `source` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TxnKind {
    /// Of a charge.
    Charge,
    /// Of a charge: the part that a capture left.
    PartialCaptureReversal,
    /// Of a charge: a debit came back.
    Bounce,
    Refund,
    /// Of a refund that couldn't be delivered.
    RefundFailure,
    /// Of a dispute.
    Withdrawal,
    /// Of a dispute that was won.
    Reinstatement,
    Payout,
    PayoutFailure,
    PayoutCancel,
    /// Of nothing: a monthly product fee.
    ProductFee,
    Transfer,
    /// Of what came back of a transfer.
    TransferReversal,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TxnRow {
    pub(crate) created: u32,
    pub(crate) available_on: u32,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    /// The parts of `fee` that aren't Stripe's own.
    pub(crate) app_fee: u32,
    pub(crate) tax: u32,
    /// Hundred-millionths; 0 without a conversion.
    pub(crate) rate: u64,
    /// The place of the object that `kind` speaks of.
    pub(crate) source: u32,
    /// The automatic payout that paid it out.
    pub(crate) payout: Ref,
    pub(crate) kind: TxnKind,
    pub(crate) currency: Cash,
    /// Whether Stripe's own fee comes as two rows of one description.
    pub(crate) split_fee: bool,
}

impl TxnRow {
    pub(crate) fn net(&self) -> i64 {
        self.amount - self.fee
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PayoutStatus {
    Pending,
    InTransit,
    Paid,
    Failed,
    Canceled,
}

impl PayoutStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            PayoutStatus::Pending => "pending",
            PayoutStatus::InTransit => "in_transit",
            PayoutStatus::Paid => "paid",
            PayoutStatus::Failed => "failed",
            PayoutStatus::Canceled => "canceled",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PayoutRow {
    pub(crate) created: u32,
    pub(crate) arrival: u32,
    pub(crate) amount: i64,
    pub(crate) txn: Ref,
    pub(crate) failure_txn: Ref,
    pub(crate) currency: Cash,
    pub(crate) status: PayoutStatus,
    /// Whether its transactions can be listed.
    pub(crate) reconciled: bool,
    /// Made by the schedule; others have no constituents.
    pub(crate) automatic: bool,
}

//! Objects of Billing and Checkout as numbers, in the manner of [`rows`](super::rows).

use super::rows::Ref;
use crate::cash::Cash;

/// A run of objects that belong to one other, in their list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Span {
    /// The places of the run.
    pub(crate) fn places(self) -> std::ops::Range<usize> {
        self.first as usize..(self.first + self.count) as usize
    }
}

/// What a coupon takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Off {
    /// So many of a hundred.
    Percent(u8),
    /// So many minor units of the account's default currency.
    Amount(i64),
}

/// How long a coupon counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasts {
    Forever,
    Once,
    /// So many months.
    Months(u8),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CouponRow {
    pub(crate) created: u32,
    pub(crate) off: Off,
    pub(crate) lasts: Lasts,
    /// The last second it can be used, or 0.
    pub(crate) redeem_by: u32,
    pub(crate) times_redeemed: u32,
    pub(crate) deleted: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TaxRateRow {
    pub(crate) created: u32,
    /// Hundredths of a per cent.
    pub(crate) basis_points: i64,
    pub(crate) inclusive: bool,
    pub(crate) active: bool,
    /// `tax_type`.
    pub(crate) tax: &'static str,
    pub(crate) name: &'static str,
}

/// What lines add up to, in minor units: `total = subtotal − discount + tax`, where a tax that prices include isn't
/// added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) subtotal: i64,
    pub(crate) discount: i64,
    pub(crate) tax: i64,
    pub(crate) total: i64,
}

/// A line of an invoice or of a checkout session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineRow {
    /// The invoice or the session.
    pub(crate) owner: u32,
    /// None for an amount without a price.
    pub(crate) price: Ref,
    /// The subscription item it is for.
    pub(crate) item: Ref,
    pub(crate) quantity: u32,
    /// Before discount and without a tax that is added.
    pub(crate) amount: i64,
    pub(crate) discount: i64,
    pub(crate) tax: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubscriptionStatus {
    Incomplete,
    IncompleteExpired,
    Trialing,
    Active,
    PastDue,
    Unpaid,
    Canceled,
    Paused,
}

impl SubscriptionStatus {
    pub(crate) const ALL: [SubscriptionStatus; 8] = [
        SubscriptionStatus::Incomplete,
        SubscriptionStatus::IncompleteExpired,
        SubscriptionStatus::Trialing,
        SubscriptionStatus::Active,
        SubscriptionStatus::PastDue,
        SubscriptionStatus::Unpaid,
        SubscriptionStatus::Canceled,
        SubscriptionStatus::Paused,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            SubscriptionStatus::Incomplete => "incomplete",
            SubscriptionStatus::IncompleteExpired => "incomplete_expired",
            SubscriptionStatus::Trialing => "trialing",
            SubscriptionStatus::Active => "active",
            SubscriptionStatus::PastDue => "past_due",
            SubscriptionStatus::Unpaid => "unpaid",
            SubscriptionStatus::Canceled => "canceled",
            SubscriptionStatus::Paused => "paused",
        }
    }

    /// Whether it is over for good.
    pub(crate) fn has_ended(self) -> bool {
        matches!(self, SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct SubscriptionRow {
    pub(crate) created: u32,
    pub(crate) customer: Ref,
    pub(crate) items: Span,
    pub(crate) latest_invoice: Ref,
    pub(crate) period_start: u32,
    pub(crate) period_end: u32,
    /// The end of its trial, or 0.
    pub(crate) trial_end: u32,
    /// When its cancellation was asked for, or 0.
    pub(crate) canceled_at: u32,
    /// When it ended, or 0.
    pub(crate) ended_at: u32,
    pub(crate) cancel_at_period_end: bool,
    /// Ended because it wasn't paid.
    pub(crate) failed: bool,
    pub(crate) status: SubscriptionStatus,
    pub(crate) currency: Cash,
    /// Places of a coupon and of a tax rate.
    pub(crate) coupon: Option<u8>,
    pub(crate) tax_rate: Option<u8>,
    /// Paid on receipt of the invoice instead of from a saved card.
    pub(crate) sends_invoices: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemRow {
    /// The subscription.
    pub(crate) owner: u32,
    pub(crate) price: Ref,
    /// 0 where usage decides.
    pub(crate) quantity: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvoiceStatus {
    Draft,
    Open,
    Paid,
    Uncollectible,
    Void,
}

impl InvoiceStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            InvoiceStatus::Draft => "draft",
            InvoiceStatus::Open => "open",
            InvoiceStatus::Paid => "paid",
            InvoiceStatus::Uncollectible => "uncollectible",
            InvoiceStatus::Void => "void",
        }
    }
}

/// Why an invoice was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Manual,
    Create,
    Cycle,
}

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Reason::Manual => "manual",
            Reason::Create => "subscription_create",
            Reason::Cycle => "subscription_cycle",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct InvoiceRow {
    pub(crate) created: u32,
    /// When it was finalized, or 0 for a draft.
    pub(crate) finalized_at: u32,
    /// When it was paid, voided or marked uncollectible, or 0.
    pub(crate) settled_at: u32,
    /// When it must be paid, or 0 where it is charged automatically.
    pub(crate) due_date: u32,
    /// Of the lines: what they are for.
    pub(crate) period_start: u32,
    pub(crate) period_end: u32,
    pub(crate) customer: Ref,
    pub(crate) subscription: Ref,
    pub(crate) intent: Ref,
    /// Its invoice payment.
    pub(crate) payment: Ref,
    pub(crate) lines: Span,
    /// Counted per customer from 1; 0 for a draft.
    pub(crate) number: u32,
    pub(crate) totals: Totals,
    pub(crate) paid: i64,
    /// Credited before it was paid, so that less is due.
    pub(crate) credited_before: i64,
    /// Credited after it was paid.
    pub(crate) credited_after: i64,
    pub(crate) attempts: u8,
    pub(crate) status: InvoiceStatus,
    pub(crate) reason: Reason,
    pub(crate) currency: Cash,
    pub(crate) coupon: Option<u8>,
    pub(crate) tax_rate: Option<u8>,
}

impl InvoiceRow {
    /// What the customer owes or owed.
    pub(crate) fn due(&self) -> i64 {
        self.totals.total - self.credited_before
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvoicePaymentStatus {
    Open,
    Paid,
    Canceled,
}

impl InvoicePaymentStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            InvoicePaymentStatus::Open => "open",
            InvoicePaymentStatus::Paid => "paid",
            InvoicePaymentStatus::Canceled => "canceled",
        }
    }
}

/// The link between an invoice and the intent that pays it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InvoicePaymentRow {
    pub(crate) created: u32,
    pub(crate) invoice: u32,
    pub(crate) intent: Ref,
    /// When it was paid or cancelled, or 0.
    pub(crate) settled_at: u32,
    pub(crate) status: InvoicePaymentStatus,
    pub(crate) requested: i64,
    pub(crate) paid: i64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CreditNoteRow {
    pub(crate) created: u32,
    pub(crate) invoice: u32,
    /// The refund that paid it out; none before payment.
    pub(crate) refund: Ref,
    /// Places of its lines, which have no rows of their own.
    pub(crate) lines: Span,
    pub(crate) totals: Totals,
    /// Counted per invoice from 1.
    pub(crate) number: u16,
    /// Whether its lines are the invoice's; else it is one line of the total.
    pub(crate) mirrors: bool,
    /// When it was voided, or 0.
    pub(crate) voided_at: u32,
    pub(crate) reason: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionMode {
    Payment,
    Subscription,
    Setup,
}

impl SessionMode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            SessionMode::Payment => "payment",
            SessionMode::Subscription => "subscription",
            SessionMode::Setup => "setup",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

impl SessionStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            SessionStatus::Open => "open",
            SessionStatus::Complete => "complete",
            SessionStatus::Expired => "expired",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRow {
    pub(crate) created: u32,
    pub(crate) expires_at: u32,
    pub(crate) customer: Ref,
    pub(crate) intent: Ref,
    pub(crate) invoice: Ref,
    pub(crate) subscription: Ref,
    pub(crate) setup: Ref,
    /// The charge whose guest it was, if any.
    pub(crate) charge: Ref,
    pub(crate) lines: Span,
    pub(crate) totals: Totals,
    pub(crate) mode: SessionMode,
    pub(crate) status: SessionStatus,
    /// Completed, and the money is there.
    pub(crate) paid: bool,
    pub(crate) currency: Cash,
    pub(crate) coupon: Option<u8>,
    pub(crate) tax_rate: Option<u8>,
}

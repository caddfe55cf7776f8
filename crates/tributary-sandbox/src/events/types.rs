//! Types of events.

use crate::kind::Kind;

macro_rules! event_types {
    ($($name:ident $text:literal $kind:ident,)*) => {
        /// What happened, in Stripe's words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum EventType {
            $(#[doc = $text] $name,)*
        }

        impl EventType {
            /// Stripe's word, `charge.succeeded`.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(EventType::$name => $text,)* }
            }

            /// The kind of object that `data.object` holds.
            pub(crate) fn kind(self) -> Kind {
                match self { $(EventType::$name => Kind::$kind,)* }
            }
        }
    };
}

event_types! {
    Authorized "account.application.authorized" Account,
    Deauthorized "account.application.deauthorized" Account,
    BalanceAvailable "balance.available" Balance,
    CustomerCreated "customer.created" Customers,
    CustomerUpdated "customer.updated" Customers,
    CustomerDeleted "customer.deleted" Customers,
    ProductCreated "product.created" Products,
    ProductUpdated "product.updated" Products,
    ProductDeleted "product.deleted" Products,
    PriceCreated "price.created" Prices,
    PriceUpdated "price.updated" Prices,
    IntentCreated "payment_intent.created" PaymentIntents,
    IntentSucceeded "payment_intent.succeeded" PaymentIntents,
    IntentFailed "payment_intent.payment_failed" PaymentIntents,
    IntentProcessing "payment_intent.processing" PaymentIntents,
    IntentNeedsAction "payment_intent.requires_action" PaymentIntents,
    IntentCapturable "payment_intent.amount_capturable_updated" PaymentIntents,
    IntentCanceled "payment_intent.canceled" PaymentIntents,
    ChargeSucceeded "charge.succeeded" Charges,
    ChargePending "charge.pending" Charges,
    ChargeFailed "charge.failed" Charges,
    ChargeCaptured "charge.captured" Charges,
    ChargeUpdated "charge.updated" Charges,
    ChargeRefunded "charge.refunded" Charges,
    ChargeExpired "charge.expired" Charges,
    RefundCreated "refund.created" Refunds,
    RefundUpdated "refund.updated" Refunds,
    RefundFailed "refund.failed" Refunds,
    DisputeCreated "charge.dispute.created" Disputes,
    DisputeUpdated "charge.dispute.updated" Disputes,
    DisputeClosed "charge.dispute.closed" Disputes,
    DisputeWithdrawn "charge.dispute.funds_withdrawn" Disputes,
    DisputeReinstated "charge.dispute.funds_reinstated" Disputes,
    PayoutCreated "payout.created" Payouts,
    PayoutUpdated "payout.updated" Payouts,
    PayoutPaid "payout.paid" Payouts,
    PayoutFailed "payout.failed" Payouts,
    PayoutCanceled "payout.canceled" Payouts,
    PayoutReconciled "payout.reconciliation_completed" Payouts,
    SubscriptionCreated "customer.subscription.created" Subscriptions,
    SubscriptionUpdated "customer.subscription.updated" Subscriptions,
    SubscriptionDeleted "customer.subscription.deleted" Subscriptions,
    InvoiceCreated "invoice.created" Invoices,
    InvoiceUpdated "invoice.updated" Invoices,
    InvoiceFinalized "invoice.finalized" Invoices,
    InvoicePaid "invoice.paid" Invoices,
    InvoicePaymentSucceeded "invoice.payment_succeeded" Invoices,
    InvoicePaymentFailed "invoice.payment_failed" Invoices,
    InvoiceVoided "invoice.voided" Invoices,
    InvoiceUncollectible "invoice.marked_uncollectible" Invoices,
    InvoicePaymentPaid "invoice_payment.paid" InvoicePayments,
    CreditNoteCreated "credit_note.created" CreditNotes,
    CreditNoteVoided "credit_note.voided" CreditNotes,
    SessionCompleted "checkout.session.completed" CheckoutSessions,
    SessionExpired "checkout.session.expired" CheckoutSessions,
    SetupCreated "setup_intent.created" SetupIntents,
    SetupSucceeded "setup_intent.succeeded" SetupIntents,
    MethodAttached "payment_method.attached" PaymentMethods,
    CouponCreated "coupon.created" Coupons,
    TaxRateCreated "tax_rate.created" TaxRates,
    TransferCreated "transfer.created" Transfers,
    FileCreated "file.created" Files,
    ApplicationFeeCreated "application_fee.created" ApplicationFees,
}

/// The event type for a change of any field of an object, where Stripe has one.
pub(crate) fn updated(kind: Kind) -> Option<EventType> {
    match kind {
        Kind::Customers => Some(EventType::CustomerUpdated),
        Kind::Products => Some(EventType::ProductUpdated),
        Kind::Prices => Some(EventType::PriceUpdated),
        Kind::Charges => Some(EventType::ChargeUpdated),
        Kind::Refunds => Some(EventType::RefundUpdated),
        Kind::Disputes => Some(EventType::DisputeUpdated),
        Kind::Payouts => Some(EventType::PayoutUpdated),
        Kind::Subscriptions => Some(EventType::SubscriptionUpdated),
        Kind::Invoices => Some(EventType::InvoiceUpdated),
        _ => None,
    }
}

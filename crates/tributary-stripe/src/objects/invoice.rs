//! Invoices and what pays them.

use super::{Address, Expandable, Shipping, ShippingCost, figures, object, part};
use std::borrow::Cow;

object! {
    /// `/v1/invoices`, with all its lines.
    Invoice {
        /// What the customer owes or owed.
        amount_due: i64,
        /// What was paid.
        amount_paid: i64,
        /// What is left to pay.
        amount_remaining: i64,
        /// `manual`, `subscription_create`, `subscription_cycle`, …
        billing_reason: Cow<'a, str>,
        /// `charge_automatically` or `send_invoice`.
        collection_method: Cow<'a, str>,
        /// When it was made, as a draft.
        created: i64,
        /// Currency of all its amounts.
        currency: Cow<'a, str>,
        /// Who is to pay.
        customer: Expandable<'a>,
        /// Their address when it was finalized.
        customer_address: Address<'a>,
        /// Their name when it was finalized.
        customer_name: Cow<'a, str>,
        /// Where goods go.
        customer_shipping: Shipping<'a>,
        /// Whether this is the stub of a deleted draft.
        deleted: bool,
        /// By when it must be paid; none where it is charged automatically.
        due_date: i64,
        /// What is sold.
        lines: InvoiceLines<'a>,
        /// Its number; none for drafts.
        number: Cow<'a, str>,
        /// What made it.
        parent: InvoiceParent<'a>,
        /// Credit notes after it was paid.
        post_payment_credit_notes_amount: i64,
        /// Credit notes before it was paid, which lessen what is due and leave `total` as it is.
        pre_payment_credit_notes_amount: i64,
        /// Shipping; part of `total`.
        shipping_cost: ShippingCost,
        /// `draft`, `open`, `paid`, `uncollectible`, `void`.
        status: Cow<'a, str>,
        /// When it became what it is.
        status_transitions: InvoiceTransitions,
        /// The sum of the lines, before discounts and before taxes that are added.
        subtotal: i64,
        /// `subtotal` less discounts and credits, with added taxes and shipping.
        total: i64,
        /// What was taken off.
        total_discount_amounts: Vec<DiscountAmount<'a>>,
        /// Credits that were used up before taxes, and the discounts once more.
        total_pretax_credit_amounts: Vec<PretaxCredit<'a>>,
        /// Taxes, added or included.
        total_taxes: Vec<TaxAmount<'a>>,
    }
}

part! {
    /// The lines of an invoice.
    InvoiceLines {
        /// In the order of insertion.
        data: Vec<InvoiceLine<'a>>,
    }
}

part! {
    /// A line of an invoice.
    InvoiceLine {
        /// Stripe's id.
        id: Cow<'a, str>,
        /// Before discounts and before taxes that are added; negative where something is given back.
        amount: i64,
        /// What is sold.
        description: Cow<'a, str>,
        /// What was taken off.
        discount_amounts: Vec<DiscountAmount<'a>>,
        /// Credits that were used up before taxes, and the discounts once more.
        pretax_credit_amounts: Vec<PretaxCredit<'a>>,
        /// The price.
        pricing: LinePricing<'a>,
        /// How many; none for amounts without a price.
        quantity: i64,
        /// The same as decimal text.
        quantity_decimal: Cow<'a, str>,
        /// Taxes, added or included.
        taxes: Vec<TaxAmount<'a>>,
    }
}

part! {
    /// How a line is priced.
    LinePricing {
        /// The price and its product.
        price_details: PriceDetails<'a>,
        /// Per unit, in minor units as decimal text; none for tiers.
        unit_amount_decimal: Cow<'a, str>,
    }
}

part! {
    /// The price of a line.
    PriceDetails {
        /// The price.
        price: Expandable<'a>,
        /// What it is the price of.
        product: Expandable<'a>,
    }
}

part! {
    /// What a discount took off.
    DiscountAmount {
        /// Positive.
        amount: i64,
        /// The discount.
        discount: Expandable<'a>,
    }
}

part! {
    /// A credit that was used up before taxes.
    PretaxCredit {
        /// Positive.
        amount: i64,
        /// The transaction of the credit; none for discounts.
        credit_balance_transaction: Expandable<'a>,
        /// `discount`, which is among the discounts too, or `credit_balance_transaction`.
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
    }
}

part! {
    /// A tax on a line, or on the whole.
    TaxAmount {
        /// The tax.
        amount: i64,
        /// `exclusive` where it is added, `inclusive` where prices include it.
        tax_behavior: Cow<'a, str>,
        /// The rate.
        tax_rate_details: TaxRateDetails<'a>,
    }
}

part! {
    /// The rate of a tax.
    TaxRateDetails {
        /// The tax rate.
        tax_rate: Expandable<'a>,
    }
}

part! {
    /// What made an invoice.
    InvoiceParent {
        /// The subscription, if one did.
        subscription_details: SubscriptionDetails<'a>,
    }
}

part! {
    /// The subscription that made an invoice.
    SubscriptionDetails {
        /// The subscription.
        subscription: Expandable<'a>,
    }
}

figures! {
    /// When an invoice became what it is.
    InvoiceTransitions {
        /// When it ceased to be a draft.
        finalized_at,
        /// When it was given up.
        marked_uncollectible_at,
        /// When it was paid.
        paid_at,
        /// When it was voided.
        voided_at,
    }
}

object! {
    /// `/v1/invoice_payments`: Stripe's only link between an invoice and what pays it.
    InvoicePayment {
        /// What was paid; none before it was.
        amount_paid: i64,
        /// What is to be paid.
        amount_requested: i64,
        /// When it was made.
        created: i64,
        /// Currency of the amounts.
        currency: Cow<'a, str>,
        /// The invoice.
        invoice: Expandable<'a>,
        /// What pays it.
        payment: PaidWith<'a>,
        /// `open`, `paid`, `canceled`.
        status: Cow<'a, str>,
        /// When it became what it is.
        status_transitions: InvoicePaymentTransitions,
    }
}

part! {
    /// What pays an invoice.
    PaidWith {
        /// A charge without an intent.
        charge: Expandable<'a>,
        /// An intent.
        payment_intent: Expandable<'a>,
        /// `payment_intent`, `charge`, or `payment_record` for payments outside of Stripe.
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
    }
}

figures! {
    /// When an invoice payment became what it is.
    InvoicePaymentTransitions {
        /// When it was given up.
        canceled_at,
        /// When it was paid.
        paid_at,
    }
}

//! Checkout sessions.

use super::{Address, EmbeddedPrice, Expandable, Shipping, figures, object, part};
use std::borrow::Cow;

object! {
    /// `/v1/checkout/sessions`, with all its line items.
    CheckoutSession {
        /// Before discounts, and before taxes that are added.
        amount_subtotal: i64,
        /// What there is to pay; none where nothing is sold.
        amount_total: i64,
        /// The merchant's reference.
        client_reference_id: Cow<'a, str>,
        /// What the buyer filled in.
        collected_information: CollectedInformation<'a>,
        /// When it was opened.
        created: i64,
        /// Currency of all its amounts.
        currency: Cow<'a, str>,
        /// The buyer; none for guests.
        customer: Expandable<'a>,
        /// What the buyer told.
        customer_details: CustomerDetails<'a>,
        /// The invoice it made, if it did.
        invoice: Expandable<'a>,
        /// What is sold; only where it is expanded.
        line_items: SessionItems<'a>,
        /// `payment`, `setup`, `subscription`.
        mode: Cow<'a, str>,
        /// The intent that pays.
        payment_intent: Expandable<'a>,
        /// `paid`, `unpaid`, `no_payment_required`.
        payment_status: Cow<'a, str>,
        /// Shipping; part of the total.
        shipping_cost: ShippingCost,
        /// `open`, `complete`, `expired`.
        status: Cow<'a, str>,
        /// What the total is made of.
        total_details: TotalDetails,
    }
}

part! {
    /// What the buyer filled in.
    CollectedInformation {
        /// Where goods go.
        shipping_details: Shipping<'a>,
    }
}

part! {
    /// What the buyer told.
    CustomerDetails {
        /// Billing address, or as much of it as was asked for.
        address: Address<'a>,
        /// Name.
        name: Cow<'a, str>,
    }
}

part! {
    /// The line items of a session.
    SessionItems {
        /// In the order of insertion.
        data: Vec<SessionItem<'a>>,
    }
}

part! {
    /// A line item of a session.
    SessionItem {
        /// Stripe's id.
        id: Cow<'a, str>,
        /// What was taken off.
        amount_discount: i64,
        /// Before discounts, and before taxes that are added.
        amount_subtotal: i64,
        /// Taxes, added or included.
        amount_tax: i64,
        /// With discounts and taxes.
        amount_total: i64,
        /// What is sold.
        description: Cow<'a, str>,
        /// Its price.
        price: EmbeddedPrice<'a>,
        /// How many.
        quantity: i64,
        /// Its taxes; only where they are expanded.
        taxes: Vec<ItemTax<'a>>,
    }
}

part! {
    /// A tax on a line item.
    ItemTax {
        /// The tax.
        amount: i64,
        /// The tax rate.
        rate: Expandable<'a>,
    }
}

figures! {
    /// What a session's total is made of.
    TotalDetails {
        /// What was taken off.
        amount_discount,
        /// Taxes, added or included, those of shipping too.
        amount_tax,
    }
}

figures! {
    /// What shipping costs, on a session or an invoice.
    ShippingCost {
        /// Without tax.
        amount_subtotal,
        /// The tax.
        amount_tax,
        /// With tax.
        amount_total,
    }
}

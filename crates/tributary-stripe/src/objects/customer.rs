//! Customers of the merchant.

use super::{Address, object, part};
use std::borrow::Cow;

object! {
    /// `/v1/customers`
    Customer {
        /// Billing address.
        address: Address<'a>,
        /// Name of a business customer, where kept apart from `name`.
        business_name: Cow<'a, str>,
        /// When it was made.
        created: i64,
        /// Currency of its first invoice.
        currency: Cow<'a, str>,
        /// Whether this is the stub of a deleted customer.
        deleted: bool,
        /// The merchant's note.
        description: Cow<'a, str>,
        /// E-mail; not unique.
        email: Cow<'a, str>,
        /// Name of a person, where kept apart from `name`.
        individual_name: Cow<'a, str>,
        /// Live or test mode.
        livemode: bool,
        /// Name of the person or business.
        name: Cow<'a, str>,
        /// Phone.
        phone: Cow<'a, str>,
        /// Where goods are sent.
        shipping: Shipping<'a>,
    }
    raw {
        /// The merchant's keys and values: a JSON object of texts.
        metadata,
    }
}

part! {
    /// Where goods are sent.
    Shipping {
        /// The address.
        address: Address<'a>,
        /// Who receives them.
        name: Cow<'a, str>,
        /// Phone of the receiver.
        phone: Cow<'a, str>,
    }
}

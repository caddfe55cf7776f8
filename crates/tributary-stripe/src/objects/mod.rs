//! Typed views into the raw text of Stripe's objects, with the fields that Tributary's records are made
//! from (rules M1–M8; all fields: Stripe's API reference, version [`crate::STRIPE_VERSION`]).
//!
//! Only the id is required. Any other field that is missing, null or of an unexpected type is `None`: what
//! a missing field means is the mapping's decision. Enumerations are open, so they are text. Unknown fields
//! are ignored. Amounts are integers in the minor unit of the currency beside them, which Stripe writes in
//! lower case; times are Unix seconds. References are ids, whether Stripe expanded them or not.

mod account;
mod balance;
mod balance_transaction;
mod charge;
mod checkout;
mod customer;
mod dispute;
mod invoice;
mod payment_intent;
mod payout;
mod price;
mod product;
mod refund;
mod subject;
mod subscription;
mod tax_rate;
mod terminal_location;
#[cfg(test)]
mod tests;

pub use crate::field::Expandable;
pub use account::{Account, AccountSettings, BusinessProfile, Company, Dashboard};
pub use balance::{Balance, BalanceAmount};
pub use balance_transaction::{BalanceTransaction, FeeDetail};
pub use charge::{Card, Charge, DebitedAccount, Outcome, PaymentMethodDetails, Wallet};
pub use checkout::{
    CheckoutSession, CollectedInformation, CustomerDetails, ItemTax, SessionItem, SessionItems, ShippingCost,
    TotalDetails,
};
pub use customer::{Customer, Shipping};
pub use dispute::{Dispute, EvidenceDetails};
pub use invoice::{
    DiscountAmount, Invoice, InvoiceLine, InvoiceLines, InvoiceParent, InvoicePayment,
    InvoicePaymentTransitions, InvoiceTransitions, LinePricing, PaidWith, PretaxCredit, PriceDetails,
    SubscriptionDetails, TaxAmount, TaxRateDetails,
};
pub use payment_intent::{EmbeddedCharges, PaymentIntent};
pub use payout::Payout;
pub use price::{EmbeddedPrice, Price, Recurring};
pub use product::Product;
pub use refund::Refund;
pub use subject::Subject;
pub use subscription::{Subscription, SubscriptionItem, SubscriptionItems};
pub use tax_rate::TaxRate;
pub use terminal_location::TerminalLocation;

use crate::page::BadObject;
use serde::Deserialize;

/// Reads an object's text as one of this module's types.
pub fn parse<'a, T: Deserialize<'a>>(raw: &'a str) -> Result<T, BadObject> {
    serde_json::from_str(raw).map_err(|error| {
        let reason = match error.classify() {
            serde_json::error::Category::Data => "it has no id, or names a field twice",
            _ => "its JSON is malformed",
        };
        BadObject { place: 0, reason }
    })
}

/// Declares the view of a top-level object: a required id, tolerant fields, and fields kept as raw text.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }
     $(raw { $($(#[$rmeta:meta])* $raw:ident,)* })?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(bound(deserialize = "'de: 'a"))]
        pub struct $name<'a> {
            /// Stripe's id, opaque.
            #[serde(deserialize_with = "crate::field::required_text")]
            pub id: std::borrow::Cow<'a, str>,
            $($(#[$fmeta])* #[serde(default, deserialize_with = "crate::field::lenient")] pub $field: Option<$ty>,)*
            $($($(#[$rmeta])* #[serde(borrow, default)] pub $raw: Option<&'a serde_json::value::RawValue>,)*)?
        }
    };
}

/// Declares the view of a part of an object: tolerant fields only.
macro_rules! part {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, serde::Deserialize)]
        #[serde(bound(deserialize = "'de: 'a"))]
        pub struct $name<'a> {
            $($(#[$fmeta])* #[serde(default, deserialize_with = "crate::field::lenient")] pub $field: Option<$ty>,)*
        }

        impl<'de: 'a, 'a> crate::field::Lenient<'de> for $name<'a> {
            fn from_map<A: serde::de::MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
                serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Some)
            }
        }
    };
}

/// Declares the view of a part of an object that holds nothing but integers.
macro_rules! figures {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
        pub struct $name {
            $($(#[$fmeta])* #[serde(default, deserialize_with = "crate::field::lenient")] pub $field: Option<i64>,)*
        }

        impl<'de> crate::field::Lenient<'de> for $name {
            fn from_map<A: serde::de::MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
                serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Some)
            }
        }
    };
}

pub(crate) use {figures, object, part};

part! {
    /// A postal address, as given at Stripe.
    Address {
        /// First line.
        line1: std::borrow::Cow<'a, str>,
        /// Second line.
        line2: std::borrow::Cow<'a, str>,
        /// City or town.
        city: std::borrow::Cow<'a, str>,
        /// State, county, province or region.
        state: std::borrow::Cow<'a, str>,
        /// Postal code.
        postal_code: std::borrow::Cow<'a, str>,
        /// Two-letter country code.
        country: std::borrow::Cow<'a, str>,
    }
}

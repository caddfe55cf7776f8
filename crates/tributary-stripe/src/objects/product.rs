//! Products.

use super::{Expandable, object};
use std::borrow::Cow;

object! {
    /// `/v1/products`. The only resource that tells when it last changed.
    Product {
        /// Whether it is for sale.
        active: bool,
        /// When it was made.
        created: i64,
        /// The price it is sold at by default.
        default_price: Expandable<'a>,
        /// Whether this is the stub of a deleted product.
        deleted: bool,
        /// Text for customers.
        description: Cow<'a, str>,
        /// Live or test mode.
        livemode: bool,
        /// Name for customers.
        name: Cow<'a, str>,
        /// Whether it is sent by post; none for services.
        shippable: bool,
        /// `good` or `service`.
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
        /// What one of it is called.
        unit_label: Cow<'a, str>,
        /// When it last changed.
        updated: i64,
    }
    raw {
        /// The merchant's keys and values: a JSON object of texts.
        metadata,
    }
}

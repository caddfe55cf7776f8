//! Lists in the contract's own form, stored as JSON text and passed through by the API: what is not set is
//! omitted, never null.

use serde::Serialize;
use std::borrow::Cow;
use tributary_core::commerce::{AddressType, PhoneType, WebLinkType};
use tributary_stripe::objects;

/// A postal address.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Address<'a> {
    #[serde(rename = "type")]
    kind: AddressType,
    #[serde(skip_serializing_if = "Option::is_none")]
    line1: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line2: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<Cow<'a, str>>,
}

/// A phone number.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PhoneNumber<'a> {
    pub(super) number: Cow<'a, str>,
    #[serde(rename = "type")]
    pub(super) kind: PhoneType,
}

/// A web link.
#[derive(Clone, Debug, Serialize)]
pub(super) struct WebLink<'a> {
    #[serde(rename = "type")]
    pub(super) kind: WebLinkType,
    pub(super) url: Cow<'a, str>,
}

impl<'a> Address<'a> {
    /// None when no line of it is set.
    pub(super) fn new(kind: AddressType, given: Option<objects::Address<'a>>) -> Option<Self> {
        let given = given?;
        let address = Address {
            kind,
            line1: set(given.line1),
            line2: set(given.line2),
            city: set(given.city),
            region: set(given.state),
            country: set(given.country),
            postal_code: set(given.postal_code),
        };
        address.lines().iter().any(|line| line.is_some()).then_some(address)
    }

    /// Whether both lead to the same place, whatever they are for.
    pub(super) fn is_same_place(&self, other: &Address<'_>) -> bool {
        self.lines() == other.lines()
    }

    fn lines(&self) -> [Option<&str>; 6] {
        let Address { kind: _, line1, line2, city, region, country, postal_code } = self;
        [line1, line2, city, region, country, postal_code].map(Option::as_deref)
    }
}

/// None for empty text.
pub(super) fn set(field: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    field.filter(|text| !text.is_empty())
}

/// One object as JSON text, which these types always have.
pub(super) fn one<T: Serialize>(item: &T) -> Option<String> {
    serde_json::to_string(item).ok()
}

/// The list as JSON text. These types always serialize; the empty list stands for what can't happen.
pub(super) fn list<T: Serialize>(items: &[T]) -> String {
    serde_json::to_string(items).unwrap_or_else(|_| "[]".to_owned())
}

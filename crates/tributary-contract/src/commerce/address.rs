//! Addresses, phone numbers and web links: lists that are stored in the form they are shown in, so they
//! are also read.

use serde::{Deserialize, Serialize};
use tributary_core::commerce::{AddressType, PhoneType, WebLinkType};
use utoipa::ToSchema;

/// An address. What isn't known is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: AddressType,
    /// Street and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// Floor, flat and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Country as Stripe gives it: two letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
}

/// A phone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhoneNumber {
    /// As given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What kind of line it reaches; the contract requires it.
    #[serde(rename = "type")]
    pub kind: PhoneType,
}

/// A web page of the merchant's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebLink {
    /// Where it leads.
    #[serde(rename = "type")]
    pub kind: WebLinkType,
    /// Its URL, as given.
    pub url: String,
}

//! Customers.

use super::Address;
use serde::Serialize;
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// Somebody who bought from the merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// Stripe's id.
    pub id: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// Phone number, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The currency it is billed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_currency: Option<Currency>,
    /// Billing and delivery addresses.
    pub addresses: Vec<Address>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

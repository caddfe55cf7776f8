//! Company info.

use super::{Address, PhoneNumber, WebLink};
use crate::Decimal;
use serde::Serialize;
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// The merchant, and the balances it has at Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyInfo {
    /// Trading name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// Stripe's account id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commerce_platform_ref: Option<String>,
    /// Registered name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_legal_name: Option<String>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Phone numbers.
    pub phone_numbers: Vec<PhoneNumber>,
    /// Web pages.
    pub web_links: Vec<WebLink>,
    /// The currency Stripe settles in by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_currency: Option<Currency>,
    /// One per currency.
    pub account_balances: Vec<AccountBalance>,
    /// When it came to be at Stripe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Millis>,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

/// What the merchant has at Stripe in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountBalance {
    /// Ready to be paid out.
    pub available: Decimal,
    /// Not available yet.
    pub pending: Decimal,
    /// Held back; left out where Stripe holds no such balance (rule M8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved: Option<Decimal>,
    /// The currency of all three.
    pub currency: Currency,
}

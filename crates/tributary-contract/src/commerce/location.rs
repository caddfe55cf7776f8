//! Locations.

use super::Address;
use serde::Serialize;
use tributary_core::Millis;
use utoipa::ToSchema;

/// A place of business with terminals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Stripe's id.
    pub id: String,
    /// What the merchant calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

//! Tax components.

use crate::Decimal;
use serde::Serialize;
use tributary_core::Millis;
use utoipa::ToSchema;

/// A tax rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxComponent {
    /// Stripe's id.
    pub id: String,
    /// What it is called on invoices.
    pub name: String,
    /// A fraction of 1 (rule M9); absent for flat amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Decimal>,
    /// Whether it is taken of other taxes too: never at Stripe.
    pub is_compound: bool,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

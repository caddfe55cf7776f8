//! Payment methods.

use serde::Serialize;
use tributary_core::Millis;
use tributary_core::commerce::PaymentMethodStatus;
use utoipa::ToSchema;

/// Something that a customer paid with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentMethod {
    /// Stripe's id.
    pub id: String,
    /// For people, such as `Visa ending 4242`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Active: it was paid with.
    pub status: PaymentMethodStatus,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

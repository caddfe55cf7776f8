//! Payments.

use super::NamedRef;
use crate::Decimal;
use crate::supplemental::SupplementalData;
use serde::Serialize;
use tributary_core::commerce::{PaymentStatus, PaymentType};
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// A payment, or a refund as a payment of a negative amount (rule M1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// The charge's or refund's id.
    pub id: String,
    /// The amount the customer paid; negative for refunds.
    pub amount: Decimal,
    /// The currency the customer paid in.
    pub currency: Currency,
    /// What kind of thing was paid with. Clients expect it, though the contract's schema doesn't list it.
    #[serde(rename = "type")]
    pub kind: PaymentType,
    /// What was paid with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method_ref: Option<NamedRef>,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The network or wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_provider: Option<String>,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
    /// What was configured to be shown of Stripe's object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplemental_data: Option<SupplementalData>,
}

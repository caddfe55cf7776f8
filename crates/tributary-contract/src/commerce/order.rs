//! Orders.

use super::NamedRef;
use crate::Decimal;
use crate::supplemental::SupplementalData;
use serde::Serialize;
use tributary_core::commerce::{PaymentStatus, PaymentType, ServiceChargeType};
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// What a customer ordered: an invoice past draft, or a checkout session that made no invoice (rule M4). Orders and
/// payments are never added: an order shows the payments it was paid with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The invoice's or session's id.
    pub id: String,
    /// The invoice's number, or the merchant's reference of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_number: Option<String>,
    /// Where it went, as Stripe gives it: two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// When it was paid, voided or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_date: Option<Millis>,
    /// What it came to, with discounts, taxes and shipping; 0 where it was voided. Refunds are apart.
    pub total_amount: Decimal,
    /// What was refunded of its payments: 0 or negative.
    pub total_refund: Decimal,
    /// The taxes in the total, those of shipping too.
    pub total_tax_amount: Decimal,
    /// What was taken off, positive.
    pub total_discount: Decimal,
    /// What was sold.
    pub order_line_items: Vec<OrderLineItem>,
    /// Tries to pay it, failed ones too, the oldest first. Each is a payment of the same id.
    pub payments: Vec<OrderPayment>,
    /// What was charged beside what was sold: shipping.
    pub service_charges: Vec<ServiceCharge>,
    /// The terminal location where it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_ref: Option<NamedRef>,
    /// Who ordered; absent for guests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_ref: Option<NamedRef>,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
    /// What was configured to be shown of Stripe's object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplemental_data: Option<SupplementalData>,
}

/// A line of an order. Quantity × unit price − discounts + taxes is its total, but for what rounding a unit price
/// costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderLineItem {
    /// Stripe's id.
    pub id: String,
    /// How many; negative where something was given back.
    pub quantity: Decimal,
    /// All its taxes as a percentage, 0 to 100; absent where a rate isn't known or isn't one of percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_percentage: Option<Decimal>,
    /// With discounts and taxes.
    pub total_amount: Decimal,
    /// The taxes in it.
    pub total_tax_amount: Decimal,
    /// Without discounts and taxes.
    pub unit_price: Decimal,
    /// The taxes whose rates are known.
    pub taxes: Vec<OrderTax>,
    /// The product, by the name that the line has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_ref: Option<NamedRef>,
    /// The price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_variant_ref: Option<NamedRef>,
    /// What was taken off.
    pub discount_allocations: Vec<DiscountAllocation>,
}

/// A tax on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderTax {
    /// The tax component.
    pub tax_component_ref: TaxComponentRef,
    /// The amount of the tax, not its rate, in spite of the contract's name (rule M9).
    pub rate: Decimal,
}

/// A reference to a tax component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaxComponentRef {
    /// Its id.
    pub id: String,
    /// What it is called; its id while the component isn't known.
    pub name: String,
}

/// A discount on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscountAllocation {
    /// Stripe's id of the discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it took off, positive.
    pub total_amount: Decimal,
}

/// A payment, as its order shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderPayment {
    /// The payment's id.
    pub id: String,
    /// What was paid.
    pub amount: Decimal,
    /// In which currency.
    pub currency: Currency,
    /// What it was paid with.
    #[serde(rename = "type")]
    pub kind: PaymentType,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The network or wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_provider: Option<String>,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

/// Something that was charged beside what was sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceCharge {
    /// What it is.
    pub description: String,
    /// With its tax.
    pub total_amount: Decimal,
    /// The tax in it.
    pub tax_amount: Decimal,
    /// How often it was charged.
    pub quantity: u32,
    /// What kind of charge it is.
    #[serde(rename = "type")]
    pub kind: ServiceChargeType,
}

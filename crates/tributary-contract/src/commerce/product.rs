//! Products and their variants.
//!
//! Clients expect more than the contract's schema lists: `productCategoryRefs`, `status` and the three dates
//! on a product, `quantity` on a variant. Stripe keeps no stock, so what counts stock is 0.

use crate::supplemental::SupplementalData;
use crate::{Decimal, EmptyList};
use serde::Serialize;
use tributary_core::commerce::ProductStatus;
use tributary_core::{Currency, Millis};
use utoipa::ToSchema;

/// Something the merchant sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Stripe's id.
    pub id: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it is a gift card: never at Stripe.
    pub is_gift_card: bool,
    /// Categories: Stripe has none.
    pub product_category_refs: EmptyList,
    /// One per Stripe price, newest first (rule M7).
    pub variants: Vec<Variant>,
    /// Whether it is on sale.
    pub status: ProductStatus,
    /// When it came to be at Stripe.
    pub created_date: Millis,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
    /// When Stripe last changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_modified_date: Option<Millis>,
    /// What was configured to be shown of Stripe's object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplemental_data: Option<SupplementalData>,
}

/// One price of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Variant {
    /// The price's id.
    pub id: String,
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// In stock: 0.
    pub quantity: u32,
    /// Whether tax is added: not known at Stripe, so false.
    pub is_tax_enabled: bool,
    /// Percent of value-added tax, 0 to 100: not known at Stripe, so 0.
    pub vat_percentage: u32,
    /// What one unit is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_of_measure: Option<String>,
    /// The price; none where it depends on the quantity.
    pub prices: Vec<Price>,
    /// The stock.
    pub inventory: Inventory,
    /// Whether it is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_required: Option<bool>,
    /// Whether it is on sale.
    pub status: ProductStatus,
    /// When Stripe created the price.
    pub created_date: Millis,
}

/// A price per unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// Its currency.
    pub currency: Currency,
    /// In major units, with as many digits as Stripe has: up to twelve below the minor unit.
    pub unit_price: Decimal,
}

/// A stock that is empty, because Stripe keeps none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    /// In stock: 0.
    total_quantity: u32,
    /// Where: nowhere.
    locations: EmptyList,
}

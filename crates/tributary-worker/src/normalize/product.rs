//! Products.

use super::Mapped;
use super::fields::{created_ms, ms, owned, text};
use super::flaw::Flaw;
use tributary_core::commerce::ProductStatus;
use tributary_db::records::products;
use tributary_stripe::objects::Product;

pub(super) fn row(product: Product<'_>) -> Result<Mapped, Flaw> {
    if product.deleted == Some(true) {
        return Ok(Mapped::Nothing);
    }
    Ok(Mapped::Product(products::Product {
        id: owned(product.id),
        name: product.name.map(owned).unwrap_or_default(),
        description: text(product.description),
        status: status(product.active),
        shippable: product.shippable,
        unit_label: text(product.unit_label),
        source_modified_ms: ms(product.updated),
        created_ms: created_ms(product.created)?,
    }))
}

/// What is not active is not on sale: a product or one of its prices (rule M7).
pub(super) fn status(active: Option<bool>) -> ProductStatus {
    match active {
        Some(true) => ProductStatus::Published,
        Some(false) => ProductStatus::Unpublished,
        None => ProductStatus::Unknown,
    }
}

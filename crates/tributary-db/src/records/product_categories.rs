//! Product categories: Stripe has none, so that there is no table of them.

use crate::query::{Field, Fields};

/// What may be asked of product categories.
pub const FIELDS: &Fields = &Fields::undated(
    "ProductCategory",
    "product_categories",
    Field::id("id", "product_categories.id"),
    &[
        Field::date("modifiedDate", "product_categories.modified_ms"),
        Field::text("name", "product_categories.name"),
        Field::flag("hasChildren", "product_categories.has_children"),
    ],
);

//! Products: rows from `/v1/products`.

use crate::bulk::{Record, Value};
use crate::query::{Field, Fields, words};
use crate::records::listed::listed;
use crate::stored::Stored;
use diesel::Queryable;
use tributary_core::commerce::ProductStatus;

/// A product; its variants are rows of their own.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Product {
    /// Stripe's id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Published while it is active.
    #[diesel(deserialize_as = Stored)]
    pub status: ProductStatus,
    /// Whether it is shipped.
    pub shippable: Option<bool>,
    /// What one unit is called.
    pub unit_label: Option<String>,
    /// Stripe's `updated`: UTC milliseconds.
    pub source_modified_ms: Option<i64>,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for Product {
    type Table = crate::schema::products::table;
    const TABLE: &'static str = "products";
    const COLUMNS: &'static [&'static str] =
        &["name", "description", "status", "shippable", "unit_label", "source_modified_ms", "created_ms"];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.name)),
            Value::Text(self.description.as_deref()),
            Value::Text(Some(self.status.as_str())),
            Value::Bool(self.shippable),
            Value::Text(self.unit_label.as_deref()),
            Value::Int(self.source_modified_ms),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// What may be asked of products.
pub const FIELDS: &Fields = &Fields::new(
    "Product",
    "products",
    [Field::id("id", "products.id"), Field::date("createdDate", "products.created_ms")],
    &[
        Field::date("modifiedDate", "products.modified_ms"),
        Field::date("sourceModifiedDate", "products.source_modified_ms").optional(),
        Field::text("name", "NULLIF(products.name, '')").optional(),
        Field::text("description", "NULLIF(products.description, '')").optional(),
        Field::word(
            "status",
            "products.status",
            words!("products.status": "Published", "Unpublished", "Unknown"),
        ),
        Field::flag("isGiftCard", "FALSE"),
    ],
);

listed!(
    products,
    Product,
    (id, name, description, status, shippable, unit_label, source_modified_ms, created_ms,)
);

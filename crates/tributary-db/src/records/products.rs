//! Products: rows from `/v1/products`.

use crate::bulk::{Record, Value};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::page::Page;
use crate::records::Stamped;
use crate::schema::products::dsl;
use crate::stored::Stored;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};
use tributary_core::commerce::ProductStatus;
use tributary_core::ids::ConnectionNo;

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

/// The columns of [`Product`], in its order.
const COLUMNS: Columns = (
    dsl::id,
    dsl::name,
    dsl::description,
    dsl::status,
    dsl::shippable,
    dsl::unit_label,
    dsl::source_modified_ms,
    dsl::created_ms,
);
type Columns = (
    dsl::id,
    dsl::name,
    dsl::description,
    dsl::status,
    dsl::shippable,
    dsl::unit_label,
    dsl::source_modified_ms,
    dsl::created_ms,
);

/// One page, newest first, and how many there are in all. Deleted ones don't count.
pub fn list(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    page: Page,
) -> Result<(Vec<Stamped<Product>>, i64), DbError> {
    let rows = dsl::products
        .filter(dsl::connection_no.eq(connection.0))
        .filter(diesel::dsl::not(dsl::deleted))
        .order((dsl::created_ms.desc(), dsl::id))
        .offset(page.offset)
        .limit(page.limit)
        .select((COLUMNS, dsl::modified_ms))
        .load(conn)?;
    let total = dsl::products
        .filter(dsl::connection_no.eq(connection.0))
        .filter(diesel::dsl::not(dsl::deleted))
        .count()
        .get_result(conn)?;
    Ok((rows, total))
}

/// One record; none when it is deleted.
pub fn find(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    id: &str,
) -> Result<Option<Stamped<Product>>, DbError> {
    let row = dsl::products
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::id.eq(id))
        .filter(diesel::dsl::not(dsl::deleted))
        .select((COLUMNS, dsl::modified_ms))
        .first(conn)
        .optional()?;
    Ok(row)
}

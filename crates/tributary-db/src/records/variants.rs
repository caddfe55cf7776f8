//! Variants: rows from `/v1/prices` (rule M7).

use crate::bulk::{Record, Value};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::variants::dsl;
use crate::stored::Stored;
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;
use tributary_core::Currency;
use tributary_core::commerce::ProductStatus;
use tributary_core::ids::ConnectionNo;

/// A price of a product.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Variant {
    /// Stripe's id.
    pub id: String,
    /// The product it prices.
    pub product_id: String,
    /// The merchant's name for it.
    pub nickname: Option<String>,
    /// Unpublished when it is archived.
    #[diesel(deserialize_as = Stored)]
    pub status: ProductStatus,
    /// Currency of the price.
    #[diesel(deserialize_as = Stored)]
    pub currency: Currency,
    /// Exact decimal text in major units; none for tiered prices.
    pub unit_price: Option<String>,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for Variant {
    type Table = crate::schema::variants::table;
    const TABLE: &'static str = "variants";
    const COLUMNS: &'static [&'static str] =
        &["product_id", "nickname", "status", "currency", "unit_price", "created_ms"];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.product_id)),
            Value::Text(self.nickname.as_deref()),
            Value::Text(Some(self.status.as_str())),
            Value::Text(Some(self.currency.code())),
            Value::Text(self.unit_price.as_deref()),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// The variants of each of these products, newest first.
pub fn of_products(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    products: &[&str],
) -> Result<HashMap<String, Vec<Variant>>, DbError> {
    let rows: Vec<Variant> = dsl::variants
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::product_id.eq_any(products))
        .filter(diesel::dsl::not(dsl::deleted))
        .order((dsl::created_ms.desc(), dsl::id))
        .select((
            dsl::id,
            dsl::product_id,
            dsl::nickname,
            dsl::status,
            dsl::currency,
            dsl::unit_price,
            dsl::created_ms,
        ))
        .load(conn)?;
    let mut of: HashMap<String, Vec<Variant>> = HashMap::new();
    for row in rows {
        of.entry(row.product_id.clone()).or_default().push(row);
    }
    Ok(of)
}

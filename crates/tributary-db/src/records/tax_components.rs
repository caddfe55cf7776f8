//! Tax components: rows from `/v1/tax_rates`.

use crate::bulk::{Record, Value};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::query::{Field, Fields};
use crate::records::IDS_AT_ONCE;
use crate::records::listed::listed;
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;
use tributary_core::ids::ConnectionNo;

/// A tax rate.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct TaxComponent {
    /// Stripe's id.
    pub id: String,
    /// What it is called on invoices.
    pub name: String,
    /// Exact decimal text: a fraction of 1; none for flat amounts.
    pub rate: Option<String>,
    /// Whether prices include it.
    pub inclusive: bool,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for TaxComponent {
    type Table = crate::schema::tax_components::table;
    const TABLE: &'static str = "tax_components";
    const COLUMNS: &'static [&'static str] = &["name", "rate", "inclusive", "created_ms"];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.name)),
            Value::Text(self.rate.as_deref()),
            Value::Bool(Some(self.inclusive)),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// What may be asked of tax components.
pub const FIELDS: &Fields = &Fields::undated(
    "TaxComponent",
    "tax_components",
    Field::id("id", "tax_components.id"),
    &[Field::date("modifiedDate", "tax_components.modified_ms"), Field::text("name", "tax_components.name")],
);

listed!(tax_components, TaxComponent, (id, name, rate, inclusive, created_ms));

/// Those of these ids that are known, deleted ones too: what was taxed by one stays so.
pub fn by_ids(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    ids: &[&str],
) -> Result<HashMap<String, TaxComponent>, DbError> {
    use crate::schema::tax_components::dsl;
    let mut known = HashMap::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let rows: Vec<TaxComponent> = dsl::tax_components
            .filter(dsl::connection_no.eq(connection.0))
            .filter(dsl::id.eq_any(ids))
            .select((dsl::id, dsl::name, dsl::rate, dsl::inclusive, dsl::created_ms))
            .load(conn)?;
        known.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
    }
    Ok(known)
}

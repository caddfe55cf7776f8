//! What was sold in an order: rows from the lines of invoices and the line items of sessions.
//!
//! Per line: quantity × unit price − discounts + taxes = total, but for what rounding the unit price costs.

use crate::bulk::{Record, Value};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::records::{IDS_AT_ONCE, json};
use crate::schema::order_lines::dsl;
use crate::stored::Stored;
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use tributary_core::Currency;
use tributary_core::ids::ConnectionNo;

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct OrderLine {
    /// Stripe's id.
    pub id: String,
    /// The order.
    pub order_id: String,
    /// From 0, in the order of the invoice or the session.
    pub position: i64,
    /// What was sold, as the invoice or the session calls it.
    pub description: Option<String>,
    /// The product; none for amounts without a price.
    pub product_id: Option<String>,
    /// The price.
    pub variant_id: Option<String>,
    /// The merchant's name of the price, where the line has it.
    pub variant_name: Option<String>,
    /// The order's.
    #[diesel(deserialize_as = Stored)]
    pub currency: Currency,
    /// Exact decimal text, negative where something was given back.
    pub quantity: String,
    /// Exact decimal text in major units: without discount, and without tax even where prices include it.
    pub unit_price: String,
    /// With discount and tax.
    pub total_minor: i64,
    /// The tax in it, after the discount.
    pub tax_minor: i64,
    /// What was taken off, positive.
    pub discount_minor: i64,
    /// JSON of [`LineTax`]es.
    pub taxes: String,
    /// JSON of [`LineDiscount`]s.
    pub discounts: String,
}

impl Record for OrderLine {
    type Table = crate::schema::order_lines::table;
    const TABLE: &'static str = "order_lines";
    const COLUMNS: &'static [&'static str] = &[
        "order_id",
        "position",
        "description",
        "product_id",
        "variant_id",
        "variant_name",
        "currency",
        "quantity",
        "unit_price",
        "total_minor",
        "tax_minor",
        "discount_minor",
        "taxes",
        "discounts",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.order_id)),
            Value::Int(Some(self.position)),
            Value::Text(self.description.as_deref()),
            Value::Text(self.product_id.as_deref()),
            Value::Text(self.variant_id.as_deref()),
            Value::Text(self.variant_name.as_deref()),
            Value::Text(Some(self.currency.code())),
            Value::Text(Some(&self.quantity)),
            Value::Text(Some(&self.unit_price)),
            Value::Int(Some(self.total_minor)),
            Value::Int(Some(self.tax_minor)),
            Value::Int(Some(self.discount_minor)),
            Value::Text(Some(&self.taxes)),
            Value::Text(Some(&self.discounts)),
        ]
    }
}

/// A tax on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTax {
    /// The tax rate, which is a tax component.
    pub id: String,
    /// Minor units of the line's currency.
    pub amount_minor: i64,
}

/// A discount on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDiscount {
    /// Stripe's id of the discount or of the credit, where the line names it.
    pub id: Option<String>,
    /// Minor units of the line's currency, positive.
    pub amount_minor: i64,
}

impl OrderLine {
    /// Its taxes, as far as their rates are known: they may be less than `tax_minor`.
    pub fn taxes(&self) -> Result<Vec<LineTax>, DbError> {
        json(&self.taxes)
    }

    /// Its discounts.
    pub fn discounts(&self) -> Result<Vec<LineDiscount>, DbError> {
        json(&self.discounts)
    }
}

/// The lines of each of these orders, in their order.
pub fn of_orders(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    orders: &[&str],
) -> Result<HashMap<String, Vec<OrderLine>>, DbError> {
    let mut of: HashMap<String, Vec<OrderLine>> = HashMap::new();
    for orders in orders.chunks(IDS_AT_ONCE) {
        let rows: Vec<OrderLine> = dsl::order_lines
            .filter(dsl::connection_no.eq(connection.0))
            .filter(dsl::order_id.eq_any(orders))
            .filter(diesel::dsl::not(dsl::deleted))
            .order((dsl::order_id, dsl::position, dsl::id))
            .select((
                dsl::id,
                dsl::order_id,
                dsl::position,
                dsl::description,
                dsl::product_id,
                dsl::variant_id,
                dsl::variant_name,
                dsl::currency,
                dsl::quantity,
                dsl::unit_price,
                dsl::total_minor,
                dsl::tax_minor,
                dsl::discount_minor,
                dsl::taxes,
                dsl::discounts,
            ))
            .load(conn)?;
        for row in rows {
            of.entry(row.order_id.clone()).or_default().push(row);
        }
    }
    Ok(of)
}

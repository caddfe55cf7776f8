//! A record shows more than its own row: when one of the others changes, so does its `modified_ms` (rule E8).
//!
//! Each function is given rows that a commit wrote or buried, by their ids, and heeds those that changed in it.
//!
//! The pages of a first run are spared this (`Records::write`).

use crate::bulk::{Owner, Record};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::records::IDS_AT_ONCE;
use crate::schema;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, TextExpressionMethods};
use tributary_core::Resource;

/// The ids of rows.
pub(super) fn ids<'a, R: Record>(rows: &[&'a R]) -> Vec<&'a str> {
    rows.iter().map(|row| row.id()).collect()
}

/// Rows of a table by their ids: those that this commit changed.
macro_rules! changed {
    ($table:ident, $owner:ident, $modified_ms:ident, $ids:expr) => {
        schema::$table::table
            .filter(schema::$table::connection_no.eq($owner.connection_no.0))
            .filter(schema::$table::id.eq_any($ids))
            .filter(schema::$table::modified_ms.eq($modified_ms))
    };
}

/// Whether the connection has any row in a table.
macro_rules! has_any {
    ($conn:ident, $owner:ident, $table:ident) => {
        schema::$table::table
            .filter(schema::$table::connection_no.eq($owner.connection_no.0))
            .select(schema::$table::connection_no)
            .first::<i64>($conn)
            .optional()?
            .is_some()
    };
}

/// What shows the records that objects of `resource` wrote, which were just buried.
pub(super) fn of_buried(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    resource: Resource,
    ids: &[String],
) -> Result<(), DbError> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    match resource {
        Resource::Prices => products_of(conn, owner, modified_ms, &ids),
        Resource::Charges | Resource::Refunds => of_payments(conn, owner, modified_ms, &ids),
        Resource::InvoicePayments => orders_of_links(conn, owner, modified_ms, &ids),
        _ => Ok(()),
    }
}

/// A product shows its variants.
pub(super) fn products_of(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    variants: &[&str],
) -> Result<(), DbError> {
    use schema::{products, variants as rows};
    let changed: Vec<String> =
        changed!(variants, owner, modified_ms, variants).select(rows::product_id).load(conn)?;
    diesel::update(products::table)
        .filter(products::connection_no.eq(owner.connection_no.0))
        .filter(products::id.eq_any(changed))
        .set(products::modified_ms.eq(modified_ms))
        .execute(conn)?;
    Ok(())
}

/// A canceled intent turns the payment of its latest charge to Cancelled, and an order shows its payments.
pub(super) fn of_intents(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    intents: &[&str],
) -> Result<(), DbError> {
    use schema::{payment_intents, payments};
    let canceled: Vec<(String, Option<String>)> = changed!(payment_intents, owner, modified_ms, intents)
        .filter(payment_intents::status.eq("canceled"))
        .select((payment_intents::id, payment_intents::latest_charge_id))
        .load(conn)?;
    let charges: Vec<&str> = canceled.iter().filter_map(|(_, charge)| charge.as_deref()).collect();
    if charges.is_empty() {
        return Ok(());
    }
    diesel::update(payments::table)
        .filter(payments::connection_no.eq(owner.connection_no.0))
        .filter(payments::id.eq_any(charges))
        .filter(payments::status.eq("Authorized"))
        .set(payments::modified_ms.eq(modified_ms))
        .execute(conn)?;
    if !has_any!(conn, owner, orders) {
        return Ok(());
    }
    let canceled: Vec<&str> = canceled.iter().map(|(intent, _)| intent.as_str()).collect();
    orders_paid_by(conn, owner, modified_ms, &canceled, &[])
}

/// A dispute shows its charge's balance transaction; an order its charges and what was refunded of them.
pub(super) fn of_payments(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    payments: &[&str],
) -> Result<(), DbError> {
    use schema::{disputes, payments as rows};
    let (any_disputes, any_orders) = (has_any!(conn, owner, disputes), has_any!(conn, owner, orders));
    if !any_disputes && !any_orders {
        return Ok(());
    }
    let changed: Vec<(String, Option<String>, Option<String>)> =
        changed!(payments, owner, modified_ms, payments)
            .select((rows::id, rows::charge_id, rows::payment_intent_id))
            .load(conn)?;
    if any_disputes {
        diesel::update(disputes::table)
            .filter(disputes::connection_no.eq(owner.connection_no.0))
            .filter(disputes::charge_id.eq_any(changed.iter().map(|(id, ..)| id)))
            .set(disputes::modified_ms.eq(modified_ms))
            .execute(conn)?;
    }
    if !any_orders {
        return Ok(());
    }
    let without_intent = changed.iter().filter(|(.., intent)| intent.is_none());
    let charges: Vec<&str> = without_intent.map(|(id, charge, _)| charge.as_deref().unwrap_or(id)).collect();
    // A refund that names no intent has that of its charge.
    let of_charges = intents_of(conn, owner, &charges)?;
    let own = changed.iter().filter_map(|(.., intent)| intent.as_deref());
    let intents: Vec<&str> = own.chain(of_charges.iter().map(String::as_str)).collect();
    orders_paid_by(conn, owner, modified_ms, &intents, &charges)
}

fn intents_of(conn: &mut AnyConn, owner: Owner, charges: &[&str]) -> Result<Vec<String>, DbError> {
    use schema::payments;
    if charges.is_empty() {
        return Ok(Vec::new());
    }
    let intents = payments::table
        .filter(payments::connection_no.eq(owner.connection_no.0))
        .filter(payments::id.eq_any(charges))
        .select(payments::payment_intent_id)
        .load::<Option<String>>(conn)?;
    Ok(intents.into_iter().flatten().collect())
}

fn orders_paid_by(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    intents: &[&str],
    charges: &[&str],
) -> Result<(), DbError> {
    use schema::{invoice_payments, orders};
    let links = invoice_payments::table.filter(invoice_payments::connection_no.eq(owner.connection_no.0));
    let mut invoices: Vec<String> = Vec::new();
    if !intents.is_empty() {
        diesel::update(orders::table)
            .filter(orders::connection_no.eq(owner.connection_no.0))
            .filter(orders::payment_intent_id.eq_any(intents))
            .set(orders::modified_ms.eq(modified_ms))
            .execute(conn)?;
        let by_intent = links.filter(invoice_payments::payment_intent_id.eq_any(intents));
        invoices.extend(by_intent.select(invoice_payments::invoice_id).load::<String>(conn)?);
    }
    if !charges.is_empty() {
        let by_charge = links.filter(invoice_payments::charge_id.eq_any(charges));
        invoices.extend(by_charge.select(invoice_payments::invoice_id).load::<String>(conn)?);
    }
    orders(conn, owner, modified_ms, &invoices)
}

/// An invoice that is an order shows what pays it.
pub(super) fn orders_of_links(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    links: &[&str],
) -> Result<(), DbError> {
    if !has_any!(conn, owner, orders) {
        return Ok(());
    }
    let invoices: Vec<String> = changed!(invoice_payments, owner, modified_ms, links)
        .select(schema::invoice_payments::invoice_id)
        .load(conn)?;
    orders(conn, owner, modified_ms, &invoices)
}

/// An order shows its lines: those of these orders of which a line was written or is gone.
pub(super) fn orders_of_lines(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    of: &[&str],
) -> Result<(), DbError> {
    use schema::order_lines;
    for of in of.chunks(IDS_AT_ONCE) {
        let changed: Vec<String> = order_lines::table
            .filter(order_lines::connection_no.eq(owner.connection_no.0))
            .filter(order_lines::order_id.eq_any(of))
            .filter(order_lines::modified_ms.eq(modified_ms))
            .select(order_lines::order_id)
            .distinct()
            .load(conn)?;
        orders(conn, owner, modified_ms, &changed)?;
    }
    Ok(())
}

/// An order shows the names of its taxes. They change so seldom that a search through the lines will do.
pub(super) fn orders_taxed_by(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    rates: &[&str],
) -> Result<(), DbError> {
    use schema::{order_lines, orders, tax_components};
    if !has_any!(conn, owner, orders) {
        return Ok(());
    }
    let changed: Vec<String> =
        changed!(tax_components, owner, modified_ms, rates).select(tax_components::id).load(conn)?;
    for rate in changed {
        let taxed = order_lines::table
            .filter(order_lines::connection_no.eq(owner.connection_no.0))
            .filter(order_lines::taxes.like(format!("%\"{rate}\"%")))
            .select(order_lines::order_id);
        diesel::update(orders::table)
            .filter(orders::connection_no.eq(owner.connection_no.0))
            .filter(orders::id.eq_any(taxed))
            .set(orders::modified_ms.eq(modified_ms))
            .execute(conn)?;
    }
    Ok(())
}

fn orders(conn: &mut AnyConn, owner: Owner, modified_ms: i64, ids: &[String]) -> Result<(), DbError> {
    use schema::orders;
    for ids in ids.chunks(IDS_AT_ONCE) {
        diesel::update(orders::table)
            .filter(orders::connection_no.eq(owner.connection_no.0))
            .filter(orders::id.eq_any(ids))
            .set(orders::modified_ms.eq(modified_ms))
            .execute(conn)?;
    }
    Ok(())
}

//! A record shows more than its own row: when one of the others changes, so does its `modified_ms` (rule E8).
//!
//! A first run pulls what orders show before the orders, unless it is told another order: it is spared the search for
//! orders that aren't there yet.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::records::IDS_AT_ONCE;
use crate::records::invoice_payments::InvoicePayment;
use crate::records::orders::Order;
use crate::records::payment_intents::PaymentIntent;
use crate::records::payments::Payment;
use crate::records::tax_components::TaxComponent;
use crate::records::variants::Variant;
use crate::schema;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, TextExpressionMethods};

/// A product shows its variants.
pub(super) fn products_of(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    variants: &[&Variant],
) -> Result<(), DbError> {
    use schema::{products, variants as rows};
    let changed = rows::table
        .filter(rows::connection_no.eq(owner.connection_no.0))
        .filter(rows::id.eq_any(variants.iter().map(|variant| variant.id.as_str())))
        .filter(rows::modified_ms.eq(modified_ms))
        .select(rows::product_id);
    let changed: Vec<String> = changed.load(conn)?;
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
    intents: &[&PaymentIntent],
) -> Result<(), DbError> {
    use schema::payments;
    let canceled: Vec<_> = intents.iter().filter(|intent| intent.status == "canceled").collect();
    let charges: Vec<&str> =
        canceled.iter().filter_map(|intent| intent.latest_charge_id.as_deref()).collect();
    if charges.is_empty() {
        return Ok(());
    }
    diesel::update(payments::table)
        .filter(payments::connection_no.eq(owner.connection_no.0))
        .filter(payments::id.eq_any(charges))
        .filter(payments::status.eq("Authorized"))
        .set(payments::modified_ms.eq(modified_ms))
        .execute(conn)?;
    let canceled: Vec<&str> = canceled.iter().map(|intent| intent.id.as_str()).collect();
    orders_paid_by(conn, owner, modified_ms, &canceled, &[])
}

/// A dispute shows its charge's balance transaction; an order its charges and what was refunded of them.
pub(super) fn of_payments(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    payments: &[&Payment],
) -> Result<(), DbError> {
    use schema::disputes;
    let ids: Vec<&str> = payments.iter().map(|payment| payment.id.as_str()).collect();
    diesel::update(disputes::table)
        .filter(disputes::connection_no.eq(owner.connection_no.0))
        .filter(disputes::charge_id.eq_any(ids))
        .set(disputes::modified_ms.eq(modified_ms))
        .execute(conn)?;
    let without_intent = payments.iter().filter(|payment| payment.payment_intent_id.is_none());
    let charges: Vec<&str> =
        without_intent.map(|payment| payment.charge_id.as_deref().unwrap_or(&payment.id)).collect();
    // A refund that names no intent has that of its charge.
    let of_charges = intents_of(conn, owner, &charges)?;
    let own = payments.iter().filter_map(|payment| payment.payment_intent_id.as_deref());
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
    if !any_orders(conn, owner)? {
        return Ok(());
    }
    if !intents.is_empty() {
        diesel::update(orders::table)
            .filter(orders::connection_no.eq(owner.connection_no.0))
            .filter(orders::payment_intent_id.eq_any(intents))
            .set(orders::modified_ms.eq(modified_ms))
            .execute(conn)?;
    }
    let links = invoice_payments::table.filter(invoice_payments::connection_no.eq(owner.connection_no.0));
    let mut invoices: Vec<String> = Vec::new();
    if !intents.is_empty() {
        let by_intent = links.filter(invoice_payments::payment_intent_id.eq_any(intents));
        invoices.extend(by_intent.select(invoice_payments::invoice_id).load::<String>(conn)?);
    }
    if !charges.is_empty() {
        let by_charge = links.filter(invoice_payments::charge_id.eq_any(charges));
        invoices.extend(by_charge.select(invoice_payments::invoice_id).load::<String>(conn)?);
    }
    let invoices: Vec<&str> = invoices.iter().map(String::as_str).collect();
    orders(conn, owner, modified_ms, &invoices)
}

/// An invoice that is an order shows what pays it.
pub(super) fn orders_of_links(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    links: &[&InvoicePayment],
) -> Result<(), DbError> {
    let invoices: Vec<&str> = links.iter().map(|link| link.invoice_id.as_str()).collect();
    orders(conn, owner, modified_ms, &invoices)
}

/// An order shows its lines: those of these orders of which a line was written or is gone.
pub(super) fn orders_of_lines(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    of: &[&Order],
) -> Result<(), DbError> {
    use schema::order_lines;
    let shown: Vec<&str> = of.iter().map(|order| order.id.as_str()).collect();
    for shown in shown.chunks(IDS_AT_ONCE) {
        let changed: Vec<String> = order_lines::table
            .filter(order_lines::connection_no.eq(owner.connection_no.0))
            .filter(order_lines::order_id.eq_any(shown))
            .filter(order_lines::modified_ms.eq(modified_ms))
            .select(order_lines::order_id)
            .distinct()
            .load(conn)?;
        let changed: Vec<&str> = changed.iter().map(String::as_str).collect();
        orders(conn, owner, modified_ms, &changed)?;
    }
    Ok(())
}

/// An order shows the names of its taxes. They change so seldom that a search through the lines will do.
pub(super) fn orders_taxed_by(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    rates: &[&TaxComponent],
) -> Result<(), DbError> {
    use schema::{order_lines, orders, tax_components};
    if !any_orders(conn, owner)? {
        return Ok(());
    }
    let changed: Vec<String> = tax_components::table
        .filter(tax_components::connection_no.eq(owner.connection_no.0))
        .filter(tax_components::id.eq_any(rates.iter().map(|rate| rate.id.as_str())))
        .filter(tax_components::modified_ms.eq(modified_ms))
        .select(tax_components::id)
        .load(conn)?;
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

/// Whether the connection has any order.
fn any_orders(conn: &mut AnyConn, owner: Owner) -> Result<bool, DbError> {
    use schema::orders;
    let of_connection = orders::table.filter(orders::connection_no.eq(owner.connection_no.0));
    Ok(of_connection.select(orders::connection_no).first::<i64>(conn).optional()?.is_some())
}

fn orders(conn: &mut AnyConn, owner: Owner, modified_ms: i64, ids: &[&str]) -> Result<(), DbError> {
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

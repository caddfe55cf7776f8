//! What an order shows beside its own row (rules M4, E8): its lines, what was paid for it and what of that went back.
//! Read for a page of orders at once, in a number of queries that doesn't depend on how many there are.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::records::order_lines::{self, OrderLine};
use crate::records::orders::Order;
use crate::records::payments::{self, Payment};
use crate::records::{IDS_AT_ONCE, Stamped};
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::{BTreeSet, HashMap};
use tributary_core::Resource;
use tributary_core::commerce::PaymentStatus;
use tributary_core::ids::ConnectionNo;

/// What belongs to one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderParts {
    /// What was sold; of void orders nothing.
    pub lines: Vec<OrderLine>,
    /// Attempts to pay it, failed ones too, the oldest first: each is a charge, and a payment of that id. With the
    /// status of their intents. Refunds are not among them.
    pub payments: Vec<Stamped<Payment>>,
    /// What went back of them, 0 or negative: minor units of the order's currency.
    pub refund_minor: i64,
    /// The terminal location where it was paid.
    pub location_id: Option<String>,
    /// When it was closed: UTC milliseconds. A session closes with its payment, or at once where nothing was to pay.
    pub closed_ms: Option<i64>,
}

/// The parts of each order, in the order of `orders`.
pub fn join(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    orders: &[Stamped<Order>],
) -> Result<Vec<OrderParts>, DbError> {
    let ids: Vec<&str> = orders.iter().map(|(order, _)| order.id.as_str()).collect();
    let mut lines = order_lines::of_orders(conn, connection, &ids)?;
    let paid_by = paid_by(conn, connection, orders)?;
    let mut paid = charges(conn, connection, &paid_by)?;
    payments::join_intents(conn, connection, &mut paid)?;
    let mut refunded: HashMap<String, i64> = HashMap::new();
    for refund in refunds(conn, connection, &paid)? {
        let sum = refunded.entry(refund.charge_id.unwrap_or_default()).or_default();
        *sum = sum.saturating_add(refund.amount_minor.min(0));
    }
    let mut parts: Vec<OrderParts> = ids
        .iter()
        .map(|id| OrderParts { lines: lines.remove(*id).unwrap_or_default(), ..OrderParts::default() })
        .collect();
    paid.sort_by(|(a, _), (b, _)| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
    for payment in paid {
        let (charge, _) = &payment;
        let by_intent = charge.payment_intent_id.as_ref().and_then(|intent| paid_by.intents.get(intent));
        let Some(at) = by_intent.or_else(|| paid_by.charges.get(&charge.id)) else { continue };
        let Some(part) = parts.get_mut(*at) else { continue };
        part.refund_minor = part.refund_minor.saturating_add(refunded.get(&charge.id).copied().unwrap_or(0));
        part.location_id = part.location_id.take().or_else(|| charge.location_id.clone());
        part.payments.push(payment);
    }
    for ((order, _), part) in orders.iter().zip(&mut parts) {
        part.closed_ms = closed_ms(order, &part.payments);
    }
    Ok(parts)
}

/// The objects that an order shows beside its own: what pays it, what of that went back, and its tax rates.
pub(super) fn sources(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    order: Stamped<Order>,
) -> Result<Vec<(Resource, String)>, DbError> {
    let links = links(conn, connection, &[&order.0.id])?;
    let mut sources: Vec<_> = links.into_iter().map(|link| (Resource::InvoicePayments, link.id)).collect();
    let mut rates = BTreeSet::new();
    for part in join(conn, connection, &[order])? {
        for line in &part.lines {
            rates.extend(line.taxes()?.into_iter().map(|tax| (Resource::TaxRates, tax.id)));
        }
        let refunds = refunds(conn, connection, &part.payments)?;
        sources.extend(part.payments.into_iter().map(|(charge, _)| (Resource::Charges, charge.id)));
        sources.extend(refunds.into_iter().map(|refund| (Resource::Refunds, refund.id)));
    }
    sources.extend(rates);
    Ok(sources)
}

/// The places of the orders that intents, and charges without one, pay for.
#[derive(Default)]
struct PaidBy {
    intents: HashMap<String, usize>,
    charges: HashMap<String, usize>,
}

fn paid_by(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    orders: &[Stamped<Order>],
) -> Result<PaidBy, DbError> {
    let mut paid_by = PaidBy::default();
    let mut invoices = HashMap::new();
    for (at, (order, _)) in orders.iter().enumerate() {
        match (&order.payment_intent_id, order.resource) {
            (Some(intent), _) => drop(paid_by.intents.insert(intent.clone(), at)),
            (None, Resource::Invoices) => drop(invoices.insert(order.id.as_str(), at)),
            (None, _) => {}
        }
    }
    let ids: Vec<&str> = invoices.keys().copied().collect();
    for link in links(conn, connection, &ids)? {
        let Some(at) = invoices.get(link.invoice_id.as_str()) else { continue };
        match (link.payment_intent_id, link.charge_id) {
            (Some(intent), _) => drop(paid_by.intents.insert(intent, *at)),
            (None, Some(charge)) => drop(paid_by.charges.insert(charge, *at)),
            (None, None) => {}
        }
    }
    Ok(paid_by)
}

/// What ties an invoice to what pays it.
#[derive(Queryable)]
struct Link {
    id: String,
    invoice_id: String,
    payment_intent_id: Option<String>,
    charge_id: Option<String>,
}

fn links(conn: &mut AnyConn, connection: ConnectionNo, invoices: &[&str]) -> Result<Vec<Link>, DbError> {
    use crate::schema::invoice_payments::dsl;
    let mut links = Vec::new();
    for invoices in invoices.chunks(IDS_AT_ONCE) {
        let rows: Vec<Link> = dsl::invoice_payments
            .filter(dsl::connection_no.eq(connection.0))
            .filter(dsl::invoice_id.eq_any(invoices))
            .filter(diesel::dsl::not(dsl::deleted))
            .select((dsl::id, dsl::invoice_id, dsl::payment_intent_id, dsl::charge_id))
            .load(conn)?;
        links.extend(rows);
    }
    Ok(links)
}

fn charges(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    paid_by: &PaidBy,
) -> Result<Vec<Stamped<Payment>>, DbError> {
    let intents: Vec<&str> = paid_by.intents.keys().map(String::as_str).collect();
    let charges: Vec<&str> = paid_by.charges.keys().map(String::as_str).collect();
    let mut found = Vec::new();
    for intents in intents.chunks(IDS_AT_ONCE) {
        found.extend(payments::charges_of_intents(conn, connection, intents)?);
    }
    for charges in charges.chunks(IDS_AT_ONCE) {
        found.extend(payments::by_ids(conn, connection, charges)?);
    }
    // One that was named by its id and by its intent counts once.
    found.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    found.dedup_by(|(a, _), (b, _)| a.id == b.id);
    Ok(found)
}

/// What went back of a charge, negative.
#[derive(Queryable)]
struct Refund {
    id: String,
    charge_id: Option<String>,
    amount_minor: i64,
}

/// What went back of charges. Refunds that failed or were stopped moved nothing in the end.
fn refunds(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    charges: &[Stamped<Payment>],
) -> Result<Vec<Refund>, DbError> {
    use crate::schema::payments::dsl;
    let counts = [PaymentStatus::Paid, PaymentStatus::Pending].map(PaymentStatus::as_str);
    let ids: Vec<&str> = charges.iter().map(|(charge, _)| charge.id.as_str()).collect();
    let mut refunds = Vec::new();
    for ids in ids.chunks(IDS_AT_ONCE) {
        let rows: Vec<Refund> = dsl::payments
            .filter(dsl::connection_no.eq(connection.0))
            .filter(dsl::charge_id.eq_any(ids))
            .filter(dsl::status.eq_any(counts))
            .filter(diesel::dsl::not(dsl::deleted))
            .select((dsl::id, dsl::charge_id, dsl::amount_minor))
            .load(conn)?;
        refunds.extend(rows);
    }
    Ok(refunds)
}

fn closed_ms(order: &Order, payments: &[Stamped<Payment>]) -> Option<i64> {
    let of_session = || match order.status.as_str() {
        "no_payment_required" => Some(order.created_ms),
        "paid" => {
            let paid = payments.iter().filter(|(payment, _)| payment.status == PaymentStatus::Paid);
            paid.map(|(payment, _)| payment.created_ms).max()
        }
        _ => None,
    };
    order.closed_ms.or_else(|| of_session().filter(|_| order.resource == Resource::CheckoutSessions))
}

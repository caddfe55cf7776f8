//! Orders become invoices and checkout sessions, once it is known how each was paid.

use super::bills::*;
use super::calendar::DAY;
use super::extras::{SetupRow, SetupStatus};
use super::orders::{Book, Fate, Order};
use super::plot::Frame;
use super::rows::{ChargeRow, IntentRow, IntentStatus, Method, Outcome, Ref};
use super::tariff::Tariff;
use crate::dice::salted;

/// Everything of Billing and Checkout. Lists are in the order of `created`, oldest first; lines and items in that of
/// what they belong to.
#[derive(Default)]
pub(crate) struct Billing {
    pub(crate) coupons: Vec<CouponRow>,
    pub(crate) tax_rates: Vec<TaxRateRow>,
    pub(crate) subscriptions: Vec<SubscriptionRow>,
    pub(crate) items: Vec<ItemRow>,
    pub(crate) invoices: Vec<InvoiceRow>,
    pub(crate) lines: Vec<LineRow>,
    pub(crate) payments: Vec<InvoicePaymentRow>,
    pub(crate) credit_notes: Vec<CreditNoteRow>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) session_lines: Vec<LineRow>,
}

/// The place of an order's invoice, and what else is needed to make its session.
struct Made {
    order: usize,
    invoice: Ref,
}

/// Makes invoices, their payments and the sessions. Intents of voided invoices are cancelled.
pub(super) fn bill(
    frame: &Frame<'_>,
    tariff: Tariff,
    (subscriptions, items): (Vec<SubscriptionRow>, Vec<ItemRow>),
    book: &Book,
    (intents, charges): (&mut [IntentRow], &[ChargeRow]),
    setups: &[SetupRow],
) -> Billing {
    let mut billing = Billing {
        coupons: tariff.coupons,
        tax_rates: tariff.tax_rates,
        subscriptions,
        items,
        ..Billing::default()
    };
    let mut order: Vec<usize> = (0..book.orders.len()).collect();
    order.sort_by_key(|place| book.orders[*place].created);
    let mut made: Vec<Made> = Vec::new();
    for place in order {
        let of_order = &book.orders[place];
        let mut invoice = Ref::NONE;
        if of_order.invoice {
            invoice = Ref::to(billing.invoices.len());
            invoice_of(frame, &mut billing, of_order, book, intents, charges);
        }
        if of_order.session {
            made.push(Made { order: place, invoice });
        }
    }
    number(&mut billing);
    payments(&mut billing, intents);
    let mut drafts = sessions(frame, &billing, book, &made, intents, charges);
    drafts.extend(setups.iter().enumerate().filter_map(|(place, setup)| setup_session(place, setup, frame)));
    drafts.sort_by_key(|(row, _)| row.created);
    let (mut rows, mut lines) = (Vec::with_capacity(drafts.len()), Vec::new());
    for (mut row, of_row) in drafts {
        let owner = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        row.lines = append(&mut lines, of_row, owner);
        rows.push(row);
    }
    (billing.sessions, billing.session_lines) = (rows, lines);
    redeem(&mut billing);
    billing
}

/// Adds lines to a list, as those of `owner`.
fn append(all: &mut Vec<LineRow>, lines: &[LineRow], owner: u32) -> Span {
    let first = u32::try_from(all.len()).unwrap_or(u32::MAX);
    all.extend(lines.iter().map(|line| LineRow { owner, ..*line }));
    Span { first, count: u32::try_from(lines.len()).unwrap_or(0) }
}

/// When the money of a charge was there.
fn paid_at(charge: &ChargeRow) -> u32 {
    if charge.method == Method::Debit { charge.created + 4 * DAY } else { charge.created }
}

fn invoice_of(
    frame: &Frame<'_>,
    billing: &mut Billing,
    order: &Order,
    book: &Book,
    intents: &mut [IntentRow],
    charges: &[ChargeRow],
) {
    let place = billing.invoices.len();
    let owner = u32::try_from(place).unwrap_or(u32::MAX);
    let intent = order.intent.get().and_then(|at| intents.get_mut(at));
    let latest = intent.as_ref().and_then(|row| charges.get(row.latest_charge.get()?));
    let given_up = latest.map_or(order.finalized_at, |charge| charge.created) + 5 * DAY;
    let given_up = given_up.min(frame.end);
    let unpaid = match order.fate {
        Fate::Open => (InvoiceStatus::Open, 0),
        Fate::Draft => (InvoiceStatus::Draft, 0),
        Fate::Uncollectible => (InvoiceStatus::Uncollectible, given_up),
        Fate::Void => (InvoiceStatus::Void, given_up),
    };
    let (status, settled_at) = match intent.as_ref().map(|row| row.status) {
        Some(IntentStatus::Succeeded) => (InvoiceStatus::Paid, latest.map_or(0, paid_at)),
        Some(IntentStatus::Processing) => (InvoiceStatus::Open, 0),
        None if order.totals.total == 0 => (InvoiceStatus::Paid, order.finalized_at),
        _ => unpaid,
    };
    if let Some(intent) = intent.filter(|_| status == InvoiceStatus::Void) {
        (intent.status, intent.canceled_at) = (IntentStatus::Canceled, settled_at);
    }
    let lines = book.lines.get(order.lines.places()).unwrap_or(&[]);
    let lines = append(&mut billing.lines, lines, owner);
    let draft = status == InvoiceStatus::Draft;
    billing.invoices.push(InvoiceRow {
        created: order.created,
        finalized_at: if draft { 0 } else { order.finalized_at },
        settled_at,
        due_date: if order.due_days == 0 { 0 } else { order.finalized_at + order.due_days * DAY },
        period_start: order.period.0,
        period_end: order.period.1,
        customer: order.customer,
        subscription: order.subscription,
        intent: order.intent,
        payment: Ref::NONE,
        lines,
        number: 0,
        totals: order.totals,
        paid: if status == InvoiceStatus::Paid { order.totals.total } else { 0 },
        credited_before: 0,
        credited_after: 0,
        attempts: order.attempts,
        status,
        reason: order.reason,
        currency: order.currency,
        coupon: order.terms.coupon,
        tax_rate: order.terms.tax_rate,
    });
    if let Some(row) = order.subscription.get().and_then(|at| billing.subscriptions.get_mut(at)) {
        row.latest_invoice = Ref::to(place);
    }
}

/// Numbers finalized invoices, per customer from 1.
fn number(billing: &mut Billing) {
    let mut counts: Vec<u32> = Vec::new();
    for invoice in billing.invoices.iter_mut().filter(|invoice| invoice.finalized_at > 0) {
        let Some(customer) = invoice.customer.get() else { continue };
        if counts.len() <= customer {
            counts.resize(customer + 1, 0);
        }
        counts[customer] += 1;
        invoice.number = counts[customer];
    }
}

fn payments(billing: &mut Billing, intents: &[IntentRow]) {
    for (place, invoice) in (0..).zip(&billing.invoices) {
        if invoice.intent.get().is_none_or(|at| at >= intents.len()) {
            continue;
        }
        let (status, settled_at) = match invoice.status {
            InvoiceStatus::Paid => (InvoicePaymentStatus::Paid, invoice.settled_at),
            InvoiceStatus::Void => (InvoicePaymentStatus::Canceled, invoice.settled_at),
            _ => (InvoicePaymentStatus::Open, 0),
        };
        billing.payments.push(InvoicePaymentRow {
            created: invoice.finalized_at,
            invoice: place,
            intent: invoice.intent,
            settled_at,
            status,
            requested: invoice.due(),
            paid: invoice.paid,
        });
    }
    billing.payments.sort_by_key(|payment| payment.created);
    for (place, payment) in billing.payments.iter().enumerate() {
        if let Some(invoice) = billing.invoices.get_mut(payment.invoice as usize) {
            invoice.payment = Ref::to(place);
        }
    }
}

/// A session and its lines.
type Draft<'a> = (SessionRow, &'a [LineRow]);

fn blank_session(created: u32, mode: SessionMode, currency: crate::cash::Cash) -> SessionRow {
    SessionRow {
        created,
        expires_at: created + DAY,
        customer: Ref::NONE,
        intent: Ref::NONE,
        invoice: Ref::NONE,
        subscription: Ref::NONE,
        setup: Ref::NONE,
        charge: Ref::NONE,
        lines: Span::default(),
        totals: Totals::default(),
        mode,
        status: SessionStatus::Complete,
        paid: false,
        currency,
        coupon: None,
        tax_rate: None,
    }
}

/// The sessions of orders, and those in which a third of the subscriptions began.
fn sessions<'a>(
    frame: &Frame<'_>,
    billing: &'a Billing,
    book: &'a Book,
    made: &[Made],
    intents: &[IntentRow],
    charges: &[ChargeRow],
) -> Vec<Draft<'a>> {
    let of_order = |made: &Made| {
        let order = &book.orders[made.order];
        let before = 60 + (salted(&[frame.salt, 0xC5, made.order as u64]) % 600) as u32;
        let mut row = blank_session(order.created - before, SessionMode::Payment, order.currency);
        let intent = order.intent.get().and_then(|at| intents.get(at));
        let latest = intent.and_then(|row| row.latest_charge.get());
        let outcome = latest.and_then(|at| charges.get(at)).map(|charge| charge.outcome);
        (row.status, row.paid) = match (intent.map(|row| row.status), outcome) {
            (Some(IntentStatus::Succeeded), _) => (SessionStatus::Complete, true),
            (Some(IntentStatus::Processing), _) | (_, Some(Outcome::Bounced)) => {
                (SessionStatus::Complete, false)
            }
            _ if row.expires_at <= frame.end => (SessionStatus::Expired, false),
            _ => (SessionStatus::Open, false),
        };
        row.customer = order.customer;
        if row.status == SessionStatus::Complete {
            (row.intent, row.invoice) = (order.intent, made.invoice);
            row.charge = latest.map_or(Ref::NONE, Ref::to);
        }
        (row.totals, row.coupon, row.tax_rate) = (order.totals, order.terms.coupon, order.terms.tax_rate);
        (row, book.lines.get(order.lines.places()).unwrap_or(&[]))
    };
    let begun = |(place, invoice): (usize, &InvoiceRow)| {
        let subscription = invoice.subscription.get()?;
        let chosen = invoice.reason == Reason::Create
            && invoice.status == InvoiceStatus::Paid
            && salted(&[frame.salt, 0xC6, subscription as u64]).is_multiple_of(3);
        let row = SessionRow {
            customer: invoice.customer,
            invoice: Ref::to(place),
            subscription: invoice.subscription,
            totals: invoice.totals,
            paid: true,
            coupon: invoice.coupon,
            tax_rate: invoice.tax_rate,
            ..blank_session(invoice.created - 90, SessionMode::Subscription, invoice.currency)
        };
        chosen.then(|| (row, billing.lines.get(invoice.lines.places()).unwrap_or(&[])))
    };
    made.iter().map(of_order).chain(billing.invoices.iter().enumerate().filter_map(begun)).collect()
}

/// The session in which every third saved way to pay was set up.
fn setup_session(place: usize, setup: &SetupRow, frame: &Frame<'_>) -> Option<Draft<'static>> {
    let chosen = setup.status == SetupStatus::Succeeded && place.is_multiple_of(3);
    let row = SessionRow {
        customer: setup.customer,
        setup: Ref::to(place),
        ..blank_session(setup.created.saturating_sub(45), SessionMode::Setup, frame.profile.home())
    };
    chosen.then_some((row, &[]))
}

/// Counts how often each coupon was used: once per subscription, and per invoice or session of its own.
fn redeem(billing: &mut Billing) {
    let of_subscriptions = billing.subscriptions.iter().map(|row| row.coupon);
    let own = billing.invoices.iter().filter(|row| row.subscription == Ref::NONE).map(|row| row.coupon);
    let alone =
        billing.sessions.iter().filter(|row| row.subscription == Ref::NONE && row.invoice == Ref::NONE);
    let completed = alone.filter(|row| row.status == SessionStatus::Complete).map(|row| row.coupon);
    let used: Vec<u8> = of_subscriptions.chain(own).chain(completed).flatten().collect();
    for place in used {
        if let Some(coupon) = billing.coupons.get_mut(usize::from(place)) {
            coupon.times_redeemed += 1;
        }
    }
}

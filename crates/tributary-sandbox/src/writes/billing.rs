//! What becomes of an invoice: finalized, charged, paid, voided.

use super::payments::{self, Plan};
use super::{Made, TestMethod};
use crate::cash::Cash;
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::PeriodBill;
use crate::world::World;
use crate::world::bills::{
    InvoicePaymentRow, InvoicePaymentStatus, InvoiceRow, InvoiceStatus, Reason, SubscriptionStatus,
};
use crate::world::rows::{IntentStatus, Ref};
use serde_json::{Map, Value, json};

/// Whom an invoice is for, and why it is made.
pub(crate) struct Occasion {
    pub(crate) customer: Ref,
    pub(crate) subscription: Ref,
    pub(crate) reason: Reason,
    pub(crate) period: (u32, u32),
    pub(crate) currency: Cash,
    /// Days until it must be paid; 0 where it is charged automatically.
    pub(crate) due_days: u32,
}

/// Makes a draft; its place.
pub(crate) fn draft(world: &mut World, by: &Moment<'_>, of: &Occasion, bill: PeriodBill) -> usize {
    let place = world.billing.invoices.len();
    let lines = world.push_lines(&bill.lines, place);
    world.billing.invoices.push(InvoiceRow {
        created: by.at,
        finalized_at: 0,
        settled_at: 0,
        due_date: if of.due_days == 0 { 0 } else { by.at + of.due_days * 86_400 },
        period_start: of.period.0,
        period_end: of.period.1,
        customer: of.customer,
        subscription: of.subscription,
        intent: Ref::NONE,
        payment: Ref::NONE,
        lines,
        number: 0,
        totals: bill.totals,
        paid: 0,
        credited_before: 0,
        credited_after: 0,
        attempts: 0,
        status: InvoiceStatus::Draft,
        reason: of.reason,
        currency: of.currency,
        coupon: bill.coupon,
        tax_rate: bill.tax_rate,
    });
    if let Some(subscription) = of.subscription.get() {
        world.billing.subscriptions[subscription].latest_invoice = Ref::to(place);
    }
    world.note(by, EventType::InvoiceCreated, place);
    place
}

/// Numbers a draft and opens it for payment. Nothing to pay is paid.
pub(crate) fn finalize(world: &mut World, by: &Moment<'_>, place: usize) -> Result<(), ApiError> {
    let row = world.billing.invoices[place];
    if row.status != InvoiceStatus::Draft {
        let message = "This invoice is already finalized, you can't re-finalize a non-draft invoice.";
        return Err(ApiError::refused("invoice_not_editable", message, None));
    }
    let same = world.billing.invoices.iter().filter(|other| other.customer == row.customer);
    let number = same.map(|other| other.number).max().unwrap_or(0) + 1;
    let invoice = &mut world.billing.invoices[place];
    (invoice.status, invoice.finalized_at, invoice.number) = (InvoiceStatus::Open, by.at, number);
    world.note(by, EventType::InvoiceFinalized, place);
    if row.due() == 0 {
        mark_paid(world, by, place);
        return Ok(());
    }
    let fields =
        Map::from_iter([("description".to_owned(), Value::Null), ("metadata".to_owned(), json!({}))]);
    let plan =
        Plan { amount: row.due(), currency: row.currency, customer: row.customer, manual: false, fields };
    let intent = payments::open_intent(world, by, &plan);
    let payment = world.billing.payments.len();
    world.billing.payments.push(InvoicePaymentRow {
        created: by.at,
        invoice: u32::try_from(place).unwrap_or(u32::MAX),
        intent: Ref::to(intent),
        settled_at: 0,
        status: InvoicePaymentStatus::Open,
        requested: row.due(),
        paid: 0,
    });
    let invoice = &mut world.billing.invoices[place];
    (invoice.intent, invoice.payment) = (Ref::to(intent), Ref::to(payment));
    world.open_invoices.insert(Ref::to(intent), Ref::to(place));
    Ok(())
}

/// Tries to charge an open invoice.
pub(crate) fn collect(
    world: &mut World,
    by: &Moment<'_>,
    place: usize,
    method: TestMethod,
) -> Result<(), ApiError> {
    let row = world.billing.invoices[place];
    let intent = row.intent.get().filter(|_| row.status == InvoiceStatus::Open);
    let Some(intent) = intent else {
        let message = match row.status {
            InvoiceStatus::Paid => "Invoice is already paid",
            _ => "This invoice can't be paid: it isn't open.",
        };
        return Err(ApiError::refused("", message, None));
    };
    world.billing.invoices[place].attempts = row.attempts.saturating_add(1);
    let result = payments::pay(world, by, intent, method);
    if result.is_err() {
        world.note(by, EventType::InvoicePaymentFailed, place);
    }
    result
}

/// The intent of an invoice was paid, if it is one's.
pub(super) fn intent_paid(world: &mut World, by: &Moment<'_>, intent: usize) {
    if let Some(invoice) = world.open_invoices.remove(&Ref::to(intent)).and_then(Ref::get) {
        mark_paid(world, by, invoice);
    }
}

fn mark_paid(world: &mut World, by: &Moment<'_>, place: usize) {
    let row = &mut world.billing.invoices[place];
    if row.status != InvoiceStatus::Open {
        return;
    }
    let due = row.due();
    (row.status, row.settled_at, row.paid) = (InvoiceStatus::Paid, by.at, due);
    let (payment, subscription) = (row.payment.get(), row.subscription.get());
    if let Some(payment) = payment {
        let row = &mut world.billing.payments[payment];
        (row.status, row.settled_at, row.paid) = (InvoicePaymentStatus::Paid, by.at, due);
        world.note(by, EventType::InvoicePaymentPaid, payment);
    }
    world.note(by, EventType::InvoicePaid, place);
    world.note(by, EventType::InvoicePaymentSucceeded, place);
    let Some(subscription) = subscription else { return };
    let waits = matches!(
        world.billing.subscriptions[subscription].status,
        SubscriptionStatus::Incomplete | SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid
    );
    if waits {
        let before = world.snapshot(Kind::Subscriptions, subscription);
        world.billing.subscriptions[subscription].status = SubscriptionStatus::Active;
        world.note_change(by, EventType::SubscriptionUpdated, subscription, &before);
    }
}

/// Ends an open invoice without payment: void, or uncollectible.
pub(super) fn give_up(
    world: &mut World,
    by: &Moment<'_>,
    place: usize,
    status: InvoiceStatus,
) -> Result<Made, ApiError> {
    let row = world.billing.invoices[place];
    if !matches!(row.status, InvoiceStatus::Open | InvoiceStatus::Uncollectible) || row.status == status {
        let message = "You can only pass in open invoices. This invoice isn't open.";
        return Err(ApiError::refused("", message, None));
    }
    let what = match status {
        InvoiceStatus::Void => EventType::InvoiceVoided,
        _ => EventType::InvoiceUncollectible,
    };
    let invoice = &mut world.billing.invoices[place];
    (invoice.status, invoice.settled_at) = (status, by.at);
    if status == InvoiceStatus::Void {
        if let Some(payment) = row.payment.get() {
            let payment = &mut world.billing.payments[payment];
            (payment.status, payment.settled_at) = (InvoicePaymentStatus::Canceled, by.at);
        }
        if let Some(intent) = row.intent.get() {
            world.open_invoices.remove(&Ref::to(intent));
            let row = &mut world.intents[intent];
            (row.status, row.canceled_at) = (IntentStatus::Canceled, by.at);
            world.note(by, EventType::IntentCanceled, intent);
        }
    }
    world.note(by, what, place);
    Ok(Made { kind: Kind::Invoices, place })
}

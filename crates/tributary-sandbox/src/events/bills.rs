//! Billing, Checkout and what else an account has: events of the history, and objects as they stood.

use super::history::Chronicle;
use super::{EventType, PastEvent};
use crate::kind::Kind;
use crate::world::World;
use crate::world::bills::{InvoiceRow, InvoiceStatus, Reason, SessionRow, SessionStatus};
use crate::world::extras::SetupStatus;
use crate::world::rows::{Outcome, Ref};
use serde_json::{Map, Value, json};

/// Adds the events of subscriptions, invoices, sessions and the rest.
pub(super) fn chronicle(world: &World, chronicle: &mut Chronicle) {
    subscriptions(world, chronicle);
    invoices(world, chronicle);
    sessions(world, chronicle);
    sundry(world, chronicle);
}

fn subscriptions(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.billing.subscriptions.iter().enumerate() {
        chronicle.add(EventType::SubscriptionCreated, place, row.created);
        if row.ended_at > 0 {
            chronicle.add(EventType::SubscriptionDeleted, place, row.ended_at);
        }
    }
    for row in &world.billing.invoices {
        if let Some(place) = row.subscription.get().filter(|_| row.reason == Reason::Cycle) {
            chronicle.add(EventType::SubscriptionUpdated, place, row.created);
        }
    }
}

fn invoices(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.billing.invoices.iter().enumerate() {
        chronicle.add(EventType::InvoiceCreated, place, row.created);
        if row.finalized_at > 0 {
            chronicle.add(EventType::InvoiceFinalized, place, row.finalized_at);
        }
        let charges = row.intent.get().map(|intent| world.charges_of_intent(intent)).unwrap_or_default();
        for charge in charges.iter().filter_map(|place| world.charges.get(*place as usize)) {
            if matches!(charge.outcome, Outcome::Declined | Outcome::Blocked) {
                chronicle.add(EventType::InvoicePaymentFailed, place, charge.created);
            }
        }
        match row.status {
            InvoiceStatus::Paid => {
                if let Some(payment) = row.payment.get() {
                    chronicle.add(EventType::InvoicePaymentPaid, payment, row.settled_at);
                }
                chronicle.add(EventType::InvoicePaid, place, row.settled_at);
                chronicle.add(EventType::InvoicePaymentSucceeded, place, row.settled_at);
            }
            InvoiceStatus::Void => chronicle.add(EventType::InvoiceVoided, place, row.settled_at),
            InvoiceStatus::Uncollectible => {
                chronicle.add(EventType::InvoiceUncollectible, place, row.settled_at);
            }
            InvoiceStatus::Draft | InvoiceStatus::Open => {}
        }
    }
}

fn sessions(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.billing.sessions.iter().enumerate() {
        match row.status {
            SessionStatus::Complete => {
                chronicle.add(EventType::SessionCompleted, place, completed_at(world, row));
            }
            SessionStatus::Expired => chronicle.add(EventType::SessionExpired, place, row.expires_at),
            SessionStatus::Open => {}
        }
    }
}

/// When the buyer was done: with the payment, the invoice or the set-up that came of it.
fn completed_at(world: &World, row: &SessionRow) -> u32 {
    let charge = row.charge.get().and_then(|at| world.charges.get(at)).map(|charge| charge.created);
    let invoice = row.invoice.get().and_then(|at| world.billing.invoices.get(at)).map(|row| row.created);
    let setup = row.setup.get().and_then(|at| world.extras.setups.get(at)).map(|row| row.created);
    charge.or(invoice).or(setup).unwrap_or(row.created).max(row.created)
}

fn sundry(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.billing.credit_notes.iter().enumerate() {
        chronicle.add(EventType::CreditNoteCreated, place, row.created);
        if row.voided_at > 0 {
            chronicle.add(EventType::CreditNoteVoided, place, row.voided_at);
        }
    }
    for (place, row) in world.extras.setups.iter().enumerate() {
        chronicle.add(EventType::SetupCreated, place, row.created);
        if row.status == SetupStatus::Succeeded {
            chronicle.add(EventType::SetupSucceeded, place, row.created);
        }
    }
    for (place, row) in world.extras.methods.iter().enumerate().filter(|(_, row)| row.customer != Ref::NONE) {
        chronicle.add(EventType::MethodAttached, place, row.created);
    }
    let made = [
        (EventType::CouponCreated, Kind::Coupons),
        (EventType::TaxRateCreated, Kind::TaxRates),
        (EventType::TransferCreated, Kind::Transfers),
        (EventType::FileCreated, Kind::Files),
        (EventType::ApplicationFeeCreated, Kind::ApplicationFees),
    ];
    for (what, kind) in made {
        for place in 0..world.len(kind) {
            chronicle.add(what, place, world.created(kind, place));
        }
    }
}

/// The fields of an object that were different at the time of an event.
pub(super) fn as_it_was(world: &World, event: &PastEvent, object: &mut Map<String, Value>) {
    let place = event.place as usize;
    match event.what {
        EventType::InvoiceCreated => {
            unpaid(object, "draft");
            let unwritten = ["number", "effective_at", "ending_balance", "hosted_invoice_url", "invoice_pdf"];
            for name in unwritten {
                object.insert(name.to_owned(), Value::Null);
            }
            object.insert("webhooks_delivered_at".to_owned(), Value::Null);
            if let Some(Value::Object(moments)) = object.get_mut("status_transitions") {
                moments.insert("finalized_at".to_owned(), Value::Null);
            }
        }
        EventType::InvoiceFinalized | EventType::InvoicePaymentFailed => unpaid(object, "open"),
        EventType::InvoicePaid | EventType::InvoicePaymentSucceeded => {
            object.insert("post_payment_credit_notes_amount".to_owned(), json!(0));
        }
        EventType::SubscriptionCreated | EventType::SubscriptionUpdated => {
            subscription(world, place, event, object);
        }
        EventType::SetupCreated => {
            object.insert("status".to_owned(), json!("requires_payment_method"));
            object.insert("payment_method".to_owned(), Value::Null);
        }
        EventType::CreditNoteCreated => {
            object.insert("status".to_owned(), json!("issued"));
            object.insert("voided_at".to_owned(), Value::Null);
        }
        EventType::TransferCreated => {
            object.insert("amount_reversed".to_owned(), json!(0));
            object.insert("reversed".to_owned(), json!(false));
        }
        _ => {}
    }
}

/// An invoice that no one has paid yet.
fn unpaid(object: &mut Map<String, Value>, status: &str) {
    let due = object.get("amount_due").cloned().unwrap_or_default();
    object.insert("status".to_owned(), json!(status));
    object.insert("amount_paid".to_owned(), json!(0));
    object.insert("amount_remaining".to_owned(), due);
    object.insert("post_payment_credit_notes_amount".to_owned(), json!(0));
    if let Some(Value::Object(moments)) = object.get_mut("status_transitions") {
        for name in ["marked_uncollectible_at", "paid_at", "voided_at"] {
            moments.insert(name.to_owned(), Value::Null);
        }
    }
}

/// A subscription in the period that the event speaks of.
fn subscription(world: &World, place: usize, event: &PastEvent, object: &mut Map<String, Value>) {
    let Some(row) = world.billing.subscriptions.get(place) else { return };
    let invoices = &world.billing.invoices;
    let from = invoices.partition_point(|invoice| invoice.created < event.created);
    let until = invoices.partition_point(|invoice| invoice.created <= event.created);
    let of_this = |invoice: &&InvoiceRow| invoice.subscription == Ref::to(place);
    let invoice = invoices.get(from..until).unwrap_or(&[]).iter().find(of_this);
    let begins = event.what == EventType::SubscriptionCreated;
    let status = if begins && row.trial_end > 0 { "trialing" } else { "active" };
    object.insert("status".to_owned(), json!(status));
    object.insert("ended_at".to_owned(), Value::Null);
    if row.canceled_at > event.created {
        object.insert("canceled_at".to_owned(), Value::Null);
        object.insert("cancel_at".to_owned(), Value::Null);
        object.insert("cancel_at_period_end".to_owned(), json!(false));
    }
    let (start, end) = match invoice {
        Some(invoice) => (invoice.period_start, invoice.period_end),
        None if row.trial_end > 0 => (row.created, row.trial_end),
        None => (row.period_start, row.period_end),
    };
    if let Some(Value::Array(items)) = object.get_mut("items").and_then(|items| items.get_mut("data")) {
        for item in items {
            item["current_period_start"] = json!(start);
            item["current_period_end"] = json!(end);
        }
    }
}

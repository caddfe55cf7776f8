//! Objects of the generated history as they stood at a moment of it.

use super::{EventType, PastEvent, bills};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::render::{self, View};
use crate::world::World;
use crate::world::rows::{Method, Outcome, Ref};
use serde_json::{Map, Value, json};

/// `data.object` and `data.previous_attributes` of an event, both JSON.
pub(super) fn data(view: &View<'_>, event: &PastEvent) -> (String, Option<String>) {
    let (world, place, at) = (view.world, event.place as usize, event.created);
    if event.what == EventType::BalanceAvailable {
        let mut json = Json::default();
        render::balance_at(view, &mut json, at);
        return (json.finish(), None);
    }
    let mut json = Json::with_capacity(2600);
    view.pristine(&mut json, event.what.kind(), place, &Expand::default());
    let text = json.finish();
    let Ok(Value::Object(mut object)) = serde_json::from_str(&text) else { return (text, None) };
    let mut previous = Map::new();
    match event.what.kind() {
        Kind::Charges => charge(world, place, at, &mut object),
        Kind::PaymentIntents => intent(world, event, &mut object),
        Kind::Refunds => refund(world, place, at, &mut object),
        Kind::Disputes => dispute(world, place, event, &mut object),
        Kind::Payouts => payout(world, place, at, &mut object),
        _ => bills::as_it_was(world, event, &mut object),
    }
    if event.what == EventType::ChargeRefunded {
        let before = refunded_at(world, place, at.saturating_sub(1));
        previous.insert("amount_refunded".to_owned(), json!(before));
        previous.insert("refunded".to_owned(), json!(false));
    }
    let previous = (!previous.is_empty()).then(|| Value::Object(previous).to_string());
    (Value::Object(object).to_string(), previous)
}

fn set(object: &mut Map<String, Value>, fields: Value) {
    if let Value::Object(fields) = fields {
        object.extend(fields);
    }
}

/// When a transaction was booked, if there is one.
fn booked(world: &World, txn: Ref) -> Option<u32> {
    Some(world.txns.get(txn.get()?)?.created)
}

/// What of a charge had been refunded, minor units.
fn refunded_at(world: &World, charge: usize, at: u32) -> i64 {
    let refunds = world.refunds_of_charge(charge).into_iter();
    let stood = refunds.filter_map(|place| world.refunds.get(place as usize)).filter(|refund| {
        refund.created <= at
            && (refund.status.counts() || booked(world, refund.failure_txn).is_some_and(|failed| failed > at))
    });
    stood.map(|refund| refund.amount).sum()
}

fn charge(world: &World, place: usize, at: u32, object: &mut Map<String, Value>) {
    let Some(row) = world.charges.get(place) else { return };
    let refunded = refunded_at(world, place, at);
    let whole = if row.captured > 0 { row.captured } else { row.amount };
    let disputes = world.disputes_of_charge(place).into_iter();
    let disputed =
        disputes.filter_map(|place| world.disputes.get(place as usize)).any(|row| row.created <= at);
    set(object, json!({ "amount_refunded": refunded, "refunded": refunded == whole, "disputed": disputed }));
    if booked(world, row.txn).is_some_and(|booked| booked > at) {
        let pending = row.method == Method::Debit;
        set(object, json!({ "amount_captured": 0, "captured": false, "balance_transaction": null }));
        set(object, json!({ "paid": !pending, "status": if pending { "pending" } else { "succeeded" } }));
    }
    if row.outcome == Outcome::Bounced && booked(world, row.failure_txn).is_none_or(|failed| failed > at) {
        set(
            object,
            json!({ "failure_code": null, "failure_message": null, "paid": true, "status": "succeeded" }),
        );
        set(object, json!({ "failure_balance_transaction": null }));
    }
}

fn intent(world: &World, event: &PastEvent, object: &mut Map<String, Value>) {
    match event.what {
        EventType::IntentCreated => set(
            object,
            json!({
                "amount_received": 0, "amount_capturable": 0, "canceled_at": null, "cancellation_reason": null,
                "last_payment_error": null, "latest_charge": null, "next_action": null, "payment_method": null,
                "status": "requires_payment_method",
            }),
        ),
        EventType::IntentFailed => {
            let by_then = |place: &u32| {
                world.charges.get(*place as usize).is_some_and(|row| row.created <= event.created)
            };
            let mut charges = world.charges_of_intent(event.place as usize).into_iter();
            let latest = charges.rfind(by_then).map(|place| world.id(Kind::Charges, place as usize));
            set(object, json!({ "amount_received": 0, "latest_charge": latest }));
            set(object, json!({ "status": "requires_payment_method" }));
        }
        EventType::IntentCapturable => {
            let amount = object.get("amount").cloned();
            set(object, json!({ "amount_received": 0, "amount_capturable": amount, "canceled_at": null }));
            set(object, json!({ "cancellation_reason": null, "status": "requires_capture" }));
        }
        EventType::IntentProcessing => {
            set(object, json!({ "amount_received": 0, "last_payment_error": null, "status": "processing" }));
        }
        _ => {}
    }
}

fn refund(world: &World, place: usize, at: u32, object: &mut Map<String, Value>) {
    let Some(row) = world.refunds.get(place) else { return };
    if booked(world, row.failure_txn).is_some_and(|failed| failed > at) {
        object.remove("failure_balance_transaction");
        object.remove("failure_reason");
        set(object, json!({ "status": "succeeded" }));
    }
}

fn dispute(world: &World, place: usize, event: &PastEvent, object: &mut Map<String, Value>) {
    let Some(row) = world.disputes.get(place) else { return };
    if event.what == EventType::DisputeClosed || event.what == EventType::DisputeReinstated {
        return;
    }
    if let Some(Value::Array(txns)) = object.get_mut("balance_transactions") {
        txns.retain(|txn| txn["created"].as_u64().is_none_or(|booked| booked <= u64::from(event.created)));
    }
    let status = match row.status.as_str() {
        "prevented" => "prevented",
        status if status.starts_with("warning") => "warning_needs_response",
        _ => "needs_response",
    };
    set(object, json!({ "status": status }));
    if let Some(Value::Object(details)) = object.get_mut("evidence_details") {
        set(details, json!({ "has_evidence": false, "past_due": false, "submission_count": 0 }));
    }
}

fn payout(world: &World, place: usize, at: u32, object: &mut Map<String, Value>) {
    let Some(row) = world.payouts.get(place) else { return };
    if booked(world, row.failure_txn).is_none_or(|failed| failed > at) {
        let status = match at {
            _ if at >= row.arrival => "paid",
            _ if at >= row.created + 3600 => "in_transit",
            _ => "pending",
        };
        set(object, json!({ "status": status, "failure_code": null, "failure_message": null }));
        set(object, json!({ "failure_balance_transaction": null }));
    }
    if at < row.created + 3600 {
        set(object, json!({ "reconciliation_status": "in_progress" }));
    }
}

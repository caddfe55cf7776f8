//! Payment intents.

use super::cards::test_method;
use super::payments::{self, Plan};
use super::{Form, Made, TestMethod, refunds, update_fields};
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::World;
use crate::world::rows::{IntentRow, IntentStatus, Outcome, Ref};
use serde_json::{Map, Value, json};

/// What can be given when an intent is made.
pub(super) const KNOWN: [&str; 18] = [
    "amount",
    "currency",
    "customer",
    "description",
    "confirm",
    "payment_method",
    "capture_method",
    "receipt_email",
    "statement_descriptor",
    "setup_future_usage",
    "off_session",
    "return_url",
    "confirmation_method",
    "error_on_requires_action",
    "automatic_payment_methods[",
    "payment_method_types[]",
    "payment_method_options[",
    "transfer_group",
];

pub(super) fn create(world: &mut World, by: &Moment<'_>, form: &Form<'_>) -> Result<Made, ApiError> {
    form.required("amount")?;
    form.required("currency")?;
    let currency = form.currency("currency")?.unwrap_or(world.profile.home());
    let amount = form.amount("amount")?.unwrap_or(0);
    if currency.exponent() == 3 && amount % 10 != 0 {
        let message = "Amounts in three-decimal currencies must end with 0.";
        return Err(ApiError::refused("", message, Some("amount")));
    }
    let customer = form.object(world, Kind::Customers, "customer")?.map_or(Ref::NONE, Ref::to);
    let method = form.text("payment_method").map(test_method).transpose()?;
    let confirm = form.flag("confirm")?.unwrap_or(false);
    let manual = form.text("capture_method") == Some("manual");
    let metadata = form.metadata(&Value::Null)?.unwrap_or_else(|| json!({}));
    let fields = Map::from_iter([
        ("description".to_owned(), form.text("description").map_or(Value::Null, Value::from)),
        ("metadata".to_owned(), metadata),
    ]);
    let plan = Plan { amount, currency, customer, manual, fields };
    let place = payments::open_intent(world, by, &plan);
    if let Some(method) = method {
        world.intents[place].status = IntentStatus::RequiresConfirmation;
        world.chosen_methods.insert(Ref::to(place), method);
    }
    if confirm {
        attempt(world, by, place, method)?;
    }
    Ok(Made { kind: Kind::PaymentIntents, place })
}

/// Metadata edits of intents have no event.
pub(super) fn update(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    let fields = form.texts(&["description"]);
    update_fields(world, by, made, form, fields)
}

pub(super) fn confirm(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    let place = made.place;
    let given = form.text("payment_method").map(test_method).transpose()?;
    let method = given.or(world.chosen_methods.get(&Ref::to(place)).copied());
    let status = world.intents[place].status;
    use IntentStatus::*;
    if !matches!(status, RequiresPaymentMethod | RequiresConfirmation | RequiresAction) {
        let message =
            format!("You cannot confirm this PaymentIntent because it has a status of {}.", status.as_str());
        return Err(ApiError::refused("payment_intent_unexpected_state", message, None));
    }
    attempt(world, by, place, method)?;
    Ok(made)
}

fn attempt(
    world: &mut World,
    by: &Moment<'_>,
    place: usize,
    method: Option<TestMethod>,
) -> Result<(), ApiError> {
    let Some(method) = method else {
        let message = "You cannot confirm this PaymentIntent because it's missing a payment method.";
        return Err(ApiError::refused("payment_intent_unexpected_state", message, None));
    };
    payments::pay(world, by, place, method)
}

pub(super) fn capture(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    let place = made.place;
    let IntentRow { status, amount, latest_charge, .. } = world.intents[place];
    let charge = latest_charge.get().filter(|_| status == IntentStatus::RequiresCapture);
    let Some(charge) = charge else {
        let message = format!(
            "This PaymentIntent could not be captured because it has a status of {}. Only a PaymentIntent with one of \
             the following statuses may be captured: requires_capture.",
            status.as_str()
        );
        return Err(ApiError::refused("payment_intent_unexpected_state", message, None));
    };
    let captured = form.amount("amount_to_capture")?.unwrap_or(amount);
    if captured > amount {
        let message = "The amount to capture must be no more than what was authorized.";
        return Err(ApiError::refused("amount_too_large", message, Some("amount_to_capture")));
    }
    let before = world.snapshot(Kind::Charges, charge);
    world.charges[charge].captured = captured;
    world.charges[charge].outcome = Outcome::Paid;
    world.book_charge(charge, by.at);
    world.note_change(by, EventType::ChargeCaptured, charge, &before);
    world.intents[place].status = IntentStatus::Succeeded;
    world.intents[place].received = captured;
    world.note(by, EventType::IntentSucceeded, place);
    Ok(made)
}

/// Cancels an intent; what was authorized is let go.
pub(super) fn cancel(world: &mut World, by: &Moment<'_>, made: Made, _: &Form<'_>) -> Result<Made, ApiError> {
    let place = made.place;
    let IntentRow { status, latest_charge, .. } = world.intents[place];
    if matches!(status, IntentStatus::Succeeded | IntentStatus::Canceled | IntentStatus::Processing) {
        let message =
            format!("You cannot cancel this PaymentIntent because it has a status of {}.", status.as_str());
        return Err(ApiError::refused("payment_intent_unexpected_state", message, None));
    }
    if let Some(charge) = latest_charge.get().filter(|_| status == IntentStatus::RequiresCapture) {
        refunds::release(world, by, charge, Outcome::Released, None);
    }
    world.intents[place].status = IntentStatus::Canceled;
    world.intents[place].canceled_at = by.at;
    world.note(by, EventType::IntentCanceled, place);
    Ok(made)
}

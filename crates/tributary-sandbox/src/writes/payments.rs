//! Payments: an intent, an attempt to pay it, and what becomes of the attempt.

use super::{Form, Made, TestMethod, billing, open_dispute, refunds, update_fields};
use crate::cards::decline_of;
use crate::cash::Cash;
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::World;
use crate::world::rows::{DisputeStatus, IntentRow, IntentStatus, Method, Outcome, Ref, TxnKind};
use serde_json::{Map, Value};

/// A payment to be made.
pub(crate) struct Plan {
    /// Minor units, checked.
    pub(crate) amount: i64,
    pub(crate) currency: Cash,
    pub(crate) customer: Ref,
    /// Captured by a call of its own.
    pub(crate) manual: bool,
    /// Description and metadata.
    pub(crate) fields: Map<String, Value>,
}

/// Makes an intent that no one has tried to pay yet; its place.
pub(crate) fn open_intent(world: &mut World, by: &Moment<'_>, plan: &Plan) -> usize {
    let place = world.push_intent(IntentRow {
        created: by.at,
        amount: plan.amount,
        received: 0,
        customer: plan.customer,
        latest_charge: Ref::NONE,
        canceled_at: 0,
        currency: plan.currency,
        status: IntentStatus::RequiresPaymentMethod,
        manual: plan.manual,
    });
    world.patch(Kind::PaymentIntents, place, plan.fields.clone());
    world.note(by, EventType::IntentCreated, place);
    place
}

/// Tries to pay an intent.
pub(crate) fn pay(
    world: &mut World,
    by: &Moment<'_>,
    place: usize,
    method: TestMethod,
) -> Result<(), ApiError> {
    if method == TestMethod::NeedsAction {
        world.intents[place].status = IntentStatus::RequiresAction;
        world.note(by, EventType::IntentNeedsAction, place);
        return Ok(());
    }
    let charge = open_charge(world, by, place);
    match method {
        TestMethod::Declined(number) => decline(world, by, place, charge, number),
        TestMethod::Debit | TestMethod::BouncedDebit => {
            let row = &mut world.charges[charge];
            (row.outcome, row.method, row.captured) = (Outcome::Pending, Method::Debit, 0);
            if method == TestMethod::BouncedDebit {
                world.bouncing.insert(Ref::to(charge));
            }
            world.intents[place].status = IntentStatus::Processing;
            world.note(by, EventType::ChargePending, charge);
            world.note(by, EventType::IntentProcessing, place);
            Ok(())
        }
        _ if world.intents[place].manual => {
            let row = &mut world.charges[charge];
            (row.outcome, row.captured) = (Outcome::Authorized, 0);
            world.intents[place].status = IntentStatus::RequiresCapture;
            world.note(by, EventType::ChargeSucceeded, charge);
            world.note(by, EventType::IntentCapturable, place);
            Ok(())
        }
        _ => {
            succeed(world, by, place, charge);
            let amount = world.charges[charge].amount;
            let status = match method {
                TestMethod::Disputed => DisputeStatus::NeedsResponse,
                TestMethod::Inquired => DisputeStatus::WarningNeedsResponse,
                _ => return Ok(()),
            };
            open_dispute(world, by, charge, amount, status);
            Ok(())
        }
    }
}

/// A charge of an intent, which knows nothing of its fate; its place.
fn open_charge(world: &mut World, by: &Moment<'_>, intent: usize) -> usize {
    let IntentRow { amount, currency, customer, .. } = world.intents[intent];
    let mut row = crate::world::plain_charge(by.at, amount, currency);
    (row.intent, row.customer) = (Ref::to(intent), customer);
    let charge = world.push_charge(row);
    let key = (Kind::PaymentIntents, u32::try_from(intent).unwrap_or(u32::MAX));
    let fields = world.patches.get(&key).cloned().unwrap_or_default();
    world.patch(Kind::Charges, charge, fields);
    world.intents[intent].latest_charge = Ref::to(charge);
    charge
}

/// Books a charge that succeeded, and completes its intent.
fn succeed(world: &mut World, by: &Moment<'_>, intent: usize, charge: usize) {
    world.charges[charge].outcome = Outcome::Paid;
    world.charges[charge].captured = world.charges[charge].amount;
    world.book_charge(charge, by.at);
    describe_txn(world, charge);
    world.intents[intent].status = IntentStatus::Succeeded;
    world.intents[intent].received = world.charges[charge].amount;
    world.note(by, EventType::ChargeSucceeded, charge);
    world.note(by, EventType::IntentSucceeded, intent);
    billing::intent_paid(world, by, intent);
}

/// The transaction of a charge says what the charge says.
fn describe_txn(world: &mut World, charge: usize) {
    let key = (Kind::Charges, u32::try_from(charge).unwrap_or(u32::MAX));
    let description = world.patches.get(&key).and_then(|patch| patch.get("description")).cloned();
    if let (Some(description), Some(txn)) = (description, world.charges[charge].txn.get()) {
        let fields = Map::from_iter([("description".to_owned(), description)]);
        world.patch(Kind::BalanceTransactions, txn, fields);
    }
}

fn decline(
    world: &mut World,
    by: &Moment<'_>,
    intent: usize,
    charge: usize,
    number: u8,
) -> Result<(), ApiError> {
    let row = &mut world.charges[charge];
    (row.outcome, row.decline, row.captured) = (Outcome::Declined, number, 0);
    world.intents[intent].status = IntentStatus::RequiresPaymentMethod;
    world.note(by, EventType::ChargeFailed, charge);
    world.note(by, EventType::IntentFailed, intent);
    let decline = decline_of(number);
    let shown = serde_json::from_str(&world.snapshot(Kind::PaymentIntents, intent)).unwrap_or_default();
    let id = world.id(Kind::Charges, charge);
    Err(ApiError::declined((decline.code, decline.message), decline.reason, &id, shown))
}

/// A payment that succeeds at once, with its intent; the charge.
pub(crate) fn charge_now(world: &mut World, by: &Moment<'_>, plan: &Plan) -> Made {
    let intent = open_intent(world, by, plan);
    let charge = open_charge(world, by, intent);
    succeed(world, by, intent, charge);
    Made { kind: Kind::Charges, place: charge }
}

/// A bank debit's money has come.
pub(crate) fn debit_arrives(world: &mut World, by: &Moment<'_>, charge: usize) {
    let Some(intent) = world.charges[charge].intent.get() else { return };
    succeed(world, by, intent, charge);
}

/// A bank debit comes back after its funds had been booked.
pub(crate) fn debit_bounces(world: &mut World, by: &Moment<'_>, charge: usize) {
    let row = world.charges[charge];
    let txn = world.book(TxnKind::Bounce, charge, by.at, row.currency, -row.amount);
    let row = &mut world.charges[charge];
    (row.outcome, row.captured, row.failure_txn) = (Outcome::Bounced, 0, Ref::to(txn));
    let intent = row.intent.get();
    world.note(by, EventType::ChargeFailed, charge);
    if let Some(intent) = intent {
        world.intents[intent].status = IntentStatus::RequiresPaymentMethod;
        world.intents[intent].received = 0;
        world.note(by, EventType::IntentFailed, intent);
    }
}

/// An authorization that no one captured is let go by time.
pub(crate) fn expire(world: &mut World, by: &Moment<'_>, charge: usize) {
    refunds::release(world, by, charge, Outcome::Expired, Some("expired_uncaptured_charge"));
    world.note(by, EventType::ChargeExpired, charge);
    if let Some(intent) = world.charges[charge].intent.get() {
        world.intents[intent].status = IntentStatus::Canceled;
        world.intents[intent].canceled_at = by.at;
        world.note(by, EventType::IntentCanceled, intent);
    }
}

pub(super) fn update(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    let fields = form.texts(&["description", "receipt_email", "transfer_group"]);
    update_fields(world, by, made, form, fields)
}

//! Refunds.

use super::{Form, Made};
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::World;
use crate::world::rows::{ChargeRow, Outcome, Ref, RefundRow, RefundStatus, TxnKind};
use serde_json::{Map, Value, json};

/// Words for why a refund is made.
const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

pub(super) fn create(world: &mut World, by: &Moment<'_>, form: &Form<'_>) -> Result<Made, ApiError> {
    let charge = match form.text("payment_intent") {
        None => {
            form.required("charge")?;
            form.object(world, Kind::Charges, "charge")?
        }
        Some(_) => {
            let intent = form.object(world, Kind::PaymentIntents, "payment_intent")?;
            intent.and_then(|intent| world.intents[intent].latest_charge.get())
        }
    };
    let charge = charge.ok_or_else(|| {
        ApiError::refused("", "This PaymentIntent does not have a successful charge to refund.", None)
    })?;
    let reason = match form.text("reason") {
        None => None,
        Some(given) => {
            let known = REASONS.into_iter().find(|known| *known == given);
            let expected = "one of duplicate, fraudulent, or requested_by_customer";
            Some(known.ok_or_else(|| ApiError::invalid_value("reason", expected))?)
        }
    };
    let amount = form.amount("amount")?;
    let metadata = form.metadata(&Value::Null)?.unwrap_or_else(|| json!({}));
    let place = refund(world, by, charge, amount, reason)?;
    world.patch(Kind::Refunds, place, Map::new());
    if metadata != json!({}) {
        world.patch(Kind::Refunds, place, Map::from_iter([("metadata".to_owned(), metadata)]));
    }
    Ok(Made { kind: Kind::Refunds, place })
}

/// Whether a charge can be refunded by this much; what is left where no amount is given.
fn refundable(world: &World, charge: usize, amount: Option<i64>) -> Result<i64, ApiError> {
    let row = &world.charges[charge];
    let id = world.id(Kind::Charges, charge);
    let refused = |code, message: String| Err(ApiError::refused(code, message, None));
    if row.disputed
        && world.disputes_of_charge(charge).iter().any(|at| world.disputes[*at as usize].status.withdraws())
    {
        return refused(
            "charge_disputed",
            format!("Charge {id} has been charged back; cannot issue a refund."),
        );
    }
    if row.outcome != Outcome::Paid {
        let message =
            format!("Charge {id} has not been captured; it can be cancelled with its PaymentIntent.");
        return refused("charge_not_refundable", message);
    }
    let left = row.captured - row.refunded;
    if left == 0 {
        return refused("charge_already_refunded", format!("Charge {id} has already been refunded."));
    }
    let amount = amount.unwrap_or(left);
    if amount > left {
        let message = format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({left}), in minor units."
        );
        return Err(ApiError::refused("amount_too_large", message, Some("amount")));
    }
    Ok(amount)
}

/// Refunds a charge, wholly or in part, out of the balance, which may turn negative; the refund's place.
pub(crate) fn refund(
    world: &mut World,
    by: &Moment<'_>,
    charge: usize,
    amount: Option<i64>,
    reason: Option<&'static str>,
) -> Result<usize, ApiError> {
    let amount = refundable(world, charge, amount)?;
    let before = world.snapshot(Kind::Charges, charge);
    let place = push(world, by, charge, amount, reason);
    let currency = world.charges[charge].currency;
    let txn = world.book(TxnKind::Refund, place, by.at, currency, -amount);
    world.refunds[place].txn = Ref::to(txn);
    world.charges[charge].refunded += amount;
    world.note(by, EventType::RefundCreated, place);
    world.note_change(by, EventType::ChargeRefunded, charge, &before);
    Ok(place)
}

fn push(
    world: &mut World,
    by: &Moment<'_>,
    charge: usize,
    amount: i64,
    reason: Option<&'static str>,
) -> usize {
    world.push_refund(RefundRow {
        created: by.at,
        charge: u32::try_from(charge).unwrap_or(u32::MAX),
        amount,
        txn: Ref::NONE,
        failure_txn: Ref::NONE,
        status: RefundStatus::Succeeded,
        reason,
    })
}

/// Lets an authorization go: a refund of what never was in the balance.
pub(crate) fn release(
    world: &mut World,
    by: &Moment<'_>,
    charge: usize,
    outcome: Outcome,
    reason: Option<&'static str>,
) {
    let before = world.snapshot(Kind::Charges, charge);
    let ChargeRow { amount, .. } = world.charges[charge];
    let place = push(world, by, charge, amount, reason);
    world.charges[charge].outcome = outcome;
    world.charges[charge].refunded = amount;
    world.note(by, EventType::RefundCreated, place);
    world.note_change(by, EventType::ChargeRefunded, charge, &before);
}

/// A refund couldn't be delivered: its money comes back to the balance, and the charge counts it no longer.
pub(crate) fn fail_refund(world: &mut World, by: &Moment<'_>, place: usize) -> Result<Made, ApiError> {
    let row = world.refunds[place];
    let Some(txn) = row.txn.get().filter(|_| row.status.counts()) else {
        return Err(ApiError::refused("", "This refund cannot fail: it failed, or moved no money.", None));
    };
    let before = world.snapshot(Kind::Refunds, place);
    let charge = row.charge as usize;
    let gone = world.txns[txn];
    let currency = world.charges[charge].currency;
    let back = world.book(TxnKind::RefundFailure, place, by.at, currency, row.amount);
    // It comes back at the rate it went out at: nothing is won or lost on the way.
    world.txns[back].amount = -gone.amount;
    world.txns[back].rate = gone.rate;
    let refund = &mut world.refunds[place];
    (refund.status, refund.failure_txn) = (RefundStatus::Failed, Ref::to(back));
    world.charges[charge].refunded -= row.amount;
    world.note_change(by, EventType::RefundFailed, place, &before);
    Ok(Made { kind: Kind::Refunds, place })
}

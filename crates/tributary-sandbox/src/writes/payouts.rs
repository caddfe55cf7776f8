//! Payouts that a merchant asks for, and what the bank makes of payouts.

use super::{Form, Made};
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::World;
use crate::world::payout_entry;
use crate::world::rows::{PayoutRow, PayoutStatus, Ref, TxnKind};

pub(super) fn create(world: &mut World, by: &Moment<'_>, form: &Form<'_>) -> Result<Made, ApiError> {
    form.required("amount")?;
    form.required("currency")?;
    let currency = form.currency("currency")?.unwrap_or(world.profile.home());
    let amount = form.amount("amount")?.unwrap_or(0);
    let metadata = form.metadata(&serde_json::Value::Null)?;
    let available = world
        .balances()
        .iter()
        .find(|balance| balance.currency == currency)
        .map_or(0, |balance| balance.available);
    if amount > available {
        let message = "You have insufficient funds in your Stripe account for this transfer. Your account balance is \
                       too low.";
        return Err(ApiError::refused("balance_insufficient", message, None));
    }
    let place = world.push_payout(by.at, amount, currency, false);
    let txn = world.push_txn(payout_entry(TxnKind::Payout, place, by.at, currency, -amount));
    world.payouts[place].txn = Ref::to(txn);
    let mut fields = form.texts(&["description", "statement_descriptor"]);
    if let Some(metadata) = metadata {
        fields.insert("metadata".to_owned(), metadata);
    }
    world.patch(Kind::Payouts, place, fields);
    world.note(by, EventType::PayoutCreated, place);
    Ok(Made { kind: Kind::Payouts, place })
}

/// Calls a payout back that hasn't left yet.
pub(super) fn cancel(world: &mut World, by: &Moment<'_>, made: Made, _: &Form<'_>) -> Result<Made, ApiError> {
    let place = made.place;
    if world.payouts[place].status != PayoutStatus::Pending {
        let message = "This payout cannot be canceled: it is no longer pending.";
        return Err(ApiError::refused("payouts_not_cancellable", message, None));
    }
    bring_back(world, by, place, TxnKind::PayoutCancel, PayoutStatus::Canceled);
    world.note(by, EventType::PayoutCanceled, place);
    Ok(made)
}

/// The bank refuses a payout, before or after it counted as paid: its money comes back.
pub(crate) fn fail_payout(world: &mut World, by: &Moment<'_>, place: usize) -> Result<Made, ApiError> {
    if matches!(world.payouts[place].status, PayoutStatus::Failed | PayoutStatus::Canceled) {
        return Err(ApiError::refused("", "This payout cannot fail: its money came back already.", None));
    }
    bring_back(world, by, place, TxnKind::PayoutFailure, PayoutStatus::Failed);
    world.note(by, EventType::PayoutFailed, place);
    Ok(Made { kind: Kind::Payouts, place })
}

fn bring_back(world: &mut World, by: &Moment<'_>, place: usize, kind: TxnKind, status: PayoutStatus) {
    let PayoutRow { amount, currency, .. } = world.payouts[place];
    let txn = world.push_txn(payout_entry(kind, place, by.at, currency, amount));
    let row = &mut world.payouts[place];
    (row.status, row.failure_txn) = (status, Ref::to(txn));
}

//! Disputes.

use super::{Form, Made, update_fields};
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::World;
use crate::world::rows::{DisputeRow, DisputeStatus, Outcome, Ref, TxnKind};
use serde_json::Map;

/// Evidence and, with `submit`, its submission. As in Stripe's test mode, the evidence `winning_evidence` or
/// `losing_evidence` brings the verdict at once.
pub(super) fn update(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    let place = made.place;
    let submit = form.flag("submit")?.unwrap_or(true);
    let evidence = form.nested("evidence");
    if evidence.is_empty() || !submit {
        return update_fields(world, by, made, form, Map::new());
    }
    let status = world.disputes[place].status;
    let under_review = match status {
        DisputeStatus::NeedsResponse => DisputeStatus::UnderReview,
        DisputeStatus::WarningNeedsResponse => DisputeStatus::WarningUnderReview,
        _ => {
            let message = "This dispute is not waiting for evidence.";
            return Err(ApiError::refused("", message, Some("evidence")));
        }
    };
    let before = world.snapshot(made.kind, place);
    world.disputes[place].status = under_review;
    world.note_change(by, EventType::DisputeUpdated, place, &before);
    let text = evidence.iter().find(|(name, _)| *name == "uncategorized_text").map(|(_, text)| *text);
    match (text, under_review) {
        (Some("winning_evidence"), DisputeStatus::UnderReview) => close_dispute(world, by, place, true)?,
        (Some("losing_evidence"), DisputeStatus::UnderReview) => close_dispute(world, by, place, false)?,
        _ => made,
    };
    Ok(made)
}

/// The merchant gives in.
pub(super) fn close(world: &mut World, by: &Moment<'_>, made: Made, _: &Form<'_>) -> Result<Made, ApiError> {
    let place = made.place;
    close_dispute(world, by, place, false)
}

/// A buyer disputes a charge, wholly or in part; the dispute's place.
pub(crate) fn open_dispute(
    world: &mut World,
    by: &Moment<'_>,
    charge: usize,
    amount: i64,
    status: DisputeStatus,
) -> usize {
    world.charges[charge].disputed = true;
    let place = world.push_dispute(DisputeRow {
        created: by.at,
        charge: u32::try_from(charge).unwrap_or(u32::MAX),
        amount,
        withdrawal: Ref::NONE,
        reversal: Ref::NONE,
        status,
        fee_back: false,
    });
    world.note(by, EventType::DisputeCreated, place);
    if status.withdraws() {
        let currency = world.charges[charge].currency;
        let txn = world.book(TxnKind::Withdrawal, place, by.at, currency, -amount);
        world.txns[txn].fee = world.txns[txn].currency.dispute_fee();
        world.disputes[place].withdrawal = Ref::to(txn);
        world.note(by, EventType::DisputeWithdrawn, place);
    }
    place
}

/// A buyer disputes a charge that was paid and isn't disputed yet.
pub(crate) fn dispute_charge(
    world: &mut World,
    by: &Moment<'_>,
    charge: usize,
    amount: Option<i64>,
    inquiry: bool,
) -> Result<Made, ApiError> {
    let row = world.charges[charge];
    if row.outcome != Outcome::Paid || row.disputed {
        return Err(ApiError::refused("", "This charge cannot be disputed: it is, or was not paid.", None));
    }
    let amount = amount.unwrap_or(row.captured);
    if !(1..=row.captured).contains(&amount) {
        let message = "The disputed amount must be between 1 and what was captured.";
        return Err(ApiError::refused("", message, Some("amount")));
    }
    let status = if inquiry { DisputeStatus::WarningNeedsResponse } else { DisputeStatus::NeedsResponse };
    let place = open_dispute(world, by, charge, amount, status);
    Ok(Made { kind: Kind::Disputes, place })
}

/// The bank decides: won, and the money comes back; or lost. An inquiry just ends.
pub(crate) fn close_dispute(
    world: &mut World,
    by: &Moment<'_>,
    place: usize,
    won: bool,
) -> Result<Made, ApiError> {
    let row = world.disputes[place];
    use DisputeStatus::*;
    let status = match row.status {
        NeedsResponse | UnderReview | AppealNeedsResponse | AppealUnderReview => {
            if won {
                Won
            } else {
                Lost
            }
        }
        WarningNeedsResponse | WarningUnderReview => WarningClosed,
        Won | Lost | WarningClosed | Prevented => {
            return Err(ApiError::refused("", "This dispute is already closed.", None));
        }
    };
    world.disputes[place].status = status;
    if status == Won {
        let gone = row.withdrawal.get().map(|txn| world.txns[txn]);
        let currency = world.charges[row.charge as usize].currency;
        let txn = world.book(TxnKind::Reinstatement, place, by.at, currency, row.amount);
        if let Some(gone) = gone {
            world.txns[txn].amount = -gone.amount;
            world.txns[txn].rate = gone.rate;
        }
        world.disputes[place].reversal = Ref::to(txn);
    }
    world.note(by, EventType::DisputeClosed, place);
    if status == Won {
        world.note(by, EventType::DisputeReinstated, place);
    }
    Ok(Made { kind: Kind::Disputes, place })
}

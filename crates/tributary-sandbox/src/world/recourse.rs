//! What follows from a charge: refunds and disputes.

use super::calendar::DAY;
use super::ledger::VERDICT_SECS;
use super::rows::{DisputeRow, DisputeStatus, Ref, RefundRow, RefundStatus};
use super::scene::{Stage, part};
use super::script::Scene;
use crate::dice::Dice;

/// Refunds and disputes of the charge at `place`.
pub(super) fn follow_up(stage: &mut Stage<'_>, dice: &mut Dice, scene: Scene, place: usize, at: u32) {
    let (end, requested) = (stage.frame.end, Some("requested_by_customer"));
    let days = |count: u64| at + (count as u32) * DAY;
    match scene {
        Scene::FullRefund => {
            let lag = dice.below(14);
            refund(stage, place, days(lag) + 3600, 100, RefundStatus::Succeeded, requested);
        }
        Scene::DebitRefunded => refund(stage, place, days(9), 100, RefundStatus::Succeeded, None),
        Scene::PartialRefund => {
            refund(stage, place, days(dice.below(14)) + 3600, 35, RefundStatus::Succeeded, None)
        }
        Scene::ThreeRefunds => {
            for (nth, reason) in [requested, Some("duplicate"), Some("fraudulent")].into_iter().enumerate() {
                refund(stage, place, days(1 + 2 * nth as u64), 20, RefundStatus::Succeeded, reason);
            }
        }
        Scene::RefundFailed => refund(stage, place, days(3), 100, RefundStatus::Failed, requested),
        Scene::RefundCanceled => refund(stage, place, days(3), 50, RefundStatus::Canceled, None),
        Scene::LateRefund => refund(stage, place, days(25), 100, RefundStatus::Succeeded, requested),
        Scene::ClawedBack => {
            refund(stage, place, end - 1800, 100, RefundStatus::Succeeded, Some("fraudulent"))
        }
        Scene::RefundPending => refund(stage, place, at + 60, 100, RefundStatus::Pending, requested),
        Scene::RefundRequiresAction => refund(stage, place, at + 60, 40, RefundStatus::RequiresAction, None),
        Scene::Released => refund(stage, place, days(1), 100, RefundStatus::Succeeded, None),
        Scene::Expired => {
            refund(stage, place, days(7), 100, RefundStatus::Succeeded, Some("expired_uncaptured_charge"));
        }
        Scene::Disputed(status) => dispute(stage, dice, place, at, status, 100, false),
        Scene::WonWithFee => dispute(stage, dice, place, at, DisputeStatus::Won, 100, true),
        Scene::PartlyDisputed => dispute(stage, dice, place, at, DisputeStatus::Lost, 50, false),
        _ => {}
    }
}

/// Refunds so many hundredths of a charge, unless that moment has yet to come.
fn refund(
    stage: &mut Stage<'_>,
    place: usize,
    created: u32,
    of_hundred: i64,
    status: RefundStatus,
    reason: Option<&'static str>,
) {
    let Some(charge) = stage.acts.charges.get_mut(place) else { return };
    if created > stage.frame.end {
        return;
    }
    let whole = if charge.captured > 0 { charge.captured } else { charge.amount };
    let amount = if of_hundred == 100 { whole } else { part(charge.currency, whole, of_hundred) };
    if charge.refunded + amount > whole {
        return;
    }
    if status.counts() {
        charge.refunded += amount;
    }
    let charge = u32::try_from(place).unwrap_or(u32::MAX);
    stage.acts.refunds.push(RefundRow {
        created,
        charge,
        amount,
        txn: Ref::NONE,
        failure_txn: Ref::NONE,
        status,
        reason,
    });
}

/// Disputes so many hundredths of a charge. A dispute whose moment has yet to come is forgotten, and one that
/// can't have been won yet is still under review.
fn dispute(
    stage: &mut Stage<'_>,
    dice: &mut Dice,
    place: usize,
    at: u32,
    status: DisputeStatus,
    of_hundred: i64,
    fee_back: bool,
) {
    let end = stage.frame.end;
    let within = |days: u32, dice: &mut Dice| {
        (end - days * DAY + dice.below(u64::from(DAY * 2)) as u32).max(at + 3600)
    };
    let created = match status {
        DisputeStatus::NeedsResponse | DisputeStatus::WarningNeedsResponse => within(4, dice),
        DisputeStatus::UnderReview | DisputeStatus::WarningUnderReview => within(24, dice),
        _ => at + 5 * DAY + dice.below(u64::from(3 * DAY)) as u32,
    };
    let Some(charge) = stage.acts.charges.get_mut(place) else { return };
    if created > end {
        charge.disputed = false;
        return;
    }
    let amount =
        if of_hundred == 100 { charge.captured } else { part(charge.currency, charge.captured, of_hundred) };
    let settled = status != DisputeStatus::Won || created + VERDICT_SECS <= end;
    stage.acts.disputes.push(DisputeRow {
        created,
        charge: u32::try_from(place).unwrap_or(u32::MAX),
        amount,
        withdrawal: Ref::NONE,
        reversal: Ref::NONE,
        status: if settled { status } else { DisputeStatus::UnderReview },
        fee_back,
    });
}

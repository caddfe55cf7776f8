//! Which events the generated history left: a pure function of the rows.

use super::{EventType, Events, PastEvent, RETENTION_SECS, bills};
use crate::world::rows::{DisputeStatus, IntentStatus, Method, Outcome, Ref};
use crate::world::{VERDICT_SECS, World};
use std::collections::BTreeSet;

/// Collects events that are within the retention.
pub(super) struct Chronicle {
    oldest: u32,
    end: u32,
    events: Vec<PastEvent>,
}

impl Chronicle {
    pub(super) fn add(&mut self, what: EventType, place: usize, created: u32) {
        if (self.oldest..=self.end).contains(&created) {
            self.events.push(PastEvent { created, place: u32::try_from(place).unwrap_or(u32::MAX), what });
        }
    }
}

impl Events {
    /// The events of a world's history, oldest first.
    pub(crate) fn of_history(world: &World) -> Self {
        let oldest = world.end.saturating_sub(RETENTION_SECS);
        let mut chronicle = Chronicle { oldest, end: world.end, events: Vec::new() };
        catalogue(world, &mut chronicle);
        intents(world, &mut chronicle);
        charges(world, &mut chronicle);
        refunds(world, &mut chronicle);
        disputes(world, &mut chronicle);
        bills::chronicle(world, &mut chronicle);
        payouts(world, &mut chronicle);
        balances(world, &mut chronicle);
        // Stable: what happened in one second stays in the order in which it follows from each other.
        chronicle.events.sort_by_key(|event| event.created);
        chronicle.events.shrink_to_fit();
        Events { past: chronicle.events, ..Events::default() }
    }
}

fn catalogue(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.customers.iter().enumerate() {
        chronicle.add(EventType::CustomerCreated, place, row.created);
    }
    for (place, row) in world.products.iter().enumerate() {
        chronicle.add(EventType::ProductCreated, place, row.created);
    }
    for (place, row) in world.prices.iter().enumerate() {
        chronicle.add(EventType::PriceCreated, place, row.created);
    }
}

fn booked(world: &World, txn: Ref) -> Option<u32> {
    Some(world.txns.get(txn.get()?)?.created)
}

fn intents(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.intents.iter().enumerate() {
        chronicle.add(EventType::IntentCreated, place, row.created);
        match row.status {
            IntentStatus::RequiresAction => chronicle.add(EventType::IntentNeedsAction, place, row.created),
            IntentStatus::Canceled => chronicle.add(EventType::IntentCanceled, place, row.canceled_at),
            _ => {}
        }
    }
}

fn charges(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.charges.iter().enumerate() {
        let intent = row.intent.get();
        let of_intent = |chronicle: &mut Chronicle, what, at| {
            if let Some(intent) = intent {
                chronicle.add(what, intent, at);
            }
        };
        let paid = booked(world, row.txn).unwrap_or(row.created);
        match row.outcome {
            Outcome::Paid if paid == row.created => {
                chronicle.add(EventType::ChargeSucceeded, place, paid);
                of_intent(chronicle, EventType::IntentSucceeded, paid);
            }
            Outcome::Paid if row.method == Method::Debit => {
                chronicle.add(EventType::ChargePending, place, row.created);
                of_intent(chronicle, EventType::IntentProcessing, row.created);
                chronicle.add(EventType::ChargeSucceeded, place, paid);
                of_intent(chronicle, EventType::IntentSucceeded, paid);
            }
            Outcome::Paid => {
                chronicle.add(EventType::ChargeSucceeded, place, row.created);
                of_intent(chronicle, EventType::IntentCapturable, row.created);
                chronicle.add(EventType::ChargeCaptured, place, paid);
                of_intent(chronicle, EventType::IntentSucceeded, paid);
            }
            Outcome::Authorized | Outcome::Released | Outcome::Expired => {
                chronicle.add(EventType::ChargeSucceeded, place, row.created);
                of_intent(chronicle, EventType::IntentCapturable, row.created);
                if row.outcome == Outcome::Expired {
                    chronicle.add(EventType::ChargeExpired, place, row.created + 7 * 86_400);
                }
            }
            Outcome::Pending => {
                chronicle.add(EventType::ChargePending, place, row.created);
                of_intent(chronicle, EventType::IntentProcessing, row.created);
            }
            Outcome::Declined | Outcome::Blocked => {
                chronicle.add(EventType::ChargeFailed, place, row.created);
                of_intent(chronicle, EventType::IntentFailed, row.created);
            }
            Outcome::Bounced => {
                chronicle.add(EventType::ChargeSucceeded, place, paid);
                if let Some(failed) = booked(world, row.failure_txn) {
                    chronicle.add(EventType::ChargeFailed, place, failed);
                    of_intent(chronicle, EventType::IntentFailed, failed);
                }
            }
        }
    }
}

fn refunds(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.refunds.iter().enumerate() {
        chronicle.add(EventType::RefundCreated, place, row.created);
        chronicle.add(EventType::ChargeRefunded, row.charge as usize, row.created);
        if let Some(failed) = booked(world, row.failure_txn) {
            chronicle.add(EventType::RefundFailed, place, failed);
        }
    }
}

fn disputes(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.disputes.iter().enumerate() {
        chronicle.add(EventType::DisputeCreated, place, row.created);
        if let Some(at) = booked(world, row.withdrawal) {
            chronicle.add(EventType::DisputeWithdrawn, place, at);
        }
        let verdict = match row.status {
            DisputeStatus::Won => booked(world, row.reversal),
            DisputeStatus::Lost | DisputeStatus::WarningClosed => {
                Some((row.created + VERDICT_SECS).min(world.end))
            }
            _ => None,
        };
        if let Some(at) = verdict {
            chronicle.add(EventType::DisputeClosed, place, at);
        }
        if let Some(at) = booked(world, row.reversal) {
            chronicle.add(EventType::DisputeReinstated, place, at);
        }
    }
}

fn payouts(world: &World, chronicle: &mut Chronicle) {
    for (place, row) in world.payouts.iter().enumerate() {
        chronicle.add(EventType::PayoutCreated, place, row.created);
        if row.reconciled {
            chronicle.add(EventType::PayoutReconciled, place, row.created + 3600);
        }
        let failed = booked(world, row.failure_txn);
        if failed.is_none_or(|failed| failed > row.arrival) {
            chronicle.add(EventType::PayoutPaid, place, row.arrival);
        }
        if let Some(at) = failed {
            let canceled = row.status == crate::world::rows::PayoutStatus::Canceled;
            let what = if canceled { EventType::PayoutCanceled } else { EventType::PayoutFailed };
            chronicle.add(what, place, at);
        }
    }
}

/// Once for each midnight at which money became available.
fn balances(world: &World, chronicle: &mut Chronicle) {
    let later = world.txns.iter().filter(|txn| txn.available_on > txn.created);
    let moments: BTreeSet<u32> = later.map(|txn| txn.available_on).collect();
    for at in moments {
        chronicle.add(EventType::BalanceAvailable, 0, at);
    }
}

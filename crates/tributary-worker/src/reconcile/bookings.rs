//! Which transactions an object names, and what each has to say of its amount (stripe's identities; docs/reconciliation.md).

use super::judge::Booking;
use tributary_core::{Currency, Resource};
use tributary_stripe::objects::{self, Charge, Dispute, Expandable, Payout, Refund};

/// The bookings of a stored object; none of lists that the ledger doesn't know, and of what can't be read.
pub(crate) fn of(resource: Resource, json: &str) -> Vec<Booking> {
    let found = match resource {
        Resource::Charges => objects::parse(json).ok().and_then(|charge| of_charge(&charge)),
        Resource::Refunds => objects::parse(json).ok().and_then(|refund| of_refund(&refund)),
        Resource::Disputes => objects::parse(json).ok().and_then(|dispute| of_dispute(&dispute)),
        Resource::Payouts => objects::parse(json).ok().and_then(|payout| of_payout(&payout)),
        _ => None,
    };
    found.unwrap_or_default()
}

/// An object that moves money.
struct Mover<'a> {
    resource: Resource,
    id: &'a str,
    currency: Currency,
}

impl Mover<'_> {
    fn booking(&self, transaction: Option<&Expandable<'_>>, amount_minor: i128) -> Option<Booking> {
        let transaction_id = transaction?.as_str().to_owned();
        (!transaction_id.is_empty()).then(|| Booking {
            resource: self.resource,
            object_id: self.id.to_owned(),
            currency: self.currency,
            transaction_id,
            amount_minor,
            is_unsigned: false,
        })
    }
}

/// What was captured, and what came back of a debit that failed.
fn of_charge(charge: &Charge<'_>) -> Option<Vec<Booking>> {
    let mover = mover(Resource::Charges, &charge.id, charge.currency.as_deref())?;
    let amount = i128::from(charge.amount?);
    let captured = charge.amount_captured.filter(|captured| charge.captured == Some(true) && *captured != 0);
    let taken = mover.booking(charge.balance_transaction.as_ref(), captured.map_or(amount, i128::from));
    let returned = mover.booking(charge.failure_balance_transaction.as_ref(), -amount);
    Some(taken.into_iter().chain(returned).collect())
}

fn of_refund(refund: &Refund<'_>) -> Option<Vec<Booking>> {
    let mover = mover(Resource::Refunds, &refund.id, refund.currency.as_deref())?;
    let amount = i128::from(refund.amount?);
    let given = mover.booking(refund.balance_transaction.as_ref(), -amount);
    let returned = mover.booking(refund.failure_balance_transaction.as_ref(), amount);
    Some(given.into_iter().chain(returned).collect())
}

/// What the bank took, and what it gave back.
fn of_dispute(dispute: &Dispute<'_>) -> Option<Vec<Booking>> {
    let mover = mover(Resource::Disputes, &dispute.id, dispute.currency.as_deref())?;
    let amount = i128::from(dispute.amount?);
    let moves = dispute.balance_transactions.as_deref().unwrap_or_default().iter();
    let bookings = moves.filter_map(|transaction| mover.booking(Some(transaction), amount));
    Some(bookings.map(|booking| Booking { is_unsigned: true, ..booking }).collect())
}

fn of_payout(payout: &Payout<'_>) -> Option<Vec<Booking>> {
    let mover = mover(Resource::Payouts, &payout.id, payout.currency.as_deref())?;
    let amount = i128::from(payout.amount?);
    let sent = mover.booking(payout.balance_transaction.as_ref(), -amount);
    let returned = mover.booking(payout.failure_balance_transaction.as_ref(), amount);
    Some(sent.into_iter().chain(returned).collect())
}

fn mover<'a>(resource: Resource, id: &'a str, currency: Option<&str>) -> Option<Mover<'a>> {
    Some(Mover { resource, id, currency: currency?.parse().ok()? })
}

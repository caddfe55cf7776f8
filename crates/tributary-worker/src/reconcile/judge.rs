//! What doesn't agree, as pure functions of what Stripe says and what is stored (rule E16). Integers only: a difference
//! of one minor unit is a difference.

use std::collections::{BTreeSet, HashMap};
use tributary_core::reconciliation::DifferenceKind;
use tributary_core::{Currency, Resource};
use tributary_db::reconciliations::{Difference, ListedPayout, Stored, Sum};
use tributary_stripe::objects::{BalanceTransaction, FeeDetail};

/// A row of the ledger, as far as it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) amount_minor: i64,
    pub(crate) fee_minor: i64,
    pub(crate) net_minor: i64,
    /// What its details sum to; none where it has none that can be summed.
    pub(crate) details_minor: Option<i128>,
    pub(crate) currency: Currency,
    /// The object that caused it.
    pub(crate) source: Option<String>,
    /// Whether it takes back the part of a charge that wasn't captured (rule M3).
    pub(crate) is_reversal: bool,
    pub(crate) created_secs: i64,
}

impl Entry {
    /// None of one that lacks what is judged: it can't be mapped either, and the run has said so.
    pub(crate) fn of(txn: &BalanceTransaction<'_>) -> Option<Self> {
        Some(Entry {
            id: txn.id.clone().into_owned(),
            amount_minor: txn.amount?,
            fee_minor: txn.fee?,
            net_minor: txn.net?,
            details_minor: txn.fee_details.as_deref().and_then(|details| details_of(details, txn)),
            currency: txn.currency.as_deref()?.parse().ok()?,
            source: txn.source.as_ref().map(|source| source.as_str().to_owned()).filter(|id| !id.is_empty()),
            is_reversal: txn.reporting_category.as_deref() == Some("partial_capture_reversal"),
            created_secs: txn.created?,
        })
    }
}

/// The sum of a fee's details, which is none where one is of another currency.
fn details_of(details: &[FeeDetail<'_>], txn: &BalanceTransaction<'_>) -> Option<i128> {
    let is_same = |detail: &FeeDetail<'_>| detail.currency.is_none() || detail.currency == txn.currency;
    let amounts = details.iter().map(|detail| detail.amount.filter(|_| is_same(detail)).map(i128::from));
    amounts.sum()
}

/// An entry by itself: its net amount is its amount less its fee, and the fee is the sum of its details.
pub(crate) fn entry(entry: &Entry) -> Vec<Difference> {
    let about = |kind| Difference::of(kind).about(Resource::BalanceTransactions, &entry.id);
    let mut found = Vec::new();
    let net = i128::from(entry.amount_minor) - i128::from(entry.fee_minor);
    if net != i128::from(entry.net_minor) {
        found.push(about(DifferenceKind::Net).amounts(entry.currency, net, entry.net_minor.into()));
    }
    let fee = i128::from(entry.fee_minor);
    if let Some(details) = entry.details_minor.filter(|details| *details != fee) {
        found.push(about(DifferenceKind::Fee).amounts(entry.currency, details, fee));
    }
    found
}

/// The balance at one instant, per currency: the transactions sum to what is available and pending together, and what
/// they make available can be what is. When exactly a transaction becomes available isn't known to the hour, so that
/// of those around the instant any part may count.
pub(crate) fn balances(balance: &[Sum], stored: &[Stored]) -> Vec<Difference> {
    let held: HashMap<Currency, &Sum> = balance.iter().map(|sum| (sum.currency, sum)).collect();
    let kept: HashMap<Currency, &Stored> = stored.iter().map(|sums| (sums.currency, sums)).collect();
    let currencies: BTreeSet<Currency> = held.keys().chain(kept.keys()).copied().collect();
    let mut found = Vec::new();
    for currency in currencies {
        let (available, pending) = held
            .get(&currency)
            .map_or((0, 0), |sum| (i128::from(sum.available_minor), i128::from(sum.pending_minor)));
        let none = Stored {
            currency,
            total_minor: 0,
            available_minor: 0,
            between_in_minor: 0,
            between_out_minor: 0,
        };
        let sums = kept.get(&currency).copied().unwrap_or(&none);
        if sums.total_minor != available + pending {
            let difference = Difference::of(DifferenceKind::Balance);
            found.push(difference.amounts(currency, available + pending, sums.total_minor));
            continue;
        }
        let least = sums.available_minor + sums.between_out_minor;
        let most = sums.available_minor + sums.between_in_minor;
        if available < least || available > most {
            let nearest = if available < least { least } else { most };
            found.push(Difference::of(DifferenceKind::Available).amounts(currency, available, nearest));
        }
    }
    found
}

/// An automatic payout: the net amounts of its transactions, but for its own, sum to it. `nets` are those of the
/// transactions that are stored.
pub(crate) fn payout(payout: &ListedPayout, nets: &HashMap<String, i64>) -> Vec<Difference> {
    let missing: Vec<Difference> = payout
        .transaction_ids
        .iter()
        .filter(|id| !nets.contains_key(*id))
        .map(|id| missing_transaction(id, &payout.id))
        .collect();
    if !missing.is_empty() {
        return missing;
    }
    let own = payout.own_transaction_id.as_deref();
    let paid_out = payout.transaction_ids.iter().filter(|id| Some(id.as_str()) != own);
    let sum: i128 = paid_out.filter_map(|id| nets.get(id)).map(|net| i128::from(*net)).sum();
    let amount = i128::from(payout.amount_minor);
    if sum == amount {
        return Vec::new();
    }
    let about = Difference::of(DifferenceKind::Payout).about(Resource::Payouts, &payout.id);
    vec![about.amounts(payout.currency, amount, sum)]
}

/// A transaction that another object names and that isn't stored.
pub(crate) fn missing_transaction(id: &str, named_by: &str) -> Difference {
    Difference::of(DifferenceKind::TransactionMissing)
        .about(Resource::BalanceTransactions, id)
        .beside(named_by)
}

/// An object's amount as a transaction of the same currency has to book it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Booking {
    pub(crate) resource: Resource,
    pub(crate) object_id: String,
    pub(crate) currency: Currency,
    /// The transaction that the object names.
    pub(crate) transaction_id: String,
    /// What the transaction has to say, in minor units.
    pub(crate) amount_minor: i128,
    /// Whether only the size counts: a dispute's money goes and may come back.
    pub(crate) is_unsigned: bool,
}

/// An object's booking against the entry that is stored of it, and what a reversal took back of it (rule M3).
pub(crate) fn booking(booking: &Booking, entry: Option<&Entry>, reversed_minor: i64) -> Option<Difference> {
    let Some(entry) = entry else {
        return Some(missing_transaction(&booking.transaction_id, &booking.object_id));
    };
    if entry.currency != booking.currency {
        return None;
    }
    let booked = i128::from(entry.amount_minor) + i128::from(reversed_minor);
    let agrees = match booking.is_unsigned {
        true => booked.abs() == booking.amount_minor.abs(),
        false => booked == booking.amount_minor,
    };
    if agrees {
        return None;
    }
    let about = Difference::of(DifferenceKind::Amount).about(booking.resource, &booking.object_id);
    Some(about.beside(&entry.id).amounts(booking.currency, booked, booking.amount_minor))
}

/// The list that keeps an object which caused a transaction, by its id; none for what isn't kept (transfers, reserves).
pub(crate) fn list_of_source(id: &str) -> Option<Resource> {
    match id.split_once('_')?.0 {
        "ch" | "py" => Some(Resource::Charges),
        "re" | "pyr" => Some(Resource::Refunds),
        "du" | "dp" => Some(Resource::Disputes),
        "po" => Some(Resource::Payouts),
        _ => None,
    }
}

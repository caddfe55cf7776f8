//! Mending what doesn't agree, by reading as little as will do: single objects by their ids, records from their
//! objects, a payout's part of the ledger; the whole ledger only where nothing smaller explains its sum.

use super::ask::Asking;
use super::halt::Halt;
use crate::follows::Span;
use crate::held::Held;
use crate::remap;
use std::collections::{BTreeMap, BTreeSet};
use tributary_core::knowledge::Interval;
use tributary_core::reconciliation::DifferenceKind;
use tributary_core::{Millis, Mode, Resource};
use tributary_db::reconciliations::Difference;
use tributary_db::records;
use tributary_db::source_objects;

/// Objects read again in one go, at most.
const READS_MAX: usize = 1000;

/// Rows of the ledger buried in one transaction, and such transactions.
const BURIED_AT_ONCE: i64 = 500;
const BURIALS_MAX: usize = 100_000;

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Objects to read by their ids; true: whatever is stored of them is to be replaced.
    reads: BTreeMap<(Resource, String), bool>,
    /// Objects whose records are to be made anew.
    remaps: BTreeSet<(Resource, String)>,
    /// Payouts whose part of the ledger is to be listed again.
    payouts: BTreeSet<String>,
    /// Whether the whole ledger is.
    ledger: bool,
}

impl Plan {
    /// The least that may mend these differences; `is_first` as long as nothing was tried.
    fn of(differences: &[Difference], is_first: bool) -> Plan {
        let mut plan = Plan::default();
        let mut sums_alone = true;
        for difference in differences {
            let is_sum = matches!(difference.kind, DifferenceKind::Balance | DifferenceKind::Available);
            sums_alone &= is_sum;
            plan.add(difference);
        }
        // What else was found may explain the sum.
        plan.ledger &= sums_alone || !is_first;
        plan
    }

    fn add(&mut self, difference: &Difference) {
        let object = difference.resource.zip(difference.object_id.clone());
        let mut read = |object: Option<(Resource, String)>, replaces: bool| {
            if let Some(object) = object.filter(|_| self.reads.len() < READS_MAX) {
                *self.reads.entry(object).or_default() |= replaces;
            }
        };
        match difference.kind {
            DifferenceKind::Balance | DifferenceKind::Available => self.ledger = true,
            DifferenceKind::Payout => self.payouts.extend(difference.object_id.clone()),
            DifferenceKind::TransactionMissing
            | DifferenceKind::SourceMissing
            | DifferenceKind::ObjectAbsent => read(object, false),
            DifferenceKind::Net | DifferenceKind::Fee | DifferenceKind::ObjectAltered => read(object, true),
            DifferenceKind::Amount => {
                let entry = difference.related_id.clone().map(|id| (Resource::BalanceTransactions, id));
                read(entry, true);
                read(object, true);
            }
            DifferenceKind::RecordMissing
            | DifferenceKind::RecordAltered
            | DifferenceKind::RecordUnfounded => self.remaps.extend(object),
        }
    }
}

/// Mends what it can; what it can't is found again by the next look.
pub(crate) async fn mend(
    asking: &mut Asking<'_>,
    differences: &[Difference],
    is_first: bool,
) -> Result<(), Halt> {
    let plan = Plan::of(differences, is_first);
    for payout in &plan.payouts {
        asking.ledger(0, Some(payout)).await?;
    }
    for ((resource, id), replaces) in plan.reads {
        if replaces {
            distrust(asking.held, resource, &id).await?;
        }
        asking.object(resource, &id).await?;
    }
    for (resource, id) in plan.remaps {
        make_anew(asking, resource, id).await?;
    }
    if plan.ledger {
        list_the_ledger(asking).await?;
    }
    Ok(())
}

async fn distrust(held: &Held<'_>, resource: Resource, id: &str) -> Result<(), Halt> {
    let (connection, id) = (held.owner.connection_no, id.to_owned());
    let distrust =
        held.commit(move |conn, _| source_objects::distrust(conn, connection, resource, &[id.as_str()]));
    Ok(distrust.await?)
}

/// Makes the records of one object anew. One that isn't there is read; where Stripe doesn't have it either, its records
/// go.
async fn make_anew(asking: &mut Asking<'_>, resource: Resource, id: String) -> Result<(), Halt> {
    let connection = asking.held.owner.connection_no;
    let wanted = id.clone();
    let is_there = asking.held.context.db.read(move |conn| {
        Ok(!source_objects::living_texts(conn, connection, resource, &[wanted.as_str()])?.is_empty())
    });
    if !is_there.await? && !resource.is_singleton() && asking.object(resource, &id).await? {
        return Ok(());
    }
    let owner = asking.held.owner;
    asking
        .held
        .commit(move |conn, modified| {
            let texts = source_objects::living_texts(conn, connection, resource, &[id.as_str()])?;
            let objects = texts.iter().map(|(id, json)| (id.as_str(), json.as_str()));
            remap::make_anew(conn, (owner, modified), resource, objects, Span::One(&id)).map(drop)
        })
        .await?;
    Ok(())
}

/// Lists the whole ledger again. In test mode what it doesn't show is gone.
async fn list_the_ledger(asking: &mut Asking<'_>) -> Result<(), Halt> {
    let since = asking.stripes_now();
    asking.ledger(0, None).await?;
    if asking.held.mode == Mode::Live {
        return Ok(());
    }
    let interval = Interval { from: since, to: asking.stripes_now().max(since) };
    for _ in 0..BURIALS_MAX {
        if bury_unseen(asking.held, since, interval).await? == 0 {
            return Ok(());
        }
    }
    Ok(())
}

async fn bury_unseen(held: &Held<'_>, since: Millis, interval: Interval) -> Result<usize, Halt> {
    let (owner, ledger) = (held.owner, Resource::BalanceTransactions);
    let bury = held.commit(move |conn, modified| {
        let no = owner.connection_no;
        let gone = source_objects::unseen_since(conn, no, ledger, since, BURIED_AT_ONCE)?;
        source_objects::bury(conn, no, ledger, interval, &gone)?;
        records::bury(conn, owner, modified.0, ledger, &gone)?;
        Ok(gone.len())
    });
    Ok(bury.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balance() -> Difference {
        Difference::of(DifferenceKind::Balance)
    }

    fn missing(id: &str) -> Difference {
        Difference::of(DifferenceKind::SourceMissing).about(Resource::Refunds, id).beside("txn_1")
    }

    #[test]
    fn the_whole_ledger_is_listed_only_where_nothing_smaller_explains_its_sum() {
        let both = [balance(), missing("re_1")];
        assert!(Plan::of(&[balance()], true).ledger);
        let first = Plan::of(&both, true);
        assert!(!first.ledger && first.reads.contains_key(&(Resource::Refunds, "re_1".to_owned())));
        assert!(Plan::of(&both, false).ledger, "it didn't explain it");
        assert!(!Plan::of(&[missing("re_1")], false).ledger);
    }

    #[test]
    fn what_disagrees_is_read_on_both_sides_and_replaced() {
        let amount = Difference::of(DifferenceKind::Amount).about(Resource::Charges, "ch_1").beside("txn_1");
        let plan = Plan::of(&[amount], true);
        let replaced: Vec<_> =
            plan.reads.iter().filter(|(_, replaces)| **replaces).map(|(of, _)| of).collect();
        let charge = (Resource::Charges, "ch_1".to_owned());
        let entry = (Resource::BalanceTransactions, "txn_1".to_owned());
        assert_eq!(replaced, [&charge, &entry]);
    }

    #[test]
    fn a_record_is_mended_from_its_object_without_asking_stripe() {
        let record = Difference::of(DifferenceKind::RecordAltered).about(Resource::Charges, "ch_1");
        let plan = Plan::of(&[record], true);
        assert!(plan.reads.is_empty() && plan.remaps.len() == 1);
    }
}

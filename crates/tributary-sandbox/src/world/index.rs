//! Which objects belong to another: places sorted by what they belong to, four bytes each.

use super::World;
use super::rows::{Ref, TxnKind};
use crate::kind::Kind;

/// Every relation that a list can be filtered by.
#[derive(Default)]
pub(super) struct Indexes {
    pub(super) charges_by_customer: Vec<u32>,
    pub(super) charges_by_intent: Vec<u32>,
    pub(super) intents_by_customer: Vec<u32>,
    pub(super) refunds_by_charge: Vec<u32>,
    pub(super) disputes_by_charge: Vec<u32>,
    pub(super) prices_by_product: Vec<u32>,
    pub(super) txns_by_payout: Vec<u32>,
    /// Transactions that reverse a part of a charge; few.
    pub(super) reversals: Vec<u32>,
}

/// The places below `len` that have an owner, by owner, then by place.
fn sorted(len: usize, owner: impl Fn(usize) -> Ref) -> Vec<u32> {
    let mut places: Vec<u32> = (0..len)
        .filter(|place| owner(*place) != Ref::NONE)
        .filter_map(|place| u32::try_from(place).ok())
        .collect();
    places.sort_unstable_by_key(|place| (owner(*place as usize), *place));
    places.shrink_to_fit();
    places
}

/// The part of an index that belongs to `wanted`.
fn owned(index: &[u32], wanted: usize, owner: impl Fn(usize) -> Ref) -> Vec<u32> {
    let wanted = Ref::to(wanted);
    let from = index.partition_point(|place| owner(*place as usize) < wanted);
    let until = index.partition_point(|place| owner(*place as usize) <= wanted);
    index.get(from..until).unwrap_or(&[]).to_vec()
}

/// Adds the newest object to an index.
pub(super) fn insert(index: &mut Vec<u32>, place: usize, owner: impl Fn(usize) -> Ref) {
    let wanted = owner(place);
    if wanted == Ref::NONE {
        return;
    }
    let at = index.partition_point(|other| owner(*other as usize) <= wanted);
    index.insert(at, u32::try_from(place).unwrap_or(u32::MAX));
}

impl Indexes {
    pub(super) fn of(world: &World) -> Self {
        let charge = |place: u32| Ref::to(place as usize);
        let reversal = |place: &usize| world.txns[*place].kind == TxnKind::PartialCaptureReversal;
        Indexes {
            charges_by_customer: sorted(world.charges.len(), |at| world.charges[at].customer),
            charges_by_intent: sorted(world.charges.len(), |at| world.charges[at].intent),
            intents_by_customer: sorted(world.intents.len(), |at| world.intents[at].customer),
            refunds_by_charge: sorted(world.refunds.len(), |at| charge(world.refunds[at].charge)),
            disputes_by_charge: sorted(world.disputes.len(), |at| charge(world.disputes[at].charge)),
            prices_by_product: sorted(world.prices.len(), |at| world.prices[at].product),
            txns_by_payout: sorted(world.txns.len(), |at| world.txns[at].payout),
            reversals: (0..world.txns.len())
                .filter(reversal)
                .filter_map(|at| u32::try_from(at).ok())
                .collect(),
        }
    }

    pub(super) fn resident_bytes(&self) -> usize {
        let Indexes {
            charges_by_customer,
            charges_by_intent,
            intents_by_customer,
            refunds_by_charge,
            disputes_by_charge,
            prices_by_product,
            txns_by_payout,
            reversals,
        } = self;
        let all = [
            charges_by_customer,
            charges_by_intent,
            intents_by_customer,
            refunds_by_charge,
            disputes_by_charge,
            prices_by_product,
            txns_by_payout,
            reversals,
        ];
        all.into_iter().map(|index| index.capacity() * size_of::<u32>()).sum()
    }
}

/// Relations. Each answer is in ascending order of place.
impl World {
    pub(crate) fn charges_of_customer(&self, customer: usize) -> Vec<u32> {
        owned(&self.indexes.charges_by_customer, customer, |at| self.charges[at].customer)
    }

    pub(crate) fn charges_of_intent(&self, intent: usize) -> Vec<u32> {
        owned(&self.indexes.charges_by_intent, intent, |at| self.charges[at].intent)
    }

    pub(crate) fn intents_of_customer(&self, customer: usize) -> Vec<u32> {
        owned(&self.indexes.intents_by_customer, customer, |at| self.intents[at].customer)
    }

    pub(crate) fn refunds_of_charge(&self, charge: usize) -> Vec<u32> {
        owned(&self.indexes.refunds_by_charge, charge, |at| Ref::to(self.refunds[at].charge as usize))
    }

    pub(crate) fn disputes_of_charge(&self, charge: usize) -> Vec<u32> {
        owned(&self.indexes.disputes_by_charge, charge, |at| Ref::to(self.disputes[at].charge as usize))
    }

    pub(crate) fn prices_of_product(&self, product: usize) -> Vec<u32> {
        owned(&self.indexes.prices_by_product, product, |at| self.prices[at].product)
    }

    /// The constituents of a payout, its own transaction included.
    pub(crate) fn txns_of_payout(&self, payout: usize) -> Vec<u32> {
        owned(&self.indexes.txns_by_payout, payout, |at| self.txns[at].payout)
    }

    /// The transactions whose `source` is this object.
    pub(crate) fn txns_of_source(&self, kind: Kind, place: usize) -> Vec<u32> {
        let named: [Ref; 2] = match kind {
            Kind::Charges => self.charges.get(place).map(|row| [row.txn, row.failure_txn]),
            Kind::Refunds => self.refunds.get(place).map(|row| [row.txn, row.failure_txn]),
            Kind::Disputes => self.disputes.get(place).map(|row| [row.withdrawal, row.reversal]),
            Kind::Payouts => self.payouts.get(place).map(|row| [row.txn, row.failure_txn]),
            _ => None,
        }
        .unwrap_or([Ref::NONE; 2]);
        let mut places: Vec<u32> = named.iter().filter_map(|at| u32::try_from(at.get()?).ok()).collect();
        if kind == Kind::Charges {
            let of_this = |at: &&u32| self.txns[**at as usize].source as usize == place;
            places.extend(self.indexes.reversals.iter().filter(of_this));
        }
        places.sort_unstable();
        places
    }
}

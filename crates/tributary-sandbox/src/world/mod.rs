//! One account's data in one mode: everything Stripe would know about it, as numbers.

mod calendar;
mod change;
mod index;
mod ledger;
mod plot;
mod recourse;
pub(crate) mod rows;
mod scene;
mod script;

use crate::cash::Cash;
use crate::dice::{Dice, salted};
use crate::events::Events;
use crate::id::Ids;
use crate::kind::Kind;
use crate::profile::Profile;
use index::Indexes;
use plot::Frame;
use rows::*;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use tributary_core::Mode;

pub(crate) use change::Change;
pub use change::ChangeError;
pub(crate) use ledger::VERDICT_SECS;

/// What one balance holds, in minor units.
pub(crate) struct Balance {
    pub(crate) currency: Cash,
    pub(crate) available: i64,
    pub(crate) pending: i64,
}

/// One account in one mode. Every list is in the order of `created`, oldest first.
pub(crate) struct World {
    pub(crate) profile: Arc<Profile>,
    pub(crate) mode: Mode,
    pub(crate) salt: u64,
    start: u32,
    /// The second at which the data set stands: a transaction is available when its `available_on` isn't later.
    pub(crate) end: u32,
    ids: Ids,
    pub(crate) customers: Vec<CustomerRow>,
    pub(crate) products: Vec<ProductRow>,
    pub(crate) prices: Vec<PriceRow>,
    pub(crate) intents: Vec<IntentRow>,
    pub(crate) charges: Vec<ChargeRow>,
    pub(crate) refunds: Vec<RefundRow>,
    pub(crate) disputes: Vec<DisputeRow>,
    pub(crate) txns: Vec<TxnRow>,
    pub(crate) payouts: Vec<PayoutRow>,
    indexes: Indexes,
    /// How many objects of each list were wiped, in the order of [`Kind::ALL`]: the oldest.
    floors: [usize; Kind::ALL.len()],
    /// Fields that were changed while serving, by list and place.
    pub(crate) patches: BTreeMap<(Kind, u32), Map<String, Value>>,
    pub(crate) events: Events,
    /// The platform's client id in this mode, which snapshots of events name.
    pub(crate) client_id: String,
}

/// What decides a world, besides the merchant.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) seed: u64,
    /// The account's number; the platform's own account has the largest.
    pub(crate) number: u64,
    pub(crate) mode: Mode,
    /// Exactly this many charges, failed ones included.
    pub(crate) charges: usize,
    /// Unix seconds of the end.
    pub(crate) end: u32,
}

impl Terms {
    /// What tells this account in this mode from all others.
    pub(crate) fn salt(&self) -> u64 {
        salted(&[self.seed, self.number, u64::from(self.mode.is_live())])
    }
}

impl World {
    /// Makes the account's data: a pure function of its terms.
    pub(crate) fn make(profile: Arc<Profile>, terms: Terms) -> Self {
        let salt = terms.salt();
        let start = terms.end.saturating_sub(calendar::history_secs(terms.charges));
        let ids = Ids::new(salt, profile.tail());
        let mut world = World {
            profile,
            mode: terms.mode,
            salt,
            start,
            end: terms.end,
            ids,
            customers: Vec::new(),
            products: Vec::new(),
            prices: Vec::new(),
            intents: Vec::new(),
            charges: Vec::new(),
            refunds: Vec::new(),
            disputes: Vec::new(),
            txns: Vec::new(),
            payouts: Vec::new(),
            indexes: Indexes::default(),
            floors: [0; Kind::ALL.len()],
            patches: BTreeMap::new(),
            events: Events::default(),
            client_id: String::new(),
        };
        if terms.charges > 0 {
            world.fill(terms.charges);
        }
        world
    }

    fn fill(&mut self, charges: usize) {
        let profile = Arc::clone(&self.profile);
        let frame = Frame { profile: &profile, salt: self.salt, start: self.start, end: self.end };
        let mut dice = Dice::new(self.salt);
        let times = plot::charge_times(&frame, &mut dice, charges);
        self.customers = plot::customers(&frame, &mut dice, &times);
        (self.products, self.prices) = plot::catalogue(&frame, &mut dice, charges);
        let mut acts = plot::act(&frame, dice, &times, &self.customers);
        acts.refunds.sort_by_key(|refund| refund.created);
        acts.disputes.sort_by_key(|dispute| dispute.created);
        acts.ledger.refunds(&frame, &acts.refunds, &acts.charges);
        acts.ledger.disputes(&frame, &acts.disputes, &acts.charges);
        (self.txns, self.payouts) = acts.ledger.close(&frame, charges >= script::ENOUGH_CHARGES);
        (self.charges, self.intents) = (acts.charges, acts.intents);
        (self.refunds, self.disputes) = (acts.refunds, acts.disputes);
        self.intents.shrink_to_fit();
        self.refunds.shrink_to_fit();
        self.link_ledger();
        self.indexes = Indexes::of(self);
        self.events = Events::of_history(self);
    }

    /// Writes each entry's place into the object it speaks of.
    fn link_ledger(&mut self) {
        for (place, txn) in self.txns.iter().enumerate() {
            let (source, place) = (txn.source as usize, Ref::to(place));
            let slot = match txn.kind {
                TxnKind::Charge => self.charges.get_mut(source).map(|row| &mut row.txn),
                TxnKind::Bounce => self.charges.get_mut(source).map(|row| &mut row.failure_txn),
                TxnKind::Refund => self.refunds.get_mut(source).map(|row| &mut row.txn),
                TxnKind::RefundFailure => self.refunds.get_mut(source).map(|row| &mut row.failure_txn),
                TxnKind::Withdrawal => self.disputes.get_mut(source).map(|row| &mut row.withdrawal),
                TxnKind::Reinstatement => self.disputes.get_mut(source).map(|row| &mut row.reversal),
                TxnKind::Payout => self.payouts.get_mut(source).map(|row| &mut row.txn),
                TxnKind::PayoutFailure | TxnKind::PayoutCancel => {
                    self.payouts.get_mut(source).map(|row| &mut row.failure_txn)
                }
                TxnKind::PartialCaptureReversal | TxnKind::ProductFee => None,
            };
            if let Some(slot) = slot {
                *slot = place;
            }
        }
    }

    /// How many objects the list ever had, deleted ones included.
    pub(crate) fn len(&self, kind: Kind) -> usize {
        match kind {
            Kind::Customers => self.customers.len(),
            Kind::Products => self.products.len(),
            Kind::Prices => self.prices.len(),
            Kind::PaymentIntents => self.intents.len(),
            Kind::Charges => self.charges.len(),
            Kind::Refunds => self.refunds.len(),
            Kind::Disputes => self.disputes.len(),
            Kind::BalanceTransactions => self.txns.len(),
            Kind::Payouts => self.payouts.len(),
            Kind::Events => self.events.len(),
            _ => 0,
        }
    }

    /// When the object at `place` was made: Unix seconds, or 0 where there is none.
    pub(crate) fn created(&self, kind: Kind, place: usize) -> u32 {
        match kind {
            Kind::Customers => self.customers.get(place).map(|row| row.created),
            Kind::Products => self.products.get(place).map(|row| row.created),
            Kind::Prices => self.prices.get(place).map(|row| row.created),
            Kind::PaymentIntents => self.intents.get(place).map(|row| row.created),
            Kind::Charges => self.charges.get(place).map(|row| row.created),
            Kind::Refunds => self.refunds.get(place).map(|row| row.created),
            Kind::Disputes => self.disputes.get(place).map(|row| row.created),
            Kind::BalanceTransactions => self.txns.get(place).map(|row| row.created),
            Kind::Payouts => self.payouts.get(place).map(|row| row.created),
            Kind::Events => self.events.get(place).map(|event| event.created()),
            _ => None,
        }
        .unwrap_or(0)
    }

    /// Whether only a stub is left of the object.
    pub(crate) fn is_deleted(&self, kind: Kind, place: usize) -> bool {
        match kind {
            Kind::Customers => self.customers.get(place).is_some_and(|row| row.deleted),
            Kind::Products => self.products.get(place).is_some_and(|row| row.deleted),
            _ => false,
        }
    }

    fn prefix(&self, kind: Kind, place: usize) -> &'static str {
        let of_charge = |charge: usize| self.charges.get(charge).map_or("ch_", ChargeRow::prefix);
        match kind {
            Kind::Charges => of_charge(place),
            Kind::Refunds => {
                let charge = self.refunds.get(place).map_or(0, |row| row.charge as usize);
                if of_charge(charge) == "py_" { "pyr_" } else { kind.prefix() }
            }
            Kind::CheckoutSessions if self.mode.is_live() => "cs_live_",
            _ => kind.prefix(),
        }
    }

    /// Appends the id of the object at `place`.
    pub(crate) fn push_id(&self, out: &mut String, kind: Kind, place: usize) {
        let created = self.created(kind, place);
        self.ids.push(out, self.prefix(kind, place), kind, created, u32::try_from(place).unwrap_or(u32::MAX));
    }

    /// The id of the object at `place`.
    pub(crate) fn id(&self, kind: Kind, place: usize) -> String {
        let mut id = String::with_capacity(32);
        self.push_id(&mut id, kind, place);
        id
    }

    /// The place of the object with this id, deleted ones included.
    pub(crate) fn find(&self, kind: Kind, id: &str) -> Option<usize> {
        let place = self.ids.place(kind, id)? as usize;
        let exists = (self.first(kind)..self.len(kind)).contains(&place);
        (exists && self.id(kind, place) == id).then_some(place)
    }

    /// The place of the oldest object that wasn't wiped; of events also the oldest that is still kept.
    pub(crate) fn first(&self, kind: Kind) -> usize {
        let number = Kind::ALL.iter().position(|other| *other == kind);
        let floor = number.and_then(|number| self.floors.get(number)).copied().unwrap_or(0);
        if kind == Kind::Events { floor.max(self.events.expired) } else { floor }
    }

    /// Whether a transaction's money is available.
    pub(crate) fn is_available(&self, txn: &TxnRow) -> bool {
        txn.available_on <= self.end
    }

    /// Each balance, the default currency first: the sums of the ledger.
    pub(crate) fn balances(&self) -> Vec<Balance> {
        self.sums(|_| true, |txn| self.is_available(txn))
    }

    /// Each balance as it was at a second of the past.
    pub(crate) fn balances_at(&self, at: u32) -> Vec<Balance> {
        self.sums(|txn| txn.created <= at, |txn| txn.available_on <= at)
    }

    fn sums(&self, counts: impl Fn(&TxnRow) -> bool, available: impl Fn(&TxnRow) -> bool) -> Vec<Balance> {
        let empty = |currency: &Cash| Balance { currency: *currency, available: 0, pending: 0 };
        let mut balances: Vec<Balance> = self.profile.settles.iter().map(empty).collect();
        let txns = self.txns.iter().skip(self.first(Kind::BalanceTransactions));
        for txn in txns.filter(|txn| counts(txn)) {
            let Some(balance) = balances.iter_mut().find(|balance| balance.currency == txn.currency) else {
                continue;
            };
            *(if available(txn) { &mut balance.available } else { &mut balance.pending }) += txn.net();
        }
        balances
    }

    /// All objects of all lists.
    pub(crate) fn objects(&self) -> usize {
        Kind::ALL.into_iter().map(|kind| self.len(kind)).sum()
    }

    /// Bytes that the lists hold, their spare room included.
    pub(crate) fn resident_bytes(&self) -> usize {
        fn held<T>(rows: &Vec<T>) -> usize {
            rows.capacity() * size_of::<T>()
        }
        held(&self.customers)
            + held(&self.products)
            + held(&self.prices)
            + held(&self.intents)
            + held(&self.charges)
            + held(&self.refunds)
            + held(&self.disputes)
            + held(&self.txns)
            + held(&self.payouts)
            + self.indexes.resident_bytes()
            + self.events.resident_bytes()
    }
}

/// Who holds the card: the customer, or the guest of this one charge.
pub(crate) fn holder(charge: &ChargeRow, place: usize) -> u64 {
    match charge.customer.get() {
        Some(customer) => customer as u64,
        None => (1 << 40) | place as u64,
    }
}

#[cfg(test)]
mod tests;

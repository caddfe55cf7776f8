//! One account's data in one mode: everything Stripe would know about it, as numbers.

mod append;
pub(crate) mod billing;
pub(crate) mod bills;
mod calendar;
mod change;
mod credit;
pub(crate) mod extras;
mod index;
mod ledger;
mod lists;
mod orders;
mod passing;
mod plans;
mod plot;
mod recourse;
mod renewal;
pub(crate) mod rows;
mod scene;
mod script;
mod sundry;
mod tariff;

use crate::cash::Cash;
use crate::dice::{Dice, salted};
use crate::events::Events;
use crate::id::Ids;
use crate::kind::Kind;
use crate::profile::Profile;
use crate::writes::TestMethod;
use billing::Billing;
use index::Indexes;
use plot::{Frame, Shop};
use rows::*;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use sundry::Extras;
use tariff::{Shelf, Tariff};
use tributary_core::Mode;

pub use change::ChangeError;
pub(crate) use change::{Answer, Change, Done, Refusal, fingerprint};
pub(crate) use ledger::{VERDICT_SECS, payout_entry};
pub(crate) use plot::plain_charge;
pub(crate) use renewal::PeriodBill;

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
    pub(crate) billing: Billing,
    pub(crate) extras: Extras,
    indexes: Indexes,
    /// How many objects of each list were wiped, in the order of [`Kind::ALL`]: the oldest.
    floors: [usize; Kind::ALL.len()],
    /// Fields that were changed while serving, by list and place.
    pub(crate) patches: BTreeMap<(Kind, u32), Map<String, Value>>,
    pub(crate) events: Events,
    /// The platform's client id in this mode, which snapshots of events name.
    pub(crate) client_id: String,
    /// The test methods that unconfirmed intents were given.
    pub(crate) chosen_methods: BTreeMap<Ref, TestMethod>,
    /// How the renewals of subscriptions go, where they don't simply succeed.
    pub(crate) renewal_methods: BTreeMap<Ref, TestMethod>,
    /// The open invoice of each intent that has one.
    pub(crate) open_invoices: BTreeMap<Ref, Ref>,
    /// Charges whose bank debit will come back.
    pub(crate) bouncing: BTreeSet<Ref>,
    /// The second of the newest change.
    newest: u32,
    /// How often time passed, by the journal.
    pub(crate) passes_seen: usize,
    /// Answers by idempotency key.
    answers: BTreeMap<String, Answer>,
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
            billing: Billing::default(),
            extras: Extras::default(),
            indexes: Indexes::default(),
            floors: [0; Kind::ALL.len()],
            patches: BTreeMap::new(),
            events: Events::default(),
            client_id: String::new(),
            chosen_methods: BTreeMap::new(),
            renewal_methods: BTreeMap::new(),
            open_invoices: BTreeMap::new(),
            bouncing: BTreeSet::new(),
            newest: terms.end,
            passes_seen: 0,
            answers: BTreeMap::new(),
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
        let shelf = Shelf::of(&frame, &self.prices, &self.products);
        let tariff = Tariff::of(&frame);
        let plan_dice = Dice::new(salted(&[self.salt, 0x9A]));
        let renewals = plot::renewals_of(charges);
        let plan = plans::plan(&frame, plan_dice, &shelf, &tariff, &self.customers, renewals);
        let times = plot::without(times, plan.slots.len());
        let shop = Shop { shelf, tariff };
        let (mut acts, tariff, book) =
            plot::act(&frame, dice, &times, &self.customers, shop, (&plan.slots, plan.book));
        acts.refunds.sort_by_key(|refund| refund.created);
        acts.disputes.sort_by_key(|dispute| dispute.created);
        self.extras.methods = sundry::methods(&frame, &mut acts.charges);
        self.extras.setups = sundry::setups(&frame, &self.customers, &self.extras.methods, charges);
        self.extras.locations = sundry::locations(&frame, charges);
        self.extras.files = sundry::files(&frame, &acts.disputes);
        let paid = (&mut acts.intents[..], &acts.charges[..]);
        let subscribed = (plan.subscriptions, plan.items);
        self.billing = billing::bill(&frame, tariff, subscribed, &book, paid, &self.extras.setups);
        credit::credit(&frame, &mut self.billing, &mut acts.intents, &acts.charges, &acts.refunds);
        (self.extras.transfers, self.extras.reversals) =
            sundry::transfers(&frame, &acts.charges, &mut acts.ledger);
        acts.ledger.refunds(&frame, &acts.refunds, &acts.charges);
        acts.ledger.disputes(&frame, &acts.disputes, &acts.charges);
        (self.txns, self.payouts) = acts.ledger.close(&frame, charges >= script::ENOUGH_CHARGES);
        (self.charges, self.intents) = (acts.charges, acts.intents);
        (self.refunds, self.disputes) = (acts.refunds, acts.disputes);
        self.intents.shrink_to_fit();
        self.refunds.shrink_to_fit();
        self.link_ledger();
        self.indexes = Indexes::of(self);
        self.open_invoices = self.invoices_to_pay();
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
                TxnKind::Transfer => self.extras.transfers.get_mut(source).map(|row| &mut row.txn),
                TxnKind::TransferReversal => self.extras.reversals.get_mut(source).map(|row| &mut row.txn),
                TxnKind::PartialCaptureReversal | TxnKind::ProductFee => None,
            };
            if let Some(slot) = slot {
                *slot = place;
            }
        }
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

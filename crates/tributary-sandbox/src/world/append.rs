//! New rows while serving. Lists stay in the order of creation, and every index knows the new row.

use super::World;
use super::calendar::business_days_later;
use super::extras::MethodRow;
use super::index::insert;
use super::ledger::{FeeShape, charge_entry, entry};
use super::plot::Frame;
use super::rows::*;
use crate::cash::Cash;
use crate::kind::Kind;
use serde_json::{Map, Value};
use std::sync::Arc;

impl World {
    /// Runs with the frame that the ledger's rules are told.
    fn framed<T>(&self, work: impl FnOnce(&Frame<'_>) -> T) -> T {
        let profile = Arc::clone(&self.profile);
        work(&Frame { profile: &profile, salt: self.salt, start: self.start, end: self.end })
    }

    /// Replaces fields of the object at `place` wherever it is shown.
    pub(crate) fn patch(&mut self, kind: Kind, place: usize, fields: Map<String, Value>) {
        if !fields.is_empty() {
            let key = (kind, u32::try_from(place).unwrap_or(u32::MAX));
            self.patches.entry(key).or_default().extend(fields);
        }
    }

    pub(crate) fn push_customer(&mut self, created: u32) -> usize {
        self.customers.push(CustomerRow { created, deleted: false });
        self.customers.len() - 1
    }

    pub(crate) fn push_product(&mut self, created: u32, active: bool) -> usize {
        self.products.push(ProductRow { created, active, deleted: false, default_price: Ref::NONE });
        self.products.len() - 1
    }

    pub(crate) fn push_price(&mut self, row: PriceRow) -> usize {
        self.prices.push(row);
        let (place, prices) = (self.prices.len() - 1, &self.prices);
        insert(&mut self.indexes.prices_by_product, place, |at| prices[at].product);
        place
    }

    pub(crate) fn push_intent(&mut self, row: IntentRow) -> usize {
        self.intents.push(row);
        let (place, intents) = (self.intents.len() - 1, &self.intents);
        insert(&mut self.indexes.intents_by_customer, place, |at| intents[at].customer);
        place
    }

    pub(crate) fn push_charge(&mut self, mut row: ChargeRow) -> usize {
        row.payment_method = self.method_of(&row, self.charges.len());
        self.charges.push(row);
        let (place, charges) = (self.charges.len() - 1, &self.charges);
        insert(&mut self.indexes.charges_by_customer, place, |at| charges[at].customer);
        insert(&mut self.indexes.charges_by_intent, place, |at| charges[at].intent);
        place
    }

    /// How a charge that will be at `place` is paid: as its customer paid before, or in a new way.
    fn method_of(&mut self, charge: &ChargeRow, place: usize) -> Ref {
        let same = |row: &MethodRow| {
            charge.customer != Ref::NONE
                && row.customer == charge.customer
                && self.charges.get(row.charge as usize).is_some_and(|first| first.method == charge.method)
        };
        let methods = &self.extras.methods;
        if let Some(known) = methods.iter().position(same) {
            return Ref::to(known);
        }
        let created = methods.last().map_or(charge.created, |last| charge.created.max(last.created));
        let charge_place = u32::try_from(place).unwrap_or(u32::MAX);
        self.extras.methods.push(MethodRow { created, customer: charge.customer, charge: charge_place });
        Ref::to(self.extras.methods.len() - 1)
    }

    pub(crate) fn push_refund(&mut self, row: RefundRow) -> usize {
        self.refunds.push(row);
        let (place, refunds) = (self.refunds.len() - 1, &self.refunds);
        insert(&mut self.indexes.refunds_by_charge, place, |at| Ref::to(refunds[at].charge as usize));
        place
    }

    pub(crate) fn push_dispute(&mut self, row: DisputeRow) -> usize {
        self.disputes.push(row);
        let (place, disputes) = (self.disputes.len() - 1, &self.disputes);
        insert(&mut self.indexes.disputes_by_charge, place, |at| Ref::to(disputes[at].charge as usize));
        place
    }

    /// Adds a payout that leaves now and arrives on the next business day; its entry is added by itself.
    pub(crate) fn push_payout(&mut self, at: u32, amount: i64, currency: Cash, automatic: bool) -> usize {
        self.payouts.push(PayoutRow {
            created: at,
            arrival: business_days_later(at, 1),
            amount,
            txn: Ref::NONE,
            failure_txn: Ref::NONE,
            currency,
            status: PayoutStatus::Pending,
            reconciled: false,
            automatic,
        });
        self.payouts.len() - 1
    }

    pub(crate) fn push_txn(&mut self, row: TxnRow) -> usize {
        self.txns.push(row);
        let (place, txns) = (self.txns.len() - 1, &self.txns);
        insert(&mut self.indexes.txns_by_payout, place, |at| txns[at].payout);
        if row.kind == TxnKind::PartialCaptureReversal {
            self.indexes.reversals.push(u32::try_from(place).unwrap_or(u32::MAX));
        }
        place
    }

    /// Books a movement of `amount` of `currency` in its settlement currency, available at once.
    pub(crate) fn book(
        &mut self,
        kind: TxnKind,
        source: usize,
        at: u32,
        currency: Cash,
        amount: i64,
    ) -> usize {
        let row = self.framed(|frame| entry(frame, kind, source, at, currency, amount));
        self.push_txn(row)
    }

    /// Books what was captured of a charge, less its fee.
    pub(crate) fn book_charge(&mut self, place: usize, at: u32) {
        let Some(charge) = self.charges.get(place).copied() else { return };
        let booked = charge.captured;
        let row = self.framed(|frame| charge_entry(frame, &charge, place, at, booked, FeeShape::Plain));
        let txn = Ref::to(self.push_txn(row));
        self.charges[place].txn = txn;
    }

    /// Pays a transaction out with a payout. Called in ascending order of place.
    pub(crate) fn pay_out(&mut self, txn: usize, payout: usize) {
        self.txns[txn].payout = Ref::to(payout);
        let txns = &self.txns;
        insert(&mut self.indexes.txns_by_payout, txn, |at| txns[at].payout);
    }
}

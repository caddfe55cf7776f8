//! Time that passes: what was due happens, in the order in which it is due.

use super::World;
use super::bills::{InvoiceStatus, SubscriptionStatus};
use super::calendar::{DAY, is_business_day};
use super::ledger::payout_entry;
use super::rows::{Outcome, PayoutStatus, Ref, RefundStatus, TxnKind};
use crate::cash::Cash;
use crate::dice::salted;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::writes;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Seconds after which an authorization that no one captures expires.
const AUTHORIZATION_SECS: u32 = 7 * DAY;
/// Seconds after which a bank debit's money arrives, and after which a bad one comes back.
const DEBIT_SECS: u32 = 4 * DAY;
const BOUNCE_SECS: u32 = 7 * DAY;
/// Seconds after which a pending refund has succeeded.
const REFUND_SECS: u32 = 5 * DAY;
/// Seconds for which a subscription's invoice stays a draft.
const DRAFT_SECS: u32 = 3600;
/// Seconds after which a payout is on its way and its transactions can be listed.
const TRANSIT_SECS: u32 = 3600;

/// What falls due. The order decides what of one second comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    /// A day begins: money becomes available.
    Midnight,
    /// A bank debit's money arrives.
    Arrive(u32),
    /// A bad bank debit comes back.
    Bounce(u32),
    /// An authorization expires.
    Expire(u32),
    /// A pending refund succeeds.
    Deliver(u32),
    /// A payout is on its way.
    Depart(u32),
    /// A payout has arrived.
    Land(u32),
    /// A subscription's period ends.
    Renew(u32),
    /// A subscription's draft is finalized and charged.
    Collect(u32),
    /// The hour of automatic payouts.
    PayOut,
}

/// The work of one passage of time.
struct Agenda {
    to: u32,
    due: BinaryHeap<Reverse<(u32, Deed)>>,
    /// Transactions that no payout has paid out, ascending.
    unpaid: Vec<usize>,
    /// How many transactions were looked at for that.
    seen: usize,
}

impl Agenda {
    fn add(&mut self, at: u32, deed: Deed) {
        if at <= self.to {
            self.due.push(Reverse((at, deed)));
        }
    }
}

impl World {
    /// Lets time pass until Unix second `to`. What was due before the newest write happens right after it.
    pub(super) fn pass(&mut self, to: u32) {
        let to = to.max(self.end).max(self.newest);
        let mut agenda = Agenda { to, due: BinaryHeap::new(), unpaid: Vec::new(), seen: 0 };
        agenda.seen = self.first(Kind::BalanceTransactions);
        self.schedule(&mut agenda);
        // Every deed adds at most two later ones, and days are finite.
        while let Some(Reverse((due, deed))) = agenda.due.pop() {
            let at = due.max(self.end).max(self.newest);
            (self.end, self.newest) = (at, at);
            self.act(&mut agenda, &Moment { at, ..Moment::default() }, deed);
        }
        (self.end, self.newest) = (to, to);
        self.events.expire(to);
    }

    /// Everything that rows of today let expect.
    fn schedule(&self, agenda: &mut Agenda) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let day = self.end / DAY;
        agenda.add((day + 1) * DAY, Deed::Midnight);
        for day in [day, day + 1] {
            let at = self.payout_hour(day);
            if at > self.end {
                agenda.add(at, Deed::PayOut);
                break;
            }
        }
        for at in self.first(Kind::Charges)..self.charges.len() {
            let row = &self.charges[at];
            match row.outcome {
                Outcome::Authorized => agenda.add(row.created + AUTHORIZATION_SECS, Deed::Expire(place(at))),
                Outcome::Pending => agenda.add(row.created + DEBIT_SECS, Deed::Arrive(place(at))),
                Outcome::Paid if self.bouncing.contains(&Ref::to(at)) => {
                    agenda.add(row.created + BOUNCE_SECS, Deed::Bounce(place(at)));
                }
                _ => {}
            }
        }
        for at in self.first(Kind::Refunds)..self.refunds.len() {
            if self.refunds[at].status == RefundStatus::Pending {
                agenda.add(self.refunds[at].created + REFUND_SECS, Deed::Deliver(place(at)));
            }
        }
        for at in self.first(Kind::Payouts)..self.payouts.len() {
            self.follow_payout(agenda, at);
        }
        for at in self.first(Kind::Subscriptions)..self.billing.subscriptions.len() {
            let row = &self.billing.subscriptions[at];
            use SubscriptionStatus::*;
            if matches!(row.status, Active | Trialing | PastDue) {
                agenda.add(row.period_end, Deed::Renew(place(at)));
            }
        }
        for at in self.first(Kind::Invoices)..self.billing.invoices.len() {
            let row = &self.billing.invoices[at];
            if row.status == InvoiceStatus::Draft && row.subscription != Ref::NONE {
                agenda.add(row.created + DRAFT_SECS, Deed::Collect(place(at)));
            }
        }
    }

    fn follow_payout(&self, agenda: &mut Agenda, at: usize) {
        let row = &self.payouts[at];
        let place = u32::try_from(at).unwrap_or(u32::MAX);
        if row.status == PayoutStatus::Pending {
            agenda.add(row.created + TRANSIT_SECS, Deed::Depart(place));
        }
        if matches!(row.status, PayoutStatus::Pending | PayoutStatus::InTransit) {
            agenda.add(row.arrival, Deed::Land(place));
        }
    }

    fn act(&mut self, agenda: &mut Agenda, by: &Moment<'_>, deed: Deed) {
        match deed {
            Deed::Midnight => {
                self.begin_day(by);
                agenda.add(by.at - by.at % DAY + DAY, Deed::Midnight);
            }
            Deed::PayOut => {
                self.pay_out_all(agenda, by);
                agenda.add(self.payout_hour(by.at / DAY + 1), Deed::PayOut);
            }
            Deed::Arrive(charge) => {
                let charge = charge as usize;
                if self.charges[charge].outcome == Outcome::Pending {
                    writes::debit_arrives(self, by, charge);
                    if self.bouncing.contains(&Ref::to(charge)) {
                        let at = self.charges[charge].created + BOUNCE_SECS;
                        agenda.add(at, Deed::Bounce(u32::try_from(charge).unwrap_or(u32::MAX)));
                    }
                }
            }
            Deed::Bounce(charge) => {
                if self.bouncing.remove(&Ref::to(charge as usize)) {
                    writes::debit_bounces(self, by, charge as usize);
                }
            }
            Deed::Expire(charge) => {
                if self.charges[charge as usize].outcome == Outcome::Authorized {
                    writes::expire(self, by, charge as usize);
                }
            }
            Deed::Deliver(refund) => {
                let refund = refund as usize;
                let before = self.snapshot(Kind::Refunds, refund);
                self.refunds[refund].status = RefundStatus::Succeeded;
                self.note_change(by, EventType::RefundUpdated, refund, &before);
            }
            Deed::Renew(subscription) => {
                let place = subscription as usize;
                if let Some(invoice) = writes::renew(self, by, place) {
                    let invoice = u32::try_from(invoice).unwrap_or(u32::MAX);
                    agenda.add(by.at + DRAFT_SECS, Deed::Collect(invoice));
                    agenda.add(self.billing.subscriptions[place].period_end, Deed::Renew(subscription));
                }
            }
            Deed::Collect(invoice) => {
                // Its decline is told by events.
                let charged = writes::charge_renewal(self, by, invoice as usize);
                debug_assert!(charged.is_ok());
            }
            Deed::Depart(payout) => self.depart(by, payout as usize),
            Deed::Land(payout) => {
                if self.payouts[payout as usize].status == PayoutStatus::InTransit {
                    self.payouts[payout as usize].status = PayoutStatus::Paid;
                    self.note(by, EventType::PayoutPaid, payout as usize);
                }
            }
        }
    }

    /// Says so if this midnight made money available.
    fn begin_day(&mut self, by: &Moment<'_>) {
        let today = by.at / DAY;
        let recent = self.txns.partition_point(|txn| txn.created + 30 * DAY < by.at);
        let from = recent.max(self.first(Kind::BalanceTransactions));
        let now_available = |txn: &super::rows::TxnRow| {
            txn.available_on / DAY == today && txn.available_on > txn.created && txn.available_on <= by.at
        };
        if self.txns[from..].iter().any(now_available) {
            self.note(by, EventType::BalanceAvailable, 0);
        }
    }

    fn depart(&mut self, by: &Moment<'_>, payout: usize) {
        if self.payouts[payout].status != PayoutStatus::Pending {
            return;
        }
        let before = self.snapshot(Kind::Payouts, payout);
        let row = &mut self.payouts[payout];
        row.status = PayoutStatus::InTransit;
        row.reconciled = row.automatic;
        let automatic = row.automatic;
        self.note_change(by, EventType::PayoutUpdated, payout, &before);
        if automatic {
            self.note(by, EventType::PayoutReconciled, payout);
        }
    }

    /// The second of a day at which automatic payouts are made.
    fn payout_hour(&self, day: u32) -> u32 {
        let jitter = salted(&[self.salt, 0x90, u64::from(day)]) % 3600;
        day * DAY + 3600 + jitter as u32
    }

    /// On a business day, pays out what is available in each currency.
    fn pay_out_all(&mut self, agenda: &mut Agenda, by: &Moment<'_>) {
        for txn in agenda.seen..self.txns.len() {
            if self.txns[txn].payout == Ref::NONE {
                agenda.unpaid.push(txn);
            }
        }
        agenda.seen = self.txns.len();
        if !is_business_day(by.at / DAY) {
            return;
        }
        for currency in self.profile.settles {
            if let Some(payout) = self.pay_out_currency(agenda, by, *currency) {
                self.follow_payout(agenda, payout);
            }
        }
    }

    fn pay_out_currency(&mut self, agenda: &mut Agenda, by: &Moment<'_>, currency: Cash) -> Option<usize> {
        let ready = |world: &World, txn: usize| {
            let row = &world.txns[txn];
            row.currency == currency && row.available_on <= by.at
        };
        let pool: Vec<usize> = agenda.unpaid.iter().copied().filter(|txn| ready(self, *txn)).collect();
        let amount: i64 = pool.iter().map(|txn| self.txns[*txn].net()).sum();
        if amount < currency.of_usd_cents(100) {
            return None;
        }
        let payout = self.push_payout(by.at, amount, currency, true);
        for txn in &pool {
            self.pay_out(*txn, payout);
        }
        agenda.unpaid.retain(|txn| pool.binary_search(txn).is_err());
        let own = payout_entry(TxnKind::Payout, payout, by.at, currency, -amount);
        let own = self.push_txn(super::rows::TxnRow { payout: Ref::to(payout), ..own });
        self.payouts[payout].txn = Ref::to(own);
        self.note(by, EventType::PayoutCreated, payout);
        Some(payout)
    }
}

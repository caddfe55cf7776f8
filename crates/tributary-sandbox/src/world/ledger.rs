//! The ledger: one entry per movement of money, and the automatic payouts that empty the balance.

use super::calendar::{DAY, business_days_later, is_business_day};
use super::plot::Frame;
use super::rows::{
    ChargeRow, DisputeRow, DisputeStatus, Method, PayoutRow, PayoutStatus, Ref, RefundRow, RefundStatus,
    TxnKind, TxnRow,
};
use crate::cash::{Cash, percentage};
use crate::dice::salted;

/// From a dispute to its verdict.
pub(crate) const VERDICT_SECS: u32 = 20 * DAY;

/// Entries in the order they were thought of; [`Ledger::close`] sorts them.
#[derive(Default)]
pub(crate) struct Ledger {
    entries: Vec<TxnRow>,
}

/// What a charge's fee consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FeeShape {
    Plain,
    /// Two of a hundred go to an application.
    Application,
    /// A fifth of Stripe's fee is added as tax.
    Taxed,
    /// Stripe's fee in two rows of one description.
    Split,
}

/// The entry for `amount` of `currency` that reaches the balance in its settlement currency.
pub(super) fn entry(
    frame: &Frame<'_>,
    kind: TxnKind,
    source: usize,
    created: u32,
    currency: Cash,
    amount: i64,
) -> TxnRow {
    let settlement = frame.profile.settlement(currency);
    let rate =
        if settlement == currency { 0 } else { currency.rate_to(settlement, i64::from(created / DAY)) };
    TxnRow {
        created,
        available_on: created,
        amount: if rate == 0 { amount } else { currency.convert(amount, settlement, rate) },
        fee: 0,
        app_fee: 0,
        tax: 0,
        rate,
        source: u32::try_from(source).unwrap_or(u32::MAX),
        payout: Ref::NONE,
        kind,
        currency: settlement,
        split_fee: false,
    }
}

/// The entry of a payment of `booked` minor units, with its fee on what was captured.
pub(crate) fn charge_entry(
    frame: &Frame<'_>,
    charge: &ChargeRow,
    place: usize,
    at: u32,
    booked: i64,
    shape: FeeShape,
) -> TxnRow {
    let mut row = entry(frame, TxnKind::Charge, place, at, charge.currency, booked);
    let paid_for = if row.rate == 0 {
        charge.captured.max(0)
    } else {
        charge.currency.convert(charge.captured, row.currency, row.rate)
    };
    let own = match charge.method {
        Method::Debit => row.currency.debit_fee(paid_for),
        Method::Card | Method::Link => {
            let holder = super::holder(charge, place);
            let foreign = crate::cards::is_foreign(frame.salt, holder);
            row.currency.card_fee(paid_for, foreign, row.rate != 0)
        }
    };
    let small = |amount: i64| u32::try_from(amount).unwrap_or(0);
    row.app_fee = if shape == FeeShape::Application { small(percentage(row.amount, 200)) } else { 0 };
    row.tax = if shape == FeeShape::Taxed { small(percentage(own, 2000)) } else { 0 };
    row.split_fee = shape == FeeShape::Split && own > 1;
    row.fee = own + i64::from(row.app_fee) + i64::from(row.tax);
    row.available_on = business_days_later(at, frame.profile.delay_days);
    row
}

impl Ledger {
    /// Books a charge.
    pub(crate) fn charge(
        &mut self,
        frame: &Frame<'_>,
        charge: &ChargeRow,
        place: usize,
        at: u32,
        booked: i64,
        shape: FeeShape,
    ) {
        self.entries.push(charge_entry(frame, charge, place, at, booked, shape));
    }

    /// Takes back what a partial capture left; available together with the charge.
    pub(crate) fn partial_capture_reversal(
        &mut self,
        frame: &Frame<'_>,
        charge: &ChargeRow,
        place: usize,
        at: u32,
    ) {
        let rest = charge.captured - charge.amount;
        let mut row = entry(frame, TxnKind::PartialCaptureReversal, place, at, charge.currency, rest);
        row.available_on = business_days_later(at, frame.profile.delay_days);
        self.entries.push(row);
    }

    /// Takes back a bank debit that failed after its funds had been booked.
    pub(crate) fn bounce(&mut self, frame: &Frame<'_>, charge: &ChargeRow, place: usize, at: u32) {
        self.entries.push(entry(frame, TxnKind::Bounce, place, at, charge.currency, -charge.amount));
    }

    /// Books a share of a charge that goes on to a seller; it leaves when the charge's money arrives.
    pub(crate) fn transfer(&mut self, frame: &Frame<'_>, charge: &ChargeRow, transfer: usize, amount: i64) {
        let mut row =
            entry(frame, TxnKind::Transfer, transfer, charge.created + 60, charge.currency, -amount);
        row.available_on = business_days_later(charge.created, frame.profile.delay_days);
        self.entries.push(row);
    }

    /// Books what came back of a transfer.
    pub(crate) fn transfer_reversal(
        &mut self,
        frame: &Frame<'_>,
        charge: &ChargeRow,
        reversal: usize,
        at: u32,
        amount: i64,
    ) {
        self.entries.push(entry(frame, TxnKind::TransferReversal, reversal, at, charge.currency, amount));
    }

    /// The application's part of the entry booked last.
    pub(crate) fn newest_app_fee(&self) -> u32 {
        self.entries.last().map_or(0, |row| row.app_fee)
    }

    /// A product fee each 30 days.
    pub(crate) fn product_fees(&mut self, frame: &Frame<'_>, wanted: bool) {
        let home = frame.profile.home();
        let mut at = frame.start + 30 * DAY;
        while wanted && at < frame.end {
            self.entries.push(entry(frame, TxnKind::ProductFee, 0, at, home, -home.of_usd_cents(1250)));
            at += 30 * DAY;
        }
    }

    /// Books refunds, in their final order. What an authorization let go never was in the balance.
    pub(crate) fn refunds(&mut self, frame: &Frame<'_>, refunds: &[RefundRow], charges: &[ChargeRow]) {
        for (place, refund) in refunds.iter().enumerate() {
            let Some(charge) = charges.get(refund.charge as usize) else { continue };
            if charge.captured == 0 || refund.status == RefundStatus::RequiresAction {
                continue;
            }
            self.entries.push(entry(
                frame,
                TxnKind::Refund,
                place,
                refund.created,
                charge.currency,
                -refund.amount,
            ));
            if !refund.status.counts() {
                // It comes back at the rate it went out at: nothing is won or lost on the way.
                let gone = self.entries.last().map_or(0, |row| row.amount);
                let at = (refund.created + 5 * DAY).min(frame.end);
                let mut back =
                    entry(frame, TxnKind::RefundFailure, place, at, charge.currency, refund.amount);
                if back.rate != 0 {
                    back.rate = charge.currency.rate_to(back.currency, i64::from(refund.created / DAY));
                    back.amount = -gone;
                }
                self.entries.push(back);
            }
        }
    }

    /// Books disputes, in their final order.
    pub(crate) fn disputes(&mut self, frame: &Frame<'_>, disputes: &[DisputeRow], charges: &[ChargeRow]) {
        for (place, dispute) in disputes.iter().enumerate() {
            let Some(charge) = charges.get(dispute.charge as usize) else { continue };
            if !dispute.status.withdraws() {
                continue;
            }
            let mut out =
                entry(frame, TxnKind::Withdrawal, place, dispute.created, charge.currency, -dispute.amount);
            out.fee = out.currency.dispute_fee();
            self.entries.push(out);
            if dispute.status == DisputeStatus::Won {
                let at = dispute.created + VERDICT_SECS;
                let mut back =
                    entry(frame, TxnKind::Reinstatement, place, at, charge.currency, dispute.amount);
                back.fee = if dispute.fee_back { -out.fee } else { 0 };
                self.entries.push(back);
            }
        }
    }

    /// Makes the payouts, sorts everything by time, and hands both out. With `mishaps`, one payout of the default
    /// currency fails and one is cancelled.
    pub(crate) fn close(mut self, frame: &Frame<'_>, mishaps: bool) -> (Vec<TxnRow>, Vec<PayoutRow>) {
        let mut payouts: Vec<PayoutRow> = Vec::new();
        for currency in frame.profile.settles {
            let mishaps = mishaps && *currency == frame.profile.home();
            self.pay_out(frame, *currency, mishaps, &mut payouts);
        }
        let mut order: Vec<usize> = (0..payouts.len()).collect();
        order.sort_by_key(|old| payouts[*old].created);
        let mut new_place = vec![0; payouts.len()];
        for (new, old) in order.iter().enumerate() {
            new_place[*old] = new;
        }
        for row in &mut self.entries {
            row.payout = row.payout.get().map_or(Ref::NONE, |old| Ref::to(new_place[old]));
            if matches!(row.kind, TxnKind::Payout | TxnKind::PayoutFailure | TxnKind::PayoutCancel) {
                row.source = u32::try_from(new_place[row.source as usize]).unwrap_or(u32::MAX);
            }
        }
        let payouts = order.into_iter().map(|old| payouts[old]).collect();
        self.entries.sort_by_key(|row| row.created);
        self.entries.shrink_to_fit();
        (self.entries, payouts)
    }

    /// Each business day pays out what has become available in one currency.
    fn pay_out(&mut self, frame: &Frame<'_>, currency: Cash, mishaps: bool, payouts: &mut Vec<PayoutRow>) {
        let ready_at = |row: &TxnRow| row.available_on.max(row.created);
        let mut queue: Vec<usize> =
            (0..self.entries.len()).filter(|at| self.entries[*at].currency == currency).collect();
        queue.sort_by_key(|at| ready_at(&self.entries[*at]));
        let mut waiting: Vec<usize> = Vec::new();
        let (mut next, mut pool, mut sum, mut made) = (0, Vec::new(), 0_i64, 0_usize);
        for day in frame.start / DAY..=frame.end / DAY {
            let jitter = salted(&[frame.salt, 0x90, u64::from(day), payouts.len() as u64]);
            let at = day * DAY + 3600 + (jitter % 3600) as u32;
            if !is_business_day(day) || at > frame.end {
                continue;
            }
            while let Some(entry) = queue.get(next).filter(|entry| ready_at(&self.entries[**entry]) <= at) {
                pool.push(*entry);
                sum += self.entries[*entry].net();
                next += 1;
            }
            waiting.retain(|entry| {
                let ready = self.entries[*entry].created <= at;
                if ready {
                    pool.push(*entry);
                    sum += self.entries[*entry].net();
                }
                !ready
            });
            if sum < currency.of_usd_cents(100) {
                continue;
            }
            let place = payouts.len();
            for entry in pool.drain(..) {
                self.entries[entry].payout = Ref::to(place);
            }
            let fate = match made {
                3 if mishaps => Some(TxnKind::PayoutFailure),
                7 if mishaps => Some(TxnKind::PayoutCancel),
                _ if (jitter / 3600).is_multiple_of(500) => Some(TxnKind::PayoutFailure),
                _ => None,
            };
            let payout = payout_row(frame, currency, at, sum);
            self.entries.push(TxnRow {
                payout: Ref::to(place),
                ..payout_entry(TxnKind::Payout, place, at, currency, -sum)
            });
            payouts.push(payout);
            if let Some(back) = self.undo(frame, fate, place, payouts) {
                waiting.push(back);
            }
            made += 1;
            sum = 0;
        }
    }

    /// Brings a failed or cancelled payout's money back, once that has happened; the entry's place.
    fn undo(
        &mut self,
        frame: &Frame<'_>,
        fate: Option<TxnKind>,
        place: usize,
        payouts: &mut [PayoutRow],
    ) -> Option<usize> {
        let (kind, payout) = (fate?, payouts.get_mut(place)?);
        let (after, status) = match kind {
            TxnKind::PayoutCancel => (6 * 3600, PayoutStatus::Canceled),
            _ => (3 * DAY + 9 * 3600, PayoutStatus::Failed),
        };
        let at = payout.created + after;
        if at > frame.end {
            return None;
        }
        payout.status = status;
        self.entries.push(payout_entry(kind, place, at, payout.currency, payout.amount));
        Some(self.entries.len() - 1)
    }
}

fn payout_row(frame: &Frame<'_>, currency: Cash, created: u32, amount: i64) -> PayoutRow {
    let arrival = business_days_later(created, 1);
    let status = if arrival <= frame.end {
        PayoutStatus::Paid
    } else if created + 3600 <= frame.end {
        PayoutStatus::InTransit
    } else {
        PayoutStatus::Pending
    };
    let reconciled = created + 3600 <= frame.end;
    PayoutRow {
        created,
        arrival,
        amount,
        txn: Ref::NONE,
        failure_txn: Ref::NONE,
        currency,
        status,
        reconciled,
        automatic: true,
    }
}

pub(crate) fn payout_entry(
    kind: TxnKind,
    payout: usize,
    created: u32,
    currency: Cash,
    amount: i64,
) -> TxnRow {
    TxnRow {
        created,
        available_on: created,
        amount,
        fee: 0,
        app_fee: 0,
        tax: 0,
        rate: 0,
        source: u32::try_from(payout).unwrap_or(u32::MAX),
        payout: Ref::NONE,
        kind,
        currency,
        split_fee: false,
    }
}

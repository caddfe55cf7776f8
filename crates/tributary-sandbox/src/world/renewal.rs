//! The next period of a subscription: when it ends, and what it costs.

use super::World;
use super::bills::{InvoiceStatus, LineRow, Span, SubscriptionRow, Totals};
use super::calendar::months_later;
use super::rows::{PriceShape, Ref};
use super::tariff::{Tariff, Terms, still_counts};
use crate::cash::Cash;
use std::collections::BTreeMap;

/// The most months that a subscription is counted on for: 60 years.
const MAX_MONTHS: u32 = 720;

/// A period's lines, their sum and what was taken off and added.
pub(crate) struct PeriodBill {
    pub(crate) lines: Vec<LineRow>,
    pub(crate) totals: Totals,
    pub(crate) coupon: Option<u8>,
    pub(crate) tax_rate: Option<u8>,
}

impl World {
    /// The open invoices of the history, by the intent that is to pay them.
    pub(super) fn invoices_to_pay(&self) -> BTreeMap<Ref, Ref> {
        let open =
            self.billing.invoices.iter().enumerate().filter(|(_, row)| row.status == InvoiceStatus::Open);
        open.filter(|(_, row)| row.intent != Ref::NONE)
            .map(|(place, row)| (row.intent, Ref::to(place)))
            .collect()
    }

    /// When the period after the one that ends at `from` ends: by the calendar, from the day it began on.
    pub(crate) fn next_period_end(&self, subscription: &SubscriptionRow, from: u32) -> u32 {
        let first = self.billing.items.get(subscription.items.first as usize);
        let price = first.and_then(|item| self.prices.get(item.price.get()?));
        let yearly = price.is_some_and(|price| price.shape == PriceShape::Yearly);
        let step: u32 = if yearly { 12 } else { 1 };
        let anchor = if subscription.trial_end > 0 { subscription.trial_end } else { subscription.created };
        let ends = (1..=MAX_MONTHS / step).map(|count| months_later(anchor, count * step));
        ends.into_iter().find(|end| *end > from).unwrap_or(u32::MAX)
    }

    /// What a subscription costs in the period that starts at `start`. Usage isn't measured: it is none.
    pub(crate) fn period_bill(&self, place: usize, start: u32) -> PeriodBill {
        let row = self.billing.subscriptions[place];
        let counts = |coupon: &u8| {
            let lasts = self.billing.coupons.get(usize::from(*coupon)).map(|coupon| coupon.lasts);
            lasts.is_some_and(|lasts| still_counts(lasts, row.created, start))
        };
        let lines = row.items.places().filter_map(|at| Some((at, self.billing.items.get(at)?)));
        let line = |(at, item): (usize, &super::bills::ItemRow)| {
            let price = item.price.get().and_then(|price| self.prices.get(price));
            LineRow {
                owner: u32::MAX,
                price: item.price,
                item: Ref::to(at),
                quantity: item.quantity,
                amount: price.map_or(0, |price| price.amount) * i64::from(item.quantity),
                discount: 0,
                tax: 0,
            }
        };
        self.added_up(lines.map(line).collect(), row.currency, row.coupon.filter(counts), row.tax_rate)
    }

    /// Adds lines up. A coupon that doesn't suit is left out.
    pub(crate) fn added_up(
        &self,
        mut lines: Vec<LineRow>,
        currency: Cash,
        coupon: Option<u8>,
        tax_rate: Option<u8>,
    ) -> PeriodBill {
        let tariff = Tariff {
            coupons: self.billing.coupons.clone(),
            tax_rates: self.billing.tax_rates.clone(),
            home: self.profile.home(),
        };
        let mut terms = Terms { coupon, tax_rate };
        let totals = tariff.add_up(&mut lines, currency, &mut terms);
        PeriodBill { lines, totals, coupon: terms.coupon, tax_rate: terms.tax_rate }
    }

    /// Adds lines to the list, as those of an invoice.
    pub(crate) fn push_lines(&mut self, lines: &[LineRow], invoice: usize) -> Span {
        let owner = u32::try_from(invoice).unwrap_or(u32::MAX);
        let first = u32::try_from(self.billing.lines.len()).unwrap_or(u32::MAX);
        self.billing.lines.extend(lines.iter().map(|line| LineRow { owner, ..*line }));
        Span { first, count: u32::try_from(lines.len()).unwrap_or(0) }
    }
}

//! What things cost: coupons, tax rates, prices to choose from, and what lines add up to.

use super::bills::{CouponRow, Lasts, LineRow, Off, TaxRateRow, Totals};
use super::calendar::{DAY, months_later};
use super::plot::Frame;
use super::rows::{PriceRow, PriceShape, ProductRow, Ref};
use crate::cash::{Cash, percentage};
use crate::dice::Dice;

/// The coupons of every account: of each duration, one by amount, one that has run out and one deleted.
pub(crate) fn coupons(frame: &Frame<'_>) -> Vec<CouponRow> {
    let off = frame.profile.home().of_usd_cents(500);
    let terms = [
        (Off::Percent(10), Lasts::Forever),
        (Off::Percent(25), Lasts::Once),
        (Off::Amount(off), Lasts::Once),
        (Off::Percent(20), Lasts::Months(3)),
        (Off::Percent(50), Lasts::Once),
        (Off::Percent(15), Lasts::Forever),
    ];
    let row = |(place, (off, lasts)): (usize, (Off, Lasts))| CouponRow {
        created: frame.start - 20 * DAY + place as u32 * 3600,
        off,
        lasts,
        redeem_by: if place == 4 { frame.start - DAY } else { 0 },
        times_redeemed: 0,
        deleted: place == 5,
    };
    terms.into_iter().enumerate().map(row).collect()
}

/// Places of coupons that can be used.
const USABLE: [u8; 4] = [0, 1, 2, 3];

/// The tax rates of every account: added and included ones, of each an archived one.
pub(crate) fn tax_rates(frame: &Frame<'_>) -> Vec<TaxRateRow> {
    let terms = [
        (825, false, true, "sales_tax", "Sales Tax"),
        (2000, true, true, "vat", "VAT"),
        (500, false, true, "gst", "GST"),
        (700, false, false, "sales_tax", "Sales Tax"),
        (1900, true, false, "vat", "VAT"),
        (0, false, true, "vat", "VAT"),
    ];
    let row = |(place, (basis_points, inclusive, active, tax, name))| TaxRateRow {
        created: frame.start - 21 * DAY + place as u32 * 60,
        basis_points,
        inclusive,
        active,
        tax,
        name,
    };
    (0..).zip(terms).map(row).collect()
}

/// What an order's discount and tax are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    pub(crate) coupon: Option<u8>,
    pub(crate) tax_rate: Option<u8>,
}

/// A coupon in 6 and a tax rate in 30 of a hundred orders.
pub(crate) fn any_terms(dice: &mut Dice) -> Terms {
    let coupon = dice.chance(60).then(|| USABLE[dice.below(4) as usize]);
    let tax_rate = dice.chance(300).then(|| dice.below(3) as u8);
    Terms { coupon, tax_rate }
}

/// Coupons, tax rates and the currency in which coupons take off amounts.
pub(crate) struct Tariff {
    pub(crate) coupons: Vec<CouponRow>,
    pub(crate) tax_rates: Vec<TaxRateRow>,
    pub(crate) home: Cash,
}

/// An amount that can be paid: the last digit of three-decimal currencies is 0.
fn payable(currency: Cash, amount: i64) -> i64 {
    if currency.exponent() == 3 { amount / 10 * 10 } else { amount }
}

impl Tariff {
    pub(crate) fn of(frame: &Frame<'_>) -> Self {
        Tariff { coupons: coupons(frame), tax_rates: tax_rates(frame), home: frame.profile.home() }
    }

    /// Writes discount and tax into the lines and adds everything up. A coupon that doesn't suit, by its currency or
    /// because it would leave nothing to pay, is taken out of the terms.
    pub(crate) fn add_up(&self, lines: &mut [LineRow], currency: Cash, terms: &mut Terms) -> Totals {
        let subtotal: i64 = lines.iter().map(|line| line.amount).sum();
        let coupon = terms.coupon.and_then(|place| self.coupons.get(usize::from(place)));
        let suits = coupon.is_some_and(|coupon| match coupon.off {
            Off::Percent(_) => true,
            Off::Amount(amount) => currency == self.home && subtotal > 2 * amount,
        });
        terms.coupon = terms.coupon.filter(|_| suits);
        let off = coupon.filter(|_| suits).map(|coupon| coupon.off);
        let rate = terms.tax_rate.and_then(|place| self.tax_rates.get(usize::from(place)));
        let mut left = match off {
            Some(Off::Amount(amount)) => amount,
            _ => 0,
        };
        let mut totals = Totals { subtotal, ..Totals::default() };
        for line in lines {
            line.discount = match off {
                Some(Off::Percent(percent)) => payable(currency, line.amount * i64::from(percent) / 100),
                Some(Off::Amount(_)) => left.min(line.amount),
                None => 0,
            };
            left -= line.discount.min(left);
            let net = line.amount - line.discount;
            let (basis_points, inclusive) =
                rate.map_or((0, false), |rate| (rate.basis_points, rate.inclusive));
            line.tax = match inclusive {
                true => payable(currency, net - net * 10_000 / (10_000 + basis_points)),
                false => payable(currency, percentage(net, basis_points)),
            };
            totals.discount += line.discount;
            totals.tax += line.tax;
            totals.total += net + if inclusive { 0 } else { line.tax };
        }
        totals
    }
}

/// Prices to choose from, by currency and shape; each list in the order of creation.
pub(crate) struct Shelf<'a> {
    prices: &'a [PriceRow],
    once: Vec<(Cash, Vec<u32>)>,
    /// Of the default currency.
    recurring: Vec<(PriceShape, Vec<u32>)>,
}

impl<'a> Shelf<'a> {
    pub(crate) fn of(frame: &Frame<'_>, prices: &'a [PriceRow], products: &[ProductRow]) -> Self {
        let home = frame.profile.home();
        let places = |fits: &dyn Fn(&PriceRow) -> bool| -> Vec<u32> {
            let sold = |row: &PriceRow| {
                row.product.get().is_some_and(|at| products.get(at).is_some_and(|p| !p.deleted))
            };
            (0..).zip(prices).filter(|(_, row)| sold(row) && fits(row)).map(|(place, _)| place).collect()
        };
        let currencies = frame.profile.settles.iter().chain(frame.profile.converts);
        let once = currencies
            .map(|currency| {
                let fits = |row: &PriceRow| row.shape == PriceShape::OneTime && row.currency == *currency;
                (*currency, places(&fits))
            })
            .collect();
        let shapes = [PriceShape::Monthly, PriceShape::Yearly, PriceShape::Tiered, PriceShape::Metered];
        let recurring =
            shapes.map(|shape| (shape, places(&|row| row.shape == shape && row.currency == home))).into();
        Shelf { prices, once, recurring }
    }

    fn pick(&self, from: &[u32], at: u32, roll: u64) -> Option<u32> {
        let known = from.partition_point(|place| self.prices[*place as usize].created <= at);
        from.get((roll % known.max(1) as u64) as usize).filter(|_| known > 0).copied()
    }

    /// A price of this shape that existed at a second.
    pub(crate) fn recurring(&self, shape: PriceShape, at: u32, roll: u64) -> Option<u32> {
        let (_, places) = self.recurring.iter().find(|(other, _)| *other == shape)?;
        self.pick(places, at, roll)
    }

    /// The amount of so many units.
    pub(crate) fn amount(&self, price: u32, quantity: u32) -> i64 {
        self.prices.get(price as usize).map_or(0, |row| row.amount) * i64::from(quantity)
    }

    /// A line of one or a few units of something sold in this currency; of `fallback` without a price where nothing is.
    pub(crate) fn line(&self, dice: &mut Dice, currency: Cash, at: u32, fallback: i64) -> LineRow {
        let quantity = if dice.chance(250) { 2 + dice.below(3) as u32 } else { 1 };
        let (roll, bare) = (dice.roll(), dice.chance(80));
        let places = self.once.iter().find(|(other, _)| *other == currency).map(|(_, places)| places);
        let price = places.filter(|_| !bare).and_then(|places| self.pick(places, at, roll));
        let (price, amount, quantity) = match price {
            Some(price) => (Ref::to(price as usize), self.amount(price, quantity), quantity),
            None => (Ref::NONE, fallback, 1),
        };
        LineRow { owner: u32::MAX, price, item: Ref::NONE, quantity, amount, discount: 0, tax: 0 }
    }
}

/// Whether a coupon still counts in the period that starts `at`, of what began at `from`.
pub(crate) fn still_counts(lasts: Lasts, from: u32, at: u32) -> bool {
    match lasts {
        Lasts::Forever => true,
        Lasts::Once => at == from,
        Lasts::Months(months) => at < months_later(from, u32::from(months)),
    }
}

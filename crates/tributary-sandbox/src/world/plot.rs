//! The story of an account: customers, a catalogue, and a walk through time that makes its charges.

use super::calendar::{DAY, timeline};
use super::ledger::Ledger;
use super::orders::{Book, abandon, bill_in_vain};
use super::plans::Slot;
use super::rows::{
    CardCanary, ChargeRow, CustomerRow, DisputeRow, IntentRow, IntentStatus, Method, Outcome, PriceRow,
    PriceShape, ProductRow, Ref, RefundRow,
};
use super::scene::{Stage, play, renew};
use super::script::{ENOUGH_CHARGES, cast};
use super::tariff::{Shelf, Tariff};
use crate::dice::Dice;
use crate::profile::Profile;

/// How many customers one import made in one second, and how many charges one burst did: more than a page holds.
const IMPORT: usize = 160;

/// The frame of one account's story.
pub(crate) struct Frame<'a> {
    pub(crate) profile: &'a Profile,
    /// What tells accounts and modes apart.
    pub(crate) salt: u64,
    /// First second.
    pub(crate) start: u32,
    /// Last second: nothing is newer.
    pub(crate) end: u32,
}

/// When the charges were made, oldest first; large accounts have a burst in one second.
pub(crate) fn charge_times(frame: &Frame<'_>, dice: &mut Dice, charges: usize) -> Vec<u32> {
    let mut times = timeline(dice, frame.start, frame.end.saturating_sub(120), charges);
    let burst_from = charges * 7 / 10;
    if charges >= 1000 {
        let second = times[burst_from];
        times[burst_from..burst_from + IMPORT].fill(second);
    }
    times
}

/// Customers, oldest first. The first is deleted, as is every 61st. Of accounts with 200 charges and more,
/// 160 were imported in the second of a charge.
pub(crate) fn customers(frame: &Frame<'_>, dice: &mut Dice, times: &[u32]) -> Vec<CustomerRow> {
    let count = times.len() / 6 + 3;
    let mut created: Vec<u32> = Vec::with_capacity(count + IMPORT);
    for place in 0..count {
        // Four of ten were there before the first payment.
        let at = if place * 10 < count * 4 {
            frame.start - 30 * DAY + dice.below(u64::from(30 * DAY - 1)) as u32
        } else {
            frame.start + dice.below(u64::from(frame.end - frame.start - 3600)) as u32
        };
        created.push(at);
    }
    if times.len() >= 200 {
        created.extend(std::iter::repeat_n(times[times.len() / 3], IMPORT));
    }
    created.sort_unstable();
    let row = |(place, created): (usize, u32)| CustomerRow { created, deleted: place % 61 == 0 };
    created.into_iter().enumerate().map(row).collect()
}

/// Products and their prices, oldest first: archived, tiered, fractional, metered ones, and a deleted product
/// whose archived price remains.
pub(crate) fn catalogue(
    frame: &Frame<'_>,
    dice: &mut Dice,
    charges: usize,
) -> (Vec<ProductRow>, Vec<PriceRow>) {
    let count = (8 + charges / 100).min(300);
    let step = (frame.end - frame.start) / 2 / count as u32;
    let (mut products, mut prices) = (Vec::with_capacity(count), Vec::with_capacity(count * 3));
    let shapes = [
        PriceShape::OneTime,
        PriceShape::Monthly,
        PriceShape::Yearly,
        PriceShape::Tiered,
        PriceShape::Fractional,
        PriceShape::Metered,
    ];
    for number in 0..count {
        let created = frame.start - 30 * DAY + number as u32 * step;
        let deleted = number % 50 == 3;
        let mut default_price = Ref::NONE;
        for nth in 0..3 {
            let currency = if nth == 2 {
                frame.profile.converts[number % frame.profile.converts.len()]
            } else {
                frame.profile.home()
            };
            let archived = number % 4 == 1 && nth == 0;
            let active = !deleted && !archived;
            if active && nth < 2 {
                default_price = Ref::to(prices.len());
            }
            let amount = currency.of_usd_cents(100 * (5 + dice.below(195) as i64) - 1);
            let shape = shapes[(number + nth) % shapes.len()];
            prices.push(PriceRow {
                created: created + nth as u32,
                product: Ref::to(number),
                amount,
                currency,
                shape,
                active,
            });
        }
        products.push(ProductRow { created, active: number % 7 != 5 && !deleted, deleted, default_price });
    }
    (products, prices)
}

/// What the walk through time leaves. Refunds and disputes are in the order of their charges.
pub(crate) struct Acts {
    pub(crate) charges: Vec<ChargeRow>,
    pub(crate) intents: Vec<IntentRow>,
    pub(crate) refunds: Vec<RefundRow>,
    pub(crate) disputes: Vec<DisputeRow>,
    pub(crate) ledger: Ledger,
}

/// How many charges may be renewals: a third, and none of those that the special cases need.
pub(crate) fn renewals_of(charges: usize) -> usize {
    (charges * 35 / 100).min(charges.saturating_sub(ENOUGH_CHARGES + 10))
}

/// Makes room for so many renewals: takes moments out evenly, but none of the burst and not the import's.
pub(crate) fn without(times: Vec<u32>, renewals: usize) -> Vec<u32> {
    let burst = times.len() * 7 / 10..times.len() * 7 / 10 + IMPORT;
    let import = times.len() / 3;
    let kept = |place: usize| place == import || (times.len() >= 1000 && burst.contains(&place));
    let free = (0..times.len()).filter(|place| !kept(*place)).count();
    let mut number = 0;
    let mut stays = |place: usize| {
        if kept(place) {
            return true;
        }
        number += 1;
        number * renewals / free.max(1) == (number - 1) * renewals / free.max(1)
    };
    let places: Vec<usize> = (0..times.len()).filter(|place| stays(*place)).collect();
    places.into_iter().map(|place| times[place]).collect()
}

/// What is for sale.
pub(crate) struct Shop<'a> {
    pub(crate) shelf: Shelf<'a>,
    pub(crate) tariff: Tariff,
}

/// Makes every charge with its intent, and what follows from it: renewals at their time, the others at `times`.
pub(crate) fn act(
    frame: &Frame<'_>,
    mut dice: Dice,
    times: &[u32],
    customers: &[CustomerRow],
    shop: Shop<'_>,
    (slots, book): (&[Slot], Book),
) -> (Acts, Tariff, Book) {
    let charges = times.len() + slots.len();
    let mut stage = Stage::new(frame, charges, shop, book);
    let mut known = 0;
    let mut renewals = slots.iter().copied().peekable();
    for (at, scene) in times.iter().copied().zip(cast(times.len())) {
        while let Some(slot) = renewals.next_if(|slot| slot.at <= at) {
            renew(&mut stage, &mut dice, slot);
        }
        while customers.get(known).is_some_and(|customer| customer.created <= at) {
            known += 1;
        }
        if dice.chance(25) {
            stage.acts.intents.push(idle_intent(frame, &mut dice, at));
        }
        if known > 0 && (dice.chance(15) || stage.unpaid < 6) {
            bill_in_vain(&mut stage, &mut dice, at, known);
        }
        if dice.chance(15) || stage.abandoned < 2 {
            abandon(&mut stage, &mut dice, at);
        }
        play(&mut stage, &mut dice, scene, at, known);
    }
    for slot in renewals {
        renew(&mut stage, &mut dice, slot);
    }
    for secs in [7200, 900] {
        abandon(&mut stage, &mut dice, frame.end - secs);
    }
    stage.acts.ledger.product_fees(frame, charges >= ENOUGH_CHARGES);
    (stage.acts, stage.shop.tariff, stage.book)
}

/// An intent that no one has tried to pay.
fn idle_intent(frame: &Frame<'_>, dice: &mut Dice, created: u32) -> IntentRow {
    let statuses = [
        IntentStatus::RequiresPaymentMethod,
        IntentStatus::RequiresConfirmation,
        IntentStatus::RequiresAction,
        IntentStatus::Canceled,
    ];
    let status = statuses[dice.below(4) as usize];
    let canceled_at = if status == IntentStatus::Canceled { (created + DAY).min(frame.end) } else { 0 };
    let currency = frame.profile.home();
    IntentRow {
        created,
        amount: currency.of_usd_cents(100 + dice.below(9000) as i64),
        received: 0,
        customer: Ref::NONE,
        latest_charge: Ref::NONE,
        canceled_at,
        currency,
        status,
        manual: false,
    }
}

/// An ordinary card charge of this much, as yet unbooked.
pub(crate) fn plain_charge(created: u32, amount: i64, currency: crate::cash::Cash) -> ChargeRow {
    ChargeRow {
        created,
        intent: Ref::NONE,
        customer: Ref::NONE,
        amount,
        captured: amount,
        refunded: 0,
        txn: Ref::NONE,
        failure_txn: Ref::NONE,
        currency,
        outcome: Outcome::Paid,
        method: Method::Card,
        decline: 0,
        disputed: false,
        canary: CardCanary::None,
        app_fee: 0,
        payment_method: Ref::NONE,
    }
}

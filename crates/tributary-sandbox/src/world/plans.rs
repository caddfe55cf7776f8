//! Subscriptions: who pays what again and again, and so when their renewals are charged.

use super::bills::{ItemRow, LineRow, Reason, Span, SubscriptionRow, SubscriptionStatus, Totals};
use super::calendar::{DAY, months_away, months_later};
use super::orders::{Book, Fate, Order, blank};
use super::plot::Frame;
use super::rows::{CustomerRow, PriceShape, Ref};
use super::tariff::{Shelf, Tariff, Terms, any_terms, still_counts};
use crate::dice::Dice;

/// From a renewal's draft to its charge.
const DRAFT_SECS: u32 = 3600;
/// Between attempts to collect.
const RETRY_SECS: u32 = 3 * DAY;
const TRIAL_SECS: u32 = 14 * DAY;

/// A charge to come: it pays an order, or fails to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) at: u32,
    /// The order's place.
    pub(crate) order: usize,
    pub(crate) declined: bool,
}

/// All subscriptions, oldest first, and the charges that they will make.
pub(crate) struct Plan {
    pub(crate) subscriptions: Vec<SubscriptionRow>,
    pub(crate) items: Vec<ItemRow>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) book: Book,
}

/// One period's bill: when it is made and how often it is charged; each but the last attempt is declined.
#[derive(Clone, Copy)]
struct Bill {
    start: u32,
    end: u32,
    attempts: u32,
    /// Whether the last attempt is declined, too.
    unpaid: bool,
}

/// One subscription before the others are known.
struct Life {
    row: SubscriptionRow,
    items: Vec<(u32, u32)>,
    bills: Vec<Bill>,
}

impl Life {
    fn charges(&self) -> usize {
        self.bills.iter().map(|bill| bill.attempts as usize).sum()
    }
}

/// What a subscription is to become.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Chance,
    Yearly,
    Status(SubscriptionStatus),
    /// Ended because the last invoice wasn't paid.
    Failed,
    /// Of more items than a subscription shows at once.
    ManyItems,
    Discounted,
    WithUsage,
    CancelsAtEnd,
    Invoiced,
}

const SCRIPT: [Part; 16] = [
    Part::Status(SubscriptionStatus::Active),
    Part::Status(SubscriptionStatus::Incomplete),
    Part::Status(SubscriptionStatus::IncompleteExpired),
    Part::Status(SubscriptionStatus::PastDue),
    Part::ManyItems,
    Part::Status(SubscriptionStatus::Canceled),
    Part::Status(SubscriptionStatus::Unpaid),
    Part::Status(SubscriptionStatus::Trialing),
    Part::Status(SubscriptionStatus::Paused),
    Part::Yearly,
    Part::Discounted,
    Part::WithUsage,
    Part::CancelsAtEnd,
    Part::Failed,
    Part::Invoiced,
    Part::Status(SubscriptionStatus::Trialing),
];

/// Plans subscriptions that make at most `budget` charges.
pub(crate) fn plan(
    frame: &Frame<'_>,
    mut dice: Dice,
    shelf: &Shelf<'_>,
    tariff: &Tariff,
    customers: &[CustomerRow],
    budget: usize,
) -> Plan {
    let mut lives: Vec<Life> = Vec::new();
    let (mut left, mut misses) = (budget, 0);
    for part in SCRIPT.into_iter().chain(std::iter::repeat(Part::Chance)) {
        if part == Part::Chance && (left == 0 || misses > 20) {
            break;
        }
        match live(frame, &mut dice, shelf, customers, part).filter(|life| life.charges() <= left) {
            Some(life) => {
                left -= life.charges();
                misses = 0;
                lives.push(life);
            }
            None => misses += 1,
        }
    }
    lives.sort_by_key(|life| life.row.created);
    let mut plan =
        Plan { subscriptions: Vec::new(), items: Vec::new(), slots: Vec::new(), book: Book::default() };
    for life in lives {
        settle(&mut plan, shelf, tariff, life);
    }
    plan.slots.sort_by_key(|slot| slot.at);
    plan
}

/// One subscription's life; none where there is nothing to sell or no one to buy.
fn live(
    frame: &Frame<'_>,
    dice: &mut Dice,
    shelf: &Shelf<'_>,
    customers: &[CustomerRow],
    part: Part,
) -> Option<Life> {
    use SubscriptionStatus::*;
    let end = frame.end;
    let span = u64::from(end - frame.start - DAY);
    let ago = |days: u32| end - days * DAY;
    let by_chance = frame.start + dice.below(span) as u32;
    let (status, created) = match part {
        Part::Status(Incomplete) => (Incomplete, end - 10 * 3600),
        Part::Status(IncompleteExpired) => (IncompleteExpired, ago(30)),
        Part::Status(Trialing) => (Trialing, ago(5)),
        Part::Status(Paused) => (Paused, ago(40)),
        Part::Status(PastDue) => (PastDue, months_away(ago(4), -2)),
        Part::Status(Unpaid) => (Unpaid, months_away(ago(20), -1)),
        Part::Status(Canceled) => (Canceled, months_away(ago(25), -2)),
        Part::Failed => (Canceled, months_away(ago(25), -1)),
        Part::ManyItems | Part::WithUsage | Part::CancelsAtEnd => (Active, months_away(ago(12), -1)),
        Part::Discounted | Part::Invoiced => (Active, months_away(ago(9), -2)),
        Part::Yearly => (Active, frame.start + DAY),
        Part::Status(Active) => (Active, ago(45)),
        Part::Chance => match dice.below(100) {
            0..2 => (PastDue, months_away(ago(4), -(dice.below(3) as i64))),
            2..3 => (Unpaid, months_away(ago(20), -1)),
            3..5 => (Trialing, ago(1 + dice.below(12) as u32)),
            _ => (Active, by_chance),
        },
    };
    let shape = match part {
        Part::Yearly => PriceShape::Yearly,
        Part::Chance if status == Active => match dice.below(100) {
            0..15 => PriceShape::Yearly,
            15..25 => PriceShape::Tiered,
            _ => PriceShape::Monthly,
        },
        _ => PriceShape::Monthly,
    };
    let roll = dice.roll();
    let price = shelf.recurring(shape, created, roll)?;
    let quantity = if shape == PriceShape::Tiered || dice.chance(150) { 2 + dice.below(7) as u32 } else { 1 };
    let mut items = vec![(price, quantity)];
    if part == Part::ManyItems {
        let more = (0..11).filter_map(|_| shelf.recurring(PriceShape::Monthly, created, dice.roll()));
        items.extend(more.map(|price| (price, 1)));
    }
    if part == Part::WithUsage || (part == Part::Chance && shape == PriceShape::Monthly && dice.chance(80)) {
        items.extend(shelf.recurring(PriceShape::Metered, created, dice.roll()).map(|price| (price, 0)));
    }
    let customer = pick_customer(dice, customers, created)?;
    let mut terms = any_terms(dice);
    if part == Part::Discounted {
        terms = Terms { coupon: Some(0), tax_rate: Some(2) };
    }
    let trial =
        matches!(status, Trialing | Paused) || (part == Part::Chance && status == Active && dice.chance(150));
    let mut row = SubscriptionRow {
        created,
        customer,
        items: Span::default(),
        latest_invoice: Ref::NONE,
        period_start: created,
        period_end: created,
        trial_end: if trial { created + TRIAL_SECS } else { 0 },
        canceled_at: 0,
        ended_at: 0,
        cancel_at_period_end: false,
        failed: false,
        status,
        currency: frame.profile.home(),
        coupon: terms.coupon,
        tax_rate: terms.tax_rate,
        sends_invoices: part == Part::Invoiced,
    };
    let months = if shape == PriceShape::Yearly { 12 } else { 1 };
    let bills = bills(frame, dice, &mut row, part, months);
    Some(Life { row, items, bills })
}

/// A customer who was there and still is.
fn pick_customer(dice: &mut Dice, customers: &[CustomerRow], at: u32) -> Option<Ref> {
    let known = customers.partition_point(|row| row.created <= at);
    let first = dice.below(known as u64) as usize;
    let mut places = (first..known).chain(0..first);
    places.find(|place| customers.get(*place).is_some_and(|row| !row.deleted)).map(Ref::to)
}

/// The bills of a life, period by period, and where it stands at the end.
fn bills(
    frame: &Frame<'_>,
    dice: &mut Dice,
    row: &mut SubscriptionRow,
    part: Part,
    months: u32,
) -> Vec<Bill> {
    use SubscriptionStatus::*;
    let (end, status) = (frame.end, row.status);
    let mut bills = Vec::new();
    let anchor = if row.trial_end > 0 { row.trial_end } else { row.created };
    if row.trial_end > 0 {
        bills.push(Bill { start: row.created, end: anchor, attempts: 0, unpaid: false });
        (row.period_start, row.period_end) = (row.created, anchor);
    }
    if matches!(status, Trialing | Paused) {
        if status == Paused {
            (row.period_start, row.period_end) = (anchor, months_later(anchor, months));
        }
        return bills;
    }
    for number in 0.. {
        let start = months_later(anchor, number * months);
        let period_end = months_later(anchor, (number + 1) * months);
        let charged_at = if start == row.created { start } else { start + DRAFT_SECS };
        if charged_at + 120 > end {
            break;
        }
        (row.period_start, row.period_end) = (start, period_end);
        let is_last = months_later(anchor, (number + 1) * months) + DRAFT_SECS + 120 > end;
        let fails = is_last
            && (matches!(status, PastDue | Unpaid | Incomplete | IncompleteExpired) || part == Part::Failed);
        let (attempts, unpaid) = match (fails, status) {
            (true, Unpaid | Canceled) => (3, true),
            (true, _) => (1, true),
            (false, _) if charged_at + RETRY_SECS + 120 < end && number > 0 && dice.chance(40) => (2, false),
            (false, _) => (1, false),
        };
        let possible = 1 + (end - 120 - charged_at) / RETRY_SECS;
        bills.push(Bill { start, end: period_end, attempts: attempts.min(possible), unpaid });
        let churns = part == Part::Chance && dice.chance(if months == 12 { 250 } else { 40 });
        if period_end <= end && (churns || (part == Part::Status(Canceled) && number == 1)) {
            row.status = Canceled;
            (row.canceled_at, row.ended_at) = (start + (period_end - start) / 2, period_end);
            row.cancel_at_period_end = true;
            break;
        }
    }
    match (part, status) {
        (Part::Failed, _) => {
            row.failed = true;
            (row.canceled_at, row.ended_at) = (end - 5 * DAY, end - 5 * DAY);
        }
        (_, IncompleteExpired) => row.ended_at = row.created + 23 * 3600,
        (Part::CancelsAtEnd, _) => (row.cancel_at_period_end, row.canceled_at) = (true, end - DAY),
        _ => {}
    }
    bills
}

/// Adds a subscription with its items, orders and slots.
fn settle(plan: &mut Plan, shelf: &Shelf<'_>, tariff: &Tariff, life: Life) {
    let Life { mut row, items, bills } = life;
    let place = plan.subscriptions.len();
    let first = plan.items.len();
    let owner = u32::try_from(place).unwrap_or(u32::MAX);
    plan.items.extend(items.iter().map(|(price, quantity)| ItemRow {
        owner,
        price: Ref::to(*price as usize),
        quantity: *quantity,
    }));
    row.items = Span { first: first as u32, count: items.len() as u32 };
    for (number, bill) in bills.iter().enumerate() {
        let is_first = bill.start == row.created;
        let free = bill.attempts == 0;
        let coupon = row.coupon.filter(|place| {
            let lasts = tariff.coupons.get(usize::from(*place)).map(|coupon| coupon.lasts);
            !free && lasts.is_some_and(|lasts| still_counts(lasts, row.created, bill.start))
        });
        let lines = items.iter().enumerate().map(|(nth, (price, quantity))| {
            // Usage of the period before: none yet in the first.
            let usage = if is_first { 0 } else { 1 + (number as u32 * 7 + owner) % 5 };
            let quantity = if *quantity == 0 { usage } else { *quantity };
            LineRow {
                owner: u32::MAX,
                price: Ref::to(*price as usize),
                item: Ref::to(first + nth),
                quantity,
                amount: if free { 0 } else { shelf.amount(*price, quantity) },
                discount: 0,
                tax: 0,
            }
        });
        let charged_at = if is_first { bill.start } else { bill.start + DRAFT_SECS };
        let order = Order {
            finalized_at: charged_at,
            due_days: if row.sends_invoices { 30 } else { 0 },
            period: (bill.start, bill.end),
            subscription: Ref::to(place),
            terms: Terms { coupon, tax_rate: row.tax_rate },
            totals: Totals::default(),
            reason: if is_first { Reason::Create } else { Reason::Cycle },
            fate: match row.status {
                SubscriptionStatus::IncompleteExpired => Fate::Void,
                SubscriptionStatus::Canceled => Fate::Uncollectible,
                _ => Fate::Open,
            },
            ..blank(bill.start, row.customer, row.currency)
        };
        let order = plan.book.push(order, tariff, lines.collect());
        for attempt in 0..bill.attempts {
            let declined = bill.unpaid || attempt + 1 < bill.attempts;
            plan.slots.push(Slot { at: charged_at + attempt * RETRY_SECS, order, declined });
        }
    }
    plan.subscriptions.push(row);
}

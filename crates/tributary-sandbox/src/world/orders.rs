//! What charges are paid for: orders, which become invoices and checkout sessions once it is known how they end.

use super::bills::{LineRow, Reason, Span, Totals};
use super::calendar::DAY;
use super::rows::{ChargeRow, IntentRow, IntentStatus, Outcome, Ref};
use super::scene::Stage;
use super::script::Scene;
use super::tariff::{Tariff, Terms, any_terms};
use crate::cash::Cash;
use crate::dice::Dice;

/// What becomes of an invoice that no one pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays open as long as it isn't paid.
    Open,
    Draft,
    Uncollectible,
    Void,
}

/// Something sold: by an invoice, in a checkout session, or in a session that makes an invoice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) created: u32,
    /// When the invoice was finalized, or would have been.
    pub(crate) finalized_at: u32,
    /// Days after that to pay; 0 where it is charged automatically.
    pub(crate) due_days: u32,
    pub(crate) period: (u32, u32),
    pub(crate) customer: Ref,
    pub(crate) subscription: Ref,
    pub(crate) intent: Ref,
    pub(crate) attempts: u8,
    pub(crate) lines: Span,
    pub(crate) terms: Terms,
    pub(crate) totals: Totals,
    pub(crate) currency: Cash,
    pub(crate) reason: Reason,
    pub(crate) fate: Fate,
    pub(crate) invoice: bool,
    pub(crate) session: bool,
}

/// Orders and their lines, in the order they were thought of.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) orders: Vec<Order>,
    pub(crate) lines: Vec<LineRow>,
}

impl Book {
    /// Adds an order of these lines; its place.
    pub(crate) fn push(&mut self, mut order: Order, tariff: &Tariff, mut lines: Vec<LineRow>) -> usize {
        order.totals = tariff.add_up(&mut lines, order.currency, &mut order.terms);
        let first = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        order.lines = Span { first, count: u32::try_from(lines.len()).unwrap_or(0) };
        self.lines.append(&mut lines);
        self.orders.push(order);
        self.orders.len() - 1
    }
}

/// An invoice as yet without lines, made and finalized at one second.
pub(crate) fn blank(at: u32, customer: Ref, currency: Cash) -> Order {
    Order {
        created: at,
        finalized_at: at,
        due_days: 0,
        period: (at, at),
        customer,
        subscription: Ref::NONE,
        intent: Ref::NONE,
        attempts: 0,
        lines: Span::default(),
        terms: Terms::default(),
        totals: Totals::default(),
        currency,
        reason: Reason::Manual,
        fate: Fate::Open,
        invoice: true,
        session: false,
    }
}

/// How a charge that isn't a renewal came about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Bare,
    Invoice,
    Session,
    /// A session that makes an invoice.
    Both,
}

/// More lines than an invoice shows at once, and than a session's first page holds.
const MANY_LINES: usize = 14;

/// The order that a charge pays for, if it is for one; decides the charge's amount. `natural` scenes are left to
/// chance, but for the first few; of the others, those that need a certain way to come about get it.
pub(super) fn order_for(
    stage: &mut Stage<'_>,
    dice: &mut Dice,
    scene: Scene,
    natural: bool,
    charge: &mut ChargeRow,
) -> Option<usize> {
    let by_chance = match dice.below(100) {
        0..22 => Way::Invoice,
        22..46 => Way::Session,
        46..50 => Way::Both,
        _ => Way::Bare,
    };
    let way = match scene {
        Scene::Authorized | Scene::Released | Scene::Expired | Scene::CapturedLater => Way::Bare,
        Scene::PartialCapture | Scene::PartialCaptureReversed | Scene::WithoutIntent => Way::Bare,
        _ if natural && scene == Scene::Plain && charge.customer != Ref::NONE => match stage.sold {
            0 | 2 | 4 => Way::Invoice,
            1 | 3 => Way::Session,
            5 => Way::Both,
            _ => by_chance,
        },
        _ if natural => by_chance,
        Scene::Converted(_) | Scene::Kept(_) | Scene::FullRefund | Scene::PartialRefund => Way::Invoice,
        Scene::Guest | Scene::ThreeRefunds | Scene::PendingDebit | Scene::Debit => Way::Session,
        _ => Way::Bare,
    };
    let way = match way {
        Way::Invoice | Way::Both if charge.customer == Ref::NONE => Way::Session,
        way => way,
    };
    if way == Way::Bare {
        return None;
    }
    let at = charge.created;
    let mut order = blank(at, charge.customer, charge.currency);
    let mut count = if dice.chance(700) { 1 } else { 2 + dice.below(3) as usize };
    order.terms = any_terms(dice);
    if !natural && scene == Scene::FullRefund {
        count = MANY_LINES;
    }
    if natural && scene == Scene::Plain && charge.customer != Ref::NONE {
        match stage.sold {
            0 | 1 => count = MANY_LINES,
            2 => order.terms = Terms { coupon: Some(0), tax_rate: Some(0) },
            3 => order.terms = Terms { coupon: Some(1), tax_rate: Some(1) },
            4 => order.terms = Terms { coupon: None, tax_rate: Some(1) },
            _ => {}
        }
        stage.sold += 1;
    }
    order.invoice = way != Way::Session;
    order.session = way != Way::Invoice;
    if way == Way::Invoice && dice.chance(300) {
        (order.created, order.due_days) = (at.saturating_sub(2 * DAY), 30);
        order.finalized_at = order.created + 600;
        order.period = (order.created, order.created);
    }
    let lines = (0..count).map(|_| stage.shop.shelf.line(dice, charge.currency, at, charge.amount)).collect();
    let place = stage.book.push(order, &stage.shop.tariff, lines);
    charge.amount = stage.book.orders[place].totals.total;
    Some(place)
}

/// Notes that a charge tried to pay an order.
pub(super) fn attempted(stage: &mut Stage<'_>, order: Option<usize>, charge: &ChargeRow) {
    let Some(order) = order.and_then(|place| stage.book.orders.get_mut(place)) else { return };
    order.intent = charge.intent;
    order.attempts = order.attempts.saturating_add(1);
    let old = charge.created + 30 * DAY < stage.frame.end;
    if order.subscription == Ref::NONE && old && charge.outcome != Outcome::Paid {
        order.fate = if charge.amount % 2 == 0 { Fate::Uncollectible } else { Fate::Void };
    }
}

/// An invoice that no one has tried to pay, with the intent that waits for it unless it is a draft. `known` is how many
/// customers existed `at` that second.
pub(super) fn bill_in_vain(stage: &mut Stage<'_>, dice: &mut Dice, at: u32, known: usize) {
    const FATES: [Fate; 6] =
        [Fate::Draft, Fate::Open, Fate::Uncollectible, Fate::Void, Fate::Open, Fate::Open];
    let fate = FATES[match stage.unpaid {
        nth @ 0..6 => nth,
        _ => dice.below(6) as usize,
    }];
    let customer = Ref::to(dice.below(known as u64) as usize);
    let currency = stage.frame.profile.home();
    let mut order = Order { fate, due_days: 14, terms: any_terms(dice), ..blank(at, customer, currency) };
    let count = 1 + dice.below(3);
    let fallback = currency.of_usd_cents(4900);
    let lines = (0..count).map(|_| stage.shop.shelf.line(dice, currency, at, fallback)).collect();
    if fate != Fate::Draft {
        order.intent = Ref::to(stage.acts.intents.len());
    }
    let place = stage.book.push(order, &stage.shop.tariff, lines);
    if fate != Fate::Draft {
        stage.acts.intents.push(IntentRow {
            created: at,
            amount: stage.book.orders[place].totals.total,
            received: 0,
            customer,
            latest_charge: Ref::NONE,
            canceled_at: 0,
            currency,
            status: IntentStatus::RequiresPaymentMethod,
            manual: false,
        });
    }
    stage.unpaid += 1;
}

/// A checkout session that no one has completed.
pub(super) fn abandon(stage: &mut Stage<'_>, dice: &mut Dice, at: u32) {
    let currency = stage.frame.profile.home();
    let order =
        Order { invoice: false, session: true, terms: any_terms(dice), ..blank(at, Ref::NONE, currency) };
    let count = 1 + dice.below(2);
    let fallback = currency.of_usd_cents(4900);
    let lines = (0..count).map(|_| stage.shop.shelf.line(dice, currency, at, fallback)).collect();
    stage.book.push(order, &stage.shop.tariff, lines);
    stage.abandoned += 1;
}

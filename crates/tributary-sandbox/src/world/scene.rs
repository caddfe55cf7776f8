//! One charge's story: what it costs and whether it succeeds.

use super::calendar::DAY;
use super::ledger::{FeeShape, Ledger};
use super::orders::{Book, attempted, order_for};
use super::plans::Slot;
use super::plot::{Acts, Frame, Shop, plain_charge};
use super::recourse::follow_up;
use super::rows::{CardCanary, ChargeRow, DisputeStatus, IntentRow, IntentStatus, Method, Outcome, Ref};
use super::script::Scene;
use crate::cards;
use crate::cash::Cash;
use crate::dice::Dice;

/// The account so far.
pub(crate) struct Stage<'a> {
    pub(super) frame: &'a Frame<'a>,
    pub(crate) acts: Acts,
    pub(super) shop: Shop<'a>,
    pub(super) book: Book,
    /// How many ordinary orders were made by customers: the first few are special.
    pub(super) sold: usize,
    /// How many invoices no one has tried to pay, and how many sessions no one completed.
    pub(super) unpaid: usize,
    pub(super) abandoned: usize,
    /// The intent and the order of the last declined payment, which a later charge may try again.
    retry: Option<(usize, Option<usize>)>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(frame: &'a Frame<'a>, charges: usize, shop: Shop<'a>, book: Book) -> Self {
        let acts = Acts {
            charges: Vec::with_capacity(charges),
            intents: Vec::with_capacity(charges + charges / 32 + 1),
            refunds: Vec::new(),
            disputes: Vec::new(),
            ledger: Ledger::default(),
        };
        Stage { frame, acts, shop, book, sold: 0, unpaid: 0, abandoned: 0, retry: None }
    }
}

/// Plays one scene: pushes a charge, and all that follows from it.
/// `known` is how many customers existed `at` that second.
pub(crate) fn play(stage: &mut Stage<'_>, dice: &mut Dice, scene: Scene, at: u32, known: usize) {
    let place = stage.acts.charges.len();
    let natural = scene == Scene::Natural;
    let scene = if natural { improvise(dice, stage.frame.end - at) } else { scene };
    let mut charge = plain_charge(at, 0, currency_of(stage.frame, scene));
    charge.amount = charge.currency.of_usd_cents(ticket(dice, scene));
    charge.customer = match scene {
        Scene::Guest => Ref::NONE,
        Scene::DeletedCustomer => Ref::to(0),
        _ if known > 0 => Ref::to(dice.below(known as u64) as usize),
        _ => Ref::NONE,
    };
    let retried = if natural && scene == Scene::Plain { try_again(stage, dice, &mut charge) } else { None };
    let order = match retried {
        Some((_, order)) => order,
        None => order_for(stage, dice, scene, natural, &mut charge),
    };
    perform(&mut charge, dice, scene);
    if scene != Scene::WithoutIntent {
        let retried = retried.map(|(intent, _)| intent);
        charge.intent = Ref::to(attach_intent(stage, retried, &charge, scene, place, at));
    }
    if natural && scene == Scene::Declined {
        stage.retry = charge.intent.get().map(|intent| (intent, order));
    }
    attempted(stage, order, &charge);
    book(stage, &mut charge, scene, place, at);
    stage.acts.charges.push(charge);
    follow_up(stage, dice, scene, place, at);
}

/// Charges a renewal, or fails to.
pub(crate) fn renew(stage: &mut Stage<'_>, dice: &mut Dice, slot: Slot) {
    let Some(order) = stage.book.orders.get(slot.order).copied() else { return };
    let place = stage.acts.charges.len();
    let days = (stage.frame.end - slot.at) / DAY;
    let scene = match dice.below(1000) {
        _ if slot.declined => Scene::Declined,
        0..20 if days > 15 => Scene::FullRefund,
        20..23 if days > 60 => Scene::Disputed(DisputeStatus::Lost),
        23..33 if days > 5 => Scene::Debit,
        _ => Scene::Plain,
    };
    let mut charge = plain_charge(slot.at, order.totals.total, order.currency);
    charge.customer = order.customer;
    perform(&mut charge, dice, scene);
    charge.intent = Ref::to(attach_intent(stage, order.intent.get(), &charge, scene, place, slot.at));
    attempted(stage, Some(slot.order), &charge);
    book(stage, &mut charge, scene, place, slot.at);
    stage.acts.charges.push(charge);
    follow_up(stage, dice, scene, place, slot.at);
}

/// What chance makes of a charge that is `age` seconds old.
fn improvise(dice: &mut Dice, age: u32) -> Scene {
    let days = age / DAY;
    match dice.below(1000) {
        0..50 => Scene::Declined,
        50..55 => Scene::Blocked,
        55..135 => Scene::Guest,
        135..195 => Scene::Converted(dice.below(4) as u8),
        195..245 => Scene::Kept(1),
        245..273 if days > 15 => Scene::FullRefund,
        273..283 if days > 15 => Scene::PartialRefund,
        283..285 if days > 15 => Scene::ThreeRefunds,
        285..289 if days > 45 => Scene::LateRefund,
        289..292 if days > 3 => Scene::Released,
        292..295 if days > 8 => Scene::Expired,
        295..305 if days > 2 => Scene::CapturedLater,
        305..308 if days > 2 => Scene::PartialCapture,
        308..348 if days > 5 => Scene::Debit,
        348..349 if days > 5 => Scene::Bounced,
        349..374 => Scene::Link,
        374..378 if days > 60 => {
            Scene::Disputed(if dice.chance(300) { DisputeStatus::Won } else { DisputeStatus::Lost })
        }
        374..378 if days > 5 => Scene::Disputed(if dice.chance(500) {
            DisputeStatus::NeedsResponse
        } else {
            DisputeStatus::UnderReview
        }),
        378..393 => Scene::ApplicationFee,
        393..408 => Scene::TaxOnFee,
        408..413 => Scene::WithoutIntent,
        413..415 => Scene::CardNumberInDescription,
        415..425 if days < 6 => Scene::Authorized,
        425..455 if days < 3 => Scene::PendingDebit,
        _ => Scene::Plain,
    }
}

fn currency_of(frame: &Frame<'_>, scene: Scene) -> Cash {
    let nth = |list: &[Cash], number: u8| list.get(usize::from(number) % list.len().max(1)).copied();
    let found = match scene {
        Scene::Converted(number) => nth(frame.profile.converts, number),
        Scene::Kept(number) => nth(frame.profile.settles, number),
        Scene::ClawedBack => nth(frame.profile.settles, 1),
        _ => None,
    };
    found.unwrap_or(frame.profile.home())
}

/// A price in US cents: points of a subscription, or a basket.
fn ticket(dice: &mut Dice, scene: Scene) -> i64 {
    if scene == Scene::ClawedBack {
        return 240_000;
    }
    const POINTS: [i64; 5] = [900, 1900, 2900, 4900, 9900];
    if dice.chance(450) {
        return POINTS[dice.below(5) as usize];
    }
    // A product of two rolls has a long tail, as baskets do.
    300 + (dice.below(200) * dice.below(200)) as i64
}

/// Takes over the payment of the last decline, in 45 of a hundred cases, within three days.
fn try_again(
    stage: &mut Stage<'_>,
    dice: &mut Dice,
    charge: &mut ChargeRow,
) -> Option<(usize, Option<usize>)> {
    let (place, order) = stage.retry.take()?;
    let intent = stage.acts.intents.get(place)?;
    if charge.created - intent.created > 3 * DAY || !dice.chance(450) {
        return None;
    }
    charge.amount = intent.amount;
    charge.currency = intent.currency;
    charge.customer = intent.customer;
    Some((place, order))
}

/// What becomes of the charge itself.
fn perform(charge: &mut ChargeRow, dice: &mut Dice, scene: Scene) {
    match scene {
        Scene::Declined => {
            charge.outcome = Outcome::Declined;
            charge.decline = cards::pick_decline(dice);
        }
        Scene::Blocked => charge.outcome = Outcome::Blocked,
        Scene::Authorized => charge.outcome = Outcome::Authorized,
        Scene::Released => charge.outcome = Outcome::Released,
        Scene::Expired => charge.outcome = Outcome::Expired,
        Scene::PendingDebit => (charge.outcome, charge.method) = (Outcome::Pending, Method::Debit),
        Scene::Bounced => (charge.outcome, charge.method) = (Outcome::Bounced, Method::Debit),
        Scene::Debit | Scene::DebitRefunded => charge.method = Method::Debit,
        Scene::Link => charge.method = Method::Link,
        Scene::CardNumberInDescription => charge.canary = CardCanary::Description,
        Scene::CardNumberInMetadata => charge.canary = CardCanary::Metadata,
        Scene::Disputed(_) | Scene::WonWithFee | Scene::PartlyDisputed => charge.disputed = true,
        _ => {}
    }
    charge.captured = match scene {
        Scene::PartialCapture | Scene::PartialCaptureReversed => part(charge.currency, charge.amount, 60),
        _ if charge.outcome == Outcome::Paid => charge.amount,
        _ => 0,
    };
}

/// So many hundredths of an amount, payable in its currency, and at least one unit.
pub(super) fn part(currency: Cash, amount: i64, of_hundred: i64) -> i64 {
    let exact = amount * of_hundred / 100;
    if currency.exponent() == 3 { (exact / 10).max(1) * 10 } else { exact.max(1) }
}

/// The payment intent of the charge: a new one, or the one it retries.
fn attach_intent(
    stage: &mut Stage<'_>,
    retried: Option<usize>,
    charge: &ChargeRow,
    scene: Scene,
    place: usize,
    at: u32,
) -> usize {
    let status = match charge.outcome {
        Outcome::Paid => IntentStatus::Succeeded,
        Outcome::Authorized => IntentStatus::RequiresCapture,
        Outcome::Released | Outcome::Expired => IntentStatus::Canceled,
        Outcome::Pending => IntentStatus::Processing,
        Outcome::Declined | Outcome::Blocked | Outcome::Bounced => IntentStatus::RequiresPaymentMethod,
    };
    let canceled_at = match charge.outcome {
        Outcome::Released => at + DAY,
        Outcome::Expired => at + 7 * DAY,
        _ => 0,
    };
    let manual = canceled_at > 0
        || charge.outcome == Outcome::Authorized
        || matches!(scene, Scene::CapturedLater | Scene::PartialCapture | Scene::PartialCaptureReversed);
    let intent = IntentRow {
        created: at,
        amount: charge.amount,
        received: charge.captured,
        customer: charge.customer,
        latest_charge: Ref::to(place),
        canceled_at,
        currency: charge.currency,
        status,
        manual,
    };
    match retried.and_then(|place| stage.acts.intents.get_mut(place).map(|old| (place, old))) {
        Some((place, old)) => {
            *old = IntentRow { created: old.created, ..intent };
            place
        }
        None => {
            stage.acts.intents.push(intent);
            stage.acts.intents.len() - 1
        }
    }
}

/// Books the money of the charge, where some moved.
fn book(stage: &mut Stage<'_>, charge: &mut ChargeRow, scene: Scene, place: usize, at: u32) {
    let shape = match scene {
        Scene::ApplicationFee => FeeShape::Application,
        Scene::TaxOnFee => FeeShape::Taxed,
        Scene::SplitFee => FeeShape::Split,
        _ => FeeShape::Plain,
    };
    let frame = stage.frame;
    let ledger = &mut stage.acts.ledger;
    let booked_at = match (scene, charge.method) {
        (Scene::CapturedLater | Scene::PartialCapture | Scene::PartialCaptureReversed, _) => at + DAY,
        (_, Method::Debit) if charge.outcome == Outcome::Paid => at + 4 * DAY,
        _ => at,
    };
    match charge.outcome {
        Outcome::Paid if scene == Scene::PartialCaptureReversed => {
            ledger.charge(frame, charge, place, booked_at, charge.amount, shape);
            ledger.partial_capture_reversal(frame, charge, place, booked_at);
        }
        Outcome::Paid => ledger.charge(frame, charge, place, booked_at, charge.captured, shape),
        Outcome::Bounced => {
            ledger.charge(frame, charge, place, at, charge.amount, shape);
            ledger.bounce(frame, charge, place, at + 3 * DAY);
        }
        _ => {}
    }
    if shape == FeeShape::Application {
        charge.app_fee = ledger.newest_app_fee();
    }
}

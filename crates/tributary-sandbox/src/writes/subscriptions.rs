//! Subscriptions: begun, changed, renewed, ended.

use super::billing::{Occasion, collect, draft, finalize};
use super::cards::test_method;
use super::{Form, Made, TestMethod, update_fields};
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::World;
use crate::world::bills::{InvoiceStatus, ItemRow, Reason, Span, SubscriptionRow, SubscriptionStatus};
use crate::world::rows::{PriceShape, Ref};
use serde_json::{Map, json};

/// The most items of a subscription.
const MAX_ITEMS: usize = 20;

/// Places of prices and quantities.
fn items(world: &World, form: &Form<'_>) -> Result<Vec<(usize, u32)>, ApiError> {
    let mut items = Vec::new();
    for nth in 0..MAX_ITEMS {
        let name = format!("items[{nth}][price]");
        let Some(price) = form.object(world, Kind::Prices, &name)? else { break };
        if !matches!(world.prices[price].shape, PriceShape::Monthly | PriceShape::Yearly) {
            let message = "The price specified is not a recurring, licensed price of the simulation's.";
            return Err(ApiError::refused("", message, Some(&name)));
        }
        let quantity = form.integer(&format!("items[{nth}][quantity]"))?.unwrap_or(1).clamp(1, 10_000);
        items.push((price, u32::try_from(quantity).unwrap_or(1)));
    }
    let Some((first, _)) = items.first() else { return Err(ApiError::missing_parameter("items")) };
    let first = world.prices[*first];
    if items.iter().any(|(price, _)| {
        let price = world.prices[*price];
        price.currency != first.currency || price.shape != first.shape
    }) {
        let message = "All prices of a subscription must share a currency and an interval.";
        return Err(ApiError::refused("", message, Some("items")));
    }
    Ok(items)
}

pub(super) fn create(world: &mut World, by: &Moment<'_>, form: &Form<'_>) -> Result<Made, ApiError> {
    form.required("customer")?;
    let customer = form.object(world, Kind::Customers, "customer")?.map_or(Ref::NONE, Ref::to);
    let items = items(world, form)?;
    let method = form.text("default_payment_method").map(test_method).transpose()?;
    let method = method.unwrap_or(TestMethod::Succeeds);
    let small = |place: Option<usize>| place.and_then(|place| u8::try_from(place).ok());
    let coupon = small(form.object(world, Kind::Coupons, "discounts[0][coupon]")?);
    let tax_rate = small(form.object(world, Kind::TaxRates, "default_tax_rates[]")?);
    let trial_days = form.integer("trial_period_days")?.unwrap_or(0).clamp(0, 730);
    let trial_end =
        u32::try_from(trial_days).ok().filter(|days| *days > 0).map_or(0, |days| by.at + days * 86_400);
    let mut fields = Map::from_iter([("metadata".to_owned(), json!({}))]);
    fields.extend(form.texts(&["description"]));
    if let Some(metadata) = form.metadata(&json!(null))? {
        fields.insert("metadata".to_owned(), metadata);
    }
    let place = world.billing.subscriptions.len();
    let owner = u32::try_from(place).unwrap_or(u32::MAX);
    let first = u32::try_from(world.billing.items.len()).unwrap_or(u32::MAX);
    world.billing.items.extend(items.iter().map(|(price, quantity)| ItemRow {
        owner,
        price: Ref::to(*price),
        quantity: *quantity,
    }));
    let mut row = SubscriptionRow {
        created: by.at,
        customer,
        items: Span { first, count: u32::try_from(items.len()).unwrap_or(0) },
        latest_invoice: Ref::NONE,
        period_start: by.at,
        period_end: trial_end,
        trial_end,
        canceled_at: 0,
        ended_at: 0,
        cancel_at_period_end: false,
        failed: false,
        status: if trial_end > 0 { SubscriptionStatus::Trialing } else { SubscriptionStatus::Incomplete },
        currency: items.first().map_or(world.profile.home(), |(price, _)| world.prices[*price].currency),
        coupon,
        tax_rate,
        sends_invoices: form.text("collection_method") == Some("send_invoice"),
    };
    if trial_end == 0 {
        row.period_end = world.next_period_end(&row, by.at);
    }
    world.billing.subscriptions.push(row);
    world.renewal_methods.insert(Ref::to(place), method);
    world.patch(Kind::Subscriptions, place, fields);
    world.note(by, EventType::SubscriptionCreated, place);
    if trial_end == 0 {
        let invoice = bill(world, by, place, Reason::Create);
        charge(world, by, invoice)?;
    }
    Ok(Made { kind: Kind::Subscriptions, place })
}

/// The draft of the period that a subscription is in.
fn bill(world: &mut World, by: &Moment<'_>, place: usize, reason: Reason) -> usize {
    let row = world.billing.subscriptions[place];
    let bill = world.period_bill(place, row.period_start);
    let of = Occasion {
        customer: row.customer,
        subscription: Ref::to(place),
        reason,
        period: (row.period_start, row.period_end),
        currency: row.currency,
        due_days: if row.sends_invoices { 30 } else { 0 },
    };
    draft(world, by, &of, bill)
}

/// Finalizes a subscription's invoice and charges it, unless it is sent. A decline leaves it open, and a subscription that
/// was active past due.
pub(crate) fn charge(world: &mut World, by: &Moment<'_>, invoice: usize) -> Result<(), ApiError> {
    if world.billing.invoices[invoice].status == InvoiceStatus::Draft {
        finalize(world, by, invoice)?;
    }
    let row = world.billing.invoices[invoice];
    let Some(place) = row.subscription.get().filter(|_| row.status == InvoiceStatus::Open) else {
        return Ok(());
    };
    let sends = world.billing.subscriptions[place].sends_invoices;
    let method = world.renewal_methods.get(&Ref::to(place)).copied().unwrap_or(TestMethod::Succeeds);
    if sends {
        let before = world.snapshot(Kind::Subscriptions, place);
        if world.billing.subscriptions[place].status == SubscriptionStatus::Incomplete {
            world.billing.subscriptions[place].status = SubscriptionStatus::Active;
            world.note_change(by, EventType::SubscriptionUpdated, place, &before);
        }
        return Ok(());
    }
    // A decline is told by events; whoever made the subscription still gets it.
    let declined = collect(world, by, invoice, method).is_err();
    if declined && world.billing.subscriptions[place].status == SubscriptionStatus::Active {
        let before = world.snapshot(Kind::Subscriptions, place);
        world.billing.subscriptions[place].status = SubscriptionStatus::PastDue;
        world.note_change(by, EventType::SubscriptionUpdated, place, &before);
    }
    Ok(())
}

/// A period ends: the subscription ends with it if it was to, or goes on with a draft for the next one, whose place this
/// is.
pub(crate) fn renew(world: &mut World, by: &Moment<'_>, place: usize) -> Option<usize> {
    use SubscriptionStatus::*;
    let row = world.billing.subscriptions[place];
    if !matches!(row.status, Active | Trialing | PastDue) {
        return None;
    }
    if row.cancel_at_period_end {
        end(world, by, place);
        return None;
    }
    let before = world.snapshot(Kind::Subscriptions, place);
    let end = world.next_period_end(&row, row.period_end);
    let subscription = &mut world.billing.subscriptions[place];
    (subscription.period_start, subscription.period_end) = (row.period_end, end);
    if row.status == Trialing {
        subscription.status = Active;
    }
    let invoice = bill(world, by, place, Reason::Cycle);
    world.note_change(by, EventType::SubscriptionUpdated, place, &before);
    Some(invoice)
}

fn end(world: &mut World, by: &Moment<'_>, place: usize) {
    let row = &mut world.billing.subscriptions[place];
    row.status = SubscriptionStatus::Canceled;
    row.ended_at = by.at;
    if row.canceled_at == 0 {
        row.canceled_at = by.at;
    }
    world.note(by, EventType::SubscriptionDeleted, place);
}

/// Ends a subscription at once.
pub(super) fn cancel(world: &mut World, by: &Moment<'_>, made: Made, _: &Form<'_>) -> Result<Made, ApiError> {
    let place = made.place;
    if world.billing.subscriptions[place].status.has_ended() {
        return Err(ApiError::missing(404, "subscription", &world.id(made.kind, place), "id"));
    }
    end(world, by, place);
    Ok(made)
}

/// Ends every subscription of a customer who is deleted.
pub(super) fn end_all(world: &mut World, by: &Moment<'_>, customer: usize) {
    let of_customer = |row: &SubscriptionRow| row.customer == Ref::to(customer) && !row.status.has_ended();
    let all: Vec<usize> = (world.first(Kind::Subscriptions)..world.billing.subscriptions.len())
        .filter(|place| of_customer(&world.billing.subscriptions[*place]))
        .collect();
    for place in all {
        end(world, by, place);
    }
}

pub(super) fn update(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    let place = made.place;
    let method = form.text("default_payment_method").map(test_method).transpose()?;
    let cancels = form.flag("cancel_at_period_end")?;
    form.metadata(&json!(null))?;
    if let Some(method) = method {
        world.renewal_methods.insert(Ref::to(place), method);
    }
    let Some(cancels) = cancels else {
        return update_fields(world, by, made, form, form.texts(&["description"]));
    };
    let before = world.snapshot(Kind::Subscriptions, place);
    let row = &mut world.billing.subscriptions[place];
    row.cancel_at_period_end = cancels;
    row.canceled_at = if cancels { by.at } else { 0 };
    world.note_change(by, EventType::SubscriptionUpdated, place, &before);
    update_fields(world, by, made, form, form.texts(&["description"]))
}

//! Invoices that a merchant makes.

use super::billing::{Occasion, draft, finalize, give_up};
use super::cards::test_method;
use super::{Form, Made, TestMethod, billing};
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::World;
use crate::world::bills::{InvoiceStatus, LineRow, Reason};
use crate::world::rows::Ref;
use serde_json::{Map, Value};

pub(super) fn create(world: &mut World, by: &Moment<'_>, form: &Form<'_>) -> Result<Made, ApiError> {
    form.required("customer")?;
    let customer = form.object(world, Kind::Customers, "customer")?.map_or(Ref::NONE, Ref::to);
    let currency = form.currency("currency")?.unwrap_or(world.profile.home());
    let sends = form.text("collection_method") == Some("send_invoice");
    let days = form.integer("days_until_due")?.unwrap_or(30);
    let due_days = if sends { u32::try_from(days.clamp(1, 365)).unwrap_or(30) } else { 0 };
    let mut fields = form.texts(&["description"]);
    fields.entry("description").or_insert(Value::Null);
    if let Some(metadata) = form.metadata(&Value::Null)? {
        fields.insert("metadata".to_owned(), metadata);
    }
    let of = Occasion {
        customer,
        subscription: Ref::NONE,
        reason: Reason::Manual,
        period: (by.at, by.at),
        currency,
        due_days,
    };
    let place = world.billing.invoices.len();
    world.patch(Kind::Invoices, place, fields);
    let bill = world.added_up(Vec::new(), currency, None, None);
    Ok(Made { kind: Kind::Invoices, place: draft(world, by, &of, bill) })
}

/// Adds a line to a draft. The simulation keeps the lines of an invoice together, so it must be the newest one.
pub(super) fn add_item(world: &mut World, by: &Moment<'_>, form: &Form<'_>) -> Result<Made, ApiError> {
    form.required("invoice")?;
    form.required("amount")?;
    let place = form.object(world, Kind::Invoices, "invoice")?.unwrap_or(0);
    let amount = form.amount("amount")?.unwrap_or(0);
    let row = world.billing.invoices[place];
    let last = row.lines.count == 0 || row.lines.places().end == world.billing.lines.len();
    if row.status != InvoiceStatus::Draft || place + 1 != world.billing.invoices.len() || !last {
        let message = "The simulation adds items to the newest invoice only, while it is a draft.";
        return Err(ApiError::refused("", message, Some("invoice")));
    }
    let before = world.snapshot(Kind::Invoices, place);
    let line =
        LineRow { owner: 0, price: Ref::NONE, item: Ref::NONE, quantity: 1, amount, discount: 0, tax: 0 };
    let added = world.push_lines(&[line], place);
    let lines = &mut world.billing.invoices[place].lines;
    if lines.count == 0 {
        lines.first = added.first;
    }
    lines.count += 1;
    let lines = world.billing.lines[world.billing.invoices[place].lines.places()].to_vec();
    world.billing.invoices[place].totals = world.added_up(lines, row.currency, None, None).totals;
    if let Some(description) = form.text("description") {
        let fields = Map::from_iter([("description".to_owned(), Value::from(description))]);
        world.patch(Kind::InvoiceLines, added.first as usize, fields.clone());
        world.patch(Kind::InvoiceItems, added.first as usize, fields);
    }
    world.note_change(by, EventType::InvoiceUpdated, place, &before);
    Ok(Made { kind: Kind::InvoiceItems, place: added.first as usize })
}

pub(super) fn finalize_one(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    _: &Form<'_>,
) -> Result<Made, ApiError> {
    let place = made.place;
    finalize(world, by, place)?;
    Ok(made)
}

/// Charges an invoice, a draft included, with a test method or the one on file, which succeeds.
pub(super) fn pay(world: &mut World, by: &Moment<'_>, made: Made, form: &Form<'_>) -> Result<Made, ApiError> {
    let place = made.place;
    let method = form.text("payment_method").map(test_method).transpose()?.unwrap_or(TestMethod::Succeeds);
    if world.billing.invoices[place].status == InvoiceStatus::Draft {
        finalize(world, by, place)?;
    }
    if world.billing.invoices[place].due() > 0 {
        billing::collect(world, by, place, method)?;
    }
    Ok(made)
}

pub(super) fn void(world: &mut World, by: &Moment<'_>, made: Made, _: &Form<'_>) -> Result<Made, ApiError> {
    let place = made.place;
    give_up(world, by, place, InvoiceStatus::Void)
}

pub(super) fn mark_uncollectible(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    _: &Form<'_>,
) -> Result<Made, ApiError> {
    let place = made.place;
    give_up(world, by, place, InvoiceStatus::Uncollectible)
}

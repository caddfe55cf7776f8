//! Filters of Billing, Checkout and what else an account has.

use super::{Test, patched, yes_or_no};
use crate::error::ApiError;
use crate::kind::Kind;
use crate::params::Range;
use crate::render;
use crate::world::World;
use crate::world::bills::{InvoiceRow, SubscriptionRow, SubscriptionStatus};
use crate::world::rows::Ref;
use serde_json::Value;

/// The objects of a kind that belong to another, by looking at each.
pub(super) fn related(world: &World, kind: Kind, owner: Kind, place: Ref) -> Vec<u32> {
    let (billing, extras) = (&world.billing, &world.extras);
    let to = |owner: u32| Ref::to(owner as usize);
    let intent_of = |intent: Ref| intent == place;
    let owned: Box<dyn Fn(usize) -> bool> = match (kind, owner) {
        (Kind::PaymentMethods, Kind::Customers) => {
            Box::new(move |at| render::owner(world, &extras.methods[at]) == place)
        }
        (Kind::SetupIntents, Kind::Customers) => Box::new(move |at| extras.setups[at].customer == place),
        (Kind::SetupIntents, Kind::PaymentMethods) => Box::new(move |at| extras.setups[at].method == place),
        (Kind::Subscriptions, Kind::Customers) => {
            Box::new(move |at| billing.subscriptions[at].customer == place)
        }
        (Kind::SubscriptionItems, Kind::Subscriptions) => {
            Box::new(move |at| to(billing.items[at].owner) == place)
        }
        (Kind::Invoices, Kind::Customers) => Box::new(move |at| billing.invoices[at].customer == place),
        (Kind::Invoices, Kind::Subscriptions) => {
            Box::new(move |at| billing.invoices[at].subscription == place)
        }
        (Kind::InvoiceItems, Kind::Invoices) => Box::new(move |at| to(billing.lines[at].owner) == place),
        (Kind::InvoiceItems, Kind::Customers) => Box::new(move |at| {
            let invoice = billing.invoices.get(billing.lines[at].owner as usize);
            invoice.is_some_and(|row| row.customer == place)
        }),
        (Kind::InvoicePayments, Kind::Invoices) => {
            Box::new(move |at| to(billing.payments[at].invoice) == place)
        }
        (Kind::InvoicePayments, Kind::PaymentIntents) => {
            Box::new(move |at| intent_of(billing.payments[at].intent))
        }
        (Kind::CreditNotes, Kind::Invoices) => {
            Box::new(move |at| to(billing.credit_notes[at].invoice) == place)
        }
        (Kind::CreditNotes, Kind::Customers) => Box::new(move |at| {
            let invoice = billing.invoices.get(billing.credit_notes[at].invoice as usize);
            invoice.is_some_and(|row| row.customer == place)
        }),
        (Kind::CheckoutSessions, Kind::Customers) => {
            Box::new(move |at| billing.sessions[at].customer == place)
        }
        (Kind::CheckoutSessions, Kind::PaymentIntents) => {
            Box::new(move |at| billing.sessions[at].intent == place)
        }
        (Kind::CheckoutSessions, Kind::Subscriptions) => {
            Box::new(move |at| billing.sessions[at].subscription == place)
        }
        _ => return Vec::new(),
    };
    (0..world.len(kind)).filter(|at| owned(*at)).filter_map(|at| u32::try_from(at).ok()).collect()
}

fn invoice(passes: impl Fn(&InvoiceRow) -> bool + 'static) -> Test {
    Box::new(move |world, place| world.billing.invoices.get(place).is_some_and(&passes))
}

fn subscription(passes: impl Fn(&SubscriptionRow) -> bool + 'static) -> Test {
    Box::new(move |world, place| world.billing.subscriptions.get(place).is_some_and(&passes))
}

/// A test of a field that holds seconds.
pub(super) fn range_test(kind: Kind, field: &str, range: Range) -> Test {
    let holds = move |secs: u32| range.holds(i64::from(secs));
    match (kind, field) {
        (Kind::Payouts, _) => {
            Box::new(move |world, place| world.payouts.get(place).is_some_and(|row| holds(row.arrival)))
        }
        (Kind::Invoices, _) => invoice(move |row| row.due_date > 0 && holds(row.due_date)),
        (Kind::Subscriptions, "current_period_end") => subscription(move |row| holds(row.period_end)),
        (Kind::Subscriptions, _) => subscription(move |row| holds(row.period_start)),
        _ => Box::new(|_, _| false),
    }
}

/// What the list of subscriptions shows without a `status`.
pub(super) fn not_canceled() -> Test {
    subscription(|row| row.status != SubscriptionStatus::Canceled)
}

/// How a filter puts who starts a payment.
fn collection(sends_invoice: bool) -> &'static str {
    if sends_invoice { "send_invoice" } else { "charge_automatically" }
}

/// A test of one field; `None` where nothing can pass it.
pub(super) fn field_test(
    world: &World,
    kind: Kind,
    name: &str,
    value: &str,
) -> Result<Option<Test>, ApiError> {
    let wanted = value.to_owned();
    let test: Test = match (kind, name) {
        (Kind::PaymentMethods, "type") => Box::new(move |world, place| {
            world.extras.methods.get(place).is_some_and(|row| render::method_type(world, row) == wanted)
        }),
        (Kind::PaymentMethods, "allow_redisplay") => {
            Box::new(move |_, place| render::redisplay(place) == wanted)
        }
        (Kind::TaxRates, "active") => {
            let active = yes_or_no(name, value)?;
            Box::new(move |world, place| {
                let made = world.billing.tax_rates.get(place).is_some_and(|row| row.active);
                patched(world, Kind::TaxRates, place, "active").and_then(Value::as_bool).unwrap_or(made)
                    == active
            })
        }
        (Kind::TaxRates, "inclusive") => {
            let inclusive = yes_or_no(name, value)?;
            Box::new(move |world, place| {
                world.billing.tax_rates.get(place).is_some_and(|row| row.inclusive == inclusive)
            })
        }
        (Kind::Subscriptions, "status") => match value {
            "all" => Box::new(|_, _| true),
            "ended" => subscription(|row| row.status.has_ended()),
            _ => {
                if !SubscriptionStatus::ALL.iter().any(|status| status.as_str() == value) {
                    return Err(ApiError::invalid_value(name, "a status of subscriptions, all or ended"));
                }
                subscription(move |row| row.status.as_str() == wanted)
            }
        },
        (Kind::Subscriptions, "collection_method") => {
            subscription(move |row| collection(row.sends_invoices) == wanted)
        }
        (Kind::Subscriptions, "price" | "plan") => {
            let Some(price) = world.find(Kind::Prices, value) else { return Ok(None) };
            Box::new(move |world, place| {
                let row = world.billing.subscriptions.get(place);
                let items = row.and_then(|row| world.billing.items.get(row.items.places()));
                items.is_some_and(|items| items.iter().any(|item| item.price == Ref::to(price)))
            })
        }
        (Kind::Invoices, "status") => invoice(move |row| row.status.as_str() == wanted),
        (Kind::Invoices, "collection_method") => invoice(move |row| collection(row.due_date > 0) == wanted),
        (Kind::InvoiceItems, "pending") => {
            // All of them are on an invoice.
            let pending = yes_or_no(name, value)?;
            Box::new(move |_, _| !pending)
        }
        (Kind::InvoicePayments, "status") => Box::new(move |world, place| {
            world.billing.payments.get(place).is_some_and(|row| row.status.as_str() == wanted)
        }),
        (Kind::InvoicePayments, "payment[type]") => Box::new(move |_, _| wanted == "payment_intent"),
        (Kind::CheckoutSessions, "status") => Box::new(move |world, place| {
            world.billing.sessions.get(place).is_some_and(|row| row.status.as_str() == wanted)
        }),
        (Kind::CheckoutSessions, "customer_details[email]") => Box::new(move |world, place| {
            let email = world.billing.sessions.get(place).and_then(render::session_email);
            email.as_deref() == Some(&wanted)
        }),
        (Kind::Transfers, "transfer_group") => Box::new(move |world, place| {
            let charge = world.extras.transfers.get(place).map(|row| row.charge as usize);
            charge.and_then(render::transfer_group).as_deref() == Some(&wanted)
        }),
        (Kind::Transfers, "destination") => {
            Box::new(move |world, place| render::seller(world, place) == wanted)
        }
        (Kind::ApplicationFees, "charge") => Box::new(move |world, place| {
            let mut charge = String::new();
            world.push_merchants_id(&mut charge, Kind::Charges, place);
            charge == wanted
        }),
        (Kind::Files, "purpose") => Box::new(move |world, place| {
            world.extras.files.get(place).is_some_and(|row| row.purpose == wanted)
        }),
        _ => return Ok(None),
    };
    Ok(Some(test))
}

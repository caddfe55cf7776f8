//! Filters: which objects of a list are asked for.

mod billing;

use crate::cash::Cash;
use crate::error::ApiError;
use crate::kind::Kind;
use crate::params::ListRequest;
use crate::render;
use crate::world::World;
use crate::world::rows::{PriceShape, Ref};
use serde_json::Value;

/// Whether an object belongs to the list.
pub(crate) type Test = Box<dyn Fn(&World, usize) -> bool>;

/// What a list's filters come to.
pub(crate) struct Selection {
    /// The only places that can belong, ascending; `None` is all.
    pub(crate) places: Option<Vec<u32>>,
    pub(crate) tests: Vec<Test>,
}

impl Selection {
    fn narrow(&mut self, found: Vec<u32>) {
        self.places = Some(match self.places.take() {
            Some(old) => old.into_iter().filter(|place| found.binary_search(place).is_ok()).collect(),
            None => found,
        });
    }

    fn nothing(&mut self) {
        self.places = Some(Vec::new());
    }
}

/// A field as it was changed while serving.
fn patched<'a>(world: &'a World, kind: Kind, place: usize, field: &str) -> Option<&'a Value> {
    world.patches.get(&(kind, u32::try_from(place).ok()?))?.get(field)
}

pub(super) fn yes_or_no(name: &str, value: &str) -> Result<bool, ApiError> {
    value.parse().map_err(|_| ApiError::invalid_value(name, "either true or false"))
}

/// What the filters of a request come to. `within`, ascending, limits the list to a parent's objects.
pub(crate) fn select(
    world: &World,
    kind: Kind,
    request: &ListRequest,
    within: Option<Vec<u32>>,
) -> Result<Selection, ApiError> {
    let mut selection = Selection { places: within, tests: Vec::new() };
    let mut ids: Vec<&str> = Vec::new();
    let mut lookup_keys: Vec<String> = Vec::new();
    let mut types: Vec<String> = Vec::new();
    for (name, value) in &request.filters {
        match name.as_str() {
            "ids[]" => ids.push(value),
            "lookup_keys[]" => lookup_keys.push(value.clone()),
            "types[]" => types.push(value.clone()),
            // The charges of fees are other accounts'.
            "charge" if kind == Kind::ApplicationFees => match field_test(world, kind, name, value)? {
                Some(test) => selection.tests.push(test),
                None => selection.nothing(),
            },
            "customer"
            | "payment_intent"
            | "charge"
            | "payout"
            | "product"
            | "source"
            | "subscription"
            | "invoice"
            | "payment_method"
            | "payment[payment_intent]" => {
                relate(world, kind, name, value, &mut selection)?;
            }
            _ => match field_test(world, kind, name, value)? {
                Some(test) => selection.tests.push(test),
                None => selection.nothing(),
            },
        }
    }
    if !ids.is_empty() {
        let mut places: Vec<u32> =
            ids.iter().filter_map(|id| u32::try_from(world.find(kind, id)?).ok()).collect();
        places.sort_unstable();
        places.dedup();
        selection.narrow(places);
    }
    if !lookup_keys.is_empty() {
        let named = move |_: &World, place: usize| {
            render::lookup_key(place).is_some_and(|key| lookup_keys.contains(&key))
        };
        selection.tests.push(Box::new(named));
    }
    if !types.is_empty() {
        if request.filters.iter().any(|(name, _)| name == "type") || types.len() > MAX_TYPES {
            return Err(ApiError::event_types());
        }
        selection.tests.push(event_test(move |what| types.iter().any(|wanted| wanted == what)));
    }
    for (field, range) in &request.ranges {
        selection.tests.push(billing::range_test(kind, field, *range));
    }
    let has = |name: &str| request.filters.iter().any(|(other, _)| other == name);
    match kind {
        // Only what belongs to someone is listed, and only theirs.
        Kind::PaymentMethods if selection.places.is_none() => selection.nothing(),
        Kind::SubscriptionItems if !has("subscription") => {
            return Err(ApiError::missing_parameter("subscription"));
        }
        Kind::Subscriptions if !has("status") => selection.tests.push(billing::not_canceled()),
        _ => {}
    }
    Ok(selection)
}

/// The most types that one list of events can be limited to.
const MAX_TYPES: usize = 20;

/// A test of an event's type.
fn event_test(passes: impl Fn(&str) -> bool + 'static) -> Test {
    Box::new(move |world, place| world.events.get(place).is_some_and(|event| passes(event.what().as_str())))
}

/// Narrows a list to the objects of another.
fn relate(
    world: &World,
    kind: Kind,
    name: &str,
    id: &str,
    selection: &mut Selection,
) -> Result<(), ApiError> {
    use Kind::*;
    if name == "source" {
        let found = [Charges, Refunds, Disputes, Payouts, Transfers, TransferReversals]
            .into_iter()
            .find_map(|kind| world.find(kind, id).map(|place| world.txns_of_source(kind, place)));
        selection.narrow(found.unwrap_or_default());
        return Ok(());
    }
    let owner = match name {
        "customer" => Customers,
        "payment_intent" => PaymentIntents,
        "charge" => Charges,
        "payout" => Payouts,
        "subscription" => Subscriptions,
        "invoice" => Invoices,
        "payment_method" => PaymentMethods,
        "payment[payment_intent]" => PaymentIntents,
        _ => Products,
    };
    let missing = || ApiError::missing(400, owner.object_name(), id, name);
    let place = world.find(owner, id).ok_or_else(missing)?;
    let of_charges = |charges: Vec<u32>, each: &dyn Fn(usize) -> Vec<u32>| {
        let mut all: Vec<u32> = charges.into_iter().flat_map(|charge| each(charge as usize)).collect();
        all.sort_unstable();
        all
    };
    let found = match (kind, owner) {
        (Charges, Customers) => world.charges_of_customer(place),
        (Charges, PaymentIntents) => world.charges_of_intent(place),
        (PaymentIntents, Customers) => world.intents_of_customer(place),
        (Refunds, Charges) => world.refunds_of_charge(place),
        (Refunds, PaymentIntents) => {
            of_charges(world.charges_of_intent(place), &|at| world.refunds_of_charge(at))
        }
        (Disputes, Charges) => world.disputes_of_charge(place),
        (Disputes, PaymentIntents) => {
            of_charges(world.charges_of_intent(place), &|at| world.disputes_of_charge(at))
        }
        (Prices, Products) => world.prices_of_product(place),
        (BalanceTransactions, Payouts) => {
            if !world.payouts.get(place).is_some_and(|payout| payout.reconciled) {
                return Err(ApiError::payout_not_ready());
            }
            world.txns_of_payout(place)
        }
        _ => billing::related(world, kind, owner, Ref::to(place)),
    };
    selection.narrow(found);
    Ok(())
}

/// A test of one field; `None` where nothing can pass it.
fn field_test(world: &World, kind: Kind, name: &str, value: &str) -> Result<Option<Test>, ApiError> {
    let wanted = value.to_owned();
    let test: Test = match (kind, name) {
        (Kind::Customers, "email") => {
            Box::new(move |world, place| match patched(world, Kind::Customers, place, "email") {
                Some(changed) => changed.as_str() == Some(&wanted),
                None => render::email(place) == wanted,
            })
        }
        (Kind::Products, "active") => {
            let active = yes_or_no(name, value)?;
            Box::new(move |world, place| {
                let made = world.products.get(place).is_some_and(|row| row.active);
                patched(world, Kind::Products, place, "active").and_then(Value::as_bool).unwrap_or(made)
                    == active
            })
        }
        (Kind::Prices, "active") => {
            let active = yes_or_no(name, value)?;
            Box::new(move |world, place| {
                let made = world.prices.get(place).is_some_and(|row| row.active);
                patched(world, Kind::Prices, place, "active").and_then(Value::as_bool).unwrap_or(made)
                    == active
            })
        }
        (Kind::Products, "shippable") => {
            let shippable = yes_or_no(name, value)?;
            Box::new(move |_, place| (place % 7 == 1) == shippable)
        }
        (Kind::Products, "type") => Box::new(move |_, place| (place % 7 == 1) == (wanted == "good")),
        (Kind::Products, "url") => Box::new(move |_, place| {
            place.is_multiple_of(5) && wanted == format!("https://shop.example.com/products/{place}")
        }),
        (Kind::Prices, "currency") => {
            let Some(currency) = Cash::from_code(value) else { return Ok(None) };
            Box::new(move |world, place| world.prices.get(place).is_some_and(|row| row.currency == currency))
        }
        (Kind::Prices, _) => return Ok(price_test(name, value)),
        (Kind::Charges, "transfer_group") => {
            Box::new(move |_, place| render::transfer_group(place).as_deref() == Some(&wanted))
        }
        (Kind::BalanceTransactions, "currency") => {
            let Some(currency) = Cash::from_code(value) else { return Ok(None) };
            Box::new(move |world, place| world.txns.get(place).is_some_and(|row| row.currency == currency))
        }
        (Kind::BalanceTransactions, "type") => Box::new(move |world, place| {
            world.txns.get(place).is_some_and(|row| render::txn_type(world, row).0 == wanted)
        }),
        (Kind::Payouts, "status") => Box::new(move |world, place| {
            world.payouts.get(place).is_some_and(|row| row.status.as_str() == wanted)
        }),
        (Kind::Events, "type") => match wanted.strip_suffix('*') {
            Some(start) => {
                let start = start.to_owned();
                event_test(move |what| what.starts_with(&start))
            }
            None => event_test(move |what| what == wanted),
        },
        (Kind::Events, _) => {
            let delivered = yes_or_no(name, value)?;
            Box::new(move |world, place| {
                let tally = world.events.tally(place);
                (tally.waiting == 0 && tally.lost == 0) == delivered
            })
        }
        (Kind::Payouts, "destination") => {
            let paid_to = |currency: &&Cash| render::destination(world, currency.code()) == value;
            let Some(currency) = world.profile.settles.iter().find(paid_to).copied() else { return Ok(None) };
            Box::new(move |world, place| world.payouts.get(place).is_some_and(|row| row.currency == currency))
        }
        _ => return billing::field_test(world, kind, name, value),
    };
    Ok(Some(test))
}

fn price_test(name: &str, value: &str) -> Option<Test> {
    let once = |shape: PriceShape| matches!(shape, PriceShape::OneTime | PriceShape::Fractional);
    let wanted = value.to_owned();
    let passes: Box<dyn Fn(PriceShape) -> bool> = match name {
        "type" => {
            Box::new(move |shape| if once(shape) { wanted == "one_time" } else { wanted == "recurring" })
        }
        "recurring[interval]" => Box::new(move |shape| {
            !once(shape) && wanted == if shape == PriceShape::Yearly { "year" } else { "month" }
        }),
        "recurring[usage_type]" => Box::new(move |shape| {
            !once(shape) && wanted == if shape == PriceShape::Metered { "metered" } else { "licensed" }
        }),
        _ => return None,
    };
    Some(Box::new(move |world, place| world.prices.get(place).is_some_and(|row| passes(row.shape))))
}

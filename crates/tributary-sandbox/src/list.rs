//! Lists and single objects: which of them an answer holds.

use crate::cash::Cash;
use crate::error::ApiError;
use crate::expand::Expand;
use crate::json::Json;
use crate::params::{Cursor, ListRequest};
use crate::render::{self, View, object_name};
use crate::world::World;
use crate::world::rows::PriceShape;
use serde_json::Value;
use tributary_core::Resource;

/// Whether an object belongs to the list.
type Test = Box<dyn Fn(&World, usize) -> bool>;

/// What a list's filters come to.
struct Selection {
    /// The only places that can belong, ascending; `None` is all.
    places: Option<Vec<u32>>,
    tests: Vec<Test>,
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

/// One page of a list. `within`, ascending, limits it to a parent's objects; `url` is the list's own path.
pub(crate) fn page(
    view: &View<'_>,
    kind: Resource,
    request: &ListRequest,
    expand: &Expand,
    within: Option<Vec<u32>>,
    url: &str,
) -> Result<String, ApiError> {
    let selection = select(view.world, kind, request, within)?;
    let (places, has_more) = choose(view.world, kind, request, &selection)?;
    let mut json = Json::with_capacity(places.len() * 2400 + 100);
    json.open();
    json.text("object", "list");
    json.text("url", url);
    json.flag("has_more", has_more);
    json.open_list("data");
    for place in places {
        view.object(&mut json, kind, place, expand);
    }
    json.close_list();
    json.close();
    Ok(json.finish())
}

/// The ids that the whole list holds, newest first.
pub(crate) fn all_ids(world: &World, kind: Resource) -> Vec<String> {
    (0..world.len(kind))
        .rev()
        .filter(|at| !world.is_deleted(kind, *at))
        .map(|at| world.id(kind, at))
        .collect()
}

/// The place that a cursor names.
fn cursor_place(world: &World, kind: Resource, id: &str, param: &str) -> Result<usize, ApiError> {
    let place = world.find(kind, id).filter(|place| !world.is_deleted(kind, *place));
    place.ok_or_else(|| ApiError::missing(400, object_name(kind), id, param))
}

/// The places of the page, newest first, and whether there are more beyond it.
fn choose(
    world: &World,
    kind: Resource,
    request: &ListRequest,
    selection: &Selection,
) -> Result<(Vec<usize>, bool), ApiError> {
    let len = selection.places.as_ref().map_or(world.len(kind), Vec::len);
    let at = |number: usize| selection.places.as_ref().map_or(number, |places| places[number] as usize);
    let created = |number: usize| i64::from(world.created(kind, at(number)));
    let mut low = boundary(len, |number| created(number) < request.created.min);
    let mut high = boundary(len, |number| created(number) <= request.created.max);
    match &request.cursor {
        Cursor::Newest => {}
        Cursor::After(id) => {
            let place = cursor_place(world, kind, id, "starting_after")?;
            high = high.min(boundary(len, |number| at(number) < place));
        }
        Cursor::Before(id) => {
            let place = cursor_place(world, kind, id, "ending_before")?;
            low = low.max(boundary(len, |number| at(number) <= place));
        }
    }
    let belongs = |place: &usize| {
        !world.is_deleted(kind, *place) && selection.tests.iter().all(|test| test(world, *place))
    };
    let places = (low..high.max(low)).map(at);
    let wanted = request.limit + 1;
    let mut found: Vec<usize> = match request.cursor {
        // The page next to the cursor, still newest first.
        Cursor::Before(_) => places.filter(belongs).take(wanted).collect(),
        _ => places.rev().filter(belongs).take(wanted).collect(),
    };
    let has_more = found.len() == wanted;
    found.truncate(request.limit);
    if matches!(request.cursor, Cursor::Before(_)) {
        found.reverse();
    }
    Ok((found, has_more))
}

/// How many numbers below `len`, from 0, are `before` the boundary.
fn boundary(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// A field as it was changed while serving.
fn patched<'a>(world: &'a World, kind: Resource, place: usize, field: &str) -> Option<&'a Value> {
    world.patches.get(&(kind, u32::try_from(place).ok()?))?.get(field)
}

fn yes_or_no(name: &str, value: &str) -> Result<bool, ApiError> {
    value.parse().map_err(|_| ApiError::invalid_value(name, "either true or false"))
}

fn select(
    world: &World,
    kind: Resource,
    request: &ListRequest,
    within: Option<Vec<u32>>,
) -> Result<Selection, ApiError> {
    let mut selection = Selection { places: within, tests: Vec::new() };
    let mut ids: Vec<&str> = Vec::new();
    let mut lookup_keys: Vec<String> = Vec::new();
    for (name, value) in &request.filters {
        match name.as_str() {
            "ids[]" => ids.push(value),
            "lookup_keys[]" => lookup_keys.push(value.clone()),
            "customer" | "payment_intent" | "charge" | "payout" | "product" | "source" => {
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
    if request.arrival != crate::params::Range::ALL {
        let range = request.arrival;
        let arrives = move |world: &World, place: usize| {
            world.payouts.get(place).is_some_and(|row| range.holds(i64::from(row.arrival)))
        };
        selection.tests.push(Box::new(arrives));
    }
    Ok(selection)
}

/// Narrows a list to the objects of another.
fn relate(
    world: &World,
    kind: Resource,
    name: &str,
    id: &str,
    selection: &mut Selection,
) -> Result<(), ApiError> {
    use Resource::*;
    if name == "source" {
        let found = [Charges, Refunds, Disputes, Payouts]
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
        _ => Products,
    };
    let missing = || ApiError::missing(400, object_name(owner), id, name);
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
        _ => Vec::new(),
    };
    selection.narrow(found);
    Ok(())
}

/// A test of one field; `None` where nothing can pass it.
fn field_test(world: &World, kind: Resource, name: &str, value: &str) -> Result<Option<Test>, ApiError> {
    let wanted = value.to_owned();
    let test: Test = match (kind, name) {
        (Resource::Customers, "email") => {
            Box::new(move |world, place| match patched(world, Resource::Customers, place, "email") {
                Some(changed) => changed.as_str() == Some(&wanted),
                None => render::email(place) == wanted,
            })
        }
        (Resource::Products, "active") => {
            let active = yes_or_no(name, value)?;
            Box::new(move |world, place| {
                let made = world.products.get(place).is_some_and(|row| row.active);
                patched(world, Resource::Products, place, "active").and_then(Value::as_bool).unwrap_or(made)
                    == active
            })
        }
        (Resource::Prices, "active") => {
            let active = yes_or_no(name, value)?;
            Box::new(move |world, place| {
                let made = world.prices.get(place).is_some_and(|row| row.active);
                patched(world, Resource::Prices, place, "active").and_then(Value::as_bool).unwrap_or(made)
                    == active
            })
        }
        (Resource::Products, "shippable") => {
            let shippable = yes_or_no(name, value)?;
            Box::new(move |_, place| (place % 7 == 1) == shippable)
        }
        (Resource::Products, "type") => Box::new(move |_, place| (place % 7 == 1) == (wanted == "good")),
        (Resource::Products, "url") => Box::new(move |_, place| {
            place.is_multiple_of(5) && wanted == format!("https://shop.example.com/products/{place}")
        }),
        (Resource::Prices, "currency") => {
            let Some(currency) = Cash::from_code(value) else { return Ok(None) };
            Box::new(move |world, place| world.prices.get(place).is_some_and(|row| row.currency == currency))
        }
        (Resource::Prices, _) => return Ok(price_test(name, value)),
        (Resource::Charges, "transfer_group") => {
            Box::new(move |_, place| render::transfer_group(place).as_deref() == Some(&wanted))
        }
        (Resource::BalanceTransactions, "currency") => {
            let Some(currency) = Cash::from_code(value) else { return Ok(None) };
            Box::new(move |world, place| world.txns.get(place).is_some_and(|row| row.currency == currency))
        }
        (Resource::BalanceTransactions, "type") => Box::new(move |world, place| {
            world.txns.get(place).is_some_and(|row| render::txn_type(world, row).0 == wanted)
        }),
        (Resource::Payouts, "status") => Box::new(move |world, place| {
            world.payouts.get(place).is_some_and(|row| row.status.as_str() == wanted)
        }),
        (Resource::Payouts, "destination") => {
            let paid_to = |currency: &&Cash| render::destination(world, currency.code()) == value;
            let Some(currency) = world.profile.settles.iter().find(paid_to).copied() else { return Ok(None) };
            Box::new(move |world, place| world.payouts.get(place).is_some_and(|row| row.currency == currency))
        }
        _ => return Ok(None),
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

/// A single object.
pub(crate) fn one(view: &View<'_>, kind: Resource, place: usize, expand: &Expand) -> String {
    let mut json = Json::with_capacity(2600);
    view.object(&mut json, kind, place, expand);
    json.finish()
}

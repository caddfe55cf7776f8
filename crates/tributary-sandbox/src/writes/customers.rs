//! Customers.

use super::{Form, Made, subscriptions, update_fields};
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::World;
use serde_json::{Map, Value, json};

/// The fields that are texts.
const TEXTS: [&str; 5] = ["name", "email", "description", "phone", "tax_exempt"];

/// What can be given.
pub(super) const KNOWN: [&str; 10] = [
    "name",
    "email",
    "description",
    "phone",
    "tax_exempt",
    "address[",
    "shipping[",
    "preferred_locales[]",
    "payment_method",
    "invoice_settings[",
];

pub(super) fn create(world: &mut World, by: &Moment<'_>, form: &Form<'_>) -> Result<Made, ApiError> {
    let metadata = form.metadata(&Value::Null)?.unwrap_or_else(|| json!({}));
    let mut fields: Map<String, Value> = TEXTS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    fields.insert("tax_exempt".to_owned(), json!("none"));
    fields.extend(form.texts(&TEXTS));
    fields.insert("metadata".to_owned(), metadata);
    fields.insert("address".to_owned(), address(form, "address").unwrap_or(Value::Null));
    fields.insert("shipping".to_owned(), Value::Null);
    for (name, value) in [("balance", json!(0)), ("currency", Value::Null), ("delinquent", json!(false))] {
        fields.insert(name.to_owned(), value);
    }
    fields.insert("preferred_locales".to_owned(), form.list("preferred_locales").into());
    let place = world.push_customer(by.at);
    world.patch(Kind::Customers, place, fields);
    world.note(by, EventType::CustomerCreated, place);
    Ok(Made { kind: Kind::Customers, place })
}

pub(super) fn update(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    let mut fields = form.texts(&TEXTS);
    if let Some(address) = address(form, "address") {
        fields.insert("address".to_owned(), address);
    }
    update_fields(world, by, made, form, fields)
}

/// Leaves a stub. Charges keep the id.
pub(super) fn delete(world: &mut World, by: &Moment<'_>, made: Made, _: &Form<'_>) -> Result<Made, ApiError> {
    let place = made.place;
    Ok(remove(world, by, place))
}

/// Deletes a customer, whose subscriptions end.
pub(crate) fn remove(world: &mut World, by: &Moment<'_>, place: usize) -> Made {
    if !world.customers[place].deleted {
        subscriptions::end_all(world, by, place);
        world.note(by, EventType::CustomerDeleted, place);
        world.customers[place].deleted = true;
    }
    Made { kind: Kind::Customers, place }
}

/// An address with every part, the missing ones null.
fn address(form: &Form<'_>, name: &str) -> Option<Value> {
    let given = form.nested(name);
    if given.is_empty() {
        return None;
    }
    let part = |part: &str| {
        given.iter().find(|(key, value)| *key == part && !value.is_empty()).map(|(_, value)| *value)
    };
    Some(json!({
        "city": part("city"), "country": part("country"), "line1": part("line1"), "line2": part("line2"),
        "postal_code": part("postal_code"), "state": part("state"),
    }))
}

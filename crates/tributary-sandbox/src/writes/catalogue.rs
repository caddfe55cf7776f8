//! Products and prices.

use super::{Form, Made, update_fields};
use crate::error::ApiError;
use crate::events::{EventType, Moment};
use crate::kind::Kind;
use crate::world::World;
use crate::world::rows::{PriceRow, PriceShape, Ref};
use serde_json::{Map, Value, json};

const PRODUCT_TEXTS: [&str; 5] = ["name", "description", "unit_label", "url", "statement_descriptor"];

pub(super) fn create_product(world: &mut World, by: &Moment<'_>, form: &Form<'_>) -> Result<Made, ApiError> {
    form.required("name")?;
    let active = form.flag("active")?.unwrap_or(true);
    let metadata = form.metadata(&Value::Null)?.unwrap_or_else(|| json!({}));
    let mut fields: Map<String, Value> =
        PRODUCT_TEXTS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    fields.extend(form.texts(&PRODUCT_TEXTS));
    for (name, value) in [("metadata", metadata), ("images", json!([])), ("marketing_features", json!([]))] {
        fields.insert(name.to_owned(), value);
    }
    let place = world.push_product(by.at, active);
    world.patch(Kind::Products, place, fields);
    world.note(by, EventType::ProductCreated, place);
    Ok(Made { kind: Kind::Products, place })
}

pub(super) fn update_product(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    let mut fields = form.texts(&PRODUCT_TEXTS);
    if let Some(active) = form.flag("active")? {
        fields.insert("active".to_owned(), json!(active));
    }
    fields.insert("updated".to_owned(), json!(by.at));
    update_fields(world, by, made, form, fields)
}

/// Leaves a stub, where no price is left that could be used.
pub(super) fn delete_product(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    _: &Form<'_>,
) -> Result<Made, ApiError> {
    let place = made.place;
    if !world.prices_of_product(place).is_empty() {
        let message = "This product cannot be deleted because it has one or more user-created prices.";
        return Err(ApiError::refused("", message, Some("id")));
    }
    world.note(by, EventType::ProductDeleted, place);
    world.products[place].deleted = true;
    Ok(made)
}

pub(super) fn create_price(world: &mut World, by: &Moment<'_>, form: &Form<'_>) -> Result<Made, ApiError> {
    form.required("currency")?;
    form.required("product")?;
    form.required("unit_amount")?;
    let product = form.object(world, Kind::Products, "product")?;
    let currency = form.currency("currency")?.unwrap_or(world.profile.home());
    let amount = form.amount("unit_amount")?.unwrap_or(0);
    let shape = match form.text("recurring[interval]") {
        None => PriceShape::OneTime,
        Some("month") => PriceShape::Monthly,
        Some("year") => PriceShape::Yearly,
        Some(_) => {
            let message = "Invalid recurring[interval]: the simulation has month and year";
            return Err(ApiError::refused("", message, Some("recurring[interval]")));
        }
    };
    let active = form.flag("active")?.unwrap_or(true);
    let metadata = form.metadata(&Value::Null)?.unwrap_or_else(|| json!({}));
    let mut fields: Map<String, Value> =
        ["nickname", "lookup_key"].iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    fields.extend(form.texts(&["nickname", "lookup_key"]));
    fields.insert("metadata".to_owned(), metadata);
    let product = product.map_or(Ref::NONE, Ref::to);
    let place = world.push_price(PriceRow { created: by.at, product, amount, currency, shape, active });
    world.patch(Kind::Prices, place, fields);
    world.note(by, EventType::PriceCreated, place);
    Ok(Made { kind: Kind::Prices, place })
}

pub(super) fn update_price(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    let mut fields = form.texts(&["nickname", "lookup_key"]);
    if let Some(active) = form.flag("active")? {
        fields.insert("active".to_owned(), json!(active));
    }
    update_fields(world, by, made, form, fields)
}

//! Products and prices.

use super::View;
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::rows::PriceShape;

const WORDS: [&str; 8] = ["Basic", "Standard", "Premium", "Starter", "Team", "Studio", "Compact", "Deluxe"];
const THINGS: [&str; 7] = ["plan", "mug", "notebook", "workshop", "licence", "lamp", "bundle"];

/// The name of a product as it was made.
pub(super) fn name(place: usize) -> String {
    format!("{} {} {place}", WORDS[place % WORDS.len()], THINGS[place % THINGS.len()])
}

pub(super) fn product(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.products.get(place) else { return };
    json.open();
    view.id(json, "id", Kind::Products, place);
    json.text("object", "product");
    json.flag("active", row.active);
    json.int("created", row.created);
    view.reference(json, "default_price", Kind::Prices, row.default_price, expand);
    if place.is_multiple_of(3) {
        json.null("description");
    } else {
        json.plain("description", format_args!("Simulated product number {place}"));
    }
    if place % 5 == 1 {
        json.raw("images", r#"["https://files.example.com/product.png"]"#);
    } else {
        json.raw("images", "[]");
    }
    json.flag("livemode", view.world.mode.is_live());
    json.raw(
        "marketing_features",
        if place.is_multiple_of(4) { r#"[{"name":"Delivered tomorrow"}]"# } else { "[]" },
    );
    json.open_at("metadata");
    if place.is_multiple_of(2) {
        json.plain("sku", format_args!("SKU-{place:05}"));
    }
    json.close();
    json.text("name", &name(place));
    let parcel = r#"{"height":4.5,"length":12.0,"weight":16.25,"width":8.0}"#;
    json.raw("package_dimensions", if place % 7 == 1 { parcel } else { "null" });
    json.raw("shippable", if place % 7 == 1 { "true" } else { "null" });
    json.nulls(&["statement_descriptor", "tax_code", "tax_details"]);
    json.text("type", if place % 7 == 1 { "good" } else { "service" });
    json.text_or_null("unit_label", if place.is_multiple_of(6) { Some("seat") } else { None });
    json.int("updated", row.created);
    if place.is_multiple_of(5) {
        json.plain("url", format_args!("https://shop.example.com/products/{place}"));
    } else {
        json.null("url");
    }
    json.close();
}

/// The lookup key of a price, if it has one.
pub(crate) fn lookup_key(place: usize) -> Option<String> {
    place.is_multiple_of(4).then(|| format!("price_{place}"))
}

pub(super) fn price(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.prices.get(place) else { return };
    let recurring = row.shape != PriceShape::OneTime && row.shape != PriceShape::Fractional;
    json.open();
    view.id(json, "id", Kind::Prices, place);
    json.text("object", "price");
    json.flag("active", row.active);
    json.text("billing_scheme", if row.shape == PriceShape::Tiered { "tiered" } else { "per_unit" });
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    json.null("custom_unit_amount");
    json.flag("livemode", view.world.mode.is_live());
    json.text_or_null("lookup_key", lookup_key(place).as_deref());
    json.raw("metadata", "{}");
    json.text_or_null("nickname", if place.is_multiple_of(3) { Some("Usual") } else { None });
    view.reference(json, "product", Kind::Products, row.product, expand);
    if recurring {
        json.open_at("recurring");
        json.text("interval", if row.shape == PriceShape::Yearly { "year" } else { "month" });
        json.int("interval_count", 1);
        json.nulls(&["meter", "trial_period_days"]);
        json.text("usage_type", if row.shape == PriceShape::Metered { "metered" } else { "licensed" });
        json.close();
    } else {
        json.null("recurring");
    }
    json.text("tax_behavior", if place.is_multiple_of(2) { "exclusive" } else { "unspecified" });
    if row.shape == PriceShape::Tiered && expand.get("tiers").is_some() {
        tiers(json, row.amount);
    }
    json.text_or_null("tiers_mode", if row.shape == PriceShape::Tiered { Some("graduated") } else { None });
    json.null("transform_quantity");
    json.text("type", if recurring { "recurring" } else { "one_time" });
    match row.shape {
        PriceShape::Tiered => json.nulls(&["unit_amount", "unit_amount_decimal"]),
        PriceShape::Fractional => {
            json.null("unit_amount");
            json.plain("unit_amount_decimal", format_args!("{}.25", row.amount));
        }
        _ => {
            json.int("unit_amount", row.amount);
            json.plain("unit_amount_decimal", format_args!("{}", row.amount));
        }
    }
    json.close();
}

/// Two steps: the first ten units at the whole price, the rest at half.
fn tiers(json: &mut Json, amount: i64) {
    json.open_list("tiers");
    for (amount, up_to) in [(amount, Some(10)), (amount / 2, None)] {
        json.open();
        json.nulls(&["flat_amount", "flat_amount_decimal"]);
        json.int("unit_amount", amount);
        json.plain("unit_amount_decimal", format_args!("{amount}"));
        match up_to {
            Some(up_to) => json.int("up_to", up_to),
            None => json.null("up_to"),
        }
        json.close();
    }
    json.close_list();
}

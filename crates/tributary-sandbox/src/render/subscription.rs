//! Subscriptions and their items.

use super::tariff::{Discount, discounts};
use super::{View, tariff};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::bills::{SubscriptionRow, SubscriptionStatus};
use crate::world::rows::{PriceShape, Ref};

pub(super) fn subscription(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.billing.subscriptions.get(place) else { return };
    json.open();
    view.id(json, "id", Kind::Subscriptions, place);
    json.text("object", "subscription");
    json.nulls(&["application", "application_fee_percent"]);
    json.raw("automatic_tax", r#"{"disabled_reason":null,"enabled":false,"liability":null}"#);
    json.int("billing_cycle_anchor", if row.trial_end > 0 { row.trial_end } else { row.created });
    json.null("billing_cycle_anchor_config");
    json.raw("billing_mode", r#"{"flexible":null,"type":"classic"}"#);
    json.raw("billing_schedules", "[]");
    json.null("billing_thresholds");
    let ends = row.cancel_at_period_end && row.ended_at == 0;
    json.int_or_null("cancel_at", if ends { row.period_end } else { 0 });
    json.flag("cancel_at_period_end", row.cancel_at_period_end);
    json.int_or_null("canceled_at", row.canceled_at);
    cancellation(json, row);
    json.text("collection_method", if row.sends_invoices { "send_invoice" } else { "charge_automatically" });
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    view.reference(json, "customer", Kind::Customers, row.customer, expand);
    json.null("customer_account");
    json.int_or_null("days_until_due", if row.sends_invoices { 30 } else { 0 });
    json.nulls(&["default_payment_method", "default_source"]);
    json.open_list("default_tax_rates");
    if let Some(rate) = row.tax_rate {
        tariff::tax_rate(view, json, usize::from(rate));
    }
    json.close_list();
    json.null("description");
    let owner = (Kind::Subscriptions, place);
    let discount = row.coupon.map(|coupon| Discount { owner, customer: row.customer, coupon });
    discounts(view, json, discount, expand);
    json.int_or_null("ended_at", row.ended_at);
    json.raw(
        "invoice_settings",
        r#"{"account_tax_ids":null,"custom_fields":null,"description":null,"footer":null,"issuer":{"type":"self"}}"#,
    );
    view.nested(json, "items", Kind::SubscriptionItems, row.items.places(), expand, |out| {
        out.push_str("/v1/subscription_items?subscription=");
        view.world.push_id(out, Kind::Subscriptions, place);
    });
    view.reference(json, "latest_invoice", Kind::Invoices, row.latest_invoice, expand);
    json.flag("livemode", view.world.mode.is_live());
    json.null("managed_payments");
    json.open_at("metadata");
    if place.is_multiple_of(4) {
        json.plain("workspace", format_args!("workspace-{place}"));
    }
    json.close();
    json.nulls(&["next_pending_invoice_item_invoice", "on_behalf_of", "pause_collection"]);
    json.raw(
        "payment_settings",
        r#"{"payment_method_options":null,"payment_method_types":null,"save_default_payment_method":"off"}"#,
    );
    json.nulls(&["pending_invoice_item_interval", "pending_setup_intent", "pending_update", "schedule"]);
    json.int("start_date", row.created);
    json.text("status", row.status.as_str());
    json.nulls(&["test_clock", "transfer_data"]);
    json.int_or_null("trial_end", row.trial_end);
    let ends_paused = row.status == SubscriptionStatus::Paused;
    json.raw(
        "trial_settings",
        if ends_paused {
            r#"{"end_behavior":{"billing_cycle_anchor":null,"missing_payment_method":"pause"}}"#
        } else {
            r#"{"end_behavior":{"billing_cycle_anchor":null,"missing_payment_method":"create_invoice"}}"#
        },
    );
    json.int_or_null("trial_start", if row.trial_end > 0 { row.created } else { 0 });
    json.close();
}

fn cancellation(json: &mut Json, row: &SubscriptionRow) {
    json.open_at("cancellation_details");
    json.null("comment");
    let asked = row.canceled_at > 0 && !row.failed;
    json.text_or_null("feedback", if asked { Some("too_expensive") } else { None });
    json.null("feedback_option");
    let reason = match (row.failed, asked) {
        (true, _) => Some("payment_failed"),
        (false, true) => Some("cancellation_requested"),
        (false, false) => None,
    };
    json.text_or_null("reason", reason);
    json.close();
}

pub(super) fn item(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.billing.items.get(place) else { return };
    let Some(subscription) = view.world.billing.subscriptions.get(row.owner as usize) else { return };
    let metered = price_shape(view, row.price) == Some(PriceShape::Metered);
    let inner = Expand::default();
    json.open();
    view.id(json, "id", Kind::SubscriptionItems, place);
    json.text("object", "subscription_item");
    json.null("billing_thresholds");
    json.int("created", subscription.created);
    json.int("current_period_end", subscription.period_end);
    json.int("current_period_start", subscription.period_start);
    json.null("current_trial");
    json.raw("discounts", "[]");
    json.raw("metadata", "{}");
    plan(view, json, row.price);
    json.key("price");
    match row.price.get() {
        Some(price) => view.object(json, Kind::Prices, price, expand.get("price").unwrap_or(&inner)),
        None => json.element("null"),
    }
    if !metered {
        json.int("quantity", row.quantity);
    }
    view.id(json, "subscription", Kind::Subscriptions, row.owner as usize);
    json.raw("tax_rates", "[]");
    json.close();
}

fn price_shape(view: &View<'_>, price: Ref) -> Option<PriceShape> {
    Some(view.world.prices.get(price.get()?)?.shape)
}

/// The price again, in the shape that came before prices.
fn plan(view: &View<'_>, json: &mut Json, price: Ref) {
    let Some((place, row)) = price.get().and_then(|at| Some((at, view.world.prices.get(at)?))) else {
        return json.null("plan");
    };
    json.open_at("plan");
    view.id(json, "id", Kind::Prices, place);
    json.text("object", "plan");
    json.flag("active", row.active);
    let tiered = row.shape == PriceShape::Tiered;
    if tiered {
        json.nulls(&["amount", "amount_decimal"]);
    } else {
        json.int("amount", row.amount);
        json.plain("amount_decimal", format_args!("{}", row.amount));
    }
    json.text("billing_scheme", if tiered { "tiered" } else { "per_unit" });
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    json.text("interval", if row.shape == PriceShape::Yearly { "year" } else { "month" });
    json.int("interval_count", 1);
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    json.nulls(&["meter", "nickname"]);
    view.reference(json, "product", Kind::Products, row.product, &Expand::default());
    json.text_or_null("tiers_mode", if tiered { Some("graduated") } else { None });
    json.nulls(&["transform_usage", "trial_period_days"]);
    json.text("usage_type", if row.shape == PriceShape::Metered { "metered" } else { "licensed" });
    json.close();
}

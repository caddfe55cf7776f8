//! Ways to pay, and the setup intents that save them.

use super::{View, method, people};
use crate::cards;
use crate::dice::{salted, text};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::extras::{MethodRow, SetupStatus};
use crate::world::rows::{ChargeRow, Method, Ref};
use crate::world::{World, holder};

/// The customer a way to pay is saved for: none for a guest's, and none once the customer is deleted.
pub(crate) fn owner(world: &World, row: &MethodRow) -> Ref {
    let kept = row.customer.get().filter(|at| !world.is_deleted(Kind::Customers, *at));
    kept.map_or(Ref::NONE, Ref::to)
}

/// The `type` of a way to pay.
pub(crate) fn method_type(world: &World, row: &MethodRow) -> &'static str {
    match world.charges.get(row.charge as usize) {
        Some(charge) => method::type_of(world, charge),
        None => "card",
    }
}

/// The `allow_redisplay` of the way to pay at a place.
pub(crate) fn redisplay(place: usize) -> &'static str {
    if place.is_multiple_of(4) { "always" } else { "unspecified" }
}

pub(super) fn payment_method(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.extras.methods.get(place) else { return };
    let Some(charge) = view.world.charges.get(row.charge as usize) else { return };
    json.open();
    view.id(json, "id", Kind::PaymentMethods, place);
    json.text("object", "payment_method");
    json.text("allow_redisplay", redisplay(place));
    people::billing_details(json, row.customer.get(), row.charge as usize, view.world.profile.country);
    if charge.method == Method::Card {
        card(view, json, charge, row.charge as usize);
    }
    json.int("created", row.created);
    view.reference(json, "customer", Kind::Customers, owner(view.world, row), expand);
    json.null("customer_account");
    if charge.method != Method::Card {
        method::saved(view, json, charge, row.charge as usize);
    }
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    json.text("type", method::type_of(view.world, charge));
    json.close();
}

fn card(view: &View<'_>, json: &mut Json, charge: &ChargeRow, place: usize) {
    let card = cards::card(view.world.salt, holder(charge, place), view.world.profile.country);
    json.open_at("card");
    json.text("brand", card.brand);
    json.raw(
        "checks",
        r#"{"address_line1_check":null,"address_postal_code_check":"pass","cvc_check":"pass"}"#,
    );
    json.text("country", card.country);
    json.text("display_brand", if card.brand == "amex" { "american_express" } else { card.brand });
    json.int("exp_month", card.exp_month as i64);
    json.int("exp_year", card.exp_year as i64);
    json.text("fingerprint", &card.fingerprint);
    json.text("funding", card.funding);
    json.null("generated_from");
    json.plain("last4", format_args!("{:04}", card.last4));
    json.open_at("networks");
    json.open_list("available");
    json.text_element(card.brand);
    json.close_list();
    json.null("preferred");
    json.close();
    json.text("regulated_status", "unregulated");
    json.raw("three_d_secure_usage", r#"{"supported":true}"#);
    method::wallet(json, &card);
    json.close();
}

pub(super) fn setup_intent(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.extras.setups.get(place) else { return };
    json.open();
    view.id(json, "id", Kind::SetupIntents, place);
    json.text("object", "setup_intent");
    json.null("allowed_payment_method_types");
    json.null("application");
    json.raw("automatic_payment_methods", r#"{"allow_redirects":"always","enabled":true}"#);
    let canceled = row.status == SetupStatus::Canceled;
    json.text_or_null("cancellation_reason", canceled.then_some("abandoned"));
    if !view.hide_client_secret {
        json.written("client_secret", |out| {
            view.world.push_id(out, Kind::SetupIntents, place);
            out.push_str("_secret_canary");
            out.push_str(&text(salted(&[view.world.salt, 0x5F, place as u64]), 19));
        });
    }
    json.int("created", row.created);
    view.reference(json, "customer", Kind::Customers, row.customer, expand);
    json.nulls(&["customer_account", "description", "excluded_payment_method_types", "flow_directions"]);
    json.nulls(&["last_setup_error", "latest_attempt"]);
    json.flag("livemode", view.world.mode.is_live());
    json.nulls(&["managed_payments", "mandate"]);
    json.raw("metadata", "{}");
    let acts = row.status == SetupStatus::RequiresAction;
    json.raw(
        "next_action",
        if acts {
            r#"{"type":"use_stripe_sdk","use_stripe_sdk":{"type":"three_d_secure_redirect"}}"#
        } else {
            "null"
        },
    );
    json.null("on_behalf_of");
    view.reference(json, "payment_method", Kind::PaymentMethods, row.method, expand);
    json.null("payment_method_configuration_details");
    json.raw(
        "payment_method_options",
        r#"{"card":{"mandate_options":null,"network":null,"request_three_d_secure":"automatic"}}"#,
    );
    json.raw("payment_method_types", r#"["card","link"]"#);
    json.null("single_use_mandate");
    json.text("status", row.status.as_str());
    json.text("usage", "off_session");
    json.close();
}

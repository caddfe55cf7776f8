//! Payment intents.

use super::{View, charge, method};
use crate::dice::{salted, text};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::rows::{IntentRow, IntentStatus, Method, Outcome};

pub(super) fn intent(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.intents.get(place) else { return };
    let latest = row.latest_charge.get().and_then(|charge| view.world.charges.get(charge));
    json.open();
    view.id(json, "id", Kind::PaymentIntents, place);
    json.text("object", "payment_intent");
    json.null("allowed_payment_method_types");
    json.int("amount", row.amount);
    json.int("amount_capturable", if row.status == IntentStatus::RequiresCapture { row.amount } else { 0 });
    json.raw("amount_details", r#"{"tip":{}}"#);
    json.int("amount_received", row.received);
    let app_fee = latest.map_or(0, |charge| charge.app_fee);
    if app_fee > 0 {
        json.text("application", view.client_id);
        json.int("application_fee_amount", app_fee);
    } else {
        json.nulls(&["application", "application_fee_amount"]);
    }
    json.raw("automatic_payment_methods", r#"{"allow_redirects":"always","enabled":true}"#);
    cancellation(json, row, latest.map(|charge| charge.outcome));
    json.text("capture_method", if row.manual { "manual" } else { "automatic_async" });
    if !view.hide_client_secret {
        json.written("client_secret", |out| {
            view.world.push_id(out, Kind::PaymentIntents, place);
            out.push_str("_secret_canary");
            out.push_str(&text(salted(&[view.world.salt, 0x5E, place as u64]), 19));
        });
    }
    json.text("confirmation_method", "automatic");
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    view.reference(json, "customer", Kind::Customers, row.customer, expand);
    json.null("customer_account");
    let description =
        row.latest_charge.get().zip(latest).and_then(|(at, charge)| charge::description(charge, at));
    json.text_or_null("description", description.as_deref());
    json.null("excluded_payment_method_types");
    last_error(view, json, row);
    view.reference(json, "latest_charge", Kind::Charges, row.latest_charge, expand);
    json.flag("livemode", view.world.mode.is_live());
    json.null("managed_payments");
    json.open_at("metadata");
    if place.is_multiple_of(3) {
        json.plain("cart", format_args!("cart-{place}"));
    }
    json.close();
    next_action(json, row);
    json.null("on_behalf_of");
    method::intent_method(view, json, row, expand);
    json.null("payment_method_configuration_details");
    json.raw(
        "payment_method_options",
        r#"{"card":{"installments":null,"mandate_options":null,"network":null,"request_three_d_secure":"automatic"}}"#,
    );
    let types = match latest.map(|charge| charge.method) {
        Some(Method::Debit) => r#"["card","us_bank_account"]"#,
        _ => r#"["card","link"]"#,
    };
    json.raw("payment_method_types", types);
    json.null("payment_record");
    json.nulls(&["processing", "receipt_email", "review", "setup_future_usage", "shipping", "source"]);
    json.nulls(&["statement_descriptor", "statement_descriptor_suffix"]);
    json.text("status", row.status.as_str());
    json.null("transfer_data");
    let group = row.latest_charge.get().and_then(charge::transfer_group);
    json.text_or_null("transfer_group", group.as_deref());
    json.close();
}

fn cancellation(json: &mut Json, row: &IntentRow, outcome: Option<Outcome>) {
    if row.status != IntentStatus::Canceled {
        return json.nulls(&["canceled_at", "cancellation_reason"]);
    }
    json.int("canceled_at", row.canceled_at);
    json.text(
        "cancellation_reason",
        match outcome {
            Some(Outcome::Expired) => "automatic",
            Some(_) => "requested_by_customer",
            None => "abandoned",
        },
    );
}

/// What went wrong with the latest attempt.
fn last_error(view: &View<'_>, json: &mut Json, row: &IntentRow) {
    let latest = row.latest_charge.get().and_then(|place| Some((place, view.world.charges.get(place)?)));
    let failed = latest.and_then(|(place, charge)| Some((place, charge, charge::failure_of(charge)?)));
    let Some((place, charge, (code, message))) =
        failed.filter(|_| row.status == IntentStatus::RequiresPaymentMethod)
    else {
        return json.null("last_payment_error");
    };
    json.open_at("last_payment_error");
    view.id(json, "charge", Kind::Charges, place);
    json.text("code", code);
    if charge.outcome == Outcome::Declined {
        json.text("decline_code", crate::cards::decline_of(charge.decline).reason);
    }
    json.plain("doc_url", format_args!("https://docs.example.com/error-codes/{}", code.replace('_', "-")));
    json.text("message", message);
    json.text("type", "card_error");
    json.close();
}

fn next_action(json: &mut Json, row: &IntentRow) {
    if row.status != IntentStatus::RequiresAction {
        return json.null("next_action");
    }
    json.raw(
        "next_action",
        r#"{"type":"use_stripe_sdk","use_stripe_sdk":{"type":"three_d_secure_redirect"}}"#,
    );
}

//! Charges.

use super::{View, method, people};
use crate::cards;
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::rows::{CardCanary, ChargeRow, Method, Outcome};

/// The transfer group of a charge, if it has one.
pub(crate) fn transfer_group(place: usize) -> Option<String> {
    (place % 50 == 7).then(|| format!("group_{}", place / 500))
}

/// What a charge says it is for.
pub(super) fn description(row: &ChargeRow, place: usize) -> Option<String> {
    match row.canary {
        CardCanary::Description => Some(format!("Order {place} by phone, card 4242424242424242")),
        _ if place % 10 < 7 => Some(format!("Order {place}")),
        _ => None,
    }
}

pub(super) fn charge(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.charges.get(place) else { return };
    let world = view.world;
    let country = world.profile.country;
    let succeeded = !row.failed();
    json.open();
    view.id(json, "id", Kind::Charges, place);
    json.text("object", "charge");
    json.int("amount", row.amount);
    json.int("amount_captured", row.captured);
    json.int("amount_refunded", row.refunded);
    if row.app_fee > 0 {
        json.text("application", view.client_id);
        json.written("application_fee", |out| world.push_fee_id(out, place));
        json.int("application_fee_amount", row.app_fee);
    } else {
        json.nulls(&["application", "application_fee", "application_fee_amount"]);
    }
    view.reference(json, "balance_transaction", Kind::BalanceTransactions, row.txn, expand);
    people::billing_details(json, row.customer.get(), place, country);
    json.text_or_null(
        "calculated_statement_descriptor",
        if row.method == Method::Card { Some("SANDBOX SHOP") } else { None },
    );
    json.flag("captured", row.captured > 0);
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    view.reference(json, "customer", Kind::Customers, row.customer, expand);
    json.text_or_null("description", description(row, place).as_deref());
    json.flag("disputed", row.disputed);
    view.reference(json, "failure_balance_transaction", Kind::BalanceTransactions, row.failure_txn, expand);
    failure(json, row);
    json.raw(
        "fraud_details",
        if row.outcome == Outcome::Blocked { r#"{"stripe_report":"fraudulent"}"# } else { "{}" },
    );
    json.flag("livemode", world.mode.is_live());
    json.open_at("metadata");
    if place.is_multiple_of(2) {
        json.plain("order_id", format_args!("{place}"));
    }
    if row.canary == CardCanary::Metadata {
        json.text("note", "paid with 4242424242424242");
    }
    json.close();
    json.null("on_behalf_of");
    outcome(json, row, place);
    json.flag("paid", succeeded && row.outcome != Outcome::Pending);
    view.reference(json, "payment_intent", Kind::PaymentIntents, row.intent, expand);
    view.reference(json, "payment_method", Kind::PaymentMethods, row.payment_method, &Expand::default());
    method::payment_method_details(view, json, row, place);
    json.raw("radar_options", "{}");
    json.nulls(&["receipt_email", "receipt_number"]);
    if succeeded {
        json.plain(
            "receipt_url",
            format_args!("https://pay.example.com/receipts/{}/{place}", world.profile.id),
        );
    } else {
        json.null("receipt_url");
    }
    let refundable = if row.captured > 0 { row.captured } else { row.amount };
    json.flag("refunded", row.refunded == refundable);
    if let Some(inner) = expand.get("refunds") {
        refunds(view, json, place, inner);
    }
    json.nulls(&[
        "review",
        "shipping",
        "source",
        "source_transfer",
        "statement_descriptor",
        "statement_descriptor_suffix",
    ]);
    json.text("status", status(row));
    json.null("transfer_data");
    json.text_or_null("transfer_group", transfer_group(place).as_deref());
    json.close();
}

fn status(row: &ChargeRow) -> &'static str {
    match row.outcome {
        Outcome::Pending => "pending",
        _ if row.failed() => "failed",
        _ => "succeeded",
    }
}

/// `failure_code` and `failure_message`.
pub(super) fn failure_of(row: &ChargeRow) -> Option<(&'static str, &'static str)> {
    match row.outcome {
        Outcome::Declined => {
            let decline = cards::decline_of(row.decline);
            Some((decline.code, decline.message))
        }
        Outcome::Blocked => Some(("card_declined", "Your card was declined.")),
        Outcome::Bounced => {
            Some(("debit_not_authorized", "The bank account's holder says this debit was not authorised."))
        }
        _ => None,
    }
}

fn failure(json: &mut Json, row: &ChargeRow) {
    let failure = failure_of(row);
    json.text_or_null("failure_code", failure.map(|(code, _)| code));
    json.text_or_null("failure_message", failure.map(|(_, message)| message));
}

fn outcome(json: &mut Json, row: &ChargeRow, place: usize) {
    json.open_at("outcome");
    let decline = cards::decline_of(row.decline);
    let (kind, network, reason, advice, seller) = match row.outcome {
        Outcome::Declined => (
            "issuer_declined",
            "declined_by_network",
            Some(decline.reason),
            decline.advice,
            format!("The bank answered with the decline code {}.", decline.reason),
        ),
        Outcome::Blocked => (
            "blocked",
            "not_sent_to_network",
            Some("highest_risk_level"),
            None,
            "This payment was stopped as too risky.".to_owned(),
        ),
        _ => ("authorized", "approved_by_network", None, None, "Payment complete.".to_owned()),
    };
    json.text_or_null("advice_code", advice);
    json.null("network_advice_code");
    json.text_or_null(
        "network_decline_code",
        if row.outcome == Outcome::Declined { Some("51") } else { None },
    );
    json.text("network_status", network);
    json.text_or_null("reason", reason);
    if row.method == Method::Card {
        let blocked = row.outcome == Outcome::Blocked;
        json.text("risk_level", if blocked { "highest" } else { "normal" });
        json.int("risk_score", if blocked { 88 } else { (place % 55) as i64 });
    } else {
        json.text("risk_level", "not_assessed");
    }
    json.text("seller_message", &seller);
    json.text("type", kind);
    json.close();
}

/// The refunds of a charge as a list of at most ten.
fn refunds(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let nothing = Expand::default();
    let inner = expand.get("data").unwrap_or(&nothing);
    let all = view.world.refunds_of_charge(place);
    json.open_at("refunds");
    json.text("object", "list");
    json.open_list("data");
    for refund in all.iter().rev().take(10) {
        view.object(json, Kind::Refunds, *refund as usize, inner);
    }
    json.close_list();
    json.flag("has_more", all.len() > 10);
    json.written("url", |out| {
        out.push_str("/v1/charges/");
        view.world.push_id(out, Kind::Charges, place);
        out.push_str("/refunds");
    });
    json.close();
}

//! Charges.

use super::{View, people};
use crate::cards::{self, Card};
use crate::dice::{push_base62, salted, text};
use crate::expand::Expand;
use crate::json::Json;
use crate::world::holder;
use crate::world::rows::{CardCanary, ChargeRow, IntentRow, Method, Outcome};
use tributary_core::Resource;

/// The transfer group of a charge, if it has one.
pub(crate) fn transfer_group(place: usize) -> Option<String> {
    (place % 50 == 7).then(|| format!("group_{}", place / 500))
}

/// What a charge says it is for; the word `canary` marks planted secrets.
pub(super) fn description(row: &ChargeRow, place: usize) -> Option<String> {
    match row.canary {
        CardCanary::Description => Some(format!("Order {place} by phone, card 4242424242424242 canary")),
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
    view.id(json, "id", Resource::Charges, place);
    json.text("object", "charge");
    json.int("amount", row.amount);
    json.int("amount_captured", row.captured);
    json.int("amount_refunded", row.refunded);
    if row.app_fee > 0 {
        json.text("application", view.client_id);
        json.written("application_fee", |out| {
            out.push_str("fee_");
            push_base62(out, salted(&[world.salt, 0xFE, place as u64]), 10);
            push_base62(out, salted(&[world.salt, 0xFF, place as u64]), 10);
        });
        json.int("application_fee_amount", row.app_fee);
    } else {
        json.nulls(&["application", "application_fee", "application_fee_amount"]);
    }
    view.reference(json, "balance_transaction", Resource::BalanceTransactions, row.txn, expand);
    people::billing_details(json, row.customer.get(), place, country);
    json.text_or_null(
        "calculated_statement_descriptor",
        if row.method == Method::Card { Some("SANDBOX SHOP") } else { None },
    );
    json.flag("captured", row.captured > 0);
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    view.reference(json, "customer", Resource::Customers, row.customer, expand);
    json.text_or_null("description", description(row, place).as_deref());
    json.flag("disputed", row.disputed);
    view.reference(
        json,
        "failure_balance_transaction",
        Resource::BalanceTransactions,
        row.failure_txn,
        expand,
    );
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
        json.text("note", "canary: paid with 4242424242424242");
    }
    json.close();
    json.null("on_behalf_of");
    outcome(json, row, place);
    json.flag("paid", succeeded && row.outcome != Outcome::Pending);
    view.reference(json, "payment_intent", Resource::PaymentIntents, row.intent, expand);
    json.written("payment_method", |out| push_payment_method(out, view, row, place));
    payment_method_details(view, json, row, place);
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

/// The id of the payment method: the same for every charge of a holder.
fn push_payment_method(out: &mut String, view: &View<'_>, row: &ChargeRow, place: usize) {
    let number = salted(&[view.world.salt, 0x9E, holder(row, place), row.method as u64]);
    out.push_str("pm_1");
    push_base62(out, number, 11);
    push_base62(out, salted(&[number]), 12);
}

/// The payment method of an intent: that of its latest charge.
pub(super) fn intent_method(view: &View<'_>, json: &mut Json, intent: &IntentRow) {
    let latest = intent.latest_charge.get().and_then(|place| Some((place, view.world.charges.get(place)?)));
    match latest {
        Some((place, row)) => {
            json.written("payment_method", |out| push_payment_method(out, view, row, place))
        }
        None => json.null("payment_method"),
    }
}

fn payment_method_details(view: &View<'_>, json: &mut Json, row: &ChargeRow, place: usize) {
    let who = holder(row, place);
    json.open_at("payment_method_details");
    match row.method {
        Method::Card => {
            card(json, row, &cards::card(view.world.salt, who, view.world.profile.country));
            json.text("type", "card");
        }
        Method::Link => {
            json.open_at("link");
            json.text("country", view.world.profile.country);
            json.close();
            json.text("type", "link");
        }
        Method::Debit => {
            let kind = debit_type(view.world.profile.settlement(row.currency).code());
            debit(json, kind, salted(&[view.world.salt, 0xDB, who]), view.world.profile.country);
            json.text("type", kind);
        }
    }
    json.close();
}

/// The bank debit of a region.
fn debit_type(settlement: &str) -> &'static str {
    match settlement {
        "gbp" => "bacs_debit",
        "eur" => "sepa_debit",
        _ => "us_bank_account",
    }
}

fn debit(json: &mut Json, kind: &str, number: u64, country: &str) {
    json.open_at(kind);
    match kind {
        "bacs_debit" => {
            json.null("mandate");
            json.text("sort_code", "108800");
        }
        "sepa_debit" => {
            json.text("bank_code", "37040044");
            json.null("branch_code");
            json.text("country", country);
            json.null("mandate");
        }
        _ => {
            json.text("account_holder_type", "individual");
            json.text("account_type", "checking");
            json.text("bank_name", "SANDBOX BANK");
            json.null("payment_reference");
            json.text("routing_number", "110000000");
        }
    }
    json.text("fingerprint", &text(number, 16));
    json.plain("last4", format_args!("{:04}", number % 10_000));
    json.close();
}

fn card(json: &mut Json, row: &ChargeRow, card: &Card) {
    let authorized = !row.failed();
    json.open_at("card");
    if authorized {
        json.int("amount_authorized", row.amount);
        json.plain(
            "authorization_code",
            format_args!("{:06}", (row.amount + i64::from(row.created)) % 1_000_000),
        );
    } else {
        json.nulls(&["amount_authorized", "authorization_code"]);
    }
    json.text("brand", card.brand);
    if row.outcome == Outcome::Authorized {
        json.int("capture_before", row.created + 7 * 86_400);
    }
    json.raw(
        "checks",
        r#"{"address_line1_check":null,"address_postal_code_check":"pass","cvc_check":"pass"}"#,
    );
    json.text("country", card.country);
    json.null("electronic_commerce_indicator");
    json.int("exp_month", card.exp_month as i64);
    json.int("exp_year", card.exp_year as i64);
    json.raw("extended_authorization", r#"{"status":"disabled"}"#);
    json.text("fingerprint", &card.fingerprint);
    json.text("funding", card.funding);
    json.raw("incremental_authorization", r#"{"status":"unavailable"}"#);
    json.null("installments");
    json.plain("last4", format_args!("{:04}", card.last4));
    json.null("mandate");
    json.raw("multicapture", r#"{"status":"unavailable"}"#);
    json.text("network", card.brand);
    json.raw("network_token", r#"{"used":false}"#);
    json.null("network_transaction_id");
    json.open_at("overcapture");
    json.int("maximum_amount_capturable", row.amount);
    json.text("status", "unavailable");
    json.close();
    json.text("regulated_status", "unregulated");
    if card.three_d_secure {
        json.raw(
            "three_d_secure",
            concat!(
                r#"{"authentication_flow":"challenge","electronic_commerce_indicator":"05","exemption_indicator":null,"#,
                r#""result":"authenticated","result_reason":null,"transaction_id":null,"version":"2.2.0"}"#
            ),
        );
    } else {
        json.null("three_d_secure");
    }
    json.null("transaction_link_id");
    match card.wallet {
        Some(wallet) => {
            json.open_at("wallet");
            json.raw(wallet, "{}");
            json.plain("dynamic_last4", format_args!("{:04}", (card.last4 + 77) % 10_000));
            json.text("type", wallet);
            json.close();
        }
        None => json.null("wallet"),
    }
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
        view.object(json, Resource::Refunds, *refund as usize, inner);
    }
    json.close_list();
    json.flag("has_more", all.len() > 10);
    json.written("url", |out| {
        out.push_str("/v1/charges/");
        view.world.push_id(out, Resource::Charges, place);
        out.push_str("/refunds");
    });
    json.close();
}

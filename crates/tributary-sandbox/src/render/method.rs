//! How a charge was paid: cards, bank debits, wallets.

use super::View;
use crate::cards::{self, Card};
use crate::dice::{salted, text};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::rows::{ChargeRow, IntentRow, Method, Outcome, Ref};
use crate::world::{World, holder};

/// The payment method of an intent: that of its latest charge.
pub(super) fn intent_method(view: &View<'_>, json: &mut Json, intent: &IntentRow, expand: &Expand) {
    let latest = intent.latest_charge.get().and_then(|place| view.world.charges.get(place));
    let method = latest.map_or(Ref::NONE, |row| row.payment_method);
    view.reference(json, "payment_method", Kind::PaymentMethods, method, expand);
}

/// The `type` of what a charge was paid with.
pub(super) fn type_of(world: &World, row: &ChargeRow) -> &'static str {
    match row.method {
        Method::Card => "card",
        Method::Link => "link",
        Method::Debit => debit_type(world.profile.settlement(row.currency).code()),
    }
}

/// What a saved wallet or bank account says about itself.
pub(super) fn saved(view: &View<'_>, json: &mut Json, row: &ChargeRow, place: usize) {
    let who = holder(row, place);
    match row.method {
        Method::Card => {}
        Method::Link => {
            json.open_at("link");
            json.plain("email", format_args!("link-{}@example.com", who % 1_000_000));
            json.close();
        }
        Method::Debit => {
            let kind = type_of(view.world, row);
            debit(json, kind, salted(&[view.world.salt, 0xDB, who]), view.world.profile.country, true);
        }
    }
}

pub(super) fn payment_method_details(view: &View<'_>, json: &mut Json, row: &ChargeRow, place: usize) {
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
            let kind = type_of(view.world, row);
            debit(json, kind, salted(&[view.world.salt, 0xDB, who]), view.world.profile.country, false);
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

/// A bank account as a charge describes it, or as it is saved.
fn debit(json: &mut Json, kind: &str, number: u64, country: &str, saved: bool) {
    json.open_at(kind);
    match kind {
        "bacs_debit" if saved => json.text("sort_code", "108800"),
        "bacs_debit" => {
            json.null("mandate");
            json.text("sort_code", "108800");
        }
        "sepa_debit" => {
            json.text("bank_code", "37040044");
            json.null("branch_code");
            json.text("country", country);
            json.null(if saved { "generated_from" } else { "mandate" });
        }
        _ => {
            json.text("account_holder_type", "individual");
            json.text("account_type", "checking");
            json.text("bank_name", "SANDBOX BANK");
            if saved {
                json.null("financial_connections_account");
                json.raw("networks", r#"{"preferred":"ach","supported":["ach"]}"#);
                json.raw("status_details", "{}");
            } else {
                json.null("payment_reference");
            }
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
    wallet(json, card);
    json.close();
}

/// The wallet that held a card.
pub(super) fn wallet(json: &mut Json, card: &Card) {
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
}

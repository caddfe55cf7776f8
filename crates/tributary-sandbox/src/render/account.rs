//! The account and its balance.

use super::{NO_ADDRESS, View};
use crate::cash::Cash;
use crate::json::Json;
use crate::profile::Profile;
use crate::world::Balance;

/// The account's own object. It is the same in both modes and says nothing about the mode.
pub(crate) fn account(json: &mut Json, profile: &Profile, created: u32) {
    json.open();
    json.text("id", &profile.id);
    json.text("object", "account");
    json.open_at("business_profile");
    json.null("annual_revenue");
    json.null("estimated_worker_count");
    json.text("mcc", "5734");
    json.null("minority_owned_business_designation");
    json.text("name", &profile.name);
    json.text("product_description", "Simulated goods and subscriptions");
    json.null("specified_commercial_transactions_act_url");
    json.raw("support_address", NO_ADDRESS);
    json.text("support_email", "support@merchant.example.com");
    json.nulls(&["support_phone", "support_url"]);
    json.text("url", "https://shop.example.com");
    json.close();
    json.text("business_type", "company");
    json.raw("capabilities", r#"{"card_payments":"active","transfers":"active"}"#);
    json.flag("charges_enabled", true);
    json.raw("controller", r#"{"type":"account"}"#);
    json.text("country", profile.country);
    json.int("created", created);
    json.text("default_currency", profile.home().code());
    json.flag("details_submitted", true);
    json.text("email", "owner@merchant.example.com");
    json.open_at("external_accounts");
    json.text("object", "list");
    json.raw("data", "[]");
    json.flag("has_more", false);
    json.plain("url", format_args!("/v1/accounts/{}/external_accounts", profile.id));
    json.close();
    json.raw("future_requirements", REQUIREMENTS);
    json.null("groups");
    json.raw("metadata", "{}");
    json.flag("payouts_enabled", true);
    json.raw("requirements", REQUIREMENTS);
    settings(json, profile);
    json.raw("tos_acceptance", r#"{"date":null,"ip":null,"user_agent":null}"#);
    json.text("type", "standard");
    json.close();
}

const REQUIREMENTS: &str = concat!(
    r#"{"alternatives":[],"current_deadline":null,"currently_due":[],"disabled_reason":null,"errors":[],"#,
    r#""eventually_due":[],"past_due":[],"pending_verification":[]}"#
);

fn settings(json: &mut Json, profile: &Profile) {
    json.open_at("settings");
    json.raw("bacs_debit_payments", r#"{"display_name":null,"service_user_number":null}"#);
    json.raw("branding", r##"{"icon":null,"logo":null,"primary_color":null,"secondary_color":null}"##);
    json.raw(
        "card_payments",
        concat!(
            r#"{"decline_on":{"avs_failure":false,"cvc_failure":true},"statement_descriptor_prefix":null,"#,
            r#""statement_descriptor_prefix_kana":null,"statement_descriptor_prefix_kanji":null}"#
        ),
    );
    json.open_at("dashboard");
    json.text("display_name", &profile.name);
    json.text("timezone", profile.time_zone);
    json.close();
    json.raw("invoices", r#"{"default_account_tax_ids":null,"hosted_payment_method_save":null}"#);
    json.raw(
        "payments",
        concat!(
            r#"{"statement_descriptor":"SANDBOX SHOP","statement_descriptor_kana":null,"#,
            r#""statement_descriptor_kanji":null,"statement_descriptor_prefix_kana":null,"#,
            r#""statement_descriptor_prefix_kanji":null}"#
        ),
    );
    json.open_at("payouts");
    json.flag("debit_negative_balances", true);
    json.open_at("schedule");
    json.int("delay_days", profile.delay_days);
    json.text("interval", "daily");
    json.close();
    json.null("statement_descriptor");
    json.close();
    json.raw("sepa_debit_payments", "{}");
    json.close();
}

/// The balance: per currency what is available and what is pending.
pub(crate) fn balance(view: &View<'_>, json: &mut Json) {
    sides(view, json, &view.world.balances());
}

/// The balance as it was at a second of the past.
pub(crate) fn balance_at(view: &View<'_>, json: &mut Json, at: u32) {
    sides(view, json, &view.world.balances_at(at));
}

fn sides(view: &View<'_>, json: &mut Json, balances: &[Balance]) {
    json.open();
    json.text("object", "balance");
    side(json, "available", balances.iter().map(|balance| (balance.currency, balance.available)));
    json.flag("livemode", view.world.mode.is_live());
    side(json, "pending", balances.iter().map(|balance| (balance.currency, balance.pending)));
    json.close();
}

fn side(json: &mut Json, name: &str, amounts: impl Iterator<Item = (Cash, i64)>) {
    json.open_list(name);
    for (currency, amount) in amounts {
        json.open();
        json.int("amount", amount);
        json.text("currency", currency.code());
        json.open_at("source_types");
        json.int("card", amount);
        json.close();
        json.close();
    }
    json.close_list();
}

//! What the sandbox says, in the form in which the API's answers can be held against it.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The commerce data types that there are.
pub const DATA_TYPES: usize = 11;

/// Stripe's lists that a run pulls.
pub const LISTS: [&str; 18] = [
    "customers",
    "products",
    "prices",
    "payment_intents",
    "charges",
    "refunds",
    "disputes",
    "balance_transactions",
    "payouts",
    "coupons",
    "tax_rates",
    "terminal_locations",
    "setup_intents",
    "subscriptions",
    "invoice_payments",
    "invoices",
    "checkout_sessions",
    "credit_notes",
];

/// Where Stripe has a list, and what shows all of it.
pub fn address(list: &str) -> String {
    match list {
        "checkout_sessions" => "/v1/checkout/sessions?".to_owned(),
        "terminal_locations" => "/v1/terminal/locations?".to_owned(),
        "subscriptions" => "/v1/subscriptions?status=all&".to_owned(),
        nested if nested.contains('?') => format!("/v1/{nested}&"),
        other => format!("/v1/{other}?"),
    }
}

/// The ids of objects.
pub fn ids(objects: &[Value]) -> BTreeSet<String> {
    objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

/// Objects by id.
pub fn by_id(objects: &[Value]) -> BTreeMap<String, Value> {
    objects.iter().map(|object| (object["id"].as_str().unwrap().to_owned(), object.clone())).collect()
}

/// How many decimals a currency of the sandbox has at Stripe.
fn decimals(currency: &str) -> usize {
    match currency {
        "JPY" | "KRW" => 0,
        "KWD" | "BHD" => 3,
        "AED" | "CAD" | "EUR" | "GBP" | "USD" => 2,
        other => panic!("the sandbox has no {other}"),
    }
}

/// An amount of the API in minor units. It fails on an amount that isn't a number, or whose shortest text has
/// more decimals than the currency: that is what the noise of floating point looks like.
pub fn minor(amount: &Value, currency: &str) -> i128 {
    let text = amount.as_number().unwrap_or_else(|| panic!("{amount} is not a number")).to_string();
    let text = text.strip_suffix(".0").unwrap_or(&text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let decimals = decimals(currency);
    assert!(fraction.len() <= decimals, "{amount} {currency} has more than {decimals} decimals");
    format!("{whole}{fraction:0<decimals$}").parse().unwrap()
}

/// A balance by upper-case currency: available and pending together, in minor units.
pub fn balance(balance: &Value) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for entry in ["available", "pending"].iter().flat_map(|name| balance[*name].as_array().unwrap()) {
        let currency = entry["currency"].as_str().unwrap().to_uppercase();
        *sums.entry(currency).or_default() += i128::from(entry["amount"].as_i64().unwrap());
    }
    sums
}

#[test]
fn amounts_are_read_without_rounding() {
    use serde_json::json;
    assert_eq!(minor(&json!(-0.9), "GBP"), -90);
    assert_eq!(minor(&json!(50), "GBP"), 5_000);
    assert_eq!(minor(&json!(0.005), "KWD"), 5);
    assert_eq!(minor(&json!(1200), "JPY"), 1_200);
}

//! B-13: whatever becomes of a field of Stripe's, no object is lost and nothing panics.

use super::*;
use serde_json::{Value, json};

/// One fixture of each shape.
const OBJECTS: [(Resource, &str); 33] = [
    (Resource::Account, fixture!("account")),
    (Resource::Balance, fixture!("balance_with_reserve")),
    (Resource::Customers, fixture!("customer")),
    (Resource::Customers, fixture!("customer_business")),
    (Resource::Products, fixture!("product")),
    (Resource::Prices, fixture!("price")),
    (Resource::Prices, fixture!("price_of_fractions")),
    (Resource::Prices, fixture!("price_tiered")),
    (Resource::PaymentIntents, fixture!("intent_canceled")),
    (Resource::Charges, fixture!("charge_paid")),
    (Resource::Charges, fixture!("charge_expanded")),
    (Resource::Charges, fixture!("charge_failed")),
    (Resource::Charges, fixture!("charge_wallet")),
    (Resource::Charges, fixture!("charge_pending_debit")),
    (Resource::Refunds, fixture!("refund_succeeded")),
    (Resource::Disputes, fixture!("dispute")),
    (Resource::BalanceTransactions, fixture!("transaction_charge")),
    (Resource::BalanceTransactions, fixture!("transaction_exchanged")),
    (Resource::BalanceTransactions, fixture!("transaction_equal_fees")),
    (Resource::BalanceTransactions, fixture!("transaction_expanded_source")),
    (Resource::Payouts, fixture!("payout")),
    (Resource::TaxRates, fixture!("tax_rate")),
    (Resource::TaxRates, fixture!("tax_rate_flat")),
    (Resource::TerminalLocations, fixture!("location")),
    (Resource::Subscriptions, fixture!("subscription")),
    (Resource::Invoices, fixture!("invoice_paid")),
    (Resource::Invoices, fixture!("invoice_credited")),
    (Resource::Invoices, fixture!("invoice_with_included_tax")),
    (Resource::InvoicePayments, fixture!("invoice_payment")),
    (Resource::CheckoutSessions, fixture!("session_complete")),
    (Resource::Coupons, fixture!("product")),
    (Resource::SetupIntents, fixture!("intent_canceled")),
    (Resource::CreditNotes, fixture!("invoice_credited")),
];

/// What a field becomes; none: it lacks.
fn becomes() -> Vec<Option<Value>> {
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(i64::MAX),
        json!(12.5),
        json!(""),
        json!("word_of_tomorrow"),
        json!([]),
        json!([{ "id": "x" }, null]),
        json!({}),
        json!({ "object": "list", "data": [7] }),
    ];
    values.into_iter().map(Some).chain([None]).collect()
}

/// The JSON pointers of everything in a value, but for itself.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut visit = |key: &str, inner: &Value| {
        let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        places(inner, &place, found);
        found.push(place);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, inner)| visit(key, inner)),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| visit(&n.to_string(), item)),
        _ => {}
    }
}

/// The object with the value at `place` changed.
fn mutant(object: &Value, place: &str, becomes: Option<Value>) -> Value {
    let mut mutant = object.clone();
    let (parent, key) = place.rsplit_once('/').unwrap();
    match (mutant.pointer_mut(parent).unwrap(), becomes) {
        (Value::Object(fields), Some(value)) => fields[key] = value,
        (Value::Object(fields), None) => drop(fields.remove(key)),
        (Value::Array(items), Some(value)) => items[key.parse::<usize>().unwrap()] = value,
        (Value::Array(items), None) => drop(items.remove(key.parse().unwrap())),
        _ => unreachable!("only objects and arrays hold anything"),
    }
    mutant
}

/// A singleton, which has no id of its own.
fn nameless<'a>(text: &'a str, id: &'a str) -> Object<'a> {
    Object { raw: text, id: id.into(), created: None, deleted: false, kind: "".into() }
}

#[test]
fn b13_whatever_becomes_of_a_field_the_object_is_kept_and_mapped_or_refused_by_name() {
    let (mut tried, mut mapped) = (0, 0);
    for (resource, json) in OBJECTS {
        let object: Value = serde_json::from_str(json).unwrap();
        let mut found = Vec::new();
        places(&object, "", &mut found);
        for place in found.iter().filter(|place| *place != "/id") {
            for becomes in becomes() {
                let text = mutant(&object, place, becomes).to_string();
                let id = object["id"].as_str().unwrap_or("balance");
                let read = Object::parse(&text).unwrap_or_else(|_| nameless(&text, id));
                let prepared = prepare(resource, &read);
                assert_eq!(prepared.source.id, id, "{place}");
                assert!(!prepared.source.json.is_empty(), "{resource} {place}");
                match prepared.mapped {
                    Ok(_) => mapped += 1,
                    Err(error) => assert_eq!(error.resource, resource, "{place}"),
                }
                tried += 1;
            }
        }
    }
    assert!(tried >= 5_000, "only {tried} mutants");
    assert!(mapped * 10 > tried * 8, "only {mapped} of {tried} mutants could be mapped");
}

//! Reading through the API what Stripe has: every type, in pages and whole, and what a repeat is answered.

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::http::Answer;
use crate::support::{on_both_databases, truth};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

on_both_databases![
    every_type_shows_what_stripe_has,
    whole_lists_are_streamed_as_their_pages_show_them,
    of_equal_posts_at_once_one_is_done_and_all_are_answered_alike,
];

const RUN: Duration = Duration::from_secs(120);

/// The lists that the contract doesn't have.
fn beyond(linked: &Linked, list: &str) -> String {
    format!("/tributary/v1/companies/{}/connections/{}/{list}", linked.company_id, linked.connection_id)
}

/// The totals of Stripe's orders by their ids: invoices past draft, void ones at nothing, and completed sessions
/// without an invoice.
fn orders_at_stripe(app: &TestApp) -> BTreeMap<String, i128> {
    let id = |object: &Value| object["id"].as_str().unwrap().to_owned();
    let invoices = app.sandbox.list(0, "invoices");
    let past_draft = invoices.iter().filter(|invoice| invoice["status"] != "draft").map(|invoice| {
        let is_void = invoice["status"] == "void";
        let part = |name: &str| i128::from(invoice[name].as_i64().unwrap());
        // What was credited before it was paid was never asked for.
        (id(invoice), if is_void { 0 } else { part("total") - part("pre_payment_credit_notes_amount") })
    });
    let sessions = app.sandbox.list(0, "checkout/sessions");
    let without_invoice =
        sessions.iter().filter(|session| session["status"] == "complete" && session["invoice"].is_null());
    // A session that only set up a payment method has no total, and sold nothing.
    let sessions = without_invoice
        .filter_map(|session| Some((id(session), i128::from(session["amount_total"].as_i64()?))));
    past_draft.chain(sessions).collect()
}

fn every_type_shows_what_stripe_has(kind: Kind) {
    let app = TestApp::on(kind).charges(350).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let all = |path: &str| app.developer.list(path, 5000);
    let data = |data_type: &str| all(&app.data_path(&linked, data_type));
    let at_stripe = |list: &str| truth::ids(&app.sandbox.list(0, list));

    let orders = data("commerce-orders");
    let totals: BTreeMap<String, i128> = orders
        .iter()
        .map(|order| {
            let total = truth::minor(&order["totalAmount"], order["currency"].as_str().unwrap());
            (order["id"].as_str().unwrap().to_owned(), total)
        })
        .collect();
    let expected = orders_at_stripe(&app);
    assert!(expected.values().any(|total| *total > 0));
    assert_eq!(totals, expected);
    let payments = truth::ids(&data("commerce-payments"));
    let of_orders: BTreeSet<String> = orders
        .iter()
        .flat_map(|order| order["payments"].as_array().unwrap())
        .map(|payment| payment["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(!of_orders.is_empty() && of_orders.is_subset(&payments), "what orders show are payments");

    let charges = app.sandbox.list(0, "charges");
    let methods = charges.iter().filter_map(|charge| charge["payment_method"].as_str().map(str::to_owned));
    assert_eq!(truth::ids(&data("commerce-paymentMethods")), methods.collect());
    assert_eq!(truth::ids(&data("commerce-taxComponents")), at_stripe("tax_rates"));
    assert_eq!(truth::ids(&data("commerce-locations")), at_stripe("terminal/locations"));
    assert_eq!(data("commerce-productCategories"), [""; 0]);

    assert_eq!(truth::ids(&all(&beyond(&linked, "invoices"))), at_stripe("invoices"));
    let payouts = all(&beyond(&linked, "payouts"));
    let amounts = payouts.iter().map(|payout| {
        let amount = truth::minor(&payout["amount"], payout["currency"].as_str().unwrap());
        (payout["id"].as_str().unwrap().to_owned(), amount, payout["status"].clone())
    });
    let at = app.sandbox.list(0, "payouts");
    let mut expected: Vec<_> = at
        .iter()
        .map(|payout| {
            let amount = i128::from(payout["amount"].as_i64().unwrap());
            (payout["id"].as_str().unwrap().to_owned(), amount, payout["status"].clone())
        })
        .collect();
    let mut amounts: Vec<_> = amounts.collect();
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    amounts.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!expected.is_empty() && amounts == expected);

    let objects = all(&beyond(&linked, "sourceObjects/charges"));
    assert_eq!(truth::ids(&objects), truth::ids(&charges));
    let one = charges[0]["id"].as_str().unwrap();
    let sources = app.developer.get(&beyond(&linked, &format!("recordSources/commerce-payments/{one}")));
    let source = &sources.expect(200).json()["results"][0];
    assert_eq!((&source["resource"], &source["id"]), (&json!("charges"), &json!(one)));
    let object = app.developer.get(&beyond(&linked, &format!("sourceObjects/charges/{one}")));
    assert_eq!(object.expect(200).json()["object"]["amount"], charges[0]["amount"]);
}

fn whole_lists_are_streamed_as_their_pages_show_them(kind: Kind) {
    let app = TestApp::on(kind).charges(350).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    for (data_type, query) in [
        ("commerce-transactions", ""),
        ("commerce-payments", "?query=amount<0&orderBy=amount"),
        ("commerce-customers", "?orderBy=-modifiedDate"),
    ] {
        let path = format!("{}{query}", app.data_path(&linked, data_type));
        let paged = app.developer.list(&path, 100);
        let request = app.developer.request("GET", &path).header("Accept", "application/x-ndjson");
        let whole = Answer::of(request.send().unwrap()).expect(200);
        assert_eq!(whole.header("content-type"), "application/x-ndjson");
        let lines: Vec<Value> = whole.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines == paged && !paged.is_empty(), "{path}");
    }
}

fn of_equal_posts_at_once_one_is_done_and_all_are_answered_alike(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let send = || {
        let request = app.developer.request("POST", "/companies").header("Idempotency-Key", "one");
        Answer::of(request.json(&json!({ "name": "Toft Stores" })).send().unwrap()).expect(200)
    };
    let answers: Vec<Answer> = std::thread::scope(|threads| {
        let threads: Vec<_> = (0..12).map(|_| threads.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let bodies: BTreeSet<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
    assert_eq!(bodies.len(), 1);
    let first = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_empty());
    assert_eq!(first.count(), 1);
    assert_eq!(app.developer.get("/companies").expect(200).json()["totalResults"], 1);
}

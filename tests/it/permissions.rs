//! What a key may not read, and access that ends: only what needs it fails, and says what is missing (B-18, B-19).

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::truth::DATA_TYPES;
use crate::support::{on_both_databases, truth};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

on_both_databases![
    a_forbidden_list_fails_only_the_data_type_that_needs_it,
    without_invoices_there_are_no_orders_and_everything_else,
    a_forbidden_list_that_is_optional_leaves_a_warning,
    access_that_the_merchant_ended_deauthorizes_the_connection,
];

const RUN: Duration = Duration::from_secs(120);

/// How the newest dataset of each data type ended.
fn ended(app: &TestApp, linked: &Linked) -> BTreeMap<String, Value> {
    let mut newest = BTreeMap::new();
    for dataset in app.wait_for_sync(linked, RUN) {
        newest.entry(dataset["dataType"].as_str().unwrap().to_owned()).or_insert(dataset);
    }
    newest
}

fn a_forbidden_list_fails_only_the_data_type_that_needs_it(kind: Kind) {
    let app = TestApp::on(kind).charges(120).sandbox(&["--fault", "forbidden:resource=disputes"]).start();
    let linked = app.link("Toft Stores", 0);
    let datasets = ended(&app, &linked);
    assert_eq!(datasets.len(), DATA_TYPES);
    for (data_type, dataset) in &datasets {
        if data_type == "commerce-disputes" {
            assert_eq!(dataset["status"], "PermissionsError", "{dataset}");
            assert_eq!(dataset["isErrored"], true);
            let message = dataset["errorMessage"].as_str().unwrap();
            assert!(message.contains("rak_dispute_read"), "{message}");
        } else {
            assert_eq!(dataset["status"], "Complete", "{dataset}");
        }
    }
    let never = app.developer.get(&app.data_path(&linked, "commerce-disputes")).expect(409).json();
    assert_eq!(never["error"], "The data set has not been requested.");
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));

    app.sandbox.set_faults(&[]);
    app.developer.post(&format!("/companies/{}/data/all", linked.company_id), &Value::Null).expect(204);
    assert!(ended(&app, &linked).values().all(|dataset| dataset["status"] == "Complete"));
    app.developer.get(&app.data_path(&linked, "commerce-disputes")).expect(200);
}

fn without_invoices_there_are_no_orders_and_everything_else(kind: Kind) {
    let app = TestApp::on(kind).charges(60).sandbox(&["--fault", "forbidden:resource=invoices"]).start();
    let linked = app.link("Toft Stores", 0);
    for (data_type, dataset) in ended(&app, &linked) {
        if data_type == "commerce-orders" {
            assert_eq!(dataset["status"], "PermissionsError", "{dataset}");
            assert!(dataset["errorMessage"].as_str().unwrap().contains("rak_invoice_read"), "{dataset}");
        } else {
            assert_eq!(dataset["status"], "Complete", "{dataset}");
        }
    }
}

/// Payment intents add to payments, but payments can do without.
fn a_forbidden_list_that_is_optional_leaves_a_warning(kind: Kind) {
    let app =
        TestApp::on(kind).charges(60).sandbox(&["--fault", "forbidden:resource=payment_intents"]).start();
    let linked = app.link("Toft Stores", 0);
    for dataset in ended(&app, &linked).values() {
        assert_eq!(dataset["status"], "Complete", "{dataset}");
    }
    let warnings =
        app.database.texts("SELECT warnings AS value FROM datasets WHERE data_type = 'commerce-payments'");
    assert!(warnings[0].contains("rak_payment_intent_read"), "{warnings:?}");
}

fn access_that_the_merchant_ended_deauthorizes_the_connection(kind: Kind) {
    let app = TestApp::on(kind).charges(60).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    // Stripe isn't asked again by itself: the run that is asked for is what finds out.
    app.wait_until_listed();
    let payments = app.developer.list(&app.data_path(&linked, "commerce-payments"), 100);
    app.sandbox.disconnect(0);
    app.developer.post(&format!("/companies/{}/data/all", linked.company_id), &Value::Null).expect(204);
    for dataset in ended(&app, &linked).values() {
        assert_eq!(dataset["status"], "AuthError", "{dataset}");
    }
    let connection = app.connection(&linked);
    assert_eq!(connection["status"], "Deauthorized");
    let error = &connection["dataConnectionErrors"][0];
    assert_eq!(error["status"], "Active", "{connection}");
    let after = app.developer.list(&app.data_path(&linked, "commerce-payments"), 100);
    assert_eq!(after, payments, "what was read stays readable");
    let path = format!("/companies/{}/data/queue/commerce-payments", linked.company_id);
    app.developer.post(&path, &Value::Null).expect(404);
    let sealed = app.database.number(
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM credentials WHERE access_token_sealed IS NOT NULL",
    );
    assert_eq!(sealed, 0, "the token is destroyed");

    let account = app.sandbox.account(0).to_owned();
    app.merchant().authorize(&linked.link_url, &account, crate::support::actors::Consent::Connect);
    assert_eq!(app.connection(&linked)["status"], "Linked");
    for dataset in ended(&app, &linked).values() {
        assert_eq!(dataset["status"], "Complete", "{dataset}");
    }
}

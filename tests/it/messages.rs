//! What outsiders are told of linking and reading: each thing once, in order, whatever is killed.

use crate::support::actors::Consent;
use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{on_both_databases, wait};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases![
    linking_and_reading_are_told_of_in_the_order_of_what_happened,
    a_kill_neither_loses_nor_invents_that_a_read_is_complete,
];

const RUN: Duration = Duration::from_secs(180);
const KILLS: usize = 6;

/// Everything told of a company, in order.
fn told(app: &TestApp, linked: &Linked) -> Vec<Value> {
    let query =
        format!("SELECT body AS value FROM messages WHERE company_id = '{}' ORDER BY id", linked.company_id);
    app.database.texts(&query).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

fn types(told: &[Value]) -> Vec<&str> {
    told.iter().map(|body| body["eventType"].as_str().unwrap()).collect()
}

/// A count about the connection; `what` ends in a condition that goes on with `connection_no = …`.
fn count(app: &TestApp, linked: &Linked, what: &str) -> i64 {
    app.database.number(&format!(
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM {what} connection_no = (SELECT no FROM connections WHERE id = '{}')",
        linked.connection_id
    ))
}

fn linking_and_reading_are_told_of_in_the_order_of_what_happened(kind: Kind) {
    let app = TestApp::on(kind).charges(120).start();
    let linked = app.new_connection("Toft Stores");
    let account = app.sandbox.account(0).to_owned();
    app.merchant().authorize(&linked.link_url, &account, Consent::Cancel);
    app.merchant().authorize(&linked.link_url, &account, Consent::Connect);
    app.synced(&linked, RUN);
    let mut expected = vec![
        "company.created",
        "connection.created",
        "connection.failed",
        "connection.connected",
        "read.completed",
        "read.completed.initial",
    ];
    let first = told(&app, &linked);
    assert_eq!(types(&first), expected);

    let read = &first[4]["payload"];
    let from = read["modifiedFromDate"].as_str().unwrap();
    let payments = app.data_path(&linked, "commerce-payments");
    let all = app.developer.list(&payments, 1000).len();
    let changed = app.developer.list(&format!("{payments}?query=modifiedDate%3E%3D{from}"), 1000).len();
    assert_eq!(changed, all, "everything has changed since {from}");
    let names = |body: &Value| body["payload"]["dataTypes"].as_array().unwrap().len();
    assert_eq!(names(&first[4]), names(&first[5]));
    let is_good =
        |read: &Value| read["status"] == "Complete" && read["connectionId"] == linked.connection_id.as_str();
    assert!(read["dataTypes"].as_array().unwrap().iter().all(is_good), "{read}");

    app.refresh(&linked, RUN);
    expected.push("read.completed");
    assert_eq!(types(&told(&app, &linked)), expected, "asking for data isn't authorising");

    let connection = format!("/companies/{}/connections/{}", linked.company_id, linked.connection_id);
    let unlink = app.developer.request("PATCH", &connection).json(&json!({ "status": "Unlinked" }));
    assert_eq!(unlink.send().unwrap().status(), 200);
    expected.push("connection.disconnected");
    assert_eq!(types(&told(&app, &linked)), expected);
    app.merchant().authorize(&linked.link_url, &account, Consent::Connect);
    app.synced(&linked, RUN);
    expected.extend(["connection.reconnected", "read.completed", "read.completed.initial"]);
    let last = told(&app, &linked);
    assert_eq!(types(&last), expected);
    let dates: Vec<&str> = last.iter().map(|body| body["generatedDate"].as_str().unwrap()).collect();
    assert!(dates.is_sorted(), "{dates:?}");
}

/// B-01 for what is told: every run that has ended is told of once, with each of its datasets, and the one
/// authorization once.
fn a_kill_neither_loses_nor_invents_that_a_read_is_complete(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(300)
        .sandbox(&["--latency-ms", "5"])
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    let linked = app.link("Toft Stores", 0);
    for kill in 0..KILLS {
        // A little later each time: while pages are stored, while datasets end, while the run ends.
        let ended = count(&app, &linked, "datasets WHERE NOT active AND");
        wait::until("another dataset has ended, or all have", RUN, || {
            let has_more = count(&app, &linked, "datasets WHERE active AND") > 0;
            (!has_more || count(&app, &linked, "datasets WHERE NOT active AND") > ended).then_some(())
        });
        app.kill();
        app.spawn_serve(&[], &[]);
        if kill % 2 == 1 {
            app.wait_until_ready();
            let path = format!("/companies/{}/data/all", linked.company_id);
            app.developer.post(&path, &Value::Null).expect(204);
        }
    }
    app.wait_until_ready();
    app.synced(&linked, RUN);
    let told = told(&app, &linked);
    let reads: Vec<&Value> = told.iter().filter(|body| body["eventType"] == "read.completed").collect();
    let runs = count(&app, &linked, "sync_runs WHERE state = 'finished' AND");
    assert_eq!(i64::try_from(reads.len()).unwrap(), runs);
    assert_eq!(count(&app, &linked, "sync_runs WHERE state = 'running' AND"), 0);
    let types: usize = reads.iter().map(|body| body["payload"]["dataTypes"].as_array().unwrap().len()).sum();
    let datasets = app.developer.list(&format!("/companies/{}/data/history", linked.company_id), 1000).len();
    assert_eq!(types, datasets, "each dataset is told of once");
    let initial = told.iter().filter(|body| body["eventType"] == "read.completed.initial").count();
    assert_eq!(initial, 1, "one authorization");
}

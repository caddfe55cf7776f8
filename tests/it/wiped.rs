//! Test data that a merchant deleted altogether: the next run buries all of it (rule E7).

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{on_both_databases, truth, wait};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

on_both_databases![
    after_test_data_was_deleted_the_next_run_leaves_none_of_it,
    killed_before_it_came_to_the_ledger_the_run_still_reads_it_whole,
    a_ledger_that_could_not_be_read_then_is_read_whole_by_the_next_run,
    the_deletion_is_found_even_while_stripe_fails,
];

const RUN: Duration = Duration::from_secs(120);

/// An installation that has pulled an account, of which then all test data was deleted but for one new charge.
fn wiped(kind: Kind) -> (TestApp, Linked) {
    let app = TestApp::on(kind)
        .charges(200)
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .setting("worker.outage_wait_secs", "1")
        .setting("stripe.attempts_max", "2")
        .start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    assert!(stored_ids(&app, "balance_transactions").len() > 200);
    app.sandbox.wipe(0);
    app.sandbox.charge(0, 4_200);
    (app, linked)
}

fn stored_ids(app: &TestApp, resource: &str) -> BTreeSet<String> {
    let query =
        format!("SELECT id AS value FROM source_objects WHERE resource = '{resource}' AND NOT deleted");
    app.database.texts(&query).into_iter().collect()
}

#[track_caller]
fn assert_nothing_is_left_of_it(app: &TestApp, linked: &Linked) {
    app.sandbox.set_faults(&[]);
    for resource in truth::LISTS {
        assert_eq!(stored_ids(app, resource), truth::ids(&app.sandbox.list(0, resource)), "{resource}");
    }
    let entries = truth::ids(&app.sandbox.list(0, "balance_transactions"));
    let transactions = app.developer.list(&app.data_path(linked, "commerce-transactions"), 5000);
    let of_entries = |id: &String| entries.iter().any(|entry| id.starts_with(entry.as_str()));
    assert!(!transactions.is_empty());
    assert!(truth::ids(&transactions).iter().all(of_entries), "transactions of deleted entries are shown");
}

fn ask_for_everything(app: &TestApp, linked: &Linked) {
    app.developer.post(&format!("/companies/{}/data/all", linked.company_id), &Value::Null).expect(204);
}

fn after_test_data_was_deleted_the_next_run_leaves_none_of_it(kind: Kind) {
    let (app, linked) = wiped(kind);
    app.refresh(&linked, RUN);
    assert_nothing_is_left_of_it(&app, &linked);
}

/// The run learns of the deletion at its start, and by then the objects that told it are buried.
fn killed_before_it_came_to_the_ledger_the_run_still_reads_it_whole(kind: Kind) {
    let (mut app, linked) = wiped(kind);
    app.sandbox.set_faults(&["hang:resource=payouts"]);
    let asked = app.sandbox.requests("GET /v1/payouts");
    ask_for_everything(&app, &linked);
    wait::until("the run hangs short of the ledger", RUN, || {
        (app.sandbox.requests("GET /v1/payouts") > asked).then_some(())
    });
    app.kill();
    app.sandbox.set_faults(&[]);
    app.serve(&[]);
    app.synced(&linked, RUN);
    assert_nothing_is_left_of_it(&app, &linked);
}

/// The objects that tell of the deletion are buried by the run that fails.
fn a_ledger_that_could_not_be_read_then_is_read_whole_by_the_next_run(kind: Kind) {
    let (app, linked) = wiped(kind);
    app.sandbox.set_faults(&["forbidden:resource=balance_transactions"]);
    ask_for_everything(&app, &linked);
    let ended = app.wait_for_sync(&linked, RUN);
    assert!(ended.iter().any(|dataset| dataset["status"] == "PermissionsError"), "{ended:?}");
    app.sandbox.set_faults(&[]);
    ask_for_everything(&app, &linked);
    app.wait_for_sync(&linked, RUN);
    assert_nothing_is_left_of_it(&app, &linked);
}

/// An answer that fails says nothing about what is there.
fn the_deletion_is_found_even_while_stripe_fails(kind: Kind) {
    let (app, linked) = wiped(kind);
    let probes = app.sandbox.requests("GET /v1/charges/:id");
    app.sandbox.set_faults(&[
        "server-error:resource=charges,first=2",
        "server-error:resource=customers,first=2",
        "server-error:resource=products,first=2",
    ]);
    app.refresh(&linked, RUN);
    assert!(app.sandbox.requests("GET /v1/charges/:id") > probes);
    assert_nothing_is_left_of_it(&app, &linked);
}

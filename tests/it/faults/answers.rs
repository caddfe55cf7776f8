//! Answers that don't come, break off, drip, or aren't what they were.

use super::{RUN, ask_for_everything, assert_as_if_undisturbed};
use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::truth::{self, DATA_TYPES};
use crate::support::{on_both_databases, wait};
use std::collections::BTreeSet;

on_both_databases![b11_an_outage_of_stripe_in_the_middle_of_a_run_is_waited_out];

/// Everything fails for a while: the datasets say that they wait, and nobody calls them failed.
fn b11_an_outage_of_stripe_in_the_middle_of_a_run_is_waited_out(kind: Kind) {
    let app = TestApp::on(kind)
        .charges(250)
        .sandbox(&["--latency-ms", "10"])
        .setting("stripe.attempts_max", "2")
        .setting("worker.outage_waits_max", "1000")
        .setting("worker.outage_wait_secs", "1")
        .start();
    let linked = app.link("Toft Stores", 0);
    wait::until("a page is stored", RUN, || (app.pages(&linked) > 1).then_some(()));
    app.sandbox.set_faults(&["server-error:status=503"]);
    let history = format!("/companies/{}/data/history?pageSize=100", linked.company_id);
    wait::until("datasets say that they are paused", RUN, || {
        let history = app.developer.get(&history).expect(200).json();
        history.to_string().contains("Paused until").then_some(())
    });
    app.sandbox.set_faults(&[]);
    app.synced(&linked, RUN);
    assert_as_if_undisturbed(&app, &linked, 0);
}

/// Connections that end without an answer, and failures of every status.
#[test]
fn b11_connections_that_are_reset_and_5xx_answers_lose_nothing() {
    let faults =
        ["hang:secs=0,p=0.1", "server-error:p=0.08", "server-error:status=502,p=0.08", "html:p=0.05"];
    let flags: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", *fault]).collect();
    let app = TestApp::on(Kind::Sqlite).charges(250).sandbox(&flags).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    assert!(app.sandbox.answers(500) > 0 && app.sandbox.answers(502) > 0);
    app.sandbox.set_faults(&[]);
    assert_as_if_undisturbed(&app, &linked, 0);
}

/// An answer that never comes, one that drips for too long, and one that drips but comes.
#[test]
fn b11_answers_that_hang_time_out_and_those_that_drip_are_read_or_read_again() {
    let app = TestApp::on(Kind::Sqlite)
        .charges(220)
        .setting("stripe.read_timeout_secs", "1")
        .setting("stripe.total_timeout_secs", "2")
        .start();
    app.sandbox.set_faults(&[
        "hang:resource=charges,first=2,secs=60",
        "slow:resource=customers,first=2,secs=9",
        "slow:resource=refunds,first=2,secs=1",
    ]);
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.sandbox.set_faults(&[]);
    assert_as_if_undisturbed(&app, &linked, 0);
}

/// Halves of bodies, bodies that are no JSON, and web pages, one in four of each kind of list.
#[test]
fn b12_truncated_bodies_invalid_json_and_web_pages_are_never_stored() {
    let app = TestApp::on(Kind::Sqlite).charges(250).setting("worker.outage_wait_secs", "1").start();
    app.sandbox.set_faults(&[
        "truncate:p=0.12",
        "invalid-json:p=0.12",
        "html:p=0.1",
        "html:status=500,p=0.1",
    ]);
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.sandbox.set_faults(&[]);
    assert_as_if_undisturbed(&app, &linked, 0);
}

/// Lists that every run reads whole.
const READ_WHOLE: [&str; 8] =
    ["customers", "products", "prices", "charges", "refunds", "disputes", "invoices", "subscriptions"];

/// B-13: every object lacks a field, or has one of another type, or words and fields that nobody knows. Each is kept as it
/// came; what can't be mapped is said, and mended by the next run.
#[test]
fn b13_objects_whose_shape_has_changed_are_all_kept_and_right_after_the_next_run() {
    let app = TestApp::on(Kind::Sqlite).charges(220).start();
    let faults = |kind: &str| READ_WHOLE.map(|resource| format!("{kind}:resource={resource}"));
    let set = |kind: &str| app.sandbox.set_faults(&faults(kind).each_ref().map(String::as_str));
    set("missing-fields");
    let linked = app.link("Toft Stores", 0);
    for kind in ["missing-fields", "retyped-fields", "unknown-enum", "extra-fields"] {
        set(kind);
        if kind != "missing-fields" {
            ask_for_everything(&app, &linked);
        }
        for dataset in app.wait_for_sync(&linked, RUN) {
            let status = dataset["status"].as_str().unwrap();
            assert!(["Complete", "MapError"].contains(&status), "{kind}: {dataset}");
        }
        app.sandbox.set_faults(&[]);
        // Deleted customers are not in the list; that they are deleted may be the field that is missing.
        for resource in ["charges", "customers"] {
            let query = format!(
                "SELECT id AS value FROM source_objects WHERE resource = '{resource}' AND NOT deleted"
            );
            let stored: BTreeSet<String> = app.database.texts(&query).into_iter().collect();
            let at_stripe = truth::by_id(&app.sandbox.list(0, resource));
            let lost: Vec<&String> = at_stripe.keys().filter(|id| !stored.contains(*id)).collect();
            assert!(lost.is_empty() && !at_stripe.is_empty(), "{kind}: {resource} {lost:?}");
            assert!(resource == "customers" || stored.len() == at_stripe.len(), "{kind}: {resource}");
        }
    }
    assert_mended(&app, &linked);
}

/// The ledger never changes, so that later runs read only what is new of it: unless something of it could not be mapped.
#[test]
fn b13_a_ledger_that_could_not_be_mapped_is_read_whole_by_the_next_run() {
    let app = TestApp::on(Kind::Sqlite).charges(220).start();
    app.sandbox.set_faults(&["retyped-fields:resource=balance_transactions"]);
    let linked = app.link("Toft Stores", 0);
    let datasets = app.wait_for_sync(&linked, RUN);
    let ledger = datasets.iter().find(|dataset| dataset["dataType"] == "commerce-transactions").unwrap();
    assert_eq!(ledger["status"], "MapError", "{ledger}");
    app.sandbox.set_faults(&[]);
    assert_mended(&app, &linked);
}

#[track_caller]
fn assert_mended(app: &TestApp, linked: &Linked) {
    ask_for_everything(app, linked);
    let datasets = app.wait_for_sync(linked, RUN);
    let newest = datasets.iter().take(DATA_TYPES);
    newest.for_each(|dataset| assert_eq!(dataset["status"], "Complete", "{dataset}"));
    assert_as_if_undisturbed(app, linked, 0);
}

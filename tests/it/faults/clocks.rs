//! B-05: clocks that disagree.

use super::{RUN, assert_equals_stripe};
use crate::support::app::TestApp;
use crate::support::database::Kind;
use crate::support::{on_both_databases, wait};
use serde_json::json;

on_both_databases![b05_a_worker_whose_clock_is_an_hour_off_stripes_reads_the_same];

fn b05_a_worker_whose_clock_is_an_hour_off_stripes_reads_the_same(kind: Kind) {
    for skew_secs in [-3600, 3600] {
        let app = TestApp::on(kind).charges(220).sandbox(&["--clock-skew", &skew_secs.to_string()]).start();
        let linked = app.link("Toft Stores", 0);
        app.synced(&linked, RUN);
        assert_equals_stripe(&app, &linked, 0);
        // What is known of an object is dated by Stripe's clock.
        let seen = "SELECT CAST(MAX(observed_to_ms) AS TEXT) AS value FROM source_objects";
        let off_ms = app.database.number(seen) - app.sandbox.now_secs() * 1000;
        assert!((-60_000..=5_000).contains(&off_ms), "{off_ms} ms off Stripe's clock");

        let customers = app.sandbox.list(0, "customers");
        let id = |n: usize| customers[n]["id"].as_str().unwrap();
        app.sandbox.update(0, "customers", id(1), &json!({ "name": "Marlow & Daughters" }));
        app.sandbox.remove(0, "customers", id(2));
        app.sandbox.charge(0, 4_200);
        app.refresh(&linked, RUN);
        assert_equals_stripe(&app, &linked, 0);
        let path = format!("{}/{}", app.data_path(&linked, "commerce-customers"), id(1));
        assert_eq!(app.developer.get(&path).expect(200).json()["customerName"], "Marlow & Daughters");
    }
}

/// Stripe's clock leaps an hour in the middle of a run, and what happens afterwards is still newer.
#[test]
fn b05_a_clock_that_leaps_in_the_middle_of_a_run_loses_nothing() {
    let app = TestApp::on(Kind::Sqlite).charges(600).sandbox(&["--latency-ms", "10"]).start();
    let linked = app.link("Toft Stores", 0);
    wait::until("a page is stored", RUN, || (app.pages(&linked) > 1).then_some(()));
    app.sandbox.advance(3600);
    app.synced(&linked, RUN);
    let customers = app.sandbox.list(0, "customers");
    let renamed = customers[1]["id"].as_str().unwrap();
    app.sandbox.update(0, "customers", renamed, &json!({ "name": "Marlow & Daughters" }));
    app.refresh(&linked, RUN);
    assert_equals_stripe(&app, &linked, 0);
    let path = format!("{}/{renamed}", app.data_path(&linked, "commerce-customers"));
    assert_eq!(app.developer.get(&path).expect(200).json()["customerName"], "Marlow & Daughters");
}

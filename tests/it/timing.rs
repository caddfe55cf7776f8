//! Pausing, resuming and cancelling, and pulling at a time of day (rule E11), from the API to what is stored.

use crate::support::actors::Developer;
use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::http::Answer;
use crate::support::{on_both_databases, truth, wait};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases![
    e11_a_read_that_is_paused_survives_a_kill_and_goes_on_where_it_was,
    e11_a_read_that_is_cancelled_ends_as_such_and_the_next_one_reads_everything,
    e11_data_is_pulled_at_its_time_of_day,
];

const RUN: Duration = Duration::from_secs(180);
const CHARGES: usize = 900;

/// An installation that reads slowly enough to be interrupted.
fn slow(kind: Kind) -> TestApp {
    TestApp::on(kind)
        .charges(CHARGES)
        .sandbox(&["--latency-ms", "60"])
        .setting("worker.pages_per_commit", "1")
        .setting("worker.lease_secs", "2")
        .start()
}

fn below(linked: &Linked, rest: &str) -> String {
    format!("/tributary/v1/companies/{}/connections/{}/{rest}", linked.company_id, linked.connection_id)
}

fn control(app: &TestApp, linked: &Linked, what: &str) -> Value {
    app.developer.post(&below(linked, what), &Value::Null).expect(200).json()
}

fn stored(app: &TestApp) -> i64 {
    app.database
        .number("SELECT CAST(COUNT(*) AS TEXT) AS value FROM source_objects WHERE resource = 'charges'")
}

/// Waits until some charges are stored, and not all of them.
fn in_the_middle(app: &TestApp) {
    wait::until("charges are being stored", RUN, || (stored(app) > 0).then_some(()));
}

fn pages(app: &TestApp) -> i64 {
    let of_charges = "SELECT CAST(SUM(pages) AS TEXT) AS value FROM windows WHERE resource = 'charges'";
    app.database.number(of_charges)
}

fn e11_a_read_that_is_paused_survives_a_kill_and_goes_on_where_it_was(kind: Kind) {
    let mut app = slow(kind);
    let linked = app.link("Toft Stores", 0);
    in_the_middle(&app);
    let paused = control(&app, &linked, "pause");
    assert_eq!(paused["isPaused"], true);
    // The lease was taken away with the same transaction: nothing can be stored any more.
    let before = stored(&app);
    assert!(before < CHARGES as i64, "all was read before it could be paused");
    let queue = format!("/companies/{}/data/queue/commerce-payments", linked.company_id);
    let refused = app.developer.post(&queue, &Value::Null).expect(400).json();
    assert!(refused["error"].as_str().unwrap().starts_with("ConnectionPausedException: "), "{refused}");

    app.kill();
    app.serve(&[]);
    // Others are read meanwhile, so the worker was there to take it up.
    let other = app.link("Quay Coffee", 1);
    app.synced(&other, RUN);
    let of_first = format!(
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM source_objects WHERE resource = 'charges' AND connection_no = \
         (SELECT no FROM connections WHERE id = '{}')",
        linked.connection_id
    );
    assert_eq!(app.database.number(&of_first), before);

    assert_eq!(control(&app, &linked, "resume")["isPaused"], false);
    app.synced(&linked, RUN);
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));
    let read_twice = pages(&app) - 2 * i64::try_from(CHARGES.div_ceil(100)).unwrap();
    assert!(read_twice <= 4, "{read_twice} pages were read again");
}

fn e11_a_read_that_is_cancelled_ends_as_such_and_the_next_one_reads_everything(kind: Kind) {
    let app = slow(kind);
    let linked = app.link("Toft Stores", 0);
    in_the_middle(&app);
    let cancelled = control(&app, &linked, "cancel")["datasets"].as_array().unwrap().clone();
    assert!(!cancelled.is_empty());
    assert!(cancelled.iter().all(|dataset| dataset["status"] == "Cancelled"), "{cancelled:?}");
    let before = stored(&app);
    let history = app.wait_for_sync(&linked, RUN);
    assert!(history.iter().any(|dataset| dataset["status"] == "Cancelled"));
    assert_eq!(stored(&app), before);
    let told = app.database.texts("SELECT body AS value FROM messages WHERE event_type = 'read.completed'");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("Cancelled"), "{told:?}");
    assert_eq!(control(&app, &linked, "cancel"), json!({ "datasets": [] }));

    let queued = control(&app, &linked, "refresh")["datasets"].as_array().unwrap().len();
    assert!(queued > 0);
    let ended = app.wait_for_sync(&linked, RUN);
    assert!(ended[..queued].iter().all(|dataset| dataset["status"] == "Complete"), "{ended:?}");
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));
    let usage = app.developer.get(&below(&linked, "usage")).expect(200).json();
    assert!(usage["initialReads"].as_i64().unwrap() > 0, "{usage}");
    assert!(usage["otherReads"].as_i64().unwrap() >= 9, "{usage}");
}

/// Puts a time of day that is so many minutes from now.
fn set_minutes_from_now(developer: &Developer, minutes: i64) {
    let now = tributary_core::Clock::system().now();
    let time = now.plus_ms(minutes * 60_000).to_iso();
    let body = json!({ "timeOfDay": time[11..16], "timeZone": "UTC" });
    let put = developer.request("PUT", "/tributary/v1/profile/timetable").json(&body);
    Answer::of(put.send().unwrap()).expect(200);
}

fn e11_data_is_pulled_at_its_time_of_day(kind: Kind) {
    let app = TestApp::on(kind).charges(20).start();
    app.cli.json(&["integration", "set", "yzth", "--continuous", "--enable"]);
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let pulls = app.wait_for_sync(&linked, RUN).len();
    app.database.execute("UPDATE datasets SET completed_ms = completed_ms - 3600000");
    set_minutes_from_now(&app.developer, 120);
    let schedule = app.developer.get(&below(&linked, "schedule")).expect(200).json();
    let now = tributary_core::Clock::system().now();
    assert!(schedule["nextDate"].as_str().unwrap() > now.to_iso().as_str(), "{schedule}");
    set_minutes_from_now(&app.developer, -30);
    let datasets = wait::until("everything is pulled again", RUN, || {
        let datasets = app.wait_for_sync(&linked, RUN);
        (datasets.len() == 2 * pulls).then_some(datasets)
    });
    assert!(datasets.iter().all(|dataset| dataset["status"] == "Complete"), "{datasets:?}");
    let schedule = app.developer.get(&below(&linked, "schedule")).expect(200).json();
    assert!(schedule["nextDate"].as_str().unwrap() > now.to_iso().as_str(), "not at once again: {schedule}");
}

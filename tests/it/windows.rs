//! Lists in parts, many at once (rule E5), and merchants that take turns.

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{dump, on_both_databases, truth, wait};
use serde_json::Value;
use std::time::Duration;

on_both_databases![
    killed_while_long_lists_are_read_in_parts_a_run_ends_in_the_same_rows,
    a_small_merchant_is_served_while_as_many_huge_ones_as_there_are_places_are_read,
];

const RUN: Duration = Duration::from_secs(240);

fn killed_while_long_lists_are_read_in_parts_a_run_ends_in_the_same_rows(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(5_000)
        .sandbox(&["--latency-ms", "20"])
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    let calm = app.link("Undisturbed", 0);
    app.synced(&calm, RUN);
    let split = |linked: &Linked| app.number_of(linked, "COUNT(*)", "windows WHERE n > 0 AND");
    assert!(split(&calm) > 5, "{} windows were split off", split(&calm));
    for resource in truth::LISTS {
        let count = app.sandbox.list(0, resource).len();
        let of =
            |what: &str| app.number_of(&calm, what, &format!("windows WHERE resource = '{resource}' AND"));
        assert_eq!(of("SUM(objects)"), i64::try_from(count).unwrap(), "objects of {resource}");
        let pages_max = i64::try_from(count.div_ceil(100).max(1)).unwrap() + 2 * (of("COUNT(*)") - 1);
        assert!(of("SUM(pages)") <= pages_max, "{} pages of {resource}", of("SUM(pages)"));
    }
    let requests = app.number_of(&calm, "SUM(calls)", "sync_runs WHERE");
    let pages = app.number_of(&calm, "SUM(pages)", "windows WHERE");
    assert!(requests >= pages, "{requests} requests for {pages} pages");

    let killed = app.link("Killed", 0);
    let stored = |app: &TestApp, linked: &Linked| {
        app.number_of(linked, "COALESCE(SUM(pages), 0)", "windows WHERE n > 0 AND")
    };
    for kill in 1..=3 {
        wait::until("pages of split windows are stored, or all is", RUN, || {
            (stored(&app, &killed) > 20 * kill || !app.is_being_read(&killed)).then_some(())
        });
        assert!(kill > 1 || app.is_being_read(&killed), "the first kill strikes a run");
        app.kill();
        app.spawn_serve(&[], &[]);
    }
    app.wait_until_ready();
    app.synced(&killed, RUN);
    let expected = dump::of_connection(&app.database, &calm.connection_id);
    dump::assert_equal("killed", &expected, &dump::of_connection(&app.database, &killed.connection_id));
}

fn a_small_merchant_is_served_while_as_many_huge_ones_as_there_are_places_are_read(kind: Kind) {
    let app = TestApp::on(kind)
        .charges(2_500)
        .sandbox(&["--accounts", "5", "--latency-ms", "60"])
        .setting("worker.poll_ms", "50")
        .setting("worker.connections_at_once", "4")
        .setting("worker.windows_at_once", "2")
        .setting("worker.turn_secs", "1")
        .start();
    let small = app.link("Small", 4);
    app.synced(&small, RUN);
    let huge: Vec<Linked> = (0..4).map(|account| app.link(&format!("Huge {account}"), account)).collect();
    wait::until("every place is taken", RUN, || {
        let is_begun =
            |linked: &&Linked| app.number_of(linked, "COUNT(*)", "windows WHERE pages > 0 AND") > 1;
        huge.iter().all(|linked| is_begun(&linked)).then_some(())
    });
    let path = format!("/companies/{}/data/queue/commerce-companyInfo", small.company_id);
    app.developer.post(&path, &Value::Null).expect(200);
    wait::until("the small one is served", RUN, || (!app.is_being_read(&small)).then_some(()));
    for linked in &huge {
        assert!(app.is_being_read(linked), "a huge one was read to its end before the small one's turn");
    }
    for (account, linked) in huge.iter().enumerate() {
        app.synced(linked, RUN);
        let charges = app.sandbox.list(account, "charges").len();
        let stored = "source_objects WHERE resource = 'charges' AND";
        assert_eq!(app.number_of(linked, "COUNT(*)", stored), i64::try_from(charges).unwrap());
    }
}

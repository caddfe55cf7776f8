//! After an end of any kind the product goes on where it was (B-01, B-04, B-50). `kills` strikes at random moments.

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{on_both_databases, truth, wait};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

on_both_databases![
    after_a_kill_the_run_goes_on_soon_after_its_lease_ran_out,
    stopped_politely_in_a_run_it_goes_on_at_once_after_the_start,
];

const RUN: Duration = Duration::from_secs(180);

/// A worker that dies keeps its lease until that runs out, and no longer (B-04).
fn after_a_kill_the_run_goes_on_soon_after_its_lease_ran_out(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(700)
        .sandbox(&["--latency-ms", "30"])
        .setting("worker.lease_secs", "2")
        .setting("worker.poll_ms", "50")
        .start();
    let linked = app.link("Toft Stores", 0);
    wait::until("a page is stored", RUN, || (app.pages(&linked) > 2).then_some(()));
    app.kill();
    let (stored, run) = (app.pages(&linked), runs(&app, &linked));
    app.serve(&[]);
    let restarted = Instant::now();
    wait::until("another page is stored", Duration::from_secs(30), || {
        (app.pages(&linked) > stored).then_some(())
    });
    assert!(restarted.elapsed() < Duration::from_secs(12), "{:?} after the start", restarted.elapsed());
    app.synced(&linked, RUN);
    assert_eq!(runs(&app, &linked), run, "the same run was finished, no second one made");
}

/// SIGTERM ends politely, gives the lease back, and loses nothing either (B-50).
fn stopped_politely_in_a_run_it_goes_on_at_once_after_the_start(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(700)
        .sandbox(&["--latency-ms", "30"])
        .setting("worker.lease_secs", "600")
        .start();
    let linked = app.link("Toft Stores", 0);
    wait::until("a page is stored", RUN, || (app.pages(&linked) > 0).then_some(()));
    app.stop();
    app.serve(&[]);
    app.synced(&linked, RUN);
    let charges = truth::ids(&app.sandbox.list(0, "charges"));
    let payments = truth::ids(&app.developer.list(&app.data_path(&linked, "commerce-payments"), 5000));
    assert!(charges.is_subset(&payments));
}

fn runs(app: &TestApp, linked: &Linked) -> BTreeSet<String> {
    let query = format!(
        "SELECT id AS value FROM sync_runs WHERE connection_no = (SELECT no FROM connections WHERE id = '{}')",
        linked.connection_id
    );
    app.database.texts(&query).into_iter().collect()
}

//! kill -9 at any moment (B-01): the product goes on where it was, and ends where it would have ended.

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{dump, on_both_databases, truth, wait};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

on_both_databases![
    killed_again_and_again_it_ends_in_the_same_rows,
    after_a_kill_the_run_goes_on_soon_after_its_lease_ran_out,
    stopped_politely_in_a_run_it_goes_on_at_once_after_the_start,
];

const RUN: Duration = Duration::from_secs(180);

/// Random numbers from a printed seed, so that a failure can be tried again: `TRIBUTARY_KILL_SEED`.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let seed = std::env::var("TRIBUTARY_KILL_SEED").ok().and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
        eprintln!("TRIBUTARY_KILL_SEED={seed}");
        Dice(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Pages that all runs of the connection have stored: it only ever grows.
fn pages(app: &TestApp, linked: &Linked) -> i64 {
    app.database.number(&format!(
        "SELECT CAST(COALESCE(SUM(pages), 0) AS TEXT) AS value FROM windows \
         WHERE connection_no = (SELECT no FROM connections WHERE id = '{}')",
        linked.connection_id
    ))
}

fn has_active_datasets(app: &TestApp, linked: &Linked) -> bool {
    let query = format!(
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM datasets WHERE active \
         AND connection_no = (SELECT no FROM connections WHERE id = '{}')",
        linked.connection_id
    );
    app.database.number(&query) > 0
}

/// Half of the kills strike while `serve` starts, half a random while after a page was stored. The number is
/// `TRIBUTARY_KILLS`, 10 unless told.
fn killed_again_and_again_it_ends_in_the_same_rows(kind: Kind) {
    let kills: u64 = std::env::var("TRIBUTARY_KILLS").ok().map_or(10, |text| text.parse().unwrap());
    let mut dice = Dice::new();
    let mut app = TestApp::on(kind)
        .charges(700)
        .sandbox(&["--latency-ms", "10"])
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    let calm = app.link("Undisturbed", 0);
    app.synced(&calm, RUN);
    let expected = dump::of_connection(&app.database, &calm.connection_id);

    let killed = app.link("Killed", 0);
    let mut in_the_middle = 0;
    for kill in 0..kills {
        if kill % 2 == 0 {
            let seen = pages(&app, &killed);
            wait::until("a page is stored, or all are", RUN, || {
                (pages(&app, &killed) > seen || !has_active_datasets(&app, &killed)).then_some(())
            });
            std::thread::sleep(Duration::from_millis(dice.below(200)));
        } else {
            std::thread::sleep(Duration::from_millis(dice.below(600)));
        }
        in_the_middle += u64::from(has_active_datasets(&app, &killed));
        app.kill();
        app.spawn_serve(&[], &[]);
        if !has_active_datasets(&app, &killed) {
            app.wait_until_ready();
            let path = format!("/companies/{}/data/all", killed.company_id);
            app.developer.post(&path, &serde_json::Value::Null).expect(204);
        }
    }
    app.wait_until_ready();
    app.synced(&killed, RUN);
    assert!(in_the_middle * 2 >= kills, "only {in_the_middle} of {kills} kills struck a run");
    dump::assert_equal("killed", &expected, &dump::of_connection(&app.database, &killed.connection_id));
    assert_eq!(app.sums(&killed), truth::balance(&app.sandbox.balance(0)));
}

/// A worker that dies keeps its lease until that runs out, and no longer (B-04).
fn after_a_kill_the_run_goes_on_soon_after_its_lease_ran_out(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(700)
        .sandbox(&["--latency-ms", "30"])
        .setting("worker.lease_secs", "2")
        .setting("worker.poll_ms", "50")
        .start();
    let linked = app.link("Toft Stores", 0);
    wait::until("a page is stored", RUN, || (pages(&app, &linked) > 2).then_some(()));
    app.kill();
    let (stored, run) = (pages(&app, &linked), runs(&app, &linked));
    app.serve(&[]);
    let restarted = Instant::now();
    wait::until("another page is stored", Duration::from_secs(30), || {
        (pages(&app, &linked) > stored).then_some(())
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
    wait::until("a page is stored", RUN, || (pages(&app, &linked) > 0).then_some(()));
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

//! kill -9 at random moments (B-01, D-01), while the account lives: it ends as if nobody had been killed.
//!
//! `TRIBUTARY_KILLS=1000 ./test.sh kills` kills a thousand times on each database. `TRIBUTARY_KILL_SEED` repeats the
//! moments and the changes of a run that failed, as far as the machine allows.

use crate::events;
use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{dump, on_both_databases, truth, wait};
use serde_json::json;
use std::time::{Duration, Instant};

on_both_databases![
    killed_again_and_again_while_the_account_lives_it_ends_in_the_same_rows,
    killed_again_and_again_while_events_come_nothing_is_lost,
];

const RUN: Duration = Duration::from_secs(180);

/// How often it is killed unless told.
const KILLS: u64 = 10;

/// Random numbers from a printed seed, so that a failure can be tried again.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let seed = number("TRIBUTARY_KILL_SEED").unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
        eprintln!("TRIBUTARY_KILL_SEED={seed}");
        Dice(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    fn ms(&mut self, limit: usize) -> Duration {
        Duration::from_millis(self.below(limit) as u64)
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// A few things happen to the account.
fn live(app: &TestApp, dice: &mut Dice) {
    for _ in 0..dice.below(4) {
        let customers = app.sandbox.list(0, "customers");
        let customer = customers[dice.below(customers.len())]["id"].as_str().unwrap();
        match dice.below(6) {
            0 => drop(app.sandbox.charge(0, 1_000 + i64::try_from(dice.below(9_000)).unwrap())),
            1 if customers.len() > 50 => app.sandbox.remove(0, "customers", customer),
            _ => {
                let name = json!({ "name": format!("Customer {}", dice.below(1_000_000)) });
                app.sandbox.update(0, "customers", customer, &name);
            }
        }
    }
}

/// Half of the kills strike while `serve` starts, half a random while after a page was stored.
fn killed_again_and_again_while_the_account_lives_it_ends_in_the_same_rows(kind: Kind) {
    let kills = number("TRIBUTARY_KILLS").unwrap_or(KILLS);
    let mut dice = Dice::new();
    let mut app = TestApp::on(kind)
        .charges(700)
        .sandbox(&["--latency-ms", "10"])
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    let killed = app.link("Killed", 0);
    let (mut in_the_middle, began) = (0, Instant::now());
    for kill in 0..kills {
        if kill % 2 == 0 {
            let seen = app.pages(&killed);
            wait::until("a page is stored, or all are", RUN, || {
                (app.pages(&killed) > seen || !app.is_being_read(&killed)).then_some(())
            });
            live(&app, &mut dice);
            std::thread::sleep(dice.ms(200));
        } else {
            std::thread::sleep(dice.ms(600));
        }
        in_the_middle += u64::from(app.is_being_read(&killed));
        app.kill();
        app.spawn_serve(&[], &[]);
        if !app.is_being_read(&killed) {
            app.wait_until_ready();
            let path = format!("/companies/{}/data/all", killed.company_id);
            app.developer.post(&path, &serde_json::Value::Null).expect(204);
        }
    }
    eprintln!("{kills} kills, {in_the_middle} of them in a run, in {:?}", began.elapsed());
    app.wait_until_ready();
    app.synced(&killed, RUN);
    assert!(in_the_middle * 2 >= kills, "only {in_the_middle} of {kills} kills struck a run");
    // What happened to the account while a run read it is in the next one.
    app.refresh(&killed, RUN);
    assert_as_undisturbed(&app, &killed, &[]);
}

/// The rows are those of another connection that nobody disturbs, but for some tables, and sum to Stripe's balance.
#[track_caller]
fn assert_as_undisturbed(app: &TestApp, killed: &Linked, but_for: &[&str]) {
    let calm = app.link("Undisturbed", 0);
    app.synced(&calm, RUN);
    let rows = |linked: &Linked| {
        let mut rows = dump::living_of_connection(&app.database, &linked.connection_id);
        rows.retain(|table, _| !but_for.contains(&table.as_str()));
        rows
    };
    dump::assert_equal("killed", &rows(&calm), &rows(killed));
    assert_eq!(app.sums(killed), truth::balance(&app.sandbox.balance(0)));
}

/// No run helps: what happens is told by webhooks, which Stripe repeats where nobody answered, and by the list of events
/// where it has given up.
fn killed_again_and_again_while_events_come_nothing_is_lost(kind: Kind) {
    let kills = number("TRIBUTARY_KILLS").unwrap_or(KILLS);
    let mut dice = Dice::new();
    let mut app = events::listening(TestApp::on(kind).charges(300).setting("worker.lease_secs", "1"));
    let killed = app.link("Killed", 0);
    app.synced(&killed, RUN);
    app.wait_until_listed();
    let runs_before = events::runs(&app);
    for _ in 0..kills {
        live(&app, &mut dice);
        app.sandbox.hurry_deliveries();
        std::thread::sleep(dice.ms(300));
        app.kill();
        app.spawn_serve(&[], &[]);
        // The others strike while it starts.
        if dice.below(2) == 0 {
            app.wait_until_ready();
        }
    }
    app.wait_until_ready();
    events::wait_until_acknowledged(&app);
    events::list_now(&app);
    app.wait_until_listed();
    events::wait_until_applied(&app);
    assert_eq!(events::runs(&app), runs_before, "no run brought it");
    events::assert_equals_stripe(&app);
    // Stripe tells of a balance only when some of it becomes available, and never how often a coupon was redeemed: runs
    // read both.
    assert_as_undisturbed(&app, &killed, &["balances", "source_objects"]);
}

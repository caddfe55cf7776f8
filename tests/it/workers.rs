//! Several workers on one PostgreSQL database (B-03). SQLite has one serving process, which is a test of its own.

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::process::Signal;
use crate::support::{dump, truth, wait};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use std::time::Duration;

const RUN: Duration = Duration::from_secs(180);

fn lease(app: &TestApp, linked: &Linked, column: &str) -> String {
    let query = format!(
        "SELECT COALESCE({column}::text, '') AS value FROM leases \
         WHERE connection_no = (SELECT no FROM connections WHERE id = '{}')",
        linked.connection_id
    );
    app.database.texts(&query).remove(0)
}

/// Where in its work a worker is frozen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frozen {
    BetweenCommits,
    /// Behind the statement that writes to this table; for COPY that is before its rows were sent.
    WithinACommitAt(&'static str),
}

/// Freezes the worker in that place.
fn freeze(app: &mut TestApp, worker: usize, place: Frozen) {
    match place {
        Frozen::BetweenCommits => freeze_between_commits(app, worker),
        Frozen::WithinACommitAt(table) => freeze_at(app, worker, table),
    }
}

/// How many of the worker's sessions are in this state.
fn sessions(app: &TestApp, id: u32, state: &str) -> i64 {
    app.database.number(&format!(
        "SELECT count(*)::text AS value FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'tributary {id}' AND {state}"
    ))
}

/// Lets the worker run on and tries again until it is caught outside a transaction.
fn freeze_between_commits(app: &mut TestApp, worker: usize) {
    let id = app.process(worker).id();
    wait::until("the worker is frozen between commits", RUN, || {
        app.process(worker).signal(Signal::Stop);
        wait::until("the server has answered it", wait::SOON, || {
            let working = "state = 'active' AND wait_event IS DISTINCT FROM 'ClientRead'";
            (sessions(app, id, working) == 0).then_some(())
        });
        if sessions(app, id, "state <> 'idle'") == 0 {
            return Some(());
        }
        app.process(worker).signal(Signal::Cont);
        None
    });
}

/// Lets the worker's commit run into a locked table, and freezes it before the table is free again.
fn freeze_at(app: &mut TestApp, worker: usize, table: &str) {
    let id = app.process(worker).id();
    let mut lock = PgConnection::establish(app.database.url()).unwrap();
    lock.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN SHARE MODE")).unwrap();
    wait::until("the worker waits for the table", RUN, || {
        // Not for the lease's row, as what goes on beside the commit does.
        (sessions(app, id, "wait_event = 'relation'") > 0).then_some(())
    });
    app.process(worker).signal(Signal::Stop);
    lock.batch_execute("ROLLBACK").unwrap();
    wait::until("the server waits for the worker", wait::SOON, || {
        (sessions(app, id, "state <> 'idle' AND wait_event = 'ClientRead'") > 0).then_some(())
    });
}

/// Frozen past its lease, replaced, and thawed, a worker writes nothing any more, and says one of `refused`.
fn a_frozen_worker_is_replaced(place: Frozen, refused: &[&str]) {
    let mut app = TestApp::on(Kind::Postgres)
        .charges(900)
        .sandbox(&["--latency-ms", "20"])
        // One list after the other: so that there is a middle to freeze it in.
        .setting("worker.windows_at_once", "1")
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .prepare();
    app.serve(&["--only", "api,link"]);
    // The server ends a transaction that idles for so long.
    let separator = if app.database.url().contains('?') { '&' } else { '?' };
    let options = "options=-c%20idle_in_transaction_session_timeout%3D2s";
    let url = format!("{}{separator}{options}", app.database.url());
    let paused = app.spawn_serve(&["--only", "worker"], &[("database.url", &url)]);
    let linked = app.link("Toft Stores", 0);
    wait::until("a page is stored", RUN, || (app.pages(&linked) > 1).then_some(()));
    freeze(&mut app, paused, place);
    let epoch = lease(&app, &linked, "epoch");

    app.spawn_serve(&["--only", "worker"], &[]);
    wait::until("another worker takes over", RUN, || (lease(&app, &linked, "epoch") != epoch).then_some(()));
    let stored = app.pages(&linked);
    wait::until("the other worker stores pages", RUN, || (app.pages(&linked) > stored).then_some(()));

    app.process(paused).signal(Signal::Cont);
    wait::until("the thawed worker learns that it was replaced", RUN, || {
        let log = std::fs::read_to_string(&app.process(paused).log).unwrap();
        refused.iter().any(|words| log.contains(words)).then_some(())
    });
    app.synced(&linked, RUN);

    let calm = app.link("Undisturbed", 0);
    app.synced(&calm, RUN);
    dump::assert_equal(
        "replaced in the middle",
        &dump::of_connection(&app.database, &calm.connection_id),
        &dump::of_connection(&app.database, &linked.connection_id),
    );
}

/// What a worker says whose write was refused, and one whose transaction was ended. What a worker does beside a commit that
/// was ended may be refused before that one is noticed.
const REFUSED: &str = "the lease was lost and the write refused";
const INTERRUPTED: &str = "work on a connection was interrupted and will be taken up again";

/// Its next commit is refused, since its epoch is over.
#[test]
fn a_paused_worker_that_was_replaced_has_its_write_refused() {
    a_frozen_worker_is_replaced(Frozen::BetweenCommits, &[REFUSED, INTERRUPTED]);
}

/// Its commit was rolled back by the server, which let go of the lease's row.
#[test]
fn a_worker_frozen_within_a_commit_is_replaced_and_the_commit_undone() {
    let place = Frozen::WithinACommitAt("windows");
    a_frozen_worker_is_replaced(place, &[INTERRUPTED, REFUSED]);
}

/// To the server, a worker that owes it rows isn't idle.
#[test]
fn a_worker_frozen_while_it_sends_rows_is_replaced_and_the_commit_undone() {
    let place = Frozen::WithinACommitAt("source_objects");
    a_frozen_worker_is_replaced(place, &[INTERRUPTED, REFUSED]);
}

/// Each page of each list is fetched and stored exactly once, however many workers there are.
#[test]
fn two_workers_never_store_the_same_page_twice() {
    let mut app = TestApp::on(Kind::Postgres)
        .charges(450)
        .sandbox(&["--accounts", "4", "--latency-ms", "5"])
        .setting("worker.poll_ms", "20")
        .prepare();
    app.serve(&["--only", "api,link"]);
    app.spawn_serve(&["--only", "worker"], &[("worker.connections_at_once", "1")]);
    app.spawn_serve(&["--only", "worker"], &[("worker.connections_at_once", "1")]);
    let linked: Vec<Linked> =
        (0..4).map(|account| app.link(&format!("Company {account}"), account)).collect();
    for (account, linked) in linked.iter().enumerate() {
        app.synced(linked, RUN);
        for resource in truth::LISTS {
            let count = app.sandbox.list(account, resource).len();
            let sum = |column: &str| {
                app.database.number(&format!(
                    "SELECT SUM({column})::text AS value FROM windows WHERE resource = '{resource}' \
                     AND connection_no = (SELECT no FROM connections WHERE id = '{}')",
                    linked.connection_id
                ))
            };
            assert_eq!(sum("objects"), i64::try_from(count).unwrap(), "objects of {resource}");
            // A list that is read in parts ends each of them with a page that needn't be full.
            let fewest = i64::try_from(count.div_ceil(100).max(1)).unwrap();
            assert!(sum("pages") < fewest + sum("1"), "pages of {resource}: {} of {fewest}", sum("pages"));
        }
    }
}

/// Ten processes that start at once on an empty database migrate it once (B-53).
#[test]
fn ten_processes_that_migrate_at_once_make_one_schema() {
    let app = TestApp::on(Kind::Postgres).charges(10).prepare();
    let fresh = crate::support::database::TestDatabase::create(Kind::Postgres, &app.scratch);
    let cli = app.cli.with("database.url", fresh.url());
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..10).map(|_| scope.spawn(|| cli.run(&["migrate"]))).collect();
        for migrated in started {
            let migrated = migrated.join().unwrap();
            assert_eq!(migrated.code, 0, "{}", migrated.stderr);
        }
    });
    assert_eq!(fresh.tables(), app.database.tables());
}

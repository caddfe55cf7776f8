//! B-30: the database goes away in the middle of a run, again and again.

use super::{RUN, assert_as_if_undisturbed};
use crate::support::app::TestApp;
use crate::support::cluster::Cluster;
use crate::support::database::Kind;
use crate::support::wait;
use std::time::{Duration, Instant};

/// How often the server is killed.
const RESTARTS: usize = 4;

/// The server is shut down without any politeness and started anew. What was committed counts, what wasn't is done again,
/// and the API says that it can't answer instead of breaking.
#[test]
fn b30_a_postgres_server_that_is_restarted_again_and_again_loses_and_doubles_nothing() {
    let cluster = Cluster::start();
    let app = TestApp::on(Kind::Postgres)
        .server(&cluster.url())
        .charges(700)
        .sandbox(&["--latency-ms", "20"])
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    let linked = app.link("Toft Stores", 0);
    for _ in 0..RESTARTS {
        let stored = app.pages(&linked);
        let companies = || app.developer.get("/companies").status;
        wait::until("a page is stored", RUN, || (app.pages(&linked) > stored).then_some(()));
        std::thread::scope(|scope| {
            let restart = scope.spawn(|| cluster.restart_at_once());
            while !restart.is_finished() {
                let status = companies();
                assert!([200, 503].contains(&status), "{status} while the database restarts");
            }
        });
        let up = Instant::now();
        wait::until("the API answers again", wait::SOON, || (companies() == 200).then_some(()));
        assert!(up.elapsed() < Duration::from_secs(5), "{:?} after the server was up", up.elapsed());
    }
    app.synced(&linked, RUN);
    assert_as_if_undisturbed(&app, &linked, 0);
}

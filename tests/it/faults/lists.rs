//! Lists that change while they are read.

use super::{RUN, ask_for_everything, assert_as_if_undisturbed};
use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{on_both_databases, wait};

on_both_databases![b16_a_cursor_whose_object_is_deleted_in_the_middle_of_a_run_is_gone_on_from];

/// Where the open windows over customers stand.
fn cursors(app: &TestApp, linked: &Linked) -> Vec<String> {
    app.database.texts(&format!(
        "SELECT cursor AS value FROM windows WHERE resource = 'customers' AND state = 'open' \
         AND cursor IS NOT NULL AND connection_no = (SELECT no FROM connections WHERE id = '{}')",
        linked.connection_id
    ))
}

/// The run stands after the first page of customers, is killed there, and finds its cursor deleted when it goes on.
fn b16_a_cursor_whose_object_is_deleted_in_the_middle_of_a_run_is_gone_on_from(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(900)
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    assert!(app.sandbox.list(0, "customers").len() > 150, "one page proves nothing");
    app.sandbox.set_faults(&["hang:resource=customers,after=1"]);
    let linked = app.link("Toft Stores", 0);
    let stored = wait::until("a page of customers is stored", RUN, || {
        Some(cursors(&app, &linked)).filter(|cursors| !cursors.is_empty())
    });
    app.kill();
    for id in &stored {
        app.sandbox.remove(0, "customers", id);
    }
    app.sandbox.set_faults(&[]);
    let refused = app.sandbox.answers(400);
    app.serve(&[]);
    app.synced(&linked, RUN);
    assert!(app.sandbox.answers(400) > refused, "the deleted cursor was never used");
    // What was stored before it was deleted is buried by the next run, or by the event.
    ask_for_everything(&app, &linked);
    app.synced(&linked, RUN);
    assert_as_if_undisturbed(&app, &linked, 0);
}

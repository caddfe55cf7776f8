//! Every fault by its name, end to end: what goes wrong at Stripe, in the database or in time, and that afterwards all
//! is as if it had not. docs/testing.md lists the faults with their tests.

mod access;
mod answers;
mod clocks;
mod limits;
mod lists;
mod restarts;

use crate::support::app::{Linked, TestApp};
use crate::support::{dump, truth};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a run of a few hundred charges may take on a busy machine, faults included.
const RUN: Duration = Duration::from_secs(180);

/// Every list holds exactly what Stripe's list holds, and the ledger sums to Stripe's balance.
#[track_caller]
fn assert_equals_stripe(app: &TestApp, linked: &Linked, account: usize) {
    for resource in truth::LISTS {
        let query = format!(
            "SELECT id AS value FROM source_objects WHERE resource = '{resource}' AND NOT deleted \
             AND connection_no = (SELECT no FROM connections WHERE id = '{}')",
            linked.connection_id
        );
        let stored: BTreeSet<String> = app.database.texts(&query).into_iter().collect();
        assert_eq!(stored, truth::ids(&app.sandbox.list(account, resource)), "{resource}");
    }
    assert_eq!(app.sums(linked), truth::balance(&app.sandbox.balance(account)));
}

/// As [`assert_equals_stripe`], and every living row is what a connection of the same account has that met no fault. The faults
/// must be over.
#[track_caller]
fn assert_as_if_undisturbed(app: &TestApp, linked: &Linked, account: usize) {
    assert_equals_stripe(app, linked, account);
    let calm = app.link("Undisturbed", account);
    app.synced(&calm, RUN);
    let rows = |linked: &Linked| dump::living_of_connection(&app.database, &linked.connection_id);
    dump::assert_equal("after the faults", &rows(&calm), &rows(linked));
}

/// Asks for every data type.
fn ask_for_everything(app: &TestApp, linked: &Linked) {
    let path = format!("/companies/{}/data/all", linked.company_id);
    app.developer.post(&path, &serde_json::Value::Null).expect(204);
}

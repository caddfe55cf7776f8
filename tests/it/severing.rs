//! Unlinking and deleting: what is gone at once, what is gone in the end, and what Stripe is told.

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::http::Answer;
use crate::support::{dump, on_both_databases, wait};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases![
    e09_a_company_deleted_in_the_middle_of_a_read_leaves_nothing_behind_even_after_a_kill,
    e15_an_authorization_ends_at_stripe_with_the_last_connection_that_uses_it_and_can_be_given_again,
];

const RUN: Duration = Duration::from_secs(180);

/// What is told of a connection outlives it.
const TOLD: [&str; 3] = ["messages", "deliveries", "delivery_lanes"];

fn delete(app: &TestApp, path: &str) -> Answer {
    Answer::of(app.developer.request("DELETE", path).send().unwrap())
}

fn unlink(app: &TestApp, linked: &Linked) -> Answer {
    let path = format!("/companies/{}/connections/{}", linked.company_id, linked.connection_id);
    Answer::of(app.developer.request("PATCH", &path).json(&json!({ "status": "Unlinked" })).send().unwrap())
}

/// Tables that still hold rows with this value in a column of this name.
fn left(app: &TestApp, column: &str, value: &str) -> Vec<String> {
    let tables = app.database.tables().into_iter().filter(|table| !TOLD.contains(&table.as_str()));
    let with = tables.filter(|table| app.database.columns(table).iter().any(|name| name == column));
    with.filter(|table| {
        let query = format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM {table} WHERE {column} = {value}");
        app.database.number(&query) > 0
    })
    .collect()
}

fn e09_a_company_deleted_in_the_middle_of_a_read_leaves_nothing_behind_even_after_a_kill(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(900)
        .sandbox(&["--latency-ms", "20"])
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    let stays = app.link("Stays", 0);
    app.synced(&stays, RUN);
    let expected = dump::of_connection(&app.database, &stays.connection_id);

    let gone = app.link("Gone", 0);
    let no = app.database.number(&format!(
        "SELECT CAST(no AS TEXT) AS value FROM connections WHERE id = '{}'",
        gone.connection_id
    ));
    wait::until("charges are being stored", RUN, || {
        let count = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM payments";
        (app.database.number(&format!("{count} WHERE connection_no = {no}")) > 0).then_some(())
    });
    let company = format!("/companies/{}", gone.company_id);
    delete(&app, &company).expect(204);
    app.kill();
    app.serve(&[]);
    delete(&app, &company).expect(404);
    app.developer.get(&company).expect(404);
    app.developer.get(&app.data_path(&gone, "commerce-payments")).expect(404);
    for page in [gone.link_url.clone(), format!("{}/company/{}", app.link_url, gone.company_id)] {
        app.merchant().open(&page).expect(404);
    }
    wait::until("nothing is left of the connection", RUN, || {
        left(&app, "connection_no", &no.to_string()).is_empty().then_some(())
    });
    assert_eq!(left(&app, "company_id", &format!("'{}'", gone.company_id)), [""; 0]);
    let told = app.database.texts(&format!(
        "SELECT event_type AS value FROM messages WHERE company_id = '{}' ORDER BY id",
        gone.company_id
    ));
    assert_eq!(told[told.len() - 2..], ["connection.deleted", "company.deleted"]);
    dump::assert_equal(
        "the other company",
        &dump::of_connection(&app.database, &stays.connection_id),
        &expected,
    );
    app.refresh(&stays, RUN);
}

/// Whether the account is connected to the platform at Stripe.
fn is_connected(app: &TestApp, account: &str) -> bool {
    let key = app.sandbox.platform("test")["secret_key"].as_str().unwrap();
    let list = app.sandbox.get(key, "/v1/accounts?limit=100").expect(200).json();
    list["data"].as_array().unwrap().iter().any(|connected| connected["id"] == account)
}

fn e15_an_authorization_ends_at_stripe_with_the_last_connection_that_uses_it_and_can_be_given_again(
    kind: Kind,
) {
    let app = TestApp::on(kind).charges(120).start();
    let account = app.sandbox.account(0).to_owned();
    let (first, second) = (app.link("First", 0), app.link("Second", 0));
    app.synced(&first, RUN);
    app.synced(&second, RUN);
    let payments = app.developer.list(&app.data_path(&first, "commerce-payments"), 1000);

    assert_eq!(unlink(&app, &first).expect(200).json()["status"], "Unlinked");
    let asked = || app.database.number("SELECT CAST(COUNT(*) AS TEXT) AS value FROM revocations");
    assert_eq!(asked(), 0, "the second connection uses it");
    app.refresh(&second, RUN);
    assert!(is_connected(&app, &account));
    assert_eq!(app.developer.list(&app.data_path(&first, "commerce-payments"), 1000), payments);

    let path = format!("/companies/{}/connections/{}", second.company_id, second.connection_id);
    delete(&app, &path).expect(200);
    wait::until("the authorization has ended at Stripe", RUN, || {
        (!is_connected(&app, &account) && asked() == 0).then_some(())
    });

    app.merchant().authorize(&first.link_url, &account, crate::support::actors::Consent::Connect);
    assert_eq!(app.connection(&first)["status"], "Linked");
    assert!(is_connected(&app, &account));
    app.developer.post(&format!("/companies/{}/data/all", first.company_id), &Value::Null).expect(204);
    app.wait_for_sync(&first, RUN);
    let again = app.developer.list(&app.data_path(&first, "commerce-payments"), 1000);
    assert_eq!(again.len(), payments.len());
    assert_eq!(app.connection(&first)["status"], "Linked");
}

/// E10: whichever comes first, nothing is left waiting of a connection that nobody may read. A request that has found the
/// connection Linked stands still before its first row, while Stripe says that the merchant has withdrawn.
#[test]
fn e10_data_that_is_asked_for_while_access_ends_ends_with_it() {
    let app = TestApp::on(Kind::Postgres).charges(10).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.wait_until_listed();
    app.database.execute(
        "CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$; \
         CREATE TRIGGER stand_still BEFORE INSERT ON datasets FOR EACH ROW EXECUTE FUNCTION stand_still()",
    );
    let waits_for = |lock: &str| {
        app.database.number(&format!(
            "SELECT count(*)::text AS value FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = '{lock}'"
        )) > 0
    };
    let mut gate = PgConnection::establish(app.database.url()).unwrap();
    gate.batch_execute("SELECT pg_advisory_lock(1)").unwrap();
    let path = format!("/companies/{}/data/all", linked.company_id);
    std::thread::scope(|scope| {
        let request = scope.spawn(|| app.developer.post(&path, &Value::Null));
        wait::until("the request stands still", wait::SOON, || waits_for("advisory").then_some(()));
        app.sandbox.disconnect(0);
        app.database.execute("UPDATE event_feeds SET poll_ms = 0");
        wait::until("losing access waits for it, or is done", wait::SOON, || {
            (waits_for("transactionid") || app.connection(&linked)["status"] != "Linked").then_some(())
        });
        gate.batch_execute("SELECT pg_advisory_unlock(1)").unwrap();
        request.join().unwrap().expect(204);
    });
    wait::until("access has ended", wait::SOON, || {
        (app.connection(&linked)["status"] == "Deauthorized").then_some(())
    });
    let ended = app.wait_for_sync(&linked, wait::SOON);
    assert_eq!(ended[0]["status"], "AuthError", "{}", ended[0]);
}

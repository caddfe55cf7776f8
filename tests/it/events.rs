//! Stripe's events: what happens there is visible here, by webhook or by asking, once, in order, and without a run.

use crate::support::app::{Builder, Linked, TestApp};
use crate::support::command::variable;
use crate::support::database::Kind;
use crate::support::http::{self, Answer};
use crate::support::{on_both_databases, truth, wait};
use ring::hmac;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

on_both_databases![
    what_happens_at_stripe_is_visible_without_a_run,
    pain_13_events_that_come_twice_and_in_any_order_end_in_stripes_state,
    a80_a82_what_is_forged_or_is_of_another_mode_or_account_changes_nothing,
    b18_a_merchant_who_withdraws_deauthorizes_every_connection_of_the_account,
    b21_an_event_that_overtakes_the_linking_is_applied_afterwards,
    pain_1_what_no_webhook_brought_is_found_by_asking,
    killed_between_the_acknowledgement_and_the_work_nothing_is_lost,
    pain_2_what_happened_while_stripe_kept_no_events_is_read_anew,
    pain_3_pain_4_events_of_another_version_are_read_again_and_erase_nothing,
    a_key_that_may_not_list_events_is_told_so_and_an_endpoint_of_its_own_serves_it,
    one_off_connections_ignore_events,
];

const RUN: Duration = Duration::from_secs(120);

/// An installation in continuous mode that Stripe sends events to.
pub(crate) fn listening(builder: Builder) -> TestApp {
    let mut app = builder.setting("worker.poll_ms", "50").prepare();
    set_integration(&app, "--continuous");
    app.serve(&[]);
    app.sandbox.send_events_to(&events_url(&app));
    app
}

/// Sets the integration again, with the signing secret of the platform's endpoint.
fn set_integration(app: &TestApp, mode: &str) {
    let test = app.sandbox.platform("test");
    let secret_key = app.scratch.file("platform-secret-key", test["secret_key"].as_str().unwrap());
    let webhook_secret = app.scratch.file("webhook-secret", test["webhook_secret"].as_str().unwrap());
    app.cli.json(&[
        "integration",
        "set",
        "yzth",
        "--enable",
        mode,
        "--client-id",
        test["client_id"].as_str().unwrap(),
        "--secret-key-file",
        secret_key.to_str().unwrap(),
        "--webhook-secret-file",
        webhook_secret.to_str().unwrap(),
    ]);
}

/// Where Stripe sends the integration's events.
fn events_url(app: &TestApp) -> String {
    let integration = app.database.texts("SELECT id AS value FROM integrations").remove(0);
    format!("{}/stripe/events/{integration}", app.link_url)
}

fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// An event as Stripe writes it.
fn event(id: &str, account: &str, event_type: &str, object: &Value) -> Value {
    json!({
        "id": id, "object": "event", "account": account, "api_version": "2026-10-28.endive",
        "created": now_secs(), "data": { "object": object }, "livemode": false, "type": event_type,
    })
}

/// Sends an event, signed with a secret.
fn send(url: &str, secret: &str, event: &Value) -> Answer {
    let (body, now) = (event.to_string(), now_secs());
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{now}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = http::client().post(url).header("Stripe-Signature", format!("t={now},v1={hex}"));
    Answer::of(request.body(body).send().unwrap())
}

fn webhook_secret(app: &TestApp) -> String {
    app.sandbox.platform("test")["webhook_secret"].as_str().unwrap().to_owned()
}

/// The connection's records of a type, by id.
fn records(app: &TestApp, linked: &Linked, data_type: &str) -> BTreeMap<String, Value> {
    truth::by_id(&app.developer.list(&app.data_path(linked, data_type), 1000))
}

/// Waits until the connection shows a record.
fn wait_for(app: &TestApp, linked: &Linked, data_type: &str, id: &str) {
    let path = format!("{}/{id}", app.data_path(linked, data_type));
    wait::until(&format!("{id} is visible"), wait::SOON, || {
        (app.developer.get(&path).status == 200).then_some(())
    });
}

/// Waits until every event has been acknowledged. What wasn't within a second, on a busy machine, Stripe sends again;
/// here it does so at once.
pub(crate) fn wait_until_acknowledged(app: &TestApp) {
    wait::until("every event is acknowledged", wait::SOON, || {
        app.sandbox.hurry_deliveries();
        (app.sandbox.deliveries().0 == 0).then_some(())
    });
}

/// Waits until no event waits, and no object is to be read.
pub(crate) fn wait_until_applied(app: &TestApp) {
    wait_until_acknowledged(app);
    wait::until("every event is applied", wait::SOON, || {
        let waiting = app.database.number(
            "SELECT CAST((SELECT COUNT(*) FROM events_inbox WHERE state = 'waiting') \
             + (SELECT COUNT(*) FROM rereads) AS TEXT) AS value",
        );
        (waiting == 0).then_some(())
    });
}

/// Has a connection's events listed now.
pub(crate) fn list_now(app: &TestApp) {
    app.database.execute("UPDATE event_feeds SET poll_ms = 0, problem = NULL");
}

pub(crate) fn runs(app: &TestApp) -> i64 {
    app.database.number("SELECT CAST(COUNT(*) AS TEXT) AS value FROM sync_runs")
}

/// What is stored of every list equals Stripe's, object by object.
#[track_caller]
pub(crate) fn assert_equals_stripe(app: &TestApp) {
    for resource in truth::LISTS {
        let stored = app.database.texts(&format!(
            "SELECT DISTINCT id AS value FROM source_objects WHERE resource = '{resource}' AND NOT deleted"
        ));
        let stored = stored.into_iter().collect();
        assert_eq!(truth::ids(&app.sandbox.list(0, resource)), stored, "{resource}");
    }
}

fn what_happens_at_stripe_is_visible_without_a_run(kind: Kind) {
    let app = listening(TestApp::on(kind).charges(30));
    let (linked, second) = (app.link("Toft Stores", 0), app.link("Toft Stores again", 0));
    app.synced(&linked, RUN);
    app.synced(&second, RUN);
    let runs_before = runs(&app);
    let charge = app.sandbox.charge(0, 4_200);
    wait_for(&app, &linked, "commerce-payments", &charge);
    wait_for(&app, &second, "commerce-payments", &charge);
    wait::until("the ledger's entry of the charge came with it", wait::SOON, || {
        (app.sums(&linked) == truth::balance(&app.sandbox.balance(0))).then_some(())
    });
    let customers = app.sandbox.list(0, "customers");
    let (renamed, removed) = (customers[0]["id"].as_str().unwrap(), customers[1]["id"].as_str().unwrap());
    app.sandbox.update(0, "customers", renamed, &json!({ "name": "Renamed Ltd" }));
    wait::until("the new name is visible", wait::SOON, || {
        let customer = &records(&app, &linked, "commerce-customers")[renamed];
        (customer["customerName"] == "Renamed Ltd").then_some(())
    });
    app.sandbox.remove(0, "customers", removed);
    wait::until("the deleted customer is gone", wait::SOON, || {
        (!records(&app, &linked, "commerce-customers").contains_key(removed)).then_some(())
    });
    wait_until_applied(&app);
    assert_eq!(runs(&app), runs_before, "no run brought it");
    assert_equals_stripe(&app);
    let set_aside = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM events_inbox WHERE state = 'set_aside'";
    assert_eq!(app.database.number(set_aside), 0);
}

fn pain_13_events_that_come_twice_and_in_any_order_end_in_stripes_state(kind: Kind) {
    let app = listening(TestApp::on(kind).charges(30));
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.sandbox.set_faults(&["webhook-duplicate:p=0.3", "webhook-reorder:p=0.5"]);
    let customers: Vec<String> = truth::ids(&app.sandbox.list(0, "customers")).into_iter().take(5).collect();
    for round in 0..4 {
        for id in &customers {
            let name = json!({ "name": format!("{id} of round {round}") });
            app.sandbox.update(0, "customers", id, &name);
        }
    }
    app.sandbox.set_faults(&[]);
    app.sandbox.hurry_deliveries();
    wait_until_applied(&app);
    let stored = records(&app, &linked, "commerce-customers");
    for id in &customers {
        assert_eq!(stored[id]["customerName"], format!("{id} of round 3"));
    }
    let twice = "SELECT CAST(COUNT(*) - COUNT(DISTINCT id) AS TEXT) AS value FROM events_inbox";
    assert_eq!(app.database.number(twice), 0, "each event is kept once");
}

fn a80_a82_what_is_forged_or_is_of_another_mode_or_account_changes_nothing(kind: Kind) {
    let app = listening(TestApp::on(kind).charges(10));
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.wait_until_listed();
    let before = app.database.texts("SELECT id AS value FROM events_inbox ORDER BY 1");
    let (url, secret) = (events_url(&app), webhook_secret(&app));
    let account = app.sandbox.account(0);
    let customer =
        json!({ "id": "cus_forged", "object": "customer", "name": "Nobody", "created": now_secs() });
    let good = event("evt_forged", account, "customer.created", &customer);
    send(&url, "whsec_of_somebody_else", &good).expect(400);
    send(&url, "", &good).expect(400);
    let unsigned = http::client().post(&url).body(good.to_string()).send().unwrap();
    assert_eq!(unsigned.status(), 400);
    send(&url, &secret, &json!({ "object": "event" })).expect(400);
    let unknown = format!("{}/stripe/events/{}", app.link_url, uuid::Uuid::new_v4());
    send(&unknown, &secret, &good).expect(404);
    send(&format!("{}/stripe/events/nonsense", app.link_url), &secret, &good).expect(404);
    send(&format!("{}/stripe/events/connections/{}", app.link_url, linked.connection_id), &secret, &good)
        .expect(404);
    let live = json!({ "livemode": true });
    let mut other = good.clone();
    other["livemode"] = live["livemode"].clone();
    send(&url, &secret, &other).expect(200);
    send(&url, &secret, &event("evt_stranger", "acct_stranger", "customer.created", &customer)).expect(200);
    let mut own = good.clone();
    own["account"] = Value::Null;
    send(&url, &secret, &own).expect(200);
    let huge = "x".repeat(3 * 1024 * 1024);
    let refused = http::client().post(&url).header("Stripe-Signature", "t=1,v1=00").body(huge).send();
    assert!(refused.is_err() || refused.unwrap().status() == 413, "a body that is too long is refused");
    assert_eq!(app.database.texts("SELECT id AS value FROM events_inbox ORDER BY 1"), before);
    let dropped = "SELECT reason || ' ' || CAST(events AS TEXT) AS value FROM events_dropped ORDER BY 1";
    assert_eq!(app.database.texts(dropped), ["other_account 1", "other_mode 1"]);
    assert!(!records(&app, &linked, "commerce-customers").contains_key("cus_forged"));
}

fn b18_a_merchant_who_withdraws_deauthorizes_every_connection_of_the_account(kind: Kind) {
    let app = listening(TestApp::on(kind).charges(10).sandbox(&["--accounts", "2"]));
    let (first, second) = (app.link("Toft Stores", 0), app.link("Toft Stores again", 0));
    let other = app.link("Elsewhere", 1);
    for linked in [&first, &second, &other] {
        app.synced(linked, RUN);
    }
    app.wait_until_listed();
    let answers = app.sandbox.answers(401);
    app.sandbox.disconnect(0);
    for linked in [&first, &second] {
        wait::until("the connection is deauthorized", wait::SOON, || {
            (app.connection(linked)["status"] == "Deauthorized").then_some(())
        });
    }
    assert_eq!(app.connection(&other)["status"], "Linked");
    assert!(app.sandbox.answers(401) <= answers + 4, "no storm of requests with a dead token");
    let told =
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM messages WHERE event_type = 'connection.disconnected'";
    assert_eq!(app.database.number(told), 2);
    // The merchant comes back, and Stripe repeats what it said before.
    app.merchant().authorize(
        &first.link_url,
        app.sandbox.account(0),
        crate::support::actors::Consent::Connect,
    );
    assert_eq!(app.connection(&first)["status"], "Linked");
    app.synced(&first, RUN);
    let application = json!({ "id": "ca_1", "object": "application" });
    let withdrawn = "account.application.deauthorized";
    let mut late = event("evt_late", app.sandbox.account(0), withdrawn, &application);
    late["created"] = json!(now_secs() - 3_600);
    send(&events_url(&app), &webhook_secret(&app), &late).expect(200);
    wait_until_applied(&app);
    assert_eq!(app.connection(&first)["status"], "Linked", "an old withdrawal says nothing of the new token");
}

fn b21_an_event_that_overtakes_the_linking_is_applied_afterwards(kind: Kind) {
    let app = listening(TestApp::on(kind).charges(10));
    let account = app.sandbox.account(0).to_owned();
    let customer = app.sandbox.list(0, "customers")[0].clone();
    let early = event("evt_early", &account, "customer.updated", &customer);
    send(&events_url(&app), &webhook_secret(&app), &early).expect(200);
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    wait::until("the event is matched", wait::SOON, || {
        let early = "SELECT state AS value FROM events_inbox WHERE id = 'evt_early'";
        (app.database.texts(early) == ["done"]).then_some(())
    });
}

/// The worker is kept from the connection until the process has acknowledged the event and is killed.
fn killed_between_the_acknowledgement_and_the_work_nothing_is_lost(kind: Kind) {
    let mut app = listening(TestApp::on(kind).charges(10).setting("worker.lease_secs", "1"));
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.wait_until_listed();
    wait_until_applied(&app);
    wait::until("the connection is let go", wait::SOON, || {
        let held = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM leases WHERE expires_ms > 0";
        if app.database.number(held) > 0 {
            return None;
        }
        app.database
            .execute("UPDATE leases SET epoch = epoch + 1, expires_ms = 9000000000000, owner = 'the test'");
        Some(())
    });
    let charge = app.sandbox.charge(0, 4_200);
    wait_until_acknowledged(&app);
    let stored = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM events_inbox WHERE state = 'waiting'";
    assert!(app.database.number(stored) > 0, "the worker has come near the connection");
    app.kill();
    app.database.execute("UPDATE leases SET epoch = epoch + 1, expires_ms = 0, owner = NULL");
    app.serve(&[]);
    wait_for(&app, &linked, "commerce-payments", &charge);
    wait_until_applied(&app);
    assert_equals_stripe(&app);
}

fn pain_1_what_no_webhook_brought_is_found_by_asking(kind: Kind) {
    let mut app = TestApp::on(kind).charges(30).setting("worker.poll_ms", "50").prepare();
    set_integration(&app, "--continuous");
    app.serve(&[]);
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.wait_until_listed();
    let runs_before = runs(&app);
    let old = app.sandbox.list(0, "charges").last().unwrap()["id"].as_str().unwrap().to_owned();
    app.sandbox.update(0, "charges", &old, &json!({ "description": "changed long after it was made" }));
    let charge = app.sandbox.charge(0, 4_200);
    list_now(&app);
    wait_for(&app, &linked, "commerce-payments", &charge);
    wait_until_applied(&app);
    let changed =
        format!("SELECT json AS value FROM source_objects WHERE resource = 'charges' AND id = '{old}'");
    assert!(app.database.texts(&changed)[0].contains("changed long after it was made"));
    assert_eq!(runs(&app), runs_before);
    assert_equals_stripe(&app);
}

fn pain_2_what_happened_while_stripe_kept_no_events_is_read_anew(kind: Kind) {
    let mut app = TestApp::on(kind).charges(30).setting("worker.poll_ms", "50").prepare();
    set_integration(&app, "--continuous");
    app.serve(&[]);
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.wait_until_listed();
    let charge = app.sandbox.charge(0, 4_200);
    app.sandbox.advance(31 * 86_400);
    list_now(&app);
    wait::until("a whole read was queued", wait::SOON, || {
        let lost = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM sync_runs WHERE reason = 'events_lost'";
        (app.database.number(lost) > 0).then_some(())
    });
    app.synced(&linked, RUN);
    app.wait_until_listed();
    wait_until_applied(&app);
    assert!(records(&app, &linked, "commerce-payments").contains_key(&charge));
    assert_equals_stripe(&app);
    let again = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM sync_runs WHERE reason = 'events_lost'";
    assert_eq!(app.database.number(again), 1, "once");
}

fn pain_3_pain_4_events_of_another_version_are_read_again_and_erase_nothing(kind: Kind) {
    let app = listening(TestApp::on(kind).charges(30).sandbox(&["--api-version", "2024-06-20"]));
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.wait_until_listed();
    let before = records(&app, &linked, "commerce-orders");
    let asked = app.sandbox.requests("GET /v1/charges/:id");
    let charge = app.sandbox.charge(0, 4_200);
    wait_for(&app, &linked, "commerce-payments", &charge);
    assert!(app.sandbox.requests("GET /v1/charges/:id") > asked, "it was read, not taken from the event");
    let session = app.sandbox.list(0, "checkout_sessions").first().cloned();
    if let Some(session) = session {
        // What the list expands is not in an event of any version.
        let ours = event("evt_session", app.sandbox.account(0), "checkout.session.completed", &session);
        send(&events_url(&app), &webhook_secret(&app), &ours).expect(200);
    }
    wait_until_applied(&app);
    let after = records(&app, &linked, "commerce-orders");
    for (id, order) in &before {
        assert_eq!(after[id]["orderLineItems"], order["orderLineItems"], "{id}");
    }
    assert_equals_stripe(&app);
}

fn a_key_that_may_not_list_events_is_told_so_and_an_endpoint_of_its_own_serves_it(kind: Kind) {
    let mut app = TestApp::on(kind).charges(10).setting("worker.poll_ms", "50").prepare();
    set_integration(&app, "--continuous");
    let key = app.sandbox.accounts[0]["restricted_key"].as_str().unwrap().to_owned();
    app.sandbox.permit(&key, &["rak_event_read"], &[]);
    let company = app.cli.json(&["company", "create", "--name", "Toft Stores"]);
    let company_id = company["company_id"].as_str().unwrap().to_owned();
    let made = app.cli.json(&["connection", "create", "--company", &company_id, "--integration", "yzth"]);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let linked = Linked { company_id, connection_id: text("connection_id"), link_url: text("link_url") };
    let file = app.scratch.file("merchant-key", &key);
    let of = ["--connection", &linked.connection_id];
    let add_key = ["connection", "add-key", of[0], of[1], "--key-file", file.to_str().unwrap()];
    app.cli.json(&add_key);
    app.serve(&[]);
    app.synced(&linked, RUN);
    let problem = "SELECT problem AS value FROM event_feeds WHERE problem IS NOT NULL";
    wait::until("the problem is noted", wait::SOON, || {
        app.database.texts(problem).first().filter(|text| text.contains("rak_event_read")).map(drop)
    });
    let asked = app.sandbox.requests("GET /v1/events");
    app.refresh(&linked, RUN);
    assert_eq!(app.sandbox.requests("GET /v1/events"), asked, "what is forbidden isn't asked for again");

    let secret = "whsec_canaryOfTheMerchantsOwnEndpoint";
    app.canaries.add("a merchant's signing secret", secret);
    let secret_file = app.scratch.file("whsec", secret);
    let set = app.cli.json(&[
        "connection",
        "set-webhook-secret",
        of[0],
        of[1],
        "--webhook-secret-file",
        secret_file.to_str().unwrap(),
    ]);
    let url = set["webhook_url"].as_str().unwrap();
    assert!(url.ends_with(&format!("/stripe/events/connections/{}", linked.connection_id)), "{url}");
    let port = &app.cli.settings[&variable("link.listen")];
    assert!(url.contains(port.as_str()), "{url} leads to Link");
    let charge = app.sandbox.charge(0, 4_200);
    let object = app.sandbox.list(0, "charges").into_iter().find(|one| one["id"] == charge.as_str()).unwrap();
    let mut own = event("evt_own", app.sandbox.account(0), "charge.succeeded", &object);
    own.as_object_mut().unwrap().remove("account");
    send(url, "whsec_of_somebody_else", &own).expect(400);
    send(url, secret, &own).expect(200);
    wait_for(&app, &linked, "commerce-payments", &charge);

    // A key that may list events is asked again.
    app.sandbox.permit(&key, &[], &["rak_event_read"]);
    app.cli.json(&add_key);
    app.synced(&linked, RUN);
    wait::until("events are listed", wait::SOON, || {
        (app.sandbox.requests("GET /v1/events") > asked && app.database.texts(problem).is_empty())
            .then_some(())
    });
}

fn one_off_connections_ignore_events(kind: Kind) {
    let mut app = TestApp::on(kind).charges(10).setting("worker.poll_ms", "50").prepare();
    set_integration(&app, "--one-off");
    app.serve(&[]);
    app.sandbox.send_events_to(&events_url(&app));
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    wait::until("events were listed once", wait::SOON, || {
        let listed =
            "SELECT CAST(COUNT(*) AS TEXT) AS value FROM event_feeds WHERE polled_ms > 0 AND poll_ms IS NULL";
        (app.database.number(listed) == 1).then_some(())
    });
    let kept = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM events_inbox";
    let before = app.database.number(kept);
    let charge = app.sandbox.charge(0, 4_200);
    wait::until("the events were delivered", wait::SOON, || {
        let (waiting, accepted) = app.sandbox.deliveries();
        (waiting == 0 && accepted > 0).then_some(())
    });
    assert_eq!(app.database.number(kept), before);
    // Switched to continuous, what was missed meanwhile is asked for.
    set_integration(&app, "--continuous");
    wait_for(&app, &linked, "commerce-payments", &charge);
}

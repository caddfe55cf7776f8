//! Link: every way in which an authorization can go, over HTTP, as merchants and attackers would.

use crate::support::actors::{Consent, Merchant};
use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::http::Answer;
use crate::support::{dump, on_both_databases, wait};
use serde_json::Value;
use std::time::Duration;
use url::Url;

on_both_databases![
    a_merchant_who_consents_is_linked_and_pulled_without_asking,
    a_merchant_who_cancels_stays_pending_with_the_reason,
    fifty_parallel_callbacks_make_one_exchange,
    forged_callbacks_change_nothing_and_exchange_nothing,
    an_expired_authorization_starts_anew,
    another_account_is_refused_when_reconnecting,
    unknown_and_foreign_links_answer_alike,
    an_integration_that_is_switched_off_takes_no_connections,
    a_code_that_expired_at_stripe_is_not_accepted,
    an_exchange_whose_answer_never_arrives_is_not_repeated,
    an_exchange_that_is_cut_off_is_not_repeated,
    an_exchange_that_meets_a_failing_stripe_is_not_repeated,
    an_exchange_answered_with_nonsense_is_not_repeated,
    an_exchange_with_a_secret_key_that_stripe_refuses_names_the_settings,
];

const RUN: Duration = Duration::from_secs(120);

/// Exchanges that reached the sandbox's token endpoint.
fn exchanges(app: &TestApp) -> u64 {
    app.sandbox.requests("POST /oauth/token")
}

/// The newest error that the connection shows.
fn latest_error(app: &TestApp, linked: &Linked) -> Value {
    let connection = app.connection(linked);
    let errors = connection["dataConnectionErrors"].as_array().cloned().unwrap_or_default();
    errors
        .into_iter()
        .max_by_key(|error| error["erroredOnUtc"].as_str().unwrap().to_owned())
        .unwrap_or(Value::Null)
}

/// The heading of the page that an answer leads to.
fn heading(app: &TestApp, merchant: &Merchant, answer: Answer) -> String {
    let page = merchant.follow(answer, &app.link_url);
    let start = page.text.find("<h1").unwrap_or_else(|| panic!("no heading in {}", page.text));
    let text = &page.text[start..start + page.text[start..].find("</h1>").unwrap()];
    text[text.find('>').unwrap() + 1..].trim().replace("&#39;", "'").replace("&#x27;", "'")
}

/// Replaces one parameter of an address, or removes it.
fn with(url: &Url, name: &str, value: Option<&str>) -> Url {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(key, value)| (key.into(), value.into()))
        .collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(value.map(|value| (name, value)));
    changed
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn a_merchant_who_consents_is_linked_and_pulled_without_asking(kind: Kind) {
    let app = TestApp::on(kind).charges(60).start();
    let linked = app.new_connection("Toft Stores");
    let merchant = app.merchant();
    let stripe = merchant.start(&linked.link_url);
    assert_eq!(parameter(&stripe, "response_type"), "code");
    assert_eq!(parameter(&stripe, "scope"), "read_only");
    assert_eq!(parameter(&stripe, "client_id"), app.sandbox.platform("test")["client_id"].as_str().unwrap());
    assert_eq!(parameter(&stripe, "redirect_uri"), format!("{}/oauth/callback", app.link_url));
    let callback = merchant.consent(&stripe, app.sandbox.account(0), Consent::Connect);
    let answer = merchant.open(callback.as_str()).expect(303);
    assert!(!answer.header("location").contains("code="), "the page's address holds nothing secret (A-10)");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(heading(&app, &merchant, answer), "Your Stripe account is connected");
    let connection = app.connection(&linked);
    assert_eq!(connection["status"], "Linked");
    assert_eq!(connection["integrationKey"], "yzth");
    app.synced(&linked, RUN);
    assert!(app.connection(&linked)["lastSync"].is_string());
}

fn a_merchant_who_cancels_stays_pending_with_the_reason(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let linked = app.new_connection("Toft Stores");
    let merchant = app.merchant();
    let answer = merchant.authorize(&linked.link_url, app.sandbox.account(0), Consent::Cancel);
    assert_eq!(heading(&app, &merchant, answer), "You chose not to connect");
    assert_eq!(app.connection(&linked)["status"], "PendingAuth");
    let error = latest_error(&app, &linked);
    assert_eq!(error["statusCode"], "403");
    assert_eq!(error["statusText"], "User cancelled linking");
    assert_eq!(error["errorMessage"], "User cancelled");
    assert_eq!(exchanges(&app), 0);

    merchant.authorize(&linked.link_url, app.sandbox.account(0), Consent::Connect);
    assert_eq!(app.connection(&linked)["status"], "Linked", "a second attempt may succeed");
    assert_eq!(latest_error(&app, &linked)["status"], "Resolved");
}

/// impatient browsers open a callback many times; the code is exchanged once.
fn fifty_parallel_callbacks_make_one_exchange(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let linked = app.new_connection("Toft Stores");
    let merchant = app.merchant();
    let stripe = merchant.start(&linked.link_url);
    let callback = merchant.consent(&stripe, app.sandbox.account(0), Consent::Connect);
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                let answer = merchant.open(callback.as_str());
                assert!(answer.status < 500, "{}: {}", answer.status, answer.text);
            });
        }
    });
    assert_eq!(exchanges(&app), 1);
    assert_eq!(app.connection(&linked)["status"], "Linked");
    let later = merchant.open(callback.as_str());
    assert_eq!(
        heading(&app, &merchant, later),
        "Your Stripe account is connected",
        "it shows the first outcome"
    );
    assert_eq!(exchanges(&app), 1);
}

/// nothing but the browser that started, with the state it was given, ends in an exchange.
fn forged_callbacks_change_nothing_and_exchange_nothing(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let (linked, other) = (app.new_connection("Toft Stores"), app.new_connection("Quay Books"));
    let merchant = app.merchant();
    let stripe = merchant.start(&linked.link_url);
    let callback = merchant.consent(&stripe, app.sandbox.account(0), Consent::Connect);
    let attacker = app.merchant();
    let others_stripe = attacker.start(&other.link_url);
    let state = parameter(&callback, "state");
    let flipped: String = {
        let last = if state.ends_with('A') { 'B' } else { 'A' };
        state[..state.len() - 1].chars().chain([last]).collect()
    };
    let repeated = format!("{callback}&state={state}");
    let before = dump::whole(&app.database);
    for (what, by, url) in [
        ("no state", &merchant, with(&callback, "state", None).to_string()),
        ("an empty state", &merchant, with(&callback, "state", Some("")).to_string()),
        ("half of a state", &merchant, with(&callback, "state", Some(&state[..20])).to_string()),
        ("another letter", &merchant, with(&callback, "state", Some(&flipped)).to_string()),
        ("a state given twice", &merchant, repeated),
        ("no code", &merchant, with(&callback, "code", None).to_string()),
        ("another browser", &attacker, callback.to_string()),
        ("no cookie at all", &app.merchant(), callback.to_string()),
        (
            "a state of another browser",
            &merchant,
            with(&callback, "state", Some(&parameter(&others_stripe, "state"))).to_string(),
        ),
        ("a long query", &merchant, format!("{callback}&x={}", "a".repeat(8_000))),
    ] {
        let answer = by.open(&url);
        assert_eq!(answer.status, 400, "{what}: {}", answer.text);
    }
    assert_eq!(exchanges(&app), 0);
    dump::assert_equal("forged callbacks", &before, &dump::whole(&app.database));

    merchant.open(callback.as_str());
    assert_eq!(app.connection(&linked)["status"], "Linked", "the right one still works");
    assert_eq!(app.connection(&other)["status"], "PendingAuth");
}

/// I10: an expired state with the right cookie starts anew, without an exchange.
fn an_expired_authorization_starts_anew(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let linked = app.new_connection("Toft Stores");
    let merchant = app.merchant();
    let stripe = merchant.start(&linked.link_url);
    let callback = merchant.consent(&stripe, app.sandbox.account(0), Consent::Connect);
    app.database.execute("UPDATE oauth_states SET expires_ms = created_ms");
    let again = merchant.follow_to(&app.sandbox.url, callback.as_str());
    assert_eq!((again.path(), again.port()), (stripe.path(), stripe.port()), "back to Stripe");
    assert_ne!(parameter(&again, "state"), parameter(&stripe, "state"));
    assert_eq!(exchanges(&app), 0);
    let callback = merchant.consent(&again, app.sandbox.account(0), Consent::Connect);
    merchant.open(callback.as_str());
    assert_eq!(app.connection(&linked)["status"], "Linked");
    assert_eq!(exchanges(&app), 1);
}

/// a connection never changes its account.
fn another_account_is_refused_when_reconnecting(kind: Kind) {
    let app = TestApp::on(kind).charges(60).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let before = dump::of_connection(&app.database, &linked.connection_id);
    let merchant = app.merchant();
    let answer = merchant.authorize(&linked.link_url, app.sandbox.account(1), Consent::Connect);
    assert_eq!(heading(&app, &merchant, answer), "You authorised another Stripe account");
    assert_eq!(app.connection(&linked)["status"], "Linked", "the first authorization still holds");
    assert_eq!(latest_error(&app, &linked)["statusCode"], "409");
    app.refresh(&linked, RUN);
    dump::assert_equal("refused", &before, &dump::of_connection(&app.database, &linked.connection_id));

    merchant.authorize(&linked.link_url, app.sandbox.account(0), Consent::Connect);
    assert_eq!(app.connection(&linked)["status"], "Linked", "the same account may reconnect");
}

fn unknown_and_foreign_links_answer_alike(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let (linked, other) = (app.new_connection("Toft Stores"), app.new_connection("Quay Books"));
    let start = |company: &str, connection: &str| {
        app.merchant().open(&format!("{}/companies/{company}/connections/{connection}/start", app.link_url))
    };
    let unknown = uuid::Uuid::new_v4().to_string();
    let first = start(&unknown, &unknown).expect(404);
    for (company, connection) in [
        (linked.company_id.as_str(), unknown.as_str()),
        (&linked.company_id, &other.connection_id),
        (&unknown, &linked.connection_id),
        ("not-an-id", "not-an-id"),
    ] {
        let answer = start(company, connection).expect(404);
        assert_eq!(answer.text, first.text);
    }
}

fn an_integration_that_is_switched_off_takes_no_connections(kind: Kind) {
    let mut app = TestApp::on(kind).charges(10).start();
    let linked = app.new_connection("Toft Stores");
    app.stop();
    app.database.execute("UPDATE integrations SET enabled = (1 = 0)");
    app.serve(&[]);
    let answer = app.merchant().open(&linked.link_url);
    assert_eq!(answer.status, 409, "{}", answer.text);
    let path = format!("/companies/{}/connections", linked.company_id);
    app.developer.post(&path, &serde_json::json!({ "platformKey": "yzth" })).expect(404);
}

/// What the token endpoint does, and how the authorization ends.
fn an_exchange_meets(kind: Kind, fault: &str, expected: &str) {
    let app = TestApp::on(kind)
        .charges(10)
        .sandbox(&["--fault", fault])
        .setting("stripe.read_timeout_secs", "2")
        .start();
    let linked = app.new_connection("Toft Stores");
    let merchant = app.merchant();
    let stripe = merchant.start(&linked.link_url);
    let callback = merchant.consent(&stripe, app.sandbox.account(0), Consent::Connect);
    let answer = merchant.open(callback.as_str());
    assert_eq!(heading(&app, &merchant, answer), expected, "{fault}");
    assert_eq!(app.connection(&linked)["status"], "PendingAuth", "{fault}");
    assert!(latest_error(&app, &linked)["errorMessage"].is_string(), "{fault}");
    let again = merchant.open(callback.as_str());
    assert!(again.status < 500);
    assert_eq!(exchanges(&app), 1, "{fault}: an exchange is never sent twice");
    let stored = app.database.number("SELECT CAST(COUNT(*) AS TEXT) AS value FROM credentials");
    assert_eq!(stored, 0, "{fault}");
    wait::until("nothing is queued", wait::SOON, || {
        (app.database.number("SELECT CAST(COUNT(*) AS TEXT) AS value FROM datasets") == 0).then_some(())
    });
}

fn a_code_that_expired_at_stripe_is_not_accepted(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let linked = app.new_connection("Toft Stores");
    let merchant = app.merchant();
    let stripe = merchant.start(&linked.link_url);
    let callback = merchant.consent(&stripe, app.sandbox.account(0), Consent::Connect);
    app.sandbox.expire_codes();
    let answer = merchant.open(callback.as_str());
    assert_eq!(heading(&app, &merchant, answer), "Stripe's confirmation was not valid any more");
    assert_eq!(app.connection(&linked)["status"], "PendingAuth");
    assert!(latest_error(&app, &linked)["statusText"].as_str().unwrap().starts_with("invalid_grant"));
}

fn an_exchange_whose_answer_never_arrives_is_not_repeated(kind: Kind) {
    an_exchange_meets(kind, "hang:resource=oauth", "Stripe's answer didn't arrive");
}

fn an_exchange_that_is_cut_off_is_not_repeated(kind: Kind) {
    an_exchange_meets(kind, "truncate:resource=oauth", "Stripe's answer didn't arrive");
}

fn an_exchange_that_meets_a_failing_stripe_is_not_repeated(kind: Kind) {
    an_exchange_meets(kind, "server-error:resource=oauth", "Stripe's answer didn't arrive");
}

fn an_exchange_answered_with_nonsense_is_not_repeated(kind: Kind) {
    an_exchange_meets(kind, "invalid-json:resource=oauth", "Stripe's answer didn't arrive");
}

fn an_exchange_with_a_secret_key_that_stripe_refuses_names_the_settings(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    app.sandbox.revoke_key(app.sandbox.platform("test")["secret_key"].as_str().unwrap());
    let linked = app.new_connection("Toft Stores");
    let merchant = app.merchant();
    let answer = merchant.authorize(&linked.link_url, app.sandbox.account(0), Consent::Connect);
    assert_eq!(heading(&app, &merchant, answer), "Stripe didn't complete the connection");
    assert_eq!(app.connection(&linked)["status"], "PendingAuth");
    assert_eq!(latest_error(&app, &linked)["statusCode"], "401");
}

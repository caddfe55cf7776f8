//! `connection add-key`: a pasted key is probed, what it lacks is named, and what is right is sealed.

use crate::support::app::TestApp;
use crate::support::database::Kind;
use crate::support::{dump, on_both_databases, truth, wait};
use serde_json::Value;
use std::time::Duration;

on_both_databases![
    a_restricted_key_with_every_permission_is_linked_and_syncs,
    a_key_that_lacks_permissions_is_told_each_of_them,
    keys_that_cannot_be_used_are_refused_and_change_nothing,
    a_key_of_another_account_is_refused_when_reconnecting,
    a_key_that_was_revoked_later_deauthorizes,
    an_integration_without_oauth_credentials_takes_pasted_keys,
];

const RUN: Duration = Duration::from_secs(120);

/// A company and a connection made by commands, before anything serves.
fn connection(app: &TestApp) -> crate::support::app::Linked {
    let company = app.cli.json(&["company", "create", "--name", "Toft Stores"]);
    let company_id = company["company_id"].as_str().unwrap().to_owned();
    let made = app.cli.json(&["connection", "create", "--company", &company_id, "--integration", "yzth"]);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    crate::support::app::Linked {
        company_id,
        connection_id: text("connection_id"),
        link_url: text("link_url"),
    }
}

fn add_key<'a>(app: &TestApp, connection_id: &'a str, key: &str) -> (Vec<&'a str>, std::path::PathBuf) {
    let file = app.scratch.file("merchant-key", &format!("{key}\n"));
    (vec!["connection", "add-key", "--connection", connection_id, "--key-file"], file)
}

fn a_restricted_key_with_every_permission_is_linked_and_syncs(kind: Kind) {
    let mut app = TestApp::on(kind).charges(150).prepare();
    let linked = connection(&app);
    let key = app.sandbox.accounts[0]["restricted_key"].as_str().unwrap().to_owned();
    let (mut args, file) = add_key(&app, &linked.connection_id, &key);
    args.push(file.to_str().unwrap());
    let added = app.cli.json(&args);
    assert_eq!(added["status"], "Linked");
    assert_eq!(added["missing_permissions"], serde_json::json!([]));
    // With nobody serving, the command does the work itself on SQLite; on PostgreSQL it waits for a worker.
    if kind == Kind::Postgres {
        app.serve(&[]);
    }
    let printed = app.cli.run(&["sync", "--connection", &linked.connection_id, "--wait"]);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    if kind == Kind::Sqlite {
        app.serve(&[]);
    }
    app.synced(&linked, RUN);
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));
}

fn a_key_that_lacks_permissions_is_told_each_of_them(kind: Kind) {
    let mut app = TestApp::on(kind).charges(60).prepare();
    let linked = connection(&app);
    let key = app.sandbox.accounts[0]["restricted_key"].as_str().unwrap().to_owned();
    app.sandbox.permit(&key, &["rak_dispute_read", "rak_customer_read"], &[]);
    let (mut args, file) = add_key(&app, &linked.connection_id, &key);
    args.push(file.to_str().unwrap());
    let added = app.cli.json(&args);
    let mut missing: Vec<&str> =
        added["missing_permissions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    missing.sort_unstable();
    assert_eq!(missing, ["rak_customer_read", "rak_dispute_read"]);

    app.sandbox.permit(&key, &[], &["rak_dispute_read", "rak_customer_read"]);
    let added = app.cli.json(&args);
    assert_eq!(added["missing_permissions"], serde_json::json!([]));
    assert_eq!(added["status"], "Linked");
    app.serve(&[]);
    app.synced(&linked, RUN);
}

fn keys_that_cannot_be_used_are_refused_and_change_nothing(kind: Kind) {
    let app = TestApp::on(kind).charges(60).prepare();
    let linked = connection(&app);
    let live = app.sandbox.live_keys(0);
    let live = live["restricted_key"].as_str().unwrap();
    app.canaries.add("a live key", live);
    let before = dump::whole(&app.database);
    for (key, expected) in [
        ("", "empty"),
        ("ca_12345678901234567890", "not a Stripe key"),
        ("pk_test_12345678901234567890", "publishable"),
        ("sk_test_with-a-dash-in-its-body", "malformed"),
        (live, "live"),
        ("rk_test_51NobodysKeyAtAll00000000000", "Stripe"),
    ] {
        let (mut args, file) = add_key(&app, &linked.connection_id, key);
        args.push(file.to_str().unwrap());
        let message = app.cli.refusal(&args);
        assert!(message.contains(expected), "{expected:?} in {message}");
        assert!(key.len() < 8 || !message.contains(&key[8..]), "the message repeats the key");
    }
    let unknown = uuid::Uuid::new_v4().to_string();
    let (mut args, file) = add_key(&app, &unknown, "rk_test_1");
    args.push(file.to_str().unwrap());
    app.cli.refusal(&args);
    let message = app.cli.refusal(&[
        "connection",
        "add-key",
        "--connection",
        &linked.connection_id,
        "--key-file",
        "/nowhere",
    ]);
    assert!(message.contains("/nowhere"), "{message}");
    dump::assert_equal("refused keys", &before, &dump::whole(&app.database));
}

fn a_key_of_another_account_is_refused_when_reconnecting(kind: Kind) {
    let app = TestApp::on(kind).charges(60).prepare();
    let linked = connection(&app);
    let key = |number: usize| app.sandbox.accounts[number]["restricted_key"].as_str().unwrap().to_owned();
    let (mut args, file) = add_key(&app, &linked.connection_id, &key(0));
    args.push(file.to_str().unwrap());
    assert_eq!(app.cli.json(&args)["status"], "Linked");
    let before = dump::whole(&app.database);
    std::fs::write(&file, key(1)).unwrap();
    let message = app.cli.refusal(&args);
    assert!(message.contains("account"), "{message}");
    dump::assert_equal("another account", &before, &dump::whole(&app.database));
}

fn a_key_that_was_revoked_later_deauthorizes(kind: Kind) {
    let mut app = TestApp::on(kind).charges(60).prepare();
    let linked = connection(&app);
    let key = app.sandbox.accounts[0]["restricted_key"].as_str().unwrap().to_owned();
    let (mut args, file) = add_key(&app, &linked.connection_id, &key);
    args.push(file.to_str().unwrap());
    app.cli.json(&args);
    app.serve(&[]);
    app.synced(&linked, RUN);
    app.sandbox.revoke_key(&key);
    // What is asked for is refused if something else has found it out already.
    app.developer.post(&format!("/companies/{}/data/all", linked.company_id), &Value::Null);
    wait::until("it is Deauthorized", RUN, || {
        (app.connection(&linked)["status"] == "Deauthorized").then_some(())
    });
    app.wait_for_sync(&linked, RUN);
}

fn an_integration_without_oauth_credentials_takes_pasted_keys(kind: Kind) {
    let app = TestApp::on(kind).charges(60).without_oauth().start();
    let checked = app.cli.run(&["check"]);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    assert!(
        checked.stdout.contains("no OAuth credentials: merchants can only paste keys"),
        "{}",
        checked.stdout
    );

    let linked = connection(&app);
    let page = app.merchant().open(&linked.link_url).expect(409);
    assert!(
        page.text.contains("Harbour Lending reads your sales data with a restricted key"),
        "{}",
        page.text
    );
    assert_eq!(page.header("location"), "");
    assert_eq!(app.database.texts("SELECT state_hash AS value FROM oauth_states"), [""; 0]);

    let key = app.sandbox.accounts[0]["restricted_key"].as_str().unwrap().to_owned();
    let (mut args, file) = add_key(&app, &linked.connection_id, &key);
    args.push(file.to_str().unwrap());
    assert_eq!(app.cli.json(&args)["status"], "Linked");
    let printed = app.cli.run(&["sync", "--connection", &linked.connection_id, "--wait"]);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    app.synced(&linked, RUN);
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));
}

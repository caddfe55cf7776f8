//! What commands print and store (rule I3), and `check`.

use crate::support::app::TestApp;
use crate::support::database::Kind;
use crate::support::{dump, on_both_databases};
use serde_json::Value;
use std::collections::BTreeSet;

on_both_databases![
    every_command_prints_one_object_with_its_fields,
    credentials_that_are_set_again_replace_the_old_ones,
    check_says_what_works_and_changes_nothing,
];

fn fields(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn every_command_prints_one_object_with_its_fields(kind: Kind) {
    let app = TestApp::on(kind).charges(20).prepare();
    let cli = &app.cli;
    let platform = cli.json(&["platform", "create", "--name", "Second Lender"]);
    assert_eq!(fields(&platform), BTreeSet::from(["platform_id", "name"]));
    let of = ["--platform", platform["platform_id"].as_str().unwrap()];
    let run = |args: &[&str]| cli.json(&[args, &of].concat());

    let admin = run(&["admin", "create", "--email", "Ada@Example.com"]);
    assert_eq!(fields(&admin), BTreeSet::from(["user_id", "email", "password"]));
    assert_eq!(admin["email"], "ada@example.com");
    app.canaries.add("a password", admin["password"].as_str().unwrap());
    let password = app.scratch.file("password", "a-long-enough-passphrase\n");
    app.canaries.add("a password", "a-long-enough-passphrase");
    let file = ["--password-file", password.to_str().unwrap()];
    let other = run(&[&["admin", "create", "--email", "grace@example.com"][..], &file].concat());
    assert_eq!(
        fields(&other),
        BTreeSet::from(["user_id", "email"]),
        "a password that was given isn't repeated"
    );
    let hashes = app.database.texts("SELECT password_hash AS value FROM users");
    assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$")), "{hashes:?}");

    let key = run(&["api-key", "create", "--name", "ci"]);
    assert_eq!(fields(&key), BTreeSet::from(["api_key_id", "api_key"]));
    app.canaries.add("an API key", key["api_key"].as_str().unwrap());

    let test = app.sandbox.platform("test");
    let secret = app.scratch.file("secret", test["secret_key"].as_str().unwrap());
    let webhook = app.scratch.file("webhook", test["webhook_secret"].as_str().unwrap());
    let set = run(&[
        "integration",
        "set",
        "yzth",
        "--client-id",
        test["client_id"].as_str().unwrap(),
        "--secret-key-file",
        secret.to_str().unwrap(),
        "--webhook-secret-file",
        webhook.to_str().unwrap(),
        "--continuous",
        "--enable",
    ]);
    let expected = ["integration_id", "platform_key", "redirect_uri", "webhook_url", "enabled"];
    assert_eq!(fields(&set), BTreeSet::from(expected));
    assert_eq!(set["redirect_uri"], format!("{}/oauth/callback", app.link_url));
    let webhook_url = format!("{}/stripe/events/{}", app.link_url, set["integration_id"].as_str().unwrap());
    assert_eq!((&set["webhook_url"], &set["enabled"]), (&Value::from(webhook_url), &Value::from(true)));

    let company = run(&["company", "create", "--name", "Toft Stores"]);
    assert_eq!(fields(&company), BTreeSet::from(["company_id", "link_url"]));
    let company_id = company["company_id"].as_str().unwrap();
    assert_eq!(company["link_url"], format!("{}/company/{company_id}", app.link_url));
    let connection = run(&["connection", "create", "--company", company_id, "--integration", "yzth"]);
    assert_eq!(fields(&connection), BTreeSet::from(["connection_id", "link_url"]));
    let connection_id = connection["connection_id"].as_str().unwrap();
    let start = format!("{}/companies/{company_id}/connections/{connection_id}/start", app.link_url);
    assert_eq!(connection["link_url"], start);

    let restricted = app.sandbox.accounts[0]["restricted_key"].as_str().unwrap();
    let restricted = app.scratch.file("restricted", restricted);
    let added = run(&[
        "connection",
        "add-key",
        "--connection",
        connection_id,
        "--key-file",
        restricted.to_str().unwrap(),
    ]);
    assert_eq!(fields(&added), BTreeSet::from(["connection_id", "status", "missing_permissions"]));
}

fn credentials_that_are_set_again_replace_the_old_ones(kind: Kind) {
    let app = TestApp::on(kind).charges(20).prepare();
    let ids = || app.database.texts("SELECT id AS value FROM integrations");
    let before = ids();
    let test = app.sandbox.platform("test");
    let secret = app.scratch.file("secret", test["secret_key"].as_str().unwrap());
    let set = ["integration", "set", "yzth", "--client-id", "ca_another", "--secret-key-file"];
    let printed = app.cli.json(&[&set[..], &[secret.to_str().unwrap()]].concat());
    assert_eq!(ids(), before, "it stays the same integration");
    assert_eq!(printed["enabled"], false, "without --enable it is switched off");
    let client_ids = || app.database.texts("SELECT client_id AS value FROM integrations");
    assert_eq!(client_ids(), ["ca_another"]);

    let masked = || app.database.texts("SELECT secret_key_masked AS value FROM integrations");
    let before = masked();
    let printed = app.cli.json(&["integration", "set", "yzth", "--enable"]);
    assert_eq!(printed["enabled"], true);
    assert_eq!((client_ids(), masked()), (vec!["ca_another".to_owned()], before), "they stay");
    let good = app.cli.run(&["check"]);
    assert!(good.stdout.contains("Stripe accepts the secret key"), "{}", good.stdout);
}

fn check_says_what_works_and_changes_nothing(kind: Kind) {
    let app = TestApp::on(kind).charges(20).prepare();
    let before = dump::whole(&app.database);
    let good = app.cli.run(&["check"]);
    assert_eq!(good.code, 0, "{}{}", good.stdout, good.stderr);
    app.sandbox.revoke_key(app.sandbox.platform("test")["secret_key"].as_str().unwrap());
    let bad = app.cli.run(&["check"]);
    assert_eq!(bad.code, 1, "a secret key that Stripe refuses: {}", bad.stdout);
    assert!(bad.stdout.contains("yzth") || bad.stdout.contains("Stripe Test"), "{}", bad.stdout);
    dump::assert_equal("check", &before, &dump::whole(&app.database));
}

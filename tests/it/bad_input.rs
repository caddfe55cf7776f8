//! Bad settings, bad credentials, bad databases: a clear message, exit code 1, and nothing changed.

use crate::support::app::TestApp;
use crate::support::command::{Cli, Finished};
use crate::support::database::{Kind, TestDatabase};
use crate::support::scratch::Scratch;
use crate::support::{dump, on_both_databases, unprivileged};
use std::net::TcpListener;
use std::time::Duration;

on_both_databases![
    credentials_that_cannot_be_right_are_refused_and_change_nothing,
    names_that_are_unknown_or_unclear_are_refused,
    a_missing_or_other_master_key_stops_the_start,
    a_database_newer_than_the_program_is_left_alone,
    a_port_in_use_is_named_with_its_setting,
    settings_that_do_not_exist_or_parse_are_named,
    answers_of_stripe_that_are_cut_or_garbled_are_read_again,
    a_list_that_stays_unreadable_ends_in_a_fetch_error_and_leaves_its_rows,
    an_object_in_a_currency_that_is_none_fails_its_data_type_only,
];

/// `serve` that is expected to give up: its message.
fn serve_refuses(cli: &Cli) -> String {
    let finished = cli.run_within(&["serve"], Duration::from_secs(60));
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    finished.stderr
}

#[track_caller]
fn assert_says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} is missing in: {message}");
    }
}

fn credentials_that_cannot_be_right_are_refused_and_change_nothing(kind: Kind) {
    let app = TestApp::on(kind).charges(10).prepare();
    let (test, live) = (app.sandbox.platform("test"), app.sandbox.platform("live"));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (client, key) = (text(&test["client_id"]), text(&test["secret_key"]));
    let before = dump::whole(&app.database);
    for (platform_key, client_id, secret_key, expected) in [
        ("yzth", "1234", key.as_str(), "client"),
        ("yzth", "ca_", &key, "client"),
        ("yzth", "ca_with-dash", &key, "client"),
        ("yzth", &client, "", "empty"),
        ("yzth", &client, "whsec_123456789012345", "not a Stripe key"),
        ("yzth", &client, &key.replace("sk_test", "pk_test"), "publishable"),
        ("yzth", &client, &key.replace("sk_test", "rk_test"), "sk_"),
        ("yzth", &client, "sk_test_!!!!!!!!!!!!", "malformed"),
        ("yzth", &client, &text(&live["secret_key"]), "live"),
        ("exgd", &client, &key, "test"),
    ] {
        let file = app.scratch.file("a-secret-key", secret_key);
        let message = app.cli.refusal(&[
            "integration",
            "set",
            platform_key,
            "--client-id",
            client_id,
            "--secret-key-file",
            file.to_str().unwrap(),
        ]);
        assert_says(&message, &[expected]);
        assert!(secret_key.len() < 12 || !message.contains(&secret_key[8..]), "the message repeats the key");
    }
    let missing = app.cli.refusal(&[
        "integration",
        "set",
        "yzth",
        "--client-id",
        &client,
        "--secret-key-file",
        "/nowhere/at-all",
    ]);
    assert_says(&missing, &["/nowhere/at-all"]);
    dump::assert_equal("refused credentials", &before, &dump::whole(&app.database));
}

fn names_that_are_unknown_or_unclear_are_refused(kind: Kind) {
    let app = TestApp::on(kind).charges(10).prepare();
    let file = app.scratch.file("a-key", "rk_test_1");
    let before = dump::whole(&app.database);
    let unknown = uuid::Uuid::new_v4().to_string();
    for args in [
        vec!["company", "create", "--name", ""],
        vec!["company", "create", "--name", "Toft", "--platform", "Nobody"],
        vec!["connection", "create", "--company", &unknown, "--integration", "yzth"],
        vec!["connection", "create", "--company", "not-an-id", "--integration", "yzth"],
        vec!["connection", "add-key", "--connection", &unknown, "--key-file", file.to_str().unwrap()],
        vec!["sync", "--connection", &unknown, "--wait"],
        vec!["platform", "create", "--name", ""],
        vec!["admin", "create", "--email", "not-an-address"],
    ] {
        let finished = app.cli.run(&args);
        assert!(finished.code == 1 || finished.code == 2, "{args:?}: {}: {}", finished.code, finished.stdout);
        assert!(!finished.stderr.trim().is_empty(), "{args:?} says nothing");
    }
    dump::assert_equal("refused commands", &before, &dump::whole(&app.database));
    for args in [
        vec!["nonsense"],
        vec!["platform"],
        vec!["integration", "set", "zzzz", "--enable"],
        vec!["integration", "set", "yzth", "--client-id", "ca_1"],
        vec!["integration", "set", "yzth", "--secret-key-file", file.to_str().unwrap()],
    ] {
        assert_eq!(app.cli.run(&args).code, 2, "{args:?} is a mistake of usage");
    }

    app.cli.json(&["platform", "create", "--name", "Second"]);
    let message = app.cli.refusal(&["company", "create", "--name", "Toft"]);
    assert_says(&message, &["--platform"]);
}

/// A-24, I13: whoever has lost the key learns it at once, and no new key is made over sealed secrets.
fn a_missing_or_other_master_key_stops_the_start(kind: Kind) {
    let app = TestApp::on(kind).charges(10).prepare();
    let before = dump::whole(&app.database);
    let file = app.scratch.join("master.key");
    let right = std::fs::read(&file).unwrap();
    assert_private(&file);
    std::fs::remove_file(&file).unwrap();
    assert_says(&serve_refuses(&app.cli), &["master.key", "key"]);
    assert!(!file.exists(), "no new key was made");
    let other = tributary_core::seal::SealingKey::random_master_text().unwrap();
    for (what, text) in [
        ("another key", other.expose()),
        ("an empty file", ""),
        ("text", "correct horse battery staple"),
        ("zeros", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ] {
        write_private(&file, text);
        let message = serve_refuses(&app.cli);
        assert_says(&message, &["key"]);
        assert!(text.len() < 12 || !message.contains(text), "{what} is repeated");
    }
    dump::assert_equal("wrong keys", &before, &dump::whole(&app.database));
    write_private(&file, std::str::from_utf8(&right).unwrap());
    app.cli.json(&["company", "create", "--name", "Toft"]);
}

fn a_database_newer_than_the_program_is_left_alone(kind: Kind) {
    let app = TestApp::on(kind).charges(10).prepare();
    app.database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')");
    let before = dump::whole(&app.database);
    assert_says(&serve_refuses(&app.cli), &["newer"]);
    app.cli.refusal(&["migrate"]);
    app.cli.refusal(&["company", "create", "--name", "Toft"]);
    dump::assert_equal("a newer schema", &before, &dump::whole(&app.database));
}

fn a_port_in_use_is_named_with_its_setting(kind: Kind) {
    let app = TestApp::on(kind).charges(10).prepare();
    for setting in ["api.listen", "link.listen", "portal.listen"] {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        assert_says(&serve_refuses(&app.cli.with(setting, &address)), &[setting, &address]);
    }
}

fn settings_that_do_not_exist_or_parse_are_named(kind: Kind) {
    let app = TestApp::on(kind).charges(10).prepare();
    for (setting, value) in [
        ("api.listen", "here"),
        ("api.lisen", "127.0.0.1:0"),
        ("database.url", "mysql://localhost/x"),
        ("stripe.api_base", "not a url"),
        ("stripe.share", "2"),
        ("worker.lease_secs", "0"),
        ("link.public_url", "http://link.example.com"),
        ("log.level", "loud"),
    ] {
        let message = serve_refuses(&app.cli.with(setting, value));
        assert_says(&message, &[setting]);
    }
}

fn answers_of_stripe_that_are_cut_or_garbled_are_read_again(kind: Kind) {
    let app = TestApp::on(kind)
        .charges(150)
        .sandbox(&[
            "--fault",
            "truncate:first=3,resource=charges",
            "--fault",
            "invalid-json:first=2,resource=customers",
            "--fault",
            "html:first=2,resource=refunds",
            "--fault",
            "server-error:first=2,resource=products",
            "--fault",
            "rate-limit:first=2,resource=prices",
            "--fault",
            "lock-timeout:first=2,resource=payouts",
        ])
        .start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, Duration::from_secs(180));
    assert_eq!(app.sums(&linked), crate::support::truth::balance(&app.sandbox.balance(0)));
}

/// B-12: a page that never arrives whole is not stored in part, and the dataset says that it failed.
fn a_list_that_stays_unreadable_ends_in_a_fetch_error_and_leaves_its_rows(kind: Kind) {
    let app = TestApp::on(kind)
        .charges(150)
        .setting("stripe.attempts_max", "2")
        .setting("worker.outage_waits_max", "0")
        .setting("worker.outage_wait_secs", "0")
        .start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, Duration::from_secs(120));
    let before = dump::of_connection(&app.database, &linked.connection_id);
    for fault in ["truncate:resource=charges", "invalid-json:resource=charges", "html:resource=charges"] {
        app.sandbox.set_faults(&[fault]);
        let path = format!("/companies/{}/data/all", linked.company_id);
        app.developer.post(&path, &serde_json::Value::Null).expect(204);
        let datasets = app.wait_for_sync(&linked, Duration::from_secs(120));
        let newest =
            |data_type: &str| datasets.iter().find(|set| set["dataType"] == data_type).unwrap().clone();
        let payments = newest("commerce-payments");
        assert_eq!(payments["status"], "FetchError", "{fault}: {payments}");
        assert!(payments["errorMessage"].is_string(), "{fault}");
        assert_eq!(newest("commerce-disputes")["status"], "Complete", "{fault}");
        dump::assert_equal(fault, &before, &dump::of_connection(&app.database, &linked.connection_id));
    }
}

/// Decision 0005: what can't be a record is kept as received, and the data type isn't Complete.
fn an_object_in_a_currency_that_is_none_fails_its_data_type_only(kind: Kind) {
    let app = TestApp::on(kind).charges(60).start();
    let charges = app.sandbox.list(0, "charges");
    let odd = charges[7]["id"].as_str().unwrap();
    app.sandbox.update(0, "charges", odd, &serde_json::json!({ "currency": "beads" }));
    let linked = app.link("Toft Stores", 0);
    let datasets = app.wait_for_sync(&linked, Duration::from_secs(120));
    for dataset in &datasets {
        // Payment methods are read from charges, too.
        if dataset["dataType"] == "commerce-payments" || dataset["dataType"] == "commerce-paymentMethods" {
            assert_eq!(dataset["status"], "MapError", "{dataset}");
            assert!(dataset["errorMessage"].as_str().unwrap().contains(odd), "{dataset}");
        } else {
            assert_eq!(dataset["status"], "Complete", "{dataset}");
        }
    }
    let stored = app.database.texts(&format!("SELECT id AS value FROM source_objects WHERE id = '{odd}'"));
    assert_eq!(stored.len(), 1, "the object itself is kept");
}

#[test]
fn a_sqlite_file_in_a_folder_that_does_not_exist_is_refused_by_its_path() {
    let app = TestApp::on(Kind::Sqlite).charges(10).prepare();
    let message = serve_refuses(&app.cli.with("database.url", "sqlite:///no/such/folder/tributary.sqlite"));
    assert_says(&message, &["/no/such/folder"]);
}

#[test]
fn a_postgres_database_that_is_missing_or_out_of_reach_is_refused_without_its_password() {
    let app = TestApp::on(Kind::Postgres).charges(10).prepare();
    let mut url = url::Url::parse(app.database.url()).unwrap();
    url.set_path("no_such_database");
    assert_says(&serve_refuses(&app.cli.with("database.url", url.as_str())), &["no_such_database"]);
    let unreachable = "postgres://tributary:hunter2-hunter2@127.0.0.1:1/tributary";
    let message = serve_refuses(&app.cli.with("database.url", unreachable));
    assert_says(&message, &["database"]);
    assert!(!message.contains("hunter2"), "{message}");
}

/// E17: one process serves a SQLite database; commands work beside it.
#[test]
fn a_sqlite_database_that_is_being_served_is_refused_with_the_process_that_serves_it() {
    let mut app = TestApp::on(Kind::Sqlite).charges(10).prepare();
    let place = app.spawn_serve(&[], &[]);
    app.wait_until_ready();
    let id = app.process(place).id().to_string();
    let second = app
        .cli
        .with("api.listen", "127.0.0.1:0")
        .with("link.listen", "127.0.0.1:0")
        .with("portal.listen", "127.0.0.1:0");
    assert_says(&serve_refuses(&second), &[&id]);
    app.cli.json(&["company", "create", "--name", "Toft"]);
}

#[test]
fn serving_only_some_services_is_refused_on_sqlite_with_the_reason() {
    let app = TestApp::on(Kind::Sqlite).charges(10).prepare();
    for only in ["worker", "api,link"] {
        let finished = app.cli.run_within(&["serve", "--only", only], Duration::from_secs(60));
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        assert_says(&finished.stderr, &["SQLite"]);
    }
}

/// Another program that holds the file's write lock is waited for, then named as the reason.
#[test]
fn a_sqlite_file_that_another_program_has_locked_is_refused() {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, SqliteConnection};
    let app = TestApp::on(Kind::Sqlite).charges(10).prepare();
    let before = dump::whole(&app.database);
    let mut holder = SqliteConnection::establish(&app.database.file().unwrap().to_string_lossy()).unwrap();
    holder.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert_says(&serve_refuses(&app.cli), &["locked"]);
    holder.batch_execute("ROLLBACK").unwrap();
    dump::assert_equal("locked", &before, &dump::whole(&app.database));
}

#[test]
fn a_sqlite_file_that_may_only_be_read_is_refused() {
    let app = TestApp::on(Kind::Sqlite).charges(10).prepare();
    let before = dump::whole(&app.database);
    let finished: Finished = unprivileged::run_on_read_only_folder(&app, &["serve"]);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(
        ["read-only", "readonly", "Permission denied"].iter().any(|word| finished.stderr.contains(word)),
        "{}",
        finished.stderr
    );
    dump::assert_equal("read-only", &before, &dump::whole(&app.database));
}

#[test]
fn a_postgres_database_that_may_only_be_read_is_refused() {
    let app = TestApp::on(Kind::Postgres).charges(10).prepare();
    let before = dump::whole(&app.database);
    let name = app.database.texts("SELECT current_database()::text AS value").remove(0);
    app.database.execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    assert_says(&serve_refuses(&app.cli), &["read-only"]);
    dump::assert_equal("read-only", &before, &dump::whole(&app.database));
}

/// `check` looks and changes nothing; it doesn't even make a database.
#[test]
fn a_file_that_is_no_database_is_refused_and_kept() {
    let app = TestApp::on(Kind::Sqlite).charges(10).prepare();
    let scratch = Scratch::new();
    let file = scratch.file("letter.sqlite", &"Dear Sir or Madam, ".repeat(100));
    let url = format!("sqlite://{}", file.display());
    serve_refuses(&app.cli.with("database.url", &url));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "Dear Sir or Madam, ".repeat(100));
    drop(TestDatabase::create(Kind::Sqlite, &scratch));
}

fn assert_private(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{} is open to others: {mode:o}", file.display());
}

fn write_private(file: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

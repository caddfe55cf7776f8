//! Access that ends while a run reads.

use super::{RUN, assert_as_if_undisturbed};
use crate::support::actors::Consent;
use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{on_both_databases, wait};

on_both_databases![
    b18_a_token_revoked_in_the_middle_of_a_run_ends_it_with_few_further_calls_and_one_message,
    b19_a_permission_removed_in_the_middle_of_a_run_fails_that_data_type_only,
];

/// How many requests may still be under way when the first refusal arrives: what is read ahead and side by side.
const UNDER_WAY_MAX: u64 = 40;

fn messages(app: &TestApp, linked: &Linked, event: &str) -> i64 {
    app.database.number(&format!(
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM messages WHERE company_id = '{}' AND event_type = '{event}'",
        linked.company_id
    ))
}

fn b18_a_token_revoked_in_the_middle_of_a_run_ends_it_with_few_further_calls_and_one_message(kind: Kind) {
    let app = TestApp::on(kind).charges(600).sandbox(&["--latency-ms", "20"]).start();
    let linked = app.link("Toft Stores", 0);
    wait::until("a page is stored", RUN, || (app.pages(&linked) > 1).then_some(()));
    let before = app.sandbox.answers(200);
    app.sandbox.disconnect(0);
    for dataset in app.wait_for_sync(&linked, RUN) {
        let status = dataset["status"].as_str().unwrap();
        assert!(["AuthError", "Complete"].contains(&status), "{dataset}");
    }
    assert_eq!(app.connection(&linked)["status"], "Deauthorized");
    let refused = app.sandbox.answers(401);
    assert!(refused > 0, "the run ended before the token was revoked");
    let further = refused + app.sandbox.answers(200) - before;
    assert!(further <= UNDER_WAY_MAX, "{further} calls after the token was revoked");
    assert_eq!(messages(&app, &linked, "connection.disconnected"), 1);

    let account = app.sandbox.account(0).to_owned();
    app.merchant().authorize(&linked.link_url, &account, Consent::Connect);
    let datasets = app.wait_for_sync(&linked, RUN);
    let newest = datasets.iter().take(crate::support::truth::DATA_TYPES);
    newest.for_each(|dataset| assert_eq!(dataset["status"], "Complete", "{dataset}"));
    assert!(app.sandbox.answers(401) <= UNDER_WAY_MAX, "the dead token was used on");
    assert_as_if_undisturbed(&app, &linked, 0);
}

/// The list of disputes is asked for once while it may be read, and again when it may not.
fn b19_a_permission_removed_in_the_middle_of_a_run_fails_that_data_type_only(kind: Kind) {
    let mut app = TestApp::on(kind).charges(220).prepare();
    let key = app.sandbox.accounts[0]["restricted_key"].as_str().unwrap().to_owned();
    let company = app.cli.json(&["company", "create", "--name", "Toft Stores"]);
    let company_id = company["company_id"].as_str().unwrap().to_owned();
    let made = app.cli.json(&["connection", "create", "--company", &company_id, "--integration", "yzth"]);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let linked = Linked { company_id, connection_id: text("connection_id"), link_url: text("link_url") };
    let file = app.scratch.file("merchant-key", &key);
    let file = file.to_str().unwrap();
    app.cli.json(&["connection", "add-key", "--connection", &linked.connection_id, "--key-file", file]);
    app.sandbox.set_faults(&["hang:resource=disputes,first=1,secs=2"]);
    let asked = app.sandbox.requests("GET /v1/disputes");
    app.serve(&[]);
    wait::until("disputes are asked for", RUN, || {
        (app.sandbox.requests("GET /v1/disputes") > asked).then_some(())
    });
    app.sandbox.permit(&key, &["rak_dispute_read"], &[]);
    for dataset in app.wait_for_sync(&linked, RUN) {
        if dataset["dataType"] == "commerce-disputes" {
            assert_eq!(dataset["status"], "PermissionsError", "{dataset}");
            assert!(dataset["errorMessage"].as_str().unwrap().contains("rak_dispute_read"), "{dataset}");
        } else {
            assert_eq!(dataset["status"], "Complete", "{dataset}");
        }
    }
    app.sandbox.permit(&key, &[], &["rak_dispute_read"]);
    super::ask_for_everything(&app, &linked);
    let datasets = app.wait_for_sync(&linked, RUN);
    let newest = datasets.iter().take(crate::support::truth::DATA_TYPES);
    newest.for_each(|dataset| assert_eq!(dataset["status"], "Complete", "{dataset}"));
    super::assert_equals_stripe(&app, &linked, 0);
}

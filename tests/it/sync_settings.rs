//! Sync settings, from the API to what is pulled, kept and pulled again.

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{on_both_databases, truth, wait};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

on_both_databases![
    a_bound_of_the_history_buries_what_is_older_and_moving_it_back_restores_it,
    a_first_run_within_a_bound_asks_for_nothing_older,
    what_is_not_fetched_on_first_link_is_there_once_it_is_asked_for,
    a_schedule_counts_from_the_last_pull,
    validation_tells_what_is_doubtful_and_what_could_not_be_read,
    supplemental_data_shows_at_once_what_stripes_objects_hold,
];

const RUN: Duration = Duration::from_secs(120);
const PROFILE: &str = "/profile/syncSettings";
const TYPES: [&str; 4] =
    ["commerce-customers", "commerce-payments", "commerce-transactions", "commerce-disputes"];

fn setting(data_type: &str, changes: &Value) -> Value {
    let mut setting = json!({
        "dataType": data_type, "fetchOnFirstLink": true, "syncSchedule": 0, "syncOrder": 0,
    });
    for (name, value) in changes.as_object().unwrap() {
        setting[name] = value.clone();
    }
    setting
}

fn set_for_all(app: &TestApp, settings: &[Value]) {
    let client = app.developer.get(PROFILE).expect(200).json()["clientId"].clone();
    let body = json!({ "clientId": client, "settings": settings, "overridesDefaults": true });
    app.developer.post(PROFILE, &body).expect(204);
}

/// Every record of the types by its id, without the moment of its last change.
fn records(app: &TestApp, linked: &Linked) -> BTreeMap<&'static str, BTreeMap<String, Value>> {
    let of = |data_type: &'static str| {
        let mut listed = app.developer.list(&app.data_path(linked, data_type), 5000);
        for record in &mut listed {
            record.as_object_mut().unwrap().remove("modifiedDate");
        }
        (data_type, truth::by_id(&listed))
    };
    TYPES.into_iter().map(of).collect()
}

/// A moment in the middle of the account's history: Unix seconds, and as the API writes it.
fn middle(app: &TestApp, resource: &str) -> (i64, String) {
    let mut created: Vec<i64> =
        app.sandbox.list(0, resource).iter().map(|object| object["created"].as_i64().unwrap()).collect();
    created.sort_unstable();
    let secs = created[created.len() / 2];
    (secs, tributary_core::Millis::from_secs(secs).to_iso())
}

fn since(app: &TestApp, resource: &str, secs: i64) -> BTreeSet<String> {
    let mut objects = app.sandbox.list(0, resource);
    objects.retain(|object| object["created"].as_i64().unwrap() >= secs);
    truth::ids(&objects)
}

fn a_bound_of_the_history_buries_what_is_older_and_moving_it_back_restores_it(kind: Kind) {
    let app = TestApp::on(kind).charges(220).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let whole = records(&app, &linked);
    let (secs, iso) = middle(&app, "charges");
    let bounded: Vec<Value> =
        TYPES.iter().map(|data_type| setting(data_type, &json!({ "syncFromUtc": iso }))).collect();
    set_for_all(&app, &bounded);
    app.refresh(&linked, RUN);
    let kept = records(&app, &linked);
    for (data_type, all) in &whole {
        let newer = |record: &&Value| record["createdDate"].as_str().unwrap() >= iso.as_str();
        let expected: BTreeSet<&String> =
            all.iter().filter(|(_, record)| newer(record)).map(|(id, _)| id).collect();
        assert_eq!(kept[data_type].keys().collect::<BTreeSet<_>>(), expected, "{data_type}");
    }
    assert!(kept["commerce-payments"].len() < whole["commerce-payments"].len());
    let old = whole["commerce-payments"].keys().find(|id| !kept["commerce-payments"].contains_key(*id));
    let old = format!("{}/{}", app.data_path(&linked, "commerce-payments"), old.unwrap());
    app.developer.get(&old).expect(404);
    assert!(since(&app, "charges", secs).is_subset(&kept["commerce-payments"].keys().cloned().collect()));
    let history = app.wait_for_sync(&linked, RUN);
    let payments = history.iter().find(|dataset| dataset["dataType"] == "commerce-payments").unwrap();
    let modified = format!(
        "SELECT CASE WHEN records_modified THEN 'yes' ELSE 'no' END AS value FROM datasets WHERE id = '{}'",
        payments["id"].as_str().unwrap()
    );
    assert_eq!(app.database.texts(&modified), ["yes"], "what is no longer kept has changed");

    set_for_all(&app, &[]);
    app.refresh(&linked, RUN);
    let again = records(&app, &linked);
    for (data_type, all) in &whole {
        assert_eq!(&again[data_type], all, "{data_type}");
    }
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));
}

fn a_first_run_within_a_bound_asks_for_nothing_older(kind: Kind) {
    let app = TestApp::on(kind).charges(420).start();
    let (secs, iso) = middle(&app, "charges");
    let bounded: Vec<Value> =
        TYPES.iter().map(|data_type| setting(data_type, &json!({ "syncFromUtc": iso }))).collect();
    set_for_all(&app, &bounded);
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let expected = since(&app, "charges", secs);
    let pages = app.database.number(
        "SELECT CAST(SUM(pages) AS TEXT) AS value FROM windows WHERE resource = 'charges' AND from_secs > 0",
    );
    assert_eq!(usize::try_from(pages).unwrap(), expected.len().div_ceil(100));
    let payments: BTreeSet<String> =
        truth::ids(&app.developer.list(&app.data_path(&linked, "commerce-payments"), 5000));
    assert!(expected.is_subset(&payments));
    let older = |id: &String| id.starts_with("ch_") && !expected.contains(id);
    assert!(!payments.iter().any(older));
    let customers = truth::ids(&app.developer.list(&app.data_path(&linked, "commerce-customers"), 5000));
    assert_eq!(customers, since(&app, "customers", secs), "older customers that payments name stay absent");
}

fn what_is_not_fetched_on_first_link_is_there_once_it_is_asked_for(kind: Kind) {
    let app = TestApp::on(kind).charges(60).start();
    set_for_all(&app, &[setting("commerce-payments", &json!({ "fetchOnFirstLink": false }))]);
    let linked = app.link("Toft Stores", 0);
    let datasets = app.wait_for_sync(&linked, RUN);
    assert!(datasets.iter().all(|dataset| dataset["dataType"] != "commerce-payments"));
    let path = app.data_path(&linked, "commerce-payments");
    app.developer.get(&path).expect(409);
    app.refresh(&linked, RUN);
    app.developer.get(&path).expect(409);
    let queue = format!("/companies/{}/data/queue/commerce-payments", linked.company_id);
    app.developer.post(&queue, &Value::Null).expect(200);
    app.synced(&linked, RUN);
    assert!(!app.developer.list(&path, 1000).is_empty());
}

fn a_schedule_counts_from_the_last_pull(kind: Kind) {
    let app = TestApp::on(kind).charges(20).start();
    app.cli.json(&["integration", "set", "yzth", "--continuous", "--enable"]);
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let count = |datasets: &[Value], data_type: &str| {
        datasets.iter().filter(|dataset| dataset["dataType"] == data_type).count()
    };
    app.database.execute("UPDATE datasets SET completed_ms = completed_ms - 2 * 3600000");
    set_for_all(
        &app,
        &[
            setting("commerce-disputes", &json!({ "syncSchedule": 2 })),
            setting("commerce-customers", &json!({ "syncSchedule": 3 })),
        ],
    );
    let datasets = wait::until("disputes are pulled again", RUN, || {
        let datasets = app.wait_for_sync(&linked, RUN);
        (count(&datasets, "commerce-disputes") == 2).then_some(datasets)
    });
    for dataset in &datasets {
        assert_eq!(dataset["status"], "Complete", "{dataset}");
        let data_type = dataset["dataType"].as_str().unwrap();
        let pulls = if data_type == "commerce-disputes" { 2 } else { 1 };
        assert_eq!(count(&datasets, data_type), pulls, "{data_type}");
    }
}

fn validation_tells_what_is_doubtful_and_what_could_not_be_read(kind: Kind) {
    let faults = ["unknown-enum:resource=disputes", "forbidden:resource=payment_intents"];
    let flags: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", *fault]).collect();
    let app = TestApp::on(kind).charges(200).sandbox(&flags).start();
    let linked = app.link("Toft Stores", 0);
    let datasets = app.wait_for_sync(&linked, RUN);
    let validation = |data_type: &str| {
        let dataset = datasets.iter().find(|dataset| dataset["dataType"] == data_type).unwrap();
        assert_eq!(dataset["status"], "Complete", "{dataset}");
        let id = dataset["id"].as_str().unwrap();
        let path = format!("/companies/{}/sync/{id}/validation", linked.company_id);
        app.developer.get(&path).expect(200).json()
    };
    assert_eq!(validation("commerce-customers"), json!({ "errors": [], "warnings": [] }));
    let disputes = validation("commerce-disputes");
    let doubted: BTreeSet<String> = disputes["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|warning| warning["ruleId"] == "commerce-dispute-003")
        .map(|warning| warning["itemId"].as_str().unwrap().to_owned())
        .collect();
    let ids = truth::ids(&app.sandbox.list(0, "disputes"));
    assert!(!doubted.is_empty() && doubted.is_subset(&ids), "{disputes}");
    let payments = validation("commerce-payments");
    assert_eq!(payments["errors"], json!([]));
    let warnings = payments["warnings"].as_array().unwrap();
    let unread = warnings.iter().find(|warning| warning["ruleId"] == "commerce-payment-002");
    let unread = unread.unwrap_or_else(|| panic!("{payments}"));
    assert_eq!(unread["itemId"], "payment_intents");
    assert_eq!(unread["validatorName"], "PaymentValidator");
    assert!(unread["message"].as_str().unwrap().contains("rak_payment_intent_read"), "{unread}");
}

fn supplemental_data_shows_at_once_what_stripes_objects_hold(kind: Kind) {
    let app = TestApp::on(kind).charges(120).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let path = app.data_path(&linked, "commerce-payments");
    let before = app.developer.list(&path, 500);
    assert!(before.iter().all(|payment| payment.get("supplementalData").is_none()));
    let config = "/integrations/yzth/dataTypes/commerce-payments/supplementalDataConfig";
    let put = |body: &Value| {
        let answer = app.developer.request("PUT", config).json(body).send().unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().unwrap(), "");
    };
    app.developer.get(config).expect(404);
    let properties = json!({ "stripe": "id", "secret": "client_secret", "made": "created" });
    let wanted = json!({ "supplementalDataConfig": {
        "shop": { "dataSource": "/v1/charges", "pullData": properties },
    } });
    put(&wanted);
    assert_eq!(app.developer.get(config).expect(200).json(), wanted);
    let charges = truth::by_id(&app.sandbox.list(0, "charges"));
    let after = app.developer.list(&path, 500);
    assert_eq!(after.len(), before.len());
    for (payment, plain) in after.iter().zip(&before) {
        let (stripe, made) = match charges.get(payment["id"].as_str().unwrap()) {
            Some(charge) => (charge["id"].clone(), charge["created"].clone()),
            None => (Value::Null, Value::Null),
        };
        let content = json!({ "shop": { "stripe": stripe, "secret": null, "made": made } });
        assert_eq!(payment["supplementalData"], json!({ "content": content }));
        assert_eq!(payment["modifiedDate"], plain["modifiedDate"]);
    }
    let one = app.developer.get(&format!("{path}/{}", after[0]["id"].as_str().unwrap())).expect(200).json();
    assert_eq!(one, after[0]);
    put(&json!({}));
    let emptied = app.developer.get(config).expect(200).json();
    assert_eq!(emptied, json!({ "supplementalDataConfig": {} }));
    assert_eq!(app.developer.list(&path, 500), before);
}

//! The developers' API at its edges: who may ask, for what, and how it says no.

use crate::support::actors::Developer;
use crate::support::app::TestApp;
use crate::support::database::Kind;
use crate::support::http::Answer;
use crate::support::truth::DATA_TYPES;
use crate::support::{dump, on_both_databases};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases![
    only_a_key_opens_the_api,
    another_platforms_ids_answer_like_missing_ones_on_every_route,
    requests_that_break_a_rule_are_refused_by_name_and_change_nothing,
    data_that_was_never_pulled_is_a_409_until_it_is_there,
    a_data_type_that_is_being_pulled_cannot_be_queued_again,
    what_was_pulled_is_told_by_status_and_history,
    companies_and_connections_read_back_as_they_were_made,
];

const RUN: Duration = Duration::from_secs(120);

/// The body that every refusal has.
#[track_caller]
fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type").split(';').next(), Some("application/json"));
    let body = answer.json();
    assert_eq!(body["statusCode"], status);
    let id = body["correlationId"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(body["canBeRetried"], "Unknown");
    assert_eq!(body["detailedErrorCode"], 0);
    assert!(body["service"].is_string());
    body["error"].as_str().unwrap().to_owned()
}

/// Every route that names a company, with the connection, dataset and record ids put in.
fn routes(company: &str, connection: &str, dataset: &str, record: &str) -> Vec<(&'static str, String)> {
    let mut routes = vec![
        ("GET", format!("/companies/{company}")),
        ("GET", format!("/companies/{company}/connections")),
        ("GET", format!("/companies/{company}/connections/{connection}")),
        ("POST", format!("/companies/{company}/connections")),
        ("GET", format!("/companies/{company}/dataStatus")),
        ("POST", format!("/companies/{company}/data/all")),
        ("POST", format!("/companies/{company}/data/queue/commerce-payments")),
        ("GET", format!("/companies/{company}/data/history")),
        ("GET", format!("/companies/{company}/data/history/{dataset}")),
        ("GET", format!("/companies/{company}/connections/{connection}/data/commerce-info")),
    ];
    for list in ["customers", "products", "payments", "transactions", "disputes"] {
        let path = format!("/companies/{company}/connections/{connection}/data/commerce-{list}");
        routes.push(("GET", path.clone()));
        routes.push(("GET", format!("{path}/{record}")));
    }
    routes
}

fn send(developer: &Developer, method: &str, path: &str) -> Answer {
    match method {
        "GET" => developer.get(path),
        _ => developer.post(path, &json!({ "platformKey": "yzth" })),
    }
}

fn only_a_key_opens_the_api(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let company = app.developer.create_company("Toft Stores");
    let path = format!("/companies/{}", company["id"].as_str().unwrap());
    let right = app.developer.request("GET", &path).build().unwrap();
    let right = right.headers()["authorization"].to_str().unwrap().to_owned();
    let well_formed = tributary_core::token::random_api_key().unwrap();
    let other = Developer::new(&app.api_url, well_formed.expose());
    for (what, answer) in [
        (
            "no header",
            Answer::of(crate::support::http::client().get(format!("{}{path}", app.api_url)).send().unwrap()),
        ),
        ("an empty one", app.developer.with_authorization("").get(&path)),
        ("another scheme", app.developer.with_authorization(&right.replace("Basic", "Bearer")).get(&path)),
        ("no base64", app.developer.with_authorization("Basic ???").get(&path)),
        ("half of a key", app.developer.with_authorization(&right[..30]).get(&path)),
        ("a key of nobody", other.get(&path)),
    ] {
        assert_eq!(refused(&answer, 401), "Unauthorized", "{what}");
    }
    app.developer.get(&path).expect(200);
    let with_colon = {
        use base64::Engine;
        let engine = base64::engine::general_purpose::STANDARD;
        let key = String::from_utf8(engine.decode(right.trim_start_matches("Basic ")).unwrap()).unwrap();
        format!("Basic {}", engine.encode(format!("{key}:")))
    };
    app.developer.with_authorization(&with_colon).get(&path).expect(200);
}

/// A-60: what belongs to another platform answers exactly as what doesn't exist.
fn another_platforms_ids_answer_like_missing_ones_on_every_route(kind: Kind) {
    let mut app = TestApp::on(kind).charges(60).prepare();
    app.cli.json(&["platform", "create", "--name", "Other Lender"]);
    let key = app.cli.json(&["api-key", "create", "--name", "other", "--platform", "Other Lender"]);
    let key = key["api_key"].as_str().unwrap();
    app.canaries.add("another API key", key);
    let other = Developer::new(&app.api_url, key);
    app.serve(&[]);
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.wait_until_listed();
    let dataset = app.wait_for_sync(&linked, RUN)[0]["id"].as_str().unwrap().to_owned();
    let payments = app.developer.list(&app.data_path(&linked, "commerce-payments"), 5000);
    let record = payments[0]["id"].as_str().unwrap();
    let before = dump::whole(&app.database);
    let missing = uuid::Uuid::new_v4().to_string();
    let foreign = routes(&linked.company_id, &linked.connection_id, &dataset, record);
    let absent = routes(&missing, &missing, &missing, record);
    for ((method, foreign), (_, absent)) in foreign.iter().zip(&absent) {
        let (foreign_answer, absent_answer) = (send(&other, method, foreign), send(&other, method, absent));
        let error = refused(&foreign_answer, 404);
        let neutral = |error: &str| {
            error
                .replace(&dataset, "ID")
                .replace(&linked.company_id, "ID")
                .replace(&linked.connection_id, "ID")
                .replace(&missing, "ID")
        };
        assert_eq!(neutral(&error), neutral(&refused(&absent_answer, 404)), "{method} {foreign}");
    }
    dump::assert_equal("foreign requests", &before, &dump::whole(&app.database));
    assert_eq!(other.get("/companies").expect(200).json()["totalResults"], 0);
    assert_eq!(app.developer.get("/companies").expect(200).json()["totalResults"], 1);
}

fn requests_that_break_a_rule_are_refused_by_name_and_change_nothing(kind: Kind) {
    let app = TestApp::on(kind).charges(60).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    app.wait_until_listed();
    let other = app.new_connection("Quay Books");
    let before = dump::whole(&app.database);
    let payments = app.data_path(&linked, "commerce-payments");
    for bad in
        ["page=0", "page=-1", "page=one", "pageSize=0", "pageSize=5001", "pageSize=all", "page=99999999999"]
    {
        for path in [&payments, "/companies", &format!("/companies/{}/data/history", linked.company_id)] {
            refused(&app.developer.get(&format!("{path}?{bad}")), 400);
        }
    }
    app.developer.get(&format!("{payments}?pageSize=5000")).expect(200);
    let company = format!("/companies/{}", linked.company_id);
    let post = |path: &str, content_type: &str, body: &str| {
        let request = app.developer.request("POST", path).header("Content-Type", content_type);
        Answer::of(request.body(body.to_owned()).send().unwrap())
    };
    for body in
        ["", "{", "[]", "\"x\"", "null", "{}", r#"{"name":""}"#, r#"{"name":5}"#, r#"{"name":"[]"}"#, "\u{0}"]
    {
        refused(&post("/companies", "application/json", body), 400);
    }
    refused(&post("/companies", "application/json", r#"{"name":"a","tags":{"k":5}}"#), 400);
    refused(&post("/companies", "application/json", &format!(r#"{{"name":"{}"}}"#, "a".repeat(501))), 400);
    refused(
        &post("/companies", "application/json", &format!(r#"{{"name":"{}"}}"#, "a".repeat(1 << 21))),
        413,
    );
    for body in ["{}", r#"{"platformKey":"EXGD"}"#, r#""yzth""#, "{"] {
        refused(&post(&format!("{company}/connections"), "application/json", body), 400);
    }
    refused(&post(&format!("{company}/connections"), "application/json", r#"{"platformKey":"exgd"}"#), 404);
    refused(&post(&format!("{company}/connections"), "application/json", r#"{"platformKey":"zzzz"}"#), 404);
    for missing in [
        "/",
        "/nowhere",
        "/companies/1",
        "/companies/not-an-id/connections",
        &format!("{company}/connections/{}", other.connection_id),
        &format!("{company}/connections/{}/data/commerce-payments", other.connection_id),
        &format!("{company}/data/history/{}", uuid::Uuid::new_v4()),
        &format!("{payments}/ch_nobodys"),
        &app.data_path(&linked, "commerce-nonsense"),
    ] {
        refused(&app.developer.get(missing), 404);
    }
    refused(&app.developer.post(&format!("{company}/data/queue/commerce-nonsense"), &Value::Null), 404);
    refused(&Answer::of(app.developer.request("DELETE", "/companies").send().unwrap()), 405);
    dump::assert_equal("refused requests", &before, &dump::whole(&app.database));
}

fn data_that_was_never_pulled_is_a_409_until_it_is_there(kind: Kind) {
    let app = TestApp::on(kind).charges(60).start();
    let linked = app.new_connection("Toft Stores");
    for list in ["info", "customers", "products", "payments", "transactions", "disputes"] {
        let answer = app.developer.get(&app.data_path(&linked, &format!("commerce-{list}")));
        assert_eq!(refused(&answer, 409), "The data set has not been requested.");
    }
    assert_eq!(
        app.developer.get(&format!("/companies/{}/dataStatus", linked.company_id)).expect(200).json(),
        json!({})
    );
    let queued = app
        .developer
        .post(&format!("/companies/{}/data/queue/commerce-payments", linked.company_id), &Value::Null);
    refused(&queued, 404);
}

/// E10: one dataset per connection and data type at a time.
fn a_data_type_that_is_being_pulled_cannot_be_queued_again(kind: Kind) {
    let app = TestApp::on(kind).charges(60).sandbox(&["--fault", "hang:secs=10,resource=customers"]).start();
    let linked = app.link("Toft Stores", 0);
    let company = format!("/companies/{}", linked.company_id);
    let history = app.developer.get(&format!("{company}/data/history?pageSize=100")).expect(200).json();
    let customers = history["results"]
        .as_array()
        .unwrap()
        .iter()
        .find(|set| set["dataType"] == "commerce-customers")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let error =
        refused(&app.developer.post(&format!("{company}/data/queue/commerce-customers"), &Value::Null), 400);
    assert!(error.starts_with("DatasetAlreadyInProgressException"), "{error}");
    assert!(error.contains(&customers), "{error}");
    let status = app.developer.get(&format!("{company}/dataStatus")).expect(200).json();
    assert!(
        ["Queued", "Fetching"].contains(&status["commerce-customers"]["currentStatus"].as_str().unwrap())
    );
    app.developer.post(&format!("{company}/data/all"), &Value::Null).expect(204);
    let history = app.developer.get(&format!("{company}/data/history?pageSize=100")).expect(200).json();
    let of_customers: Vec<&Value> = history["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|set| set["dataType"] == "commerce-customers")
        .collect();
    // Others may have ended meanwhile, and then are queued anew.
    assert_eq!(of_customers.len(), 1, "refreshing all queues nothing twice: {of_customers:?}");
}

fn what_was_pulled_is_told_by_status_and_history(kind: Kind) {
    let app = TestApp::on(kind).charges(60).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let company = format!("/companies/{}", linked.company_id);
    let queued = app.developer.post(
        &format!("{company}/data/queue/commerce-disputes?connectionId={}", linked.connection_id),
        &Value::Null,
    );
    let queued = queued.expect(200).json();
    assert_eq!(queued["dataType"], "commerce-disputes");
    assert_eq!(queued["isCompleted"], false);
    app.synced(&linked, RUN);
    let status = app.developer.get(&format!("{company}/dataStatus")).expect(200).json();
    assert_eq!(status.as_object().unwrap().len(), DATA_TYPES);
    for (data_type, state) in status.as_object().unwrap() {
        assert_eq!(&state["dataType"], data_type);
        assert_eq!(state["currentStatus"], "Complete");
        assert_eq!(state["latestSyncId"], state["latestSuccessfulSyncId"]);
        assert!(state["lastSuccessfulSync"].is_string());
    }
    assert_eq!(status["commerce-disputes"]["latestSyncId"], queued["id"]);
    let history = app.developer.list(&format!("{company}/data/history"), 3);
    assert_eq!(history.len(), DATA_TYPES + 1);
    assert_eq!(history[0]["id"], queued["id"], "the newest first");
    let one = app
        .developer
        .get(&format!("{company}/data/history/{}", queued["id"].as_str().unwrap()))
        .expect(200)
        .json();
    assert_eq!(one, history[0]);
    assert_eq!(
        (&one["progress"], &one["isCompleted"], &one["isErrored"]),
        (&json!(100), &json!(true), &json!(false))
    );
}

fn companies_and_connections_read_back_as_they_were_made(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let body = json!({ "name": "Toft & Sons (1)", "description": "ref 7", "tags": { "region": "uk" }, "nonsense": [1] });
    let company = app.developer.post("/companies", &body).expect(200).json();
    assert_eq!(company["name"], "Toft & Sons 1", "forbidden characters are left out, as the contract says");
    assert_eq!((&company["description"], &company["tags"]), (&json!("ref 7"), &json!({ "region": "uk" })));
    let id = company["id"].as_str().unwrap();
    assert_eq!(company["redirect"], format!("{}/company/{id}", app.link_url));
    assert_eq!(company["dataConnections"], json!([]));
    assert!(company.get("lastSync").is_none(), "what is not there is left out, never null");
    let connection = app.developer.create_connection(id);
    let link =
        format!("{}/companies/{id}/connections/{}/start", app.link_url, connection["id"].as_str().unwrap());
    assert_eq!(connection["linkUrl"], link);
    let read = app.developer.get(&format!("/companies/{id}")).expect(200).json();
    assert_eq!(read["dataConnections"], json!([connection]));
    let listed = app.developer.list("/companies", 10);
    assert_eq!(listed, [read]);
    assert_eq!(app.developer.list(&format!("/companies/{id}/connections"), 10), [connection]);
    let answer = app.developer.get("/companies");
    assert!(
        !answer.header("x-rate-limit-limit").is_empty()
            && !answer.header("x-rate-limit-remaining").is_empty()
    );
    assert!(app.developer.get("/COMPANIES").status == 200, "routes don't care about case");
}

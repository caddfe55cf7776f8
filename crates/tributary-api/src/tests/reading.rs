//! When connections are read, and what people have to say in it.

use super::TestApi;
use super::seed::NOW;
use crate::ApiSettings;
use actix_web::http::Method;
use futures::FutureExt;
use serde_json::{Value, json};
use tributary_core::DataType;
use tributary_core::ReadBudget;
use tributary_core::sync_settings::ReadingSettings;
use tributary_db::datasets;
use tributary_db::reads::{self, Purpose};

fn path(api: &TestApi, rest: &str) -> String {
    format!("/tributary/v1{}/{rest}", api.one.connection_path())
}

async fn get(api: &TestApi, rest: &str) -> Value {
    let reply = api.get(&path(api, rest)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

async fn post(api: &TestApi, rest: &str) -> Value {
    let reply = api.post(&path(api, rest), "").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

#[actix_web::test]
async fn a_paused_connection_refuses_to_be_read_until_it_is_resumed() {
    let api = TestApi::new();
    let paused = post(&api, "pause").await;
    assert_eq!((&paused["isPaused"], &paused["pausedDate"]), (&json!(true), &json!("2026-09-21T14:13:20Z")));
    assert!(paused["dataTypes"].as_array().unwrap().iter().all(|of| of["isReading"] == true), "{paused}");
    assert_eq!(get(&api, "schedule").await, paused);
    let company = api.one.company_path();
    let refused = (
        400,
        format!(
            "ConnectionPausedException: Data connection {} is paused. Resume it to have it read.",
            api.one.connection.id
        ),
    );
    let product = format!("{company}/products/commerce/refresh");
    for asked in [
        format!("{company}/data/all"),
        format!("{company}/data/queue/commerce-payments"),
        format!("{company}/data/queue/commerce-payments?connectionId={}", api.one.connection.id),
        path(&api, "refresh"),
    ] {
        assert_eq!(api.post(&asked, "").await.error(), refused, "{asked}");
    }
    assert_eq!(api.post(&product, "").await.status, 400);
    let history = api.get(&format!("{company}/data/history")).await.json();
    let waits = &history["results"][0]["statusDescription"];
    assert!(waits.as_str().unwrap().starts_with("Paused"), "{waits}");
    let connection = api.get(&api.one.connection_path()).await.json();
    assert_eq!(connection["status"], "Linked", "the contract has no word for it");

    let resumed = post(&api, "resume").await;
    assert_eq!((&resumed["isPaused"], resumed.get("pausedDate")), (&json!(false), None));
    assert!(api.wake.notified().now_or_never().is_some());
    assert_eq!(api.post(&format!("{company}/data/all"), "").await.status, 204);
}

#[actix_web::test]
async fn one_connection_is_refreshed_and_its_reading_cancelled() {
    let api = TestApi::new();
    let cancelled = post(&api, "cancel").await["datasets"].as_array().unwrap().clone();
    assert_eq!(cancelled.len(), DataType::ALL.len());
    assert!(
        cancelled.iter().all(|of| of["status"] == "Cancelled" && of["isErrored"] == false),
        "{cancelled:?}"
    );
    assert_eq!(post(&api, "cancel").await, json!({ "datasets": [] }));
    let queued = post(&api, "refresh").await["datasets"].as_array().unwrap().len();
    assert_eq!(queued, DataType::ALL.len());
    assert_eq!(post(&api, "refresh").await, json!({ "datasets": [] }), "what is under way goes on");
    let waiting = api.seed.run(|conn| datasets::waiting(conn, api.one.connection.no));
    assert_eq!(waiting.len(), DataType::ALL.len());

    let pending = api.seed.connection(&api.one.company, &api.one.integration);
    for what in ["pause", "refresh"] {
        let path = format!("/tributary/v1{}/connections/{}/{what}", api.one.company_path(), pending.id);
        let reply = api.post(&path, "").await;
        assert_eq!(reply.status, 400, "{what}: {}", reply.text);
        let said = reply.json()["validation"]["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(said.contains("Linked"), "{said}");
    }
}

#[actix_web::test]
async fn a_time_of_day_is_set_for_all_and_for_one_company() {
    let api = TestApi::new();
    let (all, own) =
        ("/tributary/v1/profile/timetable", format!("/tributary/v1{}/timetable", api.one.company_path()));
    assert_eq!(api.get(all).await.json(), json!({ "timeZone": "UTC" }));
    let berlin = json!({ "timeOfDay": "03:30", "timeZone": "Europe/Berlin" });
    let set = api.ask(Method::PUT, all, &berlin.to_string()).await;
    assert_eq!((set.status, set.json()), (200, berlin.clone()));
    assert_eq!(api.get(all).await.json(), berlin);
    let inherited = json!({ "timeOfDay": "03:30", "timeZone": "Europe/Berlin", "isInherited": true });
    assert_eq!(api.get(&own).await.json(), inherited);
    let none = api.ask(Method::PUT, &own, r#"{"timeZone":"Asia/Tokyo"}"#).await;
    assert_eq!(none.json(), json!({ "timeZone": "Asia/Tokyo", "isInherited": false }));
    assert_eq!(api.ask(Method::DELETE, &own, "").await.status, 204);
    assert_eq!(api.get(&own).await.json(), inherited);
    for (body, item) in [
        (r#"{"timeOfDay":"3:30","timeZone":"UTC"}"#, "timeOfDay"),
        (r#"{"timeOfDay":"03:30","timeZone":"Berlin"}"#, "timeZone"),
    ] {
        let refused = api.ask(Method::PUT, all, body).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(refused.json()["validation"]["errors"][0]["itemId"], item);
    }
    assert_eq!(api.get(all).await.json(), berlin, "nothing has changed");
    let theirs = api.send(api.other.request(Method::GET, all)).await.json();
    assert_eq!(theirs, json!({ "timeZone": "UTC" }), "another platform's is its own");
    assert_eq!(api.ask(Method::DELETE, all, "").await.status, 204);
    assert_eq!(api.get(all).await.json(), json!({ "timeZone": "UTC" }));
}

#[actix_web::test]
async fn usage_tells_what_was_read_and_why_the_next_pull_waits() {
    let reading = ReadingSettings { refresh_hours: 24, budget: ReadBudget::Reads(100) };
    let api = TestApi::with(ApiSettings { reading, ..ApiSettings::new(super::urls()) });
    api.seed.complete_all(&api.one.connection);
    api.seed.continuous(&api.one);
    let no = api.one.connection.no;
    for (purpose, requests) in [(Purpose::Initial, 5000), (Purpose::Scheduled, 30), (Purpose::Other, 120)] {
        api.seed.run(|conn| reads::add(conn, no, purpose, requests, NOW));
    }
    let usage = get(&api, "usage").await;
    for (name, expected) in [
        ("reads", json!(150)),
        ("scheduledReads", json!(30)),
        ("otherReads", json!(120)),
        ("initialReads", json!(5000)),
        ("budget", json!(100)),
        ("isStretched", json!(false)),
    ] {
        assert_eq!(usage[name], expected, "{name}: nothing is known yet of what a pull takes: {usage}");
    }
    assert_eq!(usage["dueDate"], usage["nextDate"]);
    assert!(usage["nextDate"].as_str().unwrap().starts_with("2026-09-22T"), "{usage}");
}

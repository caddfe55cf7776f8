//! Webhook consumers over HTTP.

use super::seed::NOW;
use super::{TestApi, urls};
use crate::ApiSettings;
use actix_web::http::Method;
use serde_json::json;
use std::num::NonZeroU64;
use std::time::Duration;
use tributary_contract::webhooks::ConsumerRequest;
use tributary_core::Egress;
use tributary_db::{AnyConn, consumers, deliveries};

const BODY: &str =
    r#"{"url":"https://example.com/hooks","eventTypes":["read.completed","DataSyncCompleted"],"x":1}"#;

async fn create(api: &TestApi) -> serde_json::Value {
    let created = api.post("/webhooks", BODY).await;
    assert_eq!(created.status, 201, "{}", created.text);
    created.json()
}

#[actix_web::test]
async fn a_consumer_is_created_listed_and_deleted_as_the_contract_says() {
    let api = TestApi::new();
    let created = create(&api).await;
    let secret = created["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"), "{created}");
    let listed = api.get("/webhooks").await.json();
    let expected = json!({"results": [{
        "id": created["id"],
        "url": "https://example.com/hooks",
        "disabled": false,
        "eventTypes": ["read.completed", "DataSyncCompleted"],
        "companyTags": [],
    }]});
    assert_eq!(listed, expected, "the secret is not in the list");
    let path = format!("/webhooks/{}", created["id"].as_str().unwrap());
    let delete = || api.send(api.one.request(Method::DELETE, &path));
    let deleted = delete().await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(delete().await.error().0, 404);
    assert_eq!(api.get("/webhooks").await.json(), json!({ "results": [] }));
}

#[actix_web::test]
async fn at_most_fifty_consumers_and_only_with_urls_that_may_be_called() {
    let api = TestApi::new();
    for url in
        ["http://example.com/", "https://127.0.0.1/", "https://10.0.0.1/", "https://u:p@example.com/", ""]
    {
        let body = json!({"url": url, "eventTypes": ["read.completed"]}).to_string();
        let broken = api.post("/webhooks", &body).await.broken();
        assert!(broken[0].starts_with("the url can't be a consumer's"), "{url}: {broken:?}");
    }
    for _ in 0..50 {
        create(&api).await;
    }
    assert!(api.post("/webhooks", BODY).await.broken()[0].contains("at most 50"));
    let settings = ApiSettings { egress: Egress { allow_private: true }, ..ApiSettings::new(urls()) };
    let private = r#"{"url":"http://127.0.0.1:9000/","eventTypes":["read.completed"]}"#;
    assert_eq!(TestApi::with(settings).post("/webhooks", private).await.status, 201);
}

#[actix_web::test]
async fn a_consumer_is_changed_and_its_secret_rotated() {
    let api = TestApi::new();
    let created = create(&api).await;
    let path = format!("/tributary/v1/webhooks/{}", created["id"].as_str().unwrap());
    let change = api.one.request(Method::PATCH, &path).insert_header(("content-type", "application/json"));
    let changed = api.send(change.set_payload(r#"{"disabled":true,"companyTags":["a:b"]}"#)).await.json();
    assert_eq!((&changed["disabledReason"], &changed["companyTags"]), (&json!("manual"), &json!(["a:b"])));
    assert_eq!(changed["eventTypes"], json!(["read.completed", "DataSyncCompleted"]));
    let secret = || async { api.get(&format!("{path}/secret")).await.json()["secret"].clone() };
    assert_eq!(secret().await, created["secret"]);
    let rotated = api.post(&format!("{path}/secret/rotate"), "").await.json();
    assert_eq!(secret().await, rotated["secret"]);
    assert_ne!(rotated["secret"], created["secret"]);
    let details = api.get(&path).await.json();
    assert_eq!(details["previousSecretValidUntil"], rotated["previousSecretValidUntil"]);
}

#[actix_web::test]
async fn a_test_goes_to_its_consumer_and_is_marked() {
    let api = TestApi::new();
    let created = create(&api).await;
    let path = format!("/tributary/v1/webhooks/{}", created["id"].as_str().unwrap());
    let sent = api.post(&format!("{path}/test"), r#"{"eventType":"company.created"}"#).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    let id = sent.json()["messageId"].as_str().unwrap().to_owned();
    let message = api.get(&format!("/tributary/v1/messages/{id}")).await.json();
    assert_eq!(
        (&message["body"]["eventType"], &message["body"]["test"]),
        (&json!("company.created"), &json!(true))
    );
    assert!(
        api.post(&format!("{path}/test"), r#"{"eventType":"x"}"#).await.broken()[0]
            .contains("read.completed.initial")
    );
    let foreign = api.send(api.other.request(Method::GET, &format!("/tributary/v1/messages/{id}"))).await;
    assert_eq!(foreign.error().0, 404);
    for list in [format!("{path}/messages"), format!("{path}/messages/{id}/attempts")] {
        for selecting in ["query=attempts%3E1", "orderBy=created"] {
            let broken = api.get(&format!("{list}?{selecting}")).await.broken();
            assert!(broken[0].starts_with("this list knows no "), "{broken:?}");
        }
    }
}

#[actix_web::test]
async fn the_last_request_of_the_day_is_told_once() {
    let requests_per_day = NonZeroU64::new(3).unwrap();
    let api = TestApi::with(ApiSettings { requests_per_day, ..ApiSettings::new(urls()) });
    let new = ConsumerRequest {
        url: "https://example.com/".to_owned(),
        disabled: false,
        event_types: vec!["client.rateLimit.reached".to_owned()],
        company_tags: vec![],
    };
    let (vault, platform) = (&api.seed.vault, &api.one.platform);
    let consumer = api.seed.run(|conn| consumers::create(conn, vault, platform, new.clone(), NOW));
    let id = consumer.unwrap().0.id;
    let missing = |conn: &mut AnyConn| deliveries::replay_missing(conn, platform.no, id, NOW, None, 9, NOW);
    let newly_told = || api.seed.run(missing).unwrap().queued;
    for (status, expected) in [(200, 0), (200, 0), (200, 1), (429, 0), (429, 0)] {
        assert_eq!(api.get("/webhooks").await.status, status);
        assert_eq!(newly_told(), expected);
    }
    api.clock.advance(Duration::from_secs(24 * 3600));
    for _ in 0..3 {
        api.get("/webhooks").await;
    }
    assert_eq!(newly_told(), 1, "another day");
}

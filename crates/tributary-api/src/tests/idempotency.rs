use super::seed::NOW;
use super::{Reply, TestApi};
use actix_web::http::Method;
use std::time::Duration;
use tributary_core::DataType::Payments;
use tributary_core::state::DatasetStatus::Complete;

impl TestApi {
    async fn once(&self, path: &str, body: &str, key: &str) -> Reply {
        let request = self.one.request(Method::POST, path).insert_header(("idempotency-key", key));
        self.send(request.set_payload(body.to_owned())).await
    }

    async fn companies(&self) -> i64 {
        self.get("/companies").await.json()["totalResults"].as_i64().unwrap()
    }
}

#[actix_web::test]
async fn a_repeat_is_answered_alike_and_changes_nothing() {
    let api = TestApi::new();
    let first = api.once("/companies", r#"{"name":"Toft"}"#, "a").await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, ""));
    for _ in 0..2 {
        let again = api.once("/companies", r#"{"name":"Toft"}"#, "a").await;
        assert_eq!((again.status, &again.text), (200, &first.text));
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.header("content-type"), "application/json");
    }
    assert_eq!(api.companies().await, 2, "the one of the tenant and this one");
    let other = api.once("/companies", r#"{"name":"Toft"}"#, "b").await;
    assert_ne!(other.json()["id"], first.json()["id"]);

    let queue = format!("{}/data/queue/commerce-payments", api.one.company_path());
    api.seed.finish(&api.one.connection, Payments, Complete, NOW);
    let queued = api.once(&queue, "", "c").await;
    api.seed.finish(&api.one.connection, Payments, Complete, NOW);
    assert_eq!(api.once(&queue, "", "c").await.text, queued.text, "though it is complete by now");

    let all = format!("{}/data/all", api.one.company_path());
    for replayed in ["", "true"] {
        let reply = api.once(&all, "", "d").await;
        assert_eq!((reply.status, reply.header("idempotent-replayed")), (204, replayed));
        assert_eq!((reply.text.as_str(), reply.header("content-type")), ("", ""));
    }
}

#[actix_web::test]
async fn a_key_is_for_one_request_of_one_platform() {
    let api = TestApi::new();
    let queue = format!("{}/data/queue", api.one.company_path());
    let first = api.once("/companies", r#"{"name":"Toft"}"#, "a").await;
    assert_eq!(first.status, 200);
    let others = [
        ("/companies".to_owned(), r#"{"name":"Taft"}"#),
        ("/companies?x=1".to_owned(), r#"{"name":"Toft"}"#),
        (format!("{}/connections", api.one.company_path()), r#"{"platformKey":"yzth"}"#),
        (format!("{queue}/commerce-payments"), ""),
    ];
    for (path, body) in others {
        let broken = api.once(&path, body, "a").await.broken();
        let expected =
            "the key was used for another request: a repeat has the same path, parameters and body";
        assert_eq!(broken, [expected], "{path}");
    }
    assert_eq!(api.companies().await, 2);
    let request = api.other.request(Method::POST, "/companies").insert_header(("idempotency-key", "a"));
    let theirs = api.send(request.set_payload(r#"{"name":"Toft"}"#)).await;
    assert_eq!((theirs.status, theirs.header("idempotent-replayed")), (200, ""));
    assert_ne!(theirs.json()["id"], first.json()["id"]);
}

#[actix_web::test]
async fn what_was_refused_is_tried_again() {
    let api = TestApi::new();
    let queue = format!("{}/data/queue/commerce-payments", api.one.company_path());
    assert_eq!(api.once(&queue, "", "a").await.status, 400, "it is in progress");
    api.seed.finish(&api.one.connection, Payments, Complete, NOW);
    let queued = api.once(&queue, "", "a").await;
    assert_eq!((queued.status, queued.header("idempotent-replayed")), (200, ""));
    assert_eq!(api.once("/companies", "{", "b").await.status, 400);
    assert_eq!(api.once("/companies", r#"{"name":"Toft"}"#, "b").await.status, 200);
}

#[actix_web::test]
async fn keys_have_1_to_255_printable_characters_and_there_is_one() {
    let api = TestApi::new();
    let long = "k".repeat(256);
    for bad in ["", long.as_str(), "a\tb", "\u{e9}"] {
        let broken = api.once("/companies", r#"{"name":"Toft"}"#, bad).await.broken();
        assert_eq!(broken, ["an Idempotency-Key has 1 to 255 printable ASCII characters"], "{bad:?}");
    }
    let twice = api.one.request(Method::POST, "/companies").insert_header(("idempotency-key", "a"));
    let twice = twice.append_header(("idempotency-key", "a")).set_payload(r#"{"name":"Toft"}"#);
    assert_eq!(api.send(twice).await.broken(), ["a request has one Idempotency-Key at most"]);
    assert_eq!(api.companies().await, 1);
    for good in [&long[1..], "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "a b~!"] {
        assert_eq!(api.once("/companies", r#"{"name":"Toft"}"#, good).await.status, 200, "{good}");
    }
}

#[actix_web::test]
async fn answers_are_kept_a_day() {
    let api = TestApi::new();
    let first = api.once("/companies", r#"{"name":"Toft"}"#, "a").await;
    api.clock.advance(Duration::from_hours(24));
    assert_eq!(api.once("/companies", r#"{"name":"Toft"}"#, "a").await.text, first.text);
    api.clock.advance(Duration::from_millis(1));
    let anew = api.once("/companies", r#"{"name":"Toft"}"#, "a").await;
    assert_eq!((anew.status, anew.header("idempotent-replayed")), (200, ""));
    assert_ne!(anew.text, first.text);
}

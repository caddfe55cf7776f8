//! The running API answers as its document says: status, content type, headers and body.

use super::validate::Validator;
use super::world::{SHARED, World, missing};
use super::{Operation, Reply};
use crate::ApiSettings;
use crate::stream::NDJSON;
use crate::tests::{TestApi, basic};
use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::num::NonZeroU64;

/// Checks answers, and notes which statuses of which operations were seen.
struct Checker {
    document: Value,
    seen: BTreeMap<String, Vec<u16>>,
}

impl Checker {
    /// The document is the one that the API serves.
    async fn new(api: &TestApi) -> Checker {
        let document = api.send(TestRequest::with_uri("/openapi.json")).await.json();
        Checker { document, seen: BTreeMap::new() }
    }

    fn check(&mut self, operation: &Operation, reply: &Reply) {
        let what = format!("{operation}: {} {}", reply.status, reply.text);
        let described = &operation.described["responses"][reply.status.to_string()];
        assert!(described.is_object(), "undeclared status: {what}");
        for (name, header) in described["headers"].as_object().unwrap() {
            let header = self.document.pointer(&header["$ref"].as_str().unwrap()[1..]).unwrap();
            let value = reply.header(name);
            let value = value.parse::<i64>().map_or_else(|_| value.into(), Value::from);
            assert!(value != "" || header["required"] != true, "{name} is missing: {what}");
            let broken = Validator::new(&self.document).check(&header["schema"], &value);
            assert!(value == "" || broken.is_empty(), "{name}: {broken:?}: {what}");
        }
        match described["content"]["application/json"].get("schema") {
            None => assert!(reply.text.is_empty(), "a body that isn't declared: {what}"),
            Some(schema) => {
                assert_eq!(reply.header("content-type"), "application/json", "{what}");
                let broken = Validator::new(&self.document).check(schema, &reply.json());
                assert!(broken.is_empty(), "{broken:#?}: {what}");
            }
        }
        self.seen.entry(operation.id.clone()).or_default().push(reply.status);
    }
}

#[actix_web::test]
async fn every_operation_succeeds_as_the_document_says() {
    let World { api, own, .. } = World::new();
    let mut checker = Checker::new(&api).await;
    for operation in Operation::all() {
        let reply = operation.ask(&api, &api.one.key, &own, "").await;
        if !operation.finds_something() {
            assert_eq!(reply.status, 404, "{operation}");
            checker.check(&operation, &reply);
            continue;
        }
        assert!((200..300).contains(&reply.status), "{operation}: {} {}", reply.status, reply.text);
        checker.check(&operation, &reply);
    }
    assert_eq!(checker.seen.len(), Operation::all().len());
}

#[actix_web::test]
async fn what_a_client_has_is_not_sent_again_as_the_document_says() {
    let World { api, own, .. } = World::new();
    let mut checker = Checker::new(&api).await;
    let reads = |it: &Operation| it.method == Method::GET && it.finds_something();
    for operation in Operation::all().into_iter().filter(reads) {
        let tag = operation.ask(&api, &api.one.key, &own, "").await.header("etag").to_owned();
        let request = operation.request(&api.one.key, &own, "").insert_header(("if-none-match", tag));
        let reply = api.send(request).await;
        assert_eq!(reply.status, 304, "{operation}");
        checker.check(&operation, &reply);
    }
}

#[actix_web::test]
async fn whole_lists_are_lines_of_what_their_pages_hold() {
    let World { api, own, .. } = World::new();
    let document = Checker::new(&api).await.document;
    let mut streamed = 0;
    for operation in Operation::all() {
        let content = &operation.described["responses"]["200"]["content"];
        if content.get(NDJSON).is_none() {
            continue;
        }
        streamed += 1;
        let reference = content["application/json"]["schema"]["$ref"].as_str().unwrap();
        let page = document.pointer(&reference[1..]).unwrap();
        let item = &page["allOf"][0]["properties"]["results"]["items"];
        let page = operation.ask(&api, &api.one.key, &own, "").await;
        let (listed, varies) = (page.json(), page.header("vary"));
        let request = operation.request(&api.one.key, &own, "").insert_header(("accept", NDJSON));
        let reply = api.send(request).await;
        assert!(varies.contains("accept,") && varies == reply.header("vary"), "{operation}: {varies}");
        assert_eq!((reply.status, reply.header("content-type")), (200, NDJSON), "{operation}");
        for line in reply.text.lines() {
            let broken = Validator::new(&document).check(item, &serde_json::from_str(line).unwrap());
            assert!(broken.is_empty(), "{operation}: {broken:#?} in {line}");
        }
        assert_eq!(listed["totalResults"], reply.text.lines().count(), "{operation}");
    }
    assert!(streamed > 5, "{streamed}");
}

#[actix_web::test]
async fn every_post_is_repeated_under_its_key_without_effect() {
    let World { api, own, .. } = World::new();
    let mut checker = Checker::new(&api).await;
    for operation in Operation::all().into_iter().filter(|it| it.method == Method::POST) {
        let request = || {
            operation
                .request(&api.one.key, &own, "")
                .insert_header(("idempotency-key", operation.id.as_str()))
        };
        let (first, again) = (api.send(request()).await, api.send(request()).await);
        assert!((200..300).contains(&first.status), "{operation}: {}", first.text);
        assert_eq!((again.status, &again.text), (first.status, &first.text), "{operation}");
        assert_eq!(again.header("idempotent-replayed"), "true", "{operation}");
        checker.check(&operation, &again);
    }
}

#[actix_web::test]
async fn every_operation_fails_as_the_document_says() {
    let World { api, own, .. } = World::new();
    let mut checker = Checker::new(&api).await;
    let missing = missing();
    let too_long = " ".repeat(api.state.settings.body_bytes_max + 1);
    for operation in Operation::all() {
        let key = &api.one.key;
        let mut replies = vec![
            operation.ask(&api, key, &own, "apiKey=x").await,
            api.send(TestRequest::with_uri(&operation.url(&own, "")).method(operation.method.clone())).await,
        ];
        if operation.parameters("path").iter().any(|name| !SHARED.contains(name)) {
            replies.push(operation.ask(&api, key, &missing, "").await);
        }
        let request = |body: &str| operation.request(key, &own, "").set_payload(body.to_owned());
        if operation.described["responses"]["413"].is_object() {
            replies.push(api.send(request(&too_long)).await);
        }
        if operation.described["requestBody"].is_object() {
            let optional = operation.described["requestBody"]["required"] == false;
            for body in ["", "{", "[]", "null", "\"text\""].into_iter().skip(usize::from(optional)) {
                let reply = api.send(request(body)).await;
                assert_eq!(reply.status, 400, "{operation} with {body}: {}", reply.text);
                replies.push(reply);
            }
        }
        for name in operation.parameters("query") {
            // Whatever it means by it, the operation answers as declared.
            replies.push(operation.ask(&api, key, &own, &format!("{name}=%01%27%20%26%26")).await);
        }
        replies.iter().for_each(|reply| checker.check(&operation, reply));
    }
    let all = BTreeMap::from_iter(Operation::all().into_iter().map(|operation| {
        let mut expected = vec![400, 401];
        expected.extend(operation.described["responses"].get("413").map(|_| 413));
        (operation.id, expected)
    }));
    for (id, expected) in all {
        for status in expected {
            assert!(checker.seen[&id].contains(&status), "{id} never answered {status}");
        }
    }
}

#[actix_web::test]
async fn records_that_were_never_pulled_are_refused_as_the_document_says() {
    let World { api, own, .. } = World::new();
    let mut checker = Checker::new(&api).await;
    let other = api.seed.connection(&api.one.company, &api.one.integration);
    let mut own = own;
    own.insert("connectionId", other.id.to_string());
    let mut refused = 0;
    let with_409 =
        |it: &Operation| it.path.contains("/data/commerce-") && it.described["responses"]["409"].is_object();
    for operation in Operation::all().into_iter().filter(with_409) {
        let reply = operation.ask(&api, &api.one.key, &own, "").await;
        assert_eq!(reply.status, 409, "{operation}");
        checker.check(&operation, &reply);
        refused += 1;
    }
    assert!(refused >= 11, "{refused}");
}

#[actix_web::test]
async fn past_its_quota_every_operation_refuses_as_the_document_says() {
    let mut settings = ApiSettings::new(crate::tests::urls());
    settings.requests_per_day = NonZeroU64::MIN;
    let api = TestApi::with(settings);
    let mut checker = Checker::new(&api).await;
    assert_eq!(api.get("/companies").await.status, 200);
    let ids = missing();
    for operation in Operation::all() {
        let request = TestRequest::with_uri(&operation.url(&ids, "")).method(operation.method.clone());
        let reply = api.send(request.insert_header(basic(&api.one.key))).await;
        assert_eq!(reply.status, 429, "{operation}");
        checker.check(&operation, &reply);
    }
}

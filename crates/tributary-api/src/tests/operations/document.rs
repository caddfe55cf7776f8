//! The OpenAPI document, as it is served.

use crate::openapi::document;
use crate::routes::table;
use crate::tests::TestApi;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::Value;
use std::collections::BTreeSet;

#[actix_web::test]
async fn the_document_is_served_without_a_key() {
    let api = TestApi::new();
    let reply = api.send(TestRequest::with_uri("/openapi.json")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let document = reply.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["paths"]["/companies"]["get"]["operationId"], "list-companies");
}

#[actix_web::test]
async fn the_page_shows_every_operation_and_every_schema_and_loads_nothing_from_elsewhere() {
    let api = TestApi::new();
    let reply = api.send(TestRequest::with_uri("/docs")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(reply.header("content-security-policy").starts_with("default-src 'none'; style-src 'self';"));
    let document = document(&table());
    let ids = table().into_iter().filter_map(|entry| Some(entry.described?.id.to_owned()));
    let objects = document["components"]["schemas"].as_object().unwrap().iter();
    let objects = objects.filter(|(_, schema)| schema["properties"].is_object());
    for id in ids.chain(objects.map(|(name, _)| format!("schema-{name}"))) {
        assert_eq!(reply.text.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
    for (n, link) in reply.text.split("href=\"").skip(1).enumerate() {
        let link = link.split('"').next().unwrap();
        match link.strip_prefix('#') {
            Some(id) => assert!(reply.text.contains(&format!("id=\"{id}\"")), "{link} leads nowhere"),
            None => assert!(!link.contains("//"), "link {n}: {link}"),
        }
    }
    for file in reply.text.split("/assets/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let asset = api.send(TestRequest::with_uri(&format!("/assets/{file}"))).await;
        assert_eq!(asset.status, 200, "{file}");
    }
    let other = api.send(TestRequest::with_uri("/docs").method(Method::POST)).await;
    assert_eq!(other.status, 401, "only reading is open to everybody");
}

#[test]
fn every_operation_says_what_it_does_under_an_id_of_its_own() {
    let mut ids = BTreeSet::new();
    for entry in table() {
        let names: Vec<_> = entry.parameter_names().collect();
        let Some(described) = &entry.described else { continue };
        let known: Vec<_> = entry.path_parameters().iter().map(|parameter| parameter.name).collect();
        assert_eq!(known, names, "routes/parameters.rs describes every parameter of {}", entry.path);
        assert!(ids.insert(described.id), "{} is taken", described.id);
        for text in [described.id, described.summary, described.description] {
            assert!(!text.trim().is_empty(), "{} {}", entry.method, entry.path);
        }
        assert!(described.description.ends_with('.'), "{}", described.description);
    }
}

#[test]
fn what_the_document_refers_to_is_in_it_and_described() {
    let document = document(&table());
    let mut references = BTreeSet::new();
    references_of(&document, &mut references);
    assert!(references.contains("#/components/schemas/Company"));
    for reference in references {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let text = schema.to_string();
        for private in ["See the module", "](", "(rule", "crate::"] {
            assert!(!text.contains(private), "{name}: {private} in {text}");
        }
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            let described = schema["description"].is_string() || schema["$ref"].is_string();
            assert!(described, "{name}.{field} has a doc comment");
        }
    }
}

fn references_of(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|inner| references_of(inner, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| references_of(inner, found)),
        _ => {}
    }
}

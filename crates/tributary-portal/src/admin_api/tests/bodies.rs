//! Bodies that don't fit are refused whole.

use super::*;

#[actix_web::test]
async fn bodies_that_are_no_json_objects_are_refused() {
    let world = World::new();
    let paths = [(Method::POST, "/companies"), (Method::PUT, "/integrations/yzth")];
    for (method, path) in paths {
        let request = || as_user("dev@example.com", method.clone(), &world.path_of(path));
        let json = || request().insert_header(("content-type", "application/json"));
        let huge = format!(r#"{{"name":"{}"}}"#, "a".repeat(70_000));
        let cases = [
            (json().set_payload("{"), 400, "unreadable"),
            (json().set_payload("[]"), 400, "unreadable"),
            (json().set_payload(r#""text""#), 400, "unreadable"),
            (json().set_payload(&b"\xff\xfe"[..]), 400, "unreadable"),
            (json().set_payload(huge), 413, "too_large"),
            (json().set_payload(r#"{"nmae":"A"}"#), 400, "malformed"),
            (request().set_payload(r#"{"name":"A"}"#), 415, "media_type"),
            (request().set_form(json!({ "name": "A" })), 415, "media_type"),
            (request().insert_header(("content-type", "text/plain")).set_payload("{}"), 415, "media_type"),
        ];
        for (request, status, code) in cases {
            assert_eq!(world.send(request).await.error(), (status, code.to_owned()), "{path}");
        }
    }
    assert_eq!(world.get("/companies").await.json()["companies"], json!([]));
    assert_eq!(world.get("/integrations/yzth").await.json()["isSet"], false);
}

#[actix_web::test]
async fn every_field_that_does_not_fit_is_named() {
    let world = World::new();
    let body = json!({
        "clientId": 1, "secretKey": null, "webhookSecret": ["whsec_canary"], "scope": "everything", "syncMode": true,
        "enabled": "yes", "removeWebhookSecrets": ["1"], "secretkey": "sk_test_canary_1",
    });
    let reply = world.ask(Method::PATCH, "/integrations/yzth", body).await;
    assert_eq!(reply.error(), (400, "malformed".to_owned()));
    let expected = [
        ("clientId", "wrong_type"),
        ("secretKey", "wrong_type"),
        ("webhookSecret", "wrong_type"),
        ("removeWebhookSecrets", "wrong_type"),
        ("scope", "unknown_value"),
        ("syncMode", "wrong_type"),
        ("enabled", "wrong_type"),
        ("secretkey", "unknown_field"),
    ];
    assert_eq!(reply.fields(), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let empty = world.ask(Method::PATCH, "/integrations/yzth", json!({})).await;
    assert_eq!(empty.error(), (400, "unreadable".to_owned()));
    for path in ["/integrations/yzth/check", "/companies/5be1f3c2-7d0a-4b8e-9c46-3f2d81a7e654/refresh"] {
        let reply = world.post(path, json!({ "force": true })).await;
        assert_eq!(reply.fields(), [("force".to_owned(), "unknown_field".to_owned())]);
    }
}

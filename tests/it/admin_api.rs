//! The API for platform admins: a whole set-up by script, and what it refuses (docs/admin-api.md).

use crate::support::actors::{Consent, Developer};
use crate::support::app::{Linked, TestApp};
use crate::support::command::variable;
use crate::support::database::Kind;
use crate::support::http::Answer;
use crate::support::truth::DATA_TYPES;
use crate::support::{dump, on_both_databases};
use serde_json::{Value, json};
use std::time::Duration;

on_both_databases![
    a_script_sets_everything_up_and_the_merchant_is_linked,
    bad_input_is_refused_by_field_and_changes_nothing,
    a_check_tells_which_part_of_the_credentials_is_wrong,
    companies_are_found_page_by_page_and_only_by_their_own_platform,
    wrong_passwords_are_refused_and_slowed_down,
];

/// An installation whose integration has no credentials yet, and the admin of its platform.
struct Stage {
    app: TestApp,
    admin: Admin,
    /// The admin of another platform.
    stranger: Admin,
}

/// A script that asks in the name of an admin.
struct Admin {
    asks: Developer,
    /// `/api/v1/platforms/{id}`
    root: String,
}

impl Admin {
    fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.asks.request(method, &format!("{}{path}", self.root));
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = Answer::of(request.send().unwrap());
        assert!(!answer.text.contains("canary"), "a secret came back: {}", answer.text);
        answer
    }

    fn get(&self, path: &str) -> Value {
        self.ask("GET", path, &Value::Null).expect(200).json()
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, body)
    }

    fn patch(&self, key: &str, body: &Value) -> Answer {
        self.ask("PATCH", &format!("/integrations/{key}"), body)
    }
}

fn stage(kind: Kind) -> Stage {
    let mut app = TestApp::on(kind).charges(20).without_oauth().prepare();
    let portal_url = format!("http://{}", app.cli.settings[&variable("portal.listen")]);
    let create = |app: &TestApp, platform: &str, email: &str| {
        let made = app.cli.json(&["admin", "create", "--platform", platform, "--email", email]);
        let password = made["password"].as_str().unwrap().to_owned();
        app.canaries.add("an admin's password", &password);
        Developer::new(&portal_url, &format!("{email}:{password}"))
    };
    let admin = create(&app, "Harbour Lending", "ada@example.com");
    app.cli.json(&["platform", "create", "--name", "Other"]);
    let stranger = create(&app, "Other", "eve@example.com");
    app.serve(&[]);
    let on = |asks: Developer, name: &str| {
        let platforms = asks.get("/api/v1/platforms").expect(200).json();
        assert_eq!(platforms["platforms"].as_array().unwrap().len(), 1);
        let platform = &platforms["platforms"][0];
        assert_eq!((&platform["name"], &platform["role"]), (&json!(name), &json!("administrator")));
        Admin { asks, root: format!("/api/v1/platforms/{}", platform["id"].as_str().unwrap()) }
    };
    Stage { admin: on(admin, "Harbour Lending"), stranger: on(stranger, "Other"), app }
}

impl Stage {
    /// The platform's credentials at the sandbox in one mode, as the body that sets them.
    fn credentials(&self, mode: &str) -> Value {
        let platform = self.app.sandbox.platform(mode);
        json!({
            "clientId": platform["client_id"], "secretKey": platform["secret_key"],
            "webhookSecret": platform["webhook_secret"], "enabled": true,
        })
    }
}

fn a_script_sets_everything_up_and_the_merchant_is_linked(kind: Kind) {
    let stage = stage(kind);
    let Stage { app, admin, .. } = &stage;
    for (key, mode) in [("exgd", "live"), ("yzth", "test")] {
        let set = admin.patch(key, &stage.credentials(mode)).expect(200).json();
        assert_eq!(
            (&set["enabled"], &set["mode"], &set["isSet"]),
            (&json!(true), &json!(mode), &json!(true))
        );
        assert_eq!(set["clientId"], app.sandbox.platform(mode)["client_id"]);
        assert!(set["secretKeyMasked"].as_str().unwrap().starts_with(&format!("sk_{mode}_…")));
        assert_eq!(set["redirectUrl"], format!("{}/oauth/callback", app.link_url));
        assert_eq!(set["webhookSecrets"].as_array().unwrap().len(), 1);
        let checked = admin.post(&format!("/integrations/{key}/check"), &Value::Null).expect(200).json();
        assert_eq!(checked["ok"], true, "{checked}");
        assert_eq!(checked["findings"].as_array().unwrap().len(), 6);
    }
    let company = admin.post("/companies", &json!({ "name": "Toft Stores" })).expect(201).json();
    let path = format!("/companies/{}", company["id"].as_str().unwrap());
    let body = json!({ "integration": "yzth" });
    let connection = admin.post(&format!("{path}/connections"), &body).expect(201).json();
    assert_eq!(connection["status"], "PendingAuth");
    let merchant = app.merchant();
    merchant.open(company["linkUrl"].as_str().unwrap()).expect(200);
    let account = app.sandbox.account(0);
    merchant.authorize(connection["linkUrl"].as_str().unwrap(), account, Consent::Connect);

    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (company_id, connection_id) = (text(&company["id"]), text(&connection["connectionId"]));
    let linked = Linked { company_id, connection_id, link_url: text(&connection["linkUrl"]) };
    app.synced(&linked, Duration::from_secs(120));
    let shown = admin.get(&path)["connections"][0].clone();
    assert_eq!((&shown["status"], &shown["accountId"]), (&json!("Linked"), &json!(account)));
    assert_eq!(shown["connectionId"], connection["connectionId"]);
    assert!(shown["lastSync"].is_string(), "{shown}");
    let queued = admin.post(&format!("{path}/refresh"), &Value::Null).expect(202).json();
    assert_eq!(queued["queued"].as_array().unwrap().len(), DATA_TYPES, "{queued}");
    assert_eq!(admin.get("/integrations/yzth")["connections"]["Linked"], 1);
    assert_eq!(admin.get("/integrations/exgd")["connections"]["Linked"], 0);
    let seen = app.developer.get(&path).expect(200).json();
    assert_eq!((&seen["name"], &seen["redirect"]), (&json!("Toft Stores"), &company["linkUrl"]));
    assert_eq!(seen["createdByUserName"], "ada@example.com");
}

fn bad_input_is_refused_by_field_and_changes_nothing(kind: Kind) {
    let stage = stage(kind);
    let Stage { app, admin, stranger } = &stage;
    let (test, live) = (app.sandbox.platform("test"), app.sandbox.platform("live"));
    let (client, key) = (&test["client_id"], test["secret_key"].as_str().unwrap());
    let company = admin.post("/companies", &json!({ "name": "Toft Stores" })).expect(201).json();
    let company = format!("/companies/{}", company["id"].as_str().unwrap());
    let connect = format!("{company}/connections");
    let yzth = "/integrations/yzth";
    let pair = |key: &str| json!({ "clientId": client, "secretKey": key });
    let cases = [
        ("PATCH", yzth, json!({ "clientId": "1234", "secretKey": key }), 422, "clientId"),
        ("PATCH", yzth, json!({ "clientId": client }), 422, "secretKey"),
        ("PATCH", yzth, pair(""), 422, "secretKey"),
        ("PATCH", yzth, pair(&key.replace("sk_test", "pk_test")), 422, "secretKey"),
        ("PATCH", yzth, pair(&key.replace("sk_test", "rk_test")), 422, "secretKey"),
        ("PUT", yzth, pair(live["secret_key"].as_str().unwrap()), 422, "secretKey"),
        ("PATCH", "/integrations/exgd", pair(key), 422, "secretKey"),
        ("PATCH", "/integrations/exgd", json!({ "enabled": true }), 422, "enabled"),
        ("PATCH", yzth, json!({ "webhookSecret": "whsec" }), 422, "webhookSecret"),
        ("PATCH", yzth, json!({ "scope": "admin" }), 400, "scope"),
        ("PATCH", yzth, json!({ "enabled": "true" }), 400, "enabled"),
        ("PUT", yzth, json!({ "secret_key": key }), 400, "?"),
        ("POST", "/companies", json!({}), 400, "name"),
        ("POST", "/companies", json!({ "name": "\"<>\"" }), 422, "name"),
        ("POST", "/companies", json!({ "name": "A", "description": "a\u{0}" }), 400, "description"),
        ("POST", &connect, json!({ "integration": "exgd" }), 422, "integration"),
        ("POST", &connect, json!({ "integration": "stripe" }), 400, "integration"),
        ("GET", "/companies?search=%00", Value::Null, 400, "search"),
        ("GET", "/companies?pageSize=1000", Value::Null, 400, "pageSize"),
    ];
    let before = dump::whole(&app.database);
    for (method, path, body, status, field) in &cases {
        let error = admin.ask(method, path, body).expect(*status).json()["error"].clone();
        assert_eq!(error["fields"][0]["field"], *field, "{method} {path}: {error}");
        assert!(error["correlationId"].is_string() && error["message"].is_string());
    }
    let request = |method: &str, path: &str| admin.asks.request(method, &format!("{}{path}", admin.root));
    let json = |method: &str| request(method, yzth).header("content-type", "application/json");
    for (request, status) in [
        (json("PATCH").body("{\"enabled\":"), 400),
        (json("PATCH").body("[]"), 400),
        (json("PATCH").header("if-match", "\"1\"").body("{\"scope\":\"read_write\"}"), 412),
        (json("PUT").body(format!("{{\"clientId\":\"{}\"}}", "a".repeat(100_000))), 413),
        (request("PUT", yzth).body("enabled=true"), 415),
        (request("DELETE", yzth), 405),
        (
            request("POST", "/companies")
                .header("origin", "https://evil.example")
                .json(&json!({ "name": "A" })),
            403,
        ),
        (request("POST", &format!("{company}/refresh")), 409),
    ] {
        let answer = Answer::of(request.send().unwrap()).expect(status);
        assert!(answer.json()["error"]["code"].is_string(), "{}", answer.text);
    }
    // Another platform's admin, with every path of this one's.
    for path in ["/integrations", yzth, "/companies", &*company] {
        let foreign = format!("{}{path}", admin.root);
        stranger.asks.get(&foreign).expect(404);
    }
    stranger.ask("POST", &connect, &json!({ "integration": "yzth" })).expect(404);
    dump::assert_equal("refused requests", &before, &dump::whole(&app.database));
}

fn a_check_tells_which_part_of_the_credentials_is_wrong(kind: Kind) {
    let stage = stage(kind);
    let Stage { app, admin, .. } = &stage;
    let check = || {
        let found = admin.post("/integrations/yzth/check", &Value::Null).expect(200).json();
        let findings = found["findings"].as_array().unwrap().clone();
        let wrong: Vec<String> = findings
            .into_iter()
            .filter(|finding| finding["verdict"] == "problem")
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect();
        assert_ne!(found["ok"], json!(!wrong.is_empty()));
        wrong
    };
    admin.post("/integrations/yzth/check", &Value::Null).expect(409);
    admin.patch("yzth", &stage.credentials("test")).expect(200);
    assert_eq!(check(), [""; 0]);
    admin.patch("yzth", &json!({ "clientId": "ca_nobodys" })).expect(200);
    assert_eq!(check(), ["client_not_known"]);
    admin.patch("yzth", &json!({ "clientId": app.sandbox.platform("live")["client_id"] })).expect(200);
    assert_eq!(check(), ["other_owner"]);
    admin.patch("yzth", &stage.credentials("test")).expect(200);
    app.sandbox.revoke_key(app.sandbox.platform("test")["secret_key"].as_str().unwrap());
    assert_eq!(check(), ["key_rejected"]);
}

fn companies_are_found_page_by_page_and_only_by_their_own_platform(kind: Kind) {
    let Stage { admin, stranger, app: _app } = &stage(kind);
    for n in 0..5 {
        admin.post("/companies", &json!({ "name": format!("Store {n}") })).expect(201);
    }
    let names = |page: &Value| {
        let companies = page["companies"].as_array().unwrap();
        companies.iter().map(|company| company["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (mut all, mut path) = (Vec::new(), "/companies?pageSize=2".to_owned());
    for page in 1.. {
        let found = admin.get(&path);
        all.extend(names(&found));
        let Some(next) = found["next"].as_str() else { break };
        assert!(page < 3, "three pages of two hold five companies");
        path = format!("/companies?pageSize=2&after={next}");
    }
    all.sort();
    assert_eq!(all, ["Store 0", "Store 1", "Store 2", "Store 3", "Store 4"]);
    assert_eq!(names(&admin.get("/companies?search=TORE+3")), ["Store 3"]);
    assert_eq!(names(&admin.get("/companies?search=%25")), [""; 0]);
    assert_eq!(names(&admin.get("/companies?status=Linked")), [""; 0]);
    assert_eq!(names(&stranger.get("/companies")), [""; 0]);
}

fn wrong_passwords_are_refused_and_slowed_down(kind: Kind) {
    let Stage { admin, app: _app, .. } = &stage(kind);
    let path = "/api/v1/platforms";
    let bare = admin.asks.with_authorization("Bearer x").get(path).expect(401);
    assert!(bare.header("www-authenticate").starts_with("Basic"));
    let guess = Developer::new(&admin.asks.base, "ada@example.com:not the password");
    let mut answers: Vec<Answer> = (0..8).map(|_| guess.get(path)).collect();
    assert_eq!(answers.remove(0).json()["error"]["code"], "wrong_credentials");
    let slowed = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(slowed.json()["error"]["code"], "too_many_tries");
}

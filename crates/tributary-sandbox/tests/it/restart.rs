use crate::support::{LISTS, Stage, config, ids};
use reqwest::Method;
use serde_json::json;
use std::path::PathBuf;
use tributary_core::{Clock, Mode};
use tributary_sandbox::{Sandbox, SandboxConfig, SandboxError};

/// A state file of this test's own, which is gone when the test ends.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tributary-sandbox-{}-{name}.json", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let _ = std::fs::remove_file(path.with_extension("json.writes"));
        File(path)
    }

    /// The writes, one line each.
    fn journal(&self) -> PathBuf {
        self.0.with_extension("json.writes")
    }

    fn config(&self) -> SandboxConfig {
        SandboxConfig { state_path: Some(self.0.clone()), end: None, ..config() }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_file(self.journal());
    }
}

async fn everything(stage: &Stage) -> Vec<String> {
    let mut all = Vec::new();
    for list in LISTS {
        all.extend(
            stage.walk(stage.key(), &format!("/v1/{list}"), 100).await.iter().map(ToString::to_string),
        );
    }
    all.push(stage.get("/v1/balance").await.to_string());
    all.push(stage.get("/v1/account").await.to_string());
    all
}

#[tokio::test]
async fn a_restart_serves_the_same_and_honours_tokens_revocations_and_writes() {
    let file = File::new("restart");
    let stage = Stage::open(file.config());
    let account = stage.account(0).id.clone();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", stage.info.platforms[0].client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", "http://127.0.0.1:9/"),
        ])
        .finish();
    let form = [("account", account.as_str()), ("decision", "connect")];
    let response =
        stage.request(Method::POST, &format!("/oauth/authorize?{query}")).form(&form).send().await.unwrap();
    let location: url::Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
    let code = location.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let exchange = async |stage: &Stage| {
        let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
        let key = stage.sandbox.platform_key(Mode::Test);
        let response =
            stage.request(Method::POST, "/oauth/token").bearer_auth(key).form(&form).send().await.unwrap();
        response.json::<serde_json::Value>().await.unwrap()
    };
    let token = exchange(&stage).await["access_token"].as_str().unwrap().to_owned();
    let restricted = stage.account(1).restricted_key.clone();
    stage.control("revoke", json!({ "key": restricted })).await;

    let customers = ids(&stage.walk(stage.key(), "/v1/customers", 100).await);
    let control = format!("accounts/{account}/test");
    let update = json!({"resource": "customers", "id": customers[0], "fields": {"name": "Renamed", "email": "new@example.com"}});
    assert_eq!(stage.control(&format!("{control}/update"), update).await.0, 200);
    stage.control(&format!("{control}/delete"), json!({"resource": "customers", "id": customers[1]})).await;
    let (_, made) =
        stage.control(&format!("{control}/create"), json!({"amount": 4200, "customer": customers[2]})).await;
    let charge = stage.get(&format!("/v1/charges/{}", made["id"].as_str().unwrap())).await;
    assert_eq!((&charge["amount"], &charge["customer"]), (&json!(4200), &json!(customers[2])));
    assert_eq!(stage.get("/v1/customers?email=new@example.com").await["data"][0]["name"], "Renamed");
    assert_eq!(stage.get(&format!("/v1/customers/{}", customers[1])).await["deleted"], true);
    let before = everything(&stage).await;
    stage.close().await;

    let stage = Stage::open(file.config());
    assert_eq!(everything(&stage).await, before);
    assert_eq!(stage.get_as(&token, "/v1/balance").await.0, 200);
    assert_eq!(stage.get_as(&restricted, "/v1/balance").await.0, 401);
    assert_eq!(exchange(&stage).await["error"], "invalid_grant");
    assert_eq!(stage.get_as(&token, "/v1/balance").await.0, 401);
    let kept = std::fs::read_to_string(&file.0).unwrap() + &std::fs::read_to_string(file.journal()).unwrap();
    assert!(!kept.contains("canary"), "no key, code or token is kept");
    stage.close().await;
}

#[test]
fn a_state_of_other_settings_or_no_state_at_all_is_refused_untouched() {
    let file = File::new("other");
    drop(Sandbox::open(file.config()).unwrap());
    let kept = std::fs::read(&file.0).unwrap();
    let other = SandboxConfig { seed: 8, ..file.config() };
    assert!(matches!(Sandbox::open(other), Err(SandboxError::OtherSettings { what: "the seed", .. })));
    let other = SandboxConfig { charges: 9, ..file.config() };
    assert!(matches!(
        Sandbox::open(other),
        Err(SandboxError::OtherSettings { what: "the number of charges", .. })
    ));
    assert_eq!(std::fs::read(&file.0).unwrap(), kept);
    let impossible = "{\"account\":4,\"live\":false,\"at\":1,\"change\":\"wipe\"}\n";
    std::fs::write(file.journal(), impossible).unwrap();
    assert!(matches!(Sandbox::open(file.config()), Err(SandboxError::Corrupt { .. })));
    std::fs::write(file.journal(), "{\"account\":0,\"live\":fal").unwrap();
    assert!(Sandbox::open(file.config()).is_ok(), "half a line is a write that no one was told of");
    assert_eq!(std::fs::read(file.journal()).unwrap(), b"");
    std::fs::write(&file.0, "{").unwrap();
    assert!(matches!(Sandbox::open(file.config()), Err(SandboxError::Corrupt { .. })));
    let tomorrow = Clock::system().now().plus_ms(86_400_000);
    let future = SandboxConfig { end: Some(tomorrow), ..config() };
    assert!(matches!(Sandbox::open(future), Err(SandboxError::End)));
    let nowhere = SandboxConfig { state_path: Some("/proc/none/sandbox.json".into()), ..config() };
    assert!(matches!(Sandbox::open(nowhere), Err(SandboxError::Io { .. })));
    assert!(matches!(
        Sandbox::open(SandboxConfig { accounts: 0, ..config() }),
        Err(SandboxError::Range { .. })
    ));
}

#[tokio::test]
async fn wiped_data_leaves_no_trace_and_new_data_follows_it() {
    let stage = Stage::open(config());
    let control = format!("accounts/{}/test", stage.account(0).id);
    let old = ids(&stage.walk(stage.key(), "/v1/charges", 100).await);
    assert_eq!(stage.control(&format!("{control}/wipe"), json!({})).await.0, 200);
    for list in LISTS {
        assert!(stage.walk(stage.key(), &format!("/v1/{list}"), 100).await.is_empty(), "{list}");
    }
    assert_eq!(stage.get_as(stage.key(), &format!("/v1/charges/{}", old[0])).await.0, 404);
    assert_eq!(stage.get_as(stage.key(), &format!("/v1/charges?starting_after={}", old[0])).await.0, 400);
    let (_, made) = stage.control(&format!("{control}/create"), json!({"amount": 100})).await;
    assert_eq!(ids(&stage.walk(stage.key(), "/v1/charges", 100).await), [made["id"].as_str().unwrap()]);
    let txns = stage.walk(stage.key(), "/v1/balance_transactions", 100).await;
    let balance = stage.get("/v1/balance").await;
    assert_eq!(balance["pending"][0]["amount"], txns[0]["net"]);
    assert_eq!(balance["available"][0]["amount"], 0);
    stage.close().await;
}

#[tokio::test]
async fn changes_that_make_no_sense_are_refused() {
    let stage = Stage::open(config());
    let account = stage.account(0).id.clone();
    let cases = [
        ("update", json!({"resource": "cats", "id": "x", "fields": {}}), 400),
        ("update", json!({"resource": "customers", "id": "cus_x", "fields": {}}), 400),
        ("delete", json!({"resource": "charges", "id": "ch_x"}), 400),
        ("create", json!({"amount": 0}), 400),
        ("create", json!({"amount": 5, "currency": "xxx"}), 400),
        ("create", json!([]), 400),
    ];
    for (what, body, status) in cases {
        let (got, answer) = stage.control(&format!("accounts/{account}/test/{what}"), body).await;
        assert_eq!(got.as_u16(), status, "{what}: {answer}");
        assert!(answer["error"].is_string());
    }
    let (status, _) = stage.control("accounts/acct_x/test/create", json!({"amount": 5})).await;
    assert_eq!(status, 404);
    let footprint = stage.sandbox.footprint(&account, Mode::Test).unwrap();
    assert!(footprint.bytes / footprint.objects <= 300);
    stage.close().await;
}

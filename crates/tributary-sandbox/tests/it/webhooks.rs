use crate::receiver::{Came, Receiver};
use crate::support::{Stage, authorize, config, read};
use reqwest::Method;
use serde_json::{Value, json};
use tributary_core::{Clock, Mode};
use tributary_sandbox::{ClockMode, SandboxConfig};

fn still() -> SandboxConfig {
    SandboxConfig { clock: ClockMode::Still, ..config() }
}

fn kinds(came: &[Came]) -> Vec<String> {
    let mut kinds: Vec<String> = came.iter().map(Came::kind).collect();
    kinds.sort();
    kinds
}

/// An endpoint of the first account's own.
async fn own_endpoint(stage: &Stage, url: &str, types: &[&str]) -> Value {
    let mut form = vec![("url", url)];
    form.extend(types.iter().map(|word| ("enabled_events[]", *word)));
    let (status, made) = stage.post(stage.key(), "/v1/webhook_endpoints", &form).await;
    assert_eq!(status, 200, "{made}");
    made
}

/// How the deliveries stand.
async fn deliveries(stage: &Stage) -> Value {
    read(stage.request(Method::GET, "/_sandbox/deliveries").send().await.unwrap()).await.1
}

/// Waits until so many deliveries have been noted as answered, or lost.
async fn log(stage: &Stage, attempts: usize) -> Vec<Value> {
    for _ in 0..2000 {
        let log = deliveries(stage).await["log"].as_array().unwrap().clone();
        if log.len() >= attempts {
            return log;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("fewer than {attempts} attempts");
}

#[tokio::test]
async fn a_delivered_event_verifies_with_the_documented_scheme_and_is_the_listed_one() {
    let (stage, mut receiver) = (Stage::open(config()), Receiver::open());
    let made = own_endpoint(&stage, &receiver.url, &["*"]).await;
    let secret = made["secret"].as_str().unwrap();
    let (_, customer) = stage.post(stage.key(), "/v1/customers", &[("name", "Ada")]).await;
    let came = receiver.next().await;
    let age_secs = Clock::system().now().secs() - came.verified(secret).expect("it is signed");
    assert!((0..=20).contains(&age_secs));
    assert_eq!(came.verified("whsec_of_someone_else"), None);
    assert!(came.body.starts_with(b"{\n  \""), "pretty-printed");
    let event = came.event();
    assert_eq!((&event["type"], &event["data"]["object"]), (&json!("customer.created"), &customer));
    assert!(event.get("account").is_none());
    assert_eq!(event["pending_webhooks"], 1);
    log(&stage, 1).await;
    let mut listed = stage.get(&format!("/v1/events/{}", event["id"].as_str().unwrap())).await;
    assert_eq!(listed["pending_webhooks"], 0);
    listed["pending_webhooks"] = json!(1);
    assert_eq!(listed, event);
    stage.close().await;
    receiver.close().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_until_it_is_accepted() {
    let (stage, mut receiver) = (Stage::open(still()), Receiver::open());
    let made = own_endpoint(&stage, &receiver.url, &["customer.created"]).await;
    let secret = made["secret"].as_str().unwrap();
    receiver.answer(&[500, 302]);
    stage.post(stage.key(), "/v1/customers", &[("name", "Ada")]).await;
    let first = receiver.next().await;
    log(&stage, 1).await;
    let unheard = stage.get("/v1/events?delivery_success=false").await;
    assert_eq!(unheard["data"][0]["type"], "customer.created");
    assert_eq!(unheard["data"].as_array().unwrap().len(), 1);
    stage.sandbox.advance(301).unwrap();
    let second = receiver.next().await;
    log(&stage, 2).await;
    stage.sandbox.advance(3601).unwrap();
    let third = receiver.next().await;
    let times: Vec<i64> = [first, second, third].iter().map(|came| came.verified(secret).unwrap()).collect();
    assert_eq!((times[1] - times[0], times[2] - times[1]), (301, 3601), "each attempt is signed anew");
    let log = log(&stage, 3).await;
    let statuses: Vec<&Value> = log.iter().map(|attempt| &attempt["status"]).collect();
    assert_eq!(statuses, [500, 302, 200]);
    assert_eq!(deliveries(&stage).await["waiting"], 0);
    assert!(stage.get("/v1/events?delivery_success=false").await["data"].as_array().unwrap().is_empty());
    stage.close().await;
    receiver.close().await;
}

#[tokio::test]
async fn an_event_that_no_attempt_delivers_counts_as_failed() {
    let (stage, mut receiver) = (Stage::open(still()), Receiver::open());
    own_endpoint(&stage, &receiver.url, &["customer.created"]).await;
    receiver.answer(&[500, 500, 500, 500]);
    stage.post(stage.key(), "/v1/customers", &[("name", "Ada")]).await;
    for attempt in 1..=4 {
        receiver.next().await;
        log(&stage, attempt).await;
        stage.sandbox.hurry_deliveries();
    }
    assert_eq!(deliveries(&stage).await["waiting"], 0);
    let unheard = stage.get("/v1/events?delivery_success=false").await;
    assert_eq!(
        (unheard["data"].as_array().unwrap().len(), &unheard["data"][0]["pending_webhooks"]),
        (1, &json!(0))
    );
    stage.close().await;
    receiver.close().await;
}

#[tokio::test]
async fn the_platform_hears_of_connected_accounts_and_of_their_leaving() {
    let (stage, mut receiver) = (Stage::open(config()), Receiver::open());
    let endpoint = json!({ "mode": "test", "url": receiver.url });
    assert_eq!(stage.control("webhook-endpoints", endpoint).await.0, 200);
    let secret = stage.info.platforms[0].webhook_secret.clone();
    let account = stage.account(0).id.clone();
    stage.sandbox.add_charge(&account, Mode::Test, 700).unwrap();
    let token = authorize(&stage, Mode::Test, &account).await;
    let authorized = receiver.next().await;
    assert_eq!(authorized.kind(), "account.application.authorized", "nothing of the time before");
    stage.sandbox.add_charge(&account, Mode::Test, 900).unwrap();
    stage.sandbox.add_charge(&account, Mode::Live, 900).unwrap();
    stage.sandbox.add_charge(&stage.account(1).id, Mode::Test, 900).unwrap();
    let came = receiver.take(3).await;
    assert_eq!(kinds(&came), ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]);
    for came in &came {
        assert!(came.verified(&secret).is_some());
        assert_eq!((&came.event()["account"], &came.event()["livemode"]), (&json!(account), &json!(false)));
    }
    let (status, _) = stage.control("revoke", json!({ "account": account, "mode": "test" })).await;
    assert_eq!(status, 200);
    let left = receiver.next().await;
    assert_eq!(left.kind(), "account.application.deauthorized");
    assert_eq!(left.event()["account"], json!(account));
    assert_eq!(left.event()["data"]["object"]["id"], json!(stage.info.platforms[0].client_id));
    assert!(left.verified(&secret).is_some());
    assert_eq!(stage.get_as(&token, "/v1/balance").await.0, 401);
    stage.close().await;
    receiver.close().await;
}

#[tokio::test]
async fn deliveries_go_wrong_on_request() {
    let (stage, mut receiver) = (Stage::open(still()), Receiver::open());
    let made = own_endpoint(&stage, &receiver.url, &["customer.created"]).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    let strike = async |fault: &str| {
        assert_eq!(stage.control("faults", json!([fault])).await.0, 200, "{fault}");
    };
    let sign_up = async |name: &str| {
        assert_eq!(stage.post(stage.key(), "/v1/customers", &[("name", name)]).await.0, 200);
    };
    let name = |came: &Came| came.event()["data"]["object"]["name"].as_str().unwrap().to_owned();

    strike("webhook-drop:first=1").await;
    sign_up("Lost").await;
    sign_up("Heard").await;
    assert_eq!(name(&receiver.next().await), "Heard");
    log(&stage, 2).await;
    assert_eq!(
        stage.get("/v1/events?delivery_success=false").await["data"][0]["data"]["object"]["name"],
        "Lost"
    );

    strike("webhook-duplicate:first=1").await;
    sign_up("Twice").await;
    let twice = receiver.take(2).await;
    assert_eq!(twice[0].event()["id"], twice[1].event()["id"]);

    strike("webhook-delay:first=1,secs=90").await;
    sign_up("Late").await;
    sign_up("Early").await;
    assert_eq!(name(&receiver.next().await), "Early");
    stage.sandbox.advance(90).unwrap();
    assert_eq!(name(&receiver.next().await), "Late");

    strike("webhook-reorder:first=1").await;
    sign_up("First").await;
    sign_up("Second").await;
    let mut both: Vec<String> = receiver.take(2).await.iter().map(name).collect();
    both.sort();
    assert_eq!(both, ["First", "Second"]);

    receiver.answer(&[400, 400]);
    strike("webhook-bad-signature:first=1").await;
    sign_up("Forged").await;
    assert_eq!(receiver.next().await.verified(&secret), None);
    strike("webhook-old-timestamp:first=1,secs=500").await;
    sign_up("Old").await;
    let old = receiver.next().await;
    assert_eq!(old.verified(&secret), Some(stage.sandbox.now().secs() - 500));
    stage.close().await;
    receiver.close().await;
}

#[tokio::test]
async fn endpoints_are_made_listed_changed_and_deleted() {
    let stage = Stage::open(config());
    let made = own_endpoint(&stage, "http://127.0.0.1:9/a", &["charge.refunded", "charge.failed"]).await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let id = made["id"].as_str().unwrap();
    let shown = stage.get(&format!("/v1/webhook_endpoints/{id}")).await;
    assert!(shown.get("secret").is_none(), "only at its creation");
    assert_eq!(shown["enabled_events"], json!(["charge.refunded", "charge.failed"]));
    let path = format!("/v1/webhook_endpoints/{id}");
    let (_, changed) = stage.post(stage.key(), &path, &[("disabled", "true"), ("description", "mine")]).await;
    assert_eq!((&changed["status"], &changed["description"]), (&json!("disabled"), &json!("mine")));
    for _ in 1..16 {
        own_endpoint(&stage, "http://localhost:9/", &["*"]).await;
    }
    let one_more = [("url", "http://127.0.0.1:9/"), ("enabled_events[]", "*")];
    let (status, refused) = stage.post(stage.key(), "/v1/webhook_endpoints", &one_more).await;
    assert_eq!(status, 400);
    assert!(refused["error"]["message"].as_str().unwrap().contains("16 test webhook endpoints"));
    let page = stage.get("/v1/webhook_endpoints?limit=100").await;
    assert_eq!(page["data"].as_array().unwrap().len(), 16);
    let cases: [(&str, &[(&str, &str)], u16); 4] = [
        (stage.key(), &[("url", "http://example.com/"), ("enabled_events[]", "*")], 400),
        (stage.key(), &[("url", "http://127.0.0.1:9/")], 400),
        (stage.key(), &[("url", "http://127.0.0.1:9/"), ("enabled_events[]", "*"), ("connect", "true")], 403),
        (&stage.account(0).restricted_key, &[("url", "http://127.0.0.1:9/"), ("enabled_events[]", "*")], 403),
    ];
    for (key, form, expected) in cases {
        let (status, refused) = stage.post(key, "/v1/webhook_endpoints", form).await;
        assert_eq!(status, expected, "{refused}");
    }
    let gone = stage.request(Method::DELETE, &path).bearer_auth(stage.key()).send().await.unwrap();
    assert_eq!(read(gone).await.1["deleted"], true);
    assert_eq!(stage.get_as(stage.key(), &path).await.0, 404);
    assert_eq!(stage.get_as(&stage.live_key(0), "/v1/webhook_endpoints").await.1["data"], json!([]));
    stage.close().await;
}

use crate::support::{Stage, config};
use crate::ties::{int, ties_out};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::PathBuf;
use tributary_core::Mode;
use tributary_sandbox::{AskError, ClockMode, SandboxConfig, Scenario, ScenarioError, Step};

const DAY: u32 = 86_400;
const END: i64 = 1_750_000_000;

fn still() -> SandboxConfig {
    SandboxConfig { clock: ClockMode::Still, ..config() }
}

async fn kinds(stage: &Stage, filter: &str) -> Vec<String> {
    let events = stage.walk(stage.key(), &format!("/v1/events?{filter}"), 100).await;
    events.iter().rev().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn time_makes_money_available_and_pays_it_out() {
    let stage = Stage::open(still());
    let account = stage.account(0).id.clone();
    let charge = stage.sandbox.add_charge(&account, Mode::Test, 50_000).unwrap();
    let path = format!("/v1/charges/{charge}?expand[]=balance_transaction");
    assert_eq!(stage.get(&path).await["balance_transaction"]["status"], "pending");
    let before = stage.get("/v1/payouts?limit=1").await["data"][0]["id"].clone();
    let (status, moved) = stage.control("clock", json!({ "advance_secs": 7 * DAY })).await;
    assert_eq!((status.as_u16(), &moved["now_secs"]), (200, &json!(END + 7 * i64::from(DAY))));
    let txn = stage.get(&path).await["balance_transaction"].clone();
    assert_eq!(txn["status"], "available");
    let payouts = stage.walk(stage.key(), "/v1/payouts", 100).await;
    let new: Vec<&Value> = payouts.iter().take_while(|payout| payout["id"] != before).collect();
    assert!(new.len() >= 2, "{}", new.len());
    let mut found = false;
    for payout in &new {
        let id = payout["id"].as_str().unwrap();
        if payout["reconciliation_status"] == "completed" {
            let parts = stage.walk(stage.key(), &format!("/v1/balance_transactions?payout={id}"), 100).await;
            if parts.iter().any(|part| part["id"] == txn["id"]) {
                found = true;
                assert_eq!(payout["status"], "paid");
                let of_it = |event: &&Value| event["data"]["object"]["id"] == payout["id"];
                let events = stage.walk(stage.key(), "/v1/events?type=payout.*", 100).await;
                let mut kinds: Vec<&str> =
                    events.iter().filter(of_it).map(|event| event["type"].as_str().unwrap()).collect();
                kinds.reverse();
                let expected =
                    ["payout.created", "payout.updated", "payout.reconciliation_completed", "payout.paid"];
                assert_eq!(kinds, expected);
            }
        }
    }
    assert!(found, "the charge was paid out");
    assert!(kinds(&stage, &format!("created[gt]={END}")).await.contains(&"balance.available".to_owned()));
    ties_out(&stage, stage.key(), END + 7 * i64::from(DAY)).await;
    stage.close().await;
}

#[tokio::test]
async fn nothing_is_newer_than_the_clock_and_answers_tell_its_time() {
    let stage = Stage::open(still());
    let response = stage.request(Method::GET, "/v1/balance").bearer_auth(stage.key()).send().await.unwrap();
    assert_eq!(response.headers()["date"], "Sun, 15 Jun 2025 15:06:40 GMT");
    stage.sandbox.advance(3600).unwrap();
    let response = stage.request(Method::GET, "/v1/balance").bearer_auth(stage.key()).send().await.unwrap();
    assert_eq!(response.headers()["date"], "Sun, 15 Jun 2025 16:06:40 GMT");
    stage.sandbox.advance(20 * DAY).unwrap();
    let now = stage.sandbox.now().secs();
    for list in ["charges", "refunds", "balance_transactions", "payouts", "events"] {
        let all = stage.walk(stage.key(), &format!("/v1/{list}"), 100).await;
        let created: Vec<i64> = all.iter().rev().map(|object| int(&object["created"])).collect();
        assert!(created.is_sorted(), "{list}");
        assert!(created.last().is_some_and(|newest| *newest <= now), "{list}");
    }
    assert!(matches!(stage.sandbox.advance(u32::MAX), Err(AskError::TooFar)));
    assert_eq!(stage.sandbox.now().secs(), now);
    stage.close().await;
}

#[tokio::test]
async fn authorizations_expire_and_debits_arrive_or_come_back() {
    let stage = Stage::open(still());
    let pay = async |method: &str, more: &[(&str, &str)]| {
        let mut form =
            vec![("amount", "5000"), ("currency", "usd"), ("confirm", "true"), ("payment_method", method)];
        form.extend(more);
        stage.write("/v1/payment_intents", &form).await["id"].as_str().unwrap().to_owned()
    };
    let held = pay("pm_card_visa", &[("capture_method", "manual")]).await;
    let debit = pay("pm_usBankAccount_success", &[]).await;
    let bad = pay("pm_usBankAccount_debitNotAuthorized", &[]).await;
    let status = async |id: &str| stage.get(&format!("/v1/payment_intents/{id}")).await["status"].clone();
    assert_eq!((status(&held).await, status(&debit).await), (json!("requires_capture"), json!("processing")));
    stage.sandbox.advance(5 * DAY).unwrap();
    assert_eq!((status(&held).await, status(&debit).await), (json!("requires_capture"), json!("succeeded")));
    assert_eq!(status(&bad).await, "succeeded");
    stage.sandbox.advance(5 * DAY).unwrap();
    assert_eq!(
        (status(&held).await, status(&bad).await),
        (json!("canceled"), json!("requires_payment_method"))
    );
    let after = kinds(&stage, &format!("created[gt]={END}")).await;
    for kind in ["charge.succeeded", "charge.failed", "charge.expired", "payment_intent.canceled"] {
        assert!(after.iter().any(|other| other == kind), "{kind}");
    }
    ties_out(&stage, stage.key(), stage.sandbox.now().secs()).await;
    stage.close().await;
}

#[tokio::test]
async fn a_day_is_played_step_by_step() {
    let stage = Stage::open(still());
    let steps = json!([
        {"do": "customer", "name": "Ada", "as": "ada"},
        {"do": "pay", "customer": "ada", "amount": 4000, "as": "first"},
        {"do": "refund", "charge": "first", "amount": 1000},
        {"do": "advance", "secs": 86_400},
        {"do": "pay", "amount": 900, "currency": "eur", "as": "second"},
        {"do": "dispute", "charge": "second", "as": "dispute"},
        {"do": "verdict", "dispute": "dispute", "won": false},
        {"do": "try", "amount": 700, "method": "pm_card_chargeDeclined"},
        {"do": "try", "amount": 700, "manual": true, "as": "held"},
        {"do": "capture", "intent": "held", "amount": 500},
        {"do": "post", "path": "v1/products", "form": {"name": "Lamp"}, "as": "lamp"},
        {"do": "delete", "id": "ada"},
    ]);
    let (status, played) = stage.control("scenario", steps).await;
    assert_eq!(status, 200, "{played}");
    let names = &played["names"];
    let first = stage.get(&format!("/v1/charges/{}", names["first"].as_str().unwrap())).await;
    assert_eq!((&first["customer"], &first["amount_refunded"]), (&names["ada"], &json!(1000)));
    let dispute = stage.get(&format!("/v1/disputes/{}", names["dispute"].as_str().unwrap())).await;
    assert_eq!((&dispute["status"], &dispute["created"]), (&json!("lost"), &json!(END + 86_400)));
    assert_eq!(played["made"].as_array().unwrap().len(), 12);
    assert_eq!((&played["made"][3], &played["made"][7]), (&Value::Null, &Value::Null));
    assert_eq!(
        stage.get(&format!("/v1/customers/{}", names["ada"].as_str().unwrap())).await["deleted"],
        true
    );
    ties_out(&stage, stage.key(), stage.sandbox.now().secs()).await;
    stage.close().await;
}

#[tokio::test]
async fn a_scenario_ends_at_the_step_that_cannot_happen() {
    let stage = Stage::open(still());
    let charges = stage.walk(stage.key(), "/v1/charges", 100).await.len();
    let scenario = Scenario::default()
        .then("one", Step::Pay { amount: 100, currency: None, customer: None })
        .then("two", Step::Refund { charge: "one".to_owned(), amount: Some(101), reason: None })
        .then("three", Step::Pay { amount: 100, currency: None, customer: None });
    let error = stage.sandbox.play(&scenario).unwrap_err();
    assert!(matches!(error, ScenarioError::Step { number: 2, .. }));
    assert!(error.to_string().starts_with("step 2 can't happen: Refund amount (101) is greater"), "{error}");
    assert_eq!(stage.walk(stage.key(), "/v1/charges", 100).await.len(), charges + 1);
    let (status, refused) = stage.control("scenario", json!([{"do": "dance"}])).await;
    assert_eq!((status.as_u16(), refused["error"].is_string()), (400, true));
    stage.close().await;
}

/// Everything that lists say, events included.
async fn everything(stage: &Stage) -> Vec<Value> {
    let mut all = Vec::new();
    for list in
        ["charges", "payment_intents", "refunds", "disputes", "balance_transactions", "payouts", "events"]
    {
        all.extend(stage.walk(stage.key(), &format!("/v1/{list}"), 100).await);
    }
    all
}

#[tokio::test]
async fn a_restart_replays_writes_and_time_to_the_same_objects_and_events() {
    let path: PathBuf =
        std::env::temp_dir().join(format!("tributary-sandbox-{}-replay.json", std::process::id()));
    let journal = path.with_extension("json.writes");
    let clear = || {
        let _ = std::fs::remove_file(&path);
        let _ = std::fs::remove_file(&journal);
    };
    clear();
    let kept = SandboxConfig { state_path: Some(path.clone()), ..still() };
    let stage = Stage::open(kept.clone());
    let scenario = Scenario::default()
        .then("one", Step::Pay { amount: 4000, currency: None, customer: None })
        .then("", Step::Refund { charge: "one".to_owned(), amount: Some(500), reason: None })
        .then("", Step::Advance { secs: 6 * DAY })
        .then("", Step::Dispute { charge: "one".to_owned(), amount: None, inquiry: false })
        .then("", Step::Advance { secs: 3 * DAY });
    stage.sandbox.play(&scenario).unwrap();
    let declined = [
        ("amount", "900"),
        ("currency", "usd"),
        ("confirm", "true"),
        ("payment_method", "pm_card_chargeDeclined"),
    ];
    let send = async |stage: &Stage| {
        let request =
            stage.request(Method::POST, "/v1/payment_intents").bearer_auth(stage.key()).form(&declined);
        crate::support::read(request.header("Idempotency-Key", "once").send().await.unwrap()).await
    };
    let answer = send(&stage).await;
    let before = everything(&stage).await;
    let now = stage.sandbox.now();
    stage.close().await;

    let stage = Stage::open(kept);
    assert_eq!(stage.sandbox.now(), now);
    assert_eq!(everything(&stage).await, before);
    assert_eq!(send(&stage).await, answer, "the idempotency key is remembered, too");
    assert_eq!(everything(&stage).await.len(), before.len());
    stage.close().await;
    clear();
}

#[tokio::test]
async fn with_a_still_clock_the_same_steps_make_the_same_history() {
    let mut histories = Vec::new();
    for _ in 0..2 {
        let stage = Stage::open(still());
        let scenario = Scenario::default()
            .then("one", Step::Pay { amount: 4000, currency: Some("eur".to_owned()), customer: None })
            .then("", Step::Advance { secs: 40 * DAY })
            .then("", Step::Refund { charge: "one".to_owned(), amount: None, reason: None });
        stage.sandbox.play(&scenario).unwrap();
        histories.push(everything(&stage).await);
        stage.close().await;
    }
    assert_eq!(histories[0], histories[1]);
}

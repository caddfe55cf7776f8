use crate::support::{Stage, config, ids};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tributary_core::Mode;
use tributary_sandbox::{ClockMode, SandboxConfig};

fn kind(event: &Value) -> &str {
    event["type"].as_str().unwrap()
}

#[tokio::test]
async fn events_come_newest_first_and_whole_in_both_directions() {
    let stage = Stage::open(config());
    let account = stage.account(0).id.clone();
    for amount in [100, 200, 300] {
        stage.sandbox.add_charge(&account, Mode::Test, amount).unwrap();
    }
    let all = stage.walk(stage.key(), "/v1/events", 100).await;
    let created: Vec<i64> = all.iter().rev().map(|event| event["created"].as_i64().unwrap()).collect();
    assert!(created.is_sorted());
    assert!(all.len() > 100, "{}", all.len());
    assert_eq!(ids(&stage.walk(stage.key(), "/v1/events", 7).await), ids(&all));
    let mut upwards: Vec<String> = vec![all.last().unwrap()["id"].as_str().unwrap().to_owned()];
    for _ in 0..1000 {
        let newest = upwards.last().unwrap();
        let page = stage.get(&format!("/v1/events?limit=37&ending_before={newest}")).await;
        upwards.extend(ids(page["data"].as_array().unwrap()).into_iter().rev());
        if page["has_more"] == false {
            break;
        }
    }
    upwards.reverse();
    assert_eq!(upwards, ids(&all));
    let one = stage.get(&format!("/v1/events/{}", upwards[5])).await;
    assert_eq!(one, all[5]);
    stage.close().await;
}

#[tokio::test]
async fn every_event_of_the_history_is_within_the_retention_and_shows_its_object_as_it_was() {
    let stage = Stage::open(config());
    let all = stage.walk(stage.key(), "/v1/events", 100).await;
    let kinds: BTreeSet<&str> = all.iter().map(kind).collect();
    for expected in [
        "balance.available",
        "charge.failed",
        "charge.refunded",
        "charge.succeeded",
        "customer.created",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "payout.created",
        "payout.paid",
        "payout.reconciliation_completed",
        "refund.created",
    ] {
        assert!(kinds.contains(expected), "{expected} of {kinds:?}");
    }
    for event in &all {
        let created = event["created"].as_i64().unwrap();
        assert!((1_750_000_000 - 30 * 86_400..=1_750_000_000).contains(&created));
        assert_eq!(event["api_version"], tributary_sandbox::STRIPE_VERSION);
        let object = &event["data"]["object"];
        match kind(event) {
            "charge.succeeded" => {
                assert_eq!((&object["status"], &object["amount_refunded"]), (&json!("succeeded"), &json!(0)))
            }
            "charge.refunded" => assert_ne!(object["amount_refunded"], 0),
            "payment_intent.created" => assert_eq!(object["amount_received"], 0),
            "payout.created" => assert_eq!(object["status"], "pending"),
            "payout.paid" => assert_eq!(object["status"], "paid"),
            _ => {}
        }
        if let Some(made) = object["created"].as_i64() {
            assert!(made <= created, "{event}");
        }
    }
    stage.close().await;
}

#[tokio::test]
async fn events_are_filtered_by_type_and_time() {
    let stage = Stage::open(config());
    let all = stage.walk(stage.key(), "/v1/events", 100).await;
    let count = |passes: &dyn Fn(&str) -> bool| all.iter().filter(|event| passes(kind(event))).count();
    let cases: [(&str, usize); 4] = [
        ("type=charge.succeeded", count(&|kind| kind == "charge.succeeded")),
        ("type=payout.*", count(&|kind| kind.starts_with("payout."))),
        (
            "types[]=refund.created&types[]=customer.created",
            count(&|kind| matches!(kind, "refund.created" | "customer.created")),
        ),
        ("delivery_success=true", all.len()),
    ];
    for (query, expected) in cases {
        assert_eq!(
            stage.walk(stage.key(), &format!("/v1/events?{query}"), 100).await.len(),
            expected,
            "{query}"
        );
    }
    let middle = all[all.len() / 2]["created"].as_i64().unwrap();
    let late = stage.walk(stage.key(), &format!("/v1/events?created[gte]={middle}"), 100).await;
    let expected = all.iter().filter(|event| event["created"].as_i64().unwrap() >= middle).count();
    assert_eq!(late.len(), expected);
    let both = "/v1/events?type=charge.failed&types[]=charge.succeeded";
    assert_eq!(stage.get_as(stage.key(), both).await.0, 400);
    stage.close().await;
}

#[tokio::test]
async fn events_leave_the_list_after_thirty_days() {
    let still = SandboxConfig { clock: ClockMode::Still, ..config() };
    let stage = Stage::open(still);
    let account = stage.account(0).id.clone();
    stage.sandbox.add_charge(&account, Mode::Test, 100).unwrap();
    let old = ids(&stage.walk(stage.key(), "/v1/events", 100).await);
    stage.sandbox.advance(30 * 86_400 + 1).unwrap();
    stage.sandbox.add_charge(&account, Mode::Test, 100).unwrap();
    let new = ids(&stage.walk(stage.key(), "/v1/events", 100).await);
    assert!(new.len() >= 3 && !new.iter().any(|id| old.contains(id)));
    let (status, gone) = stage.get_as(stage.key(), &format!("/v1/events/{}", old[0])).await;
    assert_eq!(status, 404);
    assert_eq!(gone["error"]["message"], json!(format!("No such notification: '{}'", old[0])));
    let (status, _) = stage.get_as(stage.key(), &format!("/v1/events?ending_before={}", old[0])).await;
    assert_eq!(status, 400);
    stage.close().await;
}

#[tokio::test]
async fn an_event_of_a_write_keeps_the_object_as_it_was_then() {
    let stage = Stage::open(config());
    let made = stage.write("/v1/customers", &[("name", "Ada"), ("metadata[plan]", "a")]).await;
    let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
    let changed = stage.write(&path, &[("name", "Grace"), ("metadata[plan]", "b")]).await;
    assert_eq!((&changed["name"], &changed["metadata"]), (&json!("Grace"), &json!({ "plan": "b" })));
    stage.write(&path, &[("name", "Grace")]).await;
    let events = stage.get("/v1/events?type=customer.*&limit=2").await;
    let [updated, created] = &events["data"].as_array().unwrap()[..] else { panic!("{events}") };
    assert_eq!((kind(updated), kind(created)), ("customer.updated", "customer.created"));
    assert_eq!((&created["data"]["object"], &updated["data"]["object"]), (&made, &changed));
    assert_eq!(updated["data"]["previous_attributes"], json!({ "name": "Ada", "metadata": { "plan": "a" } }));
    assert!(created["data"].get("previous_attributes").is_none());
    assert!(created["request"]["id"].as_str().unwrap().starts_with("req_"));
    stage.close().await;
}

#[tokio::test]
async fn events_are_rendered_in_the_accounts_version() {
    let old = SandboxConfig { api_version: Some("2024-06-20".to_owned()), ..config() };
    let stage = Stage::open(old);
    let events = stage.get("/v1/events?type=charge.succeeded&limit=1").await;
    assert_eq!(events["data"][0]["api_version"], "2024-06-20");
    assert!(events["data"][0]["data"]["object"].as_object().unwrap().contains_key("invoice"));
    let charges = stage.get("/v1/charges?limit=1").await;
    assert!(!charges["data"][0].as_object().unwrap().contains_key("invoice"));
    stage.close().await;
}

use crate::support::{LISTS, Stage, config, ids};
use serde_json::Value;
use std::collections::BTreeSet;
use tributary_core::Mode;
use tributary_sandbox::SandboxConfig;

fn expected(stage: &Stage, list: &str, mode: Mode) -> Vec<String> {
    stage.sandbox.ids(&stage.account(0).id, mode, list.parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_walk_finds_every_object_once_newest_first_in_either_direction() {
    let stage = Stage::open(config());
    for list in LISTS {
        let wanted = expected(&stage, list, Mode::Test);
        for limit in [100, 7] {
            let found = stage.walk(stage.key(), &format!("/v1/{list}"), limit).await;
            assert_eq!(ids(&found), wanted, "{list} by {limit}");
            let created: Vec<i64> = found.iter().map(|object| object["created"].as_i64().unwrap()).collect();
            assert!(created.is_sorted_by(|newer, older| newer >= older), "{list}");
        }
        // Back from the oldest: each page is the one next to its cursor.
        let mut back = vec![wanted.last().unwrap().clone()];
        while let Some(newest) = back.first().cloned() {
            let page = stage.get(&format!("/v1/{list}?limit=9&ending_before={newest}")).await;
            let page_ids = ids(page["data"].as_array().unwrap());
            assert_eq!(page["has_more"], page_ids.len() == 9 && back.len() + 9 < wanted.len(), "{list}");
            if page_ids.is_empty() {
                break;
            }
            back.splice(0..0, page_ids);
        }
        assert_eq!(back, wanted, "{list} backwards");
    }
    stage.close().await;
}

#[tokio::test]
async fn live_and_test_data_are_apart() {
    let stage = Stage::open(config());
    let test: BTreeSet<String> = expected(&stage, "charges", Mode::Test).into_iter().collect();
    let live = stage.walk(&stage.live_key(0), "/v1/charges", 100).await;
    assert_eq!(live.len(), 240);
    assert!(live.iter().all(|charge| charge["livemode"] == true));
    assert!(ids(&live).iter().all(|id| !test.contains(id)));
    stage.close().await;
}

#[tokio::test]
async fn ties_of_one_second_are_walked_without_loss() {
    let stage = Stage::open(SandboxConfig { charges: 1000, accounts: 1, ..config() });
    let all = stage.walk(stage.key(), "/v1/charges", 100).await;
    let mut seconds: Vec<i64> = all.iter().map(|charge| charge["created"].as_i64().unwrap()).collect();
    seconds.sort_unstable();
    let tied = seconds.chunk_by(|a, b| a == b).max_by_key(|chunk| chunk.len()).unwrap();
    assert!(tied.len() > 150);
    let second = tied[0];
    let found = stage.walk(stage.key(), &format!("/v1/charges?created={second}"), 100).await;
    assert_eq!(found.len(), tied.len());
    stage.close().await;
}

#[tokio::test]
async fn created_bounds_cut_exactly() {
    let stage = Stage::open(config());
    let all = stage.walk(stage.key(), "/v1/charges", 100).await;
    let created: Vec<i64> = all.iter().map(|charge| charge["created"].as_i64().unwrap()).collect();
    let (middle, late) = (created[120], created[30]);
    let cases: [(&str, Box<dyn Fn(i64) -> bool>); 5] = [
        ("created[gt]", Box::new(move |at| at > middle)),
        ("created[gte]", Box::new(move |at| at >= middle)),
        ("created[lt]", Box::new(move |at| at < middle)),
        ("created[lte]", Box::new(move |at| at <= middle)),
        ("created", Box::new(move |at| at == middle)),
    ];
    for (name, holds) in cases {
        let found = stage.walk(stage.key(), &format!("/v1/charges?{name}={middle}"), 13).await;
        let wanted: Vec<String> =
            ids(&all).into_iter().zip(&created).filter(|(_, at)| holds(**at)).map(|(id, _)| id).collect();
        assert_eq!(ids(&found), wanted, "{name}");
    }
    let both = format!("/v1/charges?created[gte]={middle}&created[lt]={late}");
    let found = stage.walk(stage.key(), &both, 13).await;
    assert_eq!(found.len(), created.iter().filter(|at| **at >= middle && **at < late).count());
    stage.close().await;
}

/// Every filter finds exactly the objects that a whole walk shows to match it.
#[tokio::test]
async fn filters_find_exactly_what_matches() {
    let stage = Stage::open(config());
    let cases = [
        ("customers", "email", "email"),
        ("products", "active", "active"),
        ("products", "type", "type"),
        ("products", "url", "url"),
        ("prices", "active", "active"),
        ("prices", "currency", "currency"),
        ("prices", "product", "product"),
        ("prices", "type", "type"),
        ("prices", "lookup_keys[]", "lookup_key"),
        ("payment_intents", "customer", "customer"),
        ("charges", "customer", "customer"),
        ("charges", "payment_intent", "payment_intent"),
        ("charges", "transfer_group", "transfer_group"),
        ("refunds", "charge", "charge"),
        ("refunds", "payment_intent", "payment_intent"),
        ("disputes", "charge", "charge"),
        ("disputes", "payment_intent", "payment_intent"),
        ("balance_transactions", "currency", "currency"),
        ("balance_transactions", "source", "source"),
        ("balance_transactions", "type", "type"),
        ("payouts", "status", "status"),
        ("payouts", "destination", "destination"),
        ("payouts", "arrival_date", "arrival_date"),
    ];
    for (list, filter, field) in cases {
        let all = stage.walk(stage.key(), &format!("/v1/{list}"), 100).await;
        let mut values: Vec<&Value> =
            all.iter().map(|object| &object[field]).filter(|value| !value.is_null()).collect();
        values.dedup();
        assert!(!values.is_empty(), "{list} {field}");
        for value in values.into_iter().take(12) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let found = stage.walk(stage.key(), &format!("/v1/{list}?{filter}={text}"), 100).await;
            let wanted: Vec<String> = all
                .iter()
                .filter(|object| &object[field] == value)
                .map(|object| object["id"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!(ids(&found), wanted, "{list}?{filter}={text}");
        }
    }
    stage.close().await;
}

#[tokio::test]
async fn products_are_found_by_ids() {
    let stage = Stage::open(config());
    let all = ids(&stage.walk(stage.key(), "/v1/products", 100).await);
    let found = stage.get(&format!("/v1/products?ids[]={}&ids[1]={}", all[2], all[0])).await;
    assert_eq!(ids(found["data"].as_array().unwrap()), [all[0].clone(), all[2].clone()]);
    stage.close().await;
}

#[tokio::test]
async fn what_is_deleted_leaves_lists_but_not_references() {
    let stage = Stage::open(config());
    let listed = expected(&stage, "customers", Mode::Test);
    let charges = stage.walk(stage.key(), "/v1/charges", 100).await;
    let gone = charges
        .iter()
        .filter_map(|charge| charge["customer"].as_str())
        .find(|id| !listed.contains(&(*id).to_owned()))
        .unwrap();
    let stub = stage.get(&format!("/v1/customers/{gone}")).await;
    assert_eq!(stub, serde_json::json!({"id": gone, "object": "customer", "deleted": true}));
    let expanded = stage.get(&format!("/v1/charges?customer={gone}&expand[]=data.customer")).await;
    assert_eq!(expanded["data"][0]["customer"]["deleted"], true);
    stage.close().await;
}

#[tokio::test]
async fn expansion_puts_whole_objects_where_ids_were() {
    let stage = Stage::open(config());
    let page = stage
        .get("/v1/charges?limit=100&expand[]=data.balance_transaction&expand[]=data.payment_intent.latest_charge&expand[]=data.refunds")
        .await;
    let paid = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|charge| charge["balance_transaction"].is_object())
        .unwrap();
    assert_eq!(paid["balance_transaction"]["source"], paid["id"]);
    let looped =
        page["data"].as_array().unwrap().iter().find(|charge| charge["payment_intent"].is_object()).unwrap();
    assert_eq!(looped["payment_intent"]["latest_charge"]["object"], "charge");
    assert_eq!(page["data"][0]["refunds"]["object"], "list");
    let txn = stage.get("/v1/balance_transactions?type=refund&limit=1&expand[]=data.source.charge").await;
    assert_eq!(txn["data"][0]["source"]["charge"]["object"], "charge");
    stage.close().await;
}

#[tokio::test]
async fn a_charges_refunds_have_a_list_of_their_own() {
    let stage = Stage::open(config());
    let refund = stage.get("/v1/refunds?limit=1").await["data"][0].clone();
    let charge = refund["charge"].as_str().unwrap();
    let nested = stage.get(&format!("/v1/charges/{charge}/refunds")).await;
    let filtered = stage.get(&format!("/v1/refunds?charge={charge}")).await;
    assert_eq!(nested["data"], filtered["data"]);
    assert_eq!(nested["url"], format!("/v1/charges/{charge}/refunds"));
    stage.close().await;
}

use crate::support::{Stage, config};
use serde_json::Value;
use std::collections::BTreeMap;

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no integer"))
}

fn sum(objects: &[Value], field: &str) -> i64 {
    objects.iter().map(|object| int(&object[field])).sum()
}

#[tokio::test]
async fn per_currency_the_ledger_is_the_balance_for_every_account_and_mode() {
    let stage = Stage::open(config());
    for number in 0..3 {
        for key in [stage.account(number).secret_key.clone(), stage.live_key(number)] {
            let txns = stage.walk(&key, "/v1/balance_transactions", 100).await;
            let mut available: BTreeMap<String, i64> = BTreeMap::new();
            let mut pending = available.clone();
            for txn in &txns {
                assert_eq!(int(&txn["net"]), int(&txn["amount"]) - int(&txn["fee"]), "{txn}");
                assert_eq!(sum(txn["fee_details"].as_array().unwrap(), "amount"), int(&txn["fee"]), "{txn}");
                assert_eq!(txn["status"] == "available", int(&txn["available_on"]) <= 1_750_000_000);
                let side = if txn["status"] == "available" { &mut available } else { &mut pending };
                *side.entry(txn["currency"].as_str().unwrap().to_owned()).or_default() += int(&txn["net"]);
            }
            let (_, balance) = stage.get_as(&key, "/v1/balance").await;
            for (name, mut sums) in [("available", available), ("pending", pending)] {
                for entry in balance[name].as_array().unwrap() {
                    let summed = sums.remove(entry["currency"].as_str().unwrap()).unwrap_or(0);
                    assert_eq!(int(&entry["amount"]), summed, "{name} {entry}");
                }
                assert!(sums.is_empty(), "{name} lacks {sums:?}");
            }
        }
    }
    stage.close().await;
}

#[tokio::test]
async fn a_payout_equals_its_transactions_and_they_are_listed_by_it() {
    let stage = Stage::open(config());
    let payouts = stage.walk(stage.key(), "/v1/payouts", 100).await;
    assert!(
        payouts
            .iter()
            .any(|payout| payout["status"] == "failed" && payout["failure_code"] == "account_closed")
    );
    for payout in payouts.iter().filter(|payout| payout["reconciliation_status"] == "completed") {
        let id = payout["id"].as_str().unwrap();
        let parts = stage.walk(stage.key(), &format!("/v1/balance_transactions?payout={id}"), 100).await;
        let own: Vec<&Value> = parts.iter().filter(|txn| txn["type"] == "payout").collect();
        assert_eq!(own.len(), 1, "{id}");
        assert_eq!(own[0]["id"], payout["balance_transaction"]);
        assert_eq!(int(&own[0]["amount"]), -int(&payout["amount"]));
        assert_eq!(sum(&parts, "net"), 0, "{id}");
    }
    stage.close().await;
}

#[tokio::test]
async fn charges_refunds_and_disputes_agree_with_their_transactions() {
    let stage = Stage::open(config());
    for number in 0..3 {
        let key = stage.account(number).secret_key.clone();
        let by_id = |objects: Vec<Value>| -> BTreeMap<String, Value> {
            objects.into_iter().map(|object| (object["id"].as_str().unwrap().to_owned(), object)).collect()
        };
        let txns = by_id(stage.walk(&key, "/v1/balance_transactions", 100).await);
        let charges = by_id(stage.walk(&key, "/v1/charges", 100).await);
        let refunds = stage.walk(&key, "/v1/refunds", 100).await;
        let disputes = stage.walk(&key, "/v1/disputes", 100).await;
        assert_eq!(charges.len(), 240);
        let mut refunded: BTreeMap<&str, i64> = BTreeMap::new();
        for refund in &refunds {
            if !matches!(refund["status"].as_str(), Some("failed" | "canceled")) {
                *refunded.entry(refund["charge"].as_str().unwrap()).or_default() += int(&refund["amount"]);
            }
            let Some(txn) = refund["balance_transaction"].as_str().map(|id| &txns[id]) else { continue };
            assert_eq!(txn["source"], refund["id"]);
            if txn["exchange_rate"].is_null() {
                assert_eq!(int(&txn["amount"]), -int(&refund["amount"]));
            }
        }
        for (id, charge) in &charges {
            let back = refunded.get(id.as_str()).copied().unwrap_or(0);
            assert_eq!(int(&charge["amount_refunded"]), back, "{id}");
            let refundable =
                if charge["captured"] == true { &charge["amount_captured"] } else { &charge["amount"] };
            assert_eq!(charge["refunded"] == true, back == int(refundable), "{id}");
            match charge["balance_transaction"].as_str() {
                Some(txn) => assert_eq!(txns[txn]["source"], charge["id"]),
                None => assert_ne!(charge["captured"], true, "{id}"),
            }
            assert_eq!(
                charge["disputed"] == true,
                disputes.iter().any(|dispute| dispute["charge"] == charge["id"])
            );
        }
        for dispute in &disputes {
            let moves = dispute["balance_transactions"].as_array().unwrap();
            let expected = match dispute["status"].as_str().unwrap() {
                status if status.starts_with("warning") || status == "prevented" => 0,
                "won" => 2,
                _ => 1,
            };
            assert_eq!(moves.len(), expected, "{dispute}");
            assert!(moves.iter().all(|txn| txn["source"] == dispute["id"]));
        }
    }
    stage.close().await;
}

#[tokio::test]
async fn converted_charges_settle_at_their_rate_rounded_half_up() {
    let stage = Stage::open(config());
    let page = stage.walk(stage.key(), "/v1/charges?expand[]=data.balance_transaction", 100).await;
    let mut currencies = std::collections::BTreeSet::new();
    for charge in page.iter().filter(|charge| charge["balance_transaction"]["exchange_rate"].is_number()) {
        let txn = &charge["balance_transaction"];
        let exponent =
            |code: &Value| code.as_str().unwrap().parse::<tributary_core::Currency>().unwrap().exponent();
        // The rate's text is exact; the float is only to be close.
        let major = int(&charge["amount"]) as f64 / 10_f64.powi(exponent(&charge["currency"]) as i32);
        let settled =
            major * txn["exchange_rate"].as_f64().unwrap() * 10_f64.powi(exponent(&txn["currency"]) as i32);
        assert!((int(&txn["amount"]) as f64 - settled).abs() < 0.51, "{charge}");
        currencies.insert(charge["currency"].as_str().unwrap().to_owned());
    }
    assert!(["eur", "jpy", "kwd"].iter().all(|code| currencies.contains(*code)), "{currencies:?}");
    stage.close().await;
}

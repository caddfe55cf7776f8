//! What must hold in every account at every moment.

use crate::support::Stage;
use serde_json::Value;
use std::collections::BTreeMap;

pub fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no integer"))
}

fn sum(objects: &[Value], field: &str) -> i64 {
    objects.iter().map(|object| int(&object[field])).sum()
}

fn by_id(objects: Vec<Value>) -> BTreeMap<String, Value> {
    objects.into_iter().map(|object| (object["id"].as_str().unwrap().to_owned(), object)).collect()
}

/// The balance is the sum of its transactions, each payout that of its constituents, and each charge agrees with its
/// refunds, disputes and transactions. `now_secs` is when the account stands.
pub async fn ties_out(stage: &Stage, key: &str, now_secs: i64) {
    let txns = by_id(stage.walk(key, "/v1/balance_transactions", 100).await);
    let (_, balance) = stage.get_as(key, "/v1/balance").await;
    ledger_is_balance(&txns, &balance, now_secs);
    payouts_are_their_parts(stage, key).await;
    let charges = by_id(stage.walk(key, "/v1/charges", 100).await);
    let refunds = stage.walk(key, "/v1/refunds", 100).await;
    let disputes = stage.walk(key, "/v1/disputes", 100).await;
    charges_agree(&txns, &charges, &refunds, &disputes);
    disputes_agree(&disputes);
}

fn ledger_is_balance(txns: &BTreeMap<String, Value>, balance: &Value, now_secs: i64) {
    let mut available: BTreeMap<String, i64> = BTreeMap::new();
    let mut pending = available.clone();
    for txn in txns.values() {
        assert_eq!(int(&txn["net"]), int(&txn["amount"]) - int(&txn["fee"]), "{txn}");
        assert_eq!(sum(txn["fee_details"].as_array().unwrap(), "amount"), int(&txn["fee"]), "{txn}");
        assert_eq!(txn["status"] == "available", int(&txn["available_on"]) <= now_secs, "{txn}");
        let side = if txn["status"] == "available" { &mut available } else { &mut pending };
        *side.entry(txn["currency"].as_str().unwrap().to_owned()).or_default() += int(&txn["net"]);
    }
    for (name, mut sums) in [("available", available), ("pending", pending)] {
        for entry in balance[name].as_array().unwrap() {
            let summed = sums.remove(entry["currency"].as_str().unwrap()).unwrap_or(0);
            assert_eq!(int(&entry["amount"]), summed, "{name} {entry}");
        }
        assert!(sums.is_empty(), "{name} lacks {sums:?}");
    }
}

async fn payouts_are_their_parts(stage: &Stage, key: &str) {
    let payouts = stage.walk(key, "/v1/payouts", 100).await;
    for payout in payouts.iter().filter(|payout| payout["reconciliation_status"] == "completed") {
        let id = payout["id"].as_str().unwrap();
        let parts = stage.walk(key, &format!("/v1/balance_transactions?payout={id}"), 100).await;
        let own: Vec<&Value> =
            parts.iter().filter(|txn| txn["id"] == payout["balance_transaction"]).collect();
        assert_eq!(own.len(), 1, "{id}");
        assert_eq!((&own[0]["type"], &own[0]["source"]), (&Value::from("payout"), &payout["id"]));
        assert_eq!(int(&own[0]["amount"]), -int(&payout["amount"]));
        assert_eq!(sum(&parts, "net"), 0, "{id}");
    }
}

fn charges_agree(
    txns: &BTreeMap<String, Value>,
    charges: &BTreeMap<String, Value>,
    refunds: &[Value],
    disputes: &[Value],
) {
    let mut refunded: BTreeMap<&str, i64> = BTreeMap::new();
    for refund in refunds {
        if !matches!(refund["status"].as_str(), Some("failed" | "canceled")) {
            *refunded.entry(refund["charge"].as_str().unwrap()).or_default() += int(&refund["amount"]);
        }
        let Some(txn) = refund["balance_transaction"].as_str().map(|id| &txns[id]) else { continue };
        assert_eq!(txn["source"], refund["id"]);
        if txn["exchange_rate"].is_null() {
            assert_eq!(int(&txn["amount"]), -int(&refund["amount"]));
        }
    }
    for (id, charge) in charges {
        let back = refunded.get(id.as_str()).copied().unwrap_or(0);
        assert_eq!(int(&charge["amount_refunded"]), back, "{id}");
        let refundable =
            if charge["captured"] == true { &charge["amount_captured"] } else { &charge["amount"] };
        assert_eq!(charge["refunded"] == true, back == int(refundable), "{id}");
        match charge["balance_transaction"].as_str() {
            Some(txn) => assert_eq!(txns[txn]["source"], charge["id"]),
            None => assert_ne!(charge["captured"], true, "{id}"),
        }
        let disputed = disputes.iter().any(|dispute| dispute["charge"] == charge["id"]);
        assert_eq!(charge["disputed"] == true, disputed, "{id}");
    }
}

fn disputes_agree(disputes: &[Value]) {
    for dispute in disputes {
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

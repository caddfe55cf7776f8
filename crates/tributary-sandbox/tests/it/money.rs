use crate::support::{Stage, config};
use crate::ties::{int, ties_out};
use serde_json::Value;

#[tokio::test]
async fn ledger_payouts_charges_refunds_and_disputes_agree_in_every_account_and_mode() {
    let stage = Stage::open(config());
    for number in 0..3 {
        for key in [stage.account(number).secret_key.clone(), stage.live_key(number)] {
            ties_out(&stage, &key, 1_750_000_000).await;
        }
    }
    let failed = stage.walk(stage.key(), "/v1/payouts?status=failed", 100).await;
    assert!(failed.iter().any(|payout| payout["failure_code"] == "account_closed"));
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

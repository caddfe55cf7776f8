use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn any_detail() -> impl Strategy<Value = Value> {
    let amount = prop_oneof![Just(0_i64), -1000_i64..1000, any::<i64>()];
    let description = prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!("Stripe processing fees")),
        Just(json!("Stripe processing fees (2)")),
        Just(json!("Other fees")),
        "[ -~]{0,20}".prop_map(Value::from),
    ];
    let kind = prop_oneof![Just(json!("stripe_fee")), Just(json!("tax")), Just(Value::Null)];
    let currency = prop_oneof![4 => Just("usd"), 1 => Just("jpy")];
    (amount, description, kind, currency).prop_map(|(amount, description, kind, currency)| {
        json!({"amount": amount, "description": description, "type": kind, "currency": currency})
    })
}

fn any_transaction() -> impl Strategy<Value = Value> {
    let amount = prop_oneof![3 => -1_000_000_i64..1_000_000, 1 => any::<i64>()];
    (amount.clone(), amount, any::<i64>(), prop::collection::vec(any_detail(), 0..8), "[a-z_]{1,20}").prop_map(
        |(amount, net, fee, details, kind)| {
            json!({"id": "txn_1", "amount": amount, "net": net, "fee": fee, "fee_details": details, "type": kind,
                "currency": "usd", "created": 7, "source": "ch_1"})
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_rows_of_a_transaction_always_sum_to_its_net(txn in any_transaction()) {
        match map(Resource::BalanceTransactions, "txn_1", &txn.to_string()) {
            Ok(Mapped::Transactions(rows)) => {
                let sum: i128 = rows.iter().map(|row| i128::from(row.amount_minor)).sum();
                prop_assert_eq!(sum, i128::from(txn["net"].as_i64().unwrap()));
                let sum_milli: i128 = rows.iter().map(|row| i128::from(row.amount_milli)).sum();
                prop_assert_eq!(sum_milli, sum * 10);
                let ids: BTreeSet<_> = rows.iter().map(|row| row.id.as_str()).collect();
                prop_assert_eq!(ids.len(), rows.len());
                prop_assert!(rows[1..].iter().all(|row| row.amount_minor != 0 && row.id.starts_with("txn_1:")));
            }
            Ok(other) => prop_assert!(false, "{:?}", other),
            Err(error) => prop_assert_eq!(error.problem, Problem::OutOfRange),
        }
    }

    #[test]
    fn ordinary_amounts_are_never_refused(amount in -1_000_000_000_i64..1_000_000_000, fees in prop::collection::vec(-1_000_000_i64..1_000_000, 0..150)) {
        let details: Vec<_> = fees.iter().map(|fee| json!({"amount": fee, "description": "Fee", "currency": "usd"})).collect();
        let net = amount - fees.iter().sum::<i64>();
        let txn = json!({"id": "txn_1", "amount": amount, "net": net, "fee_details": details, "currency": "usd", "created": 7});
        let rows = transactions(&txn.to_string());
        prop_assert_eq!(rows.iter().map(|row| row.amount_minor).sum::<i64>(), net);
    }
}

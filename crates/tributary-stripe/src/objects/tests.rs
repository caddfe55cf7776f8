use super::*;
use proptest::prelude::*;
use std::borrow::Cow;

#[test]
fn a_charge_is_read_without_copying_its_text() {
    let raw = r#"{"id":"ch_1","object":"charge","amount":1050,"captured":true,"currency":"usd","created":7,
        "customer":null,"balance_transaction":"txn_1","status":"succeeded","invented_field":{"a":[1,2]},
        "payment_method_details":{"type":"card","card":{"brand":"visa","last4":"4242","checks":null}},
        "metadata":{"order":"17"},"description":"caf\u00e9"}"#;
    let charge: Charge<'_> = parse(raw).unwrap();
    assert!(matches!(charge.id, Cow::Borrowed("ch_1")));
    assert!(matches!(charge.currency, Some(Cow::Borrowed("usd"))));
    assert_eq!(charge.amount, Some(1050));
    assert_eq!(charge.customer, None);
    assert_eq!(charge.balance_transaction.unwrap().as_str(), "txn_1");
    let card = charge.payment_method_details.unwrap().card.unwrap();
    assert_eq!((card.brand.as_deref(), card.last4.as_deref()), (Some("visa"), Some("4242")));
    assert_eq!(charge.metadata.unwrap().get(), r#"{"order":"17"}"#);
    assert_eq!(charge.description.as_deref(), Some("café"));
}

#[test]
fn references_are_ids_whether_expanded_or_deleted_or_plain() {
    let customer = |json: &str| {
        let raw = format!(r#"{{"id":"ch_1","customer":{json}}}"#);
        parse::<Charge<'_>>(&raw).unwrap().customer.map(|customer| customer.id.into_owned())
    };
    assert_eq!(customer(r#""cus_1""#).as_deref(), Some("cus_1"));
    assert_eq!(customer(r#"{"id":"cus_2","object":"customer","name":"A"}"#).as_deref(), Some("cus_2"));
    assert_eq!(customer(r#"{"id":"cus_3","object":"customer","deleted":true}"#).as_deref(), Some("cus_3"));
    for odd in ["null", "{}", "7", "[]", "true", r#"{"id":7}"#] {
        assert_eq!(customer(odd), None, "{odd}");
    }
}

#[test]
fn a_deleted_stub_is_an_object() {
    let stub: Customer<'_> = parse(r#"{"id":"cus_1","object":"customer","deleted":true}"#).unwrap();
    assert_eq!((stub.deleted, stub.name, stub.created), (Some(true), None, None));
    let stub: Product<'_> = parse(r#"{"id":"prod_1","object":"product","deleted":true}"#).unwrap();
    assert_eq!(stub.deleted, Some(true));
}

#[test]
fn both_generations_of_payment_intents_name_their_charge() {
    let new: PaymentIntent<'_> = parse(r#"{"id":"pi_1","latest_charge":"ch_9"}"#).unwrap();
    assert_eq!(new.last_charge(), Some("ch_9"));
    let old = r#"{"id":"pi_1","charges":{"object":"list","data":[{"id":"ch_8","amount":1},{"id":"ch_7"}]}}"#;
    assert_eq!(parse::<PaymentIntent<'_>>(old).unwrap().last_charge(), Some("ch_8"));
    assert_eq!(parse::<PaymentIntent<'_>>(r#"{"id":"pi_1"}"#).unwrap().last_charge(), None);
}

#[test]
fn an_exchange_rate_keeps_every_digit() {
    let raw = r#"{"id":"txn_1","amount":10800,"fee":613,"net":10187,"exchange_rate":1.08123456789012345,
        "fee_details":[{"amount":613,"currency":"usd","description":"Stripe processing fees","type":"stripe_fee"},7]}"#;
    let txn: BalanceTransaction<'_> = parse(raw).unwrap();
    assert_eq!(txn.exchange_rate(), Some("1.08123456789012345"));
    let fees = txn.fee_details.unwrap();
    assert_eq!(fees.len(), 1);
    assert_eq!(fees[0].kind.as_deref(), Some("stripe_fee"));
    let none: BalanceTransaction<'_> = parse(r#"{"id":"txn_1","exchange_rate":null}"#).unwrap();
    assert_eq!(none.exchange_rate(), None);
}

#[test]
fn amounts_that_are_not_whole_are_not_read_as_money() {
    for odd in ["10.5", "1e2", "\"100\"", "9223372036854775808", "true", "[100]"] {
        let raw = format!(r#"{{"id":"ch_1","amount":{odd}}}"#);
        assert_eq!(parse::<Charge<'_>>(&raw).unwrap().amount, None, "{odd}");
    }
}

#[test]
fn an_object_without_an_id_is_refused_without_repeating_it() {
    for raw in [
        r#"{"name":"Jane Canary"}"#,
        r#"{"id":7,"name":"Jane Canary"}"#,
        r#"{"id":"cus_1","name":"Jane Canary""#,
    ] {
        let error = parse::<Customer<'_>>(raw).unwrap_err();
        assert!(!error.to_string().contains("Canary"));
    }
}

/// Every type reads every object: fields of a name may have another type elsewhere.
fn read_as_all(raw: &str) -> [bool; 10] {
    [
        parse::<Account<'_>>(raw).is_ok(),
        parse::<BalanceTransaction<'_>>(raw).is_ok(),
        parse::<Charge<'_>>(raw).is_ok(),
        parse::<Customer<'_>>(raw).is_ok(),
        parse::<Dispute<'_>>(raw).is_ok(),
        parse::<PaymentIntent<'_>>(raw).is_ok(),
        parse::<Payout<'_>>(raw).is_ok(),
        parse::<Price<'_>>(raw).is_ok(),
        parse::<Product<'_>>(raw).is_ok(),
        parse::<Refund<'_>>(raw).is_ok(),
    ]
}

const FIELDS: [&str; 30] = [
    "amount",
    "created",
    "currency",
    "customer",
    "metadata",
    "status",
    "type",
    "address",
    "shipping",
    "card",
    "payment_method_details",
    "fee_details",
    "balance_transactions",
    "charges",
    "recurring",
    "company",
    "business_profile",
    "settings",
    "evidence_details",
    "outcome",
    "livemode",
    "deleted",
    "exchange_rate",
    "unit_amount_decimal",
    "product",
    "source",
    "description",
    "charge",
    "net",
    "name",
];

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        (-1e9..1e9).prop_map(|n: f64| format!("{n:?}")),
        "[a-z \u{e9}\u{4e2d}]{0,8}".prop_map(|s| serde_json::to_string(&s).unwrap()),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let key = prop_oneof![prop::sample::select(&FIELDS[..]).prop_map(str::to_owned), "[a-z]{1,5}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::btree_map(key, inner, 0..4).prop_map(|all| {
                let fields: Vec<_> = all.iter().map(|(key, value)| format!("{key:?}:{value}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn no_value_in_any_field_costs_the_object(field in prop::sample::select(&FIELDS[..]), value in any_json()) {
        let raw = format!(r#"{{"id":"x_1","{field}":{value}}}"#);
        prop_assert_eq!(read_as_all(&raw), [true; 10], "{}", raw);
        prop_assert!(parse::<Balance<'_>>(&raw).is_ok());
    }
}

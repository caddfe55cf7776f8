use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Stripe's test numbers of every length in use.
const CARDS: [&str; 6] = [
    "4242424242424242",
    "378282246310005",
    "36227206271667",
    "6205500000000000004",
    "4222222222222",
    "5555555555554444",
];

fn cut(raw: &str) -> String {
    redact(raw).into_owned()
}

#[test]
fn a_client_secret_becomes_null_wherever_it_stands() {
    assert_eq!(
        cut(r#"{"id":"pi_1", "client_secret" : "pi_1_secret_x\"y" ,"a":1}"#),
        r#"{"id":"pi_1", "client_secret" : null ,"a":1}"#
    );
    assert_eq!(
        cut(r#"{"payment_intent":{"client_secret":"pi_1_secret_x"}}"#),
        r#"{"payment_intent":{"client_secret":null}}"#
    );
    let none = r#"{"client_secret":null,"name":"client_secret"}"#;
    assert!(matches!(redact(none), Cow::Borrowed(_)));
}

#[test]
fn evidence_goes_and_what_is_only_called_alike_stays() {
    assert_eq!(
        cut(r#"{"evidence":{"customer_name":"J","nested":[{"a":"}"}]},"evidence_details":{"due_by":1}}"#),
        r#"{"evidence":null,"evidence_details":{"due_by":1}}"#
    );
    let text = r#"{"metadata":{"evidence":"see mail"},"description":"\"evidence\":{"}"#;
    assert_eq!(cut(text), text);
}

#[test]
fn card_numbers_are_cut_in_values_and_keys() {
    for card in CARDS {
        let stars = "*".repeat(card.len());
        let raw = format!(
            r#"{{"description":"card {card}.","metadata":{{"{card}":"n\n{card}\u00e9","id":"{card}"}}}}"#
        );
        assert_eq!(
            cut(&raw),
            format!(
                r#"{{"description":"card {stars}.","metadata":{{"{stars}":"n\n{stars}\u00e9","id":"{stars}"}}}}"#
            )
        );
    }
    assert_eq!(cut(r#""4242 4242-4242 4242""#), r#""**** ****-**** ****""#);
    assert_eq!(cut(r#"["order 12345 4242424242424242 done"]"#), r#"["order 12345 **************** done"]"#);
}

#[test]
fn numbers_and_ids_stay_whole() {
    for raw in [
        r#"{"amount":4242424242424242}"#,
        r#"{"id":"4242424242424242","price":{"product":"4242424242424242"}}"#,
        r#"{"id":"ch_4242424242424242","receipt_url":"https://x/acct_1/4242424242424242a"}"#,
        r#"{"n":"4242424242424241","long":"42424242424242424242424242424242"}"#,
        r#"{"phone":"+1 555 010 9999","at":"2026-01-01 10:00"}"#,
        r#"{"description":"4242 42-4242 42-4242 4242"}"#,
    ] {
        assert!(matches!(redact(raw), Cow::Borrowed(_)), "{raw}");
    }
}

#[test]
fn text_that_is_no_json_does_no_harm() {
    for raw in [
        "",
        "\"",
        "{\"client_secret\":",
        "{\"client_secret\":\"x",
        "{\"evidence\":{",
        "\\",
        "]]]}",
        "\"client_secret\":\"4242424242424242\\",
    ] {
        let _ = redact(raw);
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~\u{e9}\n\"\\\\]{0,30}",
        "[0-9 -]{10,25}",
        Just("client_secret".to_owned()),
        Just("evidence".to_owned()),
        Just("\"client_secret\":\"x\"".to_owned()),
        Just("metadata".to_owned()),
        Just("id".to_owned()),
    ]
}

fn any_object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    let inner = leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any_text(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map(any_text(), inner, 0..6)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

/// What redaction should leave, said another way: on parsed values.
fn expected(value: &Value, key: &str, in_metadata: bool) -> Value {
    match value {
        Value::String(text) if !in_metadata && ID_KEYS.contains(&key) => Value::from(text.as_str()),
        Value::String(text) => Value::from(stars(text)),
        Value::Array(all) => all.iter().map(|one| expected(one, "", in_metadata)).collect(),
        Value::Object(map) => {
            let field = |(key, value): (&String, &Value)| {
                let cut = key == "client_secret" || (key == "evidence" && value.is_object());
                let inside = in_metadata || (key == "metadata" && value.is_object());
                (stars(key), if cut { Value::Null } else { expected(value, key, inside) })
            };
            Value::Object(map.iter().map(field).collect())
        }
        other => other.clone(),
    }
}

fn stars(text: &str) -> String {
    let literal = serde_json::to_string(text).unwrap();
    let mut bytes = literal.clone().into_bytes();
    for place in card::numbers(literal.as_bytes()) {
        bytes[place].iter_mut().filter(|byte| byte.is_ascii_digit()).for_each(|byte| *byte = b'*');
    }
    serde_json::from_slice(&bytes).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn what_is_left_is_valid_json_and_the_rest_untouched(object in any_object()) {
        for raw in [object.to_string(), serde_json::to_string_pretty(&object).unwrap()] {
            let left: Value = serde_json::from_str(&redact(&raw)).unwrap();
            prop_assert_eq!(left, expected(&object, "", false));
        }
    }

    #[test]
    fn nothing_to_cut_costs_no_copy(text in "[a-z ]{0,200}", number in 0_i64..999_999_999_999) {
        let raw = json!({"id": "ch_1", "description": text, "amount": number}).to_string();
        prop_assert!(matches!(redact(&raw), Cow::Borrowed(_)));
    }

    #[test]
    fn every_canary_is_gone(before in "[ -~]{0,20}[ :,]", after in "[ .,][ -~]{0,20}", card in prop::sample::select(&CARDS[..]), secret in "[A-Za-z0-9]{24}") {
        let raw = json!({
            "id": "du_1",
            "description": format!("{before}{card}{after}"),
            "metadata": {"note": card},
            "evidence": {"customer_name": secret, "files": [secret]},
            "payment_intent": {"client_secret": format!("pi_1_secret_{secret}")},
        });
        let left = cut(&raw.to_string());
        prop_assert!(!left.contains(&secret));
        prop_assert!(!left.contains(card), "{}", left);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        let _ = redact(&text);
    }
}

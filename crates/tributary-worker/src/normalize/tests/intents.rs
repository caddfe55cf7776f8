use super::*;
use tributary_db::records::payment_intents::PaymentIntent;

#[test]
fn an_intent_keeps_its_status_its_last_charge_and_its_metadata_compactly() {
    let expected = PaymentIntent {
        id: "pi_Held01".to_owned(),
        status: "canceled".to_owned(),
        latest_charge_id: Some("ch_Held01".to_owned()),
        metadata: r#"{"order":"A \"17\"","table":"7"}"#.to_owned(),
        created_ms: CREATED_MS,
    };
    assert_eq!(rows!(PaymentIntent, PaymentIntents, fixture!("intent_canceled")), expected);
}

#[test]
fn an_intent_without_an_attempt_has_no_charge() {
    let intent = rows!(PaymentIntent, PaymentIntents, fixture!("intent_without_charge"));
    assert_eq!((intent.latest_charge_id, intent.metadata.as_str()), (None, "{}"));
}

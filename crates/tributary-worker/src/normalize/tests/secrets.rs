use super::*;

fn prepared(resource: Resource, json: &str) -> Prepared {
    prepare(resource, &Object::parse(json).unwrap())
}

#[test]
fn a_card_number_is_cut_from_what_is_stored() {
    let source = prepared(Resource::Charges, fixture!("charge_with_card_number")).source;
    for number in ["4242 4242 4242 4242", "378282246310005"] {
        assert!(!source.json.contains(number));
    }
    assert!(source.json.contains("call: **** **** **** ****, thanks"));
}

#[test]
fn a_client_secret_is_cut_from_what_is_stored() {
    let source = prepared(Resource::PaymentIntents, fixture!("intent_canceled")).source;
    assert!(!source.json.contains("Canary"));
}

#[test]
fn evidence_is_cut_from_what_is_stored() {
    let source = prepared(Resource::Disputes, fixture!("dispute")).source;
    assert!(!source.json.to_lowercase().contains("canary") && !source.json.contains("203.0.113.7"));
    assert!(source.json.contains("\"due_by\""));
}

#[test]
fn records_are_made_of_what_is_stored_so_that_mapping_again_gives_the_same() {
    let json = fixture!("customer").replace("Pays by invoice", "Card 4242424242424242");
    let prepared = prepared(Resource::Customers, &json);
    let again = map(Resource::Customers, &prepared.source.id, &prepared.source.json);
    assert_eq!(prepared.mapped, again);
    let Ok(Mapped::Customer(customer)) = again else { panic!("a customer") };
    assert_eq!(customer.note.as_deref(), Some("Card ****************"));
}

#[test]
fn the_digest_is_of_what_is_stored() {
    let first = prepared(Resource::PaymentIntents, fixture!("intent_canceled")).source;
    assert_eq!(first.digest, digest::content(first.json.as_bytes()));
    let other_secret = fixture!("intent_canceled").replace("Canary", "Robin");
    assert_eq!(prepared(Resource::PaymentIntents, &other_secret).source.digest, first.digest);
}

use super::*;
use tributary_db::records::customers::Customer;

fn customer(json: &str) -> Customer {
    rows!(Customer, Customers, json)
}

#[test]
fn a_customer_has_a_billing_and_a_delivery_address_in_the_contracts_form() {
    let expected = Customer {
        id: "cus_Quill01".to_owned(),
        name: Some("Ada Quill".to_owned()),
        email: Some("ada@quill.example".to_owned()),
        phone: Some("+44 20 7946 0018".to_owned()),
        currency: Some("GBP".to_owned()),
        note: Some("Pays by invoice".to_owned()),
        addresses: concat!(
            r#"[{"type":"Billing","line1":"4 Wharf Road","line2":"Flat \"B\"","city":"London","country":"GB","#,
            r#""postalCode":"N1 9GU"},{"type":"Delivery","line1":"Unit 7, Canal Yard","city":"Leeds","#,
            r#""region":"West Yorkshire","country":"GB","postalCode":"LS1 4AP"}]"#
        )
        .to_owned(),
        created_ms: CREATED_MS,
    };
    assert_eq!(customer(fixture!("customer")), expected);
}

#[test]
fn a_customer_of_whom_nothing_is_known_has_an_empty_list_of_addresses() {
    let customer = customer(fixture!("customer_bare"));
    assert_eq!(customer.addresses, "[]");
    assert_eq!((customer.name, customer.email, customer.currency, customer.note), (None, None, None, None));
}

#[test]
fn a_business_without_a_plain_name_has_its_business_name_and_an_odd_currency_is_none() {
    let customer = customer(fixture!("customer_business"));
    assert_eq!((customer.name.as_deref(), customer.currency), (Some("Quill Works Ltd"), None));
}

#[test]
fn a_deleted_customer_has_no_row_and_is_stored_as_deleted() {
    let object = Object::parse(fixture!("customer_deleted")).unwrap();
    let prepared = prepare(Resource::Customers, &object);
    assert_eq!(prepared.mapped, Ok(Mapped::Nothing));
    assert!(prepared.source.deleted);
    assert_eq!((prepared.source.id.as_str(), prepared.source.created_secs), ("cus_Gone01", None));
}

#[test]
fn text_never_holds_what_postgresql_can_not_store() {
    let json = fixture!("customer_bare").replace("\"name\": null", r#""name": "A\u0000da""#);
    assert_eq!(customer(&json).name.as_deref(), Some("Ada"));
}

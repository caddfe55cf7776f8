use super::*;

fn read(body: &str) -> Result<CompanyRequest, ApiError> {
    CompanyRequest::read(body.as_bytes())
}

fn broken(body: &str) -> Vec<String> {
    match read(body) {
        Err(ApiError::Invalid(items)) => items.iter().map(|item| item.message().to_owned()).collect(),
        other => panic!("expected broken rules, got {other:?}"),
    }
}

#[test]
fn a_request_needs_no_more_than_a_name() {
    let request = read(r#"{"name":"Toft stores"}"#).unwrap();
    assert_eq!(request.name, "Toft stores");
    assert_eq!((request.description, request.tags.len(), request.connect_to), (None, 0, None));
}

#[test]
fn unknown_fields_and_nulls_change_nothing() {
    let body =
        r#"{"name":"T","description":null,"tags":null,"platformType":null,"id":"1","createdByUserId":7}"#;
    assert_eq!(read(body), read(r#"{"name":"T"}"#));
}

#[test]
fn older_clients_name_a_platform_by_key_or_slug() {
    let connect_to =
        |text: &str| read(&format!(r#"{{"name":"T","platformType":"{text}"}}"#)).unwrap().connect_to;
    assert_eq!(connect_to("exgd"), Some(PlatformKey::Stripe));
    assert_eq!(connect_to("stripe-test"), Some(PlatformKey::StripeTest));
    assert_eq!(connect_to(""), None);
    assert!(broken(r#"{"name":"T","platformType":"gbol"}"#)[0].contains("exgd"));
}

#[test]
fn an_update_tells_what_is_left_out_or_null_from_what_is_empty() {
    let read = |body: &str| CompanyUpdateRequest::read(body.as_bytes()).unwrap();
    let nothing = CompanyUpdateRequest::default();
    assert_eq!(read("{}"), nothing);
    assert_eq!(read(r#"{"name":null,"description":null,"tags":null,"id":"1"}"#), nothing);
    let emptied = read(r#"{"description":"","tags":{}}"#);
    assert_eq!((emptied.description.as_deref(), emptied.tags), (Some(""), Some(BTreeMap::new())));
    assert!(CompanyUpdateRequest::read(b"[]").is_err());
}

#[test]
fn what_is_not_an_object_of_the_right_types_is_refused_with_the_place() {
    for body in ["", "[]", r#"["Toft"]"#, "null", r#""Toft""#, "\u{feff}{}"] {
        assert_eq!(broken(body), ["the body must be a JSON object"], "{body}");
    }
    assert!(broken(r#"{"name":"T""#)[0].contains("line 1"));
    assert!(broken(r#"{"name":5}"#)[0].contains("expected a string"));
    assert!(broken(&format!(r#"{{"tags":"{}"}}"#, "x".repeat(100_000)))[0].len() < 300);
}

#[test]
fn a_new_company_leaves_out_what_it_lacks() {
    let company = Company {
        id: "1b0c1b0c-3c0b-4a51-9d0c-2f0f3a0d9b11".parse().unwrap(),
        name: "Toft stores".into(),
        description: None,
        redirect: "https://link.example.com/company/1b0c1b0c-3c0b-4a51-9d0c-2f0f3a0d9b11".into(),
        last_sync: None,
        created: Millis(1_793_094_809_000),
        created_by_user_name: None,
        products: vec!["lending".into()],
        tags: BTreeMap::from([("uid".into(), "cust_1".into())]),
        reference_subsidiary_companies: EmptyList,
        owner_user_ids: EmptyList,
        data_connections: Some(vec![]),
    };
    assert_eq!(
        serde_json::to_string(&company).unwrap(),
        r#"{"id":"1b0c1b0c-3c0b-4a51-9d0c-2f0f3a0d9b11","name":"Toft stores","redirect":"https://link.example.com/company/1b0c1b0c-3c0b-4a51-9d0c-2f0f3a0d9b11","created":"2026-10-27T09:53:29Z","products":["lending"],"tags":{"uid":"cust_1"},"referenceSubsidiaryCompanies":[],"ownerUserIds":[],"dataConnections":[]}"#
    );
}

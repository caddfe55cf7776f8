//! Bodies as consumers get them, character by character.

use super::*;
use tributary_core::PublicUrls;
use tributary_core::ids::PlatformId;
use uuid::Uuid;

fn body(event_type: EventType) -> serde_json::Value {
    let urls = PublicUrls::new("https://portal.example", "https://api.example", "https://link.example");
    let id = EventId::from_uuid(Uuid::from_u128(1));
    let platform = PlatformId::from_uuid(Uuid::from_u128(2));
    let envelope = example::of(event_type, id, platform, &urls, Millis(1_793_096_400_000));
    serde_json::to_value(envelope).unwrap()
}

fn has_null(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::Array(items) => items.iter().any(has_null),
        serde_json::Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}

#[test]
fn every_type_has_an_example_in_the_one_envelope_and_nothing_is_null() {
    for event_type in EventType::ALL {
        let body = body(event_type);
        assert_eq!(body["eventType"], event_type.as_str());
        assert_eq!(body["id"], "00000000-0000-0000-0000-000000000001");
        assert_eq!(body["generatedDate"], "2026-10-27T10:20:00Z");
        assert_eq!(body["test"], true);
        assert!(body["payload"].is_object() && !has_null(&body), "{body}");
        assert_eq!(event_type.as_str().parse(), Ok(event_type));
    }
    assert_eq!("DataSyncCompleted".parse::<EventType>(), Err(event_type::UnknownEventType));
}

#[test]
fn a_company_is_sent_without_its_connections() {
    let payload = &body(EventType::CompanyCreated)["payload"];
    let expected = r#"{"created":"2026-10-27T10:20:00Z","createdByUserName":"Example","description":"A company that does not exist","id":"0498e921-9b53-4396-a412-000000000001","name":"Example Company","ownerUserIds":[],"products":["commerce"],"redirect":"https://link.example/company/0498e921-9b53-4396-a412-000000000001","referenceSubsidiaryCompanies":[],"tags":{"region":"uk"}}"#;
    assert_eq!(payload, &serde_json::from_str::<serde_json::Value>(expected).unwrap());
}

#[test]
fn a_connection_is_sent_whole_with_its_company() {
    let payload = &body(EventType::ConnectionFailed)["payload"];
    let expected = r#"{
      "referenceCompany": {"id":"0498e921-9b53-4396-a412-000000000001","name":"Example Company","description":"A company that does not exist",
        "links":{"portal":"https://portal.example/p/00000000-0000-0000-0000-000000000002/companies/0498e921-9b53-4396-a412-000000000001"},"tags":{"region":"uk"}},
      "connection": {"id":"0498e921-9b53-4396-a412-000000000002","integrationId":"0498e921-9b53-4396-a412-000000000003","integrationKey":"yzth",
        "sourceId":"PLACE","sourceType":"Commerce","platformName":"Stripe Test",
        "linkUrl":"https://link.example/companies/0498e921-9b53-4396-a412-000000000001/connections/0498e921-9b53-4396-a412-000000000002/start",
        "status":"PendingAuth","created":"2026-10-27T10:20:00Z",
        "dataConnectionErrors":[{"statusCode":"403","statusText":"User cancelled linking","errorMessage":"User cancelled","erroredOnUtc":"2026-10-27T10:20:00Z","status":"Active"}]}}"#;
    let expected =
        expected.replace("PLACE", &tributary_core::PlatformKey::StripeTest.source_id().to_string());
    assert_eq!(payload, &serde_json::from_str::<serde_json::Value>(&expected).unwrap());
}

#[test]
fn a_read_names_its_data_types_and_what_was_found_wrong() {
    let payload = Payload::Read(ReadCompleted {
        reference_company: CompanyReference {
            id: CompanyId::from_uuid(Uuid::from_u128(3)),
            name: "Toft Stores".to_owned(),
            description: None,
            links: CompanyLinks { portal: "https://portal.example/x".to_owned() },
            tags: BTreeMap::new(),
        },
        modified_from_date: Some(Millis(1_793_096_399_500)),
        data_types: vec![DataTypeRead {
            connection_id: ConnectionId::from_uuid(Uuid::from_u128(4)),
            data_type: DataType::Payments,
            records_modified: true,
            status: DatasetStatus::Complete,
            issues: vec![Issue {
                kind: IssueKind::Warning,
                message: "payment intents could not be read".to_owned(),
                links: IssueLinks {
                    logs: "https://api.example/y".to_owned(),
                    portal: "https://portal.example/z".to_owned(),
                },
            }],
        }],
    });
    assert_eq!(
        serde_json::to_string(&payload).unwrap(),
        r#"{"referenceCompany":{"id":"00000000-0000-0000-0000-000000000003","name":"Toft Stores","links":{"portal":"https://portal.example/x"},"tags":{}},"modifiedFromDate":"2026-10-27T10:19:59.500Z","dataTypes":[{"connectionId":"00000000-0000-0000-0000-000000000004","dataType":"commerce-payments","recordsModified":true,"status":"Complete","issues":[{"type":"warning.validation","message":"payment intents could not be read","links":{"logs":"https://api.example/y","portal":"https://portal.example/z"}}]}]}"#
    );
}

#[test]
fn labels_and_quotas_are_told_with_what_holds_now() {
    let added = &body(EventType::CompanyProductAdded)["payload"];
    assert_eq!(added["productId"], "lending");
    assert_eq!(added["products"], serde_json::json!(["commerce", "lending"]));
    assert_eq!(
        body(EventType::RateLimitReached)["payload"],
        serde_json::json!({"dailyQuota": 1_000_000, "quotaRemaining": 0, "expiryDate": "2026-10-28T00:00:00Z"})
    );
}

#[test]
fn a_real_message_is_not_marked() {
    let quota = ClientRateLimit { daily_quota: 1, quota_remaining: 0, expiry_date: Millis(0) };
    let envelope = Envelope {
        id: EventId::from_uuid(Uuid::from_u128(1)),
        event_type: EventType::RateLimitReached,
        generated_date: Millis(0),
        test: false,
        payload: Payload::RateLimit(quota),
    };
    assert_eq!(
        serde_json::to_string(&envelope).unwrap(),
        r#"{"id":"00000000-0000-0000-0000-000000000001","eventType":"client.rateLimit.reached","generatedDate":"1970-01-01T00:00:00Z","payload":{"dailyQuota":1,"quotaRemaining":0,"expiryDate":"1970-01-01T00:00:00Z"}}"#
    );
}

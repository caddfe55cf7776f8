use super::TestApi;
use super::seed::NOW;
use serde_json::json;
use tributary_core::PlatformKey;
use tributary_core::ids::ConnectionId;
use tributary_db::connection_errors::ConnectionError;
use tributary_db::connections;
use tributary_db::use_cases::fail_authorization;

#[actix_web::test]
async fn a_connection_is_created_with_200_awaiting_authorization() {
    let api = TestApi::new();
    let (company, integration) = (api.one.company.id, PlatformKey::StripeTest.integration_id());
    let path = format!("/companies/{company}/connections");
    let created = api.post(&path, r#"{"platformKey":"yzth"}"#).await;
    assert_eq!(created.status, 200, "{}", created.text);
    let connection = created.json();
    let id: ConnectionId = connection["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        connection,
        json!({
            "id": id, "integrationId": integration, "integrationKey": "yzth",
            "sourceId": PlatformKey::StripeTest.source_id().to_string(), "sourceType": "Commerce",
            "platformName": "Stripe Test", "status": "PendingAuth", "created": "2026-09-21T14:13:20Z",
            "linkUrl": format!("https://link.example.com/companies/{company}/connections/{id}/start"),
        })
    );
    let read = api.get(&format!("{path}/{id}")).await;
    assert_eq!((read.status, read.json()), (200, connection));
    let listed = api.get(&path).await.json();
    assert_eq!(listed["totalResults"], 2);
}

#[actix_web::test]
async fn a_linked_connection_shows_its_account_its_sync_and_what_went_wrong() {
    let api = TestApi::new();
    let no = api.one.connection.no;
    let denied = ConnectionError {
        status_code: "403".into(),
        status_text: "access_denied".into(),
        error_message: "The merchant declined.".into(),
        errored_on: NOW,
        resolved_on: None,
    };
    api.seed.run(|conn| fail_authorization(conn, &super::urls(), &api.one.connection, denied.clone(), NOW));
    api.seed.run(|conn| connections::set_last_sync(conn, no, NOW.plus_ms(1)));
    let path = api.one.connection_path();
    let connection = api.get(&path).await.json();
    assert_eq!(connection["status"], "Linked");
    assert_eq!(connection["lastSync"], "2026-09-21T14:13:20.001Z");
    assert_eq!(connection["connectionInfo"], json!({"accountId": "acct_1", "livemode": false}));
    let error = json!({"statusCode": "403", "statusText": "access_denied", "errorMessage": "The merchant declined.",
        "erroredOnUtc": "2026-09-21T14:13:20Z", "status": "Active"});
    assert_eq!(connection["dataConnectionErrors"], json!([error]));

    api.seed.link(&api.one.connection, "acct_1");
    let resolved = &api.get(&path).await.json()["dataConnectionErrors"][0];
    assert_eq!(
        (&resolved["status"], &resolved["resolvedOnUtc"]),
        (&json!("Resolved"), &json!("2026-09-21T14:13:20Z"))
    );
}

#[actix_web::test]
async fn a_connection_needs_a_company_and_an_integration_that_is_switched_on() {
    let api = TestApi::new();
    let path = format!("{}/connections", api.one.company_path());
    for (body, expected) in [
        (r#"{"platformKey":"exgd"}"#, "Integration exgd not found"),
        (r#"{"platformKey":"zzzz"}"#, "Integration zzzz not found"),
    ] {
        assert_eq!(api.post(&path, body).await.error(), (404, expected.to_owned()));
    }
    for body in ["{}", r#""exgd""#, r#"{"platformKey":"EXGD"}"#, "{"] {
        assert_eq!(api.post(&path, body).await.broken().len(), 1, "{body}");
    }
    let nobody = api.post("/companies/nobody/connections", r#"{"platformKey":"yzth"}"#).await;
    assert_eq!(nobody.error(), (404, "No company was found with ID nobody".to_owned()));
    let unknown = api.get(&format!("{}/connections/none", api.one.company_path())).await;
    assert_eq!(unknown.error(), (404, "Data connection none not found".to_owned()));
}

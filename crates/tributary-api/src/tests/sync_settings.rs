//! Sync settings, platform-wide and per company.

use super::TestApi;
use serde_json::{Value, json};
use tributary_core::DataType;
use tributary_db::datasets;

const PROFILE: &str = "/profile/syncSettings";

fn setting(data_type: &str, schedule: i64, fetch: bool) -> Value {
    json!({ "dataType": data_type, "fetchOnFirstLink": fetch, "syncSchedule": schedule, "syncOrder": 0 })
}

fn for_platform(api: &TestApi, settings: Value) -> String {
    json!({ "clientId": api.one.platform.id, "settings": settings, "overridesDefaults": true }).to_string()
}

fn for_company(api: &TestApi, settings: Value, overrides: bool) -> String {
    json!({ "companyId": api.one.company.id, "settings": settings, "overridesDefaults": overrides })
        .to_string()
}

fn company_path(api: &TestApi) -> String {
    format!("{}/syncSettings", api.one.company_path())
}

async fn shown(api: &TestApi, path: &str, data_type: &str) -> (Value, bool) {
    let reply = api.get(path).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let body = reply.json();
    let settings = body["settings"].as_array().unwrap();
    assert_eq!(settings.len(), DataType::ALL.len());
    let of = settings.iter().find(|setting| setting["dataType"] == data_type).unwrap().clone();
    (of, body["overridesDefaults"].as_bool().unwrap())
}

#[actix_web::test]
async fn settings_are_replaced_with_204_and_a_company_inherits_what_it_does_not_say() {
    let api = TestApi::new();
    let hours = async |path: &str, data_type| {
        let (setting, overrides) = shown(&api, path, data_type).await;
        (setting["syncSchedule"].as_i64().unwrap(), overrides)
    };
    let company = company_path(&api);
    assert_eq!(hours(PROFILE, "commerce-payments").await, (0, false));
    assert_eq!(api.get(PROFILE).await.json()["clientId"], json!(api.one.platform.id));
    assert_eq!(api.get(&company).await.json()["companyId"], json!(api.one.company.id));

    let weekly = json!([setting("commerce-payments", 168, true), setting("invoices", 24, true)]);
    let reply = api.post(PROFILE, &for_platform(&api, weekly)).await;
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    assert_eq!(hours(PROFILE, "commerce-payments").await, (168, true));
    assert_eq!(hours(&company, "commerce-payments").await, (168, false));

    let own = json!([setting("commerce-disputes", 1, true)]);
    assert_eq!(api.post(&company, &for_company(&api, own.clone(), true)).await.status, 204);
    assert_eq!(hours(&company, "commerce-disputes").await, (1, true));
    assert_eq!(hours(&company, "commerce-payments").await, (168, true), "what it doesn't say is inherited");
    assert_eq!(api.post(&company, &for_company(&api, own, false)).await.status, 204);
    assert_eq!(hours(&company, "commerce-disputes").await, (0, false), "inherits everything");

    let theirs = api.send(api.other.request(actix_web::http::Method::GET, PROFILE)).await.json();
    assert_eq!(theirs["overridesDefaults"], false, "another platform's are its own");
}

#[actix_web::test]
async fn what_cannot_be_is_refused_with_400_and_changes_nothing() {
    let api = TestApi::new();
    let company = company_path(&api);
    let mismatched = api.post(PROFILE, &for_company(&api, json!([]), true)).await;
    assert_eq!(mismatched.broken(), [format!("clientId must be {}", api.one.platform.id)]);
    let twice = json!([setting("commerce-orders", 1, true), setting("commerce-orders", 2, true)]);
    let twice = api.post(&company, &for_company(&api, twice, true)).await;
    assert_eq!(twice.broken(), ["commerce-orders is there twice"]);
    assert_eq!(api.post(PROFILE, "[]").await.status, 400);
    assert_eq!(api.post(&company, "").await.status, 400);
    assert_eq!(shown(&api, &company, "commerce-payments").await.0["syncSchedule"], 0);

    let mut locked = setting("commerce-payments", 168, true);
    locked["isLocked"] = json!(true);
    assert_eq!(api.post(PROFILE, &for_platform(&api, json!([locked]))).await.status, 204);
    let other = json!([setting("commerce-payments", 1, true)]);
    let refused = api.post(&company, &for_company(&api, other, true)).await;
    assert_eq!(refused.broken(), ["the platform has locked the settings of commerce-payments"]);
    assert_eq!(api.post(&company, &for_company(&api, json!([locked]), true)).await.status, 204);
    assert_eq!(shown(&api, &company, "commerce-payments").await.0["isLocked"], true);
}

#[actix_web::test]
async fn everything_asked_for_is_what_is_fetched_on_first_link_and_the_rest_is_asked_for_by_name() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let quiet = json!([setting("commerce-payments", 0, false)]);
    assert_eq!(api.post(PROFILE, &for_platform(&api, quiet)).await.status, 204);
    let all = format!("{}/data/all", api.one.company_path());
    assert_eq!(api.post(&all, "").await.status, 204);
    let waiting = api.seed.run(|conn| datasets::waiting(conn, api.one.connection.no));
    assert_eq!(waiting.len(), DataType::ALL.len() - 1);
    assert!(waiting.iter().all(|dataset| dataset.data_type != DataType::Payments));
    let named = format!("{}/data/queue/commerce-payments", api.one.company_path());
    assert_eq!(api.post(&named, "").await.status, 200);
}

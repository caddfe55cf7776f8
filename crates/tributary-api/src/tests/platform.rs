use super::TestApi;
use super::seed::NOW;
use actix_web::http::Method;
use serde_json::{Value, json};
use tributary_core::access_token::{AccessToken, KEY_PURPOSE};
use tributary_core::state::DatasetStatus;
use tributary_core::{DataType, Secret};
use tributary_db::datasets;

#[actix_web::test]
async fn a_key_is_shown_with_201_once_and_masked_after_that() {
    let api = TestApi::new();
    let created = api.post("/apiKeys", r#"{"name":"azure"}"#).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let details = created.json();
    assert_eq!(
        (&details["name"], &details["createdDate"]),
        (&json!("azure"), &json!("2026-09-21T14:13:20Z"))
    );
    let key = Secret::new(details["apiKey"].as_str().unwrap());
    let listed =
        api.send(actix_web::test::TestRequest::with_uri("/apiKeys").insert_header(super::basic(&key))).await;
    assert_eq!(listed.status, 200, "the new key opens the same platform");
    assert!(!listed.text.contains(key.expose()));
    let results = listed.json()["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 2);
    let shown = results.iter().find(|shown| shown["id"] == details["id"]).unwrap();
    assert_eq!(shown["apiKey"], format!("************{}", key.last4()));

    let unnamed = api.post("/apiKeys", "").await;
    assert_eq!((unnamed.status, unnamed.json().get("name")), (201, None));
    let long = api.post("/apiKeys", &json!({"name": "é".repeat(51)}).to_string()).await;
    assert_eq!(long.error(), (400, "Max string length (50) for `name` reached.".to_owned()));
}

#[actix_web::test]
async fn there_are_ten_keys_at_most_and_any_may_be_deleted() {
    let api = TestApi::new();
    for _ in 1..10 {
        assert_eq!(api.post("/apiKeys", "{}").await.status, 201);
    }
    let refused = api.post("/apiKeys", "{}").await;
    let text =
        "Maximum number of API keys reached. To create a new API key, delete an unused key and try again.";
    assert_eq!(refused.error(), (409, text.to_owned()));
    let keys = api.get("/apiKeys").await.json()["results"].as_array().unwrap().clone();
    let own = keys.iter().find(|key| key["name"] == "CI").unwrap()["id"].as_str().unwrap().to_owned();
    for key in keys.iter().filter(|key| key["id"] != own.as_str()) {
        let path = format!("/apiKeys/{}", key["id"].as_str().unwrap());
        let deleted = api.ask(Method::DELETE, &path, "").await;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
        let again = api.ask(Method::DELETE, &path, "").await;
        assert_eq!(again.error().0, 404);
    }
    let unknown = api.ask(Method::DELETE, "/apiKeys/nonsense", "").await;
    assert_eq!(unknown.error(), (404, "API key nonsense not found".to_owned()));
    assert_eq!(
        api.ask(Method::DELETE, &format!("/apiKeys/{own}"), "").await.status,
        204,
        "itself, the last one"
    );
    assert_eq!(api.get("/apiKeys").await.status, 401);
}

#[actix_web::test]
async fn a_profile_is_replaced_with_200_and_read_back() {
    let api = TestApi::new();
    let empty = json!({"name": "One", "redirectUrl": "", "whiteListUrls": []});
    assert_eq!(api.get("/profile").await.json(), empty);
    let profile = json!({
        "name": "Harbour", "logoUrl": "https://a.example/l.png", "iconUrl": "https://a.example/i.ico",
        "redirectUrl": "https://a.{country}/{companyId}?s={statusCode}", "whiteListUrls": ["https://a.example"],
    });
    let replaced = api.ask(Method::PUT, "/profile", &profile.to_string()).await;
    assert_eq!((replaced.status, replaced.json()), (200, profile.clone()));
    assert_eq!(api.get("/profile").await.json(), profile);
    let broken = json!({
        "name": "Harbour", "logoUrl": "http://a.example/l.png", "iconUrl": "data:,", "redirectUrl": "javascript:1",
        "whiteListUrls": ["a.example"],
    });
    assert_eq!(api.ask(Method::PUT, "/profile", &broken.to_string()).await.broken().len(), 4);
    let nameless = json!({"name": " ", "redirectUrl": "", "logoUrl": "https://b.example/"});
    assert_eq!(api.ask(Method::PUT, "/profile", &nameless.to_string()).await.broken().len(), 1);
    assert_eq!(api.get("/profile").await.json(), profile, "what was refused changed nothing");
    assert_eq!(api.ask(Method::PUT, "/profile", r#"{"name":"One","redirectUrl":""}"#).await.json(), empty);
}

#[actix_web::test]
async fn origins_are_replaced_with_200_under_both_paths() {
    let api = TestApi::new();
    assert_eq!(api.get("/corsSettings").await.json(), json!({"allowedOrigins": []}));
    let body =
        r#"{"allowedOrigins":["https://www.a.example/","http://localhost:3000","https://www.a.example"]}"#;
    let set = api.post("/corsSettings", body).await;
    let expected = json!({"allowedOrigins": ["https://www.a.example", "http://localhost:3000"]});
    assert_eq!((set.status, set.json()), (200, expected.clone()));
    assert_eq!(api.get("/connectionManagement/corsSettings").await.json(), expected);
    for bad in ["*", "http://a.example", "https://a.example/path"] {
        let body = json!({"allowedOrigins": [bad]}).to_string();
        assert_eq!(api.post("/connectionManagement/corsSettings", &body).await.broken().len(), 1, "{bad}");
    }
    let many: Vec<String> = (0..51).map(|n| format!("https://a{n}.example")).collect();
    assert_eq!(api.post("/corsSettings", &json!({"allowedOrigins": many}).to_string()).await.status, 400);
    assert_eq!(api.get("/corsSettings").await.json(), expected);
}

#[actix_web::test]
async fn an_access_token_stands_for_one_company_for_a_day() {
    let api = TestApi::new();
    for path in ["accessToken", "connectionManagement/accessToken"] {
        let reply = api.get(&format!("{}/{path}", api.one.company_path())).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let body = reply.json();
        assert_eq!((&body["expiresIn"], &body["tokenType"]), (&json!(86400), &json!("Bearer")));
        let token = Secret::new(body["accessToken"].as_str().unwrap());
        let stated = AccessToken::verify(&api.seed.vault.derive(KEY_PURPOSE), &token, NOW).unwrap();
        assert_eq!((stated.platform, stated.company), (api.one.platform.id, api.one.company.id));
    }
}

#[actix_web::test]
async fn product_labels_are_put_on_and_taken_off_with_204() {
    let api = TestApi::new();
    let path = |product: &str| format!("{}/products/{product}", api.one.company_path());
    for product in ["lending", "bank-feeds", "lending"] {
        let labelled = api.ask(Method::PUT, &path(product), "").await;
        assert_eq!((labelled.status, labelled.text.as_str()), (204, ""));
    }
    assert_eq!(api.get(&api.one.company_path()).await.json()["products"], json!(["lending", "bank-feeds"]));
    for _ in 0..2 {
        assert_eq!(api.ask(Method::DELETE, &path("lending"), "").await.status, 204);
    }
    assert_eq!(api.get(&api.one.company_path()).await.json()["products"], json!(["bank-feeds"]));
    let refused = api.ask(Method::PUT, &path("Bank%20Feeds"), "").await;
    assert_eq!(refused.status, 404, "{}", refused.text);
}

#[actix_web::test]
async fn the_commerce_product_is_refreshed_with_202_and_no_other() {
    let api = TestApi::new();
    let path = |product: &str| format!("{}/products/{product}/refresh", api.one.company_path());
    let standard = api.post(&path("bank-feeds"), "").await;
    assert_eq!(standard.error(), (400, "Bank Feeds doesn't support data refreshing.".to_owned()));
    let busy = api.post(&path("commerce"), "").await;
    assert!(busy.error().1.starts_with("Data cannot be refreshed while a read operation is in progress."));
    api.seed.complete_all(&api.one.connection);
    let invalid = api.post(&path("commerce"), r#"{"dataTypes":["invoices"]}"#).await.broken();
    assert!(invalid[0].contains("commerce-payments"), "{invalid:?}");
    let waiting = || api.seed.run(|conn| datasets::waiting(conn, api.one.connection.no));
    assert_eq!(waiting(), [], "nothing was asked for so far");
    let one = api.post(&path("commerce"), r#"{"dataTypes":["commerce-payments"]}"#).await;
    assert_eq!((one.status, one.text.as_str()), (202, ""));
    assert_eq!(waiting().len(), 1);
    api.seed.finish(&api.one.connection, DataType::Payments, DatasetStatus::Complete, NOW);
    assert_eq!(api.post(&path("commerce"), "").await.status, 202);
    assert!(waiting().len() > 1);
}

#[actix_web::test]
async fn a_connection_is_unlinked_with_200_once() {
    let api = TestApi::new();
    let path = api.one.connection_path();
    for bad in [r#"{"status":"Linked"}"#, r#"{"status":null}"#, "{}", r#"{"status":"unlinked"}"#] {
        assert_eq!(api.ask(Method::PATCH, &path, bad).await.broken().len(), 1, "{bad}");
    }
    let unlinked = api.ask(Method::PATCH, &path, r#"{"status":"Unlinked"}"#).await;
    assert_eq!((unlinked.status, &unlinked.json()["status"]), (200, &json!("Unlinked")));
    assert_eq!(api.get(&path).await.json(), unlinked.json());
    let again = api.ask(Method::PATCH, &path, r#"{"status":"Unlinked"}"#).await.broken();
    assert_eq!(again, ["only a Linked connection can be unlinked: this one is Unlinked"]);
    let history = api.get(&format!("{}/data/history", api.one.company_path())).await.json();
    assert!(history["results"].as_array().unwrap().iter().all(|it| it["status"] == "Cancelled"), "{history}");
    let refused = api.ask(Method::PUT, &format!("{path}/authorization"), r#"{"code":"x"}"#).await;
    assert_eq!(refused.broken().len(), 1);
}

#[actix_web::test]
async fn a_deleted_connection_is_not_found_any_more_and_nothing_counts_it() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let path = api.one.connection_path();
    let deleted = api.ask(Method::DELETE, &path, "").await;
    assert_eq!((deleted.status, deleted.text.as_str()), (200, ""));
    let expected = (404, format!("Data connection {} not found", api.one.connection.id));
    assert_eq!(api.ask(Method::DELETE, &path, "").await.error(), expected);
    assert_eq!(api.get(&path).await.error(), expected);
    assert_eq!(api.records("commerce-customers").await.error(), expected);
    let company = api.get(&api.one.company_path()).await.json();
    assert_eq!(company["dataConnections"], json!([]));
    for list in ["connections", "data/history"] {
        let page = api.get(&format!("{}/{list}", api.one.company_path())).await.json();
        assert_eq!((&page["results"], &page["totalResults"]), (&json!([]), &json!(0)), "{list}");
    }
    let statuses = api.get(&format!("{}/dataStatus", api.one.company_path())).await;
    assert_eq!((statuses.status, statuses.json()), (200, json!({})));
}

#[actix_web::test]
async fn a_deleted_company_is_not_found_any_more() {
    let api = TestApi::new();
    let path = api.one.company_path();
    let deleted = api.ask(Method::DELETE, &path, "").await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    let expected = (404, format!("No company was found with ID {}", api.one.company.id));
    assert_eq!(api.ask(Method::DELETE, &path, "").await.error(), expected);
    for below in ["", "/connections", "/dataStatus", "/data/history", "/accessToken"] {
        assert_eq!(api.get(&format!("{path}{below}")).await.error(), expected, "{below}");
    }
    assert_eq!(api.get(&api.one.connection_path()).await.status, 404);
    let listed: Value = api.get("/companies").await.json();
    assert_eq!((&listed["results"], &listed["totalResults"]), (&json!([]), &json!(0)));
}

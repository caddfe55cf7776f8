use super::TestApi;
use super::seed::NOW;
use serde_json::json;
use tributary_core::PlatformKey;
use tributary_core::ids::CompanyId;
use tributary_db::companies;
use tributary_db::{Page, connections};

#[actix_web::test]
async fn a_company_is_created_with_200_and_read_back_as_created() {
    let api = TestApi::new();
    let body = r#"{"name":"Toft (stores)","description":"cust_1","tags":{"uid":"1"},"unknown":[1]}"#;
    let created = api.post("/companies", body).await;
    assert_eq!(created.status, 200, "{}", created.text);
    let company = created.json();
    let id: CompanyId = company["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        company,
        json!({
            "id": id, "name": "Toft stores", "description": "cust_1",
            "redirect": format!("https://link.example.com/company/{id}"),
            "created": "2026-09-21T14:13:20Z", "createdByUserName": "CI",
            "products": [], "tags": {"uid": "1"}, "referenceSubsidiaryCompanies": [], "ownerUserIds": [],
            "dataConnections": [],
        })
    );
    let read = api.get(&format!("/companies/{id}")).await;
    assert_eq!((read.status, read.json()), (200, company));
}

#[actix_web::test]
async fn a_company_shows_its_connections_and_the_latest_of_their_syncs() {
    let api = TestApi::new();
    let (one, later) = (&api.one, NOW.plus_ms(1500));
    let second = api.seed.connection(&one.company, &one.integration);
    api.seed.run(|conn| connections::set_last_sync(conn, one.connection.no, later));
    let company = api.get(&one.company_path()).await.json();
    assert_eq!(company["lastSync"], "2026-09-21T14:13:21.500Z");
    let ids: Vec<&str> =
        company["dataConnections"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert!(
        ids.contains(&second.id.to_string().as_str())
            && ids.contains(&one.connection.id.to_string().as_str())
    );
    let listed = api.get("/companies").await.json();
    assert_eq!(listed["results"], json!([company]));
}

#[actix_web::test]
async fn a_platform_type_creates_the_first_connection_too_or_nothing() {
    let api = TestApi::new();
    let made = api.post("/companies", r#"{"name":"Toft","platformType":"yzth"}"#).await.json();
    assert_eq!(made["dataConnections"][0]["status"], "PendingAuth");
    let page = Page { offset: 0, limit: 100 };
    let count = || api.seed.run(|conn| companies::list(conn, api.one.platform.no, page)).1;
    let before = count();
    let refused = api.post("/companies", r#"{"name":"Toft","platformType":"exgd"}"#).await;
    assert_eq!(refused.error(), (404, "Integration exgd not found".to_owned()));
    api.seed.integration(&api.one.platform, PlatformKey::Stripe, false);
    let refused = api.post("/companies", r#"{"name":"Toft","platformType":"exgd"}"#).await;
    assert_eq!(refused.status, 404, "switched off");
    assert_eq!(count(), before);
}

#[actix_web::test]
async fn a_bad_company_names_each_broken_rule_and_creates_nothing() {
    let api = TestApi::new();
    let broken = api.post("/companies", r#"{"name":"()","tags":{"":"x"}}"#).await.broken();
    assert_eq!(broken.len(), 2, "{broken:?}");
    let long = format!(r#"{{"name":"{}"}}"#, "a".repeat(256));
    assert_eq!(api.post("/companies", &long).await.broken().len(), 1);
    let deep = format!(r#"{{"name":"Toft","x":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(api.post("/companies", &deep).await.status, 200, "what is unknown is skipped, however deep");
    let deep = format!(r#"{{"name":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    for bad in [
        "",
        "{",
        "null",
        "[]",
        r#"{"name":1}"#,
        r#"{"name":"a""#,
        "{\"name\":\"\\ud800\"}",
        "\u{feff}{}",
        &deep,
    ] {
        assert_eq!(api.post("/companies", bad).await.status, 400, "{bad:.40}");
    }
    assert_eq!(api.get(&format!("/companies/{}", CompanyId::random())).await.status, 404);
}

#[actix_web::test]
async fn a_body_needs_no_content_type() {
    let api = TestApi::new();
    for content_type in ["text/plain", "application/json; charset=utf-8", "?"] {
        let request = api.one.request(actix_web::http::Method::POST, "/companies");
        let request = request.insert_header(("content-type", content_type)).set_payload(r#"{"name":"Toft"}"#);
        assert_eq!(api.send(request).await.status, 200, "{content_type}");
    }
    let request =
        api.one.request(actix_web::http::Method::POST, "/companies").set_payload(r#"{"name":"Toft"}"#);
    assert_eq!(api.send(request).await.status, 200);
}

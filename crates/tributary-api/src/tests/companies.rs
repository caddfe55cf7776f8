use super::TestApi;
use super::seed::NOW;
use actix_web::http::Method;
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
async fn a_company_is_replaced_with_200_and_what_the_body_leaves_out_is_cleared() {
    let api = TestApi::new();
    let path = api.one.company_path();
    let before = api.get(&path).await.json();
    let body = r#"{"name":"Mill (2)","description":"cust_2","tags":{"region":"uk"},"platformType":"yzth"}"#;
    let replaced = api.ask(Method::PUT, &path, body).await;
    assert_eq!(replaced.status, 200, "{}", replaced.text);
    let mut expected = before.clone();
    expected["name"] = "Mill 2".into();
    expected["description"] = "cust_2".into();
    expected["tags"] = json!({"region": "uk"});
    assert_eq!(replaced.json(), expected);
    assert_eq!(api.get(&path).await.json(), expected);
    let replaced = api.ask(Method::PUT, &path, r#"{"name":"Mill"}"#).await.json();
    let mut expected = before;
    expected["name"] = "Mill".into();
    assert_eq!(replaced, expected, "description and tags are gone");
    assert_eq!(api.ask(Method::PUT, &path, "{}").await.broken().len(), 1, "a company needs a name");
}

#[actix_web::test]
async fn a_company_is_changed_with_200_in_what_the_body_names() {
    let api = TestApi::new();
    let path = api.one.company_path();
    api.ask(Method::PUT, &path, r#"{"name":"Mill","description":"cust_2","tags":{"region":"uk"}}"#).await;
    let before = api.get(&path).await.json();
    for nothing in ["{}", r#"{"name":null,"description":null,"tags":null}"#, r#"{"id":"x","products":[]}"#] {
        let reply = api.ask(Method::PATCH, &path, nothing).await;
        assert_eq!((reply.status, reply.json()), (200, before.clone()), "{nothing}");
    }
    let mut expected = before;
    expected["name"] = "Mill 2".into();
    assert_eq!(api.ask(Method::PATCH, &path, r#"{"name":"Mill 2"}"#).await.json(), expected);
    expected["tags"] = json!({});
    assert_eq!(api.ask(Method::PATCH, &path, r#"{"tags":{}}"#).await.json(), expected);
    let broken = api.ask(Method::PATCH, &path, r#"{"name":"","tags":{"":"x"}}"#).await.broken();
    assert_eq!(broken.len(), 2, "{broken:?}");
    for bad in ["", "[]", r#"{"tags":[]}"#, r#"{"name":1}"#] {
        assert_eq!(api.ask(Method::PATCH, &path, bad).await.status, 400, "{bad}");
    }
    assert_eq!(api.get(&path).await.json(), expected, "what was refused changed nothing");
}

#[actix_web::test]
async fn a_body_needs_no_content_type() {
    let api = TestApi::new();
    for content_type in ["text/plain", "application/json; charset=utf-8", "?"] {
        let request = api.one.request(Method::POST, "/companies");
        let request = request.insert_header(("content-type", content_type)).set_payload(r#"{"name":"Toft"}"#);
        assert_eq!(api.send(request).await.status, 200, "{content_type}");
    }
    let request = api.one.request(Method::POST, "/companies").set_payload(r#"{"name":"Toft"}"#);
    assert_eq!(api.send(request).await.status, 200);
}

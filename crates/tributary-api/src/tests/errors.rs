use super::{Reply, TestApi};
use crate::ApiSettings;
use crate::answer;
use crate::failure::Failure;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use std::sync::Arc;
use tributary_db::DbError;

#[actix_web::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let api = TestApi::new();
    let connection = api.one.connection_path();
    let nothing = ["/", "/nothing", "//companies", "/companies/a/b/c", "/companies//connections"];
    let records = [format!("{connection}/data/nonsense"), format!("{connection}/data/invoices/1")];
    for path in nothing.into_iter().chain(records.iter().map(String::as_str)) {
        assert_eq!(api.get(path).await.error(), (404, "NotFound".to_owned()), "{path}");
    }
    for (method, path, allowed) in [
        (Method::DELETE, "/companies".to_owned(), "GET, HEAD, POST"),
        (Method::PUT, format!("{}/dataStatus", api.one.company_path()), "GET, HEAD"),
        (Method::GET, format!("{}/data/all", api.one.company_path()), "POST"),
        (Method::OPTIONS, format!("{connection}/data/commerce-payments/x"), "GET, HEAD"),
    ] {
        let reply = api.send(api.one.request(method, &path)).await;
        assert_eq!(reply.error(), (405, "The method is not allowed on this path.".to_owned()), "{path}");
        assert_eq!(reply.header("allow"), allowed, "{path}");
    }
}

#[actix_web::test]
async fn words_of_paths_count_in_any_case_and_with_a_slash_at_the_end() {
    let api = TestApi::new();
    let (company, id) = (api.one.company.id, api.one.connection.id);
    for path in [
        "/Companies".to_owned(),
        "/companies/".to_owned(),
        format!("/COMPANIES/{company}/datastatus"),
        format!("/companies/{}/Connections/{id}/", company.to_string().to_uppercase()),
        format!("/companies/{company}/DATA/HISTORY?PAGE=1"),
    ] {
        assert_eq!(api.get(&path).await.status, 200, "{path}");
    }
    let shouted = api.get("/COMPANIES/?pageSize=7").await.json();
    assert_eq!(shouted["_links"]["current"]["href"], "/companies?page=1&pageSize=7");
}

#[actix_web::test]
async fn errors_have_a_correlation_id_of_their_own_and_the_contracts_fields() {
    let api = TestApi::new();
    let (first, second) = (api.get("/nothing").await.json(), api.get("/nothing").await.json());
    let id = first["correlationId"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_ne!(first["correlationId"], second["correlationId"]);
    assert_eq!(first["service"], "PublicApi");
    assert_eq!(first["canBeRetried"], "Unknown");
    assert_eq!(first["detailedErrorCode"], 0);
}

#[actix_web::test]
async fn a68_oversized_bodies_are_refused_by_what_they_claim_and_by_what_they_are() {
    let mut settings = ApiSettings::new(super::urls());
    settings.body_bytes_max = 300_000;
    let api = TestApi::with(settings);
    let text = "The request body is too large: at most 300000 bytes are accepted.";
    let body = |len: usize| format!(r#"{{"name":"Toft","x":"{}"}}"#, "a".repeat(len - 22));
    let request = || api.one.request(Method::POST, "/companies");
    assert_eq!(api.send(request().set_payload(body(300_000))).await.status, 200);
    assert_eq!(api.send(request().set_payload(body(300_001))).await.error(), (413, text.to_owned()));
    let claims = request().insert_header(("content-length", "99999999999"));
    assert_eq!(api.send(claims).await.error(), (413, text.to_owned()));
    let claims = request().insert_header(("content-length", "many"));
    assert_eq!(api.send(claims).await.broken().len(), 1);
}

#[actix_web::test]
async fn odd_urls_are_answered_without_a_5xx() {
    let api = TestApi::new();
    let company = api.one.company_path();
    let many = format!("/companies?{}", "a=1&".repeat(60));
    let long = format!("/companies/{}", "a".repeat(60_000));
    for path in [
        "/companies/%00",
        "/companies/%FF%FE",
        "/companies/%",
        "/companies/..%2F..%2Fetc",
        "/companies/'%20OR%201=1--",
        "/companies?page=%FF",
        "/companies?=&&&%",
        many.as_str(),
        long.as_str(),
        &format!("{company}/data/history/%00"),
        &format!("{company}/connections/%E2%82%AC"),
    ] {
        let status = api.get(path).await.status;
        assert!([200, 400, 404].contains(&status), "{path:.60} is {status}");
    }
}

/// How a handler ends.
type End = fn() -> Result<HttpResponse, Failure>;

/// What the API answers where a handler ends so.
async fn ended(api: &TestApi, end: End) -> Reply {
    let state = api.state.clone();
    let scope = web::scope("").route("/companies", web::get().to(move || async move { end() })).wrap(
        from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
            answer::around(state.clone(), Arc::default(), request, next)
        }),
    );
    let app = init_service(App::new().service(scope)).await;
    let outcome = app.call(api.one.request(Method::GET, "/companies").to_request()).await;
    // What the server sends of an error is its own answer.
    Reply::read(outcome.map_or_else(|error| error.error_response(), Into::into)).await
}

#[actix_web::test]
async fn a28_failures_of_ours_tell_the_client_nothing_of_their_cause() {
    const DEFECT: &str = "There is a problem with our server. Please try again later.";
    const OUTAGE: &str = "The API is temporarily offline. Please try again later.";
    let ends: [(End, u16, &str); 4] = [
        (|| panic!("canary"), 500, DEFECT),
        (|| Err(DbError::Broken("canary".to_owned()).into()), 500, DEFECT),
        (|| Err(DbError::Unavailable("canary".to_owned()).into()), 503, OUTAGE),
        (|| Err(DbError::Cancelled.into()), 503, OUTAGE),
    ];
    let api = TestApi::new();
    for (end, status, text) in ends {
        let reply = ended(&api, end).await;
        assert_eq!(reply.error(), (status, text.to_owned()));
        assert!(!reply.text.contains("canary"));
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("retry-after").is_empty(), status == 500);
    }
}

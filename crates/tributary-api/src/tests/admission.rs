use super::{TestApi, basic};
use crate::ApiSettings;
use actix_web::http::header::AUTHORIZATION;
use actix_web::test::TestRequest;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use std::num::NonZeroU64;
use std::time::Duration;
use tributary_core::token;
use tributary_db::api_keys;

#[actix_web::test]
async fn a_key_opens_the_api_in_every_form_and_nothing_else_does() {
    let api = TestApi::new();
    let key = api.one.key.expose();
    let good = [
        format!("Basic {}", STANDARD.encode(key)),
        format!("basic {}", STANDARD_NO_PAD.encode(key)),
        format!("BASIC  {}", STANDARD.encode(format!("{key}:"))),
        format!("Basic {}", STANDARD_NO_PAD.encode(format!("{key}:"))),
    ];
    for header in good {
        let request = TestRequest::with_uri("/companies").insert_header((AUTHORIZATION, header.as_str()));
        assert_eq!(api.send(request).await.status, 200, "{header}");
    }
    let unknown = token::random_api_key().unwrap();
    let bad = [
        String::new(),
        "Basic".to_owned(),
        format!("Basic {key}"),
        format!("Bearer {}", STANDARD.encode(key)),
        format!("Basic {}", STANDARD.encode(&key[1..])),
        format!("Basic {}", STANDARD.encode(key.to_uppercase())),
        format!("Basic {}", STANDARD.encode(format!("user:{key}"))),
        format!("Basic {}", STANDARD.encode(unknown.expose())),
        format!("Basic {}", STANDARD.encode("x".repeat(100_000))),
    ];
    for header in bad {
        let request = TestRequest::with_uri("/companies").insert_header((AUTHORIZATION, header.as_str()));
        let reply = api.send(request).await;
        assert_eq!(reply.error(), (401, "Unauthorized".to_owned()), "{header:.60}");
        assert_eq!(reply.header("www-authenticate"), "Basic");
    }
    assert_eq!(api.send(TestRequest::with_uri("/companies")).await.status, 401, "no header");
}

#[actix_web::test]
async fn a_deleted_key_opens_nothing() {
    let api = TestApi::new();
    let no = api.one.platform.no;
    let key = api.seed.run(|conn| api_keys::list(conn, no)).remove(0);
    api.seed.run(|conn| api_keys::delete(conn, no, key.id));
    assert_eq!(api.get("/companies").await.status, 401);
}

#[actix_web::test]
async fn without_a_key_every_path_answers_alike_and_no_body_is_read() {
    let api = TestApi::new();
    let company = format!("/companies/{}", api.one.company.id);
    for path in ["/companies", company.as_str(), "/nothing", "/"] {
        let reply = api.send(TestRequest::post().uri(path).set_payload("{")).await;
        assert_eq!(reply.error(), (401, "Unauthorized".to_owned()), "{path}");
    }
}

#[actix_web::test]
async fn a_key_in_the_url_is_refused_even_beside_the_header_and_not_repeated() {
    let api = TestApi::new();
    let key = api.one.key.expose();
    for parameter in [format!("apiKey={key}"), format!("q={key}"), "api_key=x".to_owned()] {
        let reply = api.get(&format!("/companies?{parameter}")).await;
        assert_eq!(reply.broken().len(), 1, "{parameter}");
        assert!(!reply.text.contains(key));
        let reply = api.send(TestRequest::with_uri(&format!("/companies?{parameter}"))).await;
        assert_eq!(reply.status, 400, "without a header too");
    }
}

#[actix_web::test]
async fn every_answer_says_where_the_quota_stands_and_is_kept_out_of_caches() {
    let api = TestApi::new();
    let mut replies = vec![api.get("/companies").await, api.get("/nothing").await];
    replies.push(api.post(&format!("{}/data/all", api.one.company_path()), "").await);
    replies.push(api.post("/companies", "{").await);
    for (n, reply) in replies.iter().enumerate() {
        assert_eq!(reply.header("x-rate-limit-limit"), "1000000");
        assert_eq!(reply.header("x-rate-limit-remaining"), (999_999 - n).to_string());
    }
    replies.push(api.send(TestRequest::with_uri("/companies")).await);
    for reply in replies {
        assert_eq!(reply.header("x-rate-limit-reset"), "2026-09-22T00:00:00Z");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        let content_type = if reply.text.is_empty() { "" } else { "application/json" };
        assert_eq!(reply.header("content-type"), content_type);
    }
}

#[actix_web::test]
async fn a_platform_past_its_quota_waits_until_midnight_and_others_do_not() {
    let mut settings = ApiSettings::new(super::urls());
    settings.requests_per_day = NonZeroU64::new(1).unwrap();
    let api = TestApi::with(settings);
    assert_eq!(api.get("/companies").await.status, 200);
    let refused = api.get("/companies").await;
    let text = "You have made too many requests in a given amount of time; please retry later.";
    assert_eq!(refused.error(), (429, text.to_owned()));
    assert_eq!(refused.header("x-rate-limit-remaining"), "0");
    // From 14:13:20 to midnight.
    assert_eq!(refused.header("retry-after"), (9 * 3600 + 46 * 60 + 40).to_string());
    let other = TestRequest::with_uri("/companies").insert_header(basic(&api.other.key));
    assert_eq!(api.send(other).await.status, 200);
    api.clock.advance(Duration::from_secs(9 * 3600 + 46 * 60 + 40));
    assert_eq!(api.get("/companies").await.status, 200);
}

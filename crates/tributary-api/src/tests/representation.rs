use super::seed::NOW;
use super::{Reply, TestApi};
use crate::compress::tests::decompress;
use actix_web::http::Method;
use actix_web::http::header::ContentEncoding;

impl TestApi {
    /// A GET with one more header.
    async fn get_with(&self, path: &str, name: &str, value: &str) -> Reply {
        self.send(self.one.request(Method::GET, path).insert_header((name, value))).await
    }

    /// An API whose list of companies is long enough to be compressed.
    fn with_long_list() -> TestApi {
        let api = TestApi::new();
        for n in 0..20 {
            api.seed.company(&api.one.platform, &format!("Company {n}"), NOW.plus_ms(n));
        }
        api
    }
}

#[actix_web::test]
async fn what_a_client_has_is_not_sent_again_until_it_changes() {
    let api = TestApi::new();
    let first = api.get("/companies").await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() == 45, "{tag}");
    for known in [tag.clone(), format!("W/{tag}"), format!(r#""a", {tag}"#), "*".to_owned()] {
        let same = api.get_with("/companies", "if-none-match", &known).await;
        assert_eq!((same.status, same.text.as_str()), (304, ""), "{known}");
        for name in ["etag", "vary", "cache-control", "x-rate-limit-limit"] {
            assert_eq!(same.header(name), first.header(name), "{name}");
        }
        assert_eq!(same.header("content-type"), "");
    }
    for other in ["\"a\"", "a", "", "W/"] {
        assert_eq!(api.get_with("/companies", "if-none-match", other).await.status, 200, "{other}");
    }
    api.seed.company(&api.one.platform, "Another", NOW);
    let changed = api.get_with("/companies", "if-none-match", &tag).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
}

#[actix_web::test]
async fn only_what_is_read_successfully_has_a_tag() {
    let api = TestApi::new();
    let replies = [
        api.get_with("/nothing", "if-none-match", "*").await,
        api.get_with(&format!("{}/data/commerce-info", api.one.connection_path()), "if-none-match", "*")
            .await,
        api.post("/companies", r#"{"name":"Toft"}"#).await,
    ];
    assert_eq!(
        replies.each_ref().map(|reply| (reply.status, reply.header("etag"))),
        [(404, ""), (409, ""), (200, "")]
    );
}

#[actix_web::test]
async fn long_answers_are_compressed_as_the_client_likes() {
    let api = TestApi::with_long_list();
    let plain = api.get("/companies").await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"));
    let weak = format!("W/{}", plain.header("etag"));
    for (accepted, encoding) in [
        ("gzip", ContentEncoding::Gzip),
        ("zstd", ContentEncoding::Zstd),
        ("gzip, deflate, br, zstd", ContentEncoding::Zstd),
        ("zstd;q=0.5, gzip;q=0.9", ContentEncoding::Gzip),
        ("br, gzip;q=0.1", ContentEncoding::Gzip),
    ] {
        let reply = api.get_with("/companies", "accept-encoding", accepted).await;
        assert_eq!(reply.header("content-encoding"), encoding.as_str(), "{accepted}");
        assert_eq!((reply.header("etag"), reply.header("vary")), (weak.as_str(), "accept-encoding"));
        assert_eq!(reply.header("content-type"), "application/json");
        assert!(reply.bytes.len() < plain.bytes.len() / 3, "{} bytes", reply.bytes.len());
        assert!(decompress(encoding, &reply.bytes) == plain.bytes);
    }
    for accepted in ["", "identity", "br", "*", "gzip;q=0", "identity;q=0, br", "gzip;q=x"] {
        let reply = api.get_with("/companies", "accept-encoding", accepted).await;
        assert_eq!((reply.header("content-encoding"), reply.bytes == plain.bytes), ("", true), "{accepted}");
    }
    let known =
        api.one.request(Method::GET, "/companies").insert_header(("if-none-match", plain.header("etag")));
    let same = api.send(known.insert_header(("accept-encoding", "gzip"))).await;
    assert_eq!((same.status, same.header("etag"), same.header("content-encoding")), (304, weak.as_str(), ""));
}

#[actix_web::test]
async fn short_answers_are_sent_as_they_are() {
    let api = TestApi::new();
    for path in ["/companies/x", "/companies?page=9"] {
        let reply = api.get_with(path, "accept-encoding", "gzip").await;
        assert_eq!(reply.header("content-encoding"), "", "{}", reply.text);
    }
}

#[actix_web::test]
async fn a_head_is_answered_as_the_get_without_the_body() {
    let api = TestApi::with_long_list();
    for path in ["/companies", "/companies/x", "/nothing"] {
        let get = api.get(path).await;
        let head = api.send(api.one.request(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        for name in ["etag", "content-type", "vary", "x-rate-limit-limit"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
        assert_eq!(head.size, Some(get.bytes.len() as u64), "{path}");
    }
    let post_only = format!("{}/data/all", api.one.company_path());
    let refused = api.send(api.one.request(Method::HEAD, &post_only)).await;
    assert_eq!((refused.status, refused.header("allow")), (405, "POST"));
}

#[actix_web::test]
async fn compressed_requests_are_refused_unread() {
    let api = TestApi::new();
    for encoding in ["gzip", "zstd", "br", "identity, gzip", "x"] {
        let request =
            api.one.request(Method::POST, "/companies").insert_header(("content-encoding", encoding));
        let broken = api.send(request.set_payload(r#"{"name":"Toft"}"#)).await.broken();
        assert_eq!(broken, ["send the body as it is: compressed bodies are not read"], "{encoding}");
    }
    let request = api.one.request(Method::POST, "/companies").insert_header(("content-encoding", "Identity"));
    assert_eq!(api.send(request.set_payload(r#"{"name":"Toft"}"#)).await.status, 200);
}

#[actix_web::test]
async fn every_answer_names_a_correlation_id_that_is_ours() {
    let api = TestApi::new();
    let theirs = "0".repeat(32);
    let request =
        |path| api.one.request(Method::GET, path).insert_header(("x-correlation-id", theirs.as_str()));
    let (good, bad) = (api.send(request("/companies")).await, api.send(request("/nothing")).await);
    for reply in [&good, &bad] {
        let id = reply.header("x-correlation-id");
        assert!(id.len() == 32 && id != theirs && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }
    assert_eq!(bad.json()["correlationId"], bad.header("x-correlation-id"));
}

//! How reads behave.

use crate::server::{Does, Server, answer, json};
use std::time::{Duration, Instant};
use tributary_core::ids::AccountId;
use tributary_core::{Clock, Millis, Mode, Resource, Secret};
use tributary_stripe::{
    Auth, Client, Cursor, ErrorKind, ListPage, ListParams, Reaction, StripeSettings, Unreachable, Unreadable,
};

const KEY: &str = "sk_test_51CanaryKeyThatMustNotShow";
const PAGE: &str = r#"{"object":"list","url":"/v1/charges","has_more":false,"data":[{"id":"ch_1","object":"charge","created":5}]}"#;

fn settings(url: &str) -> StripeSettings {
    let mut settings = StripeSettings::at(url.parse().unwrap(), url.parse().unwrap());
    settings.total_timeout = Duration::from_millis(400);
    settings.attempts_max = 1;
    settings.limits.test_requests_per_second = 0;
    settings.limits.per_endpoint = 0;
    settings
}

fn client(server: &Server, change: impl FnOnce(&mut StripeSettings)) -> Client {
    let mut settings = settings(&server.url);
    change(&mut settings);
    Client::new(settings, Clock::system()).unwrap()
}

fn auth() -> Auth {
    Auth::own(Secret::new(KEY), AccountId("acct_1".into()), Mode::Test)
}

async fn read(client: &Client) -> Result<tributary_stripe::Answer<ListPage>, tributary_stripe::Error> {
    client.list_page(&auth(), Resource::Charges, &ListParams::default()).await
}

async fn failure(does: Does) -> ErrorKind {
    let server = Server::playing(vec![does]).await;
    let error = read(&client(&server, |_| {})).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Canary"));
    assert_eq!(server.asked().len(), 1);
    error.kind
}

#[tokio::test]
async fn a_list_is_asked_for_as_stripe_documents_it() {
    let date = "Date: Thu, 01 Jan 2026 00:00:00 GMT";
    let server =
        Server::playing(vec![answer(200, &[date, "Request-Id: req_9"], "application/json", PAGE)]).await;
    let client = client(&server, |_| {});
    let platform = Auth::on_behalf_of(Secret::new(KEY), AccountId("acct_2".into()), Mode::Test);
    let params = ListParams {
        created_gte: Some(1),
        created_lt: Some(9),
        cursor: Some(Cursor::OlderThan("ch_7".into())),
        filters: vec![("customer", "cus_1&x".into())],
        ..ListParams::default()
    };
    let before = client.clock().now();
    let answer = client.list_page(&platform, Resource::Charges, &params).await.unwrap();
    assert_eq!(answer.body.last().unwrap().id, "ch_1");
    assert_eq!(answer.date, Some(Millis(1_767_225_600_000)));
    assert_eq!(answer.request_id.as_deref(), Some("req_9"));
    assert!(before <= answer.sent_at && answer.sent_at <= answer.received_at);

    let asked = &server.asked()[0];
    let query = "limit=100&created%5Bgte%5D=1&created%5Blt%5D=9&starting_after=ch_7&customer=cus_1%26x";
    assert_eq!(asked.line, format!("GET /v1/charges?{query} HTTP/1.1"));
    for header in [
        format!("Authorization: Bearer {KEY}"),
        "Stripe-Version: 2026-10-28.endive".into(),
        "Stripe-Account: acct_2".into(),
        format!("User-Agent: Tributary/{}", env!("CARGO_PKG_VERSION")),
        "Accept-Encoding: gzip".into(),
    ] {
        assert!(asked.has(&header), "{header} in {:?}", asked.headers);
    }
}

#[tokio::test]
async fn single_objects_are_read_by_id_and_singletons_by_name() {
    let server = Server::answering(|asked, _| match asked.line.split(' ').nth(1) {
        Some("/v1/balance") => json(200, r#"{"object":"balance","livemode":false}"#),
        Some("/v1/products/a%2Fb") => json(200, r#"{"id":"a/b","object":"product","deleted":true}"#),
        _ => json(404, r#"{"error":{"code":"resource_missing","param":"id","message":"No such product"}}"#),
    })
    .await;
    let client = client(&server, |_| {});
    let balance = client.singleton(&auth(), Resource::Balance).await.unwrap();
    assert_eq!(balance.body.object().id, "balance");
    let stub = client.retrieve(&auth(), Resource::Products, "a/b").await.unwrap();
    assert!(stub.body.object().deleted);
    for missing in ["prod_x", "", ".", ".."] {
        let error = client.retrieve(&auth(), Resource::Products, missing).await.unwrap_err();
        assert_eq!(error.reaction(), Reaction::Absent, "{missing}");
    }
    assert_eq!(server.asked().len(), 3, "an id that is none is not asked for");
}

/// A-30
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::playing(vec![json(200, PAGE)]).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}/v1/charges", elsewhere.url);
        let kind = failure(answer(status, &[&location], "text/html", "")).await;
        assert!(matches!(kind, ErrorKind::Rejected { status: s, .. } if s == status), "{kind:?}");
    }
    assert!(elsewhere.asked().is_empty());
}

/// B-12
#[tokio::test]
async fn a_broken_body_is_no_page() {
    let cut = |len: usize| {
        let text = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
            PAGE.len(),
            &PAGE[..len]
        );
        Does::Writes(text.into_bytes())
    };
    for len in [0, 1, PAGE.len() / 2, PAGE.len() - 1] {
        let kind = failure(cut(len)).await;
        assert_eq!(kind, ErrorKind::Unreadable { status: 200, why: Unreadable::Truncated }, "{len} bytes");
    }
    for (content_type, body, why) in [
        ("text/html", "<html>welcome</html>", Unreadable::ContentType),
        ("application/json", "<html>welcome</html>", Unreadable::Shape),
        ("application/json", "", Unreadable::Shape),
        ("application/json", &PAGE[..PAGE.len() - 1], Unreadable::Shape),
        ("application/json", r#"{"object":"charge"}"#, Unreadable::Shape),
    ] {
        let kind = failure(answer(200, &[], content_type, body)).await;
        assert_eq!(kind, ErrorKind::Unreadable { status: 200, why }, "{content_type} {body}");
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_its_bound_announced_or_not() {
    let long = PAGE.replace("ch_1", &"x".repeat(5000));
    let unannounced =
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n{long}");
    for does in [json(200, &long), Does::Writes(unannounced.into_bytes())] {
        let server = Server::playing(vec![does]).await;
        let error = read(&client(&server, |s| s.body_bytes_max = 4096)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreadable { status: 200, why: Unreadable::Oversized });
        assert!(read(&client(&server, |s| s.body_bytes_max = 8192)).await.is_ok());
    }
}

fn gzipped(body: &[u8]) -> Does {
    let mut bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n".to_vec();
    bytes.extend_from_slice(
        format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(),
    );
    bytes.extend_from_slice(body);
    Does::Writes(bytes)
}

/// B-12
#[tokio::test]
async fn a_compressed_body_counts_by_what_it_unpacks_to() {
    let server = Server::playing(vec![gzipped(&PAGE_GZIPPED)]).await;
    let answer = read(&client(&server, |_| {})).await.unwrap();
    assert_eq!(answer.body.body_bytes(), PAGE.len());
    let half = gzipped(&PAGE_GZIPPED[..60]);
    assert_eq!(failure(half).await, ErrorKind::Unreadable { status: 200, why: Unreadable::Truncated });
    let server = Server::playing(vec![gzipped(&BLANKS_GZIPPED)]).await;
    let error = read(&client(&server, |s| s.body_bytes_max = 60_000)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreadable { status: 200, why: Unreadable::Oversized });
}

/// [`PAGE`], packed with gzip.
const PAGE_GZIPPED: [u8; 107] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 61, 140, 65, 10, 128, 32, 20, 68, 239, 50, 107, 33, 92, 180, 241, 42,
    17, 242, 211, 95, 26, 134, 160, 214, 70, 188, 123, 31, 130, 150, 243, 120, 111, 58, 242, 118, 178, 107,
    48, 72, 177, 54, 40, 220, 37, 201, 152, 30, 61, 185, 64, 229, 224, 42, 44, 80, 181, 87, 46, 12, 179, 83,
    170, 172, 224, 169, 17, 204, 210, 17, 189, 200, 46, 88, 45, 214, 255, 244, 133, 66, 92, 97, 106, 44, 202,
    60, 214, 241, 2, 240, 219, 24, 185, 107, 0, 0, 0,
];
/// 65,536 blanks, packed with gzip.
const BLANKS_GZIPPED: [u8; 97] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 129, 0, 0, 0, 0, 128, 32, 149, 253, 41, 23, 169, 10, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 106, 148, 25, 44, 180, 0, 0,
    1, 0,
];

/// B-11
#[tokio::test]
async fn an_outage_is_told_from_a_refusal() {
    let html = answer(503, &[], "text/html", "<html>busy</html>");
    assert_eq!(failure(html).await, ErrorKind::Unavailable { status: 503 });
    assert_eq!(failure(answer(502, &[], "text/html", "")).await, ErrorKind::Unavailable { status: 502 });
    let reset = failure(Does::Writes(Vec::new())).await;
    assert_eq!(reset, ErrorKind::Unreachable(Unreachable::Broken));
}

/// B-11
#[tokio::test]
async fn an_answer_that_stands_still_times_out() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    for does in [Does::HangsAfter(Vec::new()), Does::HangsAfter(head.into())] {
        let started = Instant::now();
        assert_eq!(failure(does).await, ErrorKind::Unreachable(Unreachable::TimedOut));
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn nobody_listening_is_no_connection() {
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let client = Client::new(settings(&closed), Clock::system()).unwrap();
    let error = read(&client).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable(Unreachable::NotConnected));
    assert!(error.is_retryable());
}

/// B-10
#[tokio::test]
async fn a_read_that_was_limited_succeeds_after_the_pause_that_stripe_asks_for() {
    let limited = answer(
        429,
        &["Stripe-Rate-Limited-Reason: endpoint-rate", "Retry-After: 1"],
        "application/json",
        r#"{"error":{"code":"rate_limit","message":"Request rate limit exceeded."}}"#,
    );
    let server = Server::playing(vec![limited, json(200, PAGE)]).await;
    let started = Instant::now();
    let answer = read(&client(&server, |s| s.attempts_max = 2)).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(answer.body.len(), 1);
    assert_eq!(server.asked().len(), 2);
}

/// B-11
#[tokio::test]
async fn reads_are_repeated_as_often_as_allowed_and_no_more() {
    let server = Server::playing(vec![answer(500, &[], "text/html", "")]).await;
    assert!(read(&client(&server, |s| s.attempts_max = 3)).await.is_err());
    assert_eq!(server.asked().len(), 3);

    let server = Server::playing(vec![json(200, "{"), json(500, "{}"), json(200, PAGE)]).await;
    assert!(read(&client(&server, |s| s.attempts_max = 3)).await.is_ok());
}

#[tokio::test]
async fn stripe_may_forbid_and_ask_for_a_repetition() {
    let told =
        |status, word| answer(status, &[&format!("Stripe-Should-Retry: {word}")], "application/json", "{}");
    let server = Server::playing(vec![told(503, "false")]).await;
    assert!(read(&client(&server, |s| s.attempts_max = 5)).await.is_err());
    assert_eq!(server.asked().len(), 1);

    let server = Server::playing(vec![told(400, "true"), json(200, PAGE)]).await;
    assert!(read(&client(&server, |s| s.attempts_max = 2)).await.is_ok());
}

#[tokio::test]
async fn what_repeating_cannot_mend_is_sent_once() {
    let cases = [
        (
            401,
            r#"{"error":{"code":"api_key_expired","message":"Expired API Key provided: sk_test_51CanaryKey"}}"#,
            Reaction::Reauthorize,
        ),
        (
            403,
            r#"{"error":{"message":"Having the 'rak_charge_read' permission would help"}}"#,
            Reaction::NamePermission,
        ),
        (
            400,
            r#"{"error":{"code":"resource_missing","param":"starting_after","message":"No such charge"}}"#,
            Reaction::ResumeByTime,
        ),
        (
            400,
            r#"{"error":{"code":"parameter_unknown","param":"foo","message":"Received unknown parameter: foo"}}"#,
            Reaction::GiveUp,
        ),
    ];
    for (status, body, reaction) in cases {
        let server = Server::playing(vec![json(status, body)]).await;
        let error = read(&client(&server, |s| s.attempts_max = 5)).await.unwrap_err();
        assert_eq!(error.reaction(), reaction);
        assert_eq!(error.request_id.as_deref(), Some("req_test1"));
        assert!(!format!("{error} {error:?}").contains("Canary"));
        assert_eq!(server.asked().len(), 1);
    }
}

/// Workers spawn these on a pool of threads.
#[test]
fn calls_can_move_between_threads() {
    fn moves<T: Send>(_: T) {}
    let client = Client::new(settings("http://127.0.0.1:1"), Clock::system()).unwrap();
    let (auth, params, secret) = (auth(), ListParams::default(), Secret::new(KEY));
    let key = tributary_core::key::StripeKey::parse(KEY).unwrap();
    moves(client.list_page(&auth, Resource::Charges, &params));
    moves(client.retrieve(&auth, Resource::Charges, "ch_1"));
    moves(tributary_stripe::probe::probe(&client, &key));
    moves(tributary_stripe::oauth::exchange(&client, "ca_1", &secret, &secret));
}

#[tokio::test]
async fn a_key_that_cannot_be_a_header_is_refused_unsent() {
    let server = Server::playing(vec![json(200, PAGE)]).await;
    let auth = Auth::own(Secret::new("sk_test_a\r\nX: y"), AccountId("acct_1".into()), Mode::Test);
    let error = client(&server, |_| {})
        .list_page(&auth, Resource::Charges, &ListParams::default())
        .await
        .unwrap_err();
    assert_eq!(error.reaction(), Reaction::Reauthorize);
    assert!(server.asked().is_empty());
}

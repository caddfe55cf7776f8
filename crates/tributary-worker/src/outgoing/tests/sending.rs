//! What leaves, and what counts as an answer.

use super::consumer::{Consumer, Does, answer};
use super::*;
use crate::outgoing::decide::Failure;
use std::time::Instant;

#[tokio::test]
async fn a_message_is_a_post_with_the_standards_headers_and_the_consumers_own() {
    let consumer = Consumer::answering(200).await;
    let mut request = request(&consumer.url());
    let own = [
        ("Authorization", "Bearer of the consumer"),
        ("webhook-id", "forged"),
        ("Content-Type", "text/plain"),
        ("User-Agent", "somebody else"),
        ("Host", "internal.example"),
        ("Content-Length", "1"),
        ("Transfer-Encoding", "chunked"),
    ];
    request.headers = own.map(|(name, value)| (name.to_owned(), Secret::new(value))).to_vec();
    assert_eq!(sender(PRIVATE_TOO, 10_000).send(request).await.outcome, answered(200));
    let received = &consumer.requests()[0];
    assert_eq!(received.line, "POST /hooks HTTP/1.1");
    assert_eq!(received.body, r#"{"eventType":"company.created"}"#);
    for (name, value) in [
        ("authorization", "Bearer of the consumer"),
        ("content-type", "application/json"),
        ("user-agent", concat!("Tributary/", env!("CARGO_PKG_VERSION"))),
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", "1790000000"),
        ("host", &format!("127.0.0.1:{}", consumer.address.port())),
        ("content-length", "31"),
    ] {
        assert_eq!(received.header(name), [value], "{name}");
    }
    assert!(received.header("webhook-signature")[0].starts_with("v1,"));
    assert!(received.header("transfer-encoding").is_empty());
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other_and_is_not_followed() {
    let elsewhere = Consumer::answering(200).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}\r\n", elsewhere.url());
        let consumer = Consumer::who(Does::Answers(answer(status, &location, ""))).await;
        assert_eq!(outcome(&sender(PRIVATE_TOO, 10_000), &consumer.url()).await, answered(status));
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn the_deadline_is_for_the_whole_attempt() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec();
    for said in [Vec::new(), b"HTTP/1.1 200 O".to_vec(), head] {
        let consumer = Consumer::who(Does::HangsAfter(said.clone())).await;
        let begun = Instant::now();
        let attempt = sender(PRIVATE_TOO, 200).send(request(&consumer.url())).await;
        assert_eq!(attempt.outcome, Outcome::Failed(Failure::TimedOut), "{}", String::from_utf8_lossy(&said));
        assert!(attempt.elapsed >= Duration::from_millis(200) && begun.elapsed() < Duration::from_secs(30));
    }
    // A name that isn't found in time, either.
    let never: Lookup = Arc::new(|_| Box::pin(std::future::pending()));
    let sender = sender_with(PRIVATE_TOO, 200, never);
    assert_eq!(outcome(&sender, "http://consumer.example/").await, Outcome::Failed(Failure::TimedOut));
}

#[tokio::test]
async fn the_status_decides_and_of_a_long_answer_only_the_beginning_is_read() {
    let long = Consumer::who(Does::Answers(answer(200, "", &"x".repeat(4 << 20)))).await;
    let sender = sender(PRIVATE_TOO, 10_000);
    assert_eq!(outcome(&sender, &long.url()).await, answered(200));
    let cut = b"HTTP/1.1 202 Accepted\r\ncontent-length: 10\r\n\r\nhalf".to_vec();
    let cut = Consumer::who(Does::ClosesAfter(cut)).await;
    assert_eq!(outcome(&sender, &cut.url()).await, answered(202));
    let packed = Consumer::who(Does::Answers(answer(200, "content-encoding: gzip\r\n", "no gzip"))).await;
    assert_eq!(outcome(&sender, &packed.url()).await, answered(200));
    assert!(packed.requests()[0].header("accept-encoding").is_empty());
}

#[tokio::test]
async fn what_is_no_answer_is_a_failure() {
    let sender = sender(PRIVATE_TOO, 10_000);
    for said in ["", "HTTP/1.1 200", "SSH-2.0-OpenSSH_9.9\r\n"] {
        let consumer = Consumer::who(Does::ClosesAfter(said.into())).await;
        assert_eq!(outcome(&sender, &consumer.url()).await, Outcome::Failed(Failure::Broken), "{said}");
    }
    let plain = Consumer::answering(200).await;
    let tls = plain.url().replace("http://", "https://");
    assert_eq!(outcome(&sender, &tls).await, Outcome::Failed(Failure::NotConnected));
    let closed = plain.url();
    drop(plain);
    assert_eq!(outcome(&sender, &closed).await, Outcome::Failed(Failure::NotConnected));
}

#[tokio::test]
async fn nothing_is_sent_unsigned_or_with_a_header_that_could_forge_another() {
    let consumer = Consumer::answering(200).await;
    let sender = sender(PRIVATE_TOO, 10_000);
    let mut unsigned = request(&consumer.url());
    unsigned.secrets.clear();
    let mut forged = request(&consumer.url());
    forged.headers.push(("X-Own".to_owned(), Secret::new("one\r\nwebhook-id: two")));
    for request in [unsigned, forged] {
        assert_eq!(sender.send(request).await.outcome, Outcome::Failed(Failure::Unsendable));
    }
    assert_eq!(consumer.connections(), 0);
}

#[tokio::test]
async fn a_connection_serves_again_and_cookies_are_not_kept() {
    let consumer = Consumer::who(Does::Answers(answer(200, "set-cookie: a=b; Path=/\r\n", "fine"))).await;
    let sender = sender(PRIVATE_TOO, 10_000);
    for _ in 0..5 {
        assert_eq!(outcome(&sender, &consumer.url()).await, answered(200));
    }
    assert_eq!((consumer.requests().len(), consumer.connections()), (5, 1));
    assert!(consumer.requests().iter().all(|request| request.header("cookie").is_empty()));
}

#[tokio::test]
async fn a_consumer_can_say_when_to_come_back() {
    let consumer = Consumer::who(Does::Answers(answer(429, "retry-after: 7\r\n", ""))).await;
    let seven = Some(Duration::from_secs(7));
    let expected = Outcome::Answered { status: 429, retry_after: seven };
    assert_eq!(outcome(&sender(PRIVATE_TOO, 10_000), &consumer.url()).await, expected);
}

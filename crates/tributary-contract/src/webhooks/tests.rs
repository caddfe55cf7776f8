use super::*;
use crate::messages::EventType;
use tributary_core::Millis;

const PUBLIC: Egress = Egress { allow_private: false };
const ANY: Egress = Egress { allow_private: true };

fn broken<T: std::fmt::Debug>(read: Result<T, ApiError>) -> Vec<String> {
    match read.unwrap_err() {
        ApiError::Invalid(items) => {
            let item = |item| serde_json::to_value(item).unwrap()["itemId"].as_str().unwrap().to_owned();
            items.iter().map(item).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_consumer_is_read_with_its_defaults_and_without_repetitions() {
    let body = br#"{"url":"https://example.com/hooks?a=1","eventTypes":["read.completed","DataSyncCompleted","read.completed"],"disabled":null,"companyTags":["region:uk","region:uk"],"x":1}"#;
    let expected = ConsumerRequest {
        url: "https://example.com/hooks?a=1".to_owned(),
        disabled: false,
        event_types: vec!["read.completed".to_owned(), "DataSyncCompleted".to_owned()],
        company_tags: vec!["region:uk".to_owned()],
    };
    assert_eq!(ConsumerRequest::read(body, PUBLIC), Ok(expected));
    let local = br#"{"url":"http://127.0.0.1:9000/","eventTypes":["read.completed"]}"#;
    assert_eq!(broken(ConsumerRequest::read(local, PUBLIC)), ["url"]);
    assert_eq!(ConsumerRequest::read(local, ANY).unwrap().company_tags, Vec::<String>::new());
}

#[test]
fn every_broken_rule_of_a_consumer_is_told_at_once() {
    assert_eq!(broken(ConsumerRequest::read(b"{}", PUBLIC)), ["url", "eventTypes"]);
    let long = "x".repeat(129);
    let read = |types: String, tags: String| {
        let body = format!(r#"{{"url":"https://example.com","eventTypes":{types},"companyTags":{tags}}}"#);
        ConsumerRequest::read(body.as_bytes(), PUBLIC)
    };
    let types = r#"["read.completed"]"#.to_owned();
    for bad in [r#"[""]"#.to_owned(), r#"[" "]"#.to_owned(), "[]".to_owned(), format!(r#"["{long}"]"#)] {
        assert_eq!(broken(read(bad, "null".to_owned())), ["eventTypes"]);
    }
    let many: Vec<String> = (0..11).map(|n| format!(r#""k:{n}""#)).collect();
    for bad in [
        r#"["novalue"]"#.to_owned(),
        r#"[":v"]"#.to_owned(),
        format!(r#"["k:{long}"]"#),
        format!("[{}]", many.join(",")),
    ] {
        assert_eq!(broken(read(types.clone(), bad)), ["companyTags"]);
    }
    assert!(read(types, format!("[{}]", many[..10].join(","))).is_ok());
}

#[test]
fn a_change_touches_what_it_names() {
    let read = |body: &str| ConsumerChange::read(body.as_bytes(), PUBLIC);
    assert_eq!(read("{}"), Ok(ConsumerChange::default()));
    let change =
        ConsumerChange { disabled: Some(true), company_tags: Some(vec![]), ..ConsumerChange::default() };
    assert_eq!(read(r#"{"disabled":true,"companyTags":[]}"#), Ok(change));
    assert_eq!(broken(read(r#"{"eventTypes":[],"url":"ftp://x"}"#)), ["url", "eventTypes"]);
}

#[test]
fn headers_that_the_delivery_sets_itself_are_refused_and_values_are_never_repeated() {
    let read = |name: &str, value: &str| {
        HeadersBody::read(serde_json::json!({ "headers": { name: value } }).to_string().as_bytes())
    };
    let headers = read("X-Client-Id", "canary").unwrap();
    assert_eq!(headers["x-client-id"].expose(), "canary");
    assert!(read("Authorization", "Bearer canary").is_ok());
    for name in
        ["Host", "content-length", "Webhook-Id", "svix-signature", "Transfer-Encoding", "", "a b", "é"]
    {
        assert_eq!(broken(read(name, "x")), ["headers"], "{name}");
    }
    for value in ["", "canary\r\nX: 1", "canaré", &"c".repeat(2049)] {
        let error = read("X-A", value).unwrap_err();
        assert!(!format!("{error:?}").contains("canar"), "{error:?}");
    }
    assert_eq!(broken(HeadersBody::read(br#"{"headers":{"X-A":"1","x-a":"2"}}"#)), ["headers"], "twice");
    assert_eq!(broken(HeadersBody::read(b"{}")), ["headers"]);
    assert!(HeadersBody::read(br#"{"headers":{}}"#).unwrap().is_empty());
}

#[test]
fn tests_and_replays_are_read() {
    assert_eq!(EventTypeBody::read(br#"{"eventType":"read.completed"}"#), Ok(EventType::ReadCompleted));
    assert_eq!(broken(EventTypeBody::read(br#"{"eventType":"DataSyncCompleted"}"#)), ["eventType"]);
    let since = br#"{"since":"2026-10-27T10:20:00Z"}"#;
    assert_eq!(
        ReplayRequest::read(since),
        Ok(ReplayRequest { since: Millis(1_793_096_400_000), from: None })
    );
    assert_eq!(broken(ReplayRequest::read(br#"{"since":"yesterday"}"#)), ["since"]);
    assert_eq!(broken(ReplayRequest::read(br#"{"since":"2026-10-27","from":"x"}"#)), ["from"]);
}

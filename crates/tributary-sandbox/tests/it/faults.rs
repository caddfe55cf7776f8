use crate::support::{Stage, config};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

impl Stage {
    async fn with_fault(&self, fault: &str) -> Result<(u16, String), reqwest::Error> {
        let (status, body) = self.control("faults", json!([fault])).await;
        assert_eq!(status, 200, "{body}");
        let response =
            self.request(Method::GET, "/v1/charges?limit=3").bearer_auth(self.key()).send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }
}

#[tokio::test]
async fn faults_answer_what_they_say() {
    let stage = Stage::open(config());
    let cases = [
        ("rate-limit", 429, "rate_limit"),
        ("lock-timeout", 429, "lock_timeout"),
        ("server-error", 500, "api_error"),
        ("server-error:status=502", 502, "api_error"),
        ("html", 503, "<html>"),
        ("unauthorized", 401, "api_key_expired"),
        ("forbidden:resource=charges", 403, "rak_charge_read"),
        ("forbidden:resource=refunds", 200, "has_more"),
        ("unknown-enum", 200, "word_of_tomorrow"),
        ("extra-fields", 200, "field_of_tomorrow"),
        ("html:after=1", 200, "has_more"),
        ("slow:secs=0", 200, "has_more"),
    ];
    for (fault, status, word) in cases {
        let (got, body) = stage.with_fault(fault).await.unwrap();
        assert_eq!(got, status, "{fault}: {body}");
        assert!(body.contains(word), "{fault}: {body}");
    }
    let (status, body) = stage.with_fault("invalid-json").await.unwrap();
    assert_eq!(status, 200);
    assert!(serde_json::from_str::<Value>(&body).is_err());
    stage.close().await;
}

#[tokio::test]
async fn connections_break_when_asked_to() {
    let stage = Stage::open(config());
    assert!(stage.with_fault("truncate").await.is_err());
    let started = Instant::now();
    assert!(stage.with_fault("hang:secs=1").await.is_err());
    assert!(started.elapsed() >= Duration::from_secs(1));
    let (status, _) = stage.control("faults", json!(["no-such"])).await;
    assert_eq!(status, 400);
    stage.close().await;
}

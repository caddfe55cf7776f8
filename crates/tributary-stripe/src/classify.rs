//! From an answer to a failure: pure functions over status, headers and body (facts §2.6, §2.7, §11).

use crate::error::{Error, ErrorKind, RateReason, Unreadable};
use crate::mask::{code, mask};
use std::time::Duration;

/// The headers of an answer that mean something to us.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub status: u16,
    pub request_id: Option<String>,
    pub should_retry: Option<bool>,
    pub retry_after: Option<Duration>,
    pub limited_reason: Option<String>,
}

/// Stripe's error body in either of its shapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WireError {
    /// The envelope's `code`, or OAuth's `error`.
    pub code: Option<String>,
    /// The parameter at fault.
    pub param: Option<String>,
    /// The words, masked.
    pub message: String,
    /// Whether it was OAuth's flat shape.
    pub is_oauth: bool,
}

/// Error bodies are a few hundred bytes; what is longer is somebody else's page.
const ERROR_BODY_BYTES_MAX: usize = 64 * 1024;

/// Reads an error body; none when it is empty, HTML or anything else that isn't Stripe's.
pub(crate) fn wire_error(body: &[u8]) -> Option<WireError> {
    if body.len() > ERROR_BODY_BYTES_MAX {
        return None;
    }
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    let text =
        |value: &serde_json::Value, key: &str| value.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let error = value.get("error")?;
    if let Some(word) = error.as_str() {
        let message = text(&value, "error_description").unwrap_or_default();
        return Some(WireError {
            code: Some(code(word)),
            param: None,
            message: mask(&message),
            is_oauth: true,
        });
    }
    error.as_object()?;
    Some(WireError {
        code: text(error, "code").map(|word| code(&word)),
        param: text(error, "param").map(|param| mask(&param)),
        message: mask(&text(error, "message").unwrap_or_default()),
        is_oauth: false,
    })
}

/// The failure that an answer other than 200 stands for.
pub(crate) fn failure(head: &Head, body: &[u8]) -> Error {
    Error { kind: kind(head, body), request_id: head.request_id.clone(), should_retry: head.should_retry }
}

/// An answer that can't be read.
pub(crate) fn unreadable(head: &Head, why: Unreadable) -> Error {
    let kind = ErrorKind::Unreadable { status: head.status, why };
    Error { kind, request_id: head.request_id.clone(), should_retry: head.should_retry }
}

fn kind(head: &Head, body: &[u8]) -> ErrorKind {
    let wire = wire_error(body);
    let code = wire.as_ref().and_then(|wire| wire.code.as_deref());
    let limited = ErrorKind::RateLimited { retry_after: head.retry_after, reason: reason(head) };
    match head.status {
        429 if head.limited_reason.is_none() && code == Some("lock_timeout") => {
            return ErrorKind::LockTimeout;
        }
        429 => return limited,
        400 if code == Some("rate_limit") => return limited,
        409 => return ErrorKind::LockTimeout,
        408 | 424 | 500.. => return ErrorKind::Unavailable { status: head.status },
        300..=399 => {
            let message = "a redirect, which is never followed".to_owned();
            return ErrorKind::Rejected { status: head.status, code: None, param: None, message };
        }
        _ => {}
    }
    // A 401 or 403 of some proxy must not cost a merchant the connection: only Stripe's own body counts.
    let Some(WireError { code, param, message, .. }) = wire else {
        return ErrorKind::Unreadable { status: head.status, why: Unreadable::NotStripes };
    };
    let is_missing = code.as_deref() == Some("resource_missing");
    match head.status {
        401 => ErrorKind::Unauthorized { code, message },
        403 if code.as_deref() == Some("account_invalid") => ErrorKind::AccountInvalid { message },
        403 => ErrorKind::Forbidden { permissions: permissions(&message), code, message },
        404 if is_missing => ErrorKind::NotFound { param, message },
        400 if is_missing && matches!(param.as_deref(), Some("starting_after" | "ending_before")) => {
            ErrorKind::CursorMissing
        }
        status => ErrorKind::Rejected { status, code, param, message },
    }
}

fn reason(head: &Head) -> RateReason {
    match head.limited_reason.as_deref() {
        Some(text) if text.starts_with("endpoint") || text.starts_with("resource") => RateReason::Endpoint,
        _ => RateReason::Account,
    }
}

/// Every permission that a message names, in its order, each once. Stripe has one wording for a single
/// permission and another for several; both quote the names.
fn permissions(message: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for word in message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if word.len() > 4 && word.starts_with("rak_") && !names.iter().any(|name| name == word) {
            names.push(word.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reaction;
    use proptest::prelude::*;

    fn answered(status: u16, body: &str) -> Error {
        failure(&Head { status, ..Head::default() }, body.as_bytes())
    }

    fn envelope(code: &str, param: &str) -> String {
        format!(
            r#"{{"error":{{"code":"{code}","param":"{param}","message":"m","type":"invalid_request_error"}}}}"#
        )
    }

    #[test]
    fn each_answer_has_its_reaction() {
        let cases = [
            (400, envelope("parameter_unknown", "foo"), Reaction::GiveUp),
            (400, envelope("resource_missing", "starting_after"), Reaction::ResumeByTime),
            (400, envelope("resource_missing", "ending_before"), Reaction::ResumeByTime),
            (400, envelope("resource_missing", "customer"), Reaction::GiveUp),
            (400, envelope("rate_limit", ""), Reaction::Later),
            (401, envelope("api_key_expired", ""), Reaction::Reauthorize),
            (402, envelope("card_declined", ""), Reaction::GiveUp),
            (403, envelope("account_invalid", ""), Reaction::Reauthorize),
            (403, r#"{"error":{"message":"no"}}"#.to_owned(), Reaction::NamePermission),
            (404, envelope("resource_missing", "id"), Reaction::Absent),
            (404, r#"{"error":{"message":"Unrecognized request URL"}}"#.to_owned(), Reaction::GiveUp),
            (409, envelope("idempotency_key_in_use", ""), Reaction::Later),
            (424, String::new(), Reaction::Later),
            (429, envelope("rate_limit", ""), Reaction::Later),
            (429, envelope("lock_timeout", ""), Reaction::Later),
            (429, String::new(), Reaction::Later),
            (
                500,
                r#"{"error":{"message":"An unknown error occurred","type":"api_error"}}"#.to_owned(),
                Reaction::Later,
            ),
            (503, "<html>busy</html>".to_owned(), Reaction::Later),
            (302, String::new(), Reaction::GiveUp),
        ];
        for (status, body, expected) in cases {
            assert_eq!(answered(status, &body).reaction(), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_refusal_without_stripes_body_disconnects_nobody() {
        for status in [401, 403, 404] {
            for body in ["", "<html>Proxy login</html>", "[]", r#"{"message":"denied"}"#] {
                let error = answered(status, body);
                assert_eq!(
                    error.kind,
                    ErrorKind::Unreadable { status, why: Unreadable::NotStripes },
                    "{status} {body}"
                );
            }
        }
    }

    #[test]
    fn stripes_word_on_retries_goes_first() {
        let head = |status, should_retry| Head { status, should_retry, ..Head::default() };
        assert!(!failure(&head(503, Some(false)), b"").is_retryable());
        assert!(failure(&head(503, None), b"").is_retryable());
        assert!(failure(&head(400, Some(true)), b"").is_retryable());
        assert!(!answered(400, &envelope("parameter_missing", "x")).is_retryable());
    }

    #[test]
    fn the_limit_that_was_reached_is_told_apart() {
        let limited = |reason: Option<&str>| {
            let head = Head { status: 429, limited_reason: reason.map(str::to_owned), ..Head::default() };
            match failure(&head, b"").kind {
                ErrorKind::RateLimited { reason, .. } => reason,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(limited(Some("global-rate")), RateReason::Account);
        assert_eq!(limited(Some("global-concurrency")), RateReason::Account);
        assert_eq!(limited(None), RateReason::Account);
        assert_eq!(limited(Some("endpoint-rate")), RateReason::Endpoint);
        assert_eq!(limited(Some("endpoint-concurrency")), RateReason::Endpoint);
        assert_eq!(limited(Some("resource-specific")), RateReason::Endpoint);
    }

    #[test]
    fn missing_permissions_are_named_in_both_wordings() {
        let one = "The provided key 'rk_test_***Kgd' does not have the required permissions for this endpoint on account 'acct_1Pg'. Having the 'rak_charge_read' permission would allow this request to continue.";
        let many = "Having one of the following permissions would allow this request to continue: 'rak_a', 'rak_b', 'rak_a'";
        for (text, expected) in
            [(one, vec!["rak_charge_read"]), (many, vec!["rak_a", "rak_b"]), ("no", vec![])]
        {
            let error = answered(403, &format!(r#"{{"error":{{"message":"{text}"}}}}"#));
            let ErrorKind::Forbidden { permissions, message, .. } = &error.kind else { panic!("{error:?}") };
            assert_eq!(permissions, &expected);
            assert!(!message.contains("Kgd"));
        }
        let error = answered(403, &format!(r#"{{"error":{{"message":"{one}"}}}}"#));
        assert_eq!(error.named_account(), Some("acct_1Pg"));
    }

    #[test]
    fn the_flat_shape_of_oauth_is_read_too() {
        let wire = wire_error(
            br#"{"error":"invalid_grant","error_description":"Authorization code expired: ac_1x"}"#,
        );
        let expected = WireError {
            code: Some("invalid_grant".into()),
            param: None,
            message: "Authorization code expired: ac_…".into(),
            is_oauth: true,
        };
        assert_eq!(wire, Some(expected));
    }

    proptest! {
        #[test]
        fn any_answer_is_classified_and_shows_no_key(status in 100_u16..1000, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let error = failure(&Head { status, ..Head::default() }, &body);
            let _ = (error.reaction(), error.to_string());
        }

        #[test]
        fn keys_in_any_part_of_an_error_body_are_cut(status in 400_u16..600, key in "[A-Za-z0-9]{20,40}") {
            let secret = format!("sk_live_{key}");
            let body = format!(r#"{{"error":{{"code":"{secret}","param":"{secret}","message":"{secret}"}}}}"#);
            let error = failure(&Head { status, ..Head::default() }, body.as_bytes());
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains(&key), "{}", shown);
        }
    }
}

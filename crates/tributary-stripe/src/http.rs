//! One request, one answer: the HTTP client, the bounded reading of bodies, the headers we use.

use crate::classify::{Head, unreadable};
use crate::error::{Error, ErrorKind, Unreachable, Unreadable};
use crate::settings::{SettingsError, StripeSettings};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use tributary_core::http_time::{http_date, retry_after};
use tributary_core::{Clock, Millis};

/// An answer whose body was read to its end, whatever its status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub head: Head,
    pub is_json: bool,
    /// Where a redirect leads; it is never followed.
    pub location: Option<String>,
    pub body: Vec<u8>,
    /// Our clock when the request was sent and when the body had arrived.
    pub sent_at: Millis,
    pub received_at: Millis,
    /// Stripe's clock (`Date`).
    pub date: Option<Millis>,
}

/// A client that follows no redirect and knows no proxy, so that a credential only ever reaches the host
/// it is meant for. `pooled` keeps connections open for later requests.
pub(crate) fn client(settings: &StripeSettings, pooled: bool) -> Result<reqwest::Client, SettingsError> {
    // Another part of the process may have installed it already, or one of its own: either will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .retry(reqwest::retry::never())
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .timeout(settings.total_timeout)
        .user_agent(concat!("Tributary/", env!("CARGO_PKG_VERSION")));
    if !pooled {
        builder = builder.pool_max_idle_per_host(0);
    }
    if !settings.needs_tls() {
        // A stand-in on loopback must also run where no CA certificates are installed.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| SettingsError::Http { reason: chain(&error) })
}

/// Sends a request once and reads the answer.
pub(crate) async fn send(
    request: reqwest::RequestBuilder,
    body_bytes_max: usize,
    clock: &Clock,
) -> Result<Reply, Error> {
    let sent_at = clock.now();
    let mut response = request.send().await.map_err(|error| Error::without_answer(unreachable(&error)))?;
    let headers = response.headers();
    let head = head(response.status().as_u16(), headers);
    let is_json = is_json(headers);
    let date = text(headers, DATE.as_str()).and_then(http_date);
    let location = text(headers, LOCATION.as_str()).map(str::to_owned);
    let announced = text(headers, CONTENT_LENGTH.as_str()).and_then(|len| len.parse::<usize>().ok());
    if announced.is_some_and(|len| len > body_bytes_max) {
        return Err(unreadable(&head, Unreadable::Oversized));
    }
    let mut body = Vec::with_capacity(announced.unwrap_or(16 * 1024));
    while let Some(chunk) = response.chunk().await.map_err(|error| broken_off(&head, &error))? {
        if body.len() + chunk.len() > body_bytes_max {
            return Err(unreadable(&head, Unreadable::Oversized));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { head, is_json, location, body, sent_at, received_at: clock.now(), date })
}

fn head(status: u16, headers: &HeaderMap) -> Head {
    Head {
        status,
        request_id: text(headers, "request-id").filter(|id| is_request_id(id)).map(str::to_owned),
        should_retry: match text(headers, "stripe-should-retry") {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        },
        retry_after: text(headers, RETRY_AFTER.as_str())
            .and_then(|value| retry_after(value, text(headers, DATE.as_str()))),
        limited_reason: text(headers, "stripe-rate-limited-reason").map(str::to_owned),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_request_id(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn is_json(headers: &HeaderMap) -> bool {
    // A body without a content type is judged by what it holds.
    headers.get(CONTENT_TYPE).is_none_or(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.trim_start().to_ascii_lowercase().starts_with("application/json"))
    })
}

fn unreachable(error: &reqwest::Error) -> Unreachable {
    if error.is_connect() {
        Unreachable::NotConnected
    } else if error.is_timeout() {
        Unreachable::TimedOut
    } else {
        Unreachable::Broken
    }
}

fn broken_off(head: &Head, error: &reqwest::Error) -> Error {
    let kind = if error.is_timeout() {
        ErrorKind::Unreachable(Unreachable::TimedOut)
    } else {
        ErrorKind::Unreadable { status: head.status, why: Unreadable::Truncated }
    };
    Error { kind, request_id: head.request_id.clone(), should_retry: head.should_retry }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    for _ in 0..8 {
        let Some(cause) = source else { break };
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_json_content_types_count_as_json() {
        for (value, expected) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("Application/JSON", true),
            ("text/html", false),
            ("", false),
        ] {
            assert_eq!(is_json(&headers(&[("content-type", value)])), expected, "{value}");
        }
        assert!(is_json(&headers(&[])));
    }

    #[test]
    fn a_request_id_that_could_forge_a_log_line_is_dropped() {
        assert_eq!(head(200, &headers(&[("request-id", "req_a b")])).request_id, None);
        assert_eq!(head(200, &headers(&[("request-id", "req_1")])).request_id.as_deref(), Some("req_1"));
    }
}

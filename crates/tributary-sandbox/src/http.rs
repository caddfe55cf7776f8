//! Requests and replies, apart from any web server.

use crate::error::ApiError;
use std::collections::BTreeMap;

/// What a client sent, as far as the sandbox looks at it.
pub(crate) struct Request {
    /// `GET`, `POST`, …
    pub(crate) method: String,
    /// The path, still percent-encoded.
    pub(crate) path: String,
    /// The query without `?`.
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    /// `Stripe-Account`
    pub(crate) account: Option<String>,
    /// `Stripe-Version`
    pub(crate) version: Option<String>,
    /// `Idempotency-Key`
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The segments of the path, decoded; empty ones are dropped.
    pub(crate) fn segments(&self) -> Vec<String> {
        let decode =
            |segment: &str| percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned();
        self.path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect()
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) delivery: Delivery,
}

/// How the body reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// At once.
    Whole,
    /// Nothing for so many seconds, then the end of the connection.
    Hang(u64),
    /// Half of it, then the end of the connection.
    Truncated,
    /// In pieces over so many seconds.
    Slow(u64),
}

impl Reply {
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        Reply {
            status,
            content_type: "application/json",
            headers: Vec::new(),
            body: body.into(),
            delivery: Delivery::Whole,
        }
    }

    pub(crate) fn html(status: u16, body: impl Into<String>) -> Self {
        Reply { content_type: "text/html; charset=utf-8", ..Reply::json(status, body) }
    }

    pub(crate) fn error(error: &ApiError, request_id: &str) -> Self {
        Reply { headers: error.headers.clone(), ..Reply::json(error.status, error.body(request_id)) }
    }

    pub(crate) fn redirect(location: String) -> Self {
        let mut reply = Reply::html(302, "");
        reply.headers.push(("Location", location));
        reply
    }
}

/// Whom a request turned out to be about.
#[derive(Default)]
pub(crate) struct Trace {
    /// The route's template.
    pub(crate) endpoint: &'static str,
    /// The account's id and the mode.
    pub(crate) account: Whose,
}

/// An account's id and a mode, where the caller was known.
type Whose = Option<(String, tributary_core::Mode)>;

/// How many requests there were: by account and endpoint, and by status. Routes, accounts and statuses are few.
#[derive(Default)]
pub(crate) struct Counts {
    by_endpoint: BTreeMap<(Whose, &'static str), u64>,
    by_status: BTreeMap<u16, u64>,
}

impl Counts {
    pub(crate) fn add(&mut self, trace: Trace, status: u16) {
        *self.by_endpoint.entry((trace.account, trace.endpoint)).or_default() += 1;
        *self.by_status.entry(status).or_default() += 1;
    }

    /// How many requests one endpoint had, all accounts together; empty text is all endpoints.
    pub(crate) fn of(&self, endpoint: &str) -> u64 {
        let counted = |((_, other), count): (&(_, &'static str), &u64)| {
            if endpoint.is_empty() || *other == endpoint { *count } else { 0 }
        };
        self.by_endpoint.iter().map(counted).sum()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        let mut endpoints: BTreeMap<&str, u64> = BTreeMap::new();
        let mut accounts = Vec::new();
        for ((account, endpoint), count) in &self.by_endpoint {
            *endpoints.entry(endpoint).or_default() += count;
            if let Some((id, mode)) = account {
                accounts.push(serde_json::json!({
                    "account": id, "mode": mode.to_string(), "endpoint": endpoint, "count": count,
                }));
            }
        }
        let statuses: BTreeMap<String, u64> =
            self.by_status.iter().map(|(status, count)| (status.to_string(), *count)).collect();
        serde_json::json!({ "total": self.of(""), "endpoints": endpoints, "statuses": statuses, "accounts": accounts })
    }
}

//! POSTs: one transaction each, which a repeat under the same `Idempotency-Key` doesn't run again.
//!
//! A handler of a POST takes [`Posted`] for the request's body, does all that it does in the transaction it gives
//! to [`ApiState::post`], and returns a [`Reply`] from there: the answer is then a function of what was stored,
//! and is kept with it. PUT, PATCH and DELETE take no key: repeating one leaves what it left.

use crate::answer::Answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::state::ApiState;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use serde::Serialize;
use tributary_contract::ApiError;
use tributary_core::{Secret, digest};
use tributary_db::AnyConn;
use tributary_db::idempotency::{self, Claim, KeptAnswer, KeyedRequest};

/// The header that a client names a request by.
const KEY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The header that marks an answer as one that was given before.
const REPLAYED_HEADER: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The longest key.
const KEY_BYTES_MAX: usize = 255;

const HOUR_MS: i64 = 3_600_000;

/// What a POST carries.
#[derive(Debug)]
pub(crate) struct Posted {
    /// The body, within the limit of its length.
    pub body: Bytes,
    keyed: Option<KeyedRequest>,
}

impl FromRequest for Posted {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let key = key(request.headers());
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let body = Bytes::from_request(request, payload);
        async move {
            let (key, body) = (key.map_err(Failure::Refused)?, body.await?);
            let target = uri.path_and_query().map_or("", |target| target.as_str());
            let keyed = key.map(|key| {
                let parts = [method.as_str().as_bytes(), target.as_bytes(), &body];
                KeyedRequest { key, hash: digest::of_parts(&parts) }
            });
            Ok(Posted { body, keyed })
        }
        .boxed_local()
    }
}

/// The request's key, if it names one.
fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut given = headers.get_all(KEY_HEADER);
    let Some(key) = given.next() else { return Ok(None) };
    let printable = |byte: &u8| matches!(byte, b' '..=b'~');
    let bytes = key.as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) if (1..=KEY_BYTES_MAX).contains(&text.len()) && bytes.iter().all(printable) => {
            match given.next() {
                None => Ok(Some(text.to_owned())),
                Some(_) => Err(refused("a request has one Idempotency-Key at most")),
            }
        }
        _ => Err(refused("an Idempotency-Key has 1 to 255 printable ASCII characters")),
    }
}

fn refused(message: &str) -> ApiError {
    ApiError::invalid("Idempotency", "Idempotency-Key", message)
}

/// What a POST that succeeded answers.
#[derive(Debug)]
pub(crate) struct Reply(KeptAnswer);

impl Reply {
    /// 200 and a value as JSON.
    pub(crate) fn ok(value: &impl Serialize) -> Result<Self, Failure> {
        Self::json(StatusCode::OK, value)
    }

    /// Another status and a value as JSON.
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Failure> {
        let body = Secret::new(serde_json::to_string(value)?);
        Ok(Reply(KeptAnswer { status: status.as_u16(), body: Some(body) }))
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// A status without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Reply(KeptAnswer { status: status.as_u16(), body: None })
    }

    fn answer(self, is_repeat: bool) -> Answer {
        let KeptAnswer { status, body } = self.0;
        let mut answer = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK));
        if is_repeat {
            answer.insert_header((REPLAYED_HEADER, HeaderValue::from_static("true")));
        }
        Ok(match body {
            Some(body) => answer.content_type("application/json").body(body.expose().to_owned()),
            None => answer.finish(),
        })
    }
}

impl ApiState {
    /// Runs the transaction of a POST and answers with what it returns. A refusal rolls it back and is not kept.
    ///
    /// Where the request names an idempotency key, the answer is kept in the same transaction: the same request
    /// under the same key then gets it again, with `Idempotent-Replayed: true`, without `work` being run.
    /// Another request under the key is refused.
    pub(crate) async fn post(
        &self,
        caller: Caller,
        posted: Posted,
        work: impl Fn(&mut AnyConn, &Caller) -> Result<Reply, Failure> + Send + 'static,
    ) -> Answer {
        let vault = self.vault.clone();
        let now = self.clock.now();
        let forgotten = now.plus_ms(-i64::from(self.settings.idempotency_hours) * HOUR_MS);
        let once = move |conn: &mut AnyConn| {
            let Some(request) = &posted.keyed else { return Ok((work(conn, &caller)?, false)) };
            match idempotency::claim(conn, &vault, &caller.platform, request, now, forgotten)? {
                Claim::Answered(answer) => Ok((Reply(answer), true)),
                Claim::OtherRequest => Err(refused(
                    "the key was used for another request: a repeat has the same path, parameters and body",
                )
                .into()),
                Claim::Fresh(claimed) => {
                    idempotency::prune(conn, forgotten)?;
                    let reply = work(conn, &caller)?;
                    idempotency::keep(conn, &vault, &caller.platform, &claimed, &reply.0, now)?;
                    Ok((reply, false))
                }
            }
        };
        let (reply, is_repeat) = self.write(once).await?;
        reply.answer(is_repeat)
    }
}

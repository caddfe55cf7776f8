//! What surrounds every request: admission before it, the form of the answer after it.

use crate::authorization;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::path::{self, Templates};
use crate::quota::Standing;
use crate::representation::{self, Wanted};
use crate::state::ApiState;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use futures::FutureExt;
use serde::Serialize;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;
use tributary_contract::{ApiError, Parameters};
use tributary_core::Millis;
use tributary_db::{api_keys, quota_notices};
use uuid::Uuid;

/// What handlers return.
pub(crate) type Answer = Result<HttpResponse, Failure>;

/// When to come back after an outage: long enough for a database to be restarted.
const RETRY_AFTER_OUTAGE_SECS: i64 = 5;

/// A value as the JSON of a 200. Decimals stay exact because it is written straight to text.
pub(crate) fn json(value: &impl Serialize) -> Answer {
    let body = serde_json::to_string(value)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(body))
}

/// Admits a request, has it handled, and gives the answer its form. The only thing logged of a request is
/// its method and its route: paths hold ids, and URLs may hold more. The correlation id, which the log and the
/// answer share, is ours: what a client sends under its name means nothing.
pub(crate) async fn around(
    state: ApiState,
    templates: Arc<Templates>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let correlation_id = Uuid::new_v4().simple().to_string();
    let span = tracing::info_span!("api", correlation_id, method = %request.method());
    respond(state, &templates, request, next, correlation_id).instrument(span).await
}

async fn respond(
    state: ApiState,
    templates: &Templates,
    mut request: ServiceRequest,
    next: Next<BoxBody>,
    correlation_id: String,
) -> Result<ServiceResponse, Error> {
    let began = Instant::now();
    let wanted = Wanted::take(&mut request);
    let (standing, admitted) = admit(&state, templates, &mut request).await;
    let form = Form { correlation_id, standing, body_bytes_max: state.settings.body_bytes_max };
    let mut response = match admitted {
        Err(failure) => request.into_response(form.error(&failure.into())),
        Ok(()) => match AssertUnwindSafe(next.call(request)).catch_unwind().await {
            Ok(Ok(response)) => wanted.represent(form.settle(response)).await,
            // The request went with the handler, so that the server makes the answer from the error.
            Ok(Err(error)) => return Err(Formed::new(form, &error).into()),
            Err(_panic) => return Err(Formed::new(form, &Panicked.into()).into()),
        },
    };
    form.stamp(response.headers_mut());
    let route = response.request().match_pattern();
    let elapsed_ms = began.elapsed().as_millis();
    tracing::debug!(route, status = response.status().as_u16(), elapsed_ms, "answered");
    Ok(response)
}

/// Decides whether a request may be handled, and says who asks and what for. Nothing of its body is read before.
async fn admit(
    state: &ApiState,
    templates: &Templates,
    request: &mut ServiceRequest,
) -> (Standing, Result<(), Failure>) {
    let now = state.clock.now();
    let (parameters, caller) = match authenticate(state, request).await {
        Ok(known) => known,
        Err(failure) => return (state.quota.untouched(now), Err(failure)),
    };
    match state.quota.take(caller.platform_no(), now) {
        Err(standing) => (standing, Err(ApiError::TooManyRequests.into())),
        Ok(standing) => {
            if standing.remaining == 0 {
                tell_that_it_is_used_up(state, &caller, standing, now).await;
            }
            path::normalise(request, templates);
            request.extensions_mut().insert(parameters);
            request.extensions_mut().insert(caller);
            (standing, representation::refuse_encoded_body(request.headers()).map_err(Failure::Refused))
        }
    }
}

/// Has outsiders told that this request was the last of the platform's for today. If that fails, the request is
/// answered all the same.
async fn tell_that_it_is_used_up(state: &ApiState, caller: &Caller, standing: Standing, now: Millis) {
    let (no, quota) = (caller.platform_no(), i64::try_from(standing.limit).unwrap_or(i64::MAX));
    let told = state.write(move |conn| Ok(quota_notices::reached(conn, no, quota, now)?)).await;
    if let Err(error) = told {
        tracing::warn!(platform.no = no.0, %error, "telling of a quota that is used up failed");
    }
}

async fn authenticate(state: &ApiState, request: &ServiceRequest) -> Result<(Parameters, Caller), Failure> {
    let parameters = Parameters::parse(request.query_string())?;
    authorization::refuse_key_in_url(&parameters)?;
    let key = authorization::key(request.headers()).ok_or(ApiError::Unauthorized)?;
    let known = state.read(move |conn| Ok(api_keys::authenticate(conn, &key)?)).await?;
    let (key, platform) = known.ok_or(ApiError::Unauthorized)?;
    Ok((parameters, Caller { platform, key }))
}

/// What the answer to one request is made with.
#[derive(Clone, Debug)]
struct Form {
    correlation_id: String,
    standing: Standing,
    body_bytes_max: usize,
}

impl Form {
    /// Writes the body of an answer that is an error.
    fn settle(&self, response: ServiceResponse) -> ServiceResponse {
        match response.response().error() {
            None => response,
            Some(error) => {
                let body = self.error(error);
                response.into_response(body)
            }
        }
    }

    /// The answer to a request that failed.
    fn error(&self, error: &Error) -> HttpResponse {
        let mut answer = self.refusal(&self.tell(error));
        if let Some(Failure::MethodNotAllowed(allowed)) = error.as_error()
            && let Ok(allowed) = HeaderValue::from_str(allowed)
        {
            answer.headers_mut().insert(header::ALLOW, allowed);
        }
        answer
    }

    /// What the client is told of an error, whoever raised it. The cause of a failure of ours goes to the log
    /// only.
    fn tell(&self, error: &Error) -> ApiError {
        let told = match (error.as_error::<Failure>(), error.as_error::<PayloadError>()) {
            (Some(failure), _) => failure.told(),
            (_, Some(PayloadError::Overflow)) => ApiError::BodyTooLarge { max_bytes: self.body_bytes_max },
            (_, Some(_)) => ApiError::invalid("Body", "body", "the body ended early or is framed wrongly"),
            (None, None) => ApiError::Internal,
        };
        if told.status() >= 500 {
            tracing::error!(cause = %error, "a request failed");
        }
        told
    }

    fn refusal(&self, told: &ApiError) -> HttpResponse {
        let status = StatusCode::from_u16(told.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = HttpResponse::build(status);
        match told {
            ApiError::Unauthorized => answer.insert_header((header::WWW_AUTHENTICATE, "Basic")),
            ApiError::Unavailable => answer.insert_header((header::RETRY_AFTER, RETRY_AFTER_OUTAGE_SECS)),
            ApiError::TooManyRequests => {
                answer.insert_header((header::RETRY_AFTER, self.standing.reset_secs))
            }
            _ => &mut answer,
        };
        answer.json(told.message(self.correlation_id.clone()))
    }

    /// The headers of every answer.
    fn stamp(&self, headers: &mut HeaderMap) {
        let Standing { limit, remaining, reset, .. } = self.standing;
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Ok(correlation_id) = HeaderValue::from_str(&self.correlation_id) {
            headers.insert(HeaderName::from_static("x-correlation-id"), correlation_id);
        }
        headers.insert(HeaderName::from_static("x-rate-limit-limit"), limit.into());
        headers.insert(HeaderName::from_static("x-rate-limit-remaining"), remaining.into());
        if let Ok(reset) = HeaderValue::from_str(&reset.to_iso()) {
            headers.insert(HeaderName::from_static("x-rate-limit-reset"), reset);
        }
    }
}

/// A handler panicked. Its message, which may hold anything, goes to nobody but the panic hook.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

impl ResponseError for Panicked {}

/// An error that brings its answer along, for the server to send.
#[derive(Debug, thiserror::Error)]
#[error("{told}")]
struct Formed {
    form: Form,
    told: ApiError,
}

impl Formed {
    fn new(form: Form, error: &Error) -> Self {
        Formed { told: form.tell(error), form }
    }
}

impl ResponseError for Formed {
    fn error_response(&self) -> HttpResponse {
        let mut answer = self.form.refusal(&self.told);
        self.form.stamp(answer.headers_mut());
        answer
    }
}

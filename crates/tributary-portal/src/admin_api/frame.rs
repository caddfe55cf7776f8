//! What surrounds every request: who asks before it, the form of the answer after it.

use super::authorization::{claim, refuse_other_sites};
use super::caller::Caller;
use super::refusal::Refusal;
use crate::{PortalState, auth};
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use tracing::Instrument;
use tributary_db::users;
use uuid::Uuid;

/// Headers of every answer; it is never kept, framed, or read as anything but JSON.
const ALWAYS: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
];

/// Admits a request, has it handled, and gives the answer its form. Of the request only method and route are logged.
pub(super) async fn around(
    state: PortalState,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let correlation_id = Uuid::new_v4().simple().to_string();
    let span = tracing::info_span!("admin_api", correlation_id, method = %request.method());
    respond(state, request, next, &correlation_id).instrument(span).await
}

async fn respond(
    state: PortalState,
    request: ServiceRequest,
    next: Next<BoxBody>,
    correlation_id: &str,
) -> Result<ServiceResponse, Error> {
    let mut response = match admit(&state, &request).await {
        Err(refusal) => request.into_response(refusal.answer(correlation_id)),
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            let kept = request.request().clone();
            match AssertUnwindSafe(next.call(request)).catch_unwind().await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => ServiceResponse::from_err(error, kept),
                Err(_panic) => ServiceResponse::from_err(Refusal::Internal, kept),
            }
        }
    };
    if let Some(error) = response.response().error() {
        let answer = match error.as_error::<Refusal>() {
            Some(refusal) => refusal.answer(correlation_id),
            None => {
                tracing::error!(cause = %error, "a request to the API for platform admins failed");
                Refusal::Internal.answer(correlation_id)
            }
        };
        response = response.into_response(answer);
    }
    let strict =
        state.urls.is_https().then_some(("strict-transport-security", "max-age=31536000; includeSubDomains"));
    for (name, value) in ALWAYS.into_iter().chain(strict) {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(correlation_id) {
        response.headers_mut().insert(HeaderName::from_static("x-correlation-id"), id);
    }
    let route = response.request().match_pattern();
    tracing::debug!(route, status = response.status().as_u16(), "answered");
    Ok(response)
}

/// Finds out who asks. Nothing of the body is read before.
async fn admit(state: &PortalState, request: &ServiceRequest) -> Result<Caller, Refusal> {
    refuse_other_sites(request.headers(), &state.urls.portal_origin())?;
    let claim = claim(request.headers()).ok_or(Refusal::NoCredentials)?;
    let address = request.peer_addr().map(|peer| peer.ip());
    let user = auth::authenticate(state, &claim.email, &claim.password, address).await?.user;
    let id = user.id;
    let memberships = state.db.read(move |conn| users::memberships(conn, id)).await?;
    Ok(Caller { email: user.email, memberships })
}

//! What surrounds every request: who asks before it, the form of the answer after it.

use super::authorization::{claim, refuse_other_sites};
use super::caller::Caller;
use super::refusal::Refusal;
use crate::visitor::visitor_address;
use crate::{PortalState, auth};
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use tracing::Instrument;
use tributary_db::users;
use tributary_pages::headers::strict_transport;
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
    let form = Form { correlation_id, is_https: state.urls.portal.is_https() };
    respond(state, request, next, form).instrument(span).await
}

async fn respond(
    state: PortalState,
    request: ServiceRequest,
    next: Next<BoxBody>,
    form: Form,
) -> Result<ServiceResponse, Error> {
    let mut response = match admit(&state, &request).await {
        Err(refusal) => request.into_response(refusal.answer(&form.correlation_id)),
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            match AssertUnwindSafe(next.call(request)).catch_unwind().await {
                Ok(Ok(response)) => form.settle(response),
                // The request went with the handler, so that the server makes the answer from the error.
                Ok(Err(_)) | Err(_) => {
                    tracing::error!("a request to the API for platform admins ended without an answer");
                    return Err(Formed { form }.into());
                }
            }
        }
    };
    form.stamp(response.headers_mut());
    let route = response.request().match_pattern();
    tracing::debug!(route, status = response.status().as_u16(), "answered");
    Ok(response)
}

/// Finds out who asks. Nothing of the body is read before.
async fn admit(state: &PortalState, request: &ServiceRequest) -> Result<Caller, Refusal> {
    refuse_other_sites(request.headers(), &state.urls.portal.origin())?;
    let claim = claim(request.headers()).ok_or(Refusal::NoCredentials)?;
    let address = visitor_address(request.peer_addr(), request.headers(), &state.proxies);
    let user = auth::authenticate(state, &claim.email, &claim.password, address).await?.user;
    let id = user.id;
    let memberships = state.db.read(move |conn| users::memberships(conn, id)).await?;
    Ok(Caller { user, memberships })
}

/// What the answer to one request is made with.
#[derive(Clone, Debug)]
struct Form {
    correlation_id: String,
    is_https: bool,
}

impl Form {
    /// Writes the body of an answer that is an error.
    fn settle(&self, response: ServiceResponse) -> ServiceResponse {
        let Some(error) = response.response().error() else { return response };
        let answer = match error.as_error::<Refusal>() {
            Some(refusal) => refusal.answer(&self.correlation_id),
            None => {
                tracing::error!(cause = %error, "a request to the API for platform admins failed");
                Refusal::Internal.answer(&self.correlation_id)
            }
        };
        response.into_response(answer)
    }

    /// The headers of every answer.
    fn stamp(&self, headers: &mut HeaderMap) {
        for (name, value) in ALWAYS.into_iter().chain(strict_transport(self.is_https)) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Ok(id) = HeaderValue::from_str(&self.correlation_id) {
            headers.insert(HeaderName::from_static("x-correlation-id"), id);
        }
    }
}

/// A handler broke down: an error that brings its answer along, for the server to send.
#[derive(Debug, thiserror::Error)]
#[error("a handler broke down")]
struct Formed {
    form: Form,
}

impl ResponseError for Formed {
    fn status_code(&self) -> StatusCode {
        Refusal::Internal.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = Refusal::Internal.answer(&self.form.correlation_id);
        self.form.stamp(answer.headers_mut());
        answer
    }
}

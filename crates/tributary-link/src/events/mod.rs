//! Receiving Stripe's events (rule I4): checked, stored, and only then acknowledged. The worker applies them.
//!
//! An answer other than 2xx makes Stripe send the event again, for three days; so whatever can't be stored is refused
//! quickly, and whatever will never be of use is accepted and counted.

mod endpoints;
mod intake;

pub use intake::Intake;

use crate::LinkState;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use endpoints::Known;
use std::time::Duration;
use tributary_core::ids::{ConnectionId, IntegrationId};
use tributary_core::state::DropReason;
use tributary_db::DbError;
use tributary_db::events::{Arrival, dropped};
use tributary_db::use_cases::EventOwner;
use tributary_stripe::{Event, signature};

/// The longest event that is read, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How long an acknowledgement may take (B-24). What is stored later is stored all the same, and known when Stripe sends
/// it again.
const DEADLINE: Duration = Duration::from_secs(1);

/// The event that tells of an account that withdrew its authorization: the only one that counts where no data flows.
const DEAUTHORIZED: &str = "account.application.deauthorized";

/// `POST /stripe/events/{integration}`
pub(crate) async fn of_integration(
    state: Data<LinkState>,
    path: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    match path.parse::<IntegrationId>() {
        Ok(id) => receive(&state, endpoints::Address::Integration(id), &request, body).await,
        Err(_) => answer(StatusCode::NOT_FOUND),
    }
}

/// `POST /stripe/events/connections/{connection}`
pub(crate) async fn of_connection(
    state: Data<LinkState>,
    path: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    match path.parse::<ConnectionId>() {
        Ok(id) => receive(&state, endpoints::Address::Connection(id), &request, body).await,
        Err(_) => answer(StatusCode::NOT_FOUND),
    }
}

async fn receive(
    state: &LinkState,
    address: endpoints::Address,
    request: &HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let status = match tokio::time::timeout(DEADLINE, take_in(state, address, request, &body)).await {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => {
            tracing::warn!(%error, "an event could not be stored");
            StatusCode::SERVICE_UNAVAILABLE
        }
        Err(_) => {
            tracing::warn!("an event could not be stored in time");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    answer(status)
}

async fn take_in(
    state: &LinkState,
    address: endpoints::Address,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<StatusCode, DbError> {
    let mut signatures = request.headers().get_all("stripe-signature");
    let signature = match (signatures.next().map(|value| value.to_str()), signatures.next()) {
        (Some(Ok(signature)), None) => signature,
        _ => "",
    };
    let verified = |known: &Known| signature::verify(signature, body, &known.secrets, state.clock.now());
    let Some(mut known) = state.intake.endpoints.find(state, address).await? else {
        return Ok(StatusCode::NOT_FOUND);
    };
    let mut checked = verified(&known);
    if checked == Err(signature::BadSignature::Mismatch) && !known.is_fresh {
        // A secret may have been added since they were read.
        match state.intake.endpoints.read(state, address).await? {
            Some(fresh) => known = fresh,
            None => return Ok(StatusCode::NOT_FOUND),
        }
        checked = verified(&known);
    }
    if let Err(why) = checked {
        tracing::info!(integration.id = %known.integration, %why, "an event was refused");
        return Ok(StatusCode::BAD_REQUEST);
    }
    let event = match std::str::from_utf8(body).ok().map(Event::parse) {
        Some(Ok(event)) => event,
        Some(Err(why)) => {
            tracing::warn!(integration.id = %known.integration, %why, "a signed event was refused");
            return Ok(StatusCode::BAD_REQUEST);
        }
        None => return Ok(StatusCode::BAD_REQUEST),
    };
    let owner = match owner(&known, &event) {
        Ok(Some(owner)) => owner,
        Ok(None) => return Ok(StatusCode::OK),
        Err(reason) => {
            tracing::debug!(integration.id = %known.integration, %reason, "an event was dropped");
            let (platform_no, integration, now) = (known.platform_no, known.integration, state.clock.now());
            let count = move |conn: &mut _| dropped::count(conn, platform_no, integration, reason, now);
            return state.db.write(count).await.map(|()| StatusCode::OK);
        }
    };
    let arrival = Arrival {
        object: event.object_to_store(),
        id: event.id,
        event_type: event.event_type,
        api_version: event.api_version,
        created_secs: event.created_secs,
    };
    let stored = state.intake.store(state, owner, arrival).await;
    Ok(if stored { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE })
}

/// Whose event it is; none where it is of no interest; else why it is not kept.
fn owner(known: &Known, event: &Event<'_>) -> Result<Option<EventOwner>, DropReason> {
    if event.livemode != known.mode.is_live() {
        return Err(DropReason::OtherMode);
    }
    let is_deauthorization = event.event_type == DEAUTHORIZED;
    match (&known.connection, &event.account) {
        (Some((_, own)), Some(account)) if account != own => Err(DropReason::OtherAccount),
        // Only the application's endpoint tells of its authorizations.
        (Some(_), _) if is_deauthorization => Ok(None),
        (Some((no, _)), _) => Ok(known.flows.then_some(EventOwner::Connection(*no))),
        // The platform's own account is nobody's connection.
        (None, None) => Err(DropReason::OtherAccount),
        (None, Some(account)) => {
            let owner = EventOwner::Account(known.platform_no, known.integration, account.clone());
            Ok((known.flows || is_deauthorization).then_some(owner))
        }
    }
}

/// Stripe looks at the status only.
fn answer(status: StatusCode) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header(("Retry-After", "5"));
    }
    response.content_type("text/plain; charset=utf-8").body(match status {
        StatusCode::OK => "stored",
        StatusCode::NOT_FOUND => "no signing secret is set for this address",
        StatusCode::BAD_REQUEST => "the signature or the event is not valid",
        _ => "try again later",
    })
}

//! `GET` and `PUT /tributary/v1/webhooks/{webhookId}/headers`

use super::not_found;
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::ConsumerPath;
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use tributary_contract::webhooks::{Headers, HeadersBody};
use tributary_db::consumers;

/// The names of the request headers that a consumer gets beside ours.
pub(crate) async fn headers(state: Data<ApiState>, caller: Caller, path: ConsumerPath) -> Answer {
    let vault = state.vault.clone();
    let names =
        state.read(move |conn| Ok(consumers::headers(conn, &vault, &caller.platform, path.0)?)).await?;
    json(&Headers { names: names.ok_or_else(|| not_found(path))? })
}

/// Replaces those headers.
pub(crate) async fn set_headers(
    state: Data<ApiState>,
    caller: Caller,
    path: ConsumerPath,
    body: Bytes,
) -> Answer {
    let headers = HeadersBody::read(&body)?;
    let (vault, now) = (state.vault.clone(), state.clock.now());
    let known = state
        .write(move |conn| Ok(consumers::set_headers(conn, &vault, &caller.platform, path.0, &headers, now)?))
        .await?;
    if known { Ok(HttpResponse::NoContent().finish()) } else { Err(not_found(path).into()) }
}

//! `POST /tributary/v1/webhooks/{webhookId}/test`

use super::not_found;
use crate::answer::Answer;
use crate::caller::Caller;
use crate::path::ConsumerPath;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tributary_contract::webhooks::{EventTypeBody, SentTest};
use tributary_db::{AnyConn, leases, messages};

/// Sends an example of a type to one consumer.
pub(crate) async fn test(
    state: Data<ApiState>,
    caller: Caller,
    path: ConsumerPath,
    posted: Posted,
) -> Answer {
    let event_type = EventTypeBody::read(&posted.body)?;
    let urls = state.settings.urls.clone();
    let store = move |conn: &mut AnyConn, caller: &Caller| {
        let now = leases::now(conn)?;
        let sent = messages::send_test(conn, &urls, &caller.platform, path.0, event_type, now)?;
        let message_id = sent.map_err(|_| not_found(path))?;
        Reply::json(StatusCode::ACCEPTED, &SentTest { message_id })
    };
    state.post(caller, posted, store).await
}

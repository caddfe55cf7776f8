//! Sending again: `POST /tributary/v1/webhooks/{webhookId}/messages/{messageId}/resend`, `…/recover` and `…/replay`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::path::{ConsumerPath, DeliveryPath};
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::webhooks::{Queued, ReplayRequest};
use tributary_core::Millis;
use tributary_core::ids::{ConsumerId, MessageId, PlatformNo};
use tributary_db::deliveries::{self, ReplayRefused, Replayed};
use tributary_db::{AnyConn, DbError, leases};

/// Messages put in line by one request: its transaction stays short.
const MESSAGES_AT_ONCE: usize = 500;

/// Sends one message to one consumer, again or for the first time.
pub(crate) async fn resend(
    state: Data<ApiState>,
    caller: Caller,
    path: DeliveryPath,
    posted: Posted,
) -> Answer {
    let store = move |conn: &mut AnyConn, caller: &Caller| {
        let now = leases::now(conn)?;
        let resent = deliveries::resend(conn, caller.platform_no(), path.consumer, path.message, now)?;
        resent.map_err(|refused| match refused {
            ReplayRefused::UnknownMessage => ApiError::MessageNotFound(path.message.to_string()),
            refused => refusal(refused, ConsumerPath(path.consumer)),
        })?;
        Reply::json(StatusCode::ACCEPTED, &Queued { queued: 1, next: None })
    };
    state.post(caller, posted, store).await
}

/// Sends again what a consumer failed to take.
pub(crate) async fn recover(
    state: Data<ApiState>,
    caller: Caller,
    path: ConsumerPath,
    posted: Posted,
) -> Answer {
    again(state, caller, path, posted, deliveries::recover).await
}

/// Sends what a consumer would have got, had it been there, enabled and asking for it.
pub(crate) async fn replay(
    state: Data<ApiState>,
    caller: Caller,
    path: ConsumerPath,
    posted: Posted,
) -> Answer {
    again(state, caller, path, posted, deliveries::replay_missing).await
}

/// What puts messages of a consumer in line: those written since a moment, from one on, no more than so many, now.
type Queue = fn(
    &mut AnyConn,
    PlatformNo,
    ConsumerId,
    Millis,
    Option<MessageId>,
    usize,
    Millis,
) -> Result<Result<Replayed, ReplayRefused>, DbError>;

async fn again(
    state: Data<ApiState>,
    caller: Caller,
    path: ConsumerPath,
    posted: Posted,
    queue: Queue,
) -> Answer {
    let ReplayRequest { since, from } = ReplayRequest::read(&posted.body)?;
    let store = move |conn: &mut AnyConn, caller: &Caller| {
        let now = leases::now(conn)?;
        let done = queue(conn, caller.platform_no(), path.0, since, from, MESSAGES_AT_ONCE, now)?;
        let Replayed { queued, next } = done.map_err(|refused| refusal(refused, path))?;
        Reply::json(StatusCode::ACCEPTED, &Queued { queued, next })
    };
    state.post(caller, posted, store).await
}

fn refusal(refused: ReplayRefused, consumer: ConsumerPath) -> ApiError {
    match refused {
        ReplayRefused::UnknownConsumer | ReplayRefused::UnknownMessage => super::not_found(consumer),
        ReplayRefused::TooOld => ApiError::invalid("Delivery", "since", refused.to_string()),
    }
}

//! What was sent: `GET /tributary/v1/messages/{messageId}`, `GET /tributary/v1/webhooks/{webhookId}/messages` and
//! `GET …/messages/{messageId}/attempts`

use super::{not_found, shown};
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::list::ListRequest;
use crate::path::{ConsumerPath, DeliveryPath, MessagePath};
use crate::state::ApiState;
use actix_web::web::{Data, ReqData};
use tributary_contract::webhooks::{Attempt, Message};
use tributary_contract::{ApiError, Parameters};
use tributary_core::state::DeliveryState;
use tributary_db::{DbError, consumers, deliveries, messages};

/// A message, with its body and what became of it.
pub(crate) async fn message(state: Data<ApiState>, caller: Caller, MessagePath(id): MessagePath) -> Answer {
    let found = state
        .read(move |conn| {
            let Some(message) = messages::find(conn, caller.platform_no(), id)? else { return Ok(None) };
            Ok(Some((message, deliveries::of_message(conn, caller.platform_no(), id)?)))
        })
        .await?;
    let (message, deliveries) = found.ok_or_else(|| ApiError::MessageNotFound(id.to_string()))?;
    let body = serde_json::from_str(&message.body)
        .map_err(|error| DbError::Broken(format!("a message's body: {error}")))?;
    json(&Message {
        id,
        event_type: message.event_type,
        company_id: message.company_id,
        created: message.created,
        body,
        deliveries: deliveries.into_iter().map(shown::delivery).collect(),
    })
}

/// A page of what was or will be sent to a consumer, the newest message first.
pub(crate) async fn deliveries(
    state: Data<ApiState>,
    caller: Caller,
    path: ConsumerPath,
    parameters: ReqData<Parameters>,
    list: ListRequest,
) -> Answer {
    list.unselected()?;
    let (page, wanted) = (list.page(), wanted(&parameters)?);
    let (found, total) = state
        .read(move |conn| {
            consumers::find(conn, caller.platform_no(), path.0)?.ok_or_else(|| not_found(path))?;
            Ok(deliveries::of_consumer(conn, caller.platform_no(), path.0, wanted, page)?)
        })
        .await?;
    list.answer((found.into_iter().map(shown::delivery).collect(), total))
}

/// In which state deliveries are asked for; none: in every one.
fn wanted(parameters: &Parameters) -> Result<Option<DeliveryState>, ApiError> {
    parameters.get("state").filter(|text| !text.is_empty()).map(str::parse).transpose().map_err(|_| {
        let all: Vec<&str> = DeliveryState::ALL.iter().map(|state| state.as_str()).collect();
        ApiError::invalid("Delivery", "state", format!("state must be one of {}", all.join(", ")))
    })
}

/// A page of the attempts to deliver a message to a consumer, the latest first.
pub(crate) async fn attempts(
    state: Data<ApiState>,
    caller: Caller,
    path: DeliveryPath,
    list: ListRequest,
) -> Answer {
    list.unselected()?;
    let page = list.page();
    let (found, total) = state
        .read(move |conn| {
            let no = caller.platform_no();
            let of_message = deliveries::of_message(conn, no, path.message)?;
            if !of_message.iter().any(|delivery| delivery.consumer_id == path.consumer) {
                return Err(ApiError::MessageNotFound(path.message.to_string()).into());
            }
            Ok(deliveries::attempts(conn, no, path.consumer, path.message, page)?)
        })
        .await?;
    let shown = found.into_iter().map(|attempt| Attempt {
        number: attempt.n,
        started: attempt.started,
        elapsed_ms: attempt.elapsed_ms,
        status: attempt.status,
        error: attempt.error,
    });
    list.answer((shown.collect(), total))
}

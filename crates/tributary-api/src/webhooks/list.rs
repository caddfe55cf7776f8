//! `GET /webhooks`

use super::shown;
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::webhooks::WebhookConsumers;
use tributary_db::consumers;

/// The platform's consumers.
pub(crate) async fn list(state: Data<ApiState>, caller: Caller) -> Answer {
    let found = state.read(move |conn| Ok(consumers::list(conn, caller.platform_no())?)).await?;
    json(&WebhookConsumers { results: found.into_iter().map(shown::consumer).collect() })
}

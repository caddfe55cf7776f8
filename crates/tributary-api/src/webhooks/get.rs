//! `GET /tributary/v1/webhooks/{webhookId}`

use super::{not_found, shown};
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::ConsumerPath;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_db::consumers;

/// A consumer with how it fares.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: ConsumerPath) -> Answer {
    let found = state.read(move |conn| Ok(consumers::find(conn, caller.platform_no(), path.0)?)).await?;
    json(&shown::details(found.ok_or_else(|| not_found(path))?))
}

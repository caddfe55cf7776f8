//! `DELETE /webhooks/{webhookId}`

use super::not_found;
use crate::answer::Answer;
use crate::caller::Caller;
use crate::path::ConsumerPath;
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::web::Data;
use tributary_db::consumers;

/// Deletes a consumer, and drops what waits for it.
pub(crate) async fn delete(state: Data<ApiState>, caller: Caller, path: ConsumerPath) -> Answer {
    let now = state.clock.now();
    let deleted =
        state.write(move |conn| Ok(consumers::delete(conn, caller.platform_no(), path.0, now)?)).await?;
    if deleted { Ok(HttpResponse::NoContent().finish()) } else { Err(not_found(path).into()) }
}

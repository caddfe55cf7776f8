//! `PATCH /tributary/v1/webhooks/{webhookId}`

use super::{not_found, shown};
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::ConsumerPath;
use crate::state::ApiState;
use actix_web::web::{Bytes, Data};
use tributary_contract::webhooks::ConsumerChange;
use tributary_db::consumers;

/// Changes what the body names.
pub(crate) async fn change(state: Data<ApiState>, caller: Caller, path: ConsumerPath, body: Bytes) -> Answer {
    let change = ConsumerChange::read(&body, state.settings.egress)?;
    let now = state.clock.now();
    let changed = state
        .write(move |conn| Ok(consumers::change(conn, caller.platform_no(), path.0, &change, now)?))
        .await?;
    json(&shown::details(changed.ok_or_else(|| not_found(path))?))
}

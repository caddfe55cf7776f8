//! `GET /integrations/{platformKey}`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::PlatformKeySegment;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;

/// One integration.
pub(crate) async fn get(
    state: Data<ApiState>,
    caller: Caller,
    PlatformKeySegment(text): PlatformKeySegment,
) -> Answer {
    let key = super::key(&text)?;
    let all = super::all(&state, caller.platform_no()).await?;
    let found = all.iter().find(|integration| integration.key == key);
    json(found.ok_or(ApiError::IntegrationNotFound(text))?)
}

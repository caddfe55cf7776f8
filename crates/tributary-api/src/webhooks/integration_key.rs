//! `POST /webhooks/integrationKeys/zapier`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tributary_contract::webhooks::IntegrationKey;
use tributary_db::{AnyConn, integration_keys};

/// Makes a new key; the one before is revoked.
pub(crate) async fn rotate_zapier(state: Data<ApiState>, caller: Caller, posted: Posted) -> Answer {
    let now = state.clock.now();
    let store = move |conn: &mut AnyConn, caller: &Caller| {
        let key = integration_keys::rotate(conn, caller.platform_no(), integration_keys::ZAPIER, now)?;
        Reply::json(StatusCode::CREATED, &IntegrationKey { key: key.expose().to_owned() })
    };
    state.post(caller, posted, store).await
}

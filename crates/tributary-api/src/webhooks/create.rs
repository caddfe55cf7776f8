//! `POST /webhooks`

use super::shown;
use crate::answer::Answer;
use crate::caller::Caller;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::webhooks::{ConsumerRequest, CreatedWebhookConsumer};
use tributary_db::{AnyConn, consumers};

/// Creates a consumer. Its secret is in this answer, and can be read again.
pub(crate) async fn create(state: Data<ApiState>, caller: Caller, posted: Posted) -> Answer {
    let request = ConsumerRequest::read(&posted.body, state.settings.egress)?;
    let (vault, now) = (state.vault.clone(), state.clock.now());
    let store = move |conn: &mut AnyConn, caller: &Caller| {
        let (consumer, secret) = consumers::create(conn, &vault, &caller.platform, request.clone(), now)?
            .map_err(|refused| ApiError::invalid("WebhookConsumer", "webhooks", refused.to_string()))?;
        let secret = secret.expose().to_owned();
        let created = CreatedWebhookConsumer { consumer: shown::consumer(consumer), secret };
        Reply::json(StatusCode::CREATED, &created)
    };
    state.post(caller, posted, store).await
}

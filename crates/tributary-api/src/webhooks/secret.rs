//! `GET /tributary/v1/webhooks/{webhookId}/secret` and `POST …/secret/rotate`

use super::not_found;
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::ConsumerPath;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::webhooks::{ConsumerSecret, RotatedSecret};
use tributary_db::{AnyConn, consumers};

/// What a consumer's messages are signed with. Whoever holds the platform's key could replace it anyway.
pub(crate) async fn secret(state: Data<ApiState>, caller: Caller, path: ConsumerPath) -> Answer {
    let vault = state.vault.clone();
    let secret =
        state.read(move |conn| Ok(consumers::secret(conn, &vault, &caller.platform, path.0)?)).await?;
    let secret = secret.ok_or_else(|| not_found(path))?;
    json(&ConsumerSecret { secret: secret.expose().to_owned() })
}

/// Gives a consumer a new secret, beside which the one before signs for a day.
pub(crate) async fn rotate(
    state: Data<ApiState>,
    caller: Caller,
    path: ConsumerPath,
    posted: Posted,
) -> Answer {
    let (vault, now) = (state.vault.clone(), state.clock.now());
    let store = move |conn: &mut AnyConn, caller: &Caller| {
        let rotated = consumers::rotate(conn, &vault, &caller.platform, path.0, now)?;
        let (secret, previous_secret_valid_until) = rotated.ok_or_else(|| not_found(path))?;
        Reply::ok(&RotatedSecret { secret: secret.expose().to_owned(), previous_secret_valid_until })
    };
    state.post(caller, posted, store).await
}

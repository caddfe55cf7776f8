//! `GET` and `POST /apiKeys`, `DELETE /apiKeys/{apiKeyId}`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::ApiKeyPath;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::api_keys::{ApiKeyDetails, ApiKeys, CreateApiKey, masked};
use tributary_db::AnyConn;
use tributary_db::api_keys::{self, ApiKeyError};

/// The platform's keys, the newest first, each masked.
pub(crate) async fn list(state: Data<ApiState>, caller: Caller) -> Answer {
    let keys = state.read(move |conn| Ok(api_keys::list(conn, caller.platform_no())?)).await?;
    let details = keys.into_iter().map(|key| ApiKeyDetails {
        id: key.id,
        name: key.name,
        api_key: masked(&key.last4),
        created_date: key.created,
    });
    json(&ApiKeys { results: details.collect() })
}

/// Creates a key. Its answer is the only one that shows it.
pub(crate) async fn create(state: Data<ApiState>, caller: Caller, posted: Posted) -> Answer {
    let request = CreateApiKey::read(&posted.body)?;
    let now = state.clock.now();
    let create = move |conn: &mut AnyConn, caller: &Caller| {
        let created = api_keys::create(conn, caller.platform_no(), request.name.as_deref(), now)?;
        let key = created.map_err(|refused| match refused {
            ApiKeyError::NameTooLong => ApiError::ApiKeyNameTooLong,
            ApiKeyError::TooMany => ApiError::TooManyApiKeys,
        })?;
        let details = ApiKeyDetails {
            id: key.id,
            name: key.name,
            api_key: key.key.expose().to_owned(),
            created_date: key.created,
        };
        Reply::json(StatusCode::CREATED, &details)
    };
    let platform = caller.platform.id;
    let answer = state.post(caller, posted, create).await?;
    tracing::info!(%platform, "an API key was created");
    Ok(answer)
}

/// Deletes a key for good; even the one that the request carries, and the last one there is.
pub(crate) async fn delete(state: Data<ApiState>, caller: Caller, ApiKeyPath(id): ApiKeyPath) -> Answer {
    let platform_no = caller.platform_no();
    let deleted = state.write(move |conn| Ok(api_keys::delete(conn, platform_no, id)?)).await?;
    if !deleted {
        return Err(ApiError::ApiKeyNotFound(id.to_string()).into());
    }
    tracing::info!(platform = %caller.platform.id, key = %id, "an API key was deleted");
    Ok(HttpResponse::NoContent().finish())
}

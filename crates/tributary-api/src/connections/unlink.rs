//! `PATCH /companies/{companyId}/connections/{connectionId}`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::ConnectionPath;
use crate::state::ApiState;
use actix_web::web::{Bytes, Data};
use tributary_contract::ApiError;
use tributary_contract::connections::UpdateConnectionStatus;
use tributary_db::shown;
use tributary_db::use_cases::{UnlinkRefused, unlink_connection};

/// Unlinks a connection: what was read stays readable, and the merchant may authorise it again.
pub(crate) async fn unlink(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    body: Bytes,
) -> Answer {
    UpdateConnectionStatus::read(&body)?;
    let ConnectionPath { company, connection } = path;
    let (urls, platform_no, now) = (state.settings.urls.clone(), caller.platform_no(), state.clock.now());
    let view = state
        .write(move |conn| {
            let unlinked = unlink_connection(conn, &urls, platform_no, company, connection, now)?;
            Ok(unlinked.map_err(|refused| match refused {
                UnlinkRefused::Unknown(_) => path.not_found(),
                UnlinkRefused::NotLinked(_) => {
                    ApiError::invalid(UpdateConnectionStatus::VALIDATOR, "status", refused.to_string())
                }
            })?)
        })
        .await?;
    tracing::info!(platform = %caller.platform.id, %connection, "a connection was unlinked");
    json(&shown::connection(&state.settings.urls, view))
}

//! `GET` and `POST /corsSettings`, and their deprecated aliases below `connectionManagement`

use super::address;
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::cors::{CorsSettings, VALIDATOR};
use tributary_db::{AnyConn, platform_settings};

/// Origins at most.
const ORIGINS_MAX: usize = 50;

/// The origins whose pages may embed Link.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller) -> Answer {
    let settings = state.read(move |conn| Ok(platform_settings::find(conn, caller.platform_no())?)).await?;
    json(&CorsSettings { allowed_origins: settings.cors_origins })
}

/// Replaces the origins whose pages may embed Link.
pub(crate) async fn set(state: Data<ApiState>, caller: Caller, posted: Posted) -> Answer {
    let allowed_origins = checked(CorsSettings::read(&posted.body)?.allowed_origins)?;
    let store = move |conn: &mut AnyConn, caller: &Caller| {
        platform_settings::set_cors_origins(conn, caller.platform_no(), &allowed_origins)?;
        Reply::ok(&CorsSettings { allowed_origins: allowed_origins.clone() })
    };
    state.post(caller, posted, store).await
}

/// Each origin once, in the form browsers send it in.
fn checked(given: Vec<String>) -> Result<Vec<String>, ApiError> {
    let refused = |message: &str| ApiError::invalid(VALIDATOR, "allowedOrigins", message);
    if given.len() > ORIGINS_MAX {
        return Err(refused("there may be 50 origins at most"));
    }
    let mut origins: Vec<String> = Vec::new();
    for text in given {
        let origin = address::origin(&text).ok_or_else(|| {
            refused(
                "an origin is https, host and perhaps port, as in https://www.example.com; http is accepted only \
                 for this machine (127.0.0.1, ::1, localhost)",
            )
        })?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(origins)
}

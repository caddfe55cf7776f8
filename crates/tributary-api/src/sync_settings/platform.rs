//! `GET` and `POST /profile/syncSettings`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::sync_settings::{PlatformSyncSettings, list, read_for_platform};
use tributary_core::sync_settings::{Level, effective};
use tributary_db::{AnyConn, sync_settings, use_cases};

/// What holds for companies without settings of their own.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller) -> Answer {
    let (platform_no, client_id) = (caller.platform_no(), caller.platform.id);
    let own = state.read(move |conn| Ok(sync_settings::of_platform(conn, platform_no)?)).await?;
    let settings = list(&effective(&own, &Level::default()));
    json(&PlatformSyncSettings { client_id, settings, overrides_defaults: own.overrides })
}

/// Replaces the platform's settings.
pub(crate) async fn set(state: Data<ApiState>, caller: Caller, posted: Posted) -> Answer {
    let now = state.clock.now();
    let level = read_for_platform(&posted.body, caller.platform.id, now)?;
    let set = move |conn: &mut AnyConn, caller: &Caller| {
        use_cases::set_platform_sync_settings(conn, caller.platform_no(), &level, now)?;
        Ok(Reply::no_content())
    };
    state.post(caller, posted, set).await
}

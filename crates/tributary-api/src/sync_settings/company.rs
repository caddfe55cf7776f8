//! `GET` and `POST /companies/{companyId}/syncSettings`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::companies;
use crate::path::CompanyPath;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::sync_settings::{CompanySyncSettings, list, read_for_company};
use tributary_core::sync_settings::effective;
use tributary_db::{AnyConn, sync_settings, use_cases};

/// What holds for a company.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: CompanyPath) -> Answer {
    let platform_no = caller.platform_no();
    let (company_id, above, own) = state
        .read(move |conn| {
            let company = companies::find(conn, platform_no, path)?.id;
            let above = sync_settings::of_platform(conn, platform_no)?;
            Ok((company, above, sync_settings::of_company(conn, platform_no, company)?))
        })
        .await?;
    let settings = list(&effective(&above, &own));
    json(&CompanySyncSettings { company_id, settings, overrides_defaults: own.overrides })
}

/// Replaces a company's settings.
pub(crate) async fn set(state: Data<ApiState>, caller: Caller, path: CompanyPath, posted: Posted) -> Answer {
    let (now, body) = (state.clock.now(), posted.body.clone());
    let set = move |conn: &mut AnyConn, caller: &Caller| {
        let platform_no = caller.platform_no();
        let company = companies::find(conn, platform_no, path)?.id;
        let level = read_for_company(&body, company, now)?;
        use_cases::set_company_sync_settings(conn, platform_no, company, &level, now)?
            .map_err(|locked| ApiError::invalid("SyncSettings", "settings", locked.to_string()))?;
        Ok(Reply::no_content())
    };
    state.post(caller, posted, set).await
}

//! `GET` and `POST /companies/{companyId}/syncSettings`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::companies;
use crate::path::CompanyPath;
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data};
use tributary_contract::ApiError;
use tributary_contract::sync_settings::{CompanySyncSettings, list, read_for_company};
use tributary_core::sync_settings::effective;
use tributary_db::{sync_settings, use_cases};

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
pub(crate) async fn set(state: Data<ApiState>, caller: Caller, path: CompanyPath, body: Bytes) -> Answer {
    let (platform_no, now) = (caller.platform_no(), state.clock.now());
    state
        .write(move |conn| {
            let company = companies::find(conn, platform_no, path)?.id;
            let level = read_for_company(&body, company, now)?;
            let set = use_cases::set_company_sync_settings(conn, platform_no, company, &level, now)?;
            Ok(set.map_err(|locked| ApiError::invalid("SyncSettings", "settings", locked.to_string()))?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

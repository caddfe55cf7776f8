//! `POST /companies/{companyId}/connections`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::path::CompanyPath;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::connections::ConnectionRequest;
use tributary_core::ids::{CompanyId, PlatformNo};
use tributary_core::{Millis, PlatformKey, PublicUrls};
use tributary_db::AnyConn;
use tributary_db::connections::ConnectionView;
use tributary_db::shown;
use tributary_db::use_cases::{ConnectionRefused, create_connection};

/// Creates a connection that awaits the merchant's authorization.
pub(crate) async fn create(
    state: Data<ApiState>,
    caller: Caller,
    CompanyPath(company): CompanyPath,
    posted: Posted,
) -> Answer {
    let key = ConnectionRequest::read(&posted.body)?.platform_key;
    let (urls, now) = (state.settings.urls.clone(), state.clock.now());
    let store = move |conn: &mut AnyConn, caller: &Caller| {
        let view = store(conn, &urls, caller.platform_no(), company, key, now)?;
        Reply::ok(&shown::connection(&urls, view))
    };
    state.post(caller, posted, store).await
}

/// Stores a connection. An integration that was never set, or is switched off, answers like a missing one.
pub(crate) fn store(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    platform_no: PlatformNo,
    company: CompanyId,
    key: PlatformKey,
    now: Millis,
) -> Result<ConnectionView, Failure> {
    let refused = |refused| match refused {
        ConnectionRefused::UnknownCompany(id) => ApiError::CompanyNotFound(id.to_string()),
        ConnectionRefused::NotSet(key) | ConnectionRefused::Disabled(key) => {
            ApiError::IntegrationNotFound(key.to_string())
        }
    };
    Ok(create_connection(conn, urls, platform_no, company, key, now)?.map_err(refused)?)
}

//! `DELETE /companies/{companyId}`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::path::CompanyPath;
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_db::use_cases::delete_company;

/// Deletes a company with its connections and all that was read from them, for good. From the answer on nothing of it
/// can be read; the worker deletes the data.
pub(crate) async fn delete(state: Data<ApiState>, caller: Caller, CompanyPath(id): CompanyPath) -> Answer {
    let (urls, platform_no, now) = (state.settings.urls.clone(), caller.platform_no(), state.clock.now());
    state
        .write(move |conn| match delete_company(conn, &urls, platform_no, id, now)? {
            true => Ok(()),
            false => Err(ApiError::CompanyNotFound(id.to_string()).into()),
        })
        .await?;
    tracing::info!(platform = %caller.platform.id, company = %id, "a company was deleted");
    Ok(HttpResponse::NoContent().finish())
}

//! `PUT` and `PATCH /companies/{companyId}`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::path::CompanyPath;
use crate::state::ApiState;
use actix_web::web::{Bytes, Data};
use tributary_contract::ApiError;
use tributary_contract::companies::{self, CompanyRequest, CompanyUpdateRequest};
use tributary_db::use_cases::{ChangeRefused, CompanyChange, change_company};
use tributary_db::{connections, shown};

/// Replaces what is known of a company: what the body leaves out is cleared.
pub(crate) async fn replace(state: Data<ApiState>, caller: Caller, path: CompanyPath, body: Bytes) -> Answer {
    let CompanyRequest { name, description, tags, .. } = CompanyRequest::read(&body)?;
    let change = CompanyChange { name: Some(name), description: Some(description), tags: Some(tags) };
    store(&state, caller, path, change).await
}

/// Changes what the body names: what is absent or null stays, and `{}` removes all tags.
pub(crate) async fn update(state: Data<ApiState>, caller: Caller, path: CompanyPath, body: Bytes) -> Answer {
    let CompanyUpdateRequest { name, description, tags } = CompanyUpdateRequest::read(&body)?;
    let change = CompanyChange { name, description: description.map(Some), tags };
    store(&state, caller, path, change).await
}

async fn store(
    state: &ApiState,
    caller: Caller,
    CompanyPath(id): CompanyPath,
    change: CompanyChange,
) -> Answer {
    let platform_no = caller.platform_no();
    let (company, connections) = state
        .write(move |conn| {
            let changed = change_company(conn, platform_no, id, change.clone())?;
            let company = changed.map_err(|refused| match refused {
                ChangeRefused::Unknown(id) => Failure::Refused(ApiError::CompanyNotFound(id.to_string())),
                ChangeRefused::Company(refused) => super::refused(companies::UPDATE, &refused).into(),
            })?;
            let connections = connections::list_for_companies(conn, platform_no, &[id])?;
            Ok((company, connections))
        })
        .await?;
    json(&shown::company(&state.settings.urls, company, connections))
}

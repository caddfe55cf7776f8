//! `GET /companies/{companyId}`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::CompanyPath;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_db::connections;
use tributary_db::shown;

/// A company with all its connections.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: CompanyPath) -> Answer {
    let (company, connections) = state
        .read(move |conn| {
            let company = super::find(conn, caller.platform_no(), path)?;
            let connections = connections::list_for_companies(conn, caller.platform_no(), &[company.id])?;
            Ok((company, connections))
        })
        .await?;
    json(&shown::company(&state.settings.urls, company, connections))
}

//! `GET /companies/{companyId}`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::CompanyPath;
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_db::connections;

/// A company with all its connections.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: CompanyPath) -> Answer {
    let (company, connections) = state
        .read(move |conn| {
            let company = super::find(conn, caller.platform_no(), path)?;
            let connections = connections::list_for_companies(conn, caller.platform_no(), &[company.id])?;
            Ok((company, connections))
        })
        .await?;
    json(&present::company(&state.settings, company, connections))
}

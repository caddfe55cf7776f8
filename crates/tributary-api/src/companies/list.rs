//! `GET /companies`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::list::ListRequest;
use crate::state::ApiState;
use actix_web::web::Data;
use std::collections::HashMap;
use tributary_core::ids::CompanyId;
use tributary_db::companies;
use tributary_db::connections::{self, ConnectionView};
use tributary_db::shown;

/// The platform's companies, the newest first unless another order is asked for, each with all its connections.
pub(crate) async fn list(state: Data<ApiState>, caller: Caller, list: ListRequest) -> Answer {
    let (query, tags) = (list.of(companies::FIELDS)?, list.tags()?);
    let (companies, total, connections) = state
        .read(move |conn| {
            let (companies, total) = companies::select(conn, caller.platform_no(), &query, &tags)?;
            let ids: Vec<CompanyId> = companies.iter().map(|company| company.id).collect();
            let connections = connections::list_for_companies(conn, caller.platform_no(), &ids)?;
            Ok((companies, total, connections))
        })
        .await?;
    let mut of: HashMap<CompanyId, Vec<ConnectionView>> = HashMap::new();
    for view in connections {
        of.entry(view.connection.company_id).or_default().push(view);
    }
    let results = companies.into_iter().map(|company| {
        let connections = of.remove(&company.id).unwrap_or_default();
        shown::company(&state.settings.urls, company, connections)
    });
    list.answer((results.collect(), total))
}

//! `GET /companies/{companyId}/connections`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::companies;
use crate::list::ListRequest;
use crate::path::CompanyPath;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_db::connections;
use tributary_db::shown;

/// A company's connections, the newest first unless another order is asked for.
pub(crate) async fn list(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    list: ListRequest,
) -> Answer {
    let query = list.of(connections::FIELDS)?;
    let (views, total) = state
        .read(move |conn| {
            let company = companies::find(conn, caller.platform_no(), path)?;
            Ok(connections::select(conn, caller.platform_no(), company.id, &query)?)
        })
        .await?;
    let results = views.into_iter().map(|view| shown::connection(&state.settings.urls, view));
    list.answer((results.collect(), total))
}

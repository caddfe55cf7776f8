//! `GET /companies/{companyId}/data/history`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::list::ListRequest;
use crate::path::CompanyPath;
use crate::state::ApiState;
use crate::{companies, present};
use actix_web::web::Data;
use tributary_db::datasets;

/// A company's datasets, the latest request first unless another order is asked for.
pub(crate) async fn history_list(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    list: ListRequest,
) -> Answer {
    let query = list.of(datasets::FIELDS)?;
    let (rows, total) = state
        .read(move |conn| {
            let company = companies::find(conn, caller.platform_no(), path)?;
            Ok(datasets::select(conn, caller.platform_no(), company.id, &query)?)
        })
        .await?;
    list.answer((rows.into_iter().map(present::dataset).collect(), total))
}

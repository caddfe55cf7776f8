//! `GET /companies/{companyId}/dataStatus`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::CompanyPath;
use crate::state::ApiState;
use crate::{companies, present};
use actix_web::web::Data;
use tributary_contract::datasets::DataStatuses;
use tributary_db::datasets;

/// How each of a company's data types stands, over all its connections.
pub(crate) async fn status(state: Data<ApiState>, caller: Caller, path: CompanyPath) -> Answer {
    let statuses = state
        .read(move |conn| {
            let company = companies::find(conn, caller.platform_no(), path)?;
            Ok(datasets::latest_by_type(conn, caller.platform_no(), company.id)?)
        })
        .await?;
    let by_type = statuses.into_iter().map(|status| (status.data_type, present::data_status(&status)));
    json(&by_type.collect::<DataStatuses>())
}

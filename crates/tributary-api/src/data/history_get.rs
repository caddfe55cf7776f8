//! `GET /companies/{companyId}/data/history/{datasetId}`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::DatasetPath;
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_db::datasets;

/// One of a company's datasets.
pub(crate) async fn history_get(state: Data<ApiState>, caller: Caller, path: DatasetPath) -> Answer {
    let dataset = state
        .read(move |conn| Ok(datasets::find(conn, caller.platform_no(), path.company, path.dataset)?))
        .await?;
    let dataset = dataset.ok_or_else(|| ApiError::DatasetNotFound(path.dataset.to_string()))?;
    json(&present::dataset(dataset))
}

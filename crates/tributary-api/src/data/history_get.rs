//! `GET /companies/{companyId}/data/history/{datasetId}`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::DatasetPath;
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;

/// One of a company's datasets.
pub(crate) async fn history_get(state: Data<ApiState>, caller: Caller, path: DatasetPath) -> Answer {
    let dataset = state.read(move |conn| super::find(conn, caller.platform_no(), path)).await?;
    json(&present::dataset(dataset))
}

//! `GET /companies/{companyId}/sync/{datasetId}/validation`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::DatasetPath;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::validation::{ValidationResult, ValidationResultItem};
use tributary_db::findings::Finding;

/// What was found wrong with a dataset's records.
pub(crate) async fn validation(state: Data<ApiState>, caller: Caller, path: DatasetPath) -> Answer {
    let dataset = state.read(move |conn| super::find(conn, caller.platform_no(), path)).await?;
    let shown = |found: Vec<Finding>| found.into_iter().map(item).collect();
    json(&ValidationResult { errors: shown(dataset.errors), warnings: shown(dataset.warnings) })
}

fn item(finding: Finding) -> ValidationResultItem {
    ValidationResultItem {
        rule_id: finding.rule_id,
        item_id: finding.item_id,
        message: finding.message,
        validator_name: finding.validator_name,
    }
}

//! Asking for data, and how it stands.

use super::entry::{Entry, get, post};
use super::tag::Tag::RefreshData;
use crate::data;
use tributary_contract::datasets::{DataStatuses, PullOperation};
use tributary_contract::validation::ValidationResult;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        post("/companies/{companyId}/data/all", data::refresh_all)
            .operation(RefreshData, "refresh-company-data", "Refresh all data")
            .says(
                "Asks for every data type of each of a company's linked connections. What is under way already goes \
                 on.",
            )
            .answers_nothing(204),
        post("/companies/{companyId}/data/queue/{dataType}", data::queue)
            .operation(RefreshData, "refresh-data-type", "Refresh data type")
            .says(
                "Asks for one data type, of the connection named or of all of a company's linked ones. While a pull \
                 of it is under way, another is refused. `all`, without a connection, asks as Refresh all data does, \
                 and is answered so.",
            )
            .query("connectionId", "The connection; all linked ones where it is left out.")
            .answers::<PullOperation>(200),
        get("/companies/{companyId}/dataStatus", data::status)
            .operation(RefreshData, "get-company-data-status", "Get data status")
            .says("Gives how each of a company's data types stands, over all its connections.")
            .answers::<DataStatuses>(200),
        get("/companies/{companyId}/data/history", data::history_list)
            .operation(RefreshData, "list-pull-operations", "List pull operations")
            .says("Lists a company's datasets, the latest request first.")
            .lists::<PullOperation>(),
        get("/companies/{companyId}/data/history/{datasetId}", data::history_get)
            .operation(RefreshData, "get-pull-operation", "Get pull operation")
            .says("Gives one of a company's datasets.")
            .answers::<PullOperation>(200),
        get("/companies/{companyId}/sync/{datasetId}/validation", data::validation)
            .operation(RefreshData, "get-read-validation-results", "Get validation results")
            .says(
                "Gives what was found wrong with a dataset's records: errors failed it, warnings did not. Of many \
                 findings the first hundred are listed, and how many more there are.",
            )
            .answers::<ValidationResult>(200),
    ]
}

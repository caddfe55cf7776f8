//! Datasets: pulls of one data type, and what is known of each data type.

use serde::Serialize;
use std::collections::BTreeMap;
use tributary_core::ids::{CompanyId, ConnectionId, DatasetId};
use tributary_core::state::DatasetStatus;
use tributary_core::{DataType, Millis};
use utoipa::ToSchema;

/// One pull of one data type; Codat calls it a pull operation or a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PullOperation {
    /// Its id.
    pub id: DatasetId,
    /// The company it is for.
    pub company_id: CompanyId,
    /// The connection it pulls from.
    pub connection_id: ConnectionId,
    /// What it pulls.
    pub data_type: DataType,
    /// Where it stands; `isCompleted` (it succeeded) and `isErrored` follow from it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_description: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// When it was asked for.
    pub requested: Millis,
    /// When it ended; left out until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<Millis>,
    /// How much of it is done: 0 to 100.
    pub progress: u8,
}

/// A dataset's status and the two flags that follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Where it stands.
    status: DatasetStatus,
    /// Whether it succeeded.
    is_completed: bool,
    /// Whether it failed.
    is_errored: bool,
}

impl From<DatasetStatus> for Outcome {
    fn from(status: DatasetStatus) -> Self {
        let is_completed = status == DatasetStatus::Complete;
        Outcome { status, is_completed, is_errored: status.is_errored() }
    }
}

/// What is known of a company's data type. Data types that were never asked for are left out of the map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataStatus {
    /// The data type.
    pub data_type: DataType,
    /// When a dataset of it last completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_successful_sync: Option<Millis>,
    /// The status of the latest dataset.
    pub current_status: DatasetStatus,
    /// The latest dataset.
    pub latest_sync_id: DatasetId,
    /// The latest dataset that completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_successful_sync_id: Option<DatasetId>,
}

/// What is known of each of a company's data types, by its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DataStatuses(BTreeMap<DataType, DataStatus>);

impl FromIterator<(DataType, DataStatus)> for DataStatuses {
    fn from_iter<I: IntoIterator<Item = (DataType, DataStatus)>>(statuses: I) -> Self {
        DataStatuses(statuses.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATASET: &str = "97d60846-f07a-4d42-b5a0-0bdcc6ebf56b";

    fn operation(status: DatasetStatus) -> PullOperation {
        PullOperation {
            id: DATASET.parse().unwrap(),
            company_id: "1b0c1b0c-3c0b-4a51-9d0c-2f0f3a0d9b11".parse().unwrap(),
            connection_id: "7d6b1f6e-3c0b-4a51-9d0c-2f0f3a0d9b11".parse().unwrap(),
            data_type: DataType::Transactions,
            outcome: status.into(),
            status_description: None,
            error_message: None,
            requested: Millis(1_793_096_400_000),
            completed: None,
            progress: 0,
        }
    }

    #[test]
    fn a_queued_dataset_has_neither_ended_nor_failed() {
        assert_eq!(
            serde_json::to_string(&operation(DatasetStatus::Queued)).unwrap(),
            r#"{"id":"97d60846-f07a-4d42-b5a0-0bdcc6ebf56b","companyId":"1b0c1b0c-3c0b-4a51-9d0c-2f0f3a0d9b11","connectionId":"7d6b1f6e-3c0b-4a51-9d0c-2f0f3a0d9b11","dataType":"commerce-transactions","status":"Queued","isCompleted":false,"isErrored":false,"requested":"2026-10-27T10:20:00Z","progress":0}"#
        );
    }

    #[test]
    fn only_complete_is_completed_and_only_failures_are_errored() {
        for status in DatasetStatus::ALL {
            let json = serde_json::to_value(operation(*status)).unwrap();
            assert_eq!(json["status"], status.as_str());
            assert_eq!(json["isCompleted"], *status == DatasetStatus::Complete);
            assert_eq!(json["isErrored"], status.as_str().ends_with("Error"));
        }
    }

    #[test]
    fn data_statuses_are_a_map_by_key_without_what_never_succeeded() {
        let status = DataStatus {
            data_type: DataType::Payments,
            last_successful_sync: None,
            current_status: DatasetStatus::Fetching,
            latest_sync_id: DATASET.parse().unwrap(),
            latest_successful_sync_id: None,
        };
        assert_eq!(
            serde_json::to_string(&DataStatuses::from_iter([(DataType::Payments, status)])).unwrap(),
            r#"{"commerce-payments":{"dataType":"commerce-payments","currentStatus":"Fetching","latestSyncId":"97d60846-f07a-4d42-b5a0-0bdcc6ebf56b"}}"#
        );
    }
}

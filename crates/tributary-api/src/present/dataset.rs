use tributary_contract::datasets::{DataStatus, PullOperation};
use tributary_db::datasets::{Dataset, TypeStatus};

/// One pull of one data type.
pub(crate) fn dataset(dataset: Dataset) -> PullOperation {
    PullOperation {
        id: dataset.id,
        company_id: dataset.company_id,
        connection_id: dataset.connection_id,
        data_type: dataset.data_type,
        outcome: dataset.status.into(),
        status_description: dataset.status_description,
        error_message: dataset.error_message,
        requested: dataset.requested,
        completed: dataset.completed,
        progress: u8::try_from(dataset.progress.clamp(0, 100)).unwrap_or(100),
    }
}

/// How a data type stands.
pub(crate) fn data_status(status: &TypeStatus) -> DataStatus {
    let successful = status.latest_successful.as_ref();
    DataStatus {
        data_type: status.data_type,
        last_successful_sync: successful.and_then(|dataset| dataset.completed),
        current_status: status.latest.status,
        latest_sync_id: status.latest.id,
        latest_successful_sync_id: successful.map(|dataset| dataset.id),
    }
}

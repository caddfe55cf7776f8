//! Asking for data: everything, or one data type.

use crate::conn::AnyConn;
use crate::connections;
use crate::datasets::{self, Dataset, InProgress};
use crate::error::DbError;
use crate::sync_settings;
use tributary_core::ids::{CompanyId, ConnectionId, DatasetId, PlatformNo};
use tributary_core::state::{ConnectionStatus, RunReason};
use tributary_core::{DataType, Millis};

/// Why a data type can't be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshRefused {
    /// No connection is Linked, or the one named isn't.
    #[error("there is no linked connection to read from")]
    NoLinkedConnection,
    /// The company has no such connection.
    #[error("Data connection {0} not found")]
    UnknownConnection(ConnectionId),
    /// Every connection in question is pulling it already.
    #[error("the data type is being pulled already, by dataset {dataset_id}")]
    InProgress {
        /// A connection that is pulling it.
        connection_id: ConnectionId,
        /// The dataset under way there.
        dataset_id: DatasetId,
    },
}

/// Queues every data type that is fetched on linking, of each of a company's Linked connections; what is being pulled
/// already is left to go on. Returns what was queued.
pub fn refresh_all(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    now: Millis,
) -> Result<Vec<Dataset>, DbError> {
    let types = sync_settings::in_force(conn, platform_no, company_id)?.fetched_on_link();
    let mut queued = Vec::new();
    for connection in connections::linked(conn, platform_no, company_id)? {
        for data_type in &types {
            queued.extend(datasets::queue(conn, &connection, *data_type, RunReason::Requested, now)?.ok());
        }
    }
    Ok(queued)
}

/// Queues one data type, of one connection or of all of a company's Linked ones. Returns the first dataset
/// queued; refused as in progress only if there is none.
pub fn refresh_type(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    data_type: DataType,
    connection: Option<ConnectionId>,
    now: Millis,
) -> Result<Result<Dataset, RefreshRefused>, DbError> {
    let connections = match connection {
        None => connections::linked(conn, platform_no, company_id)?,
        Some(id) => match connections::find(conn, platform_no, company_id, id)? {
            None => return Ok(Err(RefreshRefused::UnknownConnection(id))),
            Some(connection) if connection.status == ConnectionStatus::Linked => vec![connection],
            Some(_) => Vec::new(),
        },
    };
    let (mut queued, mut refused) = (None, RefreshRefused::NoLinkedConnection);
    for connection in &connections {
        match datasets::queue(conn, connection, data_type, RunReason::Requested, now)? {
            Ok(dataset) => queued = queued.or(Some(dataset)),
            Err(InProgress { dataset_id }) => {
                refused = RefreshRefused::InProgress { connection_id: connection.id, dataset_id };
            }
        }
    }
    Ok(queued.ok_or(refused))
}

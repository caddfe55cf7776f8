//! Asking for data: everything, or one data type.

use crate::conn::AnyConn;
use crate::connections::{self, Connection};
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
    /// The connection named is paused, or every Linked one of the company's is.
    #[error("connection {0} is paused: resume it first")]
    Paused(ConnectionId),
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

/// Queues every data type that is fetched on linking, of each of a company's Linked connections but paused ones; what is
/// being pulled already is left to go on. Returns what was queued; refused only if all that could be read is paused.
pub fn refresh_all(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    now: Millis,
) -> Result<Result<Vec<Dataset>, RefreshRefused>, DbError> {
    let types = sync_settings::in_force(conn, platform_no, company_id)?.fetched_on_link();
    let linked = connections::linked(conn, platform_no, company_id)?;
    let (paused, read): (Vec<Connection>, Vec<Connection>) =
        linked.into_iter().partition(|connection| connection.paused.is_some());
    if let (Some(paused), true) = (paused.first(), read.is_empty()) {
        return Ok(Err(RefreshRefused::Paused(paused.id)));
    }
    let mut queued = Vec::new();
    for connection in &read {
        queued.extend(queue_types(conn, connection, &types, now)?);
    }
    Ok(Ok(queued))
}

/// As [`refresh_all`], for one connection.
pub fn refresh_connection(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
    now: Millis,
) -> Result<Result<Vec<Dataset>, RefreshRefused>, DbError> {
    let Some(connection) = connections::find(conn, platform_no, company_id, id)? else {
        return Ok(Err(RefreshRefused::UnknownConnection(id)));
    };
    if connection.status != ConnectionStatus::Linked {
        return Ok(Err(RefreshRefused::NoLinkedConnection));
    }
    if connection.paused.is_some() {
        return Ok(Err(RefreshRefused::Paused(id)));
    }
    let types = sync_settings::in_force(conn, platform_no, company_id)?.fetched_on_link();
    Ok(Ok(queue_types(conn, &connection, &types, now)?))
}

/// Queues those of the types that aren't under way.
fn queue_types(
    conn: &mut AnyConn,
    connection: &Connection,
    types: &[DataType],
    now: Millis,
) -> Result<Vec<Dataset>, DbError> {
    let mut queued = Vec::new();
    for data_type in types {
        queued.extend(datasets::queue(conn, connection, *data_type, RunReason::Requested, now)?.ok());
    }
    Ok(queued)
}

/// Queues one data type, of one connection or of all of a company's Linked ones but paused ones. Returns the first
/// dataset queued; refused as in progress, or as paused, only if there is none.
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
        if connection.paused.is_some() {
            if refused == RefreshRefused::NoLinkedConnection {
                refused = RefreshRefused::Paused(connection.id);
            }
            continue;
        }
        match datasets::queue(conn, connection, data_type, RunReason::Requested, now)? {
            Ok(dataset) => queued = queued.or(Some(dataset)),
            Err(InProgress { dataset_id }) => {
                refused = RefreshRefused::InProgress { connection_id: connection.id, dataset_id };
            }
        }
    }
    Ok(queued.ok_or(refused))
}

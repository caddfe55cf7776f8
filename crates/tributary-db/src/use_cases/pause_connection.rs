//! Pausing the reading of a connection, resuming it, and cancelling what is being read (rule E11).

use super::end_reading::end_reading;
use crate::conn::AnyConn;
use crate::connections::{self, Connection, ConnectionView};
use crate::datasets::{self, Dataset};
use crate::error::DbError;
use crate::{leases, schedules};
use tributary_core::ids::{CompanyId, ConnectionId, PlatformNo};
use tributary_core::state::{ConnectionStatus, DatasetStatus};
use tributary_core::{Millis, PublicUrls};

/// What a dataset of a paused connection waits for.
pub const PAUSED: &str = "Paused: the connection is read again when it is resumed";

/// Why what is asked of a connection's reading can't be done. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlRefused {
    /// The company has no such connection.
    #[error("Data connection {0} not found")]
    Unknown(ConnectionId),
    /// It isn't Linked, so that nothing is read of it.
    #[error("only a Linked connection can be paused: this one is {0}")]
    NotLinked(ConnectionStatus),
}

/// Pauses a Linked connection: a worker in the middle of a run is refused at its next write, nothing is read and no
/// schedule counts until it is resumed. What is being read waits and goes on from there. A paused one stays as it is.
pub fn pause_connection(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
    now: Millis,
) -> Result<Result<ConnectionView, ControlRefused>, DbError> {
    let Some(connection) = lock(conn, platform_no, company_id, id)? else {
        return Ok(Err(ControlRefused::Unknown(id)));
    };
    if connection.status != ConnectionStatus::Linked {
        return Ok(Err(ControlRefused::NotLinked(connection.status)));
    }
    if connection.paused.is_none() {
        leases::take_away(conn, connection.no)?;
        connections::set_paused(conn, connection.no, Some(now), now)?;
        datasets::describe_active(conn, connection.no, Some(PAUSED))?;
        schedules::look_now(conn, connection.no)?;
    }
    view(conn, platform_no, company_id, id)
}

/// Lets a paused connection be read again: what waited goes on, and what is due meanwhile is due now. One that isn't
/// paused stays as it is.
pub fn resume_connection(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
    now: Millis,
) -> Result<Result<ConnectionView, ControlRefused>, DbError> {
    let Some(connection) = lock(conn, platform_no, company_id, id)? else {
        return Ok(Err(ControlRefused::Unknown(id)));
    };
    if connection.paused.is_some() {
        connections::set_paused(conn, connection.no, None, now)?;
        datasets::describe_active(conn, connection.no, None)?;
        schedules::look_now(conn, connection.no)?;
    }
    view(conn, platform_no, company_id, id)
}

/// Ends all that is being read of a connection or waits for it as Cancelled, and tells of it. What was stored stays, and
/// a worker in the middle of a run is refused at its next write. Returns what was cancelled, which may be nothing.
pub fn cancel_reading(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
    now: Millis,
) -> Result<Result<Vec<Dataset>, ControlRefused>, DbError> {
    let Some(connection) = lock(conn, platform_no, company_id, id)? else {
        return Ok(Err(ControlRefused::Unknown(id)));
    };
    let active = datasets::active_of(conn, connection.no)?;
    if active.is_empty() {
        return Ok(Ok(active));
    }
    leases::take_away(conn, connection.no)?;
    let how = (DatasetStatus::Cancelled, "the reading was cancelled");
    end_reading(conn, urls, connection.no, how, now)?;
    let ids: Vec<String> = active.iter().map(|dataset| dataset.id.to_string()).collect();
    Ok(Ok(datasets::of_ids(conn, connection.no, &ids)?))
}

/// The platform's connection, locked as commits lock it.
fn lock(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
) -> Result<Option<Connection>, DbError> {
    let Some(found) = connections::find(conn, platform_no, company_id, id)? else { return Ok(None) };
    connections::lock_for_severing(conn, found.no)
}

fn view(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
) -> Result<Result<ConnectionView, ControlRefused>, DbError> {
    Ok(connections::find_view(conn, platform_no, company_id, id)?.ok_or(ControlRefused::Unknown(id)))
}

//! Severing a connection without deleting it.

use super::delete_connection::{is_authorized, release};
use super::end_reading::end_reading;
use crate::conn::AnyConn;
use crate::connections::{self, ConnectionView};
use crate::error::DbError;
use crate::events::inbox;
use crate::messages::{Event, emit};
use crate::{credentials, leases};
use tributary_core::ids::{CompanyId, ConnectionId, PlatformNo};
use tributary_core::state::{ConnectionStatus, DatasetStatus};
use tributary_core::{Millis, PublicUrls};

/// Why a connection can't be unlinked. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnlinkRefused {
    /// The company has no such connection.
    #[error("Data connection {0} not found")]
    Unknown(ConnectionId),
    /// It isn't Linked.
    #[error("only a Linked connection can be unlinked: this one is {0}")]
    NotLinked(ConnectionStatus),
}

/// Makes a Linked connection Unlinked: its credential is destroyed, its active datasets are cancelled, and a worker in
/// the middle of a run is refused at its next write. What was read stays readable, and the merchant may authorise it
/// again.
pub fn unlink_connection(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
    now: Millis,
) -> Result<Result<ConnectionView, UnlinkRefused>, DbError> {
    let unknown = Ok(Err(UnlinkRefused::Unknown(id)));
    let Some(found) = connections::find(conn, platform_no, company_id, id)? else { return unknown };
    let Some(connection) = connections::lock_for_severing(conn, found.no)? else { return unknown };
    if connection.status != ConnectionStatus::Linked {
        return Ok(Err(UnlinkRefused::NotLinked(connection.status)));
    }
    let authorized = is_authorized(conn, &connection)?;
    leases::take_away(conn, connection.no)?;
    connections::set_unlinked(conn, connection.no, now)?;
    credentials::destroy(conn, connection.no, now)?;
    inbox::forget_waiting(conn, connection.no)?;
    if authorized {
        release(conn, &connection, now)?;
    }
    emit(conn, urls, Event::ConnectionDisconnected(connection.no), now)?;
    let how = (DatasetStatus::Cancelled, "the connection was unlinked");
    end_reading(conn, urls, connection.no, how, now)?;
    Ok(connections::find_view(conn, platform_no, company_id, id)?.ok_or(UnlinkRefused::Unknown(id)))
}

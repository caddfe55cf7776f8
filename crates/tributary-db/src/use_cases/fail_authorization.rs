//! Noting that an authorization failed.

use crate::conn::AnyConn;
use crate::connection_errors::ConnectionError;
use crate::connections::{self, Connection};
use crate::error::DbError;
use crate::messages::{Event, emit};
use tributary_core::{Millis, PublicUrls};

/// Stores why an authorization failed. The connection stays what it was: one that is Linked keeps working. Of one
/// that was deleted meanwhile nothing is noted.
pub fn fail_authorization(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    connection: &Connection,
    error: ConnectionError,
    now: Millis,
) -> Result<(), DbError> {
    if connections::record_error(conn, connection.no, error, now)? {
        emit(conn, urls, Event::ConnectionFailed(connection.no), now)?;
    }
    Ok(())
}

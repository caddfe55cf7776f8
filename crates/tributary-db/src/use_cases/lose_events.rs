//! Events that can't be had any more.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::events::feeds;
use crate::{connections, datasets};
use tributary_core::Millis;
use tributary_core::ids::ConnectionNo;
use tributary_core::state::RunReason;

/// Queues a whole read of every data type that was ever asked for: more time has passed than Stripe keeps events, or
/// Stripe no longer knows the last one that was listed. Listing goes on from where that read begins. Says how many
/// data types were queued.
pub fn lose_events(conn: &mut AnyConn, connection_no: ConnectionNo, now: Millis) -> Result<usize, DbError> {
    let Some(connection) = connections::find_by_no(conn, connection_no)? else { return Ok(0) };
    feeds::start_anew(conn, connection_no)?;
    let mut queued = 0;
    for latest in datasets::latest_of(conn, connection_no)? {
        let asked = datasets::queue(conn, &connection, latest.data_type, RunReason::EventsLost, now)?;
        queued += usize::from(asked.is_ok());
    }
    Ok(queued)
}

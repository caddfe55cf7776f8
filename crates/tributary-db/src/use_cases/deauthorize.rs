//! Losing access at Stripe.

use super::end_reading::end_reading;
use crate::conn::AnyConn;
use crate::connection_errors::ConnectionError;
use crate::error::DbError;
use crate::events::inbox;
use crate::messages::{Event, emit};
use crate::{connections, credentials};
use tributary_core::ids::{ConnectionNo, CredentialId};
use tributary_core::state::{ConnectionStatus, DatasetStatus};
use tributary_core::{Millis, PublicUrls};

/// Makes a Linked connection Deauthorized: records the reason, destroys its credential and ends what
/// it reads and waits for with AuthError (rule E10). Says whether it did.
///
/// `credential` is the one that Stripe refused. Where another is in use by now, the merchant has authorised
/// anew meanwhile, and nothing is changed.
pub fn deauthorize(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    connection_no: ConnectionNo,
    credential: CredentialId,
    error: ConnectionError,
    now: Millis,
) -> Result<bool, DbError> {
    let Some(connection) = connections::lock(conn, connection_no)? else { return Ok(false) };
    let in_use = credentials::in_use(conn, connection_no)?.map(|in_use| in_use.id);
    if connection.status != ConnectionStatus::Linked || in_use != Some(credential) {
        return Ok(false);
    }
    let message = error.error_message.clone();
    connections::set_deauthorized(conn, &connection, error, now)?;
    credentials::destroy(conn, connection_no, now)?;
    inbox::forget_waiting(conn, connection_no)?;
    emit(conn, urls, Event::ConnectionDisconnected(connection_no), now)?;
    end_reading(conn, urls, connection_no, (DatasetStatus::AuthError, &message), now)?;
    Ok(true)
}

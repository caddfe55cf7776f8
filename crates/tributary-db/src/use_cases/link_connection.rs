//! Linking a connection: an authorization succeeded, or a key was accepted.

use crate::conn::AnyConn;
use crate::connections::{self, Connection};
use crate::credentials::{self, NewCredential};
use crate::datasets::{self, InProgress};
use crate::error::DbError;
use crate::events::feeds;
use crate::messages::{Event, emit};
use crate::vault::Vault;
use crate::{initial_reads, revocations, schedules, sync_settings};
use tributary_core::state::{ConnectionStatus, CredentialKind, RunReason};
use tributary_core::{Millis, PublicUrls};

/// A connection was linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Whether it had no account before.
    pub first: bool,
}

/// Why a connection can't be linked. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefused {
    /// The connection holds another account's data.
    #[error("the connection belongs to another Stripe account: authorise the account it was first linked to")]
    AccountDiffers,
    /// The connection was deleted meanwhile.
    #[error("the connection was deleted")]
    Deleted,
}

/// Makes a connection Linked: stores its credential in place of the one before, resolves its errors and queues
/// every data type that is fetched on linking and isn't being pulled already. The account is fixed by the first time.
pub fn link_connection(
    conn: &mut AnyConn,
    vault: &Vault,
    urls: &PublicUrls,
    connection: &Connection,
    credential: NewCredential,
    now: Millis,
) -> Result<Result<Linked, LinkRefused>, DbError> {
    let Some(connection) = connections::lock(conn, connection.no)? else {
        return Ok(Err(LinkRefused::Deleted));
    };
    if connection.account_id.as_ref().is_some_and(|account| *account != credential.account_id) {
        return Ok(Err(LinkRefused::AccountDiffers));
    }
    connections::set_linked(conn, &connection, &credential.account_id, now)?;
    if credential.kind == CredentialKind::ConnectOauth {
        revocations::withdraw(conn, connection.integration_id, &credential.account_id)?;
    }
    credentials::replace(conn, vault, &connection, credential, now)?;
    schedules::look_now(conn, connection.no)?;
    feeds::forgive(conn, connection.no)?;
    let settings = sync_settings::in_force(conn, connection.platform_no, connection.company_id)?;
    let mut awaited = Vec::new();
    for data_type in settings.fetched_on_link() {
        awaited.push(match datasets::queue(conn, &connection, data_type, RunReason::Initial, now)? {
            Ok(queued) => queued.id,
            // What is under way goes on with the new credential.
            Err(InProgress { dataset_id }) => dataset_id,
        });
    }
    initial_reads::await_all(conn, connection.no, now, &awaited)?;
    match connection.status {
        ConnectionStatus::PendingAuth => emit(conn, urls, Event::ConnectionConnected(connection.no), now)?,
        ConnectionStatus::Unlinked | ConnectionStatus::Deauthorized => {
            emit(conn, urls, Event::ConnectionReconnected(connection.no), now)?;
        }
        // It worked before, and works on.
        ConnectionStatus::Linked => {}
    }
    Ok(Ok(Linked { first: connection.account_id.is_none() }))
}

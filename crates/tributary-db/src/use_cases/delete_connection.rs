//! Deleting a connection, or a company with all of its connections.

use crate::conn::AnyConn;
use crate::connections::{self, Connection};
use crate::error::DbError;
use crate::messages::{Event, emit};
use crate::{
    companies, credentials, deletions, integrations, leases, revocations, schedules, webhook_secrets,
};
use std::collections::BTreeSet;
use tributary_core::ids::{CompanyId, ConnectionId, PlatformNo};
use tributary_core::state::CredentialKind;
use tributary_core::{Millis, PublicUrls};

/// Deletes a connection for good; says whether the platform's company had it. From then on nothing finds it, its
/// credentials are gone, a worker in the middle of a run is refused at its next write, and the worker deletes what was
/// read from it.
pub fn delete_connection(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
    now: Millis,
) -> Result<bool, DbError> {
    let Some(found) = connections::find(conn, platform_no, company_id, id)? else { return Ok(false) };
    let Some(connection) = connections::lock_for_severing(conn, found.no)? else { return Ok(false) };
    lock_integrations(conn, std::slice::from_ref(&connection))?;
    emit(conn, urls, Event::ConnectionDeleted(connection.no), now)?;
    erase(conn, &connection, now)?;
    Ok(true)
}

/// Deletes a company for good, with its connections as [`delete_connection`] does; says whether the platform had it.
/// The key that sealed its secrets goes, too.
pub fn delete_company(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    platform_no: PlatformNo,
    id: CompanyId,
    now: Millis,
) -> Result<bool, DbError> {
    // From here on nobody adds a connection.
    if !companies::lock(conn, platform_no, id)? {
        return Ok(false);
    }
    let mut held = Vec::new();
    for connection in connections::of_company(conn, platform_no, id)? {
        held.extend(connections::lock_for_severing(conn, connection.no)?);
    }
    lock_integrations(conn, &held)?;
    for connection in &held {
        emit(conn, urls, Event::ConnectionDeleted(connection.no), now)?;
    }
    emit(conn, urls, Event::CompanyDeleted(id), now)?;
    for connection in &held {
        erase(conn, connection, now)?;
    }
    companies::delete(conn, platform_no, id)?;
    Ok(true)
}

/// Locks what [`release`] will lock, before anything is told: who unlinks locks in that order, too.
fn lock_integrations(conn: &mut AnyConn, connections: &[Connection]) -> Result<(), DbError> {
    let integrations: BTreeSet<_> = connections.iter().map(|connection| connection.integration_id).collect();
    integrations.into_iter().try_for_each(|integration| integrations::lock(conn, integration))
}

/// Removes a locked connection: what proves access to it at once, what was read from it later.
fn erase(conn: &mut AnyConn, connection: &Connection, now: Millis) -> Result<(), DbError> {
    let authorized = is_authorized(conn, connection)?;
    credentials::delete_all(conn, connection.no)?;
    leases::delete(conn, connection.no)?;
    schedules::delete(conn, connection.no)?;
    webhook_secrets::delete_all(conn, connection.no)?;
    connections::delete(conn, connection.no)?;
    deletions::begin(conn, connection.platform_no, connection.no, now)?;
    if authorized {
        release(conn, connection, now)?;
    }
    Ok(())
}

/// Whether an authorization at Stripe stands behind a locked connection. A key that the merchant pasted is the
/// merchant's to revoke.
pub(super) fn is_authorized(conn: &mut AnyConn, connection: &Connection) -> Result<bool, DbError> {
    let in_use = credentials::in_use(conn, connection.no)?;
    Ok(in_use.is_some_and(|credential| credential.kind == CredentialKind::ConnectOauth))
}

/// Has the authorization ended at Stripe, once its connection doesn't use it any more and no other does (rule E15).
pub(super) fn release(conn: &mut AnyConn, connection: &Connection, now: Millis) -> Result<(), DbError> {
    match &connection.account_id {
        Some(account) => {
            revocations::request(conn, connection.platform_no, connection.integration_id, account, now)
        }
        None => Ok(()),
    }
}

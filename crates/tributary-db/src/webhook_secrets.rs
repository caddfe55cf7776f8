//! Signing secrets of the webhook endpoints by which Stripe sends events.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::webhook_secrets;
use crate::stored::{Sealed, Stored};
use crate::vault::{Cell, Scope, Vault};
use diesel::prelude::*;
use tributary_core::ids::{ConnectionNo, IntegrationId, PlatformNo, WebhookSecretId};
use tributary_core::{Millis, Secret};

/// Secrets of one address at most: an old and a new one while they roll, and one for a second endpoint.
const SECRETS_MAX: usize = 3;

/// An address of ours that endpoints at Stripe send events to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The integration by which the accounts are connected.
    pub integration: IntegrationId,
    /// The one connection whose account the endpoint was made in; none: it has the events of all connected accounts.
    pub connection: Option<ConnectionNo>,
}

impl From<IntegrationId> for Endpoint {
    fn from(integration: IntegrationId) -> Self {
        Endpoint { integration, connection: None }
    }
}

/// The rows of an address.
macro_rules! of {
    ($platform_no:expr, $endpoint:expr) => {
        webhook_secrets::table
            .filter(webhook_secrets::platform_no.eq($platform_no.0))
            .filter(webhook_secrets::integration_id.eq($endpoint.integration.to_string()))
            .filter(webhook_secrets::connection_no.eq($endpoint.connection.map_or(0, |no| no.0)))
    };
}

/// A signing secret as people recognise it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct WebhookSecret {
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: WebhookSecretId,
    /// Its last four characters; empty for a short one.
    pub last4: String,
    /// When it was added.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
}

/// An address's signing secrets as people recognise them, newest first: at most three.
pub fn list(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    endpoint: Endpoint,
) -> Result<Vec<WebhookSecret>, DbError> {
    Ok(of!(platform_no, endpoint)
        .order((webhook_secrets::created_ms.desc(), webhook_secrets::id))
        .select((webhook_secrets::id, webhook_secrets::last4, webhook_secrets::created_ms))
        .load(conn)?)
}

/// An address's signing secrets themselves, newest first. `scope` is the platform's, or that of the connection's company.
pub fn open(
    conn: &mut AnyConn,
    vault: &Vault,
    scope: &Scope,
    endpoint: Endpoint,
) -> Result<Vec<Secret>, DbError> {
    let known = load(conn, vault, scope, endpoint)?;
    Ok(known.into_iter().map(|(_, secret)| secret).collect())
}

/// Adds a secret to an address; one that is there already is left alone, and of more than three the
/// oldest goes. The caller holds the platform's lock, or the connection's.
pub(crate) fn add(
    conn: &mut AnyConn,
    vault: &Vault,
    scope: &Scope,
    endpoint: Endpoint,
    secret: &Secret,
    now: Millis,
) -> Result<(), DbError> {
    let known = load(conn, vault, scope, endpoint)?;
    if known.iter().any(|(_, other)| other.expose() == secret.expose()) {
        return Ok(());
    }
    let id = WebhookSecretId::random();
    let sealed = vault.seal(conn, scope, cell(id), secret, now)?;
    diesel::insert_into(webhook_secrets::table)
        .values((
            webhook_secrets::id.eq(id.to_string()),
            webhook_secrets::platform_no.eq(scope.platform_no.0),
            webhook_secrets::integration_id.eq(endpoint.integration.to_string()),
            webhook_secrets::connection_no.eq(endpoint.connection.map_or(0, |no| no.0)),
            webhook_secrets::secret_sealed.eq(sealed),
            webhook_secrets::last4.eq(secret.last4()),
            webhook_secrets::created_ms.eq(now.0),
        ))
        .execute(conn)?;
    for (id, _) in known.iter().skip(SECRETS_MAX - 1) {
        remove(conn, scope.platform_no, endpoint, *id)?;
    }
    Ok(())
}

/// Removes a secret of an address, if it is there.
pub(crate) fn remove(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    endpoint: Endpoint,
    id: WebhookSecretId,
) -> Result<(), DbError> {
    let row = of!(platform_no, endpoint).filter(webhook_secrets::id.eq(id.to_string()));
    diesel::delete(row).execute(conn)?;
    Ok(())
}

/// Deletes the secrets of a connection, which is about to be deleted.
pub(crate) fn delete_all(conn: &mut AnyConn, connection: ConnectionNo) -> Result<(), DbError> {
    let rows = webhook_secrets::table.filter(webhook_secrets::connection_no.eq(connection.0));
    diesel::delete(rows).execute(conn)?;
    Ok(())
}

fn load(
    conn: &mut AnyConn,
    vault: &Vault,
    scope: &Scope,
    endpoint: Endpoint,
) -> Result<Vec<(WebhookSecretId, Secret)>, DbError> {
    let rows: Vec<(Stored, Sealed)> = of!(scope.platform_no, endpoint)
        .order((webhook_secrets::created_ms.desc(), webhook_secrets::id))
        .select((webhook_secrets::id, webhook_secrets::secret_sealed))
        .load(conn)?;
    let open = |(id, sealed): (Stored, Sealed)| {
        let id = WebhookSecretId::try_from(id)?;
        Ok((id, vault.open(conn, scope, cell(id), &sealed)?))
    };
    rows.into_iter().map(open).collect()
}

fn cell(id: WebhookSecretId) -> Cell<'static> {
    Cell { table: "webhook_secrets", column: "secret_sealed", row: id.uuid() }
}

//! Signing secrets of the webhook endpoints that Stripe sends an integration's events to.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::Platform;
use crate::schema::webhook_secrets;
use crate::stored::{Sealed, Stored};
use crate::vault::{Cell, Scope, Vault};
use diesel::prelude::*;
use tributary_core::ids::{IntegrationId, PlatformNo, WebhookSecretId};
use tributary_core::{Millis, Secret};

/// Secrets of one integration at most: an old and a new one while they roll, and one for a second endpoint.
const SECRETS_MAX: usize = 3;

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

/// An integration's signing secrets as people recognise them, newest first: at most three.
pub fn list(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration: IntegrationId,
) -> Result<Vec<WebhookSecret>, DbError> {
    Ok(webhook_secrets::table
        .filter(webhook_secrets::platform_no.eq(platform_no.0))
        .filter(webhook_secrets::integration_id.eq(integration.to_string()))
        .order((webhook_secrets::created_ms.desc(), webhook_secrets::id))
        .select((webhook_secrets::id, webhook_secrets::last4, webhook_secrets::created_ms))
        .load(conn)?)
}

/// An integration's signing secrets themselves, newest first.
pub fn open(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    integration: IntegrationId,
) -> Result<Vec<Secret>, DbError> {
    let known = load(conn, vault, &Scope::of_platform(platform), integration)?;
    Ok(known.into_iter().map(|(_, secret)| secret).collect())
}

/// Adds a secret to an integration; one that is there already is left alone, and of more than three the
/// oldest goes. The caller holds the platform's lock.
pub(crate) fn add(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    integration: IntegrationId,
    secret: &Secret,
    now: Millis,
) -> Result<(), DbError> {
    let scope = Scope::of_platform(platform);
    let known = load(conn, vault, &scope, integration)?;
    if known.iter().any(|(_, other)| other.expose() == secret.expose()) {
        return Ok(());
    }
    let id = WebhookSecretId::random();
    let sealed = vault.seal(conn, &scope, cell(id), secret, now)?;
    diesel::insert_into(webhook_secrets::table)
        .values((
            webhook_secrets::id.eq(id.to_string()),
            webhook_secrets::platform_no.eq(platform.no.0),
            webhook_secrets::integration_id.eq(integration.to_string()),
            webhook_secrets::secret_sealed.eq(sealed),
            webhook_secrets::last4.eq(secret.last4()),
            webhook_secrets::created_ms.eq(now.0),
        ))
        .execute(conn)?;
    for (id, _) in known.iter().skip(SECRETS_MAX - 1) {
        remove(conn, platform.no, integration, *id)?;
    }
    Ok(())
}

/// Removes a secret of an integration, if it is there.
pub(crate) fn remove(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration: IntegrationId,
    id: WebhookSecretId,
) -> Result<(), DbError> {
    let row = webhook_secrets::table
        .filter(webhook_secrets::platform_no.eq(platform_no.0))
        .filter(webhook_secrets::integration_id.eq(integration.to_string()))
        .filter(webhook_secrets::id.eq(id.to_string()));
    diesel::delete(row).execute(conn)?;
    Ok(())
}

fn load(
    conn: &mut AnyConn,
    vault: &Vault,
    scope: &Scope,
    integration: IntegrationId,
) -> Result<Vec<(WebhookSecretId, Secret)>, DbError> {
    let rows: Vec<(Stored, Sealed)> = webhook_secrets::table
        .filter(webhook_secrets::platform_no.eq(scope.platform_no.0))
        .filter(webhook_secrets::integration_id.eq(integration.to_string()))
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

//! Signing secrets of the webhook endpoints that Stripe sends an integration's events to.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::Platform;
use crate::schema::webhook_secrets;
use crate::stored::Sealed;
use crate::vault::{Cell, Scope, Vault};
use diesel::prelude::*;
use tributary_core::ids::IntegrationId;
use tributary_core::{Millis, Secret};
use uuid::Uuid;

/// Secrets of one integration at most: an old and a new one while they roll, and one for a second endpoint.
const SECRETS_MAX: usize = 3;

/// Whether text has the shape of a signing secret: `whsec_` and 1 to 250 letters, digits, `_`, `+`, `/` or `=`.
pub fn is_webhook_secret(secret: &Secret) -> bool {
    secret.expose().strip_prefix("whsec_").is_some_and(|body| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+/=".contains(&byte);
        !body.is_empty() && body.len() <= 250 && body.bytes().all(plain)
    })
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
    let row = Uuid::new_v4();
    let sealed = vault.seal(conn, &scope, cell(row), secret, now)?;
    diesel::insert_into(webhook_secrets::table)
        .values((
            webhook_secrets::id.eq(row.to_string()),
            webhook_secrets::platform_no.eq(platform.no.0),
            webhook_secrets::integration_id.eq(integration.to_string()),
            webhook_secrets::secret_sealed.eq(sealed),
            webhook_secrets::last4.eq(secret.last4()),
            webhook_secrets::created_ms.eq(now.0),
        ))
        .execute(conn)?;
    for (id, _) in known.iter().skip(SECRETS_MAX - 1) {
        let oldest = webhook_secrets::table
            .filter(webhook_secrets::platform_no.eq(platform.no.0))
            .filter(webhook_secrets::id.eq(id.to_string()));
        diesel::delete(oldest).execute(conn)?;
    }
    Ok(())
}

/// An integration's signing secrets, newest first.
pub fn list(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    integration: IntegrationId,
) -> Result<Vec<Secret>, DbError> {
    let known = load(conn, vault, &Scope::of_platform(platform), integration)?;
    Ok(known.into_iter().map(|(_, secret)| secret).collect())
}

fn load(
    conn: &mut AnyConn,
    vault: &Vault,
    scope: &Scope,
    integration: IntegrationId,
) -> Result<Vec<(Uuid, Secret)>, DbError> {
    let rows: Vec<(String, Sealed)> = webhook_secrets::table
        .filter(webhook_secrets::platform_no.eq(scope.platform_no.0))
        .filter(webhook_secrets::integration_id.eq(integration.to_string()))
        .order((webhook_secrets::created_ms.desc(), webhook_secrets::id))
        .select((webhook_secrets::id, webhook_secrets::secret_sealed))
        .load(conn)?;
    let open = |(id, sealed): (String, Sealed)| {
        let id = Uuid::try_parse(&id).map_err(|_| DbError::Broken("a webhook secret's id".to_owned()))?;
        Ok((id, vault.open(conn, scope, cell(id), &sealed)?))
    };
    rows.into_iter().map(open).collect()
}

fn cell(row: Uuid) -> Cell<'static> {
    Cell { table: "webhook_secrets", column: "secret_sealed", row }
}

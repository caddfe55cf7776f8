//! Signing secrets of endpoints that were made in a connection's own account (rule I4).

use crate::conn::AnyConn;
use crate::connections;
use crate::error::DbError;
use crate::platforms;
use crate::vault::{Scope, Vault};
use crate::webhook_secrets::{self, Endpoint, WebhookSecret};
use tributary_core::ids::{CompanyId, ConnectionId, PlatformNo, WebhookSecretId};
use tributary_core::key::is_webhook_secret;
use tributary_core::{Millis, Secret};

/// What is to change.
#[derive(Clone, Debug, Default)]
pub struct WebhookSecretsChange {
    /// Secrets to remove.
    pub remove: Vec<WebhookSecretId>,
    /// A secret to add; of more than three the oldest goes.
    pub add: Option<Secret>,
}

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSecretRefused {
    /// The company has no such connection.
    #[error("Data connection {0} not found")]
    UnknownConnection(ConnectionId),
    /// The connection has no such secret.
    #[error("the connection has no signing secret {0}")]
    UnknownSecret(WebhookSecretId),
    /// Not what Stripe gives out.
    #[error("a signing secret of Stripe's begins with whsec_, followed by letters and digits")]
    Malformed,
}

/// Changes the signing secrets of a connection's own endpoint; gives those that it has then, newest first.
pub fn set_connection_webhook(
    conn: &mut AnyConn,
    vault: &Vault,
    platform_no: PlatformNo,
    (company, id): (CompanyId, ConnectionId),
    change: &WebhookSecretsChange,
    now: Millis,
) -> Result<Result<Vec<WebhookSecret>, WebhookSecretRefused>, DbError> {
    let unknown = Ok(Err(WebhookSecretRefused::UnknownConnection(id)));
    platforms::lock(conn, platform_no)?;
    let Some(connection) = connections::find(conn, platform_no, company, id)? else { return unknown };
    if !connections::keep(conn, connection.no)? {
        return unknown;
    }
    let endpoint = Endpoint { integration: connection.integration_id, connection: Some(connection.no) };
    let known = webhook_secrets::list(conn, platform_no, endpoint)?;
    if let Some(secret) = change.remove.iter().find(|secret| !known.iter().any(|one| one.id == **secret)) {
        return Ok(Err(WebhookSecretRefused::UnknownSecret(*secret)));
    }
    if change.add.as_ref().is_some_and(|secret| !is_webhook_secret(secret)) {
        return Ok(Err(WebhookSecretRefused::Malformed));
    }
    // Nothing is refused from here on.
    for secret in &change.remove {
        webhook_secrets::remove(conn, platform_no, endpoint, *secret)?;
    }
    if let Some(secret) = &change.add {
        let scope = Scope::find(conn, platform_no, Some(company))?;
        webhook_secrets::add(conn, vault, &scope, endpoint, secret, now)?;
    }
    Ok(Ok(webhook_secrets::list(conn, platform_no, endpoint)?))
}

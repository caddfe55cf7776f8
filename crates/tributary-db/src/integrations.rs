//! Integrations: how a platform's merchants connect Stripe, one per mode, with its OAuth credentials if it has any.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::{self, Platform};
use crate::schema::integrations;
use crate::stored::{Sealed, Stored};
use crate::vault::{Cell, Scope, Vault};
use crate::webhook_secrets;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromStaticSqlRow};
use diesel::prelude::*;
use tributary_core::ids::{IntegrationId, PlatformNo};
use tributary_core::key::{KeyKind, StripeKey, is_client_id};
use tributary_core::{AccessScope, Millis, Mode, PlatformKey, Secret, SyncMode};

/// Stripe in one mode, as a platform uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// Its id: kept when it is set again.
    pub id: IntegrationId,
    /// The platform it belongs to.
    pub platform_no: PlatformNo,
    /// Stripe or Stripe Test.
    pub key: PlatformKey,
    /// What merchants authorise with; without it they can only paste keys.
    pub oauth: Option<OauthCredentials>,
    /// What merchants are asked for.
    pub scope: AccessScope,
    /// Whether data keeps flowing after the first pull.
    pub sync_mode: SyncMode,
    /// Whether new connections may be made with it.
    pub enabled: bool,
    /// When it was first set.
    pub created: Millis,
    /// When it was last set.
    pub modified: Millis,
}

impl Integration {
    /// What merchants can authorise with at the moment: nothing while it is switched off.
    pub fn oauth_on_offer(&self) -> Option<&OauthCredentials> {
        self.oauth.as_ref().filter(|_| self.enabled)
    }
}

/// A platform's credentials at Stripe, with which merchants' OAuth authorizations are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthCredentials {
    /// The Connect client id, `ca_…`.
    pub client_id: String,
    /// Prefix and last four characters of the secret key.
    pub secret_key_masked: String,
    secret_key_sealed: Sealed,
}

impl OauthCredentials {
    /// The three columns as a group: all are set, or none.
    fn from_columns(
        client_id: Option<String>,
        secret_key_sealed: Option<Sealed>,
        secret_key_masked: Option<String>,
    ) -> Result<Option<Self>, &'static str> {
        match (client_id, secret_key_sealed, secret_key_masked) {
            (Some(client_id), Some(secret_key_sealed), Some(secret_key_masked)) => {
                Ok(Some(OauthCredentials { client_id, secret_key_masked, secret_key_sealed }))
            }
            (None, None, None) => Ok(None),
            _ => Err("an integration has a part of its OAuth credentials only"),
        }
    }
}

/// The columns of `integrations` in their order.
type Columns =
    (Stored, i64, Stored, Option<String>, Option<Sealed>, Option<String>, Stored, Stored, bool, i64, i64);

impl<ST, DB: Backend> Queryable<ST, DB> for Integration
where
    Columns: FromStaticSqlRow<ST, DB>,
{
    type Row = Columns;

    fn build(row: Columns) -> deserialize::Result<Self> {
        let (id, platform_no, key, client_id, sealed, masked, scope, sync_mode, enabled, created, modified) =
            row;
        Ok(Integration {
            id: id.try_into()?,
            platform_no: PlatformNo(platform_no),
            key: key.try_into()?,
            oauth: OauthCredentials::from_columns(client_id, sealed, masked)?,
            scope: scope.try_into()?,
            sync_mode: sync_mode.try_into()?,
            enabled,
            created: Millis(created),
            modified: Millis(modified),
        })
    }
}

/// What [`set`] stores.
#[derive(Clone, Debug)]
pub struct SetIntegration {
    /// Stripe or Stripe Test.
    pub key: PlatformKey,
    /// OAuth credentials to use from now on; `None` keeps those there are.
    pub oauth: Option<SetOauth>,
    /// A signing secret to add, `whsec_…`.
    pub webhook_secret: Option<Secret>,
    /// What merchants are asked for.
    pub scope: AccessScope,
    /// Whether data keeps flowing after the first pull.
    pub sync_mode: SyncMode,
    /// Whether new connections may be made with it.
    pub enabled: bool,
}

/// OAuth credentials to be.
#[derive(Clone, Debug)]
pub struct SetOauth {
    /// The Connect client id, `ca_…`.
    pub client_id: String,
    /// The platform's secret key, of the integration's mode.
    pub secret_key: StripeKey,
}

/// Why an integration can't be set. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntegrationError {
    /// Not a Connect client id.
    #[error("the client id is malformed: ca_ and then letters, digits and underscores are expected")]
    ClientId,
    /// A restricted key: the OAuth exchange needs a secret key.
    #[error("a restricted key (rk_…) can't exchange authorization codes: a secret key (sk_…) is needed")]
    KeyKind,
    /// A key of the other mode.
    #[error(
        "the secret key is of {given} mode, but {} needs one of {} mode",
        .key.display_name(),
        .key.mode()
    )]
    KeyMode {
        /// The integration.
        key: PlatformKey,
        /// The key's mode.
        given: Mode,
    },
    /// Not a signing secret.
    #[error("the webhook secret is malformed: whsec_ and then letters and digits are expected")]
    WebhookSecret,
}

/// Sets a platform's integration; the first time it gets its id, later everything else is replaced, but for two
/// things: OAuth credentials stay unless there are new ones, and a webhook secret is added to those there are,
/// where of more than three the oldest goes.
pub fn set(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    new: SetIntegration,
    now: Millis,
) -> Result<Result<Integration, IntegrationError>, DbError> {
    if let Err(error) = check(&new) {
        return Ok(Err(error));
    }
    platforms::lock(conn, platform.no)?;
    let existing = find_by_key(conn, platform.no, new.key)?;
    let id = existing.as_ref().map_or_else(IntegrationId::random, |integration| integration.id);
    let is_new = existing.is_none();
    let oauth = match &new.oauth {
        Some(oauth) => Some(seal(conn, vault, platform, id, oauth, now)?),
        None => existing.and_then(|integration| integration.oauth),
    };
    let changes = (
        integrations::client_id.eq(oauth.as_ref().map(|oauth| &oauth.client_id)),
        integrations::secret_key_sealed.eq(oauth.as_ref().map(|oauth| &oauth.secret_key_sealed.0)),
        integrations::secret_key_masked.eq(oauth.as_ref().map(|oauth| &oauth.secret_key_masked)),
        integrations::scope.eq(new.scope.as_str()),
        integrations::sync_mode.eq(new.sync_mode.as_str()),
        integrations::enabled.eq(new.enabled),
        integrations::modified_ms.eq(now.0),
    );
    if is_new {
        let identity = (
            integrations::id.eq(id.to_string()),
            integrations::platform_no.eq(platform.no.0),
            integrations::platform_key.eq(new.key.as_str()),
            integrations::created_ms.eq(now.0),
        );
        diesel::insert_into(integrations::table).values((identity, changes)).execute(conn)?;
    } else {
        let row = integrations::table
            .filter(integrations::platform_no.eq(platform.no.0))
            .filter(integrations::id.eq(id.to_string()));
        diesel::update(row).set(changes).execute(conn)?;
    }
    if let Some(secret) = &new.webhook_secret {
        webhook_secrets::add(conn, vault, platform, id, secret, now)?;
    }
    let stored = find(conn, platform.no, id)?;
    stored.map(Ok).ok_or_else(|| DbError::Broken("an integration vanished while it was set".to_owned()))
}

fn seal(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    id: IntegrationId,
    oauth: &SetOauth,
    now: Millis,
) -> Result<OauthCredentials, DbError> {
    let (scope, secret_key) = (Scope::of_platform(platform), &oauth.secret_key);
    let sealed = vault.seal(conn, &scope, secret_key_cell(id), secret_key.secret(), now)?;
    Ok(OauthCredentials {
        client_id: oauth.client_id.clone(),
        secret_key_masked: secret_key.masked(),
        secret_key_sealed: Sealed(sealed),
    })
}

/// Whether an integration can be set like that, as far as the shapes tell. [`set`] checks it, too.
pub fn check(new: &SetIntegration) -> Result<(), IntegrationError> {
    if let Some(SetOauth { client_id, secret_key }) = &new.oauth {
        if !is_client_id(client_id) {
            return Err(IntegrationError::ClientId);
        }
        if secret_key.kind() != KeyKind::Secret {
            return Err(IntegrationError::KeyKind);
        }
        if secret_key.mode() != new.key.mode() {
            return Err(IntegrationError::KeyMode { key: new.key, given: secret_key.mode() });
        }
    }
    if new.webhook_secret.as_ref().is_some_and(|secret| !webhook_secrets::is_webhook_secret(secret)) {
        return Err(IntegrationError::WebhookSecret);
    }
    Ok(())
}

/// A platform's integration by id.
pub fn find(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    id: IntegrationId,
) -> Result<Option<Integration>, DbError> {
    Ok(integrations::table
        .filter(integrations::platform_no.eq(platform_no.0))
        .filter(integrations::id.eq(id.to_string()))
        .first(conn)
        .optional()?)
}

/// A platform's integration for Stripe or Stripe Test.
pub fn find_by_key(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    key: PlatformKey,
) -> Result<Option<Integration>, DbError> {
    Ok(integrations::table
        .filter(integrations::platform_no.eq(platform_no.0))
        .filter(integrations::platform_key.eq(key.as_str()))
        .first(conn)
        .optional()?)
}

/// A platform's integrations, Stripe before Stripe Test: at most two.
pub fn list(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<Vec<Integration>, DbError> {
    Ok(integrations::table
        .filter(integrations::platform_no.eq(platform_no.0))
        .order(integrations::platform_key)
        .load(conn)?)
}

/// The platform's secret key at Stripe; `oauth` is the integration's own.
pub fn secret_key(
    conn: &mut AnyConn,
    vault: &Vault,
    integration: &Integration,
    oauth: &OauthCredentials,
) -> Result<Secret, DbError> {
    let scope = Scope::find(conn, integration.platform_no, None)?;
    vault.open(conn, &scope, secret_key_cell(integration.id), &oauth.secret_key_sealed)
}

fn secret_key_cell(id: IntegrationId) -> Cell<'static> {
    Cell { table: "integrations", column: "secret_key_sealed", row: id.uuid() }
}

#[cfg(test)]
mod tests;

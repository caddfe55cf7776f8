//! Integrations: a platform's own Stripe credentials, one set per mode.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::{self, Platform};
use crate::schema::integrations;
use crate::stored::{Sealed, Stored};
use crate::vault::{Cell, Scope, Vault};
use crate::webhook_secrets;
use diesel::prelude::*;
use tributary_core::ids::{IntegrationId, PlatformNo};
use tributary_core::key::{KeyKind, StripeKey, is_client_id};
use tributary_core::{AccessScope, Millis, Mode, PlatformKey, Secret, SyncMode};

/// A platform's Stripe credentials for one mode, and what they are used for.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Integration {
    /// Its id: kept when the credentials change.
    #[diesel(deserialize_as = Stored)]
    pub id: IntegrationId,
    /// The platform it belongs to.
    #[diesel(deserialize_as = i64)]
    pub platform_no: PlatformNo,
    /// Stripe or Stripe Test.
    #[diesel(deserialize_as = Stored)]
    pub key: PlatformKey,
    /// The Connect client id, `ca_…`.
    pub client_id: String,
    secret_key_sealed: Sealed,
    /// Prefix and last four characters of the secret key.
    pub secret_key_masked: String,
    /// What merchants are asked for.
    #[diesel(deserialize_as = Stored)]
    pub scope: AccessScope,
    /// Whether data keeps flowing after the first pull.
    #[diesel(deserialize_as = Stored)]
    pub sync_mode: SyncMode,
    /// Whether new connections may be made with it.
    pub enabled: bool,
    /// When it was first set.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
    /// When it was last set.
    #[diesel(deserialize_as = i64)]
    pub modified: Millis,
}

/// What [`set`] stores.
#[derive(Clone, Debug)]
pub struct SetIntegration {
    /// Stripe or Stripe Test.
    pub key: PlatformKey,
    /// The Connect client id, `ca_…`.
    pub client_id: String,
    /// The platform's secret key, of the same mode.
    pub secret_key: StripeKey,
    /// A signing secret to add, `whsec_…`.
    pub webhook_secret: Option<Secret>,
    /// What merchants are asked for.
    pub scope: AccessScope,
    /// Whether data keeps flowing after the first pull.
    pub sync_mode: SyncMode,
    /// Whether new connections may be made with it.
    pub enabled: bool,
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

/// Sets a platform's integration; the first time it gets its id, later everything else is replaced. A
/// webhook secret is added to those there are; of more than three the oldest goes.
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
    let sealed =
        vault.seal(conn, &Scope::of_platform(platform), secret_key_cell(id), new.secret_key.secret(), now)?;
    let changes = (
        integrations::client_id.eq(&new.client_id),
        integrations::secret_key_sealed.eq(&sealed),
        integrations::secret_key_masked.eq(new.secret_key.masked()),
        integrations::scope.eq(new.scope.as_str()),
        integrations::sync_mode.eq(new.sync_mode.as_str()),
        integrations::enabled.eq(new.enabled),
        integrations::modified_ms.eq(now.0),
    );
    if existing.is_some() {
        let row = integrations::table
            .filter(integrations::platform_no.eq(platform.no.0))
            .filter(integrations::id.eq(id.to_string()));
        diesel::update(row).set(changes).execute(conn)?;
    } else {
        let identity = (
            integrations::id.eq(id.to_string()),
            integrations::platform_no.eq(platform.no.0),
            integrations::platform_key.eq(new.key.as_str()),
            integrations::created_ms.eq(now.0),
        );
        diesel::insert_into(integrations::table).values((identity, changes)).execute(conn)?;
    }
    if let Some(secret) = &new.webhook_secret {
        webhook_secrets::add(conn, vault, platform, id, secret, now)?;
    }
    let stored = find(conn, platform.no, id)?;
    stored.map(Ok).ok_or_else(|| DbError::Broken("an integration vanished while it was set".to_owned()))
}

fn check(new: &SetIntegration) -> Result<(), IntegrationError> {
    if !is_client_id(&new.client_id) {
        return Err(IntegrationError::ClientId);
    }
    if new.secret_key.kind() != KeyKind::Secret {
        return Err(IntegrationError::KeyKind);
    }
    if new.secret_key.mode() != new.key.mode() {
        return Err(IntegrationError::KeyMode { key: new.key, given: new.secret_key.mode() });
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

/// The platform's secret key at Stripe.
pub fn secret_key(conn: &mut AnyConn, vault: &Vault, integration: &Integration) -> Result<Secret, DbError> {
    let scope = Scope::find(conn, integration.platform_no, None)?;
    vault.open(conn, &scope, secret_key_cell(integration.id), &integration.secret_key_sealed)
}

fn secret_key_cell(id: IntegrationId) -> Cell<'static> {
    Cell { table: "integrations", column: "secret_key_sealed", row: id.uuid() }
}

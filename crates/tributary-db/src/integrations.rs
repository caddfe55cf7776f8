//! Integrations: how a platform's merchants connect Stripe, one per mode, with its OAuth credentials if it has any.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::Platform;
use crate::schema::integrations;
use crate::stored::{Sealed, Stored};
use crate::vault::{Cell, Scope, Vault};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromStaticSqlRow};
use diesel::prelude::*;
use tributary_core::ids::{IntegrationId, PlatformNo};
use tributary_core::key::StripeKey;
use tributary_core::{AccessScope, Millis, PlatformKey, Secret, SyncMode};

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
    /// Whether data flows on after the first pull: by schedules and by events (rule E11).
    pub fn flows(&self) -> bool {
        self.enabled && self.sync_mode == SyncMode::Continuous
    }

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
    /// Seals a secret key for the integration with this id.
    pub(crate) fn seal(
        conn: &mut AnyConn,
        vault: &Vault,
        platform: &Platform,
        id: IntegrationId,
        client_id: String,
        secret_key: &StripeKey,
        now: Millis,
    ) -> Result<Self, DbError> {
        let cell = secret_key_cell(id);
        let sealed = vault.seal(conn, &Scope::of_platform(platform), cell, secret_key.secret(), now)?;
        let secret_key_masked = secret_key.masked();
        Ok(OauthCredentials { client_id, secret_key_masked, secret_key_sealed: Sealed(sealed) })
    }

    /// The same secret key with another client id.
    pub(crate) fn under(self, client_id: String) -> Self {
        OauthCredentials { client_id, ..self }
    }

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

/// Stores an integration as given, over the one with its id if there is one. Services use
/// `use_cases::set_integration`, which checks it first and holds the platform's lock.
pub(crate) fn save(conn: &mut AnyConn, integration: &Integration, is_new: bool) -> Result<(), DbError> {
    let oauth = integration.oauth.as_ref();
    let changes = (
        integrations::client_id.eq(oauth.map(|oauth| &oauth.client_id)),
        integrations::secret_key_sealed.eq(oauth.map(|oauth| &oauth.secret_key_sealed.0)),
        integrations::secret_key_masked.eq(oauth.map(|oauth| &oauth.secret_key_masked)),
        integrations::scope.eq(integration.scope.as_str()),
        integrations::sync_mode.eq(integration.sync_mode.as_str()),
        integrations::enabled.eq(integration.enabled),
        integrations::modified_ms.eq(integration.modified.0),
    );
    if is_new {
        let identity = (
            integrations::id.eq(integration.id.to_string()),
            integrations::platform_no.eq(integration.platform_no.0),
            integrations::platform_key.eq(integration.key.as_str()),
            integrations::created_ms.eq(integration.created.0),
        );
        diesel::insert_into(integrations::table).values((identity, changes)).execute(conn)?;
    } else {
        let row = integrations::table
            .filter(integrations::platform_no.eq(integration.platform_no.0))
            .filter(integrations::id.eq(integration.id.to_string()));
        diesel::update(row).set(changes).execute(conn)?;
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

/// An integration of whatever platform. For Link only: its URLs carry no more than ids.
pub fn find_any(conn: &mut AnyConn, id: IntegrationId) -> Result<Option<Integration>, DbError> {
    Ok(integrations::table.filter(integrations::id.eq(id.to_string())).first(conn).optional()?)
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

/// Holds an integration's row until the transaction ends: only one does, and nobody who [`keep`]s it meanwhile.
pub(crate) fn lock(conn: &mut AnyConn, id: IntegrationId) -> Result<(), DbError> {
    if let AnyConn::Pg(conn) = conn {
        let row = integrations::table.find(id.to_string()).select(integrations::id);
        row.for_no_key_update().first::<String>(conn).optional()?;
    }
    Ok(())
}

/// As [`lock`], but any number may at once.
pub(crate) fn keep(conn: &mut AnyConn, id: IntegrationId) -> Result<(), DbError> {
    if let AnyConn::Pg(conn) = conn {
        let row = integrations::table.find(id.to_string()).select(integrations::id);
        row.for_share().first::<String>(conn).optional()?;
    }
    Ok(())
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

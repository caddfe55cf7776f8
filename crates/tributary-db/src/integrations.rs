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

/// Whether credentials can be set at all, as far as their shapes tell. [`set`] checks it, too.
pub fn check(new: &SetIntegration) -> Result<(), IntegrationError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb, test_integration};

    #[test]
    fn setting_an_integration_again_keeps_its_id_and_replaces_the_rest() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let first = db.integration(&one, SyncMode::OneOff);
        let elsewhere = db.integration(&other, SyncMode::OneOff);
        let mut new = test_integration(SyncMode::Continuous);
        new.secret_key = StripeKey::parse("sk_test_second_key").unwrap();
        new.enabled = false;
        let later = NOW.plus_ms(1000);
        let second = db.run(|conn| set(conn, &db.vault, &one, new.clone(), later)).unwrap();
        assert_eq!((second.id, second.created, second.modified), (first.id, NOW, later));
        assert_eq!((second.sync_mode, second.enabled), (SyncMode::Continuous, false));
        assert_eq!(second.secret_key_masked, "sk_test_…_key");
        let key_of = |integration: &Integration| {
            db.run(|conn| secret_key(conn, &db.vault, integration)).expose().to_owned()
        };
        assert_eq!(key_of(&second), "sk_test_second_key");
        assert_eq!(key_of(&elsewhere), "sk_test_canary_of_the_platform");
        assert_eq!(db.run(|conn| list(conn, one.no)), [second]);
        assert_eq!(db.run(|conn| find(conn, other.no, first.id)), None, "another platform's integration");
    }

    #[test]
    fn unusable_credentials_are_refused_and_change_nothing() {
        let db = TestDb::new();
        let platform = db.platform("One");
        let good = test_integration(SyncMode::OneOff);
        let key = |text: &str| StripeKey::parse(text).unwrap();
        let wrong_mode = IntegrationError::KeyMode { key: PlatformKey::StripeTest, given: Mode::Live };
        let hook = |text: &str| Some(Secret::new(text));
        let cases = [
            (SetIntegration { client_id: "acct_1".to_owned(), ..good.clone() }, IntegrationError::ClientId),
            (SetIntegration { secret_key: key("rk_test_1"), ..good.clone() }, IntegrationError::KeyKind),
            (SetIntegration { secret_key: key("sk_live_1"), ..good.clone() }, wrong_mode),
            (
                SetIntegration { webhook_secret: hook("whsec_"), ..good.clone() },
                IntegrationError::WebhookSecret,
            ),
            (SetIntegration { webhook_secret: hook("sk_test_1"), ..good }, IntegrationError::WebhookSecret),
        ];
        for (new, expected) in cases {
            let result = db.run(|conn| set(conn, &db.vault, &platform, new.clone(), NOW));
            assert_eq!(result, Err(expected));
        }
        assert_eq!(db.run(|conn| list(conn, platform.no)), []);
    }

    #[test]
    fn the_three_newest_webhook_secrets_are_kept() {
        let db = TestDb::new();
        let platform = db.platform("One");
        let add = |n: i64| {
            let webhook_secret = Some(Secret::new(format!("whsec_{n}")));
            let new = SetIntegration { webhook_secret, ..test_integration(SyncMode::OneOff) };
            db.run(|conn| set(conn, &db.vault, &platform, new.clone(), NOW.plus_ms(n))).unwrap().id
        };
        let id = [1, 2, 3, 4, 4].map(add)[0];
        let kept = db.run(|conn| webhook_secrets::list(conn, &db.vault, &platform, id));
        let kept: Vec<_> = kept.iter().map(Secret::expose).collect();
        assert_eq!(kept, ["whsec_4", "whsec_3", "whsec_2"]);
    }
}

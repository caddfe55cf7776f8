//! Setting an integration: the portal's pages, the API for platform admins and the command line do it by this.

use super::integration_change::{Expected, IntegrationChange, IntegrationProblem, Switch};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::events::feeds;
use crate::integrations::{self, Integration, OauthCredentials};
use crate::platforms::{self, Platform};
use crate::vault::{Scope, Vault};
use crate::{schedules, webhook_secrets};
use tributary_core::ids::IntegrationId;
use tributary_core::key::StripeKey;
use tributary_core::{AccessScope, Millis, SyncMode};

/// Changes a platform's integration; one that was never set gets its id.
///
/// Client id and secret key are a group, of which either may be replaced alone once both are there (decision 0008).
/// `modified` of the result is later than that of what was there, so that it tells any two states apart.
pub fn set_integration(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    change: &IntegrationChange,
    now: Millis,
) -> Result<Result<Integration, IntegrationProblem>, DbError> {
    platforms::lock(conn, platform.no)?;
    let existing = integrations::find_by_key(conn, platform.no, change.key)?;
    if !is_expected(existing.as_ref(), change.expected) {
        return Ok(Err(IntegrationProblem::ChangedMeanwhile));
    }
    let is_new = existing.is_none();
    let mut integration = existing.unwrap_or_else(|| unset(platform, change, now));
    let oauth = match oauth(&integration, change) {
        Ok(oauth) => oauth,
        Err(problem) => return Ok(Err(problem)),
    };
    let known = webhook_secrets::list(conn, platform.no, integration.id.into())?;
    for removed in &change.remove_webhook_secrets {
        if !known.iter().any(|secret| secret.id == *removed) {
            return Ok(Err(IntegrationProblem::UnknownWebhookSecret(*removed)));
        }
    }
    // Nothing is refused from here on.
    integration.oauth = match oauth {
        Oauth::None => None,
        Oauth::Stored(credentials) => Some(credentials),
        Oauth::New { client_id, secret_key } => {
            let id = integration.id;
            Some(OauthCredentials::seal(conn, vault, platform, id, client_id, secret_key, now)?)
        }
    };
    integration.scope = change.scope.unwrap_or(integration.scope);
    integration.sync_mode = change.sync_mode.unwrap_or(integration.sync_mode);
    integration.enabled = change.switch.map_or(integration.enabled, |switch| switch != Switch::Off);
    integration.modified = if is_new { now } else { now.max(integration.modified.plus_ms(1)) };
    integrations::save(conn, &integration, is_new)?;
    // Whether data flows may have changed, for all its connections at once (rule E11).
    schedules::look_now_at_integration(conn, platform.no, integration.id)?;
    if integration.flows() {
        feeds::poll_integration(conn, platform.no, integration.id)?;
    }
    for removed in &change.remove_webhook_secrets {
        webhook_secrets::remove(conn, platform.no, integration.id.into(), *removed)?;
    }
    if let Some(secret) = &change.webhook_secret {
        let scope = Scope::of_platform(platform);
        webhook_secrets::add(conn, vault, &scope, integration.id.into(), secret, now)?;
    }
    Ok(Ok(integration))
}

fn is_expected(existing: Option<&Integration>, expected: Expected) -> bool {
    match expected {
        Expected::Anything => true,
        Expected::NotSet => existing.is_none(),
        Expected::ModifiedAt(at) => existing.is_some_and(|integration| integration.modified == at),
    }
}

/// The OAuth credentials that an integration is to have.
enum Oauth<'a> {
    None,
    /// Those there are, perhaps under another client id.
    Stored(OauthCredentials),
    /// To be sealed.
    New {
        client_id: String,
        secret_key: &'a StripeKey,
    },
}

fn oauth<'a>(
    integration: &Integration,
    change: &'a IntegrationChange,
) -> Result<Oauth<'a>, IntegrationProblem> {
    let stored = integration.oauth.clone();
    let stored_id = stored.as_ref().map(|stored| stored.client_id.clone());
    match (change.client_id.clone().or(stored_id), &change.secret_key, stored) {
        (Some(client_id), Some(secret_key), _) => Ok(Oauth::New { client_id, secret_key }),
        (Some(client_id), None, Some(stored)) => Ok(Oauth::Stored(stored.under(client_id))),
        (Some(_), None, None) => Err(IntegrationProblem::SecretKeyNeeded),
        (None, Some(_), _) => Err(IntegrationProblem::ClientIdNeeded),
        (None, None, _) if change.switch == Some(Switch::On) && !integration.enabled => {
            Err(IntegrationProblem::NothingToAuthoriseWith(change.key))
        }
        (None, None, _) => Ok(Oauth::None),
    }
}

/// An integration before its first setting.
fn unset(platform: &Platform, change: &IntegrationChange, now: Millis) -> Integration {
    Integration {
        id: IntegrationId::random(),
        platform_no: platform.no,
        key: change.key,
        oauth: None,
        scope: AccessScope::ReadOnly,
        sync_mode: SyncMode::OneOff,
        enabled: false,
        created: now,
        modified: now,
    }
}

#[cfg(test)]
mod tests;

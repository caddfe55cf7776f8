//! Storing an integration's credentials, and asking Stripe about them: for the page and for the API for platform
//! admins.

use crate::PortalState;
use tributary_core::ids::PlatformNo;
use tributary_core::{PlatformKey, link_paths};
use tributary_db::platforms::Platform;
use tributary_db::use_cases::{
    IntegrationChange, IntegrationProblem, IntegrationView, set_integration, view_integration,
};
use tributary_db::users::User;
use tributary_db::{AnyConn, DbError, integrations};
use tributary_stripe::check::{self, Credentials, Finding};

/// Makes the change that `by` asks for, and shows the integration after it.
pub(crate) async fn store(
    state: &PortalState,
    platform: &Platform,
    by: &User,
    change: IntegrationChange,
) -> Result<Result<IntegrationView, IntegrationProblem>, DbError> {
    let (vault, now, key) = (state.vault.clone(), state.clock.now(), change.key());
    let (platform_id, platform) = (platform.id, platform.clone());
    let work = move |conn: &mut AnyConn| {
        let set = set_integration(conn, &vault, &platform, &change, now)?;
        let view = view_integration(conn, platform.no, key)?;
        Ok(set.map(|_| view))
    };
    let set = state.db.write(work).await?;
    if set.is_ok() {
        tracing::info!(platform = %platform_id, user = %by.id, %key, "an integration was set");
    }
    Ok(set)
}

/// What Stripe says about an integration's credentials; none where none are stored. Nothing changes, here or there.
pub(crate) async fn check_stored(
    state: &PortalState,
    platform_no: PlatformNo,
    key: PlatformKey,
) -> Result<Option<Vec<Finding>>, DbError> {
    let vault = state.vault.clone();
    let read = move |conn: &mut AnyConn| {
        let Some(integration) = integrations::find_by_key(conn, platform_no, key)? else { return Ok(None) };
        let Some(oauth) = integration.oauth.clone() else { return Ok(None) };
        let secret_key = integrations::secret_key(conn, &vault, &integration, &oauth)?;
        Ok(Some((oauth.client_id, secret_key, integration.scope)))
    };
    let Some((client_id, secret_key, scope)) = state.db.read(read).await? else { return Ok(None) };
    let redirect_uri = state.urls.link.at(link_paths::CALLBACK);
    let credentials = Credentials {
        client_id: &client_id,
        secret_key: &secret_key,
        mode: key.mode(),
        redirect_uri: &redirect_uri,
        scope,
    };
    Ok(Some(check::check(&state.stripe, &credentials).await))
}

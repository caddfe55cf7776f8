//! Asking Stripe about stored credentials: for the page and for the API for platform admins.

use crate::PortalState;
use tributary_core::ids::PlatformNo;
use tributary_core::{PlatformKey, link_paths};
use tributary_db::{AnyConn, DbError, integrations};
use tributary_stripe::check::{self, Credentials, Finding};

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

//! Integrations: Stripe and Stripe Test.

mod branding;
mod get;
mod list;
pub(crate) mod supplemental;

pub(crate) use branding::branding;
pub(crate) use get::get;
pub(crate) use list::list;

use crate::failure::Failure;
use crate::state::ApiState;
use tributary_contract::ApiError;
use tributary_contract::integrations::Integration;
use tributary_core::PlatformKey;
use tributary_core::ids::PlatformNo;
use tributary_db::integrations;

/// Both integrations as a platform has them: they are always there, and switched off until they are set.
async fn all(state: &ApiState, platform_no: PlatformNo) -> Result<Vec<Integration>, Failure> {
    let stored = state.read(move |conn| Ok(integrations::list(conn, platform_no)?)).await?;
    let shown = |key| {
        let enabled = stored.iter().any(|integration| integration.key == key && integration.enabled);
        Integration::new(key, enabled, |image| state.settings.urls.brand(key, image))
    };
    Ok(PlatformKey::ALL.into_iter().map(shown).collect())
}

/// The integration that a path names.
pub(crate) fn key(text: &str) -> Result<PlatformKey, ApiError> {
    text.parse().map_err(|_| ApiError::IntegrationNotFound(text.to_owned()))
}

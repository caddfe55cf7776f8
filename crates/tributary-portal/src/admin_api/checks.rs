//! `…/integrations/{key}/check`

use super::body::Fields;
use super::caller::Member;
use super::integrations::Of;
use super::refusal::Refusal;
use super::shapes::Findings;
use crate::PortalState;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use tributary_core::link_paths;
use tributary_db::integrations;
use tributary_stripe::check::{self, Credentials};

/// Asks Stripe about the stored credentials; nothing changes, here or there.
pub(super) async fn check(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    fields: Fields,
) -> Result<HttpResponse, Refusal> {
    fields.finish()?;
    let (key, vault) = (path.key()?, state.vault.clone());
    let stored = state.db.read(move |conn| {
        let integration = integrations::find_by_key(conn, member.platform.no, key)?;
        let Some((integration, oauth)) =
            integration.and_then(|set| set.oauth.clone().map(|oauth| (set, oauth)))
        else {
            return Ok(None);
        };
        let secret_key = integrations::secret_key(conn, &vault, &integration, &oauth)?;
        Ok(Some((integration.scope, oauth.client_id, secret_key)))
    });
    let Some((scope, client_id, secret_key)) = stored.await? else {
        let message = "there is nothing to check: set a client id and a secret key first".to_owned();
        return Err(Refusal::Conflict { code: "nothing_to_check", message });
    };
    let redirect_uri = state.urls.link.at(link_paths::CALLBACK);
    let credentials = Credentials {
        client_id: &client_id,
        secret_key: &secret_key,
        mode: key.mode(),
        redirect_uri: &redirect_uri,
        scope,
    };
    let findings = check::check(&state.stripe, &credentials).await;
    Ok(HttpResponse::Ok().json(Findings::of(&findings)))
}

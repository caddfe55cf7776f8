//! `…/integrations/{key}/check`

use super::body::Fields;
use super::caller::Member;
use super::integrations::Of;
use super::refusal::Refusal;
use super::shapes::Findings;
use crate::PortalState;
use crate::credentials::check_stored;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

/// Asks Stripe about the stored credentials; nothing changes, here or there.
pub(super) async fn check(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    fields: Fields,
) -> Result<HttpResponse, Refusal> {
    fields.finish()?;
    let key = path.key()?;
    let Some(findings) = check_stored(&state, member.platform.no, key).await? else {
        let message = "there is nothing to check: set a client id and a secret key first".to_owned();
        return Err(Refusal::Conflict { code: "nothing_to_check", message });
    };
    Ok(HttpResponse::Ok().json(Findings::of(&findings)))
}

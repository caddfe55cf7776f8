//! `GET /integrations/{platformKey}/branding`

use crate::answer::{Answer, json};
use crate::path::PlatformKeySegment;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::integrations::Branding;

/// What an integration looks like.
pub(crate) async fn branding(state: Data<ApiState>, PlatformKeySegment(text): PlatformKeySegment) -> Answer {
    let key = super::key(&text)?;
    json(&Branding::new(key, |image| state.settings.urls.brand(key, image)))
}

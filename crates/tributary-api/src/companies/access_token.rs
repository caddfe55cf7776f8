//! `GET /companies/{companyId}/accessToken`, and its deprecated alias below `connectionManagement`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::CompanyPath;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::access_tokens::CompanyAccessToken;
use tributary_core::access_token::{AccessToken, KEY_PURPOSE};

/// A token by which Link's embedded form may act for the company, for a day.
pub(crate) async fn access_token(state: Data<ApiState>, caller: Caller, path: CompanyPath) -> Answer {
    let platform_no = caller.platform_no();
    let company = state.read(move |conn| super::find(conn, platform_no, path)).await?;
    let token = AccessToken::new(caller.platform.id, company.id, state.clock.now());
    let signed = token.sign(&state.vault.derive(KEY_PURPOSE))?;
    json(&CompanyAccessToken::new(signed.expose().to_owned()))
}

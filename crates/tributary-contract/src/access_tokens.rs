//! Access tokens of companies.

use serde::Serialize;
use tributary_core::access_token::LIFETIME_SECS;
use utoipa::ToSchema;

/// A company's access token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyAccessToken {
    /// For how long it is good, in seconds.
    expires_in: i64,
    /// The token.
    access_token: String,
    /// How it is sent: `Bearer`.
    token_type: &'static str,
}

impl CompanyAccessToken {
    /// The answer that hands a token out.
    pub fn new(access_token: String) -> Self {
        CompanyAccessToken { expires_in: LIFETIME_SECS, access_token, token_type: "Bearer" }
    }
}

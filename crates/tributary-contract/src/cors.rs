//! Which pages of the platform's may embed Link.

use crate::error::ApiError;
use crate::request;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The origins of such pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CorsSettings {
    /// Scheme, host and port each, as browsers send them: `https://www.example.com`.
    pub allowed_origins: Vec<String>,
}

/// Who owns the rules of these settings, in validation items.
pub const VALIDATOR: &str = "CorsSettings";

impl CorsSettings {
    /// Reads a body; whether each entry is an origin is for the caller to find out.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        request::object(body, VALIDATOR)
    }
}

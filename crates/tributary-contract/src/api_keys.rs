//! API keys.

use crate::error::ApiError;
use crate::request;
use serde::{Deserialize, Serialize};
use tributary_core::Millis;
use tributary_core::ids::ApiKeyId;
use utoipa::ToSchema;

/// All of a platform's keys.
#[derive(Serialize, ToSchema)]
pub struct ApiKeys {
    /// The newest first.
    pub results: Vec<ApiKeyDetails>,
}

/// A key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyDetails {
    /// Its id.
    pub id: ApiKeyId,
    /// What its owner calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The key itself in the answer that creates it; afterwards its last four characters behind asterisks, because it
    /// is kept nowhere.
    pub api_key: String,
    /// When it was created.
    pub created_date: Millis,
}

/// A request to create a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub struct CreateApiKey {
    /// What to call it.
    pub name: Option<String>,
}

impl CreateApiKey {
    /// Reads a body; none at all asks for a key without a name.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        match body.trim_ascii().is_empty() {
            true => Ok(CreateApiKey::default()),
            false => request::object(body, "CreateApiKey"),
        }
    }
}

/// A key as later answers show it.
pub fn masked(last4: &str) -> String {
    format!("{}{last4}", "*".repeat(12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_name_shows_none() {
        let id = "0b0c1b0c-3c0b-4a51-9d0c-2f0f3a0d9b11".parse().unwrap();
        let key = ApiKeyDetails { id, name: None, api_key: masked("abcd"), created_date: Millis(0) };
        assert_eq!(
            serde_json::to_string(&ApiKeys { results: vec![key] }).unwrap(),
            r#"{"results":[{"id":"0b0c1b0c-3c0b-4a51-9d0c-2f0f3a0d9b11","apiKey":"************abcd","createdDate":"1970-01-01T00:00:00Z"}]}"#
        );
    }

    #[test]
    fn a_key_may_be_asked_for_without_a_body() {
        let read = |body: &str| CreateApiKey::read(body.as_bytes()).map(|request| request.name);
        assert_eq!(read(""), Ok(None));
        assert_eq!(read(r#"{"name":null}"#), Ok(None));
        assert_eq!(read(r#"{"name":"CI","x":1}"#), Ok(Some("CI".into())));
        assert_eq!(read(r#"{"name":7}"#).unwrap_err().status(), 400);
    }
}

//! What a platform says of itself.

use crate::error::ApiError;
use crate::request;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A platform's profile, as it is read and as it is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The platform's name.
    pub name: String,
    /// Where its logo is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// Where its icon is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon_url: Option<String>,
    /// Where merchants are to go when they have finished: an address with placeholders in braces. Empty where none is
    /// set. It is kept for you; Link doesn't lead there yet.
    pub redirect_url: String,
    /// What the redirect may lead to; empty: anything.
    #[serde(default)]
    pub white_list_urls: Vec<String>,
}

/// Who owns the rules of a profile, in validation items.
pub const VALIDATOR: &str = "Profile";

impl Profile {
    /// Reads a body; whether each address is one is for the caller to find out.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        request::object(body, VALIDATOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_as_it_is_written() {
        let text = r#"{"name":"Harbour","redirectUrl":"https://a.example/{companyId}","whiteListUrls":[]}"#;
        let profile = Profile::read(text.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&profile).unwrap(), text);
        let sent =
            r#"{"name":"Harbour","logoUrl":null,"redirectUrl":"","apiKey":"x","confirmCompanyName":true}"#;
        assert_eq!(Profile::read(sent.as_bytes()).unwrap().white_list_urls, [""; 0]);
        assert_eq!(Profile::read(br#"{"name":"Harbour"}"#).unwrap_err().status(), 400);
    }
}

//! Labels of the contract's products on companies, and asking for their data.

use crate::error::ApiError;
use crate::request;
use serde::Deserialize;
use tributary_core::DataType;
use utoipa::ToSchema;

/// The product whose data Tributary reads.
pub const COMMERCE: &str = "commerce";

/// The most characters of a product's identifier.
const MAX_CHARS: usize = 64;

/// Whether a text may be a product's identifier: lower-case letters and digits, in words joined by hyphens.
pub fn is_identifier(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.len() <= MAX_CHARS && text.split('-').all(is_word)
}

/// A product's name for people: its identifier's words.
pub fn display_name(identifier: &str) -> String {
    let title = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    identifier.split('-').map(title).collect::<Vec<_>>().join(" ")
}

/// A request for a product's data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefreshRequest {
    /// The data types asked for; none: all of them.
    pub data_types: Vec<DataType>,
}

/// The body of a request for a product's data.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefreshRequestBody {
    /// The data types asked for, by their keys; all of them where it is left out.
    data_types: Option<Vec<String>>,
}

impl RefreshRequest {
    /// Reads a body; none at all asks for everything.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        const VALIDATOR: &str = "RefreshProductData";
        let body: RefreshRequestBody = match body.trim_ascii().is_empty() {
            true => RefreshRequestBody::default(),
            false => request::object(body, VALIDATOR)?,
        };
        let mut data_types = Vec::new();
        for text in body.data_types.unwrap_or_default() {
            let Ok(data_type) = text.parse() else {
                let valid = DataType::ALL.map(|data_type| data_type.as_str()).join(", ");
                let message = format!("each data type must be one of {valid}");
                return Err(ApiError::invalid(VALIDATOR, "dataTypes", message));
            };
            if !data_types.contains(&data_type) {
                data_types.push(data_type);
            }
        }
        Ok(RefreshRequest { data_types })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_words_joined_by_hyphens() {
        for good in ["commerce", "bank-feeds", "payables-v2", &"a".repeat(64)] {
            assert!(is_identifier(good), "{good}");
        }
        for bad in ["", "-", "a-", "-a", "a--b", "Lending", "a b", "a_b", "é", &"a".repeat(65)] {
            assert!(!is_identifier(bad), "{bad}");
        }
        assert_eq!(display_name("bank-feeds"), "Bank Feeds");
        assert_eq!(display_name("payables-v2"), "Payables V2");
    }

    #[test]
    fn a_refresh_names_data_types_by_their_keys_or_means_all() {
        let read = |body: &str| RefreshRequest::read(body.as_bytes()).map(|request| request.data_types);
        for all in ["", "{}", r#"{"dataTypes":null}"#, r#"{"dataTypes":[]}"#] {
            assert_eq!(read(all), Ok(vec![]), "{all}");
        }
        let two = r#"{"dataTypes":["commerce-payments","commerce-customers","commerce-payments"]}"#;
        assert_eq!(read(two), Ok(vec![DataType::Payments, DataType::Customers]));
        let Err(ApiError::Invalid(items)) = read(r#"{"dataTypes":["commerce-payments","invoices"]}"#) else {
            panic!("an unknown data type was accepted");
        };
        assert!(items[0].message().contains("commerce-transactions"), "{items:?}");
    }
}

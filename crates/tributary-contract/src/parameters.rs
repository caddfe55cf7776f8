//! The parameters of a request's URL.

use crate::error::ApiError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What is escaped when parameters are written: everything but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The most parameters a request may carry.
const MAX_PARAMETERS: usize = 50;

/// The parameters of a URL, decoded, in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the part of a URL after `?`. Parts without a name are left out.
    pub fn parse(query_string: &str) -> Result<Self, ApiError> {
        let parts: Vec<&str> = query_string.split('&').take(MAX_PARAMETERS + 1).collect();
        if parts.len() > MAX_PARAMETERS {
            let message = format!("a URL may have {MAX_PARAMETERS} parameters at most");
            return Err(ApiError::invalid("Parameters", "url", message));
        }
        let mut parameters = Vec::new();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if !name.is_empty() {
                parameters.push((decode(name)?, decode(value)?));
            }
        }
        Ok(Parameters(parameters))
    }

    /// The first value given under a name. Names are compared without case, as the contract's own
    /// documentation varies it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every value, whatever its name.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }

    /// `&name=value` for each parameter that isn't about paging, encoded: what follows `page` and `pageSize`
    /// in the links of a page.
    pub(crate) fn beside_paging(&self) -> String {
        let paging = |name: &str| name.eq_ignore_ascii_case("page") || name.eq_ignore_ascii_case("pageSize");
        let kept = self.0.iter().filter(|(name, _)| !paging(name));
        kept.map(|(name, value)| format!("&{}={}", encode(name), encode(value))).collect()
    }
}

fn decode(text: &str) -> Result<String, ApiError> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| ApiError::invalid("Parameters", "url", "a parameter of the URL is not UTF-8"))
}

fn encode(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, ESCAPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_the_first_value_counts() {
        let parameters = Parameters::parse("PAGESIZE=5&pageSize=6&&=7&connectionid=a%2Fb+c").unwrap();
        assert_eq!(parameters.get("pageSize"), Some("5"));
        assert_eq!(parameters.get("connectionId"), Some("a/b c"));
        assert_eq!(parameters.get("page"), None);
    }

    #[test]
    fn a_parameter_that_is_not_utf8_is_refused() {
        assert_eq!(Parameters::parse("query=%ff").unwrap_err().status(), 400);
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        assert!(Parameters::parse(&"a=1&".repeat(49)).is_ok());
        assert_eq!(Parameters::parse(&"a=1&".repeat(50)).unwrap_err().status(), 400);
    }
}

//! Pages and redirects as responses, and addresses of theirs.

use crate::failure::Failure;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) use tributary_pages::see_other;

/// A page as a response.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Result<HttpResponse, Failure> {
    Ok(tributary_pages::html(status, page)?)
}

/// What a value of a query may not hold as it is.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/');

/// Text as the value of a query parameter.
pub(crate) fn query_value(text: &str) -> String {
    utf8_percent_encode(text, QUERY_VALUE).to_string()
}

/// Whether text is safe to be sent to a browser as the address of a page of ours.
pub(crate) fn is_own_path(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    text.starts_with("/p/") && text.len() <= 500 && is_plain && !text.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_platforms_are_gone_on_to() {
        assert!(is_own_path("/p/1b1c/companies?search=%20a"));
        let long = format!("/p/{}", "x".repeat(500));
        for bad in [
            "",
            "/",
            "//evil.example",
            "/p",
            "https://evil.example/p/",
            "/p/\r\nx: y",
            "/p/\\evil",
            "/p/ü",
            &long,
        ] {
            assert!(!is_own_path(bad), "{bad}");
        }
    }

    #[test]
    fn query_values_hold_nothing_that_ends_them() {
        assert_eq!(query_value("/p/1?a=b&c d#ü"), "/p/1%3Fa%3Db%26c%20d%23%C3%BC");
    }
}

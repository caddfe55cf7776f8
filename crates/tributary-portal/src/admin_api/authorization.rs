//! Whom a request claims to come from: `Authorization: Basic` with an e-mail address and a password.

use super::refusal::Refusal;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, ORIGIN};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tributary_core::Secret;

/// The longest header that is looked at: an address and a password of the most characters, in base64.
const ENCODED_CHARS_MAX: usize = 8 * 1024;

/// An e-mail address and a password as a request brings them.
pub(super) struct Claim {
    pub email: String,
    pub password: Secret,
}

/// Reads the header; none where it is missing or is no such pair.
pub(super) fn claim(headers: &HeaderMap) -> Option<Claim> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let encoded = encoded.trim();
    if !scheme.eq_ignore_ascii_case("Basic") || encoded.len() > ENCODED_CHARS_MAX {
        return None;
    }
    let text = Secret::new(String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?);
    let (email, password) = text.expose().split_once(':')?;
    Some(Claim { email: email.to_owned(), password: Secret::new(password) })
}

/// Refuses what a page of another site had a browser send: a browser that was once given the password at its prompt
/// adds it by itself. Scripts send none of these headers.
pub(super) fn refuse_other_sites(headers: &HeaderMap, own_origin: &str) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_foreign_origin = text(ORIGIN.as_str()).is_some_and(|origin| origin != own_origin);
    let is_foreign_site = text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    if is_foreign_origin || is_foreign_site { Err(Refusal::OtherSite) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn read(header: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(header).unwrap());
        claim(&headers).map(|claim| (claim.email, claim.password.expose().to_owned()))
    }

    #[test]
    fn the_password_is_all_that_follows_the_first_colon() {
        let header = format!("basic  {} ", STANDARD.encode("ada@example.com:pass:wörd"));
        assert_eq!(read(&header), Some(("ada@example.com".to_owned(), "pass:wörd".to_owned())));
        for text in ["nocolon", ""] {
            assert_eq!(read(&format!("Basic {}", STANDARD.encode(text))), None);
        }
        let long = format!("Basic {}", STANDARD.encode("a:b".repeat(9000)));
        for header in ["", "Basic", "Basic !", "Bearer YTpi", "Basic /w==", &long] {
            assert_eq!(read(header), None, "{header}");
        }
    }

    #[test]
    fn what_another_sites_page_sends_is_refused() {
        let check = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            refuse_other_sites(&headers, "https://portal.example.com").is_ok()
        };
        assert!(check("origin", "https://portal.example.com") && check("sec-fetch-site", "none"));
        assert!(!check("origin", "https://evil.example") && !check("origin", "null"));
        assert!(!check("sec-fetch-site", "cross-site") && !check("sec-fetch-site", "same-site"));
    }
}

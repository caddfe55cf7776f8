//! The cookie that ties an authorization to the browser that started it (A-01, rule I10).
//!
//! It holds a random secret of the browser, the same for every authorization it starts, so that two tabs
//! don't get in each other's way. `__Host-` keeps other hosts from planting one.

use crate::settings::LinkSettings;
use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use tributary_core::Secret;

/// Longer than an authorization may take, so that one that comes back too late is known as this browser's and
/// starts anew.
pub(crate) const LIFETIME_SECS: i64 = 24 * 3600;

const SECURE_NAME: &str = "__Host-tributary_link";
const PLAIN_NAME: &str = "tributary_link";

fn name(settings: &LinkSettings) -> &'static str {
    if settings.is_https() { SECURE_NAME } else { PLAIN_NAME }
}

/// The browser's secret, if it sent one of our making.
pub(crate) fn browser(request: &HttpRequest, settings: &LinkSettings) -> Option<Secret> {
    let cookie = request.cookie(name(settings))?;
    is_token(cookie.value()).then(|| Secret::new(cookie.value()))
}

/// The cookie with a browser's secret. Lax, because the callback comes from Stripe's site.
pub(crate) fn carrying(browser: &Secret, settings: &LinkSettings) -> Cookie<'static> {
    Cookie::build(name(settings), browser.expose().to_owned())
        .path("/")
        .http_only(true)
        .secure(settings.is_https())
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(LIFETIME_SECS))
        .finish()
}

/// Whether text has the form of `token::random_token`: 256 bits in URL-safe base64.
pub(crate) fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use tributary_core::token;

    fn settings(url: &str) -> LinkSettings {
        LinkSettings::new(url.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_cookie_is_host_bound_and_secure_over_https() {
        let cookie = carrying(&Secret::new("x"), &settings("https://link.example.com")).to_string();
        assert!(cookie.starts_with("__Host-tributary_link=x;"), "{cookie}");
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=86400"] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }

    #[test]
    fn the_cookie_is_plain_only_over_http_on_loopback() {
        let cookie = carrying(&Secret::new("x"), &settings("http://127.0.0.1:7612")).to_string();
        assert!(cookie.starts_with("tributary_link=x;"), "{cookie}");
        assert!(cookie.contains("HttpOnly") && !cookie.contains("Secure"));
    }

    #[test]
    fn only_a_secret_of_our_form_and_name_is_read_back() {
        let (plain, secure) = (settings("http://127.0.0.1:7612"), settings("https://link.example.com"));
        let secret = token::random_token().unwrap();
        let request = |name: &'static str, value: &str| {
            TestRequest::default().cookie(Cookie::new(name, value.to_owned())).to_http_request()
        };
        let read = browser(&request(PLAIN_NAME, secret.expose()), &plain).unwrap();
        assert_eq!(read.expose(), secret.expose());
        assert!(browser(&request(PLAIN_NAME, secret.expose()), &secure).is_none());
        for value in ["", "x", &"x".repeat(44), &"!".repeat(43)] {
            assert!(browser(&request(PLAIN_NAME, value), &plain).is_none(), "{value}");
        }
    }
}

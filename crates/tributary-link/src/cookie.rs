//! The cookie that ties an authorization to the browser that started it (A-01, rule I10).
//!
//! It holds a random secret of the browser, the same for every authorization it starts, so that two tabs
//! don't get in each other's way.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use tributary_core::Secret;
use tributary_pages::{PublicUrl, TokenCookie};

/// Longer than an authorization may take, so that one that comes back too late is known as this browser's and
/// starts anew.
pub(crate) const LIFETIME_SECS: i64 = 24 * 3600;

const COOKIE: TokenCookie = TokenCookie::named("tributary_link");

/// The browser's secret, if it sent one of our making.
pub(crate) fn browser(request: &HttpRequest, public_url: &PublicUrl) -> Option<Secret> {
    COOKIE.read(request, public_url)
}

/// The cookie with a browser's secret.
pub(crate) fn carrying(browser: &Secret, public_url: &PublicUrl) -> Cookie<'static> {
    let mut cookie = COOKIE.carrying(browser, public_url);
    cookie.set_max_age(Duration::seconds(LIFETIME_SECS));
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_outlives_an_authorization() {
        let cookie = carrying(&Secret::new("x"), &"https://link.example.com".parse().unwrap()).to_string();
        assert!(cookie.starts_with("__Host-tributary_link=x;"), "{cookie}");
        assert!(cookie.contains("Max-Age=86400"), "{cookie}");
    }
}

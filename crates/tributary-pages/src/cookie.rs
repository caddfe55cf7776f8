//! Cookies that hold a random token of ours and nothing else.

use crate::PublicUrl;
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use tributary_core::{Secret, token};

/// A cookie of a service's, by its name, which no other service has: over https it is bound to its host (`__Host-`:
/// other hosts can't plant one) and sent over https only; over http, on this machine, it is plain (rule I10, A-44).
#[derive(Clone, Copy, Debug)]
pub struct TokenCookie {
    name: &'static str,
}

impl TokenCookie {
    /// A cookie of this name.
    pub const fn named(name: &'static str) -> Self {
        TokenCookie { name }
    }

    /// The token, if the browser sent one of our form.
    pub fn read(self, request: &HttpRequest, address: &PublicUrl) -> Option<Secret> {
        let cookie = request.cookie(&self.name_at(address))?;
        token::is_token(cookie.value()).then(|| Secret::new(cookie.value()))
    }

    /// The cookie with a token, for as long as the browser is open. Lax, so that it comes along where a link or a
    /// redirect leads here from another site.
    pub fn carrying(self, token: &Secret, address: &PublicUrl) -> Cookie<'static> {
        self.build(token.expose().to_owned(), address)
    }

    /// The cookie that removes one that carried a token.
    pub fn removal(self, address: &PublicUrl) -> Cookie<'static> {
        let mut cookie = self.build(String::new(), address);
        cookie.make_removal();
        cookie
    }

    fn build(self, value: String, address: &PublicUrl) -> Cookie<'static> {
        Cookie::build(self.name_at(address), value)
            .path("/")
            .http_only(true)
            .secure(address.is_https())
            .same_site(SameSite::Lax)
            .finish()
    }

    fn name_at(self, address: &PublicUrl) -> String {
        let prefix = if address.is_https() { "__Host-" } else { "" };
        format!("{prefix}{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const COOKIE: TokenCookie = TokenCookie::named("ours");

    fn addresses() -> (PublicUrl, PublicUrl) {
        ("http://127.0.0.1:7612".parse().unwrap(), "https://link.example.com".parse().unwrap())
    }

    #[test]
    fn the_cookie_is_host_bound_and_secure_over_https_and_plain_on_loopback_only() {
        let (plain, secure) = addresses();
        let cookie = COOKIE.carrying(&Secret::new("x"), &secure).to_string();
        assert!(cookie.starts_with("__Host-ours=x;"), "{cookie}");
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        assert!(!cookie.contains("Domain"));
        let cookie = COOKIE.carrying(&Secret::new("x"), &plain).to_string();
        assert!(cookie.starts_with("ours=x;") && cookie.contains("HttpOnly"), "{cookie}");
        assert!(!cookie.contains("Secure"), "{cookie}");
    }

    #[test]
    fn a_removal_has_the_same_name_and_neither_token_nor_time() {
        let cookie = COOKIE.removal(&addresses().1).to_string();
        assert!(cookie.starts_with("__Host-ours=;") && cookie.contains("Max-Age=0"), "{cookie}");
    }

    #[test]
    fn only_a_token_of_our_form_and_name_is_read_back() {
        let (plain, secure) = addresses();
        let token = token::random_token().unwrap();
        let request = |value: &str| {
            TestRequest::default().cookie(Cookie::new("ours", value.to_owned())).to_http_request()
        };
        assert_eq!(COOKIE.read(&request(token.expose()), &plain).unwrap().expose(), token.expose());
        assert!(COOKIE.read(&request(token.expose()), &secure).is_none());
        for value in ["", "x", &"x".repeat(44), &"!".repeat(43)] {
            assert!(COOKIE.read(&request(value), &plain).is_none(), "{value}");
        }
    }
}

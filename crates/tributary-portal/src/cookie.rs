//! The cookie that carries a session (rule I10, A-44), and the token that its forms carry.

use crate::Urls;
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use tributary_core::{Secret, digest};

const SECURE_NAME: &str = "__Host-tributary_portal";
const PLAIN_NAME: &str = "tributary_portal";

fn name(urls: &Urls) -> &'static str {
    if urls.is_https() { SECURE_NAME } else { PLAIN_NAME }
}

/// The session's token, if the browser sent one of our form.
pub(crate) fn session(request: &HttpRequest, urls: &Urls) -> Option<Secret> {
    let cookie = request.cookie(name(urls))?;
    is_token(cookie.value()).then(|| Secret::new(cookie.value()))
}

/// The cookie with a session's token. The browser forgets it when it is closed; the session ends by itself.
pub(crate) fn carrying(token: &Secret, urls: &Urls) -> Cookie<'static> {
    build(token.expose().to_owned(), urls)
}

/// The cookie that takes the place of one that carried a session.
pub(crate) fn empty(urls: &Urls) -> Cookie<'static> {
    let mut cookie = build(String::new(), urls);
    cookie.make_removal();
    cookie
}

fn build(value: String, urls: &Urls) -> Cookie<'static> {
    Cookie::build(name(urls), value)
        .path("/")
        .http_only(true)
        .secure(urls.is_https())
        .same_site(SameSite::Lax)
        .finish()
}

/// The token that the forms of a session carry: made from the session's own, so that another site's form can't
/// have it, and telling nothing about it.
pub(crate) fn form_token(session: &Secret) -> Secret {
    Secret::new(digest::lookup_hash(&Secret::new(format!("the forms of {}", session.expose()))))
}

/// Whether two secrets are the same. Their hashes are compared, so that the time it takes tells nothing.
pub(crate) fn is_same(one: &Secret, other: &Secret) -> bool {
    digest::lookup_hash(one) == digest::lookup_hash(other)
}

/// Whether text has the form of `token::random_token`: 256 bits in URL-safe base64.
fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use tributary_core::token;

    fn urls(portal: &str) -> Urls {
        let url = portal.parse().unwrap();
        Urls { portal: url, api: portal.parse().unwrap(), link: portal.parse().unwrap() }
    }

    #[test]
    fn the_cookie_is_host_bound_and_secure_over_https_and_plain_on_loopback_only() {
        let cookie = carrying(&Secret::new("x"), &urls("https://portal.example.com")).to_string();
        assert!(cookie.starts_with("__Host-tributary_portal=x;"), "{cookie}");
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        assert!(!cookie.contains("Domain"));
        let cookie = carrying(&Secret::new("x"), &urls("http://127.0.0.1:7610")).to_string();
        assert!(cookie.starts_with("tributary_portal=x;") && !cookie.contains("Secure"), "{cookie}");
    }

    #[test]
    fn only_a_token_of_our_form_and_name_is_read_back() {
        let (plain, secure) = (urls("http://127.0.0.1:7610"), urls("https://portal.example.com"));
        let token = token::random_token().unwrap();
        let request = |name: &'static str, value: &str| {
            TestRequest::default().cookie(Cookie::new(name, value.to_owned())).to_http_request()
        };
        assert_eq!(session(&request(PLAIN_NAME, token.expose()), &plain).unwrap().expose(), token.expose());
        assert!(session(&request(PLAIN_NAME, token.expose()), &secure).is_none());
        for value in ["", "x", &"x".repeat(44), &"!".repeat(43)] {
            assert!(session(&request(PLAIN_NAME, value), &plain).is_none(), "{value}");
        }
    }

    #[test]
    fn forms_of_one_session_carry_the_same_token_and_never_the_sessions_own() {
        let (mine, theirs) = (token::random_token().unwrap(), token::random_token().unwrap());
        assert_eq!(form_token(&mine).expose(), form_token(&mine).expose());
        assert_ne!(form_token(&mine).expose(), form_token(&theirs).expose());
        assert_ne!(form_token(&mine).expose(), mine.expose());
    }
}

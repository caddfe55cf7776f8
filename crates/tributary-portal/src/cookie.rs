//! The cookie that carries a session (rule I10, A-44), and the token that its forms carry.

use crate::Urls;
use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use tributary_core::{Secret, digest};
use tributary_pages::TokenCookie;

const COOKIE: TokenCookie = TokenCookie::named("tributary_portal");

/// The session's token, if the browser sent one of our form.
pub(crate) fn session(request: &HttpRequest, urls: &Urls) -> Option<Secret> {
    COOKIE.read(request, &urls.portal)
}

/// The cookie with a session's token. The browser forgets it when it is closed; the session ends by itself.
pub(crate) fn carrying(token: &Secret, urls: &Urls) -> Cookie<'static> {
    COOKIE.carrying(token, &urls.portal)
}

/// The cookie that takes the place of one that carried a session.
pub(crate) fn empty(urls: &Urls) -> Cookie<'static> {
    COOKIE.removal(&urls.portal)
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

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_core::token;

    #[test]
    fn forms_of_one_session_carry_the_same_token_and_never_the_sessions_own() {
        let (mine, theirs) = (token::random_token().unwrap(), token::random_token().unwrap());
        assert_eq!(form_token(&mine).expose(), form_token(&mine).expose());
        assert_ne!(form_token(&mine).expose(), form_token(&theirs).expose());
        assert_ne!(form_token(&mine).expose(), mine.expose());
    }
}

//! Signing in and out.

use crate::auth::{self, SignInError};
use crate::failure::Failure;
use crate::form::{Posted, Unsigned};
use crate::parts::Problems;
use crate::session::Visitor;
use crate::visitor::visitor_address;
use crate::{PortalState, cookie, html};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use tributary_core::{Secret, token};
use tributary_db::users::User;
use tributary_db::{AnyConn, sessions, users};

/// What the page's address may say.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    /// Where to go after it; empty: home.
    next: String,
    email: String,
    problems: Problems,
    /// Whether there is anybody who could sign in.
    has_users: bool,
}

/// The page's path, to go on from there to another.
pub(crate) fn path(next: Option<&str>) -> String {
    match next.filter(|next| html::is_own_path(next)) {
        Some(next) => format!("/sign-in?next={}", html::query_value(next)),
        None => "/sign-in".to_owned(),
    }
}

/// `GET /sign-in`
pub(crate) async fn page(
    state: Data<PortalState>,
    visitor: Option<Visitor>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    let next = asked.next.as_deref().filter(|next| html::is_own_path(next)).unwrap_or_default();
    if visitor.is_some() {
        return Ok(html::see_other(if next.is_empty() { "/" } else { next }));
    }
    let page = SignInPage {
        next: next.to_owned(),
        email: String::new(),
        problems: Problems::default(),
        has_users: state.db.read(users::exist).await?,
    };
    html::page(StatusCode::OK, &page)
}

/// `POST /sign-in`: 303 to the page that was wanted, with a new session.
pub(crate) async fn sign_in(
    state: Data<PortalState>,
    request: HttpRequest,
    Unsigned(fields): Unsigned,
) -> Result<HttpResponse, Failure> {
    let (email, next) = (fields.text("email").to_owned(), fields.text("next").to_owned());
    let next = if html::is_own_path(&next) { next } else { String::new() };
    let password = fields.secret("password");
    let mut problems = Problems::default();
    if email.is_empty() {
        problems.add("email", "Enter your e-mail address.");
    }
    if password.is_none() {
        problems.add("password", "Enter your password.");
    }
    let again = |status: StatusCode, problems: Problems| {
        let page = SignInPage { next: next.clone(), email: email.clone(), problems, has_users: true };
        html::page(status, &page)
    };
    let Some(password) = password.filter(|_| problems.is_empty()) else {
        return again(StatusCode::UNPROCESSABLE_ENTITY, problems);
    };
    let address = visitor_address(request.peer_addr(), request.headers(), &state.proxies);
    match auth::authenticate(&state, &email, &password, address).await {
        Ok(signed_in) => {
            tracing::info!(user = %signed_in.user.id, "signed in");
            let to = if next.is_empty() { "/" } else { &next };
            begin_session(&state, &request, &signed_in.user, html::see_other(to)).await
        }
        Err(SignInError::Wrong) => {
            tracing::info!("a sign-in failed");
            let words = "The e-mail address or the password isn't right. Check both and try again.";
            again(StatusCode::UNPROCESSABLE_ENTITY, Problems::one("email", words))
        }
        Err(SignInError::TooManyTries { wait_secs }) => {
            tracing::warn!(wait_secs, "a sign-in has to wait after too many tries");
            let words = format!("Too many tries. Wait {}, then try again.", wait_words(wait_secs));
            let mut response = again(StatusCode::TOO_MANY_REQUESTS, Problems::one("", words))?;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait_secs));
            Ok(response)
        }
        Err(SignInError::Busy) => Err(Failure::Busy),
        Err(SignInError::Password(fault)) => Err(Failure::Password(fault.to_string())),
        Err(SignInError::Db(error)) => Err(error.into()),
    }
}

/// `POST /sign-out`: ends the session.
pub(crate) async fn sign_out(
    state: Data<PortalState>,
    visitor: Visitor,
    _: Posted,
) -> Result<HttpResponse, Failure> {
    let token = visitor.token;
    state.db.write(move |conn| sessions::end(conn, &token)).await?;
    let mut response = html::see_other("/sign-in");
    response.add_cookie(&cookie::empty(&state.urls)).map_err(|_| Failure::Cookie)?;
    let clear = HeaderName::from_static("clear-site-data");
    response.headers_mut().insert(clear, HeaderValue::from_static("\"storage\""));
    Ok(response)
}

/// A response that signs a user in: a new session under a new token, in place of the one there may have been.
async fn begin_session(
    state: &PortalState,
    request: &HttpRequest,
    user: &User,
    mut response: HttpResponse,
) -> Result<HttpResponse, Failure> {
    let (token, before) = (token::random_token()?, cookie::session(request, &state.urls));
    let (user, now) = (user.id, state.clock.now());
    {
        let token = token.clone();
        let start = move |conn: &mut AnyConn| {
            before.iter().try_for_each(|before| sessions::end(conn, before))?;
            sessions::start(conn, user, &token, now)
        };
        state.db.write(start).await?;
    }
    set_cookie(state, &token, &mut response)?;
    Ok(response)
}

/// Gives a browser its session.
pub(crate) fn set_cookie(
    state: &PortalState,
    token: &Secret,
    response: &mut HttpResponse,
) -> Result<(), Failure> {
    response.add_cookie(&cookie::carrying(token, &state.urls)).map_err(|_| Failure::Cookie)
}

/// How long to wait, for people.
fn wait_words(secs: u64) -> String {
    match secs {
        0..=1 => "1 second".to_owned(),
        2..=90 => format!("{secs} seconds"),
        _ => format!("{} minutes", secs.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_said_in_whole_units_and_never_too_short() {
        let said: Vec<String> = [1, 2, 90, 91, 900].into_iter().map(wait_words).collect();
        assert_eq!(said, ["1 second", "2 seconds", "90 seconds", "2 minutes", "15 minutes"]);
    }

    #[test]
    fn signing_in_goes_on_to_pages_of_ours_only() {
        assert_eq!(path(Some("/p/1/companies?search=a b")), "/sign-in");
        assert_eq!(path(Some("/p/1/companies?search=a")), "/sign-in?next=/p/1/companies%3Fsearch%3Da");
        assert_eq!(path(Some("https://evil.example/")), "/sign-in");
        assert_eq!(path(None), "/sign-in");
    }
}

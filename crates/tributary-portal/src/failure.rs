//! Requests that end in a page of their own: what isn't there, what isn't allowed, what failed.

use crate::html;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use tributary_core::state::Role;
use tributary_core::token::NoRandomness;
use tributary_db::DbError;
use tributary_pages::error_reference;

/// Why a request has no other answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Unknown, malformed and foreign ids, and unknown paths: one answer for all.
    #[error("there is no such page")]
    NotFound,
    /// The path has no such method.
    #[error("the page has no such method")]
    MethodNotAllowed,
    /// The role isn't enough.
    #[error("the role is not enough")]
    Forbidden {
        /// The user's role on the platform.
        role: Role,
        /// The least that would do.
        needed: Role,
    },
    /// Nobody is signed in, or no more.
    #[error("nobody is signed in")]
    SignInFirst {
        /// Where to go after it, if the request was for a page.
        next: Option<String>,
    },
    /// A form that another site sent, or one of an earlier session.
    #[error("a form of another site or session")]
    CrossSite,
    /// A form that no page of ours sends.
    #[error("an unreadable form")]
    BadForm,
    /// A body beyond all our forms.
    #[error("a form that is too large")]
    TooLarge,
    /// More is going on than can be served.
    #[error("too much at once")]
    Busy,
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("a page could not be made: {0}")]
    Template(#[from] askama::Error),
    #[error("a cookie could not be set")]
    Cookie,
    #[error("a password could not be hashed: {0}")]
    Password(String),
}

/// The page about a failure.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    heading: &'a str,
    body: &'a str,
    /// To find the cause in the log by.
    reference: Option<&'a str>,
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Failure::NotFound => StatusCode::NOT_FOUND,
            Failure::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Failure::Forbidden { .. } | Failure::CrossSite => StatusCode::FORBIDDEN,
            Failure::SignInFirst { .. } => StatusCode::SEE_OTHER,
            Failure::BadForm => StatusCode::BAD_REQUEST,
            Failure::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Failure::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Failure::Db(error) if error.is_outage() => StatusCode::SERVICE_UNAVAILABLE,
            Failure::Db(_)
            | Failure::NoRandomness(_)
            | Failure::Template(_)
            | Failure::Cookie
            | Failure::Password(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        match self {
            Failure::SignInFirst { next } => html::see_other(&crate::pages::sign_in::path(next.as_deref())),
            Failure::NotFound => page(
                status,
                "There is no such page",
                "The address may be mistyped, or what it showed belongs to another platform.",
            ),
            Failure::MethodNotAllowed => {
                page(status, "This can't be done here", "Open the page and use its buttons.")
            }
            Failure::Forbidden { role, needed } => {
                let body = format!(
                    "Your role is {}. Ask an administrator for the {} role.",
                    role_name(*role),
                    role_name(*needed)
                );
                page(status, "Your role doesn't include this page", &body)
            }
            Failure::CrossSite => page(
                status,
                "This request didn't come from a page of yours",
                "Nothing was changed. Open the page again and repeat what you did: it may have been open since \
                 before you signed in.",
            ),
            Failure::BadForm => page(
                status,
                "We couldn't read what was sent",
                "Nothing was changed. Reload the page and try again.",
            ),
            Failure::TooLarge => page(
                status,
                "That was too much to read",
                "Nothing was changed. Shorten what you entered and try again.",
            ),
            Failure::Busy => page(
                status,
                "Too many people sign in at this moment",
                "Nothing was changed. Try again in a few seconds.",
            ),
            Failure::Db(_)
            | Failure::NoRandomness(_)
            | Failure::Template(_)
            | Failure::Cookie
            | Failure::Password(_) => {
                let reference = error_reference();
                tracing::error!(reference, error = %self, "a portal page failed");
                let problem = ProblemPage {
                    heading: "Something failed on our side",
                    body: "Nothing was changed. Try again in a minute. The log has the cause under this reference:",
                    reference: Some(&reference),
                };
                html::page(status, &problem).unwrap_or_else(|_| HttpResponse::new(status))
            }
        }
    }
}

fn page(status: StatusCode, heading: &str, body: &str) -> HttpResponse {
    html::page(status, &ProblemPage { heading, body, reference: None })
        .unwrap_or_else(|_| HttpResponse::new(status))
}

/// A role for people.
pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Onboarding => "Onboarding",
        Role::Advisor => "Advisor",
        Role::Analyst => "Analyst",
        Role::Developer => "Developer",
        Role::Administrator => "Administrator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    async fn text(failure: Failure) -> String {
        let body = to_bytes(failure.error_response().into_body()).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[actix_web::test]
    async fn a_failure_shows_a_reference_and_nothing_of_its_cause() {
        let page = text(Failure::Db(DbError::Broken("canary of the inside".to_owned()))).await;
        assert!(!page.contains("canary"), "{page}");
        let (_, reference) = page.split_once("<code>").unwrap();
        assert!(reference[..8].bytes().all(|b| b.is_ascii_hexdigit()), "{reference}");
    }

    #[test]
    fn a_database_that_is_away_is_no_defect_of_the_page() {
        let status = |error: DbError| Failure::Db(error).status_code().as_u16();
        for outage in [DbError::Cancelled, DbError::Unavailable("no".to_owned())] {
            assert_eq!(status(outage), 503);
        }
        assert_eq!(status(DbError::Broken("a row".to_owned())), 500);
    }

    #[actix_web::test]
    async fn a_refusal_names_the_role_one_has_and_the_role_one_needs() {
        let page = text(Failure::Forbidden { role: Role::Analyst, needed: Role::Developer }).await;
        assert!(
            page.contains("Your role is Analyst. Ask an administrator for the Developer role."),
            "{page}"
        );
    }
}

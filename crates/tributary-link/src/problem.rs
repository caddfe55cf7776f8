//! What isn't the end of an authorization but still needs a page: paths that don't exist, requests that can't
//! be served, failures of ours.

use crate::done;
use crate::pages::{self, Action, Message, Tone};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use tributary_core::ids::{CompanyId, ConnectionId};
use tributary_core::link_paths;
use tributary_core::token::NoRandomness;
use tributary_db::DbError;
use tributary_pages::error_reference;

/// A request that ends in a page of its own; nothing is stored about it.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// Unknown, malformed and foreign ids, and unknown paths: one answer for all.
    NotFound,
    /// The path has no such method.
    MethodNotAllowed,
    /// A form that no page of ours sends.
    BadForm,
    /// A body beyond all our forms.
    TooLarge,
    /// A form that another site sent.
    CrossSite,
    /// A callback that belongs to no authorization of this browser's. It doesn't say why.
    StateMismatch,
    /// A callback whose authorization is being completed by an earlier copy of it.
    GoingOn {
        /// The company.
        company: CompanyId,
        /// The connection.
        connection: ConnectionId,
    },
    /// The integration takes no connections.
    SwitchedOff {
        /// The platform's name, if known.
        platform: Option<String>,
    },
    /// The integration has no OAuth credentials: merchants can only hand over keys.
    TakesKeysOnly {
        /// The platform's name, if known.
        platform: Option<String>,
    },
    /// Merchants of the company's platform can't authorise at Stripe any more, or never could; the way back.
    NotOffered {
        /// The company.
        company: CompanyId,
    },
}

/// A failure of ours. The page shows a reference; the log has the cause beside it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("a page could not be made: {0}")]
    Template(#[from] askama::Error),
    #[error("a cookie could not be set")]
    Cookie,
    #[error("completing an authorization was interrupted")]
    Interrupted,
}

/// The page for a problem.
pub(crate) fn page(problem: &Problem) -> HttpResponse {
    let (status, heading, body): (_, _, String) = match problem {
        Problem::NotFound => (
            StatusCode::NOT_FOUND,
            "We can't find this page",
            "Check that the whole address was copied. If it still doesn't work, ask whoever sent you the link for a new one.".into(),
        ),
        Problem::MethodNotAllowed => (
            StatusCode::METHOD_NOT_ALLOWED,
            "This page can't be used like that",
            "Open it by its link.".into(),
        ),
        Problem::BadForm => (
            StatusCode::BAD_REQUEST,
            "We couldn't read what was sent",
            "Go back, reload the page and choose again. Nothing was changed.".into(),
        ),
        Problem::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "That was too much to read",
            "Go back, reload the page and choose again. Nothing was changed.".into(),
        ),
        Problem::CrossSite => (
            StatusCode::FORBIDDEN,
            "This request came from another site",
            "Open your link in this browser and choose there. Nothing was changed.".into(),
        ),
        Problem::StateMismatch => (
            StatusCode::BAD_REQUEST,
            "We couldn't match this answer to a request from this browser",
            "Nothing was connected. Start again from your link, in the browser in which you want to finish.".into(),
        ),
        Problem::GoingOn { .. } => (
            StatusCode::ACCEPTED,
            "Your connection is being completed",
            "This takes a few seconds. If it still isn't done after a minute, start again.".into(),
        ),
        Problem::SwitchedOff { platform } => (
            StatusCode::CONFLICT,
            "Connecting is switched off",
            format!(
                "{} doesn't take new connections to Stripe at the moment. Nothing was changed.",
                platform.as_deref().unwrap_or("The company that asked you")
            ),
        ),
        Problem::TakesKeysOnly { platform } => (
            StatusCode::CONFLICT,
            "Stripe is connected with a key here",
            format!(
                "{} reads your sales data with a restricted key that you make in your Stripe account, not by asking \
                 Stripe for you. Ask them how to hand it over. Nothing was changed.",
                platform.as_deref().unwrap_or("The company that asked you")
            ),
        ),
        Problem::NotOffered { .. } => (
            StatusCode::CONFLICT,
            "This can't be connected at the moment",
            "It was switched off after the page was opened. Nothing was changed.".into(),
        ),
    };
    let actions = match problem {
        Problem::GoingOn { company, connection } => vec![
            Action::primary(done::path(*company, *connection), "Check again"),
            Action::secondary(link_paths::start(*company, *connection), "Start again"),
        ],
        Problem::NotOffered { company } => vec![Action::primary(link_paths::company(*company), "Back")],
        _ => Vec::new(),
    };
    let tone = if matches!(problem, Problem::GoingOn { .. }) { Tone::Waiting } else { Tone::Failed };
    let message = Message { tone, heading, body: &body, actions, ..Message::default() };
    pages::message(status, &message).unwrap_or_else(|failure| failure.error_response())
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Failure::Db(DbError::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (status, reference) = (self.status_code(), error_reference());
        tracing::error!(reference, error = %self, "a Link page failed");
        let message = Message {
            tone: Tone::Failed,
            heading: "Something failed on our side",
            body: "Try again in a minute. If it happens again, tell whoever sent you the link, with this reference:",
            reference: Some(&reference),
            ..Message::default()
        };
        // Where not even that can be made, the status has to do.
        pages::message(status, &message).unwrap_or_else(|_| HttpResponse::new(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    #[actix_web::test]
    async fn a_failure_shows_a_reference_and_nothing_of_its_cause() {
        let failure = Failure::Db(DbError::Broken("canary of the inside".to_owned()));
        let response = failure.error_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(response.into_body()).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(!body.contains("canary"), "{body}");
        let (_, reference) = body.split_once("<code>").unwrap();
        assert!(reference[..8].bytes().all(|b| b.is_ascii_hexdigit()), "{reference}");
    }

    #[test]
    fn a_database_out_of_reach_is_a_503() {
        assert_eq!(
            Failure::Db(DbError::Unavailable(String::new())).status_code(),
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}

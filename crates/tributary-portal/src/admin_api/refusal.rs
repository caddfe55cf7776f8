//! Why a request isn't answered as asked: one shape for all (docs/admin-api.md#errors).

use crate::auth::SignInError;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use tributary_core::state::Role;
use tributary_db::DbError;

/// A refusal that the caller is told of, or a failure that only the log may know.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("send an e-mail address and a password: `Authorization: Basic` with base64 of email:password")]
    NoCredentials,
    #[error("the e-mail address or the password is not right")]
    WrongCredentials,
    #[error("too many tries failed: wait {wait_secs} seconds")]
    TooManyTries { wait_secs: u64 },
    #[error("too many sign-ins at this moment: try again in a few seconds")]
    Busy,
    #[error("this request comes from a page of another site; the API is for scripts")]
    OtherSite,
    #[error("your role on this platform is {role}; at least {needed} is needed")]
    Role { role: Role, needed: Role },
    #[error("there is no {what} with this id")]
    NotFound { what: &'static str },
    #[error("there is no such path")]
    NoSuchPath,
    #[error("this path allows {0} only")]
    MethodNotAllowed(String),
    #[error("the body must be JSON: send `Content-Type: application/json`")]
    MediaType,
    #[error("the body is longer than {max_bytes} bytes")]
    TooLarge { max_bytes: usize },
    #[error("{0}")]
    Unreadable(String),
    #[error("the request has fields or parameters that don't fit")]
    Malformed(Vec<FieldProblem>),
    #[error("what was asked for can't be done; the fields say why")]
    Unprocessable(Vec<FieldProblem>),
    #[error("somebody else has changed the integration meanwhile: read it again")]
    ChangedMeanwhile,
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    #[error("the service can't answer at this moment: try again later")]
    Unavailable,
    #[error("a defect of Tributary's; the log has the cause under the correlation id")]
    Internal,
}

/// What is wrong with one field of a body or one parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldProblem {
    pub field: String,
    pub code: &'static str,
    pub message: String,
}

/// The body of every answer that is an error.
#[derive(Serialize)]
struct ErrorBody<'a> {
    error: ErrorShape<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorShape<'a> {
    code: &'static str,
    message: String,
    correlation_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [FieldProblem],
}

impl FieldProblem {
    pub(crate) fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        FieldProblem { field: field.into(), code, message: message.into() }
    }
}

impl Refusal {
    /// The word in `error.code`; scripts may rely on it.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Refusal::NoCredentials => "no_credentials",
            Refusal::WrongCredentials => "wrong_credentials",
            Refusal::TooManyTries { .. } => "too_many_tries",
            Refusal::Busy => "busy",
            Refusal::OtherSite => "other_site",
            Refusal::Role { .. } => "role",
            Refusal::NotFound { .. } => "not_found",
            Refusal::NoSuchPath => "no_such_path",
            Refusal::MethodNotAllowed(_) => "method_not_allowed",
            Refusal::MediaType => "media_type",
            Refusal::TooLarge { .. } => "too_large",
            Refusal::Unreadable(_) => "unreadable",
            Refusal::Malformed(_) => "malformed",
            Refusal::Unprocessable(_) => "unprocessable",
            Refusal::ChangedMeanwhile => "changed_meanwhile",
            Refusal::Conflict { code, .. } => code,
            Refusal::Unavailable => "unavailable",
            Refusal::Internal => "internal",
        }
    }

    /// A field that must be there isn't.
    pub(crate) fn missing(field: &'static str) -> Self {
        Refusal::Malformed(vec![FieldProblem::new(field, "missing", "this field is needed")])
    }

    /// Seconds after which the same request may succeed.
    fn retry_after_secs(&self) -> Option<u64> {
        match self {
            Refusal::TooManyTries { wait_secs } => Some(*wait_secs),
            Refusal::Busy | Refusal::Unavailable => Some(5),
            _ => None,
        }
    }

    /// The answer.
    pub(crate) fn answer(&self, correlation_id: &str) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        if self.status_code() == StatusCode::UNAUTHORIZED {
            answer.insert_header(("www-authenticate", r#"Basic realm="Tributary", charset="UTF-8""#));
        }
        if let Some(secs) = self.retry_after_secs() {
            answer.insert_header(("retry-after", secs.to_string()));
        }
        if let Refusal::MethodNotAllowed(allowed) = self {
            answer.insert_header(("allow", allowed.as_str()));
        }
        let fields: &[FieldProblem] = match self {
            Refusal::Malformed(fields) | Refusal::Unprocessable(fields) => fields,
            _ => &[],
        };
        let error = ErrorShape { code: self.code(), message: self.to_string(), correlation_id, fields };
        answer.json(ErrorBody { error })
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Refusal::NoCredentials | Refusal::WrongCredentials => StatusCode::UNAUTHORIZED,
            Refusal::TooManyTries { .. } => StatusCode::TOO_MANY_REQUESTS,
            Refusal::OtherSite | Refusal::Role { .. } => StatusCode::FORBIDDEN,
            Refusal::NotFound { .. } | Refusal::NoSuchPath => StatusCode::NOT_FOUND,
            Refusal::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Unreadable(_) | Refusal::Malformed(_) => StatusCode::BAD_REQUEST,
            Refusal::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::ChangedMeanwhile => StatusCode::PRECONDITION_FAILED,
            Refusal::Conflict { .. } => StatusCode::CONFLICT,
            Refusal::Busy | Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        tracing::error!(cause = %error, "a request to the API for platform admins failed");
        if error.is_outage() { Refusal::Unavailable } else { Refusal::Internal }
    }
}

impl From<SignInError> for Refusal {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => Refusal::WrongCredentials,
            SignInError::TooManyTries { wait_secs } => Refusal::TooManyTries { wait_secs },
            SignInError::Busy => Refusal::Busy,
            SignInError::Db(error) => error.into(),
            SignInError::Password(error) => {
                tracing::error!(cause = %error, "a password could not be checked");
                Refusal::Internal
            }
        }
    }
}

//! Why a request isn't answered as asked.

use actix_web::ResponseError;
use tributary_contract::ApiError;
use tributary_core::access_token::NotValid;
use tributary_db::DbError;

/// A refusal that the client is told of, or a failure that only the log may know.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The contract has an answer for it.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// The path has other methods: those named, as the header `Allow` lists them.
    #[error("the path allows {0} only")]
    MethodNotAllowed(String),
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// An access token can't be signed.
    #[error("the access token can't be signed")]
    Unsigned(#[from] NotValid),
    /// An answer can't be written as JSON.
    #[error("the answer can't be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// Handlers and extractors fail through this; `answer` writes the body, which needs the correlation id.
impl ResponseError for Failure {}

impl Failure {
    /// What the client is told: nothing of the cause of a failure of ours. An outage is told apart from
    /// a defect, because clients retry it.
    pub(crate) fn told(&self) -> ApiError {
        match self {
            Failure::Refused(error) => error.clone(),
            Failure::MethodNotAllowed(_) => ApiError::MethodNotAllowed,
            Failure::Db(error) if error.is_outage() => ApiError::Unavailable,
            Failure::Db(_) | Failure::Unsigned(_) | Failure::Json(_) => ApiError::Internal,
        }
    }
}

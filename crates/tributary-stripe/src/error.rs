//! Failures, one variant for each way to react (facts: Stripe's errors are told apart by status and code,
//! not by type). No message holds a secret.

use std::fmt;
use std::time::Duration;

/// Why Stripe gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub kind: ErrorKind,
    /// Stripe's id of the request, `req_…`, when it answered.
    pub request_id: Option<String>,
    /// What Stripe says about sending the same request again (`Stripe-Should-Retry`).
    pub should_retry: Option<bool>,
}

/// What went wrong, by what there is to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// Too many requests.
    #[error("Stripe's rate limit was reached")]
    RateLimited {
        /// How long Stripe asks to wait.
        retry_after: Option<Duration>,
        /// Which limit.
        reason: RateReason,
    },
    /// Somebody else works on the object (429 `lock_timeout`, 409).
    #[error("the object is in use at Stripe")]
    LockTimeout,
    /// The credential is invalid, expired or revoked (401).
    #[error("Stripe does not accept the credential: {message}")]
    Unauthorized {
        /// `api_key_expired`, `platform_api_key_expired`, …; none for a key that never was one.
        code: Option<String>,
        /// Stripe's words, masked.
        message: String,
    },
    /// The credential lacks a permission (403).
    #[error("Stripe refuses access: {message}")]
    Forbidden {
        /// The permissions of which one would do, `rak_…`; empty when Stripe names none.
        permissions: Vec<String>,
        /// Stripe's code, if any.
        code: Option<String>,
        /// Stripe's words, masked; they may name the account.
        message: String,
    },
    /// The platform's key no longer reaches the account (403 `account_invalid`).
    #[error("the account is not connected: {message}")]
    AccountInvalid {
        /// Stripe's words, masked.
        message: String,
    },
    /// There is no such object (404).
    #[error("there is no such object at Stripe")]
    NotFound {
        /// The parameter that named it, mostly `id`.
        param: Option<String>,
        /// Stripe's words, masked.
        message: String,
    },
    /// The cursor of a list names an object that is gone (rule E5).
    #[error("the cursor of the list is unknown to Stripe")]
    CursorMissing,
    /// Any other refusal: the request itself is at fault.
    #[error("Stripe rejected the request with status {status}: {message}")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// Stripe's code, if any.
        code: Option<String>,
        /// The parameter at fault, if any.
        param: Option<String>,
        /// Stripe's words, masked.
        message: String,
    },
    /// Stripe can't serve now (5xx, 424).
    #[error("Stripe is unavailable (status {status})")]
    Unavailable {
        /// HTTP status.
        status: u16,
    },
    /// No answer came.
    #[error("Stripe could not be reached: {0}")]
    Unreachable(Unreachable),
    /// An answer came that can't be one of Stripe's.
    #[error("Stripe's answer (status {status}) could not be read: {why}")]
    Unreadable {
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        why: Unreadable,
    },
}

/// The limit that was reached (`Stripe-Rate-Limited-Reason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateReason {
    /// The account's requests as a whole, or Stripe doesn't say.
    Account,
    /// The account's requests to this endpoint, or on this resource.
    Endpoint,
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// No connection: the request was never sent.
    NotConnected,
    /// The answer took too long. The request may have been carried out.
    TimedOut,
    /// The connection broke. The request may have been carried out.
    Broken,
    /// Nothing was sent: Stripe has been failing, and has not recovered yet.
    NotAsked,
}

/// Why an answer can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It ended too early.
    Truncated,
    /// It is longer than is read.
    Oversized,
    /// Its content type is not JSON.
    ContentType,
    /// It is not JSON, or not of the expected shape.
    Shape,
    /// A refusal without Stripe's error body: something in between answered.
    NotStripes,
}

/// What there is to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing is wrong with the request: the same may succeed later.
    Later,
    /// The credential is dead: the merchant has to authorise anew.
    Reauthorize,
    /// A permission is missing: name it to the merchant.
    NamePermission,
    /// Read on from the time of the last object instead of its id (rule E5).
    ResumeByTime,
    /// What was asked for doesn't exist.
    Absent,
    /// Repeating can't help: record it and stop.
    GiveUp,
}

impl Error {
    /// A failure before any answer.
    pub(crate) fn without_answer(why: Unreachable) -> Self {
        Error { kind: ErrorKind::Unreachable(why), request_id: None, should_retry: None }
    }

    /// What there is to do about it.
    pub fn reaction(&self) -> Reaction {
        match &self.kind {
            ErrorKind::RateLimited { .. }
            | ErrorKind::LockTimeout
            | ErrorKind::Unavailable { .. }
            | ErrorKind::Unreachable(_)
            | ErrorKind::Unreadable { .. } => Reaction::Later,
            ErrorKind::Unauthorized { .. } | ErrorKind::AccountInvalid { .. } => Reaction::Reauthorize,
            ErrorKind::Forbidden { .. } => Reaction::NamePermission,
            ErrorKind::CursorMissing => Reaction::ResumeByTime,
            ErrorKind::NotFound { .. } => Reaction::Absent,
            ErrorKind::Rejected { .. } => Reaction::GiveUp,
        }
    }

    /// Whether the same read may be sent again at once or soon: Stripe's own word first, then what the
    /// kind of failure suggests.
    pub fn is_retryable(&self) -> bool {
        self.should_retry.unwrap_or(self.reaction() == Reaction::Later)
    }

    /// The account that Stripe's words name, `acct_…`.
    pub(crate) fn named_account(&self) -> Option<&str> {
        match &self.kind {
            ErrorKind::Forbidden { message, .. } | ErrorKind::AccountInvalid { message } => {
                account_in(message)
            }
            _ => None,
        }
    }
}

/// The first account id in a text.
pub(crate) fn account_in(text: &str) -> Option<&str> {
    let start = text.find("acct_")?;
    let rest = text.get(start..)?;
    let len = rest.bytes().position(|b| !b.is_ascii_alphanumeric() && b != b'_').unwrap_or(rest.len());
    rest.get(..len).filter(|id| id.len() > "acct_".len())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.request_id {
            Some(id) => write!(f, "{} (request {id})", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreachable::NotConnected => "no connection",
            Unreachable::TimedOut => "the answer took too long",
            Unreachable::Broken => "the connection broke",
            Unreachable::NotAsked => {
                "most of its answers have failed of late; it is asked again when it recovers"
            }
        })
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreadable::Truncated => "it ended too early",
            Unreadable::Oversized => "it is too long",
            Unreadable::ContentType => "it is not JSON by its content type",
            Unreadable::Shape => "it is not JSON of the expected shape",
            Unreadable::NotStripes => "it does not carry Stripe's error body",
        })
    }
}

//! What can go wrong in the store.

use crate::migrate::MigrateError;
use crate::stored::UnexpectedText;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use tributary_core::seal::{MasterKeyError, SealError};
use tributary_core::token::NoRandomness;

/// A failure of the store. Nothing was changed: the transaction was rolled back.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database refused a statement or went away.
    #[error("the database failed: {0}")]
    Query(#[from] QueryError),
    /// No connection could be had in time.
    #[error("the database can't be reached: {0}")]
    Unavailable(String),
    /// A secret didn't open or seal.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No randomness for an id or a secret.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The connection's lease is held by somebody else now: the write was refused (rule E9).
    #[error("the lease was lost: another worker took the connection over")]
    Fenced,
    /// The database server crashed and took back commits that it had acknowledged early ([`crate::Db::write_early`]): what
    /// goes on from them has to begin with what is stored.
    #[error("the database crashed and took back its last commits")]
    TakenBack,
    /// What the transaction had read was changed by another one before it could be relied on.
    #[error("another transaction changed what this one had read")]
    Overtaken,
    /// A row says what no version of Tributary writes.
    #[error("the database holds something unexpected: {0}")]
    Broken(String),
    /// The blocking task was cancelled by shutdown.
    #[error("the database work was cancelled")]
    Cancelled,
}

impl From<UnexpectedText> for DbError {
    fn from(unexpected: UnexpectedText) -> Self {
        DbError::Broken(unexpected.to_string())
    }
}

impl DbError {
    /// Whether the same transaction may succeed if it is run again at once: a deadlock, a serialization
    /// failure, something that was changed meanwhile, or a busy SQLite file.
    pub fn is_transient(&self) -> bool {
        match self {
            DbError::Overtaken => true,
            DbError::Query(QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            DbError::Query(QueryError::DatabaseError(_, info)) => {
                let message = info.message();
                message.contains("deadlock detected") || message.contains("database is locked")
            }
            _ => false,
        }
    }

    /// Whether the database can't be used at present, rather than that a statement or a row is wrong: the
    /// same work may succeed later.
    pub fn is_outage(&self) -> bool {
        use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
        match self {
            DbError::Unavailable(_) | DbError::Cancelled => true,
            DbError::Query(QueryError::DatabaseError(ClosedConnection | UnableToSendCommand, _)) => true,
            DbError::Query(QueryError::BrokenTransactionManager) => true,
            other => other.is_transient(),
        }
    }

    /// Whether a unique index refused the row.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, DbError::Query(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}

/// Why a database can't be opened for serving. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not a database URL.
    #[error("{0}")]
    Url(String),
    /// The directory of the SQLite file is missing.
    #[error("the directory {0} does not exist: create it or change database.url")]
    NoDirectory(String),
    /// The file or server can't be opened.
    #[error("the database can't be opened: {0}")]
    Connect(String),
    /// Another process serves this SQLite file (rule E17).
    #[error(
        "the SQLite database is in use by another Tributary process ({0}): stop it first, or use PostgreSQL to run several"
    )]
    InUse(String),
    /// The database can't be written.
    #[error("the database is read-only: {0}")]
    ReadOnly(String),
    /// A bundled SQLite with known corruption bugs.
    #[error("SQLite {0} is too old: 3.51.3 or newer is needed")]
    OldSqlite(String),
    /// Migrations are missing, failed, or are newer than this binary.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The master key is malformed.
    #[error("vault.master_key_file: {0}")]
    MasterKey(#[from] MasterKeyError),
    /// A statement failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

//! One connection type over both databases.
//!
//! Most queries run on [`AnyConn`] as they are. `ON CONFLICT` statements go through [`Both`]; statements
//! that differ per database `match` on the connection (docs/decisions/0002).

pub use any::{AnyConn, MultiBackend};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sqlite::Sqlite;
use diesel::{Connection, PgConnection, QueryResult, RunQueryDsl, SqliteConnection};

mod any {
    #![allow(missing_docs, reason = "the derive makes public items without documentation")]

    use diesel::{PgConnection, SqliteConnection};

    /// A connection to whichever database the installation uses.
    #[derive(diesel::MultiConnection)]
    pub enum AnyConn {
        /// PostgreSQL.
        Pg(PgConnection),
        /// SQLite.
        Sqlite(SqliteConnection),
    }
}

/// A statement that both databases can build, run on [`AnyConn`].
///
/// The derive of the multi connection refuses `ON CONFLICT`; both real backends have it.
pub struct Both<T>(pub T);

impl<T: QueryFragment<Pg> + QueryFragment<Sqlite>> QueryFragment<MultiBackend> for Both<T> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, pass)
    }
}

impl<T: QueryId> QueryId for Both<T> {
    type QueryId = T::QueryId;
    const HAS_STATIC_QUERY_ID: bool = T::HAS_STATIC_QUERY_ID;
}

impl<T: Query> Query for Both<T> {
    type SqlType = T::SqlType;
}

impl<T> RunQueryDsl<AnyConn> for Both<T> {}

/// What a database URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `postgres://…` or `postgresql://…`, the URL as given.
    Postgres(String),
    /// `sqlite://PATH`, the path.
    Sqlite(std::path::PathBuf),
}

impl Target {
    /// Reads a database URL; anything but the three schemes is refused by name.
    pub fn parse(url: &str) -> Result<Target, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            refuse_tls_without_feature(url)?;
            return Ok(Target::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite://") {
            Some("") => Err("database.url names no file: write sqlite://PATH".to_owned()),
            Some(path) => Ok(Target::Sqlite(path.into())),
            None => Err("database.url must start with sqlite:// or postgres://".to_owned()),
        }
    }
}

/// libpq would say "invalid when SSL support is not compiled in"; this says what to do.
fn refuse_tls_without_feature(url: &str) -> Result<(), String> {
    let asks = ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full"]
        .iter()
        .find(|mode| url.contains(**mode));
    match asks {
        Some(mode) if !cfg!(feature = "postgres-tls") => Err(format!(
            "database.url asks for {mode}, but this binary was built without TLS for PostgreSQL: \
             build it with `--features postgres-tls`"
        )),
        _ => Ok(()),
    }
}

/// Opens connections for a pool.
#[derive(Debug)]
pub(crate) struct Manager {
    pub(crate) target: Target,
    /// SQLite: connections that refuse to write.
    pub(crate) read_only: bool,
}

/// What SQLite connections are set to. FULL makes a commit survive a power cut; the default page cache of
/// 2 MB is too small for the primary keys of large tables.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -32000; \
    PRAGMA temp_store = MEMORY;";

/// What SQLite connections for reading are set to besides. There are several of them, each with a cache of its own.
const SQLITE_READER_SETTINGS: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -8000;";

/// What PostgreSQL connections are set to. A process that is frozen within a transaction holds its locks only
/// until the server ends the transaction for idling; an operator's own limit, from the URL's `options` or the
/// server's configuration, comes first. A machine that is gone is noticed by its silence. The name tells in
/// `pg_stat_activity` which process a session belongs to.
fn postgres_settings() -> String {
    format!(
        "SET TIME ZONE 'UTC'; SET lock_timeout = '20s'; SET application_name = 'tributary {}'; \
         SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; \
         SELECT set_config('idle_in_transaction_session_timeout', '15s', false) \
         WHERE current_setting('idle_in_transaction_session_timeout') = '0'",
        std::process::id()
    )
}

impl ManageConnection for Manager {
    type Connection = AnyConn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<AnyConn, Self::Error> {
        use diesel::r2d2::Error::{ConnectionError, QueryError};
        match &self.target {
            Target::Postgres(url) => {
                let mut conn = PgConnection::establish(url).map_err(ConnectionError)?;
                conn.batch_execute(&postgres_settings()).map_err(QueryError)?;
                Ok(AnyConn::Pg(conn))
            }
            Target::Sqlite(path) => {
                let path = path.to_string_lossy();
                let mut conn = SqliteConnection::establish(&path).map_err(ConnectionError)?;
                conn.batch_execute(SQLITE_SETTINGS).map_err(QueryError)?;
                if self.read_only {
                    conn.batch_execute(SQLITE_READER_SETTINGS).map_err(QueryError)?;
                }
                Ok(AnyConn::Sqlite(conn))
            }
        }
    }

    fn is_valid(&self, conn: &mut AnyConn) -> Result<(), Self::Error> {
        conn.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut AnyConn) -> bool {
        conn.is_broken()
    }
}

/// Begins a transaction that may write: on SQLite with BEGIN IMMEDIATE, so that it waits for its turn at
/// the start instead of failing half-way (rule E17).
pub(crate) fn begin(conn: &mut AnyConn) -> QueryResult<()> {
    match conn {
        AnyConn::Pg(conn) => AnsiTransactionManager::begin_transaction(conn),
        AnyConn::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
    }
}

/// Has PostgreSQL acknowledge the transaction under way before it is on the disk; SQLite knows nothing like it.
pub(crate) fn acknowledge_early(conn: &mut AnyConn) -> QueryResult<()> {
    match conn {
        AnyConn::Pg(conn) => conn.batch_execute("SET LOCAL synchronous_commit = off"),
        AnyConn::Sqlite(_) => Ok(()),
    }
}

/// Begins a transaction that doesn't write and whose queries all see one moment. While its reader does something
/// else, PostgreSQL waits `idle_secs`.
pub(crate) fn begin_snapshot(conn: &mut AnyConn, idle_secs: u32) -> QueryResult<()> {
    match conn {
        AnyConn::Pg(conn) => {
            // Both at once: one round trip.
            let begin = format!(
                "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
                 SET LOCAL idle_in_transaction_session_timeout = '{idle_secs}s'"
            );
            AnsiTransactionManager::begin_transaction_sql(conn, &begin)
        }
        AnyConn::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN"),
    }
}

pub(crate) fn commit(conn: &mut AnyConn) -> QueryResult<()> {
    match conn {
        AnyConn::Pg(conn) => AnsiTransactionManager::commit_transaction(conn),
        AnyConn::Sqlite(conn) => AnsiTransactionManager::commit_transaction(conn),
    }
}

pub(crate) fn rollback(conn: &mut AnyConn) -> QueryResult<()> {
    match conn {
        AnyConn::Pg(conn) => AnsiTransactionManager::rollback_transaction(conn),
        AnyConn::Sqlite(conn) => AnsiTransactionManager::rollback_transaction(conn),
    }
}

/// Runs the same body on either connection: for batch inserts and what else the multi connection can't do.
#[macro_export]
macro_rules! on_each {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::AnyConn::Pg($c) => $body,
            $crate::AnyConn::Sqlite($c) => $body,
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_urls_are_told_apart_by_scheme_alone() {
        assert_eq!(Target::parse("sqlite:///a/b.sqlite"), Ok(Target::Sqlite("/a/b.sqlite".into())));
        assert!(matches!(Target::parse("postgres://h/d"), Ok(Target::Postgres(_))));
        for url in ["", "b.sqlite", "sqlite://", "mysql://h/d", "sqlite:b.sqlite"] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }

    #[cfg(not(feature = "postgres-tls"))]
    #[test]
    fn tls_is_refused_by_name_where_it_was_not_built_in() {
        let error = Target::parse("postgres://h/d?sslmode=verify-full&x=1").unwrap_err();
        assert!(
            error.contains("sslmode=verify-full") && error.contains("--features postgres-tls"),
            "{error}"
        );
    }
}

//! Migrations: two folders with equal names, run at start under a lock (rule I13).

use crate::conn::AnyConn;
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

#[cfg(test)]
mod tests;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// One lock for all processes that migrate the same PostgreSQL database: any number will do.
const ADVISORY_LOCK: i64 = 7_610_761_176_127_613;

/// Why the schema is not the one this binary knows.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database was migrated by a newer version.
    #[error(
        "the database is newer than this binary (it has migration {0}): use the version that made it, or a newer one"
    )]
    Newer(String),
    /// Migrations are pending and weren't asked for.
    #[error(
        "the database lacks {0} migration(s): run `tributary migrate`, or set database.migrate_at_start = true"
    )]
    Pending(usize),
    /// A migration failed; it was rolled back.
    #[error("a migration failed and was rolled back: {0}")]
    Failed(String),
}

/// Runs what is missing and returns the names of what ran. On PostgreSQL other processes wait their turn.
pub fn run(conn: &mut AnyConn) -> Result<Vec<String>, MigrateError> {
    match conn {
        AnyConn::Pg(conn) => one_at_a_time(conn, |conn| {
            refuse_newer::<Pg, _>(conn, &POSTGRES)?;
            run_pending(conn, POSTGRES)
        }),
        AnyConn::Sqlite(conn) => {
            refuse_newer::<Sqlite, _>(conn, &SQLITE)?;
            run_pending(conn, SQLITE)
        }
    }
}

/// Fails unless the schema is exactly this binary's.
pub fn check(conn: &mut AnyConn) -> Result<(), MigrateError> {
    let pending = match conn {
        // Asking for migrations makes diesel's own table where there is none, so that, too, waits its turn.
        AnyConn::Pg(conn) => one_at_a_time(conn, |conn| {
            refuse_newer::<Pg, _>(conn, &POSTGRES)?;
            Ok(conn.pending_migrations(POSTGRES).map_err(failed)?.len())
        })?,
        AnyConn::Sqlite(conn) => {
            refuse_newer::<Sqlite, _>(conn, &SQLITE)?;
            conn.pending_migrations(SQLITE).map_err(failed)?.len()
        }
    };
    if pending == 0 { Ok(()) } else { Err(MigrateError::Pending(pending)) }
}

/// Does work while no other process does the same, however long that one takes.
fn one_at_a_time<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    let lock =
        format!("SET lock_timeout = 0; SELECT pg_advisory_lock({ADVISORY_LOCK}); SET lock_timeout = '20s'");
    conn.batch_execute(&lock).map_err(failed)?;
    let done = work(conn);
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})")).map_err(failed)?;
    done
}

fn run_pending<DB, C>(conn: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, MigrateError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let ran = conn.run_pending_migrations(source).map_err(failed)?;
    Ok(ran.iter().map(ToString::to_string).collect())
}

fn refuse_newer<DB, C>(conn: &mut C, source: &EmbeddedMigrations) -> Result<(), MigrateError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    let known: Vec<MigrationVersion<'_>> = known.iter().map(|m| m.name().version()).collect();
    let applied = conn.applied_migrations().map_err(failed)?;
    match applied.iter().find(|version| !known.contains(version)) {
        Some(version) => Err(MigrateError::Newer(version.to_string())),
        None => Ok(()),
    }
}

fn failed(error: impl std::fmt::Display) -> MigrateError {
    MigrateError::Failed(error.to_string())
}

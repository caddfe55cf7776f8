//! The handle that services hold, and the one way to run blocking work.

use crate::conn::{self, AnyConn, Manager, Target};
use crate::error::{DbError, OpenError};
use crate::migrate::{self, MigrateError};
use diesel::r2d2::{Pool, PooledConnection};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

/// How many times a transaction that met a deadlock, a serialization failure or a busy file is run.
const ATTEMPTS_MAX: u32 = 5;

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct DbSettings {
    /// `sqlite://PATH` or `postgres://…`.
    pub url: String,
    /// PostgreSQL: connections in the pool. SQLite: readers; there is one writer always.
    pub connections: u32,
    /// Run pending migrations, or refuse to start while there are any.
    pub migrate: bool,
    /// How long a query waits for a free connection.
    pub wait_secs: u64,
}

/// A handle on the database; clones share the pools.
#[derive(Clone)]
pub struct Db {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    gate: Gate,
    /// Keeps the lock file of a SQLite database; released when the last handle goes.
    _lock: Arc<Option<std::fs::File>>,
    is_sqlite: bool,
}

/// The fair queue of writers. Bulk work first queues for a place among `bulk`, so that the pages of many runs can't keep
/// everything else from the database: on SQLite at most one bulk transaction stands in the queue of all writers before an
/// acknowledgement (rule E17), on PostgreSQL half of the connections are never theirs.
#[derive(Clone)]
struct Gate {
    bulk: Arc<Semaphore>,
    /// SQLite's one writer.
    all: Option<Arc<Mutex<()>>>,
}

/// A writer's turn, until it is dropped.
struct Turn {
    _bulk: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedMutexGuard<()>>,
}

/// Which lane a writing transaction queues in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lane {
    Acknowledgement,
    Bulk,
}

impl Db {
    /// Opens the database for serving: checks that it can be reached, written and is of this binary's schema,
    /// and that no other process serves it if it is SQLite.
    ///
    /// Blocks; call it at start-up or within a blocking task.
    pub fn open(settings: &DbSettings) -> Result<Db, OpenError> {
        let target = Target::parse(&settings.url).map_err(OpenError::Url)?;
        let lock = lock(&target)?;
        let mut first = connect_checked(&target)?;
        if settings.migrate {
            migrate::run(&mut first).map(|_| ())?
        } else {
            migrate::check(&mut first)?
        }
        Self::with_pools(settings, target, lock)
    }

    /// Opens the database for a command: as [`Db::open`], but also beside the process that serves it. SQLite's
    /// own locks keep short transactions of several processes apart. Migrations still need the database to
    /// oneself.
    pub fn open_for_command(settings: &DbSettings) -> Result<Db, OpenError> {
        let target = Target::parse(&settings.url).map_err(OpenError::Url)?;
        if settings.migrate {
            Self::migrate(settings)?;
        } else {
            migrate::check(&mut connect_checked(&target)?)?;
        }
        Self::with_pools(settings, target, None)
    }

    /// Migrates the database and returns the names of the migrations that ran, whatever the settings say about
    /// migrating. SQLite: what is missing is run only while no other process serves it.
    pub fn migrate(settings: &DbSettings) -> Result<Vec<String>, OpenError> {
        let target = Target::parse(&settings.url).map_err(OpenError::Url)?;
        let mut conn = connect_checked(&target)?;
        match migrate::check(&mut conn) {
            Err(MigrateError::Pending(_)) => {
                let _lock = lock(&target)?;
                Ok(migrate::run(&mut conn)?)
            }
            checked => Ok(checked.map(|()| Vec::new())?),
        }
    }

    fn with_pools(
        settings: &DbSettings,
        target: Target,
        lock: Option<std::fs::File>,
    ) -> Result<Db, OpenError> {
        let is_sqlite = matches!(target, Target::Sqlite(_));
        let wait = Duration::from_secs(settings.wait_secs);
        let pool = |size: u32, read_only: bool| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .connection_timeout(wait)
                .test_on_check_out(!is_sqlite)
                .error_handler(Box::new(LogErrors))
                .build(Manager { target: target.clone(), read_only })
                .map_err(|error| OpenError::Connect(error.to_string()))
        };
        let (readers, writers) = if is_sqlite {
            (pool(settings.connections.max(1), true)?, pool(1, false)?)
        } else {
            let shared = pool(settings.connections.max(2), false)?;
            (shared.clone(), shared)
        };
        Ok(Db {
            readers,
            writers,
            gate: Gate::new(is_sqlite, settings.connections),
            _lock: Arc::new(lock),
            is_sqlite,
        })
    }

    /// Whether the database is SQLite, which only one process may serve.
    pub fn is_sqlite(&self) -> bool {
        self.is_sqlite
    }

    /// Runs queries that don't write, on a blocking thread. They see one moment only if they are one query.
    pub async fn read<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, DbError> + Send + 'static,
    {
        let pool = self.readers.clone();
        blocking(move || work(&mut *checkout(&pool)?)).await
    }

    /// As [`Db::read`], but all queries see one moment. For readers that take their time: it holds a connection, and
    /// what it sees from being cleaned up, so bound how many there are and how long `work` waits for others. PostgreSQL
    /// ends it where `work` stays away for longer than `idle_secs`; SQLite lets it be.
    pub async fn read_snapshot<T, F>(&self, idle_secs: u32, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, DbError> + Send + 'static,
    {
        let pool = self.readers.clone();
        blocking(move || {
            let mut conn = checkout(&pool)?;
            conn::begin_snapshot(&mut conn, idle_secs)?;
            let result = work(&mut conn);
            roll_back(&mut conn);
            result
        })
        .await
    }

    /// Runs one transaction that may write. It is run again when the database asks for that, so `work` must
    /// not have effects outside the database.
    pub async fn write<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConn) -> Result<T, DbError> + Send + 'static,
    {
        self.write_in(Lane::Acknowledgement, work).await
    }

    /// As [`Db::write`], for the pages of a run: on SQLite it lets everything else go first.
    pub async fn write_bulk<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConn) -> Result<T, DbError> + Send + 'static,
    {
        self.write_in(Lane::Bulk, work).await
    }

    /// As [`Db::write_bulk`], for what a crash of the server may take back: PostgreSQL acknowledges it before it is on the disk,
    /// where it is with the next commit of any other kind, or within a second. A crash keeps everything up to some
    /// commit and takes back all after it, so that nothing durable ever rests on anything lost. SQLite writes as ever.
    pub async fn write_early<T, F>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConn) -> Result<T, DbError> + Send + 'static,
    {
        let early = move |conn: &mut AnyConn| {
            conn::acknowledge_early(conn)?;
            work(conn)
        };
        self.write_in(Lane::Bulk, early).await
    }

    async fn write_in<T, F>(&self, lane: Lane, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConn) -> Result<T, DbError> + Send + 'static,
    {
        let turn = self.gate.enter(lane).await;
        let pool = self.writers.clone();
        blocking(move || {
            let result = transaction(&mut *checkout(&pool)?, &work);
            drop(turn);
            result
        })
        .await
    }

    /// As [`Db::write`] for commands and start-up, where there is no runtime to block.
    pub fn write_blocking<T>(&self, work: impl Fn(&mut AnyConn) -> Result<T, DbError>) -> Result<T, DbError> {
        transaction(&mut *checkout(&self.writers)?, &work)
    }

    /// As [`Db::read`] for commands and start-up.
    pub fn read_blocking<T>(
        &self,
        work: impl FnOnce(&mut AnyConn) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        work(&mut *checkout(&self.readers)?)
    }

    /// Whether a query gets through, for the readiness probe.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read(|conn| Ok(sql_query("SELECT 1").execute(conn).map(|_| ())?)).await
    }
}

impl Gate {
    fn new(is_sqlite: bool, connections: u32) -> Self {
        let bulk = if is_sqlite { 1 } else { connections / 2 };
        let places = usize::try_from(bulk.max(1)).unwrap_or(1);
        Gate { bulk: Arc::new(Semaphore::new(places)), all: is_sqlite.then(Arc::default) }
    }

    async fn enter(&self, lane: Lane) -> Turn {
        let bulk = match lane {
            // Nobody closes it.
            Lane::Bulk => Arc::clone(&self.bulk).acquire_owned().await.ok(),
            Lane::Acknowledgement => None,
        };
        let all = match &self.all {
            Some(all) => Some(Arc::clone(all).lock_owned().await),
            None => None,
        };
        Turn { _bulk: bulk, _all: all }
    }
}

/// Runs one writing transaction, again while the failure is transient.
fn transaction<T>(
    conn: &mut AnyConn,
    work: &impl Fn(&mut AnyConn) -> Result<T, DbError>,
) -> Result<T, DbError> {
    let mut attempt = 1;
    loop {
        match transaction_once(conn, work) {
            Err(error) if error.is_transient() && attempt < ATTEMPTS_MAX => {
                std::thread::sleep(Duration::from_millis(5 << attempt));
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn transaction_once<T>(
    conn: &mut AnyConn,
    work: &impl Fn(&mut AnyConn) -> Result<T, DbError>,
) -> Result<T, DbError> {
    conn::begin(conn)?;
    match work(conn) {
        Ok(value) => {
            conn::commit(conn)?;
            Ok(value)
        }
        Err(error) => {
            roll_back(conn);
            Err(error)
        }
    }
}

/// A roll-back that fails leaves a connection that the pool will find broken.
fn roll_back(conn: &mut AnyConn) {
    if let Err(failure) = conn::rollback(conn) {
        tracing::debug!(error = %failure, "rolling back failed");
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DbError> + Send + 'static,
) -> Result<T, DbError> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(|_| DbError::Cancelled)?
}

fn checkout(pool: &Pool<Manager>) -> Result<PooledConnection<Manager>, DbError> {
    pool.get().map_err(|error| DbError::Unavailable(error.to_string()))
}

/// Pool errors are ours to log: the default prints them to stderr.
#[derive(Debug)]
struct LogErrors;

impl diesel::r2d2::HandleError<diesel::r2d2::Error> for LogErrors {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        tracing::warn!(%error, "a database connection failed");
    }
}

/// Takes the lock file of a SQLite database, which only one process may serve (rule E17).
fn lock(target: &Target) -> Result<Option<std::fs::File>, OpenError> {
    match target {
        Target::Sqlite(path) => lock_sqlite(path).map(Some),
        Target::Postgres(_) => Ok(None),
    }
}

fn connect_checked(target: &Target) -> Result<AnyConn, OpenError> {
    if let Target::Sqlite(path) = target {
        directory_of(path)?;
        create_private(path);
    }
    let mut conn = connect_once(target)?;
    if matches!(target, Target::Sqlite(_)) {
        check_sqlite(&mut conn)?;
    }
    Ok(conn)
}

/// Creates the file of a new SQLite database for its owner alone; the files that SQLite puts beside it follow
/// suit. What goes wrong shows when the file is opened.
fn create_private(path: &std::path::Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}

/// The directory of a SQLite file, which must exist.
fn directory_of(path: &std::path::Path) -> Result<&std::path::Path, OpenError> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => std::path::Path::new("."),
    };
    if directory.is_dir() {
        Ok(directory)
    } else {
        Err(OpenError::NoDirectory(directory.display().to_string()))
    }
}

fn connect_once(target: &Target) -> Result<AnyConn, OpenError> {
    use diesel::r2d2::ManageConnection;
    Manager { target: target.clone(), read_only: false }.connect().map_err(|error| match error.to_string() {
        text if text.contains("readonly") || text.contains("read-only") => OpenError::ReadOnly(text),
        text => OpenError::Connect(text),
    })
}

/// Takes the lock file beside the database, `<file>.lock`, which names the process that serves it.
fn lock_sqlite(path: &std::path::Path) -> Result<std::fs::File, OpenError> {
    use std::io::{Read, Seek, Write};
    directory_of(path)?;
    let lock_path = path.with_added_extension("lock");
    let open =
        std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&lock_path);
    let mut file = open.map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            OpenError::ReadOnly(format!("{}: {error}", lock_path.display()))
        }
        _ => OpenError::Connect(format!("{}: {error}", lock_path.display())),
    })?;
    if file.try_lock().is_err() {
        let mut holder = String::new();
        let _ = file.read_to_string(&mut holder);
        let holder =
            if holder.trim().is_empty() { "unknown process".to_owned() } else { holder.trim().to_owned() };
        return Err(OpenError::InUse(holder));
    }
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "process {}", std::process::id()));
    written.map_err(|error| OpenError::ReadOnly(format!("{}: {error}", lock_path.display())))?;
    Ok(file)
}

#[derive(QueryableByName)]
struct OneText {
    #[diesel(sql_type = Text)]
    value: String,
}

/// Refuses SQLite versions with known corruption bugs and files that can't be written.
fn check_sqlite(conn: &mut AnyConn) -> Result<(), OpenError> {
    let version: OneText =
        sql_query("SELECT sqlite_version() AS value").get_result(conn).map_err(DbError::from)?;
    let parts: Vec<u32> = version.value.split('.').filter_map(|part| part.parse().ok()).collect();
    if parts < vec![3, 51, 3] {
        return Err(OpenError::OldSqlite(version.value));
    }
    // BEGIN IMMEDIATE takes the write lock without writing: it fails on a file that is read-only or locked.
    conn::begin(conn).and_then(|()| conn::rollback(conn)).map_err(|error| match error.to_string() {
        text if text.contains("locked") => OpenError::InUse("it is locked".to_owned()),
        text => OpenError::ReadOnly(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platforms;
    use tributary_core::Millis;

    /// A SQLite file in a folder of its own, removed with the test.
    struct File(std::path::PathBuf);

    impl File {
        fn new() -> Self {
            let folder = std::env::temp_dir().join(format!("tributary-open-{}", uuid::Uuid::new_v4()));
            std::fs::create_dir(&folder).unwrap();
            File(folder)
        }

        fn settings(&self, migrate: bool) -> DbSettings {
            let url = format!("sqlite://{}", self.0.join("t.sqlite").display());
            DbSettings { url, connections: 1, migrate, wait_secs: 5 }
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn commands_work_beside_the_one_process_that_serves_a_sqlite_database() {
        let file = File::new();
        let serving = Db::open(&file.settings(true)).unwrap();
        assert!(matches!(Db::open(&file.settings(true)), Err(OpenError::InUse(_))), "a second one serves");
        let command = Db::open_for_command(&file.settings(true)).unwrap();
        command.write_blocking(|conn| platforms::create(conn, "P", Millis(1))).unwrap().unwrap();
        assert_eq!(serving.read_blocking(platforms::list).unwrap().len(), 1);
        drop(serving);
        assert!(Db::open(&file.settings(true)).is_ok(), "a command holds nobody up");
    }

    #[test]
    fn a_schema_is_migrated_only_on_request_and_only_while_nobody_serves() {
        let file = File::new();
        let pending = Db::open_for_command(&file.settings(false)).err().unwrap();
        assert!(pending.to_string().contains("tributary migrate"), "{pending}");
        let lock = lock_sqlite(&file.0.join("t.sqlite")).unwrap();
        assert!(matches!(Db::open_for_command(&file.settings(true)), Err(OpenError::InUse(_))));
        assert!(matches!(Db::migrate(&file.settings(false)), Err(OpenError::InUse(_))));
        drop(lock);
        assert!(!Db::migrate(&file.settings(false)).unwrap().is_empty());
        assert!(Db::migrate(&file.settings(false)).unwrap().is_empty(), "there is nothing left to do");
        assert!(Db::open_for_command(&file.settings(false)).is_ok());
    }
}

//! Many connections that have nothing to do: what it costs to keep them.

use crate::install::{Installation, Sandbox};
use crate::stats::Series;
use crate::store::{self, Databases, Store, StoreOptions};
use crate::table::Table;
use crate::{cpu, runs};
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, SqliteConnection};
use std::time::{Duration, Instant};
use tributary_core::sync_settings::ReadingSettings;
use tributary_db::{AnyConn, Db, DbError, DbSettings, leases, schedules, use_cases, work};

/// How long `serve` may take to settle before it is measured.
const SETTLE: Duration = Duration::from_secs(5);

/// Times that each of the scheduler's questions is asked.
const ASKED: usize = 50;

/// Connections that one look takes: as the scheduler does.
const LOOKED_AT_ONCE: i64 = 50;

/// What is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Continuous connections, each read once and not due.
    #[arg(long, default_value_t = 10_000)]
    connections: u64,
    /// For how long `serve` is watched.
    #[arg(long, default_value_t = 60)]
    secs: u64,
    #[command(flatten)]
    store: StoreOptions,
}

/// What one kind of database came to.
struct Figures {
    store: Store,
    find_work_us: Series,
    is_due_us: Series,
    look_at_all_secs: f64,
    cpu_ms_per_minute: f64,
    server_cpu_ms_per_minute: f64,
    transactions_per_minute: Option<f64>,
    memory_mib: f64,
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    cpu::print_machine();
    println!("command: tributary-bench idle --connections {} --secs {}", options.connections, options.secs);
    let sandbox = Sandbox::start(1, 20, 0)?;
    let directory = options.store.directory()?;
    let mut all = Vec::new();
    for store in options.store.stores() {
        let databases = store.create(&directory, "idle")?;
        all.push(measure(options, store, &databases, &sandbox)?);
    }
    let mut table = Table::new(&all.iter().map(|of| of.store.name().to_owned()).collect::<Vec<_>>());
    let mut row = |name: &str, cell: &dyn Fn(&Figures) -> String| {
        table.row(name, &all.iter().map(cell).collect::<Vec<_>>());
    };
    row("looking for work, µs", &|f| f.find_work_us.show(0));
    row("asking whether anything is due, µs", &|f| f.is_due_us.show(0));
    row("looking at every connection once, s", &|f| format!("{:.2}", f.look_at_all_secs));
    row("CPU of `serve` per minute, ms", &|f| format!("{:.0}", f.cpu_ms_per_minute));
    row("CPU of the server per minute, ms", &|f| format!("{:.0}", f.server_cpu_ms_per_minute));
    row("transactions per minute", &|f| {
        f.transactions_per_minute.map_or("–".to_owned(), |count| format!("{count:.0}"))
    });
    row("memory of `serve`, MiB", &|f| format!("{:.1}", f.memory_mib));
    table.print();
    store::remove(&directory)
}

fn measure(
    options: &Options,
    store: Store,
    databases: &Databases,
    sandbox: &Sandbox,
) -> anyhow::Result<Figures> {
    let installation = Installation::new(&databases.directory, &databases.main, sandbox)?;
    installation.continuous()?;
    let serve = installation.serve(&[])?;
    runs::wait(&databases.main, 1, std::slice::from_ref(&serve))?;
    drop(serve);
    multiply(&databases.main, options.connections)?;
    let (find_work_us, is_due_us, look_at_all_secs) = ask(&databases.main)?;

    let serve = installation.serve(&[])?;
    std::thread::sleep(SETTLE);
    let id = serve.0.id();
    let before = (cpu::of_process(id)?, store.server_cpu_secs()?, transactions(&databases.main)?);
    let begun = Instant::now();
    std::thread::sleep(Duration::from_secs(options.secs));
    let minutes = begun.elapsed().as_secs_f64() / 60.0;
    let after = (cpu::of_process(id)?, store.server_cpu_secs()?, transactions(&databases.main)?);
    let count = before.2.zip(after.2).map(|(before, after)| (after - before) / minutes);
    Ok(Figures {
        store,
        find_work_us,
        is_due_us,
        look_at_all_secs,
        cpu_ms_per_minute: (after.0 - before.0) * 1000.0 / minutes,
        server_cpu_ms_per_minute: (after.1 - before.1) * 1000.0 / minutes,
        transactions_per_minute: count,
        memory_mib: cpu::peak_memory_mib(id)?,
    })
}

/// Makes as many copies of the one connection, with its lease, its schedule and its datasets.
fn multiply(url: &str, count: u64) -> anyhow::Result<()> {
    let of_postgres = !url.starts_with("sqlite://");
    let hex = if of_postgres { "lpad(to_hex(i), 12, '0')" } else { "printf('%012x', i)" };
    let copies = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})");
    let statements = format!(
        "{copies} INSERT INTO connections (no, id, platform_no, company_id, integration_id, status, account_id, errors, \
         last_sync_ms, linked_ms, created_ms, modified_ms) \
         SELECT c.no + i, '00000000-0000-4000-8000-' || {hex}, c.platform_no, c.company_id, c.integration_id, c.status, \
         c.account_id, c.errors, c.last_sync_ms, c.linked_ms, c.created_ms, c.modified_ms FROM connections c, n; \
         {copies} INSERT INTO leases (connection_no, epoch, expires_ms, modified_ms) \
         SELECT l.connection_no + i, 1, 0, l.modified_ms FROM leases l, n \
         WHERE l.connection_no = (SELECT min(no) FROM connections); \
         {copies} INSERT INTO schedules (connection_no, look_ms) \
         SELECT s.connection_no + i, 0 FROM schedules s, n \
         WHERE s.connection_no = (SELECT min(no) FROM connections); \
         {copies} INSERT INTO datasets (connection_no, id, platform_no, company_id, data_type, reason, status, active, \
         warnings, progress, records_modified, requested_ms, completed_ms, errors) \
         SELECT d.connection_no + i, substr(d.id, 1, 24) || {hex}, d.platform_no, d.company_id, d.data_type, d.reason, \
         d.status, d.active, d.warnings, d.progress, d.records_modified, d.requested_ms, d.completed_ms, d.errors \
         FROM datasets d, n WHERE d.connection_no = (SELECT min(no) FROM connections); ANALYZE;",
    );
    match url.strip_prefix("sqlite://") {
        Some(path) => SqliteConnection::establish(path)?.batch_execute(&statements)?,
        None => PgConnection::establish(url)?.batch_execute(&statements)?,
    }
    Ok(())
}

/// The scheduler's questions, as it asks them: first of all connections together, as after a change of a platform's
/// settings, then while none is due.
fn ask(url: &str) -> anyhow::Result<(Series, Series, f64)> {
    let settings = DbSettings { url: url.to_owned(), connections: 2, migrate: false, wait_secs: 60 };
    let db = Db::open_for_command(&settings)?;
    let begun = Instant::now();
    loop {
        let look = |conn: &mut AnyConn| {
            let now = leases::now(conn)?;
            use_cases::queue_due(conn, now, &ReadingSettings::default(), LOOKED_AT_ONCE)
        };
        let looked = db.write_blocking(look)?;
        if looked.connections < LOOKED_AT_ONCE.unsigned_abs() {
            break;
        }
    }
    let look_at_all_secs = begun.elapsed().as_secs_f64();
    let timed = |question: &dyn Fn(&mut AnyConn) -> Result<(), DbError>| -> anyhow::Result<Series> {
        let mut series = Series::default();
        for _ in 0..ASKED {
            let begun = Instant::now();
            db.read_blocking(|conn| question(conn))?;
            series.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        Ok(series)
    };
    let find_work = timed(&|conn| {
        let now = leases::now(conn)?;
        work::connections(conn, now, 8).map(drop)
    })?;
    let is_due = timed(&|conn| {
        let now = leases::now(conn)?;
        schedules::are_due(conn, now).map(drop)
    })?;
    Ok((find_work, is_due, look_at_all_secs))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Transactions of the database so far; SQLite doesn't count them.
fn transactions(url: &str) -> anyhow::Result<Option<f64>> {
    if url.starts_with("sqlite://") {
        return Ok(None);
    }
    let sql = "SELECT CAST(xact_commit + xact_rollback AS BIGINT) AS n FROM pg_stat_database \
               WHERE datname = current_database()";
    let rows: Vec<Count> =
        diesel::RunQueryDsl::load(diesel::sql_query(sql), &mut PgConnection::establish(url)?)?;
    Ok(rows.first().map(|row| row.n as f64))
}

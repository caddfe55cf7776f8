//! Backfill: one merchant's whole history into an empty database, against both floors.

use crate::install::{Installation, Process, Sandbox};
use crate::stats::Series;
use crate::{cpu, fetch_floor, install, load_floor};
use anyhow::{Context, bail};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Charges in the merchant's account; every other list grows with them.
    #[arg(long, default_value_t = 20_000)]
    charges: u64,
    /// Rounds; the median is what counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// The sandbox's latency per request.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// A PostgreSQL server on this machine on which databases may be created, as a URL without a database name:
    /// `postgres://user@127.0.0.1:5432`. Without it only SQLite is measured.
    #[arg(long)]
    postgres_url: Option<String>,
    /// Where files go; the figures depend on its disk.
    #[arg(long, default_value = "target/bench")]
    directory: PathBuf,
}

/// One way to store, and how to get at it.
enum Store {
    Sqlite { directory: PathBuf },
    Postgres { server: String },
}

#[derive(Default)]
struct Figures {
    objects: i64,
    rows: u64,
    product: Series,
    fetch: Series,
    load: Series,
    product_cpu_ms: Series,
    floor_cpu_ms: Series,
    memory_mib: Series,
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    println!("machine: {}", cpu::machine());
    println!(
        "command: tributary-bench backfill --charges {} --rounds {} --latency-ms {}",
        options.charges, options.rounds, options.latency_ms
    );
    let sandbox = install::sandbox(options.charges, options.latency_ms)?;
    let pages = fetch_floor::pages(&sandbox)?;
    println!("pages: {}", pages.len());
    // A relative path would mean another folder to the processes that are started.
    std::fs::create_dir_all(&options.directory)?;
    let directory = options.directory.canonicalize()?.join(format!("backfill-{}", std::process::id()));
    let mut stores = vec![("SQLite", Store::Sqlite { directory: directory.clone() })];
    if let Some(server) = &options.postgres_url {
        stores.push(("PostgreSQL", Store::Postgres { server: server.trim_end_matches('/').to_owned() }));
    }
    for (name, store) in &stores {
        let mut figures = Figures::default();
        for round in 0..options.rounds {
            let directory = directory.join(format!("{name}-{round}"));
            let measured = one_round(store, &directory, round, &sandbox, &pages, &mut figures);
            store.drop_databases(round);
            measured?;
        }
        figures.print(name);
    }
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}

/// Product, F and L in turn.
fn one_round(
    store: &Store,
    directory: &std::path::Path,
    round: u32,
    sandbox: &Sandbox,
    pages: &[String],
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let (main, floor) = store.create(round)?;
    let installation = Installation::new(directory, &main, sandbox)?;
    let database_cpu = || if matches!(store, Store::Postgres { .. }) { cpu::of_postgres() } else { Ok(0.0) };
    let cpu_before = database_cpu()?;
    let serve = installation.serve()?;
    let run = wait_for_run(&main, &serve)?;
    let objects = run.objects as f64;
    figures.objects = run.objects;
    figures.product.push(objects / (run.wall_ms as f64 / 1000.0));
    let cpu_secs = cpu::of_process(serve.0.id())? + database_cpu()? - cpu_before;
    figures.product_cpu_ms.push(cpu_secs * 1000.0 / objects);
    figures.memory_mib.push(cpu::peak_memory_mib(serve.0.id())?);
    drop(serve);

    let fetch = fetch_floor::measure(sandbox, pages)?;
    figures.fetch.push(objects / fetch.wall_secs);
    let load = match store {
        Store::Sqlite { .. } => load_floor::sqlite(path(&main)?, path(&floor)?)?,
        Store::Postgres { .. } => load_floor::postgres(&main, &floor)?,
    };
    figures.rows = load.rows;
    figures.load.push(objects / load.wall_secs);
    figures.floor_cpu_ms.push((fetch.cpu_secs + load.cpu_secs) * 1000.0 / objects);
    Ok(())
}

fn path(url: &str) -> anyhow::Result<&str> {
    url.strip_prefix("sqlite://").context("not a SQLite URL")
}

impl Store {
    /// Two empty databases: the product's and the floor's.
    fn create(&self, round: u32) -> anyhow::Result<(String, String)> {
        match self {
            Store::Sqlite { directory } => {
                std::fs::create_dir_all(directory)?;
                let file = |kind: &str| format!("sqlite://{}/{kind}-{round}.sqlite", directory.display());
                Ok((file("main"), file("floor")))
            }
            Store::Postgres { server } => {
                let mut admin = PgConnection::establish(&format!("{server}/postgres"))?;
                for name in Self::names(round) {
                    sql_query(format!("CREATE DATABASE {name}")).execute(&mut admin)?;
                }
                let [main, floor] = Self::names(round).map(|name| format!("{server}/{name}"));
                Ok((main, floor))
            }
        }
    }

    fn drop_databases(&self, round: u32) {
        let Store::Postgres { server } = self else { return };
        let Ok(mut admin) = PgConnection::establish(&format!("{server}/postgres")) else { return };
        for name in Self::names(round) {
            // A database that stays behind is a nuisance, not a wrong figure.
            let _ = sql_query(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).execute(&mut admin);
        }
    }

    fn names(round: u32) -> [String; 2] {
        let id = std::process::id();
        [format!("tributary_bench_{id}_{round}"), format!("tributary_bench_{id}_{round}_floor")]
    }
}

struct Run {
    wall_ms: i64,
    objects: i64,
}

#[derive(QueryableByName)]
struct RunRow {
    #[diesel(sql_type = BigInt)]
    started_ms: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    finished_ms: Option<i64>,
    #[diesel(sql_type = BigInt)]
    objects: i64,
}

#[derive(QueryableByName)]
struct DatasetRow {
    #[diesel(sql_type = Text)]
    status: String,
}

/// Waits until the run has ended, and makes sure that it ended well.
fn wait_for_run(url: &str, serve: &Process) -> anyhow::Result<Run> {
    let deadline = Instant::now() + Duration::from_secs(1800);
    while Instant::now() < deadline {
        // Rarely, so that asking doesn't cost what is measured.
        std::thread::sleep(Duration::from_millis(200));
        cpu::of_process(serve.0.id()).context("serve has ended")?;
        let sql = "SELECT started_ms, finished_ms, CAST((SELECT coalesce(sum(objects), 0) FROM windows) AS BIGINT) \
                   AS objects FROM sync_runs";
        let runs: Vec<RunRow> = query(url, sql)?;
        let Some(RunRow { started_ms, finished_ms: Some(finished_ms), objects }) = runs.first() else {
            continue;
        };
        let datasets: Vec<DatasetRow> = query(url, "SELECT status FROM datasets")?;
        if let Some(failed) = datasets.iter().find(|dataset| dataset.status != "Complete") {
            bail!("a dataset ended {}", failed.status);
        }
        return Ok(Run { wall_ms: finished_ms - started_ms, objects: *objects });
    }
    bail!("the run did not end in half an hour")
}

fn query<T>(url: &str, sql: &str) -> anyhow::Result<Vec<T>>
where
    T: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
{
    match url.strip_prefix("sqlite://") {
        Some(path) => Ok(sql_query(sql).load(&mut SqliteConnection::establish(path)?)?),
        None => Ok(sql_query(sql).load(&mut PgConnection::establish(url)?)?),
    }
}

impl Figures {
    fn print(&self, name: &str) {
        let slower = self.fetch.median().min(self.load.median());
        println!("\n{name}: {} objects, {} rows; median (least–most)", self.objects, self.rows);
        println!("  product  {} objects/s", self.product.show(0));
        println!("  floor F  {} objects/s, fetched and not parsed", self.fetch.show(0));
        println!("  floor L  {} objects/s, the same rows loaded", self.load.show(0));
        println!("  product is {:.0} % of the slower floor", 100.0 * self.product.median() / slower);
        println!("  CPU      {} ms per object, the database's included", self.product_cpu_ms.show(3));
        println!("  floors   {} ms per object, F and L together", self.floor_cpu_ms.show(3));
        println!("  ratio    {:.2}", self.product_cpu_ms.median() / self.floor_cpu_ms.median());
        println!("  memory   {} MiB at its peak", self.memory_mib.show(0));
    }
}

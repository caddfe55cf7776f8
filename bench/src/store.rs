//! Where a round's rows go: databases that are made for it and dropped after it.

use crate::cpu::PostgresServer;
use anyhow::Context;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use std::path::{Path, PathBuf};

/// Where to put databases.
#[derive(clap::Args)]
pub struct StoreOptions {
    /// A PostgreSQL server on this machine on which databases may be created, as a URL without a database name:
    /// `postgres://user@127.0.0.1:5432`. Without it only SQLite is measured.
    #[arg(long)]
    postgres_url: Option<String>,
    /// Where files go; the figures depend on its disk.
    #[arg(long, default_value = "target/bench")]
    directory: PathBuf,
}

/// One kind of database.
#[derive(Clone)]
pub enum Store {
    Sqlite,
    /// The server's URL without a database name.
    Postgres {
        server: String,
    },
}

/// Databases of one round, dropped with the value, and a folder for its files.
pub struct Databases {
    store: Store,
    /// An empty folder.
    pub directory: PathBuf,
    /// The product's, empty.
    pub main: String,
    /// The floor's; not yet migrated.
    pub floor: String,
}

impl StoreOptions {
    /// Every kind there is a place for.
    pub fn stores(&self) -> Vec<Store> {
        let postgres = self.postgres_url.as_ref();
        let server = postgres.map(|url| Store::Postgres { server: url.trim_end_matches('/').to_owned() });
        std::iter::once(Store::Sqlite).chain(server).collect()
    }

    /// A folder of this process's own, removed by [`remove`].
    pub fn directory(&self) -> anyhow::Result<PathBuf> {
        let directory = self.directory.join(format!("run-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        // A relative path would mean another folder to the processes that are started.
        Ok(directory.canonicalize()?)
    }
}

/// Removes the folder of [`StoreOptions::directory`].
pub fn remove(directory: &Path) -> anyhow::Result<()> {
    Ok(std::fs::remove_dir_all(directory)?)
}

impl Store {
    /// Its name for people.
    pub fn name(&self) -> &'static str {
        match self {
            Store::Sqlite => "SQLite",
            Store::Postgres { .. } => "PostgreSQL",
        }
    }

    /// CPU seconds of the server so far; 0 where the database is part of the process.
    pub fn server_cpu_secs(&self) -> anyhow::Result<f64> {
        match self {
            Store::Sqlite => Ok(0.0),
            Store::Postgres { server } => PostgresServer::find(&format!("{server}/postgres"))?.cpu_secs(),
        }
    }

    /// Databases for a round that is called `name`.
    pub fn create(&self, directory: &Path, name: &str) -> anyhow::Result<Databases> {
        let directory = directory.join(format!("{}-{name}", self.name()));
        std::fs::create_dir_all(&directory)?;
        let (main, floor) = match self {
            Store::Sqlite => {
                let file = |kind: &str| format!("sqlite://{}/{kind}.sqlite", directory.display());
                (file("main"), file("floor"))
            }
            Store::Postgres { server } => {
                let prefix = format!("tributary_bench_{}_{name}", std::process::id());
                let create = |kind: &str| -> anyhow::Result<String> {
                    let mut admin = PgConnection::establish(&format!("{server}/postgres"))?;
                    sql_query(format!("CREATE DATABASE {prefix}_{kind}")).execute(&mut admin)?;
                    Ok(format!("{server}/{prefix}_{kind}"))
                };
                (create("main")?, create("floor")?)
            }
        };
        Ok(Databases { store: self.clone(), directory, main, floor })
    }
}

impl Drop for Databases {
    // What stays behind is a nuisance, not a wrong figure.
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
        let Store::Postgres { server } = &self.store else { return };
        let Ok(mut admin) = PgConnection::establish(&format!("{server}/postgres")) else { return };
        for url in [&self.main, &self.floor] {
            let name = url.rsplit('/').next().unwrap_or_default();
            let _ = sql_query(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).execute(&mut admin);
        }
    }
}

/// The path in the URL of a SQLite file.
pub fn path(url: &str) -> anyhow::Result<&str> {
    url.strip_prefix("sqlite://").context("not a SQLite URL")
}

/// Rows of a query on either kind.
pub fn query<T>(url: &str, sql: &str) -> anyhow::Result<Vec<T>>
where
    T: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
{
    match url.strip_prefix("sqlite://") {
        Some(path) => Ok(sql_query(sql).load(&mut SqliteConnection::establish(path)?)?),
        None => Ok(sql_query(sql).load(&mut PgConnection::establish(url)?)?),
    }
}

//! Floor L: exactly the rows that the run left in all data tables, loaded into an empty database of the same schema
//! with the same indexes, synced to disk: COPY on PostgreSQL, prepared inserts on SQLite.

use crate::cpu;
use crate::store::{Databases, Store, path};
use anyhow::Context;
use diesel::pg::CopyFormat;
use diesel::{Connection, ExecuteCopyFromDsl, PgConnection};
use std::io::{Read, Write};
use std::time::Instant;
use tributary_db::{Db, DbSettings, schema};

/// What loading cost: wall seconds, and CPU seconds of this process and the database's.
pub struct Floor {
    pub rows: u64,
    pub wall_secs: f64,
    pub cpu_secs: f64,
}

/// Rows per transaction: as a run commits them, at most.
const ROWS_PER_TRANSACTION: usize = 500;

macro_rules! each_data_table {
    ($do:ident) => {
        $do!(source_objects);
        $do!(accounts);
        $do!(balances);
        $do!(customers);
        $do!(products);
        $do!(variants);
        $do!(payment_intents);
        $do!(payments);
        $do!(transactions);
        $do!(disputes);
        $do!(orders);
        $do!(order_lines);
        $do!(invoice_payments);
        $do!(invoices);
        $do!(subscriptions);
        $do!(payouts);
        $do!(payment_methods);
        $do!(locations);
        $do!(tax_components);
    };
}

/// Loads what the product left into the empty floor database.
pub fn measure(store: &Store, databases: &Databases) -> anyhow::Result<Floor> {
    match store {
        Store::Sqlite => sqlite(path(&databases.main)?, path(&databases.floor)?),
        Store::Postgres { server } => {
            let server = cpu::PostgresServer::find(&format!("{server}/postgres"))?;
            postgres(&databases.main, &databases.floor, &server)
        }
    }
}

/// Copies the data tables from one PostgreSQL database to an empty one.
fn postgres(from_url: &str, to_url: &str, server: &cpu::PostgresServer) -> anyhow::Result<Floor> {
    migrate(to_url)?;
    let mut to = PgConnection::establish(to_url)?;
    let mut copies: Vec<(&str, Vec<u8>)> = Vec::new();
    macro_rules! read {
        ($table:ident) => {{
            // A connection of its own: diesel leaves one that has copied out busy.
            let mut from = PgConnection::establish(from_url)?;
            let mut bytes = Vec::new();
            diesel::copy_to(schema::$table::table)
                .with_format(CopyFormat::Binary)
                .load_raw(&mut from)?
                .read_to_end(&mut bytes)?;
            copies.push((stringify!($table), bytes));
        }};
    }
    each_data_table!(read);
    let (started, cpu) = (Instant::now(), cpu::of_this_process()? + server.cpu_secs()?);
    let mut rows = 0;
    macro_rules! write {
        ($table:ident) => {{
            let (_, bytes) = copies
                .iter()
                .find(|(name, _)| *name == stringify!($table))
                .context("a table was not read")?;
            rows += diesel::copy_from(schema::$table::table)
                .from_raw_data(schema::$table::table, |out: &mut dyn Write| {
                    out.write_all(bytes)
                        .map_err(|error| diesel::result::Error::SerializationError(error.into()))
                })
                .with_format(CopyFormat::Binary)
                .execute(&mut to)? as u64;
        }};
    }
    each_data_table!(write);
    let wall_secs = started.elapsed().as_secs_f64();
    Ok(Floor { rows, wall_secs, cpu_secs: cpu::of_this_process()? + server.cpu_secs()? - cpu })
}

/// Inserts the rows of one SQLite file into an empty one.
fn sqlite(from_path: &str, to_path: &str) -> anyhow::Result<Floor> {
    migrate(&format!("sqlite://{to_path}"))?;
    let from = rusqlite::Connection::open(from_path)?;
    let mut to = rusqlite::Connection::open(to_path)?;
    to.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000")?;
    let mut tables: Vec<(String, Vec<Vec<rusqlite::types::Value>>)> = Vec::new();
    macro_rules! read {
        ($table:ident) => {{
            let mut statement = from.prepare(concat!("SELECT * FROM ", stringify!($table)))?;
            let columns = statement.column_count();
            let insert =
                format!("INSERT INTO {} VALUES ({})", stringify!($table), vec!["?"; columns].join(", "));
            let rows = statement
                .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())?
                .collect::<Result<Vec<Vec<_>>, _>>()?;
            tables.push((insert, rows));
        }};
    }
    each_data_table!(read);
    let (started, cpu) = (Instant::now(), cpu::of_this_process()?);
    let mut count = 0;
    for (insert, rows) in &tables {
        for rows in rows.chunks(ROWS_PER_TRANSACTION) {
            let transaction = to.transaction()?;
            {
                let mut statement = transaction.prepare(insert)?;
                for row in rows {
                    count += statement.execute(rusqlite::params_from_iter(row))? as u64;
                }
            }
            transaction.commit()?;
        }
    }
    let wall_secs = started.elapsed().as_secs_f64();
    Ok(Floor { rows: count, wall_secs, cpu_secs: cpu::of_this_process()? - cpu })
}

/// Makes an empty database of the product's schema.
fn migrate(url: &str) -> anyhow::Result<()> {
    Db::open(&DbSettings { url: url.to_owned(), connections: 1, migrate: true, wait_secs: 10 })?;
    Ok(())
}

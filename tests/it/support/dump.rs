//! Dumps of tables, for saying that two of them are equal or that a third must not have changed.

use super::database::{Kind, TestDatabase};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The tables that hold a merchant's data, as [`dump_of_connection`] compares them.
pub const DATA_TABLES: [&str; 19] = [
    "source_objects",
    "accounts",
    "balances",
    "customers",
    "products",
    "variants",
    "payment_intents",
    "payments",
    "transactions",
    "disputes",
    "orders",
    "order_lines",
    "invoice_payments",
    "invoices",
    "subscriptions",
    "payouts",
    "payment_methods",
    "locations",
    "tax_components",
];

/// Columns that tell when a row was written and for whom, not what it says.
const BOOKKEEPING: [&str; 5] =
    ["connection_no", "platform_no", "modified_ms", "observed_from_ms", "observed_to_ms"];

/// Rows by table; each row is its JSON text, and the rows of a table are in the order of that text.
pub type Dump = BTreeMap<String, Vec<String>>;

/// What the worker moves by itself, however long ago the last request was: a message is routed soon after it is
/// written.
const MOVED_BY_THE_WORKER: [&str; 1] = ["routed"];

/// How long a worker is waited for that holds a connection: it lists events after a run. One that was killed holds its
/// lease for longer, and moves nothing.
const AT_REST_WITHIN: Duration = Duration::from_secs(10);

fn wait_for_rest(database: &TestDatabase) {
    let start = Instant::now();
    while database.number("SELECT CAST(COUNT(*) AS TEXT) AS value FROM leases WHERE owner IS NOT NULL") > 0
        && start.elapsed() < AT_REST_WITHIN
    {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// All rows of all tables once no connection is held, without what the worker moves by itself.
pub fn whole(database: &TestDatabase) -> Dump {
    wait_for_rest(database);
    let rows = |table: &String| {
        let rows = texts(database, table, "1 = 1");
        match table.as_str() {
            "messages" => rows.iter().map(|row| without(&MOVED_BY_THE_WORKER, row)).collect(),
            _ => rows,
        }
    };
    database.tables().iter().map(|table| (table.clone(), rows(table))).collect()
}

/// One connection's data without bookkeeping columns.
pub fn of_connection(database: &TestDatabase, connection_id: &str) -> Dump {
    let filter = format!("connection_no = (SELECT no FROM connections WHERE id = '{connection_id}')");
    DATA_TABLES
        .iter()
        .map(|table| {
            let mut rows: Vec<String> =
                texts(database, table, &filter).iter().map(|row| without(&BOOKKEEPING, row)).collect();
            rows.sort_unstable();
            ((*table).to_owned(), rows)
        })
        .collect()
}

/// As [`of_connection`], without tombstones: another connection of the account may never have seen what was deleted.
pub fn living_of_connection(database: &TestDatabase, connection_id: &str) -> Dump {
    let lives = |row: &String| {
        let row: Value = serde_json::from_str(row).unwrap();
        row["deleted"] != true && row["deleted"] != 1
    };
    let mut dump = of_connection(database, connection_id);
    dump.values_mut().for_each(|rows| rows.retain(lives));
    dump
}

/// Panics with the first difference of two dumps.
#[track_caller]
pub fn assert_equal(what: &str, left: &Dump, right: &Dump) {
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>(), "{what}: tables");
    for (table, rows) in left {
        let others = &right[table];
        if let Some((one, other)) = rows.iter().zip(others).find(|(one, other)| one != other) {
            panic!("{what}: {table} differs:\n{one}\n{other}");
        }
        assert_eq!(rows.len(), others.len(), "{what}: rows in {table}");
    }
}

fn without(columns: &[&str], row: &str) -> String {
    let mut row: Map<String, Value> = serde_json::from_str(row).unwrap();
    for column in columns {
        row.remove(*column);
    }
    Value::Object(row).to_string()
}

fn texts(database: &TestDatabase, table: &str, condition: &str) -> Vec<String> {
    let mut rows = match database.kind() {
        Kind::Postgres => database
            .texts(&format!("SELECT row_to_json(t)::text AS value FROM \"{table}\" AS t WHERE {condition}")),
        Kind::Sqlite => {
            let pairs: Vec<String> = database
                .columns(table)
                .iter()
                .map(|name| {
                    format!("'{name}', CASE typeof(\"{name}\") WHEN 'blob' THEN hex(\"{name}\") ELSE \"{name}\" END")
                })
                .collect();
            database.texts(&format!(
                "SELECT json_object({}) AS value FROM \"{table}\" WHERE {condition}",
                pairs.join(", ")
            ))
        }
    };
    rows.sort_unstable();
    rows
}

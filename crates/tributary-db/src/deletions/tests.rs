//! What goes with a connection, held against the schema: a new table can't be forgotten.

use super::*;
use crate::companies;
use crate::test_db::{NOW, TestDb};
use diesel::QueryableByName;
use diesel::sql_types::Text;
use std::collections::BTreeSet;
use tributary_core::SyncMode;

/// Tables that carry `connection_no` and are not for [`delete_some`].
const OTHERWISE: &[&str] = &[
    // They refer to the connection's row and go with it at once.
    "credentials",
    "leases",
    "schedules",
    "webhook_secrets",
    // What consumers are told of the connection, its deletion too, outlives it; it goes by its age.
    "messages",
    "deliveries",
    // The list of what is to be deleted.
    "deletions",
];

/// Tables that carry `company_id` and go with its connections, or by their age.
const COMPANY_OTHERWISE: &[&str] = &["connections", "datasets", "messages", "deliveries", "delivery_lanes"];

/// The tables of the schema that have a column.
fn tables_with(column: &str) -> BTreeSet<&'static str> {
    let schema = include_str!("../schema.rs");
    let mut tables = BTreeSet::new();
    for block in schema.split("diesel::table! {").skip(1) {
        let (head, body) = block.split_once('{').unwrap();
        let body = body.split_once("\n    }").unwrap().0;
        if body.lines().any(|line| line.trim().starts_with(&format!("{column} ->"))) {
            tables.insert(head.split_whitespace().next().unwrap());
        }
    }
    assert!(!tables.is_empty(), "{column}");
    tables
}

#[test]
fn every_table_that_carries_a_connection_is_emptied_or_kept_on_purpose() {
    let known: BTreeSet<&str> = TABLES.iter().chain(OTHERWISE).copied().collect();
    assert_eq!(known, tables_with("connection_no"));
}

#[test]
fn every_table_that_carries_a_company_is_emptied_or_kept_on_purpose() {
    let known: BTreeSet<&str> = companies::TABLES.iter().chain(COMPANY_OTHERWISE).copied().collect();
    assert_eq!(known, tables_with("company_id"));
}

#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    from_table: String,
}

#[test]
fn only_what_goes_at_once_refers_to_a_connection_or_a_company() {
    let db = TestDb::new();
    let referring = |to: &str| -> BTreeSet<String> {
        let sql = format!(
            "SELECT m.name AS from_table FROM sqlite_master m, pragma_foreign_key_list(m.name) f \
             WHERE m.type = 'table' AND f.\"table\" = '{to}'"
        );
        let rows: Vec<Reference> = db.run(|conn| Ok(sql_query(&sql).load(conn)?));
        rows.into_iter().map(|row| row.from_table).collect()
    };
    let at_once = ["credentials", "leases", "schedules"].map(str::to_owned);
    assert_eq!(referring("connections"), BTreeSet::from(at_once));
    assert_eq!(referring("companies"), BTreeSet::from(["connections".to_owned()]));
}

#[test]
fn rows_go_in_batches_and_only_those_of_the_connection() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let integration = db.integration(&platform, SyncMode::OneOff);
    let company = db.company(&platform, "Bakery");
    let (gone, stays) = (db.connection(&company, &integration), db.connection(&company, &integration));
    for connection in [&gone, &stays] {
        for n in 0..25 {
            let sql = format!(
                "INSERT INTO rereads (connection_no, resource, id, requested_ms) VALUES ({}, 'charges', '{n}', 0)",
                connection.no.0
            );
            db.run(|conn| Ok(sql_query(&sql).execute(conn)?));
        }
    }
    let some = || db.run(|conn| delete_some(conn, 10));
    assert_eq!(some(), Deleted::Nothing);
    db.run(|conn| begin(conn, platform.no, gone.no, NOW));
    assert_eq!(some(), Deleted::Rows(gone.no, 10));
    assert_eq!(some(), Deleted::Rows(gone.no, 10));
    assert_eq!(some(), Deleted::All(gone.no));
    assert_eq!(some(), Deleted::Nothing);
    let left = |no: ConnectionNo| {
        use crate::schema::rereads;
        let of = rereads::table.filter(rereads::connection_no.eq(no.0));
        db.run(|conn| Ok(of.count().get_result::<i64>(conn)?))
    };
    assert_eq!((left(gone.no), left(stays.no)), (0, 25));
}

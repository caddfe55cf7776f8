//! One schema on two databases.

use crate::support::command::{Cli, Settings, variable};
use crate::support::database::{Kind, TestDatabase};
use crate::support::on_both_databases;
use crate::support::scratch::Scratch;

on_both_databases![the_migrations_make_the_schema_that_the_code_was_compiled_for,];

/// The tables and columns of `schema.rs`, read from its text: what diesel believes.
fn believed() -> Vec<(String, Vec<String>)> {
    let source = include_str!("../../crates/tributary-db/src/schema.rs");
    let mut tables = Vec::new();
    for block in source.split("diesel::table!").skip(1) {
        let block = &block[..block.find("\n}").unwrap()];
        let mut lines = block.lines().skip(1);
        let head = lines.next().unwrap().trim();
        let name = head.split_whitespace().next().unwrap().to_owned();
        let columns = lines.filter_map(|line| line.trim().split_once(" -> "));
        // A trailing underscore keeps a column's name from being a word of Rust.
        let columns = columns.map(|(column, _)| column.trim_end_matches('_').to_owned()).collect();
        tables.push((name, columns));
    }
    tables.sort();
    tables
}

/// `schema.rs` and the migrations of both folders say the same.
fn the_migrations_make_the_schema_that_the_code_was_compiled_for(kind: Kind) {
    let scratch = Scratch::new();
    let database = TestDatabase::create(kind, &scratch);
    let settings = Settings::from([(variable("database.url"), database.url().to_owned())]);
    let cli = Cli::new(settings, scratch.path());
    let migrated = cli.run(&["migrate"]);
    assert_eq!(migrated.code, 0, "{}", migrated.stderr);
    let made: Vec<(String, Vec<String>)> = database
        .tables()
        .into_iter()
        .filter(|table| table != "__diesel_schema_migrations")
        .map(|table| (table.clone(), database.columns(&table)))
        .collect();
    assert_eq!(made, believed());

    let again = cli.run(&["migrate"]);
    assert_eq!(again.code, 0, "a second time there is nothing to do: {}", again.stderr);
}

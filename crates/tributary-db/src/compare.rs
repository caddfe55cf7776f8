//! Rows as they should be against rows as they are: column by column, since the digest of a row that was altered
//! behind the product's back still says what it said.

use crate::bulk::{Column, ROWS_PER_STATEMENT, Record, Value, by_id, push_values};
use crate::conn::AnyConn;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{OptionalExtension, PgConnection, QueryResult, RunQueryDsl, SqliteConnection, sql_query};
use std::marker::PhantomData;
use tributary_core::Currency;
use tributary_core::ids::ConnectionNo;

/// The columns that an amount is taken from for people, the first that a table has.
const AMOUNTS: [&str; 3] = ["amount_minor", "total_minor", "available_minor"];

/// A stored row that isn't what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The table.
    pub table: &'static str,
    /// The row's id.
    pub id: String,
    /// Whether it isn't there at all, or is buried.
    pub is_missing: bool,
    /// The amount as it should be and as it is, in minor units, where the table has one.
    pub amounts: Option<(Currency, i64, i64)>,
}

/// Those of `rows` that are missing or differ.
pub fn mismatches<R: Record>(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    rows: &[&R],
) -> QueryResult<Vec<Mismatch>> {
    let rows = by_id(rows);
    let mut found: Vec<(&R, bool, Option<i64>)> = Vec::new();
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        match conn {
            AnyConn::Pg(conn) => {
                let differing: Vec<(String, bool, Option<i64>)> =
                    CompareMany::of(connection, rows).load(conn)?;
                for (id, is_missing, amount) in differing {
                    let row = rows.binary_search_by(|row| row.id().cmp(&id));
                    found.extend(row.ok().map(|at| (rows[at], is_missing, amount)));
                }
            }
            AnyConn::Sqlite(conn) => {
                for row in rows {
                    let stored =
                        CompareOne::<R> { connection, id: row.id(), values: row.values(), row: PhantomData };
                    match stored.get_result::<(bool, bool, Option<i64>)>(conn).optional()? {
                        Some((true, _, _)) | None => found.push((row, true, None)),
                        Some((false, false, amount)) => found.push((row, false, amount)),
                        Some((false, true, _)) => {}
                    }
                }
            }
        }
    }
    Ok(found.into_iter().map(|(row, is_missing, amount)| mismatch(row, is_missing, amount)).collect())
}

fn mismatch<R: Record>(row: &R, is_missing: bool, found: Option<i64>) -> Mismatch {
    let values = row.values();
    let value = |name: &str| {
        let at = R::COLUMNS.iter().position(|column| *column == name)?;
        values.get(at).copied()
    };
    let currency = match value("currency") {
        Some(Value::Text(Some(code))) => code.parse().ok(),
        _ => None,
    };
    let expected = match amount_column::<R>().and_then(value) {
        Some(Value::Int(expected)) => expected,
        _ => None,
    };
    let amounts = match (currency, expected, found) {
        (Some(currency), Some(expected), Some(found)) if !is_missing => Some((currency, expected, found)),
        _ => None,
    };
    Mismatch { table: R::TABLE, id: row.id().to_owned(), is_missing, amounts }
}

fn amount_column<R: Record>() -> Option<&'static str> {
    AMOUNTS.into_iter().find(|amount| R::COLUMNS.contains(amount))
}

/// Makes rows' digests say that they are something else, so that the next write replaces them.
pub fn distrust(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    table: &'static str,
    ids: &[&str],
) -> QueryResult<usize> {
    let mark = if matches!(conn, AnyConn::Pg(_)) { '$' } else { '?' };
    let sql = format!("UPDATE {table} SET digest = ~digest WHERE connection_no = {mark}1 AND id = {mark}2");
    let mut changed = 0;
    for id in ids {
        changed += sql_query(&sql).bind::<BigInt, _>(connection.0).bind::<Text, _>(*id).execute(conn)?;
    }
    Ok(changed)
}

struct CompareMany<'a, R> {
    connection: ConnectionNo,
    ids: Vec<&'a str>,
    columns: Vec<Column<'a>>,
    row: PhantomData<R>,
}

struct CompareOne<'a, R> {
    connection: ConnectionNo,
    id: &'a str,
    values: Vec<Value<'a>>,
    row: PhantomData<R>,
}

impl<'a, R: Record> CompareMany<'a, R> {
    fn of(connection: ConnectionNo, rows: &[&'a R]) -> Self {
        let mut columns = Vec::with_capacity(R::COLUMNS.len());
        rows.iter().for_each(|row| push_values(&mut columns, &row.values(), rows.len()));
        CompareMany { connection, ids: rows.iter().map(|row| row.id()).collect(), columns, row: PhantomData }
    }
}

impl<R: Record> QueryId for CompareMany<'_, R> {
    type QueryId = CompareMany<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R: Record> QueryId for CompareOne<'_, R> {
    type QueryId = CompareOne<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R> Query for CompareMany<'_, R> {
    type SqlType = (Text, Bool, Nullable<BigInt>);
}

impl<R> Query for CompareOne<'_, R> {
    type SqlType = (Bool, Bool, Nullable<BigInt>);
}

impl<R> RunQueryDsl<PgConnection> for CompareMany<'_, R> {}
impl<R> RunQueryDsl<SqliteConnection> for CompareOne<'_, R> {}

fn push_amount<R: Record, DB: diesel::backend::Backend>(out: &mut AstPass<'_, '_, DB>) {
    match amount_column::<R>() {
        Some(amount) => {
            out.push_sql("stored.");
            out.push_sql(amount);
        }
        None => out.push_sql("CAST(NULL AS BIGINT)"),
    }
}

impl<R: Record> QueryFragment<Pg> for CompareMany<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT new.id, stored.id IS NULL OR stored.deleted, ");
        push_amount::<R, Pg>(&mut out);
        out.push_sql(" FROM unnest(");
        out.push_bind_param::<Array<Text>, Vec<&str>>(&self.ids)?;
        for column in &self.columns {
            out.push_sql(", ");
            match column {
                Column::Text(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values)?,
                Column::Int(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values)?,
                Column::Bool(values) => out.push_bind_param::<Array<Nullable<Bool>>, _>(values)?,
            }
        }
        out.push_sql(") AS new (id");
        for column in R::COLUMNS {
            out.push_sql(", ");
            out.push_identifier(column)?;
        }
        // Row by row by the key, as `source_objects` looks them up.
        out.push_sql(") LEFT JOIN LATERAL (SELECT * FROM ");
        out.push_sql(R::TABLE);
        out.push_sql(" WHERE connection_no = ");
        out.push_bind_param::<BigInt, _>(&self.connection.0)?;
        out.push_sql(" AND id = new.id LIMIT 1) AS stored ON TRUE WHERE stored.id IS NULL OR stored.deleted");
        for column in R::COLUMNS {
            out.push_sql(" OR stored.");
            out.push_identifier(column)?;
            out.push_sql(" IS DISTINCT FROM new.");
            out.push_identifier(column)?;
        }
        Ok(())
    }
}

impl<R: Record> QueryFragment<Sqlite> for CompareOne<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT stored.deleted, TRUE");
        for (column, value) in R::COLUMNS.iter().zip(&self.values) {
            out.push_sql(" AND stored.");
            out.push_sql(column);
            out.push_sql(" IS ");
            match value {
                Value::Text(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Value::Int(value) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                Value::Bool(value) => out.push_bind_param::<Nullable<Bool>, _>(value)?,
            }
        }
        out.push_sql(", ");
        push_amount::<R, Sqlite>(&mut out);
        out.push_sql(" FROM ");
        out.push_sql(R::TABLE);
        out.push_sql(" AS stored WHERE stored.connection_no = ");
        out.push_bind_param::<BigInt, _>(&self.connection.0)?;
        out.push_sql(" AND stored.id = ");
        out.push_bind_param::<Text, _>(&self.id)?;
        Ok(())
    }
}

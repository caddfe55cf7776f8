//! Writing many rows of one data table: one UNNEST statement on PostgreSQL, or COPY where no row can be there yet;
//! one cached statement per row on SQLite (docs/decisions/0002, 0011).
//!
//! A row is written only where its digest differs, and only then does `modified_ms` move (rule E9), so
//! that a run that finds nothing new writes nothing.

use crate::conn::AnyConn;
use crate::copy::{self, Values};
use crate::encoded::Encoded;
use diesel::associations::HasTable;
use diesel::pg::{CopyTarget, Pg};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, QueryResult, RunQueryDsl, SqliteConnection, Table};
use tributary_core::ids::{ConnectionNo, PlatformNo};

/// PostgreSQL: rows per statement. Larger ones are no faster.
pub(crate) const ROWS_PER_STATEMENT: usize = 500;

/// Columns before [`Record::COLUMNS`].
const KEY_COLUMNS: usize = 6;

/// About what a row takes in COPY's format.
pub(crate) const ROW_BYTES: usize = 512;

/// Which connection's rows are written.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// The first column of every data table's key.
    pub connection_no: ConnectionNo,
    /// The platform that the connection belongs to.
    pub platform_no: PlatformNo,
}

/// One column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text column.
    Text(Option<&'a str>),
    /// A BIGINT column.
    Int(Option<i64>),
    /// A BOOLEAN column.
    Bool(Option<bool>),
}

/// A row of a data table that the worker writes.
pub trait Record: Sized + 'static {
    /// The table. Its columns are `connection_no, id, platform_no, modified_ms, digest, deleted`, then [`Record::COLUMNS`].
    type Table: Table + CopyTarget<Table = Self::Table> + HasTable<Table = Self::Table>;
    /// The table's name.
    const TABLE: &'static str;
    /// Its mapped columns, in the order of [`Record::values`]; key and bookkeeping columns are not among them.
    const COLUMNS: &'static [&'static str];
    /// Columns, which are never null, by which a stored row is replaced only by one that isn't less, for rows that follow
    /// from several others. None: the last one written counts.
    const NEWEST_BY: Option<&'static [&'static str]> = None;

    /// The id within the connection.
    fn id(&self) -> &str;

    /// The mapped columns' values.
    fn values(&self) -> Vec<Value<'_>>;
}

/// What is known of the rows that are written.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// No row of these ids is stored, and no two have one id. If that turns out wrong the database refuses
    /// the write ([`crate::DbError::is_duplicate`]). What was encoded of them beforehand is used where it is of
    /// exactly these rows, in their order.
    New(&'a [&'a Encoded]),
    /// Some may be stored.
    Any,
}

/// Writes rows and returns how many it wrote: of [`Rows::Any`] those that are new or differ.
pub fn write<R: Record>(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    rows: &[&R],
    are: Rows<'_>,
) -> QueryResult<usize> {
    match (conn, are) {
        (_, _) if rows.is_empty() => Ok(0),
        (AnyConn::Pg(conn), Rows::New(encoded)) => copy(conn, owner, modified_ms, rows, encoded),
        (conn, _) => upsert(conn, owner, modified_ms, rows),
    }
}

/// Inserts new rows, replaces those that differ, and returns how many it wrote.
///
/// Of rows with one id the last counts.
pub fn upsert<R: Record>(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    rows: &[&R],
) -> QueryResult<usize> {
    let rows = by_id(rows);
    match conn {
        AnyConn::Pg(conn) => upsert_pg(conn, owner, modified_ms, &rows),
        AnyConn::Sqlite(conn) => upsert_sqlite(conn, owner, modified_ms, &rows),
    }
}

/// Sorted by id and without doubles: PostgreSQL refuses one key twice in a statement, and two writers that
/// take rows in different orders deadlock.
pub(crate) fn by_id<'a, R: Record>(rows: &[&'a R]) -> Vec<&'a R> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a.id().cmp(b.id()));
    sorted.dedup_by(|later, earlier| {
        let same = later.id() == earlier.id();
        if same {
            // The sort is stable: `later` came later in the input and wins.
            std::mem::swap(later, earlier);
        }
        same
    });
    sorted
}

fn copy<R: Record>(
    conn: &mut PgConnection,
    owner: Owner,
    modified_ms: i64,
    rows: &[&R],
    encoded: &[&Encoded],
) -> QueryResult<usize> {
    let columns = i16::try_from(KEY_COLUMNS + R::COLUMNS.len()).unwrap_or(i16::MAX);
    let fits = encoded.iter().map(|page| page.rows(R::TABLE)).sum::<usize>() == rows.len();
    let encoded = if fits { encoded } else { &[] };
    copy::insert_into::<R::Table>(conn, columns, |out| {
        let mut values = encoded.iter().flat_map(|page| page.values(R::TABLE));
        for row in rows {
            let out = out.row()?;
            out.int(owner.connection_no.0)?;
            out.text(row.id())?;
            out.int(owner.platform_no.0)?;
            out.int(modified_ms)?;
            match values.next() {
                Some(values) => out.append(values),
                None => encode_values(out, &row.values())?,
            }
        }
        Ok(())
    })
}

/// Everything of a row after `modified_ms`: nothing in it depends on the transaction that writes it.
pub(crate) fn encode_values(out: &mut Values, values: &[Value<'_>]) -> QueryResult<()> {
    out.int(digest(values))?;
    out.bool(false)?;
    for value in values {
        match value {
            Value::Text(Some(text)) => out.text(text)?,
            Value::Int(Some(int)) => out.int(*int)?,
            Value::Bool(Some(bool)) => out.bool(*bool)?,
            Value::Text(None) | Value::Int(None) | Value::Bool(None) => out.null(),
        }
    }
    Ok(())
}

fn upsert_pg<R: Record>(
    conn: &mut PgConnection,
    owner: Owner,
    modified_ms: i64,
    rows: &[&R],
) -> QueryResult<usize> {
    let mut written = 0;
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        let mut ids = Vec::with_capacity(rows.len());
        let mut digests = Vec::with_capacity(rows.len());
        let mut columns: Vec<Column<'_>> = Vec::with_capacity(R::COLUMNS.len());
        for row in rows {
            let values = row.values();
            ids.push(row.id());
            digests.push(digest(&values));
            push_values(&mut columns, &values, rows.len());
        }
        written +=
            UpsertMany::<R> { owner, modified_ms, ids, digests, columns, row: std::marker::PhantomData }
                .execute(conn)?;
    }
    Ok(written)
}

fn upsert_sqlite<R: Record>(
    conn: &mut SqliteConnection,
    owner: Owner,
    modified_ms: i64,
    rows: &[&R],
) -> QueryResult<usize> {
    let mut written = 0;
    for row in rows {
        let values = row.values();
        let digest = digest(&values);
        written += UpsertOne::<R> {
            owner,
            modified_ms,
            id: row.id(),
            digest,
            values,
            row: std::marker::PhantomData,
        }
        .execute(conn)?;
    }
    Ok(written)
}

/// A fingerprint of the values: each with a tag for its type and its length, so that no two rows share bytes.
fn digest(values: &[Value<'_>]) -> i64 {
    let mut bytes = Vec::with_capacity(256);
    for value in values {
        match value {
            Value::Text(None) | Value::Int(None) | Value::Bool(None) => bytes.push(0),
            Value::Text(Some(text)) => {
                bytes.push(1);
                bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
            Value::Int(Some(int)) => {
                bytes.push(2);
                bytes.extend_from_slice(&int.to_be_bytes());
            }
            Value::Bool(Some(bool)) => bytes.extend_from_slice(&[3, u8::from(*bool)]),
        }
    }
    tributary_core::digest::content(&bytes)
}

/// One column of many rows.
#[derive(Debug)]
pub(crate) enum Column<'a> {
    Text(Vec<Option<&'a str>>),
    Int(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
}

pub(crate) fn push_values<'a>(columns: &mut Vec<Column<'a>>, values: &[Value<'a>], capacity: usize) {
    if columns.is_empty() {
        columns.extend(values.iter().map(|value| match value {
            Value::Text(_) => Column::Text(Vec::with_capacity(capacity)),
            Value::Int(_) => Column::Int(Vec::with_capacity(capacity)),
            Value::Bool(_) => Column::Bool(Vec::with_capacity(capacity)),
        }));
    }
    for (column, value) in columns.iter_mut().zip(values) {
        match (column, value) {
            (Column::Text(column), Value::Text(value)) => column.push(*value),
            (Column::Int(column), Value::Int(value)) => column.push(*value),
            (Column::Bool(column), Value::Bool(value)) => column.push(*value),
            // A record gives the same types for every row.
            (column, _) => debug_assert!(false, "a column changed its type: {column:?}"),
        }
    }
}

struct UpsertMany<'a, R> {
    owner: Owner,
    modified_ms: i64,
    ids: Vec<&'a str>,
    digests: Vec<i64>,
    columns: Vec<Column<'a>>,
    row: std::marker::PhantomData<R>,
}

struct UpsertOne<'a, R> {
    owner: Owner,
    modified_ms: i64,
    id: &'a str,
    digest: i64,
    values: Vec<Value<'a>>,
    row: std::marker::PhantomData<R>,
}

// A static query id lets diesel keep the prepared statement, which it never does for its own upserts.
impl<R: Record> QueryId for UpsertMany<'_, R> {
    type QueryId = UpsertMany<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R: Record> QueryId for UpsertOne<'_, R> {
    type QueryId = UpsertOne<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R> RunQueryDsl<PgConnection> for UpsertMany<'_, R> {}
impl<R> RunQueryDsl<SqliteConnection> for UpsertOne<'_, R> {}

const HEAD: &str = " (connection_no, platform_no, modified_ms, deleted, id, digest";

fn push_columns<R: Record, DB: diesel::backend::Backend>(out: &mut AstPass<'_, '_, DB>, separator: &str) {
    for column in R::COLUMNS {
        out.push_sql(separator);
        out.push_sql(column);
    }
}

fn push_conflict<R: Record, DB: diesel::backend::Backend>(out: &mut AstPass<'_, '_, DB>) {
    out.push_sql(
        " ON CONFLICT (connection_no, id) DO UPDATE SET modified_ms = excluded.modified_ms, \
         deleted = excluded.deleted, digest = excluded.digest",
    );
    for column in R::COLUMNS {
        out.push_sql(", ");
        out.push_sql(column);
        out.push_sql(" = excluded.");
        out.push_sql(column);
    }
    out.push_sql(" WHERE ");
    out.push_sql(R::TABLE);
    out.push_sql(".deleted OR ");
    out.push_sql(R::TABLE);
    out.push_sql(".digest <> excluded.digest");
    if let Some(columns) = R::NEWEST_BY {
        out.push_sql(" AND (");
        push_row::<DB>(out, "excluded", columns);
        out.push_sql(") >= (");
        push_row::<DB>(out, R::TABLE, columns);
        out.push_sql(")");
    }
}

fn push_row<DB: diesel::backend::Backend>(out: &mut AstPass<'_, '_, DB>, table: &str, columns: &[&str]) {
    for (at, column) in columns.iter().enumerate() {
        out.push_sql(if at == 0 { "" } else { ", " });
        out.push_sql(table);
        out.push_sql(".");
        out.push_sql(column);
    }
}

impl<R: Record> QueryFragment<Pg> for UpsertMany<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(R::TABLE);
        out.push_sql(HEAD);
        push_columns::<R, Pg>(&mut out, ", ");
        out.push_sql(") SELECT ");
        out.push_bind_param::<BigInt, _>(&self.owner.connection_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.owner.platform_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.modified_ms)?;
        out.push_sql(", FALSE, new.* FROM unnest(");
        out.push_bind_param::<Array<Text>, Vec<&str>>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, Vec<i64>>(&self.digests)?;
        for column in &self.columns {
            out.push_sql(", ");
            match column {
                Column::Text(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values)?,
                Column::Int(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values)?,
                Column::Bool(values) => out.push_bind_param::<Array<Nullable<Bool>>, _>(values)?,
            }
        }
        out.push_sql(") AS new");
        push_conflict::<R, Pg>(&mut out);
        Ok(())
    }
}

impl<R: Record> QueryFragment<Sqlite> for UpsertOne<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(R::TABLE);
        out.push_sql(HEAD);
        push_columns::<R, Sqlite>(&mut out, ", ");
        out.push_sql(") VALUES (");
        out.push_bind_param::<BigInt, _>(&self.owner.connection_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.owner.platform_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.modified_ms)?;
        out.push_sql(", FALSE, ");
        out.push_bind_param::<Text, _>(self.id)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.digest)?;
        for value in &self.values {
            out.push_sql(", ");
            match value {
                Value::Text(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Value::Int(value) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                Value::Bool(value) => out.push_bind_param::<Nullable<Bool>, _>(value)?,
            }
        }
        out.push_sql(")");
        push_conflict::<R, Sqlite>(&mut out);
        Ok(())
    }
}

//! How a database would read a page.

use super::{ListQuery, PageOf, Rows};
use crate::records::Listed;
use crate::{AnyConn, DbError};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Text};
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, QueryResult, RunQueryDsl, SqliteConnection};
use std::marker::PhantomData;
use tributary_core::ids::ConnectionNo;

/// The database's plan for a page, a line for each step. PostgreSQL reads the page for it and says what that took.
pub fn explain<R: Listed>(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    query: &ListQuery,
) -> Result<Vec<String>, DbError> {
    let rows = Rows { fields: R::FIELDS, connection };
    match conn {
        AnyConn::Pg(conn) => {
            let page = PageOf::<Text> { rows, query, start: None, columns: R::LISTED, types: PhantomData };
            Ok(Explain(page).load(conn)?)
        }
        AnyConn::Sqlite(conn) => {
            type Step = (Integer, Integer, Integer, Text);
            let page = PageOf::<Step> { rows, query, start: None, columns: R::LISTED, types: PhantomData };
            let steps: Vec<(i32, i32, i32, String)> = Explain(page).load(conn)?;
            Ok(steps.into_iter().map(|(.., step)| step).collect())
        }
    }
}

struct Explain<T>(T);

impl<T: QueryFragment<Pg>> QueryFragment<Pg> for Explain<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF) ");
        self.0.walk_ast(out)
    }
}

impl<T: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Explain<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("EXPLAIN QUERY PLAN ");
        self.0.walk_ast(out)
    }
}

impl<T> QueryId for Explain<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: Query> Query for Explain<T> {
    type SqlType = T::SqlType;
}

impl<T> RunQueryDsl<PgConnection> for Explain<T> {}
impl<T> RunQueryDsl<SqliteConnection> for Explain<T> {}

//! The statements that read a list of records.
//!
//! A page is chosen by what an index holds, as far as an index serves the order, and only the rows of the page are
//! then looked up whole: skipping half a million rows reads none of them.

use super::dialect::Dialect;
use super::fields::{Field, Fields};
use super::{ListQuery, sql};
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use std::marker::PhantomData;
use tributary_contract::query::Filter;
use tributary_core::ids::ConnectionNo;

/// The rows of a data table that belong to a connection: the living, or the deleted ones.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    pub fields: &'static Fields,
    pub connection: ConnectionNo,
}

impl Rows {
    fn walk<'b, DB: Dialect>(
        &'b self,
        filter: &'b Filter<&'static Field>,
        out: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        let table = self.fields.table;
        push(out, &[" FROM ", table, " WHERE ", table, ".connection_no = "]);
        DB::int(out, &self.connection.0)?;
        push(out, &[if self.fields.are_deleted() { " AND " } else { " AND NOT " }, table, ".deleted"]);
        if !filter.is_everything() {
            out.unsafe_to_cache_prepared();
            out.push_sql(" AND ");
            sql::condition(filter, out)?;
        }
        Ok(())
    }
}

/// A place in a list that is ordered by a date and then by the id: where a record stood when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The date, in UTC milliseconds.
    pub value: i64,
    /// The id.
    pub id: String,
}

/// From where a page is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// What follows this place…
    pub after: Place,
    /// …after so many records more. It takes the page's offset's place.
    pub skip: i64,
}

/// A page: the columns named, of type `T`, and the date that the list is ordered by, or 0.
pub(crate) struct PageOf<'a, T> {
    pub rows: Rows,
    pub query: &'a ListQuery,
    /// Only for lists that are ordered by a date.
    pub start: Option<&'a Start>,
    pub columns: &'static [&'static str],
    pub types: PhantomData<T>,
}

impl<T> PageOf<'_, T> {
    fn walk<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let ListQuery { filter, order, page } = self.query;
        let table = self.rows.fields.table;
        let newest = self.rows.fields.newest_first();
        if order.as_slice() != newest {
            out.unsafe_to_cache_prepared();
        }
        for (n, column) in self.columns.iter().enumerate() {
            push(&mut out, &[if n == 0 { "SELECT r." } else { ", r." }, column]);
        }
        out.push_sql(if self.query.is_by_date() { ", p.k0" } else { ", CAST(0 AS BIGINT)" });
        push(&mut out, &[" FROM (SELECT ", table, ".id AS id"]);
        for (n, term) in sql::terms(order).enumerate() {
            out.push_sql(", ");
            term.value(&mut out);
            out.push_sql(&format!(" AS k{n}"));
        }
        self.rows.walk(filter, &mut out)?;
        if let Some(start) = self.start {
            out.push_sql(" AND ");
            sql::after(order, &start.after, &mut out)?;
        }
        out.push_sql(" ORDER BY ");
        sql::order(order, &mut out);
        out.push_sql(" LIMIT ");
        DB::int(&mut out, &page.limit)?;
        out.push_sql(" OFFSET ");
        DB::int(&mut out, self.start.map_or(&page.offset, |start| &start.skip))?;
        // CROSS JOIN, because SQLite takes it as an order to begin with the page.
        push(&mut out, &[") AS p CROSS JOIN ", table, " AS r WHERE r.connection_no = "]);
        DB::int(&mut out, &self.rows.connection.0)?;
        out.push_sql(" AND r.id = p.id ORDER BY ");
        for (n, term) in sql::terms(order).enumerate() {
            out.push_sql(&format!("{}p.k{n}", if n == 0 { "" } else { ", " }));
            term.direction(&mut out);
        }
        Ok(())
    }
}

/// How many rows there are.
pub(crate) struct CountOf<'a> {
    pub rows: Rows,
    pub filter: &'a Filter<&'static Field>,
}

impl CountOf<'_> {
    fn walk<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT COUNT(*)");
        self.rows.walk(self.filter, &mut out)
    }
}

fn push<DB: Dialect>(out: &mut AstPass<'_, '_, DB>, parts: &[&'static str]) {
    for part in parts {
        out.push_sql(part);
    }
}

impl<T> QueryFragment<Pg> for PageOf<'_, T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.walk(out)
    }
}

impl<T> QueryFragment<Sqlite> for PageOf<'_, T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.walk(out)
    }
}

impl<T> QueryId for PageOf<'_, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> Query for PageOf<'_, T> {
    type SqlType = T;
}

impl QueryFragment<Pg> for CountOf<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.walk(out)
    }
}

impl QueryFragment<Sqlite> for CountOf<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.walk(out)
    }
}

impl QueryId for CountOf<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for CountOf<'_> {
    type SqlType = BigInt;
}

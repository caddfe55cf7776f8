//! What is stored of objects, found by their whole keys: what is known of them, and when that was last confirmed.

use super::Reading;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::source_objects::dsl;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Text};
use diesel::{ExpressionMethods, PgConnection, QueryDsl, QueryResult, RunQueryDsl};
use std::borrow::Cow;
use std::collections::HashMap;
use tributary_core::ids::ConnectionNo;
use tributary_core::knowledge::{Interval, Known};
use tributary_core::{Millis, Resource};

/// Those of these ids that nothing is known of.
pub fn missing(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    ids: &[&str],
) -> Result<Vec<String>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let known = of(conn, connection, resource, ids)?;
    Ok(ids.iter().filter(|id| !known.contains_key(**id)).map(|id| (*id).to_owned()).collect())
}

/// What is known of these objects.
pub(super) fn of<'a>(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    ids: &[&str],
) -> Result<HashMap<Cow<'a, str>, Known>, DbError> {
    let rows: Vec<(String, i64, i64, i64, bool)> = match conn {
        AnyConn::Pg(conn) => FindMany { connection, resource: resource.as_str(), ids }.load(conn)?,
        AnyConn::Sqlite(conn) => dsl::source_objects
            .filter(dsl::connection_no.eq(connection.0))
            .filter(dsl::resource.eq(resource.as_str()))
            .filter(dsl::id.eq_any(ids))
            .select((dsl::id, dsl::observed_from_ms, dsl::observed_to_ms, dsl::digest, dsl::deleted))
            .load(conn)?,
    };
    let known = |(id, from, to, digest, deleted)| {
        let interval = Interval { from: Millis(from), to: Millis(to) };
        (Cow::Owned(id), Known { interval, digest, deleted })
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Moves the intervals of objects that say the same as before.
pub(super) fn confirm(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    readings: &[Reading<'_>],
) -> QueryResult<()> {
    // The readings of one answer have one interval and stand together.
    for readings in readings.chunk_by(|a, b| a.interval == b.interval) {
        let interval = readings[0].interval;
        let ids: Vec<&str> = readings.iter().map(|reading| reading.object.id.as_str()).collect();
        match conn {
            AnyConn::Pg(conn) => {
                let found = FindMany { connection, resource: resource.as_str(), ids: &ids };
                ConfirmMany { found, interval }.execute(conn)?
            }
            AnyConn::Sqlite(conn) => diesel::update(dsl::source_objects)
                .filter(dsl::connection_no.eq(connection.0))
                .filter(dsl::resource.eq(resource.as_str()))
                .filter(dsl::id.eq_any(ids))
                .set((dsl::observed_from_ms.eq(interval.from.0), dsl::observed_to_ms.eq(interval.to.0)))
                .execute(conn)?,
        };
    }
    Ok(())
}

/// Finds rows by their whole key, one by one.
///
/// `id = ANY (…)` would do, but while the table has no statistics PostgreSQL takes a connection's resource to be a
/// few rows and reads all of it for each page. A lateral subquery with a limit can only be looked up row by row.
struct FindMany<'a> {
    connection: ConnectionNo,
    resource: &'static str,
    ids: &'a [&'a str],
}

struct ConfirmMany<'a> {
    found: FindMany<'a>,
    interval: Interval,
}

impl FindMany<'_> {
    fn push<'b>(&'b self, columns: &str, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT found.* FROM unnest(");
        out.push_bind_param::<Array<Text>, [&str]>(self.ids)?;
        out.push_sql(") AS wanted (id), LATERAL (SELECT ");
        out.push_sql(columns);
        out.push_sql(" FROM source_objects WHERE connection_no = ");
        out.push_bind_param::<BigInt, _>(&self.connection.0)?;
        out.push_sql(" AND resource = ");
        out.push_bind_param::<Text, _>(self.resource)?;
        out.push_sql(" AND id = wanted.id LIMIT 1) AS found");
        Ok(())
    }
}

impl QueryFragment<Pg> for FindMany<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.push("id, observed_from_ms, observed_to_ms, digest, deleted", &mut out)
    }
}

impl QueryFragment<Pg> for ConfirmMany<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("UPDATE source_objects SET observed_from_ms = ");
        out.push_bind_param::<BigInt, _>(&self.interval.from.0)?;
        out.push_sql(", observed_to_ms = ");
        out.push_bind_param::<BigInt, _>(&self.interval.to.0)?;
        // Nobody else writes the connection's rows while its lease row is locked, so they stay in their places.
        out.push_sql(" FROM (");
        self.found.push("ctid", &mut out)?;
        out.push_sql(") AS row WHERE source_objects.ctid = row.ctid");
        Ok(())
    }
}

impl Query for FindMany<'_> {
    type SqlType = (Text, BigInt, BigInt, BigInt, Bool);
}

impl QueryId for FindMany<'_> {
    type QueryId = FindMany<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryId for ConfirmMany<'_> {
    type QueryId = ConfirmMany<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<PgConnection> for FindMany<'_> {}
impl RunQueryDsl<PgConnection> for ConfirmMany<'_> {}

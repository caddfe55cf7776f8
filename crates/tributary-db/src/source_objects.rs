//! `source_objects`: Stripe's objects as received, and which reading of each is the newest (rule E1).

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::source_objects::dsl;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, PgConnection, QueryDsl, QueryResult,
    RunQueryDsl, SqliteConnection,
};
use std::collections::HashMap;
use tributary_core::ids::ConnectionNo;
use tributary_core::knowledge::{Interval, Known, Source, Verdict, decide};
use tributary_core::{Millis, Resource};

/// One object as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceObject {
    /// Stripe's id.
    pub id: String,
    /// Stripe's `created` in Unix seconds, where it has one.
    pub created_secs: Option<i64>,
    /// Digest of `json`.
    pub digest: i64,
    /// Whether this is the stub of a deleted object.
    pub deleted: bool,
    /// The object's text without secrets (rule E18).
    pub json: String,
}

/// What became of a batch of readings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Positions in the batch of the objects that are new or newer: their records are to be written.
    pub written: Vec<usize>,
    /// Positions of those whose order can't be known: to be read again.
    pub unclear: Vec<usize>,
}

/// Stores what is new or newer of one answer's objects. All have the interval of that answer; of two with
/// one id the first counts.
pub fn apply(
    conn: &mut AnyConn,
    owner: Owner,
    resource: Resource,
    interval: Interval,
    source: Source,
    objects: &[SourceObject],
) -> Result<Applied, DbError> {
    let known = known(conn, owner.connection_no, resource, objects.iter().map(|object| object.id.as_str()))?;
    let mut applied = Applied::default();
    let mut confirmed = Vec::new();
    let mut order: Vec<usize> = (0..objects.len()).collect();
    order.sort_by(|a, b| objects[*a].id.cmp(&objects[*b].id));
    order.dedup_by(|later, earlier| objects[*later].id == objects[*earlier].id);
    for at in order {
        let object = &objects[at];
        let new = Known { interval, digest: object.digest, deleted: object.deleted };
        match decide(known.get(&object.id), &new, source) {
            Verdict::Insert | Verdict::Replace => applied.written.push(at),
            Verdict::Confirm => confirmed.push(object.id.as_str()),
            Verdict::Drop => {}
            Verdict::Reread => applied.unclear.push(at),
        }
    }
    let written: Vec<&SourceObject> = applied.written.iter().map(|at| &objects[*at]).collect();
    replace(conn, owner, resource, interval, &written)?;
    confirm(conn, owner.connection_no, resource, interval, &confirmed)?;
    Ok(applied)
}

/// What is stored of these objects.
fn known<'a>(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    ids: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, Known>, DbError> {
    let ids: Vec<&str> = ids.collect();
    let rows: Vec<(String, i64, i64, i64, bool)> = match conn {
        AnyConn::Pg(conn) => FindMany { connection, resource: resource.as_str(), ids: &ids }.load(conn)?,
        AnyConn::Sqlite(conn) => dsl::source_objects
            .filter(dsl::connection_no.eq(connection.0))
            .filter(dsl::resource.eq(resource.as_str()))
            .filter(dsl::id.eq_any(ids))
            .select((dsl::id, dsl::observed_from_ms, dsl::observed_to_ms, dsl::digest, dsl::deleted))
            .load(conn)?,
    };
    let known = |(id, from, to, digest, deleted)| {
        (id, Known { interval: Interval { from: Millis(from), to: Millis(to) }, digest, deleted })
    };
    Ok(rows.into_iter().map(known).collect())
}

fn replace(
    conn: &mut AnyConn,
    owner: Owner,
    resource: Resource,
    interval: Interval,
    objects: &[&SourceObject],
) -> QueryResult<()> {
    if objects.is_empty() {
        return Ok(());
    }
    match conn {
        AnyConn::Pg(conn) => {
            for objects in objects.chunks(500) {
                PutMany::new(owner, resource, interval, objects).execute(conn)?;
            }
        }
        AnyConn::Sqlite(conn) => {
            for object in objects {
                PutOne { owner, resource: resource.as_str(), interval, object }.execute(conn)?;
            }
        }
    }
    Ok(())
}

fn confirm(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    interval: Interval,
    ids: &[&str],
) -> QueryResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    match conn {
        AnyConn::Pg(conn) => {
            ConfirmMany { found: FindMany { connection, resource: resource.as_str(), ids }, interval }
                .execute(conn)?
        }
        AnyConn::Sqlite(conn) => diesel::update(dsl::source_objects)
            .filter(dsl::connection_no.eq(connection.0))
            .filter(dsl::resource.eq(resource.as_str()))
            .filter(dsl::id.eq_any(ids))
            .set((dsl::observed_from_ms.eq(interval.from.0), dsl::observed_to_ms.eq(interval.to.0)))
            .execute(conn)?,
    };
    Ok(())
}

/// Up to `limit` ids that no reading since `as_of` has seen, in order: what a sweep finds gone (rule E7).
pub fn unseen_since(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    as_of: Millis,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::observed_to_ms.lt(as_of.0))
        .filter(diesel::dsl::not(dsl::deleted))
        .order(dsl::id)
        .limit(limit)
        .select(dsl::id)
        .load(conn)?)
}

/// Turns objects into tombstones as of `interval`; what Stripe last said of them stays.
pub fn bury(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    interval: Interval,
    ids: &[String],
) -> Result<(), DbError> {
    diesel::update(dsl::source_objects)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::id.eq_any(ids))
        .set((
            dsl::deleted.eq(true),
            dsl::observed_from_ms.eq(interval.from.0),
            dsl::observed_to_ms.eq(interval.to.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// The newest living object of a resource: its id and `created` in Unix seconds.
pub fn newest(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
) -> Result<Option<(String, i64)>, DbError> {
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(diesel::dsl::not(dsl::deleted))
        .filter(dsl::created_secs.is_not_null())
        .order((dsl::created_secs.desc(), dsl::id.desc()))
        .select((dsl::id, dsl::created_secs.assume_not_null()))
        .first(conn)
        .optional()?)
}

/// Up to `limit` ids of customers that payments name and no list has shown: they were deleted at Stripe
/// (rule E6). In order, after `after`.
pub fn unlisted_customers(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    use crate::schema::payments;
    let stored = dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(Resource::Customers.as_str()))
        .filter(dsl::id.nullable().eq(payments::customer_id))
        .select(dsl::id);
    Ok(payments::table
        .filter(payments::connection_no.eq(connection.0))
        .filter(payments::customer_id.gt(after))
        .filter(diesel::dsl::not(diesel::dsl::exists(stored)))
        .order(payments::customer_id)
        .limit(limit)
        .select(payments::customer_id.assume_not_null())
        .distinct()
        .load(conn)?)
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

struct PutMany<'a> {
    owner: Owner,
    resource: &'static str,
    interval: Interval,
    ids: Vec<&'a str>,
    created_secs: Vec<Option<i64>>,
    digests: Vec<i64>,
    deleted: Vec<bool>,
    jsons: Vec<&'a str>,
}

impl<'a> PutMany<'a> {
    fn new(owner: Owner, resource: Resource, interval: Interval, objects: &[&'a SourceObject]) -> Self {
        PutMany {
            owner,
            resource: resource.as_str(),
            interval,
            ids: objects.iter().map(|object| object.id.as_str()).collect(),
            created_secs: objects.iter().map(|object| object.created_secs).collect(),
            digests: objects.iter().map(|object| object.digest).collect(),
            deleted: objects.iter().map(|object| object.deleted).collect(),
            jsons: objects.iter().map(|object| object.json.as_str()).collect(),
        }
    }
}

struct PutOne<'a> {
    owner: Owner,
    resource: &'static str,
    interval: Interval,
    object: &'a SourceObject,
}

impl QueryId for PutMany<'_> {
    type QueryId = PutMany<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryId for PutOne<'_> {
    type QueryId = PutOne<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<PgConnection> for PutMany<'_> {}
impl RunQueryDsl<SqliteConnection> for PutOne<'_> {}

const INSERT: &str = "INSERT INTO source_objects (connection_no, platform_no, resource, observed_from_ms, \
    observed_to_ms, id, created_secs, digest, deleted, json) ";
const ON_CONFLICT: &str = " ON CONFLICT (connection_no, resource, id) DO UPDATE SET \
    observed_from_ms = excluded.observed_from_ms, observed_to_ms = excluded.observed_to_ms, \
    created_secs = excluded.created_secs, digest = excluded.digest, deleted = excluded.deleted, \
    json = excluded.json";

impl QueryFragment<Pg> for PutMany<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(INSERT);
        out.push_sql("SELECT ");
        out.push_bind_param::<BigInt, _>(&self.owner.connection_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.owner.platform_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.resource)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.interval.from.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.interval.to.0)?;
        out.push_sql(", new.* FROM unnest(");
        out.push_bind_param::<Array<Text>, Vec<&str>>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.created_secs)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.digests)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bool>, _>(&self.deleted)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, Vec<&str>>(&self.jsons)?;
        out.push_sql(") AS new");
        out.push_sql(ON_CONFLICT);
        Ok(())
    }
}

impl QueryFragment<Sqlite> for PutOne<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(INSERT);
        out.push_sql("VALUES (");
        out.push_bind_param::<BigInt, _>(&self.owner.connection_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.owner.platform_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.resource)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.interval.from.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.interval.to.0)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.object.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.object.created_secs)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.object.digest)?;
        out.push_sql(", ");
        out.push_bind_param::<Bool, _>(&self.object.deleted)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.object.json)?;
        out.push_sql(")");
        out.push_sql(ON_CONFLICT);
        Ok(())
    }
}

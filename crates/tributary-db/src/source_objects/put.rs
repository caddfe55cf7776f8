//! Writing objects: COPY and UNNEST on PostgreSQL, cached statements on SQLite, as `bulk.rs` does for records.

use super::Reading;
use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::copy;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, QueryResult, RunQueryDsl, SqliteConnection};
use tributary_core::Resource;

/// The table's columns.
const COLUMNS: i16 = 10;

/// Adds objects that are not stored.
pub(super) fn insert(
    conn: &mut AnyConn,
    owner: Owner,
    resource: Resource,
    readings: &[Reading<'_>],
) -> QueryResult<()> {
    match conn {
        _ if readings.is_empty() => Ok(()),
        AnyConn::Pg(conn) => copy(conn, owner, resource, readings),
        AnyConn::Sqlite(conn) => readings.iter().try_for_each(|reading| {
            let one = PutOne { owner, resource: resource.as_str(), reading };
            InsertOne(one).execute(conn).map(|_| ())
        }),
    }
}

fn copy(
    conn: &mut PgConnection,
    owner: Owner,
    resource: Resource,
    readings: &[Reading<'_>],
) -> QueryResult<()> {
    let write = |out: &mut copy::CopyRows<'_>| {
        for Reading { object, interval } in readings {
            let out = out.row()?;
            out.int(owner.connection_no.0)?;
            out.text(resource.as_str())?;
            out.text(&object.id)?;
            out.int(owner.platform_no.0)?;
            match object.created_secs {
                Some(secs) => out.int(secs)?,
                None => out.null(),
            }
            out.int(interval.from.0)?;
            out.int(interval.to.0)?;
            out.int(object.digest)?;
            out.bool(object.deleted)?;
            out.text(&object.json)?;
        }
        Ok(())
    };
    copy::insert_into::<crate::schema::source_objects::table>(conn, COLUMNS, write).map(|_| ())
}

/// Puts objects in the place of what is stored of them.
pub(super) fn replace(
    conn: &mut AnyConn,
    owner: Owner,
    resource: Resource,
    readings: &[Reading<'_>],
) -> QueryResult<()> {
    match conn {
        AnyConn::Pg(conn) => {
            for readings in readings.chunks(500) {
                PutMany::new(owner, resource, readings).execute(conn)?;
            }
        }
        AnyConn::Sqlite(conn) => {
            for reading in readings {
                PutOne { owner, resource: resource.as_str(), reading }.execute(conn)?;
            }
        }
    }
    Ok(())
}

struct PutMany<'a> {
    owner: Owner,
    resource: &'static str,
    from_ms: Vec<i64>,
    to_ms: Vec<i64>,
    ids: Vec<&'a str>,
    created_secs: Vec<Option<i64>>,
    digests: Vec<i64>,
    deleted: Vec<bool>,
    jsons: Vec<&'a str>,
}

impl<'a> PutMany<'a> {
    fn new(owner: Owner, resource: Resource, readings: &[Reading<'a>]) -> Self {
        let objects = || readings.iter().map(|reading| reading.object);
        PutMany {
            owner,
            resource: resource.as_str(),
            from_ms: readings.iter().map(|reading| reading.interval.from.0).collect(),
            to_ms: readings.iter().map(|reading| reading.interval.to.0).collect(),
            ids: objects().map(|object| object.id.as_str()).collect(),
            created_secs: objects().map(|object| object.created_secs).collect(),
            digests: objects().map(|object| object.digest).collect(),
            deleted: objects().map(|object| object.deleted).collect(),
            jsons: objects().map(|object| object.json.as_str()).collect(),
        }
    }
}

struct PutOne<'a> {
    owner: Owner,
    resource: &'static str,
    reading: &'a Reading<'a>,
}

/// As [`PutOne`], of an object that is not stored.
struct InsertOne<'a>(PutOne<'a>);

impl QueryId for InsertOne<'_> {
    type QueryId = InsertOne<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<SqliteConnection> for InsertOne<'_> {}

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
        out.push_sql(", new.* FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.from_ms)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.to_ms)?;
        out.push_sql(", ");
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

impl PutOne<'_> {
    fn insert<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(INSERT);
        out.push_sql("VALUES (");
        out.push_bind_param::<BigInt, _>(&self.owner.connection_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.owner.platform_no.0)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.resource)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.reading.interval.from.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.reading.interval.to.0)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.reading.object.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.reading.object.created_secs)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.reading.object.digest)?;
        out.push_sql(", ");
        out.push_bind_param::<Bool, _>(&self.reading.object.deleted)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.reading.object.json)?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for PutOne<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.insert(&mut out)?;
        out.push_sql(ON_CONFLICT);
        Ok(())
    }
}

impl QueryFragment<Sqlite> for InsertOne<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.insert(&mut out)
    }
}

//! `source_objects`: Stripe's objects as received, and which reading of each is the newest (rule E1).

mod shown;

pub use shown::{Observed, count, find, list, observed};

use crate::bulk::{Owner, Rows};
use crate::conn::AnyConn;
use crate::copy::CopyRows;
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
use std::borrow::Cow;
use std::collections::HashMap;
use tributary_core::ids::ConnectionNo;
use tributary_core::knowledge::{Interval, Known, Source, Verdict, decide};
use tributary_core::{Millis, Resource};

/// The table's columns.
const COLUMNS: i16 = 10;

/// About what a row takes in COPY's format beside its JSON.
const ROW_BYTES: usize = 192;

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

/// One object, and when what it says was true.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// What was read.
    pub object: &'a SourceObject,
    /// On Stripe's clock.
    pub interval: Interval,
}

/// What became of readings, by their positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Those of objects that were not stored before: their records are to be written.
    pub new: Vec<usize>,
    /// Those that replaced what was stored: their records are to be written.
    pub newer: Vec<usize>,
    /// Those whose order can't be known: to be read again.
    pub unclear: Vec<usize>,
}

/// Stores what is new or newer of readings of one resource, which are given in the order of their arrival.
///
/// [`Rows::New`] spares the look-up of what is stored. If something is, the database refuses the write
/// ([`DbError::is_duplicate`]).
pub fn apply(
    conn: &mut AnyConn,
    owner: Owner,
    resource: Resource,
    source: Source,
    readings: &[Reading<'_>],
    are: Rows<'_>,
) -> Result<Applied, DbError> {
    let mut known = match are {
        Rows::New(_) => HashMap::with_capacity(readings.len()),
        Rows::Any => {
            let ids: Vec<&str> = readings.iter().map(|reading| reading.object.id.as_str()).collect();
            known(conn, owner.connection_no, resource, &ids)?
        }
    };
    let mut applied = Applied::default();
    let mut confirmed = Vec::new();
    for (at, Reading { object, interval }) in readings.iter().enumerate() {
        let new = Known { interval: *interval, digest: object.digest, deleted: object.deleted };
        let verdict = decide(known.get(object.id.as_str()), &new, source);
        match verdict {
            Verdict::Insert => applied.new.push(at),
            Verdict::Replace => supersede(&mut applied, readings, at),
            Verdict::Confirm => confirmed.push(at),
            Verdict::Drop => continue,
            Verdict::Reread => {
                applied.unclear.push(at);
                continue;
            }
        }
        known.insert(Cow::Borrowed(&object.id), new);
    }
    let of = |positions: &[usize]| -> Vec<Reading<'_>> { positions.iter().map(|at| readings[*at]).collect() };
    insert(conn, owner, resource, &of(&applied.new))?;
    replace(conn, owner, resource, &of(&applied.newer))?;
    confirm(conn, owner.connection_no, resource, &of(&confirmed))?;
    Ok(applied)
}

/// Puts a reading in the place of an earlier one of the same object, or else among the newer ones.
fn supersede(applied: &mut Applied, readings: &[Reading<'_>], at: usize) {
    let id = &readings[at].object.id;
    let earlier =
        applied.new.iter_mut().chain(&mut applied.newer).find(|earlier| readings[**earlier].object.id == *id);
    match earlier {
        Some(earlier) => *earlier = at,
        None => applied.newer.push(at),
    }
}

/// What is stored of these objects.
fn known<'a>(
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

/// Adds objects that are not stored.
fn insert(conn: &mut AnyConn, owner: Owner, resource: Resource, readings: &[Reading<'_>]) -> QueryResult<()> {
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
    let bytes = readings.iter().map(|reading| reading.object.json.len() + ROW_BYTES).sum();
    let mut out = CopyRows::new(COLUMNS, bytes);
    for Reading { object, interval } in readings {
        out.row();
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
    out.insert_into::<crate::schema::source_objects::table>(conn).map(|_| ())
}

fn replace(
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

/// Moves the intervals of objects that say the same as before.
fn confirm(
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

/// Up to `limit` ids of living objects that were created before `bound_secs`, the oldest first.
pub fn created_before(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    bound_secs: i64,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::created_secs.lt(bound_secs))
        .filter(diesel::dsl::not(dsl::deleted))
        .order(dsl::created_secs)
        .limit(limit)
        .select(dsl::id)
        .load(conn)?)
}

/// As [`unseen_since`], of invoices that were drafts when they were last seen.
pub fn unseen_drafts_since(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    as_of: Millis,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    use crate::schema::invoices;
    let drafts = invoices::table
        .filter(invoices::connection_no.eq(connection.0))
        .filter(invoices::status.eq("draft"))
        .filter(diesel::dsl::not(invoices::deleted))
        .select(invoices::id);
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(Resource::Invoices.as_str()))
        .filter(dsl::id.eq_any(drafts))
        .filter(dsl::observed_to_ms.lt(as_of.0))
        .filter(diesel::dsl::not(dsl::deleted))
        .order(dsl::id)
        .limit(limit)
        .select(dsl::id)
        .load(conn)?)
}

/// The texts of objects of some resources, by their ids. Ids of one account are unique over the lists that fill one
/// data type.
pub fn texts(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resources: &[Resource],
    ids: &[&str],
) -> Result<HashMap<String, (Resource, String)>, DbError> {
    let words: Vec<&str> = resources.iter().map(|resource| resource.as_str()).collect();
    let rows: Vec<(String, String, String)> = dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq_any(words))
        .filter(dsl::id.eq_any(ids))
        .select((dsl::id, dsl::resource, dsl::json))
        .load(conn)?;
    let read = |(id, word, json): (String, String, String)| Some((id, (word.parse().ok()?, json)));
    Ok(rows.into_iter().filter_map(read).collect())
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

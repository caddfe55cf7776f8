//! Going through what is stored of Stripe's objects: for comparing it, and for making records anew.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::source_objects::dsl;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Text};
use diesel::{ExpressionMethods, PgConnection, QueryDsl, QueryResult, Queryable, RunQueryDsl};
use std::collections::HashMap;
use tributary_core::Resource;
use tributary_core::ids::ConnectionNo;

/// A stored object that lives.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Living {
    /// Stripe's id.
    pub id: String,
    /// Stripe's `created` in Unix seconds, where it has one.
    pub created_secs: Option<i64>,
    /// Until when what it says was true: UTC milliseconds of Stripe's clock.
    pub observed_to_ms: i64,
    /// Digest of the text as it was stored.
    pub digest: i64,
    /// The text.
    pub json: String,
}

/// Up to `limit` objects of a resource, after the id `after`, in the order of their ids.
pub fn living(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    after: &str,
    limit: i64,
) -> Result<Vec<Living>, DbError> {
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::id.gt(after))
        .filter(diesel::dsl::not(dsl::deleted))
        .order(dsl::id)
        .limit(limit)
        .select((dsl::id, dsl::created_secs, dsl::observed_to_ms, dsl::digest, dsl::json))
        .load(conn)?)
}

/// The texts of those of these objects of a resource that live, by their ids.
pub fn living_texts(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    ids: &[&str],
) -> Result<HashMap<String, String>, DbError> {
    let mut found = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(500) {
        let rows: Vec<(String, String)> = match conn {
            AnyConn::Pg(conn) => LivingMany { connection, resource: resource.as_str(), ids }.load(conn)?,
            AnyConn::Sqlite(conn) => dsl::source_objects
                .filter(dsl::connection_no.eq(connection.0))
                .filter(dsl::resource.eq(resource.as_str()))
                .filter(dsl::id.eq_any(ids))
                .filter(diesel::dsl::not(dsl::deleted))
                .select((dsl::id, dsl::json))
                .load(conn)?,
        };
        found.extend(rows);
    }
    Ok(found)
}

/// Makes what is stored of objects older than any reading and unlike any, so that the next one replaces it.
pub fn distrust(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    ids: &[&str],
) -> Result<(), DbError> {
    for id in ids {
        let row = dsl::source_objects
            .filter(dsl::connection_no.eq(connection.0))
            .filter(dsl::resource.eq(resource.as_str()))
            .filter(dsl::id.eq(*id));
        let digest: Vec<i64> = row.select(dsl::digest).load(conn)?;
        for digest in digest {
            diesel::update(row)
                .set((dsl::digest.eq(!digest), dsl::observed_from_ms.eq(0), dsl::observed_to_ms.eq(0)))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// As `FindMany`: row by row by the key.
struct LivingMany<'a> {
    connection: ConnectionNo,
    resource: &'static str,
    ids: &'a [&'a str],
}

impl QueryFragment<Pg> for LivingMany<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT found.* FROM unnest(");
        out.push_bind_param::<Array<Text>, [&str]>(self.ids)?;
        out.push_sql(") AS wanted (id), LATERAL (SELECT id, json FROM source_objects WHERE connection_no = ");
        out.push_bind_param::<BigInt, _>(&self.connection.0)?;
        out.push_sql(" AND resource = ");
        out.push_bind_param::<Text, _>(self.resource)?;
        out.push_sql(" AND id = wanted.id AND NOT deleted LIMIT 1) AS found");
        Ok(())
    }
}

impl Query for LivingMany<'_> {
    type SqlType = (Text, Text);
}

impl QueryId for LivingMany<'_> {
    type QueryId = LivingMany<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<PgConnection> for LivingMany<'_> {}

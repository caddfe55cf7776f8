//! Reading what is stored of Stripe's objects, for those who want to see it.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::page::Page;
use crate::records::IDS_AT_ONCE;
use crate::schema::source_objects::dsl;
use crate::stored::Stored;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;
use tributary_core::Resource;
use tributary_core::ids::ConnectionNo;

/// A stored object without its text.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Observed {
    /// The list that it is in.
    #[diesel(deserialize_as = Stored)]
    pub resource: Resource,
    /// Stripe's id.
    pub id: String,
    /// Stripe's `created` in Unix seconds, where it has one.
    pub created_secs: Option<i64>,
    /// From when on what it says was true: UTC milliseconds of Stripe's clock.
    pub observed_from_ms: i64,
    /// Until when.
    pub observed_to_ms: i64,
    /// Whether it is gone.
    pub deleted: bool,
}

macro_rules! columns {
    () => {
        (dsl::resource, dsl::id, dsl::created_secs, dsl::observed_from_ms, dsl::observed_to_ms, dsl::deleted)
    };
}

/// A part of a connection's objects of one resource by their ids, deleted ones too: those that follow `last`, the object
/// that the part before ended with, or else those at the page's offset.
pub fn list(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    last: Option<&str>,
    page: Page,
) -> Result<Vec<Observed>, DbError> {
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        // No id is empty.
        .filter(dsl::id.gt(last.unwrap_or_default()))
        .order(dsl::id)
        .offset(if last.is_some() { 0 } else { page.offset })
        .limit(page.limit)
        .select(columns!())
        .load(conn)?)
}

/// How many objects of one resource a connection has, deleted ones too.
pub fn count(conn: &mut AnyConn, connection: ConnectionNo, resource: Resource) -> Result<i64, DbError> {
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .count()
        .get_result(conn)?)
}

/// One object and its JSON, deleted or not.
pub fn find(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    id: &str,
) -> Result<Option<(Observed, String)>, DbError> {
    Ok(dsl::source_objects
        .find((connection.0, resource.as_str(), id))
        .select((columns!(), dsl::json))
        .first(conn)
        .optional()?)
}

/// Those of these objects that are stored, in the order given.
pub fn observed(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    objects: &[(Resource, String)],
) -> Result<Vec<Observed>, DbError> {
    let mut found: Vec<Observed> = Vec::new();
    for resource in Resource::ALL {
        let ids: Vec<&str> =
            objects.iter().filter(|(of, _)| *of == resource).map(|(_, id)| id.as_str()).collect();
        for ids in ids.chunks(IDS_AT_ONCE) {
            let rows: Vec<Observed> = dsl::source_objects
                .filter(dsl::connection_no.eq(connection.0))
                .filter(dsl::resource.eq(resource.as_str()))
                .filter(dsl::id.eq_any(ids))
                .select(columns!())
                .load(conn)?;
            found.extend(rows);
        }
    }
    let places: HashMap<(Resource, &str), usize> =
        objects.iter().enumerate().map(|(at, (resource, id))| ((*resource, id.as_str()), at)).collect();
    found.sort_by_key(|row| places.get(&(row.resource, row.id.as_str())).copied());
    Ok(found)
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

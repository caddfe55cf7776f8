//! `remaps`: making a connection's records anew from what is stored of Stripe's objects, without asking Stripe. A row
//! says how far it has come, so that it goes on there after a kill.

use crate::conn::AnyConn;
use crate::connections::Connection;
use crate::error::DbError;
use crate::schema::{connections, remaps};
use crate::stored::{Stored, StoredMoment, StoredOption};
use diesel::prelude::*;
use tributary_core::ids::{ConnectionId, ConnectionNo, PlatformNo, RemapId};
use tributary_core::{Millis, Resource};

/// Remaps kept per connection that have ended.
const KEPT: i64 = 10;

/// A making anew.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Remap {
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: RemapId,
    /// Whose records.
    #[diesel(deserialize_as = i64)]
    pub connection_no: ConnectionNo,
    /// When it ended.
    #[diesel(deserialize_as = StoredMoment)]
    pub ended: Option<Millis>,
    /// The list of the last object that was mapped; none: nothing was yet.
    #[diesel(deserialize_as = StoredOption)]
    pub resource: Option<Resource>,
    /// That object's id.
    pub object_id: Option<String>,
    /// Objects mapped.
    pub objects: i64,
    /// Rows written, changed or buried.
    pub changed: i64,
    /// Objects that can't be mapped.
    pub unmapped: i64,
}

/// A step of a remap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The list of the last object mapped.
    pub resource: Resource,
    /// That object's id.
    pub object_id: &'a str,
    /// Objects mapped in this step.
    pub objects: usize,
    /// Rows written, changed or buried.
    pub changed: usize,
    /// Objects that can't be mapped.
    pub unmapped: usize,
}

macro_rules! columns {
    () => {
        (
            remaps::id,
            remaps::connection_no,
            remaps::ended_ms,
            remaps::resource,
            remaps::object_id,
            remaps::objects,
            remaps::changed,
            remaps::unmapped,
        )
    };
}

/// Asks for a connection's records to be made anew; one that is under way is what was asked for.
pub fn queue(conn: &mut AnyConn, connection: &Connection, now: Millis) -> Result<RemapId, DbError> {
    if let Some(open) = open(conn, connection.no)? {
        return Ok(open.id);
    }
    let id = RemapId::random();
    diesel::insert_into(remaps::table)
        .values((
            remaps::connection_no.eq(connection.no.0),
            remaps::id.eq(id.to_string()),
            remaps::platform_no.eq(connection.platform_no.0),
            remaps::requested_ms.eq(now.0),
            remaps::objects.eq(0),
            remaps::changed.eq(0),
            remaps::unmapped.eq(0),
        ))
        .execute(conn)?;
    Ok(id)
}

/// The connection's remap that hasn't ended.
pub fn open(conn: &mut AnyConn, connection: ConnectionNo) -> Result<Option<Remap>, DbError> {
    Ok(remaps::table
        .filter(remaps::connection_no.eq(connection.0))
        .filter(remaps::ended_ms.is_null())
        .select(columns!())
        .first(conn)
        .optional()?)
}

/// A platform's remaps of these ids, with their connections' ids.
pub fn find_all(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    ids: &[RemapId],
) -> Result<Vec<(Remap, ConnectionId)>, DbError> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows: Vec<(Remap, String)> = remaps::table
        .inner_join(connections::table.on(connections::no.eq(remaps::connection_no)))
        .filter(remaps::platform_no.eq(platform_no.0))
        .filter(remaps::id.eq_any(ids))
        .order(remaps::connection_no)
        .select((columns!(), connections::id))
        .load(conn)?;
    let read = |(remap, id): (Remap, String)| {
        let id = id.parse().map_err(|_| DbError::Broken("a connection's id isn't one".to_owned()))?;
        Ok((remap, id))
    };
    rows.into_iter().map(read).collect()
}

/// Notes how far it has come, in the transaction that wrote the rows.
pub fn advance(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    id: RemapId,
    step: &Step<'_>,
) -> Result<(), DbError> {
    let add = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let row =
        remaps::table.filter(remaps::connection_no.eq(connection.0)).filter(remaps::id.eq(id.to_string()));
    diesel::update(row)
        .set((
            remaps::resource.eq(step.resource.as_str()),
            remaps::object_id.eq(step.object_id),
            remaps::objects.eq(remaps::objects + add(step.objects)),
            remaps::changed.eq(remaps::changed + add(step.changed)),
            remaps::unmapped.eq(remaps::unmapped + add(step.unmapped)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Every object is mapped. The oldest that have ended are forgotten.
pub fn end(conn: &mut AnyConn, connection: ConnectionNo, id: RemapId, now: Millis) -> Result<(), DbError> {
    let of = remaps::table.filter(remaps::connection_no.eq(connection.0));
    diesel::update(of.filter(remaps::id.eq(id.to_string()))).set(remaps::ended_ms.eq(now.0)).execute(conn)?;
    let old: Vec<String> = of
        .filter(remaps::ended_ms.is_not_null())
        .order((remaps::requested_ms.desc(), remaps::id))
        .offset(KEPT)
        .limit(KEPT)
        .select(remaps::id)
        .load(conn)?;
    diesel::delete(of.filter(remaps::id.eq_any(old))).execute(conn)?;
    Ok(())
}

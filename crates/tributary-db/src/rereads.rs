//! `rereads`: objects to be read once more: because the order of two readings can't be known (rule E1), or because an
//! event only says that something happened to them (rule E14). At most one row each, however often that is asked for.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::rereads::dsl;
use crate::stored::Stored;
use diesel::dsl::{exists, min};
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use tributary_core::ids::ConnectionNo;
use tributary_core::{Millis, Resource};

/// How soon an object may be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// At once.
    None,
    /// Once so much time has passed since the readings whose order is unclear that the next one is clearly after both.
    UntilClear,
}

/// So long after an unclear reading the next one's interval starts after it (rule E1): a second on each side,
/// and some for the round trip.
pub const CLEAR_AFTER_MS: i64 = 2_500;

/// An object that waits to be read again.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Reread {
    /// The list it belongs to.
    #[diesel(deserialize_as = Stored)]
    pub resource: Resource,
    /// Stripe's id.
    pub id: String,
    /// When that was last asked for, by the database's clock: UTC milliseconds.
    pub requested_ms: i64,
    /// From when on it may be read, by the same clock.
    pub due_ms: i64,
    /// How often reading it has failed.
    pub failures: i64,
}

/// Asks for one more reading. Asking again is asking once, for a reading after the last request.
pub fn request(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    id: &str,
    wait: Wait,
    now: Millis,
) -> Result<(), DbError> {
    let due_ms = match wait {
        Wait::None => now.0,
        Wait::UntilClear => now.0 + CLEAR_AFTER_MS,
    };
    let insert = diesel::insert_into(dsl::rereads)
        .values((
            dsl::connection_no.eq(connection.0),
            dsl::resource.eq(resource.as_str()),
            dsl::id.eq(id),
            dsl::requested_ms.eq(now.0),
            dsl::due_ms.eq(due_ms),
            dsl::failures.eq(0_i64),
        ))
        .on_conflict((dsl::connection_no, dsl::resource, dsl::id))
        .do_update();
    // A hint doesn't hurry what has to wait.
    match (conn, wait) {
        (AnyConn::Pg(conn), Wait::None) => insert.set(dsl::requested_ms.eq(now.0)).execute(conn)?,
        (AnyConn::Sqlite(conn), Wait::None) => insert.set(dsl::requested_ms.eq(now.0)).execute(conn)?,
        (AnyConn::Pg(conn), Wait::UntilClear) => {
            insert.set((dsl::requested_ms.eq(now.0), dsl::due_ms.eq(due_ms))).execute(conn)?
        }
        (AnyConn::Sqlite(conn), Wait::UntilClear) => {
            insert.set((dsl::requested_ms.eq(now.0), dsl::due_ms.eq(due_ms))).execute(conn)?
        }
    };
    Ok(())
}

/// Up to `limit` objects of a resource that wait to be read again, whenever they are due; or, of those, the ones that are
/// stored already: whose order is unclear, not those that are only named.
pub fn waiting(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    only_stored: bool,
    limit: i64,
) -> Result<Vec<Reread>, DbError> {
    use crate::schema::source_objects::dsl as objects;
    let mut waiting = dsl::rereads
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .order(dsl::id)
        .limit(limit)
        .select((dsl::resource, dsl::id, dsl::requested_ms, dsl::due_ms, dsl::failures))
        .into_boxed();
    if only_stored {
        let stored = objects::source_objects
            .filter(objects::connection_no.eq(dsl::connection_no))
            .filter(objects::resource.eq(dsl::resource))
            .filter(objects::id.eq(dsl::id));
        waiting = waiting.filter(exists(stored));
    }
    Ok(waiting.load(conn)?)
}

/// Up to `limit` objects of a connection that may be read again at `now`, those that wait the longest first.
pub fn due(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    now: Millis,
    limit: i64,
) -> Result<Vec<Reread>, DbError> {
    Ok(dsl::rereads
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::due_ms.le(now.0))
        .order((dsl::due_ms, dsl::resource, dsl::id))
        .limit(limit)
        .select((dsl::resource, dsl::id, dsl::requested_ms, dsl::due_ms, dsl::failures))
        .load(conn)?)
}

/// When the next object of a connection may be read again; none: none waits.
pub fn next_due(conn: &mut AnyConn, connection: ConnectionNo) -> Result<Option<Millis>, DbError> {
    let next: Option<i64> =
        dsl::rereads.filter(dsl::connection_no.eq(connection.0)).select(min(dsl::due_ms)).first(conn)?;
    Ok(next.map(Millis))
}

/// The object was read after `requested_ms`: strikes it off, unless it was asked for again meanwhile.
pub fn done(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    id: &str,
    requested_ms: i64,
) -> Result<(), DbError> {
    diesel::delete(dsl::rereads)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::id.eq(id))
        .filter(dsl::requested_ms.le(requested_ms))
        .execute(conn)?;
    Ok(())
}

/// Reading the object failed: it may be tried again at `again`.
pub fn fail(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    id: &str,
    again: Millis,
) -> Result<(), DbError> {
    diesel::update(dsl::rereads)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::id.eq(id))
        .set((dsl::due_ms.eq(again.0), dsl::failures.eq(dsl::failures + 1)))
        .execute(conn)?;
    Ok(())
}

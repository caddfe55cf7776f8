//! `rereads`: objects to be read once more because the order of two readings can't be known (rule E1).

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::rereads::dsl;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use tributary_core::ids::ConnectionNo;
use tributary_core::{Millis, Resource};

/// Asks for one more reading; asking twice is asking once.
pub fn request(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    id: &str,
    now: Millis,
) -> Result<(), DbError> {
    Both(
        diesel::insert_into(dsl::rereads)
            .values((
                dsl::connection_no.eq(connection.0),
                dsl::resource.eq(resource.as_str()),
                dsl::id.eq(id),
                dsl::requested_ms.eq(now.0),
            ))
            .on_conflict_do_nothing(),
    )
    .execute(conn)?;
    Ok(())
}

/// Up to `limit` objects of a resource that wait to be read again, each with when that was asked for (UTC
/// milliseconds of the database's clock).
pub fn waiting(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    limit: i64,
) -> Result<Vec<(String, i64)>, DbError> {
    Ok(dsl::rereads
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .order(dsl::id)
        .limit(limit)
        .select((dsl::id, dsl::requested_ms))
        .load(conn)?)
}

/// The object was read: strikes it off.
pub fn done(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    id: &str,
) -> Result<(), DbError> {
    diesel::delete(dsl::rereads)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::id.eq(id))
        .execute(conn)?;
    Ok(())
}

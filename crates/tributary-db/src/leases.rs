//! `leases`: one worker holds a connection at a time, and every commit proves that it still does (rule E9).
//!
//! Times come from the database's clock alone, so that workers on machines with other clocks agree.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::leases::dsl;
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName, RunQueryDsl, sql_query};
use tributary_core::Millis;
use tributary_core::ids::ConnectionNo;

/// Proof of holding a connection: writes under an older epoch are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The connection held.
    pub connection_no: ConnectionNo,
    /// Counts the takeovers.
    pub epoch: i64,
}

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = BigInt)]
    ms: i64,
}

/// The database's clock.
pub fn now(conn: &mut AnyConn) -> Result<Millis, DbError> {
    let sql = match conn {
        AnyConn::Pg(_) => "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms",
        AnyConn::Sqlite(_) => "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS ms",
    };
    let now: Now = sql_query(sql).get_result(conn)?;
    Ok(Millis(now.ms))
}

/// Takes the connection over for `lease_ms` if nobody holds it.
pub fn claim(
    conn: &mut AnyConn,
    connection_no: ConnectionNo,
    owner: &str,
    lease_ms: i64,
) -> Result<Option<Lease>, DbError> {
    let now = now(conn)?;
    let free = dsl::leases
        .filter(dsl::connection_no.eq(connection_no.0))
        .filter(dsl::expires_ms.le(now.0))
        .select(dsl::epoch);
    let epoch: Option<i64> = match conn {
        // Whoever is in the middle of a commit has the row locked: that isn't waited for, but left for the next look.
        AnyConn::Pg(conn) => free.for_update().skip_locked().first(conn).optional()?,
        // BEGIN IMMEDIATE has locked the whole file already.
        AnyConn::Sqlite(conn) => free.first(conn).optional()?,
    };
    let Some(epoch) = epoch.map(|last| last + 1) else { return Ok(None) };
    diesel::update(dsl::leases)
        .filter(dsl::connection_no.eq(connection_no.0))
        .set((dsl::epoch.eq(epoch), dsl::owner.eq(Some(owner)), dsl::expires_ms.eq(now.plus_ms(lease_ms).0)))
        .execute(conn)?;
    Ok(Some(Lease { connection_no, epoch }))
}

/// Holds on for another `lease_ms`; [`DbError::Fenced`] when somebody else has taken over.
pub fn renew(conn: &mut AnyConn, lease: Lease, lease_ms: i64) -> Result<(), DbError> {
    let until = now(conn)?.plus_ms(lease_ms);
    let renewed = diesel::update(dsl::leases)
        .filter(dsl::connection_no.eq(lease.connection_no.0))
        .filter(dsl::epoch.eq(lease.epoch))
        .set(dsl::expires_ms.eq(until.0))
        .execute(conn)?;
    if renewed == 0 { Err(DbError::Fenced) } else { Ok(()) }
}

/// Lets go, so that the next worker need not wait. A lease that was lost already stays as it is.
pub fn release(conn: &mut AnyConn, lease: Lease) -> Result<(), DbError> {
    diesel::update(dsl::leases)
        .filter(dsl::connection_no.eq(lease.connection_no.0))
        .filter(dsl::epoch.eq(lease.epoch))
        .set((dsl::expires_ms.eq(0), dsl::owner.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

/// Begins a commit: locks the lease row until the transaction ends and returns the commit's `modified_ms`,
/// which is after every earlier one of the connection. [`DbError::Fenced`] when the lease is lost.
///
/// The row stays locked, so commits of one connection follow each other in the order of their
/// `modified_ms`, and a reader who asks for everything from the last one on misses nothing.
pub fn enter(conn: &mut AnyConn, lease: Lease, lease_ms: i64) -> Result<Millis, DbError> {
    let row = dsl::leases
        .filter(dsl::connection_no.eq(lease.connection_no.0))
        .filter(dsl::epoch.eq(lease.epoch))
        .select(dsl::modified_ms);
    let last: Option<i64> = match conn {
        AnyConn::Pg(conn) => row.for_update().first(conn).optional()?,
        // BEGIN IMMEDIATE has locked the whole file already.
        AnyConn::Sqlite(conn) => row.first(conn).optional()?,
    };
    let Some(last) = last else { return Err(DbError::Fenced) };
    // Read after the lock was got: waiting for it takes time.
    let now = now(conn)?;
    let modified = Millis(now.0.max(last + 1));
    diesel::update(dsl::leases)
        .filter(dsl::connection_no.eq(lease.connection_no.0))
        .set((dsl::modified_ms.eq(modified.0), dsl::expires_ms.eq(now.plus_ms(lease_ms).0)))
        .execute(conn)?;
    Ok(modified)
}

/// Frees every lease. Only for a database that one process serves, when it starts: whoever held them is
/// gone (rule E17). The next claim counts the epoch up, so that a late write is refused all the same.
pub fn release_all(conn: &mut AnyConn) -> Result<(), DbError> {
    diesel::update(dsl::leases).set((dsl::expires_ms.eq(0), dsl::owner.eq(None::<String>))).execute(conn)?;
    Ok(())
}

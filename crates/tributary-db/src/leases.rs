//! `leases`: one worker holds a connection at a time, and every commit proves that it still does (rule E9).
//!
//! Times come from the database's clock alone, so that workers on machines with other clocks agree.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::leases::dsl;
use diesel::backend::Backend;
use diesel::dsl::exists;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType};
use diesel::sqlite::Sqlite;
use diesel::{
    ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, QueryResult, QueryableByName, RunQueryDsl,
    SqliteConnection, sql_query,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tributary_core::Millis;
use tributary_core::ids::ConnectionNo;

/// Proof of holding a connection: writes under an older epoch are refused.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The connection held.
    pub connection_no: ConnectionNo,
    /// Counts the takeovers.
    pub epoch: i64,
    /// `modified_ms` of the newest commit that was acknowledged before it was on the disk ([`crate::Db::write_early`]), known
    /// to all who write under the lease; 0: none. What goes on from such a commit in memory has to know if a crash of the
    /// server takes it back: [`enter`] tells by this.
    pub early_ms: Arc<AtomicI64>,
}

impl Lease {
    /// Notes a commit that was acknowledged early.
    pub fn wrote_early(&self, modified: Millis) {
        self.early_ms.fetch_max(modified.0, Ordering::AcqRel);
    }
}

impl PartialEq for Lease {
    fn eq(&self, other: &Self) -> bool {
        (self.connection_no, self.epoch) == (other.connection_no, other.epoch)
    }
}

/// The database's clock in UTC milliseconds.
const CLOCK_POSTGRES: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
const CLOCK_SQLITE: &str = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = BigInt)]
    ms: i64,
}

/// The expression for the database's clock.
pub(crate) fn clock_sql(conn: &AnyConn) -> &'static str {
    match conn {
        AnyConn::Pg(_) => CLOCK_POSTGRES,
        AnyConn::Sqlite(_) => CLOCK_SQLITE,
    }
}

/// The database's clock.
pub fn now(conn: &mut AnyConn) -> Result<Millis, DbError> {
    let clock = clock_sql(conn);
    let now: Now = sql_query(format!("SELECT {clock} AS ms")).get_result(conn)?;
    Ok(Millis(now.ms))
}

/// The lease of a new connection: nobody holds it.
pub(crate) fn create(conn: &mut AnyConn, connection_no: ConnectionNo) -> Result<(), DbError> {
    diesel::insert_into(dsl::leases)
        .values((
            dsl::connection_no.eq(connection_no.0),
            dsl::epoch.eq(0_i64),
            dsl::expires_ms.eq(0_i64),
            dsl::modified_ms.eq(0_i64),
        ))
        .execute(conn)?;
    Ok(())
}

/// Holds the lease's row until the transaction ends: a commit that is under way is waited for, and the next one waits.
pub(crate) fn lock(conn: &mut AnyConn, connection_no: ConnectionNo) -> Result<(), DbError> {
    if let AnyConn::Pg(conn) = conn {
        let row = dsl::leases.filter(dsl::connection_no.eq(connection_no.0)).select(dsl::epoch);
        row.for_update().first::<i64>(conn).optional()?;
    }
    Ok(())
}

/// Takes the lease away from whoever holds it, whose next write is refused.
pub(crate) fn take_away(conn: &mut AnyConn, connection_no: ConnectionNo) -> Result<(), DbError> {
    diesel::update(dsl::leases)
        .filter(dsl::connection_no.eq(connection_no.0))
        .set((dsl::epoch.eq(dsl::epoch + 1), dsl::expires_ms.eq(0), dsl::owner.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

/// Deletes the lease: every write under it is refused from now on.
pub(crate) fn delete(conn: &mut AnyConn, connection_no: ConnectionNo) -> Result<(), DbError> {
    diesel::delete(dsl::leases).filter(dsl::connection_no.eq(connection_no.0)).execute(conn)?;
    Ok(())
}

/// When a connection's records last changed: `modified_ms` of its latest commit. While it hasn't moved, nothing has.
pub fn modified(conn: &mut AnyConn, connection_no: ConnectionNo) -> Result<Millis, DbError> {
    let of = dsl::leases.filter(dsl::connection_no.eq(connection_no.0)).select(dsl::modified_ms);
    Ok(Millis(of.first(conn).optional()?.unwrap_or(0)))
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
    let Some(epoch) = epoch.map(|last| last + 1) else {
        end_starved_copies(conn)?;
        return Ok(None);
    };
    diesel::update(dsl::leases)
        .filter(dsl::connection_no.eq(connection_no.0))
        .set((dsl::epoch.eq(epoch), dsl::owner.eq(Some(owner)), dsl::expires_ms.eq(now.plus_ms(lease_ms).0)))
        .execute(conn)?;
    Ok(Some(Lease { connection_no, epoch, early_ms: Arc::default() }))
}

/// Ends sessions of Tributary's that wait for the rest of a COPY longer than one may idle in a transaction: their
/// process is frozen or gone and holds its lease's row. PostgreSQL itself doesn't count that as idling.
fn end_starved_copies(conn: &mut AnyConn) -> Result<(), DbError> {
    let AnyConn::Pg(conn) = conn else { return Ok(()) };
    let ended = sql_query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND usename = current_user AND application_name LIKE 'tributary %' \
         AND state = 'active' AND wait_event = 'ClientRead' AND pid <> pg_backend_pid() \
         AND clock_timestamp() - query_start > current_setting('idle_in_transaction_session_timeout')::interval",
    )
    .execute(conn)?;
    if ended > 0 {
        tracing::warn!(sessions = ended, "ended database sessions of a worker that stopped within a commit");
    }
    Ok(())
}

/// Holds on for another `lease_ms`; [`DbError::Fenced`] when somebody else has taken over.
pub fn renew(conn: &mut AnyConn, lease: &Lease, lease_ms: i64) -> Result<(), DbError> {
    let until = now(conn)?.plus_ms(lease_ms);
    let renewed = diesel::update(dsl::leases)
        .filter(dsl::connection_no.eq(lease.connection_no.0))
        .filter(dsl::epoch.eq(lease.epoch))
        .set(dsl::expires_ms.eq(until.0))
        .execute(conn)?;
    if renewed == 0 { Err(DbError::Fenced) } else { Ok(()) }
}

/// Lets go, so that the next worker need not wait. A lease that was lost already stays as it is.
pub fn release(conn: &mut AnyConn, lease: &Lease) -> Result<(), DbError> {
    diesel::update(dsl::leases)
        .filter(dsl::connection_no.eq(lease.connection_no.0))
        .filter(dsl::epoch.eq(lease.epoch))
        .set((dsl::expires_ms.eq(0), dsl::owner.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

/// Begins a commit: locks the lease row until the transaction ends and returns the commit's `modified_ms`,
/// which is after every earlier one of the connection. [`DbError::Fenced`] when the lease is lost, and
/// [`DbError::TakenBack`] when commits under it are.
///
/// The row stays locked, so commits of one connection follow each other in the order of their
/// `modified_ms`, and a reader who asks for everything from the last one on misses nothing.
pub fn enter(conn: &mut AnyConn, lease: &Lease, lease_ms: i64) -> Result<Millis, DbError> {
    let enter = Enter { lease, early_ms: lease.early_ms.load(Ordering::Acquire), lease_ms };
    let modified_ms: Option<i64> = match conn {
        AnyConn::Pg(conn) => enter.get_result(conn).optional()?,
        AnyConn::Sqlite(conn) => enter.get_result(conn).optional()?,
    };
    if let Some(modified_ms) = modified_ms {
        return Ok(Millis(modified_ms));
    }
    let held = dsl::leases.find(lease.connection_no.0).filter(dsl::epoch.eq(lease.epoch));
    let is_held = diesel::select(exists(held)).get_result(conn)?;
    Err(if is_held { DbError::TakenBack } else { DbError::Fenced })
}

/// One statement, and a cached one, because every commit begins with it. PostgreSQL reads a row that another
/// commit has changed meanwhile again after it got the lock, and the clock with it.
struct Enter<'a> {
    lease: &'a Lease,
    early_ms: i64,
    lease_ms: i64,
}

impl Enter<'_> {
    fn walk<'b, DB>(&'b self, clock: &str, greatest: &str, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<BigInt>,
        i64: ToSql<BigInt, DB>,
    {
        out.push_sql("UPDATE leases SET modified_ms = ");
        out.push_sql(greatest);
        out.push_sql("(modified_ms + 1, ");
        out.push_sql(clock);
        out.push_sql("), expires_ms = ");
        out.push_sql(clock);
        out.push_sql(" + ");
        out.push_bind_param::<BigInt, _>(&self.lease_ms)?;
        out.push_sql(" WHERE connection_no = ");
        out.push_bind_param::<BigInt, _>(&self.lease.connection_no.0)?;
        out.push_sql(" AND epoch = ");
        out.push_bind_param::<BigInt, _>(&self.lease.epoch)?;
        // Less than what was committed early: a crash has taken that back.
        out.push_sql(" AND modified_ms >= ");
        out.push_bind_param::<BigInt, _>(&self.early_ms)?;
        out.push_sql(" RETURNING modified_ms");
        Ok(())
    }
}

impl QueryFragment<Pg> for Enter<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.walk(CLOCK_POSTGRES, "GREATEST", out)
    }
}

impl QueryFragment<Sqlite> for Enter<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.walk(CLOCK_SQLITE, "MAX", out)
    }
}

impl QueryId for Enter<'_> {
    type QueryId = Enter<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Enter<'_> {
    type SqlType = BigInt;
}

impl RunQueryDsl<PgConnection> for Enter<'_> {}
impl RunQueryDsl<SqliteConnection> for Enter<'_> {}

/// Frees every lease. Only for a database that one process serves, when it starts: whoever held them is
/// gone (rule E17). The next claim counts the epoch up, so that a late write is refused all the same.
pub fn release_all(conn: &mut AnyConn) -> Result<(), DbError> {
    diesel::update(dsl::leases).set((dsl::expires_ms.eq(0), dsl::owner.eq(None::<String>))).execute(conn)?;
    Ok(())
}

//! `schedules`: when the scheduler looks at which connection, so that a look at ten thousand idle ones costs
//! what the few cost whose time has come.
//!
//! Looking too early is harmless: the scheduler decides by the datasets and the settings that there are then. So
//! whatever may bring a connection's next pull nearer has it looked at now.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::{connections, schedules};
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, ConnectionNo, IntegrationId, PlatformNo};

/// Has the scheduler look at a connection at `at`, or, without a moment, not before something happens to it.
pub fn look_at(conn: &mut AnyConn, no: ConnectionNo, at: Option<Millis>) -> Result<(), DbError> {
    let look = schedules::look_ms.eq(at.map(|at| at.0));
    let insert = diesel::insert_into(schedules::table)
        .values((schedules::connection_no.eq(no.0), look))
        .on_conflict(schedules::connection_no)
        .do_update()
        .set(look);
    Both(insert).execute(conn)?;
    Ok(())
}

/// Forgets a connection, which is about to be deleted.
pub(crate) fn delete(conn: &mut AnyConn, no: ConnectionNo) -> Result<(), DbError> {
    diesel::delete(schedules::table.find(no.0)).execute(conn)?;
    Ok(())
}

/// Something has happened to the connection: it is looked at next.
pub(crate) fn look_now(conn: &mut AnyConn, no: ConnectionNo) -> Result<(), DbError> {
    look_at(conn, no, Some(Millis(0)))
}

/// Has every connection that meets the condition looked at next.
macro_rules! look_now_where {
    ($conn:expr, $($condition:expr),+) => {{
        let concerned = connections::table$(.filter($condition))+.select(connections::no);
        diesel::update(schedules::table.filter(schedules::connection_no.eq_any(concerned)))
            .set(schedules::look_ms.eq(0))
            .execute($conn)?;
        Ok(())
    }};
}

/// As [`look_now`], for all of a platform's connections.
pub(crate) fn look_now_at_platform(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<(), DbError> {
    look_now_where!(conn, connections::platform_no.eq(platform_no.0))
}

/// As [`look_now`], for a company's connections.
pub(crate) fn look_now_at_company(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: CompanyId,
) -> Result<(), DbError> {
    look_now_where!(
        conn,
        connections::platform_no.eq(platform_no.0),
        connections::company_id.eq(company.to_string())
    )
}

/// As [`look_now`], for an integration's connections.
pub(crate) fn look_now_at_integration(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration: IntegrationId,
) -> Result<(), DbError> {
    look_now_where!(
        conn,
        connections::platform_no.eq(platform_no.0),
        connections::integration_id.eq(integration.to_string())
    )
}

/// Connections whose time has come at `now`, the longest ago first. Their rows are held until the transaction
/// ends; those that somebody else holds are left to them.
pub(crate) fn take_due(conn: &mut AnyConn, now: Millis, limit: i64) -> Result<Vec<ConnectionNo>, DbError> {
    let due = schedules::table
        .filter(schedules::look_ms.le(now.0))
        .order((schedules::look_ms, schedules::connection_no))
        .select(schedules::connection_no)
        .limit(limit);
    let numbers: Vec<i64> = match conn {
        AnyConn::Pg(conn) => due.for_update().skip_locked().load(conn)?,
        // BEGIN IMMEDIATE has locked the whole file already.
        AnyConn::Sqlite(conn) => due.load(conn)?,
    };
    Ok(numbers.into_iter().map(ConnectionNo).collect())
}

/// Whether any connection's time has come: for a look that need not write.
pub fn are_due(conn: &mut AnyConn, now: Millis) -> Result<bool, DbError> {
    let due = schedules::table.filter(schedules::look_ms.le(now.0));
    Ok(diesel::select(diesel::dsl::exists(due)).get_result(conn)?)
}

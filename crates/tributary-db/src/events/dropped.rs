//! `events_dropped`: signed events that were not kept, counted.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::events_dropped as table;
use crate::stored::Stored;
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{IntegrationId, PlatformNo};
use tributary_core::state::DropReason;

/// How many events of an integration were not kept for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Dropped {
    /// Why.
    #[diesel(deserialize_as = Stored)]
    pub reason: DropReason,
    /// How many.
    pub events: i64,
    /// When the latest of them came.
    #[diesel(deserialize_as = i64)]
    pub last: Millis,
}

/// Counts one more.
pub fn count(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration: IntegrationId,
    reason: DropReason,
    now: Millis,
) -> Result<(), DbError> {
    let insert = diesel::insert_into(table::table)
        .values((
            table::integration_id.eq(integration.to_string()),
            table::reason.eq(reason.as_str()),
            table::platform_no.eq(platform_no.0),
            table::events.eq(1_i64),
            table::last_ms.eq(now.0),
        ))
        .on_conflict((table::integration_id, table::reason))
        .do_update()
        .set((table::events.eq(table::events + 1), table::last_ms.eq(now.0)));
    match conn {
        AnyConn::Pg(conn) => insert.execute(conn)?,
        AnyConn::Sqlite(conn) => insert.execute(conn)?,
    };
    Ok(())
}

/// What was not kept of an integration's events.
pub fn list(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration: IntegrationId,
) -> Result<Vec<Dropped>, DbError> {
    Ok(table::table
        .filter(table::platform_no.eq(platform_no.0))
        .filter(table::integration_id.eq(integration.to_string()))
        .order(table::reason)
        .select((table::reason, table::events, table::last_ms))
        .load(conn)?)
}

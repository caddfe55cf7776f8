//! `events_unmatched`: events for accounts that no Linked connection has (B-21). An event may overtake the commit that
//! links its account, so it is kept for a while; the first run reads whatever it told in any case.

use super::{Arrival, inbox};
use crate::bulk::Owner;
use crate::conn::{AnyConn, Both};
use crate::connections;
use crate::error::DbError;
use crate::schema::{self, events_unmatched as table};
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{AccountId, ConnectionNo, IntegrationId, PlatformNo};
use tributary_core::state::ConnectionStatus;

/// How long an event is kept without a connection: as long as an authorization may take (rule I10).
const KEPT_MS: i64 = 3_600_000;

/// Events kept for one integration at most.
const KEPT_MAX: i64 = 10_000;

/// Events matched, or forgotten, in one transaction.
const AT_ONCE: i64 = 500;

/// Keeps an event; says whether there was room for it.
pub(crate) fn keep(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration: IntegrationId,
    account: &AccountId,
    event: &Arrival,
    now: Millis,
) -> Result<bool, DbError> {
    let kept: i64 =
        table::table.filter(table::integration_id.eq(integration.to_string())).count().get_result(conn)?;
    if kept >= KEPT_MAX {
        return Ok(false);
    }
    let insert = diesel::insert_into(table::table)
        .values((
            table::integration_id.eq(integration.to_string()),
            table::account_id.eq(&account.0),
            table::id.eq(&event.id),
            table::platform_no.eq(platform_no.0),
            table::event_type.eq(&event.event_type),
            table::api_version.eq(&event.api_version),
            table::created_secs.eq(event.created_secs),
            table::object.eq(&event.object),
            table::received_ms.eq(now.0),
        ))
        .on_conflict_do_nothing();
    Both(insert).execute(conn)?;
    Ok(true)
}

type Row = ((String, String, String), (String, Option<String>, i64, String), (i64, i64));

/// Hands events over to connections that were linked meanwhile, and forgets what waited too long. Says how many it
/// handed over.
pub fn settle(conn: &mut AnyConn, now: Millis) -> Result<usize, DbError> {
    use schema::connections as linked;
    let rows: Vec<Row> = table::table
        .inner_join(
            linked::table.on(linked::integration_id
                .eq(table::integration_id)
                .and(linked::account_id.eq(table::account_id.nullable()))),
        )
        .filter(linked::status.eq(ConnectionStatus::Linked.as_str()))
        .order((table::received_ms, table::id, linked::no))
        .limit(AT_ONCE)
        .select((
            (table::integration_id, table::account_id, table::id),
            (table::event_type, table::api_version, table::created_secs, table::object),
            (linked::no, linked::platform_no),
        ))
        .load(conn)?;
    for (key, (event_type, api_version, created_secs, object), (no, platform_no)) in &rows {
        let owner = Owner { connection_no: ConnectionNo(*no), platform_no: PlatformNo(*platform_no) };
        if connections::keep(conn, owner.connection_no)? {
            let event = Arrival {
                id: key.2.clone(),
                event_type: event_type.clone(),
                api_version: api_version.clone(),
                created_secs: *created_secs,
                object: object.clone(),
            };
            inbox::add(conn, owner, &[&event], false, now)?;
        }
    }
    // The last of a page may have further connections: it stays for the next time.
    let whole = i64::try_from(rows.len()).unwrap_or(i64::MAX) < AT_ONCE;
    let last = rows.last().map(|row| row.0.clone()).filter(|_| !whole);
    for (key, ..) in rows.iter().filter(|row| Some(&row.0) != last.as_ref()) {
        diesel::delete(table::table.find((&key.0, &key.1, &key.2))).execute(conn)?;
    }
    let old = table::table.filter(table::received_ms.lt(now.plus_ms(-KEPT_MS).0));
    diesel::delete(old).execute(conn)?;
    Ok(rows.len())
}

/// Whether there is anything to settle: for a look that need not write.
pub fn are_any(conn: &mut AnyConn) -> Result<bool, DbError> {
    let any: Option<String> = table::table.select(table::id).first(conn).optional()?;
    Ok(any.is_some())
}

//! `events_inbox`: events that were received for a connection, each once, and whether they have been applied.

use super::Arrival;
use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::events_inbox as table;
use crate::stored::StoredMoment;
use diesel::dsl::{count_star, max, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use tributary_core::Millis;
use tributary_core::ids::ConnectionNo;
use tributary_core::state::EventState;

/// How long an event is remembered after it came: longer than Stripe lists or repeats it.
const KEPT_MS: i64 = 35 * 86_400_000;

/// PostgreSQL: rows per statement.
const ROWS_PER_STATEMENT: usize = 500;

/// Connections with waiting events that one look finds at most.
const CONNECTIONS_MAX: i64 = 1_000;

/// The conditions of the partial indexes: with a parameter in place of the word they would not be used.
const WAITING: &str = "state = 'waiting'";
const SET_ASIDE: &str = "state = 'set_aside'";

/// An event that is to be applied.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Waiting {
    /// Stripe's id.
    pub id: String,
    /// What happened.
    pub event_type: String,
    /// The version of Stripe's API that `object` is written in.
    pub api_version: Option<String>,
    /// When it happened, by Stripe's clock: Unix seconds.
    pub created_secs: i64,
    /// The object that it speaks of: JSON.
    pub object: Option<String>,
    /// Attempts to apply it that failed.
    pub failures: i64,
}

/// How a connection's events stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the latest came by webhook.
    pub last_received: Option<Millis>,
    /// Those that are still to be applied.
    pub waiting: i64,
    /// Those that could not be applied.
    pub set_aside: i64,
}

/// Stores events of one connection; those that it has already stay as they are. Says how many were new. The caller keeps
/// the connection from being deleted.
pub fn add(
    conn: &mut AnyConn,
    owner: Owner,
    events: &[&Arrival],
    listed: bool,
    now: Millis,
) -> Result<usize, DbError> {
    let row = |event: &Arrival| {
        (
            table::connection_no.eq(owner.connection_no.0),
            table::id.eq(event.id.clone()),
            table::platform_no.eq(owner.platform_no.0),
            table::event_type.eq(event.event_type.clone()),
            table::api_version.eq(event.api_version.clone()),
            table::created_secs.eq(event.created_secs),
            table::object.eq(event.object.clone()),
            table::listed.eq(listed),
            table::received_ms.eq(now.0),
            table::state.eq(EventState::Waiting.as_str()),
            table::failures.eq(0_i64),
            table::due_ms.eq(now.0),
        )
    };
    let mut new = 0;
    match conn {
        AnyConn::Pg(conn) => {
            for events in events.chunks(ROWS_PER_STATEMENT) {
                let rows: Vec<_> = events.iter().map(|event| row(event)).collect();
                new +=
                    diesel::insert_into(table::table).values(&rows).on_conflict_do_nothing().execute(conn)?;
            }
        }
        AnyConn::Sqlite(conn) => {
            for event in events {
                new += diesel::insert_into(table::table)
                    .values(row(event))
                    .on_conflict_do_nothing()
                    .execute(conn)?;
            }
        }
    }
    Ok(new)
}

/// Up to `limit` events of a connection that are due at `now`, those that wait the longest first.
pub fn waiting(
    conn: &mut AnyConn,
    no: ConnectionNo,
    now: Millis,
    limit: i64,
) -> Result<Vec<Waiting>, DbError> {
    Ok(table::table
        .filter(table::connection_no.eq(no.0))
        .filter(sql::<Bool>(WAITING))
        .filter(table::due_ms.le(now.0))
        .order(table::due_ms)
        .limit(limit)
        .select((
            table::id,
            table::event_type,
            table::api_version,
            table::created_secs,
            table::object,
            table::failures,
        ))
        .load(conn)?)
}

/// Whether an event of a connection is due at `now`.
pub(crate) fn are_any_due(conn: &mut AnyConn, no: ConnectionNo, now: Millis) -> Result<bool, DbError> {
    let due = table::table
        .filter(table::connection_no.eq(no.0))
        .filter(sql::<Bool>(WAITING))
        .filter(table::due_ms.le(now.0));
    Ok(diesel::select(diesel::dsl::exists(due)).get_result(conn)?)
}

/// As SQL, connections that have an event due at `now`, whoever holds them. Costs what so many connections cost,
/// however many events wait: each step goes to the next connection of the index.
pub(crate) fn with_events(now: Millis) -> String {
    format!(
        "SELECT connection_no FROM (WITH RECURSIVE found (no) AS ( \
         SELECT (SELECT min(connection_no) FROM events_inbox WHERE state = 'waiting') \
         UNION ALL \
         SELECT (SELECT min(connection_no) FROM events_inbox WHERE state = 'waiting' AND connection_no > found.no) \
         FROM found WHERE found.no IS NOT NULL) \
         SELECT found.no AS connection_no FROM found WHERE found.no IS NOT NULL AND EXISTS ( \
         SELECT 1 FROM events_inbox WHERE connection_no = found.no AND state = 'waiting' AND due_ms <= {}) \
         LIMIT {CONNECTIONS_MAX}) AS with_events",
        now.0
    )
}

/// Events were applied, or say nothing that is kept: they are remembered without their objects.
pub fn done(conn: &mut AnyConn, no: ConnectionNo, ids: &[String]) -> Result<(), DbError> {
    let rows = table::table.filter(table::connection_no.eq(no.0)).filter(table::id.eq_any(ids));
    diesel::update(rows)
        .set((
            table::state.eq(EventState::Done.as_str()),
            table::object.eq(None::<String>),
            table::problem.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Applying an event failed. It is due again at `again`, or set aside where there is no such moment.
pub fn fail(
    conn: &mut AnyConn,
    no: ConnectionNo,
    id: &str,
    problem: &str,
    again: Option<Millis>,
) -> Result<(), DbError> {
    let row = table::table.find((no.0, id));
    let state = if again.is_some() { EventState::Waiting } else { EventState::SetAside };
    diesel::update(row)
        .set((
            table::state.eq(state.as_str()),
            table::failures.eq(table::failures + 1),
            table::problem.eq(problem),
        ))
        .execute(conn)?;
    if let Some(again) = again {
        diesel::update(row).set(table::due_ms.eq(again.0)).execute(conn)?;
    }
    Ok(())
}

/// The connection was severed: what waits is not applied any more.
pub(crate) fn forget_waiting(conn: &mut AnyConn, no: ConnectionNo) -> Result<(), DbError> {
    let rows = table::table.filter(table::connection_no.eq(no.0)).filter(sql::<Bool>(WAITING));
    diesel::update(rows)
        .set((table::state.eq(EventState::Done.as_str()), table::object.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

/// Which of these events a connection has already.
pub fn known(conn: &mut AnyConn, no: ConnectionNo, ids: &[&str]) -> Result<Vec<String>, DbError> {
    let rows = table::table.filter(table::connection_no.eq(no.0)).filter(table::id.eq_any(ids));
    Ok(rows.select(table::id).load(conn)?)
}

/// Whether any event is remembered of a connection that happened before `as_of` (Stripe's clock): what it brought may be
/// gone by then.
pub fn heard_before(conn: &mut AnyConn, no: ConnectionNo, as_of: Millis) -> Result<bool, DbError> {
    let rows =
        table::table.filter(table::connection_no.eq(no.0)).filter(table::created_secs.le(as_of.secs()));
    Ok(diesel::select(diesel::dsl::exists(rows)).get_result(conn)?)
}

/// Whether any event has come to the connection by webhook, as far as is remembered.
pub fn has_webhooks(conn: &mut AnyConn, no: ConnectionNo) -> Result<bool, DbError> {
    let rows = table::table.filter(table::connection_no.eq(no.0)).filter(table::listed.eq(false));
    Ok(diesel::select(diesel::dsl::exists(rows)).get_result(conn)?)
}

/// Forgets events that are so old that Stripe won't repeat them, up to `limit` of either origin; says how many.
pub fn prune(conn: &mut AnyConn, no: ConnectionNo, now: Millis, limit: i64) -> Result<usize, DbError> {
    let mut forgotten = 0;
    for listed in [false, true] {
        let old: Vec<String> = table::table
            .filter(table::connection_no.eq(no.0))
            .filter(table::listed.eq(listed))
            .filter(table::received_ms.lt(now.plus_ms(-KEPT_MS).0))
            .order(table::received_ms)
            .limit(limit)
            .select(table::id)
            .load(conn)?;
        let rows = table::table.filter(table::connection_no.eq(no.0)).filter(table::id.eq_any(&old));
        forgotten += diesel::delete(rows).execute(conn)?;
    }
    Ok(forgotten)
}

#[derive(Queryable)]
struct Last {
    #[diesel(deserialize_as = StoredMoment)]
    received: Option<Millis>,
}

/// How a connection's events stand. The caller has found the connection for its platform.
pub fn standing(conn: &mut AnyConn, no: ConnectionNo) -> Result<Standing, DbError> {
    let of = || table::table.filter(table::connection_no.eq(no.0));
    let last: Last = of().filter(table::listed.eq(false)).select((max(table::received_ms),)).first(conn)?;
    let waiting = of().filter(sql::<Bool>(WAITING)).select(count_star()).first(conn)?;
    let set_aside = of().filter(sql::<Bool>(SET_ASIDE)).select(count_star()).first(conn)?;
    Ok(Standing { last_received: last.received, waiting, set_aside })
}

//! `event_feeds`: how far a connection's events have been listed at Stripe, and when they are listed next.
//!
//! Webhooks don't move the cursor: what didn't arrive shows only in the list.

use crate::bulk::Owner;
use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::{connections, event_feeds as table};
use crate::stored::StoredMoment;
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{ConnectionNo, IntegrationId, PlatformNo};

/// How far a connection's events have been listed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Feed {
    /// What happened before it is known: Unix seconds by Stripe's clock. None: the end of a run has to set it.
    pub cursor_secs: Option<i64>,
    /// The newest event that was listed.
    pub cursor_id: Option<String>,
    /// When events are listed next; none: not before something happens to the connection.
    #[diesel(deserialize_as = StoredMoment)]
    pub poll: Option<Millis>,
    /// When they were last listed to the end.
    #[diesel(deserialize_as = StoredMoment)]
    pub polled: Option<Millis>,
    /// Why they can't be listed, for people.
    pub problem: Option<String>,
}

/// A connection's feed; none before its first run has ended.
pub fn find(conn: &mut AnyConn, no: ConnectionNo) -> Result<Option<Feed>, DbError> {
    let columns = (table::cursor_secs, table::cursor_id, table::poll_ms, table::polled_ms, table::problem);
    Ok(table::table.find(no.0).select(columns).first(conn).optional()?)
}

/// A run that began at `as_of` (Stripe's clock) has ended: what happened since is listed now, even where nothing is
/// listed otherwise (rule E2). `from_there`: it read everything, so that what happened before needs no look.
pub(crate) fn catch_up(
    conn: &mut AnyConn,
    owner: Owner,
    as_of: Millis,
    from_there: bool,
    now: Millis,
) -> Result<(), DbError> {
    let insert = diesel::insert_into(table::table)
        .values((
            table::connection_no.eq(owner.connection_no.0),
            table::platform_no.eq(owner.platform_no.0),
            table::cursor_secs.eq(as_of.secs()),
            table::poll_ms.eq(now.0),
        ))
        .on_conflict_do_nothing();
    if Both(insert).execute(conn)? == 1 {
        return Ok(());
    }
    let row = table::table.find(owner.connection_no.0);
    let stored: Option<i64> = row.select(table::cursor_secs).first(conn)?;
    if from_there || stored.is_none_or(|cursor| cursor > as_of.secs()) {
        let cursor = (table::cursor_secs.eq(as_of.secs()), table::cursor_id.eq(None::<String>));
        diesel::update(row).set(cursor).execute(conn)?;
    }
    diesel::update(row.filter(table::problem.is_null())).set(table::poll_ms.eq(now.0)).execute(conn)?;
    Ok(())
}

/// Events were listed to the end, from before the cursor to `newest` (its `created` and its id; none: there were
/// none). They are listed again at `next`.
pub fn advance(
    conn: &mut AnyConn,
    no: ConnectionNo,
    newest: Option<(i64, &str)>,
    now: Millis,
    next: Option<Millis>,
) -> Result<(), DbError> {
    let row = table::table.find(no.0);
    let listed = (table::polled_ms.eq(now.0), table::poll_ms.eq(next.map(|next| next.0)));
    diesel::update(row).set(listed).execute(conn)?;
    if let Some((secs, id)) = newest {
        // A run that ended meanwhile may have set the cursor back, or taken it away.
        let row = row.filter(table::cursor_secs.le(secs));
        diesel::update(row).set((table::cursor_secs.eq(secs), table::cursor_id.eq(id))).execute(conn)?;
    }
    Ok(())
}

/// Listing failed: it is tried again at `next`.
pub fn postpone(conn: &mut AnyConn, no: ConnectionNo, next: Millis) -> Result<(), DbError> {
    diesel::update(table::table.find(no.0)).set(table::poll_ms.eq(next.0)).execute(conn)?;
    Ok(())
}

/// The credential may not list events: they aren't listed any more until the connection is linked anew.
pub fn forbid(conn: &mut AnyConn, no: ConnectionNo, problem: &str) -> Result<(), DbError> {
    let set = (table::poll_ms.eq(None::<i64>), table::problem.eq(problem));
    diesel::update(table::table.find(no.0)).set(set).execute(conn)?;
    Ok(())
}

/// Events were lost: nothing is listed until a run has ended that began after this.
pub(crate) fn start_anew(conn: &mut AnyConn, no: ConnectionNo) -> Result<(), DbError> {
    let set = (
        table::cursor_secs.eq(None::<i64>),
        table::cursor_id.eq(None::<String>),
        table::poll_ms.eq(None::<i64>),
    );
    diesel::update(table::table.find(no.0)).set(set).execute(conn)?;
    Ok(())
}

/// The connection was linked anew: what its last credential might not do, this one may.
pub(crate) fn forgive(conn: &mut AnyConn, no: ConnectionNo) -> Result<(), DbError> {
    diesel::update(table::table.find(no.0)).set(table::problem.eq(None::<String>)).execute(conn)?;
    Ok(())
}

/// Data of an integration may flow from now on: its connections' events are listed next.
pub(crate) fn poll_integration(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration: IntegrationId,
) -> Result<(), DbError> {
    let concerned = connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::integration_id.eq(integration.to_string()))
        .select(connections::no);
    let idle = table::table
        .filter(table::connection_no.eq_any(concerned))
        .filter(table::poll_ms.is_null())
        .filter(table::problem.is_null())
        .filter(table::cursor_secs.is_not_null());
    diesel::update(idle).set(table::poll_ms.eq(0)).execute(conn)?;
    Ok(())
}

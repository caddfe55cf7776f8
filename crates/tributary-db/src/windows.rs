//! `windows`: how far each resource of a run has come (rule E5). Progress survives a kill because a window's
//! cursor moves in the transaction that stores its page.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::findings::Notes;
use crate::schema::windows::dsl;
use crate::stored::{Stored, StoredJson, json_text};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
};
use tributary_core::Resource;
use tributary_core::ids::{ConnectionNo, RunId};
use tributary_core::state::WindowState;

/// A `created` range of one resource in one run.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Window {
    /// What is pulled.
    #[diesel(deserialize_as = Stored)]
    pub resource: Resource,
    /// Tells the windows of one resource and run apart.
    pub n: i64,
    /// First `created` in it: Unix seconds.
    pub from_secs: i64,
    /// First `created` after it: Unix seconds; none: no end.
    pub to_secs: Option<i64>,
    /// The last object stored.
    pub cursor: Option<String>,
    /// That object's `created`: Unix seconds.
    pub cursor_secs: Option<i64>,
    /// Where it stands.
    #[diesel(deserialize_as = Stored)]
    pub state: WindowState,
    /// Pages stored.
    pub pages: i64,
    /// Objects on those pages.
    pub objects: i64,
    /// Records that were new or changed.
    pub changed: i64,
    /// Why it is forbidden or failed, for people.
    pub problem: Option<String>,
    /// The first `created` that was kept of the list when it was opened: Unix seconds; 0: all.
    pub bound_secs: i64,
    /// What was found wrong with its objects.
    #[diesel(deserialize_as = StoredJson)]
    pub notes: Notes,
}

impl Window {
    /// Whether it shows all that is kept of the list.
    pub fn is_whole(&self) -> bool {
        self.from_secs == self.bound_secs
    }
}

/// What a commit adds to a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// The last object stored now, with its `created`; none: the cursor stays.
    pub cursor: Option<(String, Option<i64>)>,
    /// Whether this was the last page.
    pub state: WindowState,
    /// Pages stored with it.
    pub pages: i64,
    /// Objects on them.
    pub objects: i64,
    /// Records that were new or changed.
    pub changed: i64,
    /// What was found wrong with the objects.
    pub notes: Notes,
}

/// Every window of a run, by resource and number.
pub fn of_run(conn: &mut AnyConn, connection: ConnectionNo, run: RunId) -> Result<Vec<Window>, DbError> {
    Ok(dsl::windows
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::run_id.eq(run.to_string()))
        .order((dsl::resource, dsl::n))
        .select((
            dsl::resource,
            dsl::n,
            dsl::from_secs,
            dsl::to_secs,
            dsl::cursor,
            dsl::cursor_secs,
            dsl::state,
            dsl::pages,
            dsl::objects,
            dsl::changed,
            dsl::problem,
            dsl::bound_secs,
            dsl::findings,
        ))
        .load(conn)?)
}

/// Adds a window that begins at `from_secs` and has no end, where nothing created before `bound_secs` is kept.
pub fn open(
    conn: &mut AnyConn,
    owner: Owner,
    run: RunId,
    resource: Resource,
    from_secs: i64,
    bound_secs: i64,
) -> Result<Window, DbError> {
    diesel::insert_into(dsl::windows)
        .values((
            dsl::connection_no.eq(owner.connection_no.0),
            dsl::run_id.eq(run.to_string()),
            dsl::resource.eq(resource.as_str()),
            dsl::n.eq(0),
            dsl::from_secs.eq(from_secs),
            dsl::state.eq(WindowState::Open.as_str()),
            dsl::pages.eq(0),
            dsl::objects.eq(0),
            dsl::changed.eq(0),
            dsl::bound_secs.eq(bound_secs),
        ))
        .execute(conn)?;
    Ok(Window {
        resource,
        n: 0,
        from_secs,
        to_secs: None,
        cursor: None,
        cursor_secs: None,
        state: WindowState::Open,
        pages: 0,
        objects: 0,
        changed: 0,
        problem: None,
        bound_secs,
        notes: Notes::default(),
    })
}

/// Moves a window on, in the transaction that stored the pages.
pub fn advance(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    window: (Resource, i64),
    by: &Advance,
) -> Result<(), DbError> {
    let row = dsl::windows
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::run_id.eq(run.to_string()))
        .filter(dsl::resource.eq(window.0.as_str()))
        .filter(dsl::n.eq(window.1));
    let counted = (
        dsl::state.eq(by.state.as_str()),
        dsl::pages.eq(dsl::pages + by.pages),
        dsl::objects.eq(dsl::objects + by.objects),
        dsl::changed.eq(dsl::changed + by.changed),
    );
    match &by.cursor {
        Some((cursor, secs)) => {
            let moved = (dsl::cursor.eq(Some(cursor)), dsl::cursor_secs.eq(secs));
            diesel::update(row).set((counted, moved)).execute(conn)?
        }
        None => diesel::update(row).set(counted).execute(conn)?,
    };
    note(conn, connection, run, window, &by.notes)
}

/// Adds to what was found wrong with a window's objects. An error is the window's problem; it keeps the first. The
/// caller holds the connection's lease, so that nobody else writes to the window.
pub fn note(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    window: (Resource, i64),
    notes: &Notes,
) -> Result<(), DbError> {
    if notes.is_empty() {
        return Ok(());
    }
    let row = dsl::windows
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::run_id.eq(run.to_string()))
        .filter(dsl::resource.eq(window.0.as_str()))
        .filter(dsl::n.eq(window.1));
    let known: Option<(StoredJson, Option<String>)> =
        row.clone().select((dsl::findings, dsl::problem)).first(conn).optional()?;
    let Some((known, problem)) = known else { return Ok(()) };
    let mut all = Notes::try_from(known).map_err(|error| DbError::Broken(error.to_string()))?;
    all.merge(notes);
    let problem = problem.or_else(|| notes.errors.listed.first().map(|first| first.message.clone()));
    diesel::update(row).set((dsl::findings.eq(json_text(&all)?), dsl::problem.eq(problem))).execute(conn)?;
    Ok(())
}

/// Counts records that changed otherwise than by the window's pages.
pub fn add_changed(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    window: (Resource, i64),
    records: usize,
) -> Result<(), DbError> {
    diesel::update(dsl::windows)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::run_id.eq(run.to_string()))
        .filter(dsl::resource.eq(window.0.as_str()))
        .filter(dsl::n.eq(window.1))
        .set(dsl::changed.eq(dsl::changed + i64::try_from(records).unwrap_or(i64::MAX)))
        .execute(conn)?;
    Ok(())
}

/// Ends a window that could not be read, with the reason.
pub fn stop(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    window: (Resource, i64),
    state: WindowState,
    problem: &str,
) -> Result<(), DbError> {
    diesel::update(dsl::windows)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::run_id.eq(run.to_string()))
        .filter(dsl::resource.eq(window.0.as_str()))
        .filter(dsl::n.eq(window.1))
        .set((dsl::state.eq(state.as_str()), dsl::problem.eq(Some(problem))))
        .execute(conn)?;
    Ok(())
}

/// Forgets the cursor, which Stripe no longer knows, and ends the window just after the last object stored:
/// the next page repeats that second, which is harmless (rule E5).
pub fn lose_cursor(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    window: (Resource, i64),
    to_secs: Option<i64>,
) -> Result<(), DbError> {
    diesel::update(dsl::windows)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::run_id.eq(run.to_string()))
        .filter(dsl::resource.eq(window.0.as_str()))
        .filter(dsl::n.eq(window.1))
        .set((dsl::cursor.eq(None::<String>), dsl::to_secs.eq(to_secs)))
        .execute(conn)?;
    Ok(())
}

/// Stripe's clock, in UTC milliseconds, at the start of the latest run that read this resource to the end: everything
/// created since `bound_secs` and before it is stored. None: no run has yet, the last one kept less of the history,
/// or a later one had to read all that is kept and could not.
pub fn covered_until_ms(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    bound_secs: i64,
) -> Result<Option<i64>, DbError> {
    use crate::schema::{sync_runs, windows};
    let of_resource =
        windows::table
            .inner_join(sync_runs::table.on(
                sync_runs::connection_no.eq(windows::connection_no).and(sync_runs::id.eq(windows::run_id)),
            ))
            .filter(windows::connection_no.eq(connection.0))
            .filter(windows::resource.eq(resource.as_str()));
    let latest: Option<(Option<i64>, i64, i64)> = of_resource
        .filter(windows::state.eq(WindowState::Done.as_str()))
        .order(sync_runs::started_ms.desc())
        .select((sync_runs::as_of_ms, sync_runs::started_ms, windows::bound_secs))
        .first(conn)
        .optional()?;
    let Some((as_of_ms, started_ms, kept_from_secs)) = latest else { return Ok(None) };
    let owed: i64 = of_resource
        .filter(windows::state.ne(WindowState::Done.as_str()))
        .filter(windows::from_secs.eq(windows::bound_secs))
        .filter(sync_runs::started_ms.gt(started_ms))
        .count()
        .get_result(conn)?;
    Ok(as_of_ms.filter(|_| owed == 0 && kept_from_secs <= bound_secs))
}

//! `windows`: how far each resource of a run has come (rule E5). Progress survives a kill because a window's
//! cursor moves in the transaction that stores its page.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::findings::Notes;
use crate::schema::windows::dsl;
use crate::stored::{Stored, StoredJson, json_text};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};
use tributary_core::Resource;
use tributary_core::ids::{ConnectionNo, RunId};
use tributary_core::state::WindowState;

mod covered;

pub use covered::covered_until_ms;

/// Tells the windows of one run apart: the resource, and the number among its windows.
pub type Place = (Resource, i64);

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
    /// Which of the run's windows it is.
    pub fn place(&self) -> Place {
        (self.resource, self.n)
    }

    /// Whether it shows all that is kept of the list.
    pub fn is_whole(&self) -> bool {
        self.from_secs == self.bound_secs
    }

    /// A window that nothing was read of.
    fn unread(resource: Resource, n: i64, (from_secs, to_secs): (i64, Option<i64>), bound_secs: i64) -> Self {
        Window {
            resource,
            n,
            from_secs,
            to_secs,
            cursor: None,
            cursor_secs: None,
            state: WindowState::Open,
            pages: 0,
            objects: 0,
            changed: 0,
            problem: None,
            bound_secs,
            notes: Notes::default(),
        }
    }

    /// Cuts the window in two before the second `at_secs`: the new one, numbered `n`, has what was created before, this
    /// one keeps the rest with its cursor (rule E5). None where that would leave either without a second, or with objects
    /// that this one has read.
    pub fn split(&mut self, at_secs: i64, n: i64) -> Option<Window> {
        let end = self.cursor_secs.or(self.to_secs.map(|to| to - 1));
        if at_secs <= self.from_secs || end.is_some_and(|end| at_secs > end) {
            return None;
        }
        let older = Window::unread(self.resource, n, (self.from_secs, Some(at_secs)), self.bound_secs);
        self.from_secs = at_secs;
        Some(older)
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

impl Advance {
    /// Adds what the window gains after that.
    pub fn and(&mut self, then: Advance) {
        self.cursor = then.cursor.or(self.cursor.take());
        self.state = then.state;
        self.pages += then.pages;
        self.objects += then.objects;
        self.changed += then.changed;
        self.notes.merge(&then.notes);
    }
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
    let window = Window::unread(resource, 0, (from_secs, None), bound_secs);
    insert(conn, owner.connection_no, run, &window)?;
    Ok(window)
}

fn insert(conn: &mut AnyConn, connection: ConnectionNo, run: RunId, window: &Window) -> Result<(), DbError> {
    diesel::insert_into(dsl::windows)
        .values((
            dsl::connection_no.eq(connection.0),
            dsl::run_id.eq(run.to_string()),
            dsl::resource.eq(window.resource.as_str()),
            dsl::n.eq(window.n),
            dsl::from_secs.eq(window.from_secs),
            dsl::to_secs.eq(window.to_secs),
            dsl::state.eq(window.state.as_str()),
            dsl::pages.eq(0),
            dsl::objects.eq(0),
            dsl::changed.eq(0),
            dsl::bound_secs.eq(window.bound_secs),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores what [`Window::split`] made: the new window, and where the old one, `of`, begins now.
pub fn split(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    (of, from_secs): (Place, i64),
    older: &Window,
) -> Result<(), DbError> {
    insert(conn, connection, run, older)?;
    diesel::update(dsl::windows)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::run_id.eq(run.to_string()))
        .filter(dsl::resource.eq(of.0.as_str()))
        .filter(dsl::n.eq(of.1))
        .set(dsl::from_secs.eq(from_secs))
        .execute(conn)?;
    Ok(())
}

/// Moves a window on, in the transaction that stored the pages.
pub fn advance(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    run: RunId,
    window: Place,
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
    window: Place,
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
    window: Place,
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
    window: Place,
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
    window: Place,
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

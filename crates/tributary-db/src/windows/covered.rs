//! How far earlier runs have read a resource. A run has read it to the end when all its windows of it are done: together
//! they are the range that it opened.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::{sync_runs, windows};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use tributary_core::Resource;
use tributary_core::ids::ConnectionNo;
use tributary_core::state::WindowState;

diesel::alias!(windows as others: Others);

/// Stripe's clock, in UTC milliseconds, at the start of the latest run that read this resource to the end: everything
/// created since `bound_secs` and before it is stored. None: no run has yet, the last one kept less of the history,
/// or a later one had to read all that is kept and could not. A window with an object that could not be mapped is as
/// good as unread: a run that left it out would call complete what lacks a record.
pub fn covered_until_ms(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    bound_secs: i64,
) -> Result<Option<i64>, DbError> {
    let of_resource =
        windows::table
            .inner_join(sync_runs::table.on(
                sync_runs::connection_no.eq(windows::connection_no).and(sync_runs::id.eq(windows::run_id)),
            ))
            .filter(windows::connection_no.eq(connection.0))
            .filter(windows::resource.eq(resource.as_str()));
    let of_same_run = || {
        others
            .filter(others.field(windows::connection_no).eq(windows::connection_no))
            .filter(others.field(windows::run_id).eq(windows::run_id))
            .filter(others.field(windows::resource).eq(windows::resource))
    };
    let is_unread = others
        .field(windows::state)
        .ne(WindowState::Done.as_str())
        .or(others.field(windows::problem).is_not_null());
    let unread = of_same_run().filter(is_unread);
    let latest: Option<(Option<i64>, i64, i64)> = of_resource
        .filter(not(exists(unread)))
        .order(sync_runs::started_ms.desc())
        .select((sync_runs::as_of_ms, sync_runs::started_ms, windows::bound_secs))
        .first(conn)
        .optional()?;
    let Some((as_of_ms, started_ms, kept_from_secs)) = latest else { return Ok(None) };
    let whole = of_same_run().filter(others.field(windows::from_secs).eq(others.field(windows::bound_secs)));
    let owed: i64 = of_resource
        .filter(windows::state.ne(WindowState::Done.as_str()).or(windows::problem.is_not_null()))
        .filter(exists(whole))
        .filter(sync_runs::started_ms.gt(started_ms))
        .count()
        .get_result(conn)?;
    Ok(as_of_ms.filter(|_| owed == 0 && kept_from_secs <= bound_secs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::Owner;
    use crate::findings::{Note, Notes};
    use crate::runs;
    use crate::test_db::TestDb;
    use crate::windows::{Advance, Window, advance, note, of_run, open, split, stop};
    use tributary_core::Millis;
    use tributary_core::state::RunReason;

    const LEDGER: Resource = Resource::BalanceTransactions;

    fn done() -> Advance {
        Advance {
            cursor: None,
            state: WindowState::Done,
            pages: 1,
            objects: 1,
            changed: 0,
            notes: Notes::default(),
        }
    }

    #[test]
    fn a_resource_is_covered_only_by_a_run_whose_windows_are_all_done() {
        let db = TestDb::new();
        let platform = db.platform("One");
        let (_, connection) = db.linked(&platform, "acct_1");
        let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
        let start = |ms: i64| {
            let run = db.run(|conn| runs::start(conn, owner, RunReason::Requested, Millis(ms)));
            db.run(|conn| runs::set_as_of(conn, connection.no, run.id, Millis(ms)));
            let window = db.run(|conn| open(conn, owner, run.id, LEDGER, 0, 0));
            (run.id, window)
        };
        let halves = |run, mut newer: Window| {
            let older = newer.split(500, 1).unwrap();
            db.run(|conn| split(conn, connection.no, run, (newer.place(), newer.from_secs), &older));
            assert_eq!(db.run(|conn| of_run(conn, connection.no, run)), [newer.clone(), older.clone()]);
            (newer.place(), older.place())
        };
        let end = |run| {
            db.run(|conn| runs::finish(conn, connection.no, run, Millis(9_000)));
        };
        let covered = || db.run(|conn| covered_until_ms(conn, connection.no, LEDGER, 0));
        let advance = |run, place| db.run(|conn| advance(conn, connection.no, run, place, &done()));

        let (first, window) = start(1_000);
        let (newer, older) = halves(first, window);
        advance(first, newer);
        assert_eq!(covered(), None, "the older half is still open");
        advance(first, older);
        assert_eq!(covered(), Some(1_000));
        end(first);
        let (second, window) = start(2_000);
        let (newer, older) = halves(second, window);
        advance(second, newer);
        let stopped = (WindowState::Forbidden, "refused");
        db.run(|conn| stop(conn, connection.no, second, older, stopped.0, stopped.1));
        assert_eq!(covered(), None, "a run that had to read everything could not");
        end(second);
        let (third, window) = start(3_000);
        let (newer, older) = halves(third, window);
        db.run(|conn| stop(conn, connection.no, third, newer, stopped.0, stopped.1));
        advance(third, older);
        assert_eq!(covered(), None, "whichever of its windows it was");
    }

    #[test]
    fn a_list_with_an_object_that_could_not_be_mapped_counts_as_unread() {
        let db = TestDb::new();
        let platform = db.platform("One");
        let (_, connection) = db.linked(&platform, "acct_1");
        let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
        let run = db.run(|conn| runs::start(conn, owner, RunReason::Requested, Millis(1_000)));
        db.run(|conn| runs::set_as_of(conn, connection.no, run.id, Millis(1_000)));
        let window = db.run(|conn| open(conn, owner, run.id, LEDGER, 0, 0));
        db.run(|conn| advance(conn, connection.no, run.id, window.place(), &done()));
        let covered = || db.run(|conn| covered_until_ms(conn, connection.no, LEDGER, 0));
        assert_eq!(covered(), Some(1_000));
        let mut notes = Notes::default();
        let message = "`amount` is missing".to_owned();
        notes.errors.add(Note { rule: "001".to_owned(), item_id: "txn_1".to_owned(), message });
        db.run(|conn| note(conn, connection.no, run.id, window.place(), &notes));
        assert_eq!(covered(), None);
    }

    #[test]
    fn a_window_is_cut_only_within_what_it_has_not_read() {
        let mut window = Window::unread(LEDGER, 0, (0, Some(100)), 0);
        assert!(window.split(0, 1).is_none() && window.split(100, 1).is_none());
        let older = window.split(99, 1).unwrap();
        assert_eq!((older.from_secs, older.to_secs, window.from_secs), (0, Some(99), 99));
        assert!(window.split(99, 2).is_none(), "a second isn't split");
        let mut read = Window { cursor_secs: Some(40), ..Window::unread(LEDGER, 0, (0, None), 0) };
        assert!(read.split(41, 1).is_none(), "what was created at 40 is read in part");
        let older = read.split(40, 1).unwrap();
        assert_eq!((older.to_secs, read.from_secs, read.to_secs), (Some(40), 40, None));
    }
}

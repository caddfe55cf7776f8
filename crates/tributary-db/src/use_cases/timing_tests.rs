//! Pausing, resuming, cancelling, pulling at a time of day, and the budget of reads (rules E11, E13).

use super::*;
use crate::connections::{self, Connection};
use crate::datasets::{self, Dataset, Finish};
use crate::leases::{self, claim, enter};
use crate::reading_plan::{self, ReadingPlan};
use crate::reads::{self, Purpose};
use crate::test_db::{NOW, TestDb, urls};
use crate::timetables::TimeOfDay;
use crate::{AnyConn, DbError, runs, schedules, windows, work};
use tributary_core::read_budget::DAY_MS;
use tributary_core::state::{DatasetStatus, RunReason, WindowState};
use tributary_core::sync_settings::{Level, ReadingSettings, TypeSettings};
use tributary_core::{DataType, Millis, ReadBudget, Resource, Timetable};

const HOUR_MS: i64 = 3_600_000;

fn end_all(db: &TestDb, connection: &Connection, now: Millis) {
    for dataset in db.run(|conn| datasets::active_of(conn, connection.no)) {
        let how = Finish {
            status: DatasetStatus::Complete,
            error_message: None,
            errors: Vec::new(),
            warnings: Vec::new(),
            records_modified: false,
        };
        db.run(|conn| datasets::finish(conn, connection.no, dataset.id, how.clone(), now));
    }
}

fn look(db: &TestDb, now: Millis) -> u64 {
    db.run(|conn| queue_due(conn, now, &ReadingSettings::default(), 100)).queued
}

fn active(db: &TestDb, connection: &Connection) -> Vec<Dataset> {
    db.run(|conn| datasets::active_of(conn, connection.no))
}

fn plan(db: &TestDb, connection: &Connection, reading: ReadingSettings, now: Millis) -> ReadingPlan {
    let view = db.run(|conn| connections::find_view_by_no(conn, connection.no)).unwrap();
    db.run(|conn| reading_plan::of(conn, &view, &reading, now))
}

#[test]
fn e11_a_paused_connection_is_not_read_and_goes_on_where_it_was_when_resumed() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (company, connection) = db.linked(&platform, "acct_1");
    let pause = || db.run(|conn| pause_connection(conn, platform.no, company.id, connection.id, NOW));
    let resume = || db.run(|conn| resume_connection(conn, platform.no, company.id, connection.id, NOW));
    let worked = |now| db.run(|conn| work::connections(conn, now, 10));
    let lease = db.run(|conn| claim(conn, connection.no, "worker", 60_000)).unwrap();
    let before = active(&db, &connection);

    let paused = pause().unwrap().connection;
    assert_eq!(paused.paused, Some(NOW));
    let late = db.db.write_blocking(|conn| enter(conn, &lease, 60_000));
    assert!(matches!(late, Err(DbError::Fenced)), "the worker's next write is refused");
    assert_eq!(worked(db.run(leases::now)), [], "nobody takes it up");
    let waiting = active(&db, &connection);
    assert_eq!(waiting.len(), before.len(), "nothing is lost");
    assert!(waiting.iter().all(|dataset| dataset.status_description.as_deref() == Some(PAUSED)));
    assert_eq!(pause().unwrap().connection, paused, "once more changes nothing");

    let refused =
        |outcome: Result<(), RefreshRefused>| assert_eq!(outcome, Err(RefreshRefused::Paused(connection.id)));
    let (no, id, at) = (platform.no, company.id, NOW);
    refused(db.run(|conn| refresh_all(conn, no, id, at)).map(drop));
    refused(db.run(|conn| refresh_connection(conn, no, id, connection.id, at)).map(drop));
    for named in [None, Some(connection.id)] {
        refused(db.run(|conn| refresh_type(conn, no, id, DataType::Payments, named, at)).map(drop));
    }

    let resumed = resume().unwrap().connection;
    assert_eq!(resumed.paused, None);
    assert_eq!(worked(db.run(leases::now)), [connection.no]);
    assert!(active(&db, &connection).iter().all(|dataset| dataset.status_description.is_none()));
    assert_eq!(resume().unwrap().connection, resumed);
}

#[test]
fn e11_schedules_stand_still_while_a_connection_is_paused_and_what_became_due_is_pulled_after_it() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (company, connection) = db.linked(&platform, "acct_1");
    end_all(&db, &connection, NOW);
    db.run(|conn| pause_connection(conn, platform.no, company.id, connection.id, NOW)).unwrap();
    assert_eq!(look(&db, NOW.plus_ms(100 * HOUR_MS)), 0);
    assert!(!db.run(|conn| schedules::are_due(conn, NOW.plus_ms(1000 * HOUR_MS))), "nobody looks again");
    assert_eq!(plan(&db, &connection, ReadingSettings::default(), NOW).next(), None);
    db.run(|conn| resume_connection(conn, platform.no, company.id, connection.id, NOW)).unwrap();
    assert_eq!(look(&db, NOW.plus_ms(23 * HOUR_MS)), 0);
    assert_eq!(
        look(&db, NOW.plus_ms(100 * HOUR_MS)),
        DataType::ALL.len() as u64,
        "once, however long it was"
    );
}

#[test]
fn other_connections_of_the_company_are_read_while_one_is_paused() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (company, first) = db.linked(&platform, "acct_1");
    let integration = db.integration(&platform, tributary_core::SyncMode::Continuous);
    let second = db.connection(&company, &integration);
    db.link(&second, "acct_2");
    end_all(&db, &first, NOW);
    end_all(&db, &second, NOW);
    db.run(|conn| pause_connection(conn, platform.no, company.id, first.id, NOW)).unwrap();
    let all = db.run(|conn| refresh_all(conn, platform.no, company.id, NOW)).unwrap();
    assert!(!all.is_empty() && all.iter().all(|dataset| dataset.connection_id == second.id));
    end_all(&db, &second, NOW);
    let one =
        db.run(|conn| refresh_type(conn, platform.no, company.id, DataType::Payments, None, NOW)).unwrap();
    assert_eq!(one.connection_id, second.id);
    assert_eq!(active(&db, &first), []);
}

#[test]
fn only_a_platforms_own_linked_connections_are_paused() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let (company, connection) = db.linked(&one, "acct_1");
    let pause = |no| db.run(|conn| pause_connection(conn, no, company.id, connection.id, NOW));
    let unknown = ControlRefused::Unknown(connection.id);
    assert_eq!(pause(other.no).map(drop), Err(unknown));
    let resumed = db.run(|conn| resume_connection(conn, other.no, company.id, connection.id, NOW));
    assert_eq!(resumed.map(drop), Err(unknown));
    let cancelled = db.run(|conn| cancel_reading(conn, &urls(), other.no, company.id, connection.id, NOW));
    assert_eq!(cancelled.map(drop), Err(unknown));
    let refreshed = db.run(|conn| refresh_connection(conn, other.no, company.id, connection.id, NOW));
    assert_eq!(refreshed.map(drop), Err(RefreshRefused::UnknownConnection(connection.id)));
    let integration = db.integration(&one, tributary_core::SyncMode::OneOff);
    let pending = db.connection(&company, &integration);
    let refused = db.run(|conn| pause_connection(conn, one.no, company.id, pending.id, NOW)).map(drop);
    assert!(matches!(refused, Err(ControlRefused::NotLinked(_))));
}

#[test]
fn e11_cancelling_ends_what_is_read_and_refuses_the_worker_that_reads_it() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (company, connection) = db.linked(&platform, "acct_1");
    let lease = db.run(|conn| claim(conn, connection.no, "worker", 60_000)).unwrap();
    let owner = crate::bulk::Owner { connection_no: connection.no, platform_no: platform.no };
    let run = db.run(|conn| {
        let run = runs::start(conn, owner, RunReason::Initial, NOW)?;
        let ids: Vec<_> = datasets::waiting(conn, connection.no)?.iter().map(|of| of.id).collect();
        datasets::attach(conn, connection.no, &ids, run.id)?;
        Ok(run)
    });
    let cancel = || db.run(|conn| cancel_reading(conn, &urls(), platform.no, company.id, connection.id, NOW));
    let cancelled = cancel().unwrap();
    assert_eq!(cancelled.len(), DataType::ALL.len());
    assert!(cancelled.iter().all(|of| of.status == DatasetStatus::Cancelled && of.completed == Some(NOW)));
    assert!(cancelled.iter().all(|of| of.run_id == Some(run.id)));
    let late = db.db.write_blocking(|conn| enter(conn, &lease, 60_000));
    assert!(matches!(late, Err(DbError::Fenced)));
    assert_eq!(db.run(|conn| runs::running(conn, connection.no)), None);
    assert_eq!(cancel().unwrap(), [], "there is nothing left to cancel");
    assert_eq!(look(&db, NOW.plus_ms(24 * HOUR_MS - 1)), 0, "and nothing starts again before its schedule");
    assert_eq!(look(&db, NOW.plus_ms(24 * HOUR_MS)), DataType::ALL.len() as u64);
}

#[test]
fn e11_a_time_of_day_holds_for_a_platform_unless_a_company_has_its_own() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (company, connection) = db.linked(&platform, "acct_1");
    // NOW is 14:13:20 UTC.
    let ended = Millis::parse_iso("2026-09-21T14:13:20Z").unwrap();
    assert_eq!(ended, NOW);
    let at = |time: &str, zone: &str| TimeOfDay {
        time_zone: zone.to_owned(),
        timetable: Some(Timetable::parse(time, zone).unwrap()),
    };
    let set = |company, said: Option<&TimeOfDay>| {
        db.run(|conn| set_time_of_day(conn, platform.no, company, said, NOW));
    };
    let next = || {
        let plan = plan(&db, &connection, ReadingSettings::default(), NOW);
        plan.next().and_then(|of| of.next).map(Millis::to_iso)
    };
    end_all(&db, &connection, NOW);
    assert_eq!(next().as_deref(), Some("2026-09-22T14:13:20Z"));
    set(None, Some(&at("03:00", "Europe/Berlin")));
    assert_eq!(next().as_deref(), Some("2026-09-22T01:00:00Z"));
    assert_eq!(look(&db, Millis::parse_iso("2026-09-22T00:59:59Z").unwrap()), 0);
    set(Some(company.id), Some(&at("18:30", "America/New_York")));
    assert_eq!(next().as_deref(), Some("2026-09-21T22:30:00Z"));
    set(Some(company.id), Some(&TimeOfDay { time_zone: "Asia/Tokyo".to_owned(), timetable: None }));
    assert_eq!(next().as_deref(), Some("2026-09-22T14:13:20Z"), "a company may have none");
    set(Some(company.id), None);
    let weekly = TypeSettings { schedule_hours: 168, ..TypeSettings::default() };
    let level = Level { overrides: true, types: [(DataType::Customers, weekly)].into() };
    db.run(|conn| set_platform_sync_settings(conn, platform.no, &level, NOW));
    let at_three = Millis::parse_iso("2026-09-22T01:00:00Z").unwrap();
    assert_eq!(look(&db, at_three), DataType::ALL.len() as u64 - 1, "all but what is weekly");
    assert_eq!(look(&db, at_three), 0, "once");
    end_all(&db, &connection, at_three.plus_ms(600_000));
    assert_eq!(next().as_deref(), Some("2026-09-23T01:00:00Z"));
    // A clock that is set back looks at nothing twice.
    assert_eq!(look(&db, NOW), 0);
}

/// Has a run by schedule read so many pages of charges.
fn read_pages(db: &TestDb, connection: &Connection, pages: i64) {
    let owner = crate::bulk::Owner { connection_no: connection.no, platform_no: connection.platform_no };
    db.run(|conn: &mut AnyConn| {
        let run = runs::start(conn, owner, RunReason::Scheduled, NOW)?;
        let ids: Vec<_> = datasets::waiting(conn, connection.no)?.iter().map(|of| of.id).collect();
        datasets::attach(conn, connection.no, &ids, run.id)?;
        windows::open(conn, owner, run.id, Resource::Charges, 0, 0)?;
        let read = windows::Advance {
            cursor: None,
            state: WindowState::Done,
            pages,
            objects: pages * 100,
            changed: 0,
            notes: Default::default(),
        };
        windows::advance(conn, connection.no, run.id, (Resource::Charges, 0), &read)?;
        runs::finish(conn, connection.no, run.id, NOW)
    });
    end_all(db, connection, NOW);
}

#[test]
fn e13_pulls_by_schedule_wait_until_the_budget_has_room_for_them() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (_, connection) = db.linked(&platform, "acct_1");
    read_pages(&db, &connection, 100);
    let with = |reads| ReadingSettings { refresh_hours: 24, budget: ReadBudget::Reads(reads) };
    let wait_ms = |reading| {
        let plan = plan(&db, &connection, reading, NOW);
        let next = plan.next().cloned().unwrap();
        assert_eq!(next.due, Some(NOW.plus_ms(DAY_MS)));
        (next.next.unwrap().0 - NOW.0, plan.usage)
    };
    // A hundred pages a day are three thousand in thirty days.
    let (wait, usage) = wait_ms(with(3_000));
    assert_eq!((wait, usage.projected, usage.stretch.is_longer()), (DAY_MS, 3_000, false));
    assert_eq!(wait_ms(with(1_000)).0, 3 * DAY_MS);
    assert_eq!(wait_ms(with(1)).0, 30 * DAY_MS, "once in thirty days all the same");
    let unlimited = ReadingSettings { refresh_hours: 24, budget: ReadBudget::Unlimited };
    assert_eq!(wait_ms(unlimited).0, DAY_MS);
    assert_eq!(wait_ms(ReadingSettings::default()).0, DAY_MS, "5,000 are enough");

    // What others read leaves less; the first run's requests are exempt, and the schedule's own were counted already.
    let count = |purpose, requests| db.run(|conn| reads::add(conn, connection.no, purpose, requests, NOW));
    count(Purpose::Initial, 1_000_000);
    count(Purpose::Scheduled, 3_000);
    assert_eq!(wait_ms(with(3_000)).0, DAY_MS);
    count(Purpose::Other, 1_500);
    let (wait, usage) = wait_ms(with(3_000));
    assert_eq!((wait, usage.projected, usage.budget), (2 * DAY_MS, 4_500, Some(3_000)));

    let due = |now: Millis| db.run(|conn| queue_due(conn, now, &with(3_000), 100)).queued;
    assert_eq!(due(NOW.plus_ms(DAY_MS)), 0);
    assert_eq!(due(NOW.plus_ms(2 * DAY_MS)), DataType::ALL.len() as u64);
}

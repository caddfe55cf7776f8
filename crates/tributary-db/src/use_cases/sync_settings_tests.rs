//! Sync settings: what they do to linking, to requests for all data, and to what is due.

use super::*;
use crate::connections::Connection;
use crate::datasets::{self, Finish};
use crate::test_db::{NOW, TestDb};
use crate::{schedules, sync_settings};
use tributary_core::DataType::{Customers, Disputes, Payments, Products};
use tributary_core::state::{ConnectionStatus, DatasetStatus};
use tributary_core::sync_settings::{Level, ReadingSettings, TypeSettings};
use tributary_core::{DataType, Millis, SyncMode};

const HOUR_MS: i64 = 3_600_000;

fn level(types: &[(DataType, TypeSettings)]) -> Level {
    Level { overrides: true, types: types.iter().copied().collect() }
}

fn every(schedule_hours: i64) -> TypeSettings {
    TypeSettings { schedule_hours, ..TypeSettings::default() }
}

fn not_fetched() -> TypeSettings {
    TypeSettings { fetch_on_first_link: false, ..TypeSettings::default() }
}

fn end_all(db: &TestDb, connection: &Connection, status: DatasetStatus, now: Millis) {
    for dataset in db.run(|conn| datasets::waiting(conn, connection.no)) {
        let how = Finish {
            status,
            error_message: None,
            errors: Vec::new(),
            warnings: Vec::new(),
            records_modified: false,
        };
        db.run(|conn| datasets::finish(conn, connection.no, dataset.id, how.clone(), now));
    }
}

fn waiting(db: &TestDb, connection: &Connection) -> Vec<DataType> {
    let waiting = db.run(|conn| datasets::waiting(conn, connection.no));
    let mut types: Vec<DataType> = waiting.iter().map(|dataset| dataset.data_type).collect();
    types.sort();
    types
}

/// Looks at what is due so long after `NOW`; gives the types queued then.
fn due(db: &TestDb, connection: &Connection, after_ms: i64) -> Vec<DataType> {
    let before = waiting(db, connection);
    db.run(|conn| queue_due(conn, NOW.plus_ms(after_ms), &ReadingSettings::default(), 100));
    waiting(db, connection).into_iter().filter(|data_type| !before.contains(data_type)).collect()
}

#[test]
fn linking_and_requests_for_all_ask_for_what_is_fetched_on_first_link() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let quiet = level(&[(Payments, not_fetched()), (Disputes, not_fetched())]);
    db.run(|conn| set_platform_sync_settings(conn, platform.no, &quiet, NOW));
    let (company, connection) = db.linked(&platform, "acct_1");
    let queued = waiting(&db, &connection);
    assert_eq!(queued.len(), DataType::ALL.len() - 2);
    assert!(!queued.contains(&Payments) && !queued.contains(&Disputes));

    end_all(&db, &connection, DatasetStatus::Complete, NOW);
    let own = level(&[(Payments, TypeSettings::default()), (Customers, not_fetched())]);
    db.run(|conn| set_company_sync_settings(conn, platform.no, company.id, &own, NOW)).unwrap();
    let all = db.run(|conn| refresh_all(conn, platform.no, company.id, NOW.plus_ms(1))).unwrap();
    let all: Vec<DataType> = all.iter().map(|dataset| dataset.data_type).collect();
    assert_eq!(all.len(), DataType::ALL.len() - 2);
    assert!(all.contains(&Payments) && !all.contains(&Disputes) && !all.contains(&Customers));
    let named = db.run(|conn| refresh_type(conn, platform.no, company.id, Disputes, None, NOW));
    assert!(named.is_ok(), "by name every type can be asked for");
}

#[test]
fn e11_a_type_is_due_its_schedules_hours_after_its_last_pull() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (company, connection) = db.linked(&platform, "acct_1");
    let platforms = level(&[(Payments, every(1)), (Customers, every(168))]);
    db.run(|conn| set_platform_sync_settings(conn, platform.no, &platforms, NOW));
    assert_eq!(due(&db, &connection, 1000 * HOUR_MS), [], "everything is under way");
    end_all(&db, &connection, DatasetStatus::Complete, NOW);
    assert_eq!(due(&db, &connection, HOUR_MS - 1), []);
    assert_eq!(due(&db, &connection, HOUR_MS), [Payments]);
    let by_a_day = due(&db, &connection, 24 * HOUR_MS);
    assert_eq!(by_a_day.len(), DataType::ALL.len() - 2, "the rest by the safety net: {by_a_day:?}");
    assert!(!by_a_day.contains(&Customers));

    // A company's own schedule counts from the same moment, and at once.
    let own = level(&[(Customers, every(2))]);
    db.run(|conn| set_company_sync_settings(conn, platform.no, company.id, &own, NOW)).unwrap();
    assert_eq!(due(&db, &connection, 24 * HOUR_MS), [Customers]);
}

#[test]
fn what_failed_for_a_passing_reason_is_tried_again_after_an_hour_and_the_rest_by_schedule() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    end_all(&db, &connection, DatasetStatus::FetchError, NOW);
    assert_eq!(due(&db, &connection, HOUR_MS - 1), []);
    assert_eq!(due(&db, &connection, HOUR_MS).len(), DataType::ALL.len());
    end_all(&db, &connection, DatasetStatus::PermissionsError, NOW.plus_ms(HOUR_MS));
    assert_eq!(due(&db, &connection, 25 * HOUR_MS - 1), []);
    assert_eq!(due(&db, &connection, 25 * HOUR_MS).len(), DataType::ALL.len());
}

#[test]
fn what_was_never_asked_for_is_never_due() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let quiet = level(&[(Products, TypeSettings { schedule_hours: 1, ..not_fetched() })]);
    db.run(|conn| set_platform_sync_settings(conn, platform.no, &quiet, NOW));
    let (company, connection) = db.linked(&platform, "acct_1");
    end_all(&db, &connection, DatasetStatus::Complete, NOW);
    assert!(!due(&db, &connection, 24 * HOUR_MS).contains(&Products));
    end_all(&db, &connection, DatasetStatus::Complete, NOW.plus_ms(24 * HOUR_MS));
    db.run(|conn| refresh_type(conn, platform.no, company.id, Products, None, NOW)).unwrap();
    end_all(&db, &connection, DatasetStatus::Complete, NOW.plus_ms(24 * HOUR_MS));
    assert_eq!(due(&db, &connection, 25 * HOUR_MS), [Products], "once asked for, by its schedule");
}

#[test]
fn connections_whose_time_has_not_come_are_not_looked_at() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (_, connection) = db.linked(&platform, "acct_1");
    let look = |after_ms: i64| {
        let now = NOW.plus_ms(after_ms);
        let due = db.run(|conn| schedules::are_due(conn, now));
        let looked = db.run(|conn| queue_due(conn, now, &ReadingSettings::default(), 100)).connections;
        assert_eq!(due, looked > 0);
        looked
    };
    end_all(&db, &connection, DatasetStatus::Complete, NOW);
    assert_eq!(look(0), 1, "something has ended");
    assert_eq!(look(24 * HOUR_MS - 1), 0);
    assert_eq!(look(24 * HOUR_MS), 1);
    assert_eq!(look(1000 * HOUR_MS), 0, "what is under way brings the next look by its end");
    db.integration(&platform, SyncMode::OneOff);
    assert_eq!((look(0), look(1000 * HOUR_MS)), (1, 0), "schedules of one-off connections are ignored");
    db.integration(&platform, SyncMode::Continuous);
    assert_eq!(look(0), 1);
    db.run(|conn| set_platform_sync_settings(conn, platform.no, &Level::default(), NOW));
    assert_eq!(look(0), 1);
    let status = db.run(|conn| crate::connections::find_by_no(conn, connection.no)).unwrap().status;
    assert_eq!(status, ConnectionStatus::Linked);
}

#[test]
fn a_company_repeats_what_its_platform_has_locked_or_leaves_it_out() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let company = db.company(&one, "Bakery");
    let locked = TypeSettings { is_locked: true, ..every(168) };
    db.run(|conn| set_platform_sync_settings(conn, one.no, &level(&[(Payments, locked)]), NOW));
    let set = |types: &[(DataType, TypeSettings)]| {
        let level = level(types);
        db.run(|conn| set_company_sync_settings(conn, one.no, company.id, &level, NOW))
    };
    assert_eq!(set(&[(Payments, every(1)), (Disputes, every(1))]), Err(SettingsLocked(vec![Payments])));
    let stored = || db.run(|conn| sync_settings::of_company(conn, one.no, company.id));
    assert_eq!(stored(), Level::default(), "nothing has changed");
    assert_eq!(set(&[(Payments, locked), (Disputes, every(1))]), Ok(()));
    assert_eq!(set(&[(Disputes, every(2))]), Ok(()));
    assert_eq!(stored(), level(&[(Disputes, every(2))]), "replaced, not added to");
    let theirs = db.run(|conn| sync_settings::in_force(conn, other.no, company.id));
    assert_eq!(theirs.of(Disputes), TypeSettings::default(), "another platform's level counts nowhere");
}

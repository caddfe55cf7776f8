//! Datasets, asked for and worked on.

use super::*;
use crate::test_db::{NOW, TestDb};
use tributary_core::SyncMode;

const PAGE: Page = Page { offset: 0, limit: 100 };

fn complete() -> Finish {
    Finish {
        status: DatasetStatus::Complete,
        error_message: None,
        errors: Vec::new(),
        warnings: Vec::new(),
        records_modified: true,
    }
}

fn failed(message: &str) -> Finish {
    Finish { status: DatasetStatus::FetchError, error_message: Some(message.to_owned()), ..complete() }
}

/// Ends everything that waits on a connection.
fn finish_all(db: &TestDb, connection: &Connection, how: Finish, now: Millis) {
    for dataset in db.run(|conn| waiting(conn, connection.no)) {
        assert!(db.run(|conn| finish(conn, connection.no, dataset.id, how.clone(), now)));
    }
}

fn ask(
    db: &TestDb,
    connection: &Connection,
    data_type: DataType,
    now: Millis,
) -> Result<Dataset, InProgress> {
    db.run(|conn| queue(conn, connection, data_type, RunReason::Requested, now))
}

#[test]
fn e10_a_data_type_of_a_connection_is_pulled_once_at_a_time() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (_, connection) = db.linked(&platform, "acct_1");
    let (_, sibling) = db.linked(&platform, "acct_2");
    finish_all(&db, &connection, complete(), NOW);
    let results: Vec<_> = std::thread::scope(|threads| {
        let spawn = |_| threads.spawn(|| ask(&db, &connection, DataType::Payments, NOW));
        let threads: Vec<_> = (0..20).map(spawn).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let queued: Vec<_> = results.iter().flatten().collect();
    assert_eq!(queued.len(), 1);
    let refused = Err(InProgress { dataset_id: queued[0].id });
    assert_eq!(results.iter().filter(|result| **result == refused).count(), 19);
    assert!(ask(&db, &connection, DataType::Disputes, NOW).is_ok(), "another type is free");
    assert!(ask(&db, &sibling, DataType::Disputes, NOW).is_err(), "queued when it was linked");
    assert!(db.run(|conn| finish(conn, connection.no, queued[0].id, failed("no"), NOW)));
    assert!(ask(&db, &connection, DataType::Payments, NOW).is_ok(), "free again");
}

#[test]
fn a_company_sees_its_own_datasets_only_the_latest_first() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let (company, connection) = db.linked(&one, "acct_1");
    let (foreign_company, _) = db.linked(&other, "acct_1");
    finish_all(&db, &connection, complete(), NOW);
    let asked = ask(&db, &connection, DataType::Payments, NOW.plus_ms(5)).unwrap();
    assert_eq!(asked.connection_id, connection.id);
    let (rows, total) = db.run(|conn| list(conn, one.no, company.id, PAGE));
    let all = DataType::ALL.len() + 1;
    assert_eq!((rows.len(), total, &rows[0]), (all, all as i64, &asked));
    let second = Page { offset: 5, limit: 5 };
    assert_eq!(db.run(|conn| list(conn, one.no, company.id, second)), (rows[5..10].to_vec(), all as i64));
    let find = |no, company| db.run(|conn| find(conn, no, company, asked.id));
    assert_eq!(find(one.no, company.id), Some(asked.clone()));
    assert_eq!(find(one.no, foreign_company.id), None);
    assert_eq!(find(other.no, company.id), None);
    assert_eq!(db.run(|conn| list(conn, other.no, company.id, PAGE)), (vec![], 0));
}

#[test]
fn the_status_of_a_type_names_its_latest_and_its_latest_successful_dataset() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let integration = db.integration(&platform, SyncMode::OneOff);
    let company = db.company(&platform, "Mine");
    let first = db.connection(&company, &integration);
    let second = db.connection(&company, &integration);
    let status = || db.run(|conn| latest_by_type(conn, platform.no, company.id));
    assert_eq!(status(), [], "types that were never asked for are left out");
    let good = ask(&db, &first, DataType::Payments, NOW).unwrap();
    assert_eq!(status().len(), 1);
    assert_eq!((status()[0].latest.id, status()[0].latest_successful.as_ref()), (good.id, None));
    db.run(|conn| finish(conn, first.no, good.id, complete(), NOW.plus_ms(1)));
    let bad = ask(&db, &second, DataType::Payments, NOW.plus_ms(2)).unwrap();
    db.run(|conn| finish(conn, second.no, bad.id, failed("no"), NOW.plus_ms(3)));
    let now = status();
    assert_eq!((now[0].data_type, now[0].latest.id), (DataType::Payments, bad.id));
    assert_eq!(now[0].latest_successful.as_ref().map(|dataset| dataset.id), Some(good.id));
    let succeeded = |no, data_type| db.run(|conn| has_succeeded(conn, no, data_type));
    assert!(succeeded(first.no, DataType::Payments));
    assert!(!succeeded(second.no, DataType::Payments));
    assert!(!succeeded(first.no, DataType::Customers));
}

#[test]
fn a_run_takes_what_waits_and_ends_it_once() {
    let db = TestDb::new();
    let (company, connection) = db.linked(&db.platform("One"), "acct_1");
    let (no, run) = (connection.no, RunId::random());
    let ids: Vec<DatasetId> = db.run(|conn| waiting(conn, no)).iter().map(|dataset| dataset.id).collect();
    assert_eq!(ids.len(), DataType::ALL.len());
    assert_eq!(db.run(|conn| attach(conn, no, &ids, run)), ids.len());
    assert_eq!(db.run(|conn| attach(conn, no, &ids, RunId::random())), 0, "another run comes too late");
    assert_eq!(db.run(|conn| waiting(conn, no)), []);
    db.run(|conn| set_progress(conn, no, ids[0], 40, Some("Paused")));
    let taken = db.run(|conn| of_run(conn, no, run));
    assert!(taken.iter().all(|dataset| dataset.status == DatasetStatus::Fetching));
    let first = taken.iter().find(|dataset| dataset.id == ids[0]).unwrap();
    assert_eq!((first.progress, first.status_description.as_deref()), (40, Some("Paused")));

    let warning = Finding {
        rule_id: "commerce-payment-003".to_owned(),
        item_id: "ch_1".to_owned(),
        message: "odd".to_owned(),
        validator_name: "PaymentValidator".to_owned(),
    };
    let how = Finish { warnings: vec![warning; 150], ..complete() };
    assert!(db.run(|conn| finish(conn, no, ids[0], how.clone(), NOW.plus_ms(9))));
    assert!(!db.run(|conn| finish(conn, no, ids[0], failed("late"), NOW)), "it has ended");
    db.run(|conn| set_progress(conn, no, ids[0], 3, None));
    let ended = db.run(|conn| find(conn, connection.platform_no, company.id, ids[0])).unwrap();
    assert_eq!((ended.status, ended.progress), (DatasetStatus::Complete, 100));
    assert_eq!((ended.completed, ended.records_modified), (Some(NOW.plus_ms(9)), true));
    assert_eq!((ended.warnings.len(), ended.error_message), (101, None));

    let stop = |status| db.db.write_blocking(|conn| finish_all_active(conn, no, status, "stopped", NOW));
    assert!(stop(DatasetStatus::Queued).is_err(), "an active status ends nothing");
    assert_eq!(stop(DatasetStatus::Cancelled).unwrap(), DataType::ALL.len() - 1);
    let untouched = db.run(|conn| find(conn, connection.platform_no, company.id, ids[0])).unwrap();
    assert_eq!(untouched.status, DatasetStatus::Complete);
}

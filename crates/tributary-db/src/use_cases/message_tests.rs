//! What use cases tell outsiders: each thing once, in order, in the transaction of what it tells.

use super::*;
use crate::companies::NewCompany;
use crate::connection_errors::ConnectionError;
use crate::connections::{self, Connection};
use crate::datasets::{self, Finish};
use crate::findings::{Finding, Notes};
use crate::schema::messages::dsl;
use crate::test_db::{NOW, TestDb, urls};
use crate::{AnyConn, DbError, bulk::Owner, credentials, runs, windows};
use diesel::{QueryDsl, RunQueryDsl};
use serde_json::Value;
use tributary_core::state::{DatasetStatus, RunReason};
use tributary_core::{DataType, Millis, PlatformKey, Resource, SyncMode};

/// Everything in the outbox, by id.
fn told(db: &TestDb) -> Vec<Value> {
    let bodies: Vec<String> = db.run(|conn| Ok(dsl::messages.order(dsl::id).select(dsl::body).load(conn)?));
    bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

fn types(db: &TestDb) -> Vec<String> {
    told(db).iter().map(|body| body["eventType"].as_str().unwrap().to_owned()).collect()
}

fn lost() -> ConnectionError {
    ConnectionError {
        status_code: "401".to_owned(),
        status_text: "revoked".to_owned(),
        error_message: "Access was revoked".to_owned(),
        errored_on: NOW,
        resolved_on: None,
    }
}

fn lose(db: &TestDb, connection: &Connection) {
    let in_use = db.run(|conn| credentials::in_use(conn, connection.no)).unwrap().id;
    assert!(db.run(|conn| deauthorize(conn, &urls(), connection.no, in_use, lost(), NOW.plus_ms(9))));
}

/// A connection of "One", and nothing told of yet.
fn quiet(db: &TestDb) -> Connection {
    let platform = db.platform("One");
    let integration = db.integration(&platform, SyncMode::OneOff);
    let connection = db.connection(&db.company(&platform, "Bakery"), &integration);
    assert_eq!(types(db), Vec::<String>::new());
    connection
}

/// A run that takes what waits.
fn run_waiting(db: &TestDb, connection: &Connection, started: Millis) -> runs::Run {
    db.run(|conn| {
        let ids: Vec<_> = datasets::waiting(conn, connection.no)?.iter().map(|dataset| dataset.id).collect();
        let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
        let run = runs::start(conn, owner, RunReason::Initial, started)?;
        datasets::attach(conn, connection.no, &ids, run.id)?;
        Ok(run)
    })
}

/// Ends a run's datasets, each as `how` says, and the run.
fn end(db: &TestDb, connection: &Connection, run: &runs::Run, how: impl Fn(DataType) -> DatasetStatus) {
    db.run(|conn| {
        for dataset in datasets::of_run(conn, connection.no, run.id)? {
            let status = how(dataset.data_type);
            let warning = Finding {
                rule_id: "commerce-payment-003".to_owned(),
                item_id: "x".to_owned(),
                message: "something is odd".to_owned(),
                validator_name: "V".to_owned(),
            };
            let warnings = if status == DatasetStatus::Complete { vec![] } else { vec![warning] };
            let finish =
                Finish { status, error_message: None, errors: vec![], warnings, records_modified: true };
            datasets::finish(conn, connection.no, dataset.id, finish, NOW)?;
        }
        end_run(conn, &urls(), connection.no, run.id, NOW)
    });
}

#[test]
fn companies_and_connections_are_told_of_in_the_order_of_what_happens() {
    let db = TestDb::new();
    let platform = db.platform("One");
    db.integration(&platform, SyncMode::OneOff);
    let tags = [("region".to_owned(), "uk".to_owned())].into();
    let new = NewCompany { name: "Bakery".to_owned(), tags, ..NewCompany::default() };
    let create = |conn: &mut AnyConn| create_company(conn, &urls(), platform.no, new.clone(), NOW);
    let company = db.run(create).unwrap();
    let key = PlatformKey::StripeTest;
    let view = db.run(|conn| create_connection(conn, &urls(), platform.no, company.id, key, NOW)).unwrap();
    let connection = view.connection;
    db.run(|conn| fail_authorization(conn, &urls(), &connection, lost(), NOW));
    db.link(&connection, "acct_1");
    db.link(&connection, "acct_1");
    lose(&db, &connection);
    db.link(&connection, "acct_1");
    let expected = [
        "company.created",
        "connection.created",
        "connection.failed",
        "connection.connected",
        "connection.disconnected",
        "read.completed",
        "connection.reconnected",
    ];
    assert_eq!(types(&db), expected, "authorising a Linked connection again changes nothing that is told");
    let told = told(&db);
    assert_eq!(told[0]["payload"]["tags"]["region"], "uk");
    assert_eq!(told[0]["payload"].get("dataConnections"), None);
    let failed = &told[2]["payload"]["connection"];
    assert_eq!(
        (&failed["status"], &failed["dataConnectionErrors"][0]["status"]),
        (&"PendingAuth".into(), &"Active".into())
    );
    assert_eq!(told[4]["payload"]["connection"]["status"], "Deauthorized");
    assert_eq!(told[6]["payload"]["connection"]["status"], "Linked");
    let portal = format!("https://portal.example/p/{}/companies/{}", platform.id, company.id);
    assert_eq!(told[6]["payload"]["referenceCompany"]["links"]["portal"], portal.as_str());
}

#[test]
fn what_is_rolled_back_is_not_told() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let new = NewCompany { name: "Bakery".to_owned(), ..NewCompany::default() };
    let failed: Result<(), DbError> = db.db.write_blocking(|conn| {
        create_company(conn, &urls(), platform.no, new.clone(), NOW)?.unwrap();
        Err(DbError::Cancelled)
    });
    assert!(failed.is_err());
    assert_eq!(types(&db), Vec::<String>::new());
    let nameless = NewCompany::default();
    assert!(db.run(|conn| create_company(conn, &urls(), platform.no, nameless.clone(), NOW)).is_err());
    assert_eq!(types(&db), Vec::<String>::new(), "a refusal is no event");
}

#[test]
fn a_run_is_told_of_once_with_its_types_and_a_lower_bound_of_its_changes() {
    let db = TestDb::new();
    let connection = quiet(&db);
    db.link(&connection, "acct_1");
    let run = run_waiting(&db, &connection, NOW.plus_ms(5));
    let how = |data_type| match data_type {
        DataType::Payments => DatasetStatus::PermissionsError,
        _ => DatasetStatus::Complete,
    };
    end(&db, &connection, &run, how);
    db.run(|conn| end_run(conn, &urls(), connection.no, run.id, NOW));
    assert_eq!(types(&db), ["connection.connected", "read.completed", "read.completed.initial"]);
    let payload = &told(&db)[1]["payload"];
    assert_eq!(payload["modifiedFromDate"], NOW.plus_ms(5).to_iso().as_str());
    let reads = payload["dataTypes"].as_array().unwrap();
    assert!(reads.len() > 3);
    for read in reads {
        assert_eq!(read["connectionId"], connection.id.to_string().as_str());
        let is_payments = read["dataType"] == "commerce-payments";
        assert_eq!(read["status"], if is_payments { "PermissionsError" } else { "Complete" });
        assert_eq!(read["issues"].as_array().unwrap().len(), usize::from(is_payments));
    }
    let issue = reads.iter().find_map(|read| read["issues"].get(0)).unwrap();
    assert_eq!(issue["type"], "warning.validation");
    assert!(issue["links"]["logs"].as_str().unwrap().ends_with("/validation"));
}

#[test]
fn an_authorizations_data_is_told_of_once_and_only_if_any_could_be_read() {
    let db = TestDb::new();
    let connection = quiet(&db);
    let initial = || types(&db).iter().filter(|kind| *kind == "read.completed.initial").count();
    // Everything failed: nothing to tell.
    db.link(&connection, "acct_1");
    let run = run_waiting(&db, &connection, NOW);
    end(&db, &connection, &run, |_| DatasetStatus::FetchError);
    assert_eq!(initial(), 0);
    // Asking for data isn't authorising.
    let ask = |data_type| {
        let queued = db.run(|conn| datasets::queue(conn, &connection, data_type, RunReason::Requested, NOW));
        queued.unwrap();
    };
    ask(DataType::Payments);
    let run = run_waiting(&db, &connection, NOW);
    end(&db, &connection, &run, |_| DatasetStatus::Complete);
    assert_eq!(initial(), 0);
    // What was under way when the merchant authorised anew belongs to the new authorization as well.
    ask(DataType::Payments);
    let first = run_waiting(&db, &connection, NOW);
    db.link_at(&connection, "acct_1", NOW.plus_ms(1));
    end(&db, &connection, &first, |_| DatasetStatus::Complete);
    assert_eq!(initial(), 0, "the other types are still to be read");
    let second = run_waiting(&db, &connection, NOW.plus_ms(2));
    end(&db, &connection, &second, |_| DatasetStatus::Complete);
    assert_eq!(initial(), 1);
    let told = told(&db);
    let payload = &told.last().unwrap()["payload"];
    assert_eq!(payload["modifiedFromDate"], NOW.to_iso().as_str(), "the earlier of the two runs");
    let types_of = |body: &Value| body["payload"]["dataTypes"].as_array().unwrap().len();
    assert_eq!(types_of(told.last().unwrap()), types_of(&told[1]), "every type of the authorization");
}

#[test]
fn losing_access_ends_what_is_read_and_what_waits_in_one_message() {
    let db = TestDb::new();
    let connection = quiet(&db);
    db.link(&connection, "acct_1");
    let run = run_waiting(&db, &connection, NOW);
    db.run(|conn| {
        let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
        let window = windows::open(conn, owner, run.id, Resource::Disputes, 0, 0)?;
        let by = windows::Advance {
            cursor: None,
            state: window.state,
            pages: 1,
            objects: 1,
            changed: 1,
            notes: Notes::default(),
        };
        windows::advance(conn, owner.connection_no, run.id, (window.resource, window.n), &by)?;
        // Disputes have ended well; of the others something may have been stored.
        for dataset in datasets::of_run(conn, connection.no, run.id)? {
            if dataset.data_type == DataType::Customers {
                let finish = Finish {
                    status: DatasetStatus::Complete,
                    error_message: None,
                    errors: vec![],
                    warnings: vec![],
                    records_modified: true,
                };
                datasets::finish(conn, connection.no, dataset.id, finish, NOW)?;
                datasets::queue(conn, &connection, DataType::Customers, RunReason::Requested, NOW)?.unwrap();
            }
        }
        Ok(())
    });
    lose(&db, &connection);
    let expected =
        ["connection.connected", "connection.disconnected", "read.completed", "read.completed.initial"];
    assert_eq!(types(&db), expected, "customers were read before access was lost");
    let told = told(&db);
    let reads = told[2]["payload"]["dataTypes"].as_array().unwrap();
    let of = |name: &str| -> Vec<(&str, bool)> {
        let of = reads.iter().filter(|read| read["dataType"] == name);
        of.map(|read| (read["status"].as_str().unwrap(), read["recordsModified"].as_bool().unwrap()))
            .collect()
    };
    assert_eq!(of("commerce-disputes"), [("AuthError", true)], "a page was stored");
    assert_eq!(of("commerce-products"), [("AuthError", false)]);
    assert_eq!(
        of("commerce-customers"),
        [("Complete", true), ("AuthError", false)],
        "read, and waiting again"
    );
    db.run(|conn| end_run(conn, &urls(), connection.no, run.id, NOW));
    assert_eq!(types(&db).len(), 4, "the worker that comes late tells nothing again");
}

#[test]
fn messages_of_a_company_are_numbered_in_the_order_of_their_transactions() {
    let db = TestDb::new();
    let connection = quiet(&db);
    for n in 0..50 {
        db.run(|conn| fail_authorization(conn, &urls(), &connection, lost(), NOW.plus_ms(100 - n)));
    }
    let dates: Vec<String> =
        told(&db).iter().map(|body| body["generatedDate"].as_str().unwrap().to_owned()).collect();
    let mut expected = dates.clone();
    expected.sort();
    expected.reverse();
    assert_eq!(dates, expected, "by id they are as they were written, whatever their clocks said");
    let stored = db.run(|conn| connections::find_by_no(conn, connection.no)).unwrap();
    assert_eq!(stored.errors.len(), 20);
}

//! The use cases, on rows as the services leave them.

use super::*;
use crate::companies::{Company, NewCompany};
use crate::connection_errors::ConnectionError;
use crate::connections::{self, Connection};
use crate::datasets::{self, Dataset, Finish};
use crate::page::Page;
use crate::test_db::{NOW, TestDb, credential, test_integration, urls};
use crate::{AnyConn, credentials};
use std::collections::BTreeMap;
use tributary_core::ids::{CompanyId, ConnectionId, ConnectionNo, CredentialId};
use tributary_core::state::{ConnectionStatus, DatasetStatus, RunReason};
use tributary_core::{DataType, Millis, PlatformKey, SyncMode};

fn denied() -> ConnectionError {
    ConnectionError {
        status_code: "403".to_owned(),
        status_text: "User cancelled linking".to_owned(),
        error_message: "User cancelled".to_owned(),
        errored_on: NOW,
        resolved_on: None,
    }
}

fn reload(db: &TestDb, no: ConnectionNo) -> Connection {
    db.run(|conn| connections::find_by_no(conn, no)).unwrap()
}

fn datasets_of(db: &TestDb, connection: &Connection) -> Vec<Dataset> {
    let page = Page { offset: 0, limit: 1000 };
    db.run(|conn| datasets::list(conn, connection.platform_no, connection.company_id, page)).0
}

fn end_all(db: &TestDb, connection: &Connection, now: Millis) {
    for dataset in db.run(|conn| datasets::waiting(conn, connection.no)) {
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

#[test]
fn a_company_keeps_what_its_name_may_hold() {
    let db = TestDb::new();
    let no = db.platform("One").no;
    let create = |name: &str| {
        let new = NewCompany { name: name.to_owned(), ..NewCompany::default() };
        db.run(|conn| create_company(conn, &urls(), no, new.clone(), NOW))
    };
    assert_eq!(create(" Café (No[1]) \"A&B\" ").unwrap().name, "Café No1 A&B");
    assert_eq!(create("<>{}\n"), Err(CompanyRefused(vec![CompanyProblem::NameEmpty])));
}

#[test]
fn a_change_of_a_company_touches_what_it_names_and_only_on_its_own_platform() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let company = db.company(&one, "Bakery");
    let change =
        |no, change: CompanyChange| db.run(|conn| change_company(conn, no, company.id, change.clone()));
    let tags = BTreeMap::from([("region".to_owned(), "uk".to_owned())]);
    let described = CompanyChange {
        description: Some(Some("cust_1".to_owned())),
        tags: Some(tags.clone()),
        ..CompanyChange::default()
    };
    let expected = Company { description: Some("cust_1".to_owned()), tags, ..company.clone() };
    assert_eq!(change(one.no, described.clone()), Ok(expected.clone()));
    assert_eq!(
        change(one.no, CompanyChange::default()),
        Ok(expected.clone()),
        "nothing named, nothing changed"
    );
    assert_eq!(change(other.no, described), Err(ChangeRefused::Unknown(company.id)));
    let empty = CompanyChange { name: Some("()".to_owned()), ..CompanyChange::default() };
    let refused = CompanyRefused(vec![CompanyProblem::NameEmpty]);
    assert_eq!(change(one.no, empty), Err(refused.into()));
    let renamed = CompanyChange {
        name: Some("Mill [2]".to_owned()),
        description: Some(None),
        tags: Some(BTreeMap::new()),
    };
    let expected =
        Company { name: "Mill 2".to_owned(), description: None, tags: BTreeMap::new(), ..expected };
    assert_eq!(change(one.no, renamed), Ok(expected));
}

#[test]
fn a_connection_needs_a_company_of_the_platform_and_an_enabled_integration() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let company = db.company(&one, "Mine");
    let create = |no, company: CompanyId| {
        db.run(|conn| create_connection(conn, &urls(), no, company, PlatformKey::StripeTest, NOW))
    };
    assert_eq!(create(one.no, company.id), Err(ConnectionRefused::NotSet(PlatformKey::StripeTest)));
    let integration = db.integration(&one, SyncMode::OneOff);
    db.integration(&other, SyncMode::OneOff);
    assert_eq!(create(other.no, company.id), Err(ConnectionRefused::UnknownCompany(company.id)));
    let view = create(one.no, company.id).unwrap();
    assert_eq!(view.connection.status, ConnectionStatus::PendingAuth);
    assert_eq!(view.integration, integration);
    assert_eq!(reload(&db, view.connection.no), view.connection);
    let mut off = test_integration(SyncMode::OneOff);
    off.switch = Some(Switch::Off);
    db.run(|conn| set_integration(conn, &db.vault, &one, &off, NOW)).unwrap();
    assert_eq!(create(one.no, company.id), Err(ConnectionRefused::Disabled(PlatformKey::StripeTest)));
}

#[test]
fn linking_resolves_errors_stores_the_credential_and_queues_every_type() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let integration = db.integration(&platform, SyncMode::OneOff);
    let connection = db.connection(&db.company(&platform, "Mine"), &integration);
    db.run(|conn| fail_authorization(conn, &urls(), &connection, denied(), NOW));
    assert_eq!(reload(&db, connection.no).status, ConnectionStatus::PendingAuth);
    assert_eq!(reload(&db, connection.no).errors, [denied()]);

    let later = NOW.plus_ms(1000);
    let link = |conn: &mut AnyConn| {
        link_connection(conn, &db.vault, &urls(), &connection, credential("acct_1"), later)
    };
    assert_eq!(db.run(link), Ok(Linked { first: true }));
    let linked = reload(&db, connection.no);
    assert_eq!((linked.status, linked.linked), (ConnectionStatus::Linked, Some(later)));
    assert_eq!(linked.account_id.as_ref().map(|account| account.0.as_str()), Some("acct_1"));
    assert_eq!(linked.errors, [ConnectionError { resolved_on: Some(later), ..denied() }]);
    assert!(db.run(|conn| credentials::in_use(conn, connection.no)).is_some());
    let mut types: Vec<_> = datasets_of(&db, &linked).iter().map(|dataset| dataset.data_type).collect();
    types.sort();
    assert_eq!(types.len(), DataType::ALL.len());
    types.dedup();
    assert_eq!(types.len(), DataType::ALL.len());
    assert!(datasets_of(&db, &linked).iter().all(|dataset| dataset.reason == RunReason::Initial));

    // Again while the first data is being pulled: nothing is queued twice.
    assert_eq!(db.run(link), Ok(Linked { first: false }));
    assert_eq!(datasets_of(&db, &linked).len(), DataType::ALL.len());
}

#[test]
fn a07_a_connection_never_changes_its_account() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    let before = db.run(|conn| credentials::in_use(conn, connection.no));
    let link = |conn: &mut AnyConn| {
        link_connection(conn, &db.vault, &urls(), &connection, credential("acct_2"), NOW)
    };
    assert_eq!(db.run(link), Err(LinkRefused::AccountDiffers));
    assert_eq!(reload(&db, connection.no), connection);
    assert_eq!(db.run(|conn| credentials::in_use(conn, connection.no)), before);
}

#[test]
fn refreshing_everything_queues_what_is_not_under_way_on_linked_connections() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let (company, connection) = db.linked(&one, "acct_1");
    let pending = db.connection(&company, &db.integration(&one, SyncMode::OneOff));
    let refresh = |no| db.run(|conn| refresh_all(conn, no, company.id, NOW.plus_ms(1))).unwrap();
    assert_eq!(refresh(one.no), [], "everything is under way");
    end_all(&db, &connection, NOW);
    assert_eq!(refresh(other.no), [], "another platform's company");
    let queued = refresh(one.no);
    assert_eq!(queued.len(), DataType::ALL.len());
    assert!(queued.iter().all(|dataset| dataset.connection_id == connection.id));
    assert_eq!(db.run(|conn| datasets::waiting(conn, pending.no)), []);
}

#[test]
fn one_type_is_queued_on_the_connection_named_or_on_all() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (company, first) = db.linked(&platform, "acct_1");
    let integration = db.integration(&platform, SyncMode::OneOff);
    let second = db.connection(&company, &integration);
    let refresh = |connection: Option<ConnectionId>| {
        db.run(|conn| refresh_type(conn, platform.no, company.id, DataType::Payments, connection, NOW))
    };
    let stranger = ConnectionId::random();
    assert_eq!(refresh(Some(stranger)), Err(RefreshRefused::UnknownConnection(stranger)));
    assert_eq!(refresh(Some(second.id)), Err(RefreshRefused::NoLinkedConnection));
    let busy = |result| matches!(result, Err(RefreshRefused::InProgress { connection_id, .. }) if connection_id == first.id);
    assert!(busy(refresh(Some(first.id))));
    assert!(busy(refresh(None)));

    db.link(&second, "acct_2");
    end_all(&db, &second, NOW);
    assert_eq!(refresh(None).unwrap().connection_id, second.id, "the one that is free");
    end_all(&db, &first, NOW);
    end_all(&db, &second, NOW);
    assert_eq!(refresh(None).unwrap().connection_id, first.id);
    let waiting = |no| db.run(|conn| datasets::waiting(conn, no)).len();
    assert_eq!((waiting(first.no), waiting(second.no)), (1, 1), "on all of them");

    let (foreign, theirs) = db.linked(&db.platform("Other"), "acct_1");
    assert_eq!(refresh(Some(theirs.id)), Err(RefreshRefused::UnknownConnection(theirs.id)));
    let none = db.run(|conn| refresh_type(conn, platform.no, foreign.id, DataType::Payments, None, NOW));
    assert_eq!(none, Err(RefreshRefused::NoLinkedConnection));
}

#[test]
fn e10_lost_access_destroys_the_credential_and_ends_what_was_under_way() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    let refused = db.run(|conn| credentials::in_use(conn, connection.no)).unwrap().id;
    let lose = |id: CredentialId| db.run(|conn| deauthorize(conn, &urls(), connection.no, id, denied(), NOW));

    db.link(&connection, "acct_1");
    assert!(!lose(refused), "the merchant has authorised anew since");
    assert_eq!(reload(&db, connection.no).status, ConnectionStatus::Linked);

    let current = db.run(|conn| credentials::in_use(conn, connection.no)).unwrap().id;
    assert!(lose(current));
    let lost = reload(&db, connection.no);
    assert_eq!((lost.status, &lost.errors), (ConnectionStatus::Deauthorized, &vec![denied()]));
    assert_eq!(db.run(|conn| credentials::in_use(conn, connection.no)), None);
    let ended = datasets_of(&db, &lost);
    assert!(ended.iter().all(|dataset| dataset.status == DatasetStatus::AuthError));
    assert_eq!(ended[0].error_message.as_deref(), Some("User cancelled"));
    assert!(!lose(current), "once");

    db.link(&connection, "acct_1");
    let back = reload(&db, connection.no);
    assert_eq!(back.status, ConnectionStatus::Linked);
    assert!(back.errors.iter().all(|error| error.resolved_on.is_some()));
    assert_eq!(db.run(|conn| datasets::waiting(conn, connection.no)).len(), DataType::ALL.len());
}

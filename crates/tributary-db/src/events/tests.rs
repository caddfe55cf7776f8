//! Events of a connection: kept once, found while they wait, remembered when they are done.

use super::{Arrival, feeds, inbox, unmatched};
use crate::bulk::Owner;
use crate::connections::Connection;
use crate::test_db::{NOW, TestDb, urls};
use crate::use_cases::{EventOwner, receive_events, unlink_connection};
use crate::{leases, work};
use tributary_core::Millis;
use tributary_core::ids::AccountId;

fn event(id: &str) -> Arrival {
    Arrival {
        id: id.to_owned(),
        event_type: "charge.succeeded".to_owned(),
        api_version: None,
        created_secs: NOW.secs(),
        object: "{}".to_owned(),
    }
}

fn of_account(connection: &Connection) -> EventOwner {
    let account = connection.account_id.clone().unwrap_or(AccountId("acct_1".to_owned()));
    EventOwner::Account(connection.platform_no, connection.integration_id, account)
}

fn waiting(db: &TestDb, connection: &Connection) -> Vec<String> {
    let later = db.run(leases::now).plus_ms(1);
    let waiting = db.run(|conn| inbox::waiting(conn, connection.no, later, 100));
    waiting.into_iter().map(|event| event.id).collect()
}

fn receive(db: &TestDb, owner: &EventOwner, ids: &[&str]) -> usize {
    let events: Vec<_> = ids.iter().map(|id| (owner.clone(), event(id))).collect();
    db.run(|conn| receive_events(conn, &events))
}

#[test]
fn a81_an_event_is_kept_once_for_each_linked_connection_of_its_account() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (company, first) = db.linked(&platform, "acct_1");
    let integration = db.integration(&platform, tributary_core::SyncMode::Continuous);
    let second = db.connection(&company, &integration);
    db.link(&second, "acct_1");
    let (_, other) = db.linked(&platform, "acct_2");
    let owner = of_account(&first);
    assert_eq!(receive(&db, &owner, &["evt_1", "evt_1", "evt_2"]), 4);
    assert_eq!(receive(&db, &owner, &["evt_2"]), 0);
    for connection in [&first, &second] {
        assert_eq!(waiting(&db, connection), ["evt_1", "evt_2"]);
    }
    assert_eq!(waiting(&db, &other), Vec::<String>::new());
    db.run(|conn| inbox::done(conn, first.no, &["evt_1".to_owned()]));
    assert_eq!(receive(&db, &owner, &["evt_1"]), 0, "what is done is remembered");
    assert_eq!(waiting(&db, &first), ["evt_2"]);
    // An endpoint of one connection is for that connection.
    assert_eq!(receive(&db, &EventOwner::Connection(first.no), &["evt_3"]), 1);
    assert_eq!((waiting(&db, &first).len(), waiting(&db, &second).len()), (2, 2));
}

#[test]
fn b21_an_event_that_overtakes_the_linking_of_its_account_is_matched_afterwards() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let integration = db.integration(&platform, tributary_core::SyncMode::Continuous);
    let connection = db.connection(&db.company(&platform, "Bakery"), &integration);
    assert_eq!(receive(&db, &of_account(&connection), &["evt_1", "evt_1"]), 0);
    let now = db.run(leases::now);
    assert_eq!(db.run(|conn| unmatched::settle(conn, now)), 0, "nobody has linked the account");
    db.link(&connection, "acct_1");
    assert_eq!(db.run(|conn| unmatched::settle(conn, now)), 1);
    assert_eq!(waiting(&db, &connection), ["evt_1"]);
    assert!(!db.run(unmatched::are_any));
    let stranger = EventOwner::Account(platform.no, integration.id, AccountId("acct_9".to_owned()));
    receive(&db, &stranger, &["evt_9"]);
    db.run(|conn| unmatched::settle(conn, now.plus_ms(7_200_000)));
    assert!(!db.run(unmatched::are_any), "nobody linked that account in time");
}

#[test]
fn events_of_a_severed_connection_are_not_applied() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (company, connection) = db.linked(&platform, "acct_1");
    receive(&db, &of_account(&connection), &["evt_1"]);
    db.run(|conn| unlink_connection(conn, &urls(), platform.no, company.id, connection.id, NOW)).unwrap();
    assert_eq!(waiting(&db, &connection), Vec::<String>::new());
    assert_eq!(receive(&db, &EventOwner::Connection(connection.no), &["evt_2"]), 0);
}

#[test]
fn a_failing_event_waits_is_set_aside_and_is_counted() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    receive(&db, &of_account(&connection), &["evt_1", "evt_2"]);
    let now = db.run(leases::now);
    let later = now.plus_ms(60_000);
    db.run(|conn| inbox::fail(conn, connection.no, "evt_1", "odd", Some(later)));
    assert_eq!(waiting(&db, &connection), ["evt_2"]);
    let due = db.run(|conn| inbox::waiting(conn, connection.no, later, 100));
    assert_eq!(due.iter().map(|event| event.failures).collect::<Vec<_>>(), [0, 1]);
    db.run(|conn| inbox::fail(conn, connection.no, "evt_1", "odd", None));
    let standing = db.run(|conn| inbox::standing(conn, connection.no));
    assert_eq!((standing.waiting, standing.set_aside), (1, 1));
    assert!(standing.last_received.is_some());
    let much_later = now.plus_ms(36 * 86_400_000);
    assert_eq!(db.run(|conn| inbox::prune(conn, connection.no, much_later, 100)), 2);
}

#[test]
fn a_connection_with_waiting_events_or_a_due_list_is_work() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (_, idle) = db.linked(&platform, "acct_1");
    let (_, busy) = db.linked(&platform, "acct_2");
    for connection in [&idle, &busy] {
        db.run(|conn| {
            let how = tributary_core::state::DatasetStatus::Complete;
            crate::datasets::finish_all_active(conn, connection.no, how, "", NOW)
        });
    }
    let work = || {
        let now = db.run(leases::now).plus_ms(1);
        db.run(|conn| work::connections(conn, now, 10))
    };
    assert_eq!(work(), []);
    receive(&db, &of_account(&busy), &["evt_1"]);
    assert_eq!(work(), [busy.no]);
    db.run(|conn| inbox::done(conn, busy.no, &["evt_1".to_owned()]));
    assert_eq!(work(), []);
    let owner = Owner { connection_no: idle.no, platform_no: platform.no };
    db.run(|conn| feeds::catch_up(conn, owner, NOW, true, NOW));
    assert_eq!(work(), [idle.no]);
    db.run(|conn| feeds::forbid(conn, idle.no, "no permission"));
    db.run(|conn| feeds::catch_up(conn, owner, NOW, true, NOW));
    assert_eq!(work(), [], "what is forbidden isn't asked for again");
    db.link(&idle, "acct_1");
    db.run(|conn| feeds::catch_up(conn, owner, NOW, true, NOW));
    assert!(work().contains(&idle.no), "a new credential may do what the last one might not");
}

#[test]
fn the_cursor_goes_back_to_the_start_of_a_run_and_on_only_with_what_was_listed() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (_, connection) = db.linked(&platform, "acct_1");
    let owner = Owner { connection_no: connection.no, platform_no: platform.no };
    let cursor = || {
        let feed = db.run(|conn| feeds::find(conn, connection.no)).unwrap();
        (feed.cursor_secs, feed.cursor_id)
    };
    let at = |secs: i64| Millis(secs * 1000);
    db.run(|conn| feeds::catch_up(conn, owner, at(1_000), false, NOW));
    assert_eq!(cursor(), (Some(1_000), None));
    db.run(|conn| feeds::advance(conn, connection.no, Some((1_500, "evt_1")), NOW, None));
    assert_eq!(cursor(), (Some(1_500), Some("evt_1".to_owned())));
    db.run(|conn| feeds::advance(conn, connection.no, Some((1_400, "evt_0")), NOW, None));
    assert_eq!(cursor(), (Some(1_500), Some("evt_1".to_owned())), "never back");
    db.run(|conn| feeds::catch_up(conn, owner, at(2_000), false, NOW));
    assert_eq!(cursor(), (Some(1_500), Some("evt_1".to_owned())), "what it did not read has to be listed");
    db.run(|conn| feeds::catch_up(conn, owner, at(2_000), true, NOW));
    assert_eq!(cursor(), (Some(2_000), None));
    db.run(|conn| feeds::start_anew(conn, connection.no));
    db.run(|conn| feeds::advance(conn, connection.no, Some((2_500, "evt_2")), NOW, None));
    assert_eq!(cursor(), (None, None), "a list that was under way changes nothing");
    db.run(|conn| feeds::catch_up(conn, owner, at(3_000), false, NOW));
    assert_eq!(cursor(), (Some(3_000), None));
}

//! Unlinking and deleting, and what happens to authorizations at Stripe.

use super::*;
use crate::connections::{self, Connection};
use crate::credentials::NewCredential;
use crate::datasets;
use crate::deletions::{Deleted, delete_some};
use crate::error::DbError;
use crate::leases::{self, Lease};
use crate::messages::NO_CONNECTION;
use crate::oauth_states::{self, NewState};
use crate::revocations::{self, Claimed, Revocation};
use crate::schema::messages;
use crate::test_db::{NOW, TestDb, credential, urls};
use crate::{AnyConn, companies, credentials, data_keys, runs};
use diesel::prelude::*;
use tributary_core::ids::CompanyId;
use tributary_core::state::{ConnectionStatus, CredentialKind, DatasetStatus, RunReason};
use tributary_core::{DataType, Millis, Mode, Secret, SyncMode};

const LEASE_MS: i64 = 60_000;

struct World {
    db: TestDb,
    company: CompanyId,
    connection: Connection,
}

impl World {
    fn new() -> World {
        let db = TestDb::new();
        let (company, connection) = db.linked(&db.platform("One"), "acct_1");
        World { db, company: company.id, connection }
    }

    /// Another connection of the same company and integration, Linked to `account`.
    fn another(&self, account: &str) -> Connection {
        let platform_no = self.connection.platform_no;
        let another = self.db.run(|conn| {
            let integration = crate::integrations::find(conn, platform_no, self.connection.integration_id)?;
            connections::create(conn, platform_no, self.company, &integration.unwrap(), NOW)
        });
        self.db.link(&another, account);
        self.reload(&another).unwrap()
    }

    fn reload(&self, connection: &Connection) -> Option<Connection> {
        self.db.run(|conn| connections::find_by_no(conn, connection.no))
    }

    fn unlink(&self, connection: &Connection) -> Result<ConnectionStatus, UnlinkRefused> {
        let unlinked = self.db.run(|conn| {
            unlink_connection(conn, &urls(), connection.platform_no, self.company, connection.id, NOW)
        });
        unlinked.map(|view| view.connection.status)
    }

    fn delete(&self, connection: &Connection) -> bool {
        self.db.run(|conn| {
            delete_connection(conn, &urls(), connection.platform_no, self.company, connection.id, NOW)
        })
    }

    fn hold(&self) -> Lease {
        let no = self.connection.no;
        self.db.run(|conn| leases::claim(conn, no, "worker", LEASE_MS)).unwrap()
    }

    fn claim(&self, now: Millis) -> Claimed {
        self.db.run(|conn| revocations::claim(conn, now))
    }

    fn claimed(&self, now: Millis) -> Option<Revocation> {
        match self.claim(now) {
            Claimed::Mine(revocation) => Some(revocation),
            _ => None,
        }
    }

    /// The types of the messages about a connection, or about the company alone.
    fn told(&self, about: tributary_core::ids::ConnectionNo) -> Vec<String> {
        let of = messages::table.filter(messages::connection_no.eq(about.0)).order(messages::id);
        self.db.run(|conn| Ok(of.select(messages::event_type).load(conn)?))
    }
}

#[test]
fn unlinking_destroys_the_credential_cancels_what_is_under_way_and_refuses_the_worker() {
    let world = World::new();
    let (db, connection) = (&world.db, &world.connection);
    let lease = world.hold();
    let owner = crate::bulk::Owner { connection_no: connection.no, platform_no: connection.platform_no };
    db.run(|conn| runs::start(conn, owner, RunReason::Initial, NOW));
    assert_eq!(world.unlink(connection), Ok(ConnectionStatus::Unlinked));
    assert_eq!(db.run(|conn| credentials::in_use(conn, connection.no)), None);
    let datasets = db.run(|conn| datasets::latest_of(conn, connection.no));
    assert_eq!(datasets.len(), DataType::ALL.len());
    assert!(datasets.iter().all(|dataset| dataset.status == DatasetStatus::Cancelled));
    assert_eq!(db.run(|conn| runs::running(conn, connection.no)), None);
    let entered = db.db.write_blocking(|conn| leases::enter(conn, &lease, LEASE_MS));
    assert!(matches!(entered, Err(DbError::Fenced)), "{entered:?}");
    assert!(world.told(connection.no).contains(&"connection.disconnected".to_owned()));

    assert_eq!(world.unlink(connection), Err(UnlinkRefused::NotLinked(ConnectionStatus::Unlinked)));
    db.link(connection, "acct_1");
    assert_eq!(world.reload(connection).unwrap().status, ConnectionStatus::Linked);
    assert!(db.run(|conn| leases::claim(conn, connection.no, "worker", LEASE_MS)).is_some());
}

#[test]
fn only_the_companys_own_linked_connection_is_unlinked_or_deleted() {
    let world = World::new();
    let other = world.db.platform("Other");
    let (no, id) = (world.connection.platform_no, world.connection.id);
    let stranger = CompanyId::random();
    for (platform_no, company) in [(other.no, world.company), (no, stranger)] {
        let unlinked = world.db.run(|conn| unlink_connection(conn, &urls(), platform_no, company, id, NOW));
        assert_eq!(unlinked, Err(UnlinkRefused::Unknown(id)));
        assert!(!world.db.run(|conn| delete_connection(conn, &urls(), platform_no, company, id, NOW)));
    }
    assert!(!world.db.run(|conn| delete_company(conn, &urls(), other.no, world.company, NOW)));
    assert_eq!(world.reload(&world.connection), Some(world.connection.clone()));
}

#[test]
fn a_deleted_connection_is_gone_at_once_and_its_rows_soon_after() {
    let world = World::new();
    let (db, connection) = (&world.db, &world.connection);
    let lease = world.hold();
    assert!(world.delete(connection));
    assert!(!world.delete(connection), "once");
    assert_eq!(world.reload(connection), None);
    assert_eq!(world.told(connection.no).last().unwrap(), "connection.deleted");
    let entered = db.db.write_blocking(|conn| leases::enter(conn, &lease, LEASE_MS));
    assert!(matches!(entered, Err(DbError::Fenced)), "{entered:?}");
    assert_eq!(db.run(|conn| leases::claim(conn, connection.no, "worker", LEASE_MS)), None);
    let queued = db.db.write_blocking(|conn| {
        datasets::queue(conn, connection, DataType::Payments, RunReason::Requested, NOW)
    });
    assert!(queued.is_err(), "nothing is added to what is being deleted");
    let linked =
        db.run(|conn| link_connection(conn, &db.vault, &urls(), connection, credential("acct_1"), NOW));
    assert_eq!(linked, Err(LinkRefused::Deleted));
    assert_eq!(db.run(|conn| delete_some(conn, 1000)), Deleted::All(connection.no));
    let rows =
        crate::schema::datasets::table.filter(crate::schema::datasets::connection_no.eq(connection.no.0));
    assert_eq!(db.run(|conn| Ok(rows.count().get_result::<i64>(conn)?)), 0);
}

#[test]
fn a_deleted_company_takes_its_connections_and_its_key_along() {
    let world = World::new();
    let (db, platform_no) = (&world.db, world.connection.platform_no);
    let second = world.another("acct_2");
    let delete = || db.run(|conn| delete_company(conn, &urls(), platform_no, world.company, NOW));
    assert!(delete());
    assert!(!delete(), "once");
    assert_eq!(db.run(|conn| companies::find(conn, platform_no, world.company)), None);
    assert_eq!(db.run(|conn| companies::find_any(conn, world.company)), None);
    for connection in [&world.connection, &second] {
        assert_eq!(world.reload(connection), None);
        assert_eq!(world.told(connection.no).last().unwrap(), "connection.deleted");
        assert!(matches!(db.run(|conn| delete_some(conn, 1000)), Deleted::All(_)));
    }
    assert_eq!(world.told(NO_CONNECTION), ["company.deleted"]);
    let company = Some(world.company.to_string());
    let keys = crate::schema::data_keys::table.filter(crate::schema::data_keys::company_id.eq(company));
    assert_eq!(db.run(|conn| Ok(keys.clone().count().get_result::<i64>(conn)?)), 0);
    let state = db.run(|conn| data_keys::master_key_state(conn, &crate::test_db::master_key()));
    assert_eq!(state, data_keys::MasterKeyState::Other, "the platform's own key stays");
}

#[test]
fn e15_the_last_connection_of_an_account_has_its_authorization_ended() {
    let world = World::new();
    let second = world.another("acct_1");
    world.unlink(&world.connection).unwrap();
    assert_eq!(world.claim(NOW), Claimed::Nothing, "another connection uses it");
    assert!(world.delete(&second));
    let revocation = world.claimed(NOW).unwrap();
    assert_eq!((revocation.account.0.as_str(), revocation.attempts), ("acct_1", 1));
    assert_eq!(world.claim(NOW), Claimed::Nothing, "it is claimed");
    let again = world.claimed(NOW.plus_ms(revocations::CLAIM_SECS * 1000)).unwrap();
    assert_eq!(again.attempts, 2, "whoever claimed it was killed");
    world.db.run(|conn| revocations::end(conn, &revocation));
    let later = NOW.plus_ms(1_000_000);
    world.db.run(|conn| revocations::retry_at(conn, &again, later));
    assert_eq!(world.claim(later.plus_ms(-1)), Claimed::Nothing);
    let last = world.claimed(later).unwrap();
    world.db.run(|conn| revocations::end(conn, &last));
    assert_eq!(world.claim(Millis(i64::MAX / 2)), Claimed::Nothing);
}

#[test]
fn e15_keys_that_merchants_pasted_are_only_destroyed() {
    let world = World::new();
    let key = NewCredential { kind: CredentialKind::RestrictedKey, ..credential("acct_1") };
    let paste = |conn: &mut AnyConn| {
        link_connection(conn, &world.db.vault, &urls(), &world.connection, key.clone(), NOW)
    };
    world.db.run(paste).unwrap();
    world.unlink(&world.connection).unwrap();
    assert_eq!(world.claim(NOW), Claimed::Nothing);
}

#[test]
fn e15_authorising_an_account_anew_withdraws_what_was_asked_for_it() {
    let world = World::new();
    world.unlink(&world.connection).unwrap();
    world.db.link(&world.connection, "acct_1");
    assert_eq!(world.claim(NOW), Claimed::Nothing);
    // The same by another connection, and by one that was linked while it was asked for.
    world.unlink(&world.connection).unwrap();
    let second = world.another("acct_1");
    assert_eq!(world.claim(NOW), Claimed::Nothing);
    world.unlink(&second).unwrap();
    assert!(world.claimed(NOW).is_some());
}

#[test]
fn e15_no_authorization_is_ended_while_a_code_is_exchanged_and_no_code_while_one_is_ended() {
    let world = World::new();
    let (db, integration) = (&world.db, world.connection.integration_id);
    world.unlink(&world.connection).unwrap();
    let secret = Secret::new("state");
    let start = |conn: &mut AnyConn| {
        let new = NewState {
            state: &secret,
            browser: &secret,
            connection: &world.connection,
            mode: Mode::Test,
            now: NOW,
            lifetime_secs: 60,
        };
        oauth_states::create(conn, new)?;
        oauth_states::consume(conn, &secret, Some(&secret), NOW)
    };
    assert!(matches!(db.run(start), oauth_states::Consumed::Fresh(_)));
    assert_eq!(world.claim(NOW), Claimed::Skipped, "which account the code is of isn't known yet");
    assert_eq!(world.claim(NOW), Claimed::Nothing, "it is looked at later");
    let later = NOW.plus_ms(10_000);
    assert_eq!(world.claim(later), Claimed::Skipped);
    db.run(|conn| oauth_states::set_outcome(conn, &secret, "denied"));
    let later = later.plus_ms(10_000);
    let under_way = |now| db.run(|conn| revocations::is_under_way(conn, integration, now));
    assert!(!under_way(later));
    let revocation = world.claimed(later).unwrap();
    assert!(under_way(later));
    assert!(!under_way(later.plus_ms(revocations::CLAIM_SECS * 1000)), "a claim ends with its time");
    db.run(|conn| revocations::end(conn, &revocation));
    assert!(!under_way(later));
}

#[test]
fn a_label_is_put_on_and_taken_off_once_and_told_each_time() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let company = db.company(&one, "Bakery");
    let label = |no, product: &str, label| {
        db.run(|conn| label_company(conn, &urls(), no, company.id, (product, label), NOW))
    };
    let labels = || db.run(|conn| companies::find(conn, one.no, company.id)).unwrap().products;
    for product in ["lending", "commerce", "lending"] {
        assert_eq!(label(one.no, product, Label::On), Ok(()));
    }
    assert_eq!(labels(), ["lending", "commerce"]);
    assert_eq!(label(other.no, "x", Label::On), Err(LabelRefused::UnknownCompany(company.id)));
    for product in ["lending", "lending", "never"] {
        assert_eq!(label(one.no, product, Label::Off), Ok(()));
    }
    assert_eq!(labels(), ["commerce"]);
    let told: Vec<String> =
        db.run(|conn| Ok(messages::table.order(messages::id).select(messages::event_type).load(conn)?));
    assert_eq!(told, ["company.product.added", "company.product.added", "company.product.removed"]);
    for n in 1..PRODUCTS_MAX {
        assert_eq!(label(one.no, &n.to_string(), Label::On), Ok(()));
    }
    assert_eq!(label(one.no, "more", Label::On), Err(LabelRefused::TooMany));
}

#[test]
fn each_integration_is_told_apart() {
    let world = World::new();
    let other = world.db.platform("Other");
    let theirs = world.db.integration(&other, SyncMode::OneOff);
    world.unlink(&world.connection).unwrap();
    assert!(!world.db.run(|conn| revocations::is_under_way(conn, theirs.id, NOW)));
    let (_, foreign) = world.db.linked(&other, "acct_1");
    assert_eq!(world.reload(&foreign).unwrap().status, ConnectionStatus::Linked);
    assert!(world.claimed(NOW).is_some(), "another platform's connection of the same account doesn't count");
}

//! What setting an integration stores, keeps and refuses.

use super::*;
use crate::integrations::{find, list, secret_key};
use crate::test_db::{NOW, TestDb};
use crate::use_cases::{IntegrationField, IntegrationText, IntegrationView, view_integration};
use crate::vault::Scope;
use diesel::prelude::*;
use std::collections::BTreeMap;
use tributary_core::ids::WebhookSecretId;
use tributary_core::key::KeyError;
use tributary_core::state::ConnectionStatus;
use tributary_core::{Mode, PlatformKey, Secret};

const KEY: PlatformKey = PlatformKey::StripeTest;

fn read(
    client_id: Option<&str>,
    secret_key: Option<&str>,
    webhook_secret: Option<&str>,
) -> Result<IntegrationChange, Vec<IntegrationProblem>> {
    let text = IntegrationText {
        client_id: client_id.map(str::to_owned),
        secret_key: secret_key.map(Secret::new),
        webhook_secret: webhook_secret.map(Secret::new),
    };
    IntegrationChange::read(KEY, text)
}

fn credentials(client_id: Option<&str>, secret_key: Option<&str>) -> IntegrationChange {
    read(client_id, secret_key, None).unwrap()
}

fn set_at(
    db: &TestDb,
    platform: &Platform,
    change: &IntegrationChange,
    now: Millis,
) -> Result<Integration, IntegrationProblem> {
    db.run(|conn| set_integration(conn, &db.vault, platform, change, now))
}

fn key_of(db: &TestDb, integration: &Integration) -> Option<String> {
    let oauth = integration.oauth.as_ref()?;
    Some(db.run(|conn| secret_key(conn, &db.vault, integration, oauth)).expose().to_owned())
}

fn client_of(integration: &Integration) -> Option<&str> {
    integration.oauth.as_ref().map(|oauth| oauth.client_id.as_str())
}

fn webhook_secrets_of(db: &TestDb, platform: &Platform, integration: &Integration) -> Vec<String> {
    let secrets = db.run(|conn| {
        webhook_secrets::open(conn, &db.vault, &Scope::of_platform(platform), integration.id.into())
    });
    secrets.iter().map(|secret| secret.expose().to_owned()).collect()
}

#[test]
fn a_first_setting_asks_for_little_and_stays_switched_off() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let first = set_at(&db, &platform, &credentials(Some(" ca_1 "), Some(" sk_test_1 \n")), NOW).unwrap();
    assert_eq!((first.scope, first.sync_mode), (AccessScope::ReadOnly, SyncMode::OneOff));
    assert_eq!((first.enabled, first.created, first.modified), (false, NOW, NOW));
    assert_eq!((client_of(&first), key_of(&db, &first).as_deref()), (Some("ca_1"), Some("sk_test_1")));
    assert_eq!(db.run(|conn| find(conn, platform.no, first.id)), Some(first));
}

#[test]
fn what_a_change_leaves_out_stays_and_other_platforms_keep_theirs() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let first = db.integration(&one, SyncMode::OneOff);
    let elsewhere = db.integration(&other, SyncMode::OneOff);
    let key = "sk_test_canary_of_the_platform";

    let change = IntegrationChange { scope: Some(AccessScope::ReadWrite), ..IntegrationChange::of(KEY) };
    let scoped = set_at(&db, &one, &change, NOW.plus_ms(9)).unwrap();
    let modified = NOW.plus_ms(9);
    assert_eq!(scoped, Integration { scope: AccessScope::ReadWrite, modified, ..first.clone() });

    let rolled = set_at(&db, &one, &credentials(None, Some("sk_test_second_key")), NOW.plus_ms(9)).unwrap();
    assert_eq!(rolled.modified, NOW.plus_ms(10), "later than what was there, even within a millisecond");
    assert_eq!((client_of(&rolled), rolled.scope), (Some("ca_test1"), AccessScope::ReadWrite));
    assert_eq!(key_of(&db, &rolled).as_deref(), Some("sk_test_second_key"));
    let masked = rolled.oauth.as_ref().map(|oauth| oauth.secret_key_masked.as_str());
    assert_eq!(masked, Some("sk_test_…_key"));

    let renamed = set_at(&db, &one, &credentials(Some("ca_second"), None), NOW.plus_ms(20)).unwrap();
    assert_eq!(client_of(&renamed), Some("ca_second"));
    assert_eq!(key_of(&db, &renamed).as_deref(), Some("sk_test_second_key"));

    let off = IntegrationChange { switch: Some(Switch::Off), ..IntegrationChange::of(KEY) };
    let off = set_at(&db, &one, &off, NOW.plus_ms(30)).unwrap();
    assert_eq!((off.enabled, off.oauth_on_offer()), (false, None));
    assert_eq!(off.oauth, renamed.oauth, "kept for when it is switched on again");

    assert_eq!((off.id, off.created), (first.id, NOW));
    assert_eq!(db.run(|conn| list(conn, other.no)), vec![elsewhere.clone()]);
    assert_eq!(key_of(&db, &elsewhere).as_deref(), Some(key));
    assert_eq!(db.run(|conn| find(conn, other.no, first.id)), None, "another platform's integration");
}

#[test]
fn each_field_that_is_malformed_is_named_and_secrets_are_not_repeated() {
    use IntegrationProblem as P;
    let cases = [
        (read(Some("acct_1"), Some("sk_test_1"), None), vec![P::ClientId]),
        (read(Some(""), None, None), vec![P::ClientId]),
        (read(None, Some(""), None), vec![P::SecretKey(KeyError::Empty)]),
        (read(None, Some("pk_test_canary1"), None), vec![P::SecretKey(KeyError::Publishable)]),
        (read(None, Some("ca_canary1"), None), vec![P::SecretKey(KeyError::Prefix)]),
        (read(None, Some("rk_test_canary1"), None), vec![P::SecretKeyRestricted]),
        (read(None, Some("sk_live_canary1"), None), vec![P::SecretKeyMode { key: KEY, given: Mode::Live }]),
        (read(None, None, Some("whsec_")), vec![P::WebhookSecret]),
        (read(None, None, Some("sk_test_canary1")), vec![P::WebhookSecret]),
        (
            read(Some("ca"), Some("canary!"), Some("canary?")),
            vec![P::ClientId, P::SecretKey(KeyError::Prefix), P::WebhookSecret],
        ),
    ];
    let field = |problem: &P| problem.field().map(|field| format!("{field:?}"));
    for (change, expected) in cases {
        let problems = change.unwrap_err();
        assert_eq!(problems, expected);
        assert!(problems.iter().all(|problem| field(problem).is_some()));
        assert!(!problems.iter().any(|problem| problem.to_string().contains("canary")));
    }
    assert_eq!(P::SecretKeyNeeded.field(), Some(IntegrationField::SecretKey));
}

#[test]
fn what_cannot_be_stored_is_refused_and_changes_nothing() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let of = IntegrationChange::of;
    let on = IntegrationChange { switch: Some(Switch::On), ..of(KEY) };
    let stranger = WebhookSecretId::random();
    let remove = IntegrationChange { remove_webhook_secrets: vec![stranger], ..of(KEY) };
    let cases = [
        (credentials(Some("ca_1"), None), IntegrationProblem::SecretKeyNeeded),
        (credentials(None, Some("sk_test_1")), IntegrationProblem::ClientIdNeeded),
        (on, IntegrationProblem::NothingToAuthoriseWith(KEY)),
        (remove.clone(), IntegrationProblem::UnknownWebhookSecret(stranger)),
    ];
    for (change, expected) in cases {
        assert_eq!(set_at(&db, &platform, &change, NOW), Err(expected));
    }
    assert_eq!(db.run(|conn| list(conn, platform.no)), []);

    let stored = db.integration(&platform, SyncMode::OneOff);
    let mixed = IntegrationChange { sync_mode: Some(SyncMode::Continuous), ..remove };
    let refused = set_at(&db, &platform, &mixed, NOW.plus_ms(1));
    assert_eq!(refused, Err(IntegrationProblem::UnknownWebhookSecret(stranger)));
    assert_eq!(db.run(|conn| list(conn, platform.no)), [stored]);
}

#[test]
fn an_integration_without_credentials_is_switched_on_only_knowingly_and_may_get_them_later() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let switch = |switch| IntegrationChange { switch: Some(switch), ..IntegrationChange::of(KEY) };
    let first = set_at(&db, &platform, &switch(Switch::OnForKeysToo), NOW).unwrap();
    assert!(first.enabled && first.oauth.is_none() && first.oauth_on_offer().is_none());
    assert!(set_at(&db, &platform, &switch(Switch::On), NOW).is_ok(), "it is on already");
    let later = set_at(&db, &platform, &credentials(Some("ca_1"), Some("sk_test_1")), NOW).unwrap();
    assert_eq!((later.id, key_of(&db, &later).as_deref()), (first.id, Some("sk_test_1")));
    assert!(later.enabled);
    assert_eq!(later.oauth_on_offer(), later.oauth.as_ref());
}

#[test]
fn whoever_saves_second_is_told_that_somebody_else_was_first() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let change = |expected| IntegrationChange { expected, ..credentials(Some("ca_1"), Some("sk_test_1")) };
    let late = Err(IntegrationProblem::ChangedMeanwhile);
    assert_eq!(set_at(&db, &platform, &change(Expected::ModifiedAt(NOW)), NOW), late);
    let first = set_at(&db, &platform, &change(Expected::NotSet), NOW).unwrap();
    assert_eq!(set_at(&db, &platform, &change(Expected::NotSet), NOW), late);
    let seen = change(Expected::ModifiedAt(first.modified));
    let second = set_at(&db, &platform, &seen, NOW).unwrap();
    assert_eq!(set_at(&db, &platform, &seen, NOW), late);
    assert_eq!(db.run(|conn| list(conn, platform.no)), [second]);
}

#[test]
fn the_three_newest_webhook_secrets_are_kept_and_each_can_be_removed() {
    let db = TestDb::new();
    let (platform, other) = (db.platform("One"), db.platform("Other"));
    let add = |n: i64| {
        let change = read(None, None, Some(&format!("whsec_number{n}"))).unwrap();
        set_at(&db, &platform, &change, NOW.plus_ms(n)).unwrap()
    };
    let integration = [1, 2, 3, 4, 4].map(add)[0].clone();
    let kept = || webhook_secrets_of(&db, &platform, &integration);
    assert_eq!(kept(), ["whsec_number4", "whsec_number3", "whsec_number2"]);

    let shown = db.run(|conn| webhook_secrets::list(conn, platform.no, integration.id.into()));
    assert_eq!(shown[1].last4, "ber3");
    assert_eq!(db.run(|conn| webhook_secrets::list(conn, other.no, integration.id.into())), []);
    let mut change = read(None, None, Some("whsec_number5")).unwrap();
    change.remove_webhook_secrets = vec![shown[1].id, shown[2].id];
    set_at(&db, &platform, &change, NOW.plus_ms(9)).unwrap();
    assert_eq!(kept(), ["whsec_number5", "whsec_number4"]);
}

#[test]
fn the_view_counts_connections_by_status_and_shows_what_was_never_set() {
    let db = TestDb::new();
    let (platform, other) = (db.platform("One"), db.platform("Other"));
    let view = |platform: &Platform| db.run(|conn| view_integration(conn, platform.no, KEY));
    let (webhook_secrets, connections) = (Vec::new(), BTreeMap::new());
    let nothing = IntegrationView { key: KEY, integration: None, webhook_secrets, connections };
    assert_eq!(view(&platform), nothing);
    let (company, _) = db.linked(&platform, "acct_1");
    let integration = set_at(&db, &platform, &read(None, None, Some("whsec_1")).unwrap(), NOW).unwrap();
    db.connection(&company, &integration);
    db.connection(&company, &integration);
    db.linked(&other, "acct_1");
    let seen = view(&platform);
    assert_eq!(seen.integration, Some(integration));
    assert_eq!(seen.webhook_secrets.len(), 1);
    let counts = [ConnectionStatus::PendingAuth, ConnectionStatus::Linked, ConnectionStatus::Unlinked];
    assert_eq!(counts.map(|status| seen.connections_with(status)), [2, 1, 0]);
}

#[test]
fn the_database_refuses_a_part_of_the_oauth_credentials() {
    let db = TestDb::new();
    let integration = db.integration(&db.platform("One"), SyncMode::OneOff);
    for column in ["client_id", "secret_key_sealed", "secret_key_masked"] {
        let clear = format!("UPDATE integrations SET {column} = NULL");
        let refused = db.db.write_blocking(|conn| Ok(diesel::sql_query(&clear).execute(conn)?));
        assert!(refused.is_err(), "{column}");
    }
    assert_eq!(db.run(|conn| find(conn, integration.platform_no, integration.id)), Some(integration));
}

#[test]
fn e11_a_change_of_mode_or_switch_holds_for_existing_connections_at_once() {
    use crate::datasets::{self, Finish};
    use crate::use_cases::queue_due;
    use tributary_core::DataType;
    use tributary_core::state::DatasetStatus;
    let db = TestDb::new();
    let platform = db.platform("One");
    let (_, connection) = db.linked(&platform, "acct_1");
    let set = |sync_mode: Option<SyncMode>, switch: Option<Switch>| {
        let change = IntegrationChange { sync_mode, switch, ..IntegrationChange::of(KEY) };
        set_at(&db, &platform, &change, NOW).unwrap();
    };
    for dataset in db.run(|conn| datasets::waiting(conn, connection.no)) {
        let (status, none) = (DatasetStatus::Complete, Vec::new());
        let how = Finish {
            status,
            error_message: None,
            errors: none.clone(),
            warnings: none,
            records_modified: false,
        };
        db.run(|conn| datasets::finish(conn, connection.no, dataset.id, how.clone(), NOW));
    }
    let day_later = NOW.plus_ms(86_400_000);
    let due = || db.run(|conn| queue_due(conn, day_later, &Default::default(), 100)).queued;
    set(Some(SyncMode::OneOff), None);
    assert_eq!(due(), 0);
    set(Some(SyncMode::Continuous), Some(Switch::Off));
    assert_eq!(due(), 0);
    set(None, Some(Switch::On));
    assert_eq!(due(), DataType::ALL.len() as u64, "what was pulled under another mode is pulled from now on");
}

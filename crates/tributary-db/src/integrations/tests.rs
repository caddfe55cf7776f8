//! What setting an integration stores, keeps and refuses.

use super::*;
use crate::test_db::{NOW, TestDb, test_integration};

fn oauth(client_id: &str, secret_key: &str) -> SetOauth {
    SetOauth { client_id: client_id.to_owned(), secret_key: StripeKey::parse(secret_key).unwrap() }
}

fn key_of(db: &TestDb, integration: &Integration) -> Option<String> {
    let oauth = integration.oauth.as_ref()?;
    Some(db.run(|conn| secret_key(conn, &db.vault, integration, oauth)).expose().to_owned())
}

#[test]
fn setting_an_integration_again_keeps_its_id_and_replaces_the_rest() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let first = db.integration(&one, SyncMode::OneOff);
    let elsewhere = db.integration(&other, SyncMode::OneOff);
    let mut new = test_integration(SyncMode::Continuous);
    new.oauth = Some(oauth("ca_second", "sk_test_second_key"));
    new.enabled = false;
    let later = NOW.plus_ms(1000);
    let second = db.run(|conn| set(conn, &db.vault, &one, new.clone(), later)).unwrap();
    assert_eq!((second.id, second.created, second.modified), (first.id, NOW, later));
    assert_eq!((second.sync_mode, second.enabled), (SyncMode::Continuous, false));
    let shown = second.oauth.as_ref().map(|oauth| (&*oauth.client_id, &*oauth.secret_key_masked));
    assert_eq!(shown, Some(("ca_second", "sk_test_…_key")));
    assert_eq!(key_of(&db, &second).as_deref(), Some("sk_test_second_key"));
    assert_eq!(key_of(&db, &elsewhere).as_deref(), Some("sk_test_canary_of_the_platform"));
    assert_eq!(db.run(|conn| list(conn, one.no)), [second]);
    assert_eq!(db.run(|conn| find(conn, other.no, first.id)), None, "another platform's integration");
}

#[test]
fn unusable_credentials_are_refused_and_change_nothing() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let good = test_integration(SyncMode::OneOff);
    let with = |client_id: &str, secret_key: &str| SetIntegration {
        oauth: Some(oauth(client_id, secret_key)),
        ..good.clone()
    };
    let wrong_mode = IntegrationError::KeyMode { key: PlatformKey::StripeTest, given: Mode::Live };
    let hook = |text: &str| Some(Secret::new(text));
    let cases = [
        (with("acct_1", "sk_test_1"), IntegrationError::ClientId),
        (with("ca_1", "rk_test_1"), IntegrationError::KeyKind),
        (with("ca_1", "sk_live_1"), wrong_mode),
        (SetIntegration { webhook_secret: hook("whsec_"), ..good.clone() }, IntegrationError::WebhookSecret),
        (
            SetIntegration { webhook_secret: hook("sk_test_1"), ..good.clone() },
            IntegrationError::WebhookSecret,
        ),
    ];
    for (new, expected) in cases {
        let result = db.run(|conn| set(conn, &db.vault, &platform, new.clone(), NOW));
        assert_eq!(result, Err(expected));
    }
    assert_eq!(db.run(|conn| list(conn, platform.no)), []);
}

#[test]
fn an_integration_needs_no_oauth_credentials_and_may_get_them_later() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let set = |oauth: Option<SetOauth>| {
        let new = SetIntegration { oauth, ..test_integration(SyncMode::OneOff) };
        db.run(|conn| set(conn, &db.vault, &platform, new.clone(), NOW)).unwrap()
    };
    let first = set(None);
    assert!(first.enabled && first.oauth.is_none() && first.oauth_on_offer().is_none());
    let later = set(Some(oauth("ca_1", "sk_test_1")));
    assert_eq!((later.id, key_of(&db, &later).as_deref()), (first.id, Some("sk_test_1")));
    assert_eq!(later.oauth_on_offer(), later.oauth.as_ref());
}

#[test]
fn oauth_credentials_stay_where_only_the_rest_is_set_again() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let first = db.integration(&platform, SyncMode::OneOff);
    let new = SetIntegration { oauth: None, enabled: false, ..test_integration(SyncMode::Continuous) };
    let second = db.run(|conn| set(conn, &db.vault, &platform, new.clone(), NOW)).unwrap();
    assert_eq!((second.sync_mode, second.enabled), (SyncMode::Continuous, false));
    assert_eq!(second.oauth, first.oauth);
    assert_eq!(key_of(&db, &second).as_deref(), Some("sk_test_canary_of_the_platform"));
    assert_eq!(second.oauth_on_offer(), None, "it is switched off");
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
fn the_three_newest_webhook_secrets_are_kept() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let add = |n: i64| {
        let webhook_secret = Some(Secret::new(format!("whsec_{n}")));
        let new = SetIntegration { webhook_secret, ..test_integration(SyncMode::OneOff) };
        db.run(|conn| set(conn, &db.vault, &platform, new.clone(), NOW.plus_ms(n))).unwrap().id
    };
    let id = [1, 2, 3, 4, 4].map(add)[0];
    let kept = db.run(|conn| webhook_secrets::list(conn, &db.vault, &platform, id));
    let kept: Vec<_> = kept.iter().map(Secret::expose).collect();
    assert_eq!(kept, ["whsec_4", "whsec_3", "whsec_2"]);
}

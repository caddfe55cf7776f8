use super::*;
use crate::test_db::{NOW, TestDb};
use std::collections::BTreeMap;

fn request(url: &str) -> ConsumerRequest {
    ConsumerRequest {
        url: url.to_owned(),
        disabled: false,
        event_types: vec!["read.completed".to_owned()],
        company_tags: vec!["region:uk".to_owned()],
    }
}

fn make(db: &TestDb, platform: &Platform) -> (Consumer, Secret) {
    db.run(|conn| create(conn, &db.vault, platform, request("https://example.com/"), NOW)).unwrap()
}

#[test]
fn a_consumer_is_its_platforms_alone() {
    let db = TestDb::new();
    let (one, other) = (db.platform("One"), db.platform("Other"));
    let (consumer, shown) = make(&db, &one);
    assert_eq!(db.run(|conn| list(conn, one.no)), vec![consumer.clone()]);
    assert_eq!(db.run(|conn| list(conn, other.no)), vec![]);
    assert_eq!(db.run(|conn| find(conn, other.no, consumer.id)), None);
    assert!(db.run(|conn| secret(conn, &db.vault, &other, consumer.id)).is_none());
    assert!(db.run(|conn| rotate(conn, &db.vault, &other, consumer.id, NOW)).is_none());
    assert!(db.run(|conn| headers(conn, &db.vault, &other, consumer.id)).is_none());
    let nothing = BTreeMap::new();
    assert!(!db.run(|conn| set_headers(conn, &db.vault, &other, consumer.id, &nothing, NOW)));
    let any = ConsumerChange { disabled: Some(true), ..ConsumerChange::default() };
    assert!(db.run(|conn| change(conn, other.no, consumer.id, &any, NOW)).is_none());
    assert!(!db.run(|conn| delete(conn, other.no, consumer.id, NOW)));
    let opened = db.run(|conn| secret(conn, &db.vault, &one, consumer.id)).unwrap();
    assert_eq!(opened.expose(), shown.expose());
    assert!(shown.expose().starts_with("whsec_"));
    assert!(db.run(|conn| delete(conn, one.no, consumer.id, NOW)));
    assert!(!db.run(|conn| delete(conn, one.no, consumer.id, NOW)));
}

#[test]
fn a_platform_has_at_most_fifty() {
    let db = TestDb::new();
    let platform = db.platform("One");
    for _ in 0..CONSUMERS_MAX {
        make(&db, &platform);
    }
    let refused = db.run(|conn| create(conn, &db.vault, &platform, request("https://example.com/"), NOW));
    assert_eq!(refused.err(), Some(TooManyConsumers));
    make(&db, &db.platform("Other"));
}

#[test]
fn a_rotated_secret_signs_for_a_day_more() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (consumer, first) = make(&db, &platform);
    let later = NOW.plus_ms(5);
    let (second, until) = db.run(|conn| rotate(conn, &db.vault, &platform, consumer.id, later)).unwrap();
    assert_eq!(until, later.plus_ms(OVERLAP_MS));
    assert_ne!(first.expose(), second.expose());
    let opened = db.run(|conn| secret(conn, &db.vault, &platform, consumer.id)).unwrap();
    assert_eq!(opened.expose(), second.expose());
    let stored = db.run(|conn| find(conn, platform.no, consumer.id)).unwrap();
    assert_eq!((stored.previous_until, stored.modified), (Some(until), later));
}

#[test]
fn headers_are_kept_sealed_and_shown_by_name() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (consumer, _) = make(&db, &platform);
    let shown = || db.run(|conn| headers(conn, &db.vault, &platform, consumer.id)).unwrap();
    assert_eq!(shown(), Vec::<String>::new());
    let given = BTreeMap::from([("authorization".to_owned(), Secret::new("Bearer canary"))]);
    assert!(db.run(|conn| set_headers(conn, &db.vault, &platform, consumer.id, &given, NOW)));
    assert_eq!(shown(), ["authorization"]);
    let sealed: Option<Vec<u8>> =
        db.run(|conn| Ok(consumers::table.select(consumers::headers_sealed).first(conn)?));
    assert!(!sealed.unwrap().windows(6).any(|window| window == b"canary"));
    assert!(db.run(|conn| set_headers(conn, &db.vault, &platform, consumer.id, &BTreeMap::new(), NOW)));
    assert_eq!(shown(), Vec::<String>::new());
}

#[test]
fn a_change_touches_what_it_names_and_enabling_starts_anew() {
    let db = TestDb::new();
    let platform = db.platform("One");
    let (consumer, _) = make(&db, &platform);
    let with =
        |what: ConsumerChange| db.run(|conn| change(conn, platform.no, consumer.id, &what, NOW)).unwrap();
    let switch = |disabled| ConsumerChange { disabled: Some(disabled), ..ConsumerChange::default() };
    assert_eq!(with(ConsumerChange::default()), consumer);
    assert_eq!(with(switch(true)).disabled, Some(DisabledReason::Manual));
    db.run(|conn| {
        let failing =
            (consumers::failing_since_ms.eq(Some(5_i64)), consumers::disabled_reason.eq(Some("failing")));
        Ok(diesel::update(consumers::table).set(failing).execute(conn)?)
    });
    let disabled = with(switch(true));
    assert_eq!((disabled.disabled, disabled.failing_since), (Some(DisabledReason::Failing), Some(Millis(5))));
    let moved = ConsumerChange { url: Some("https://new.example/".to_owned()), ..switch(false) };
    assert_eq!(with(moved), Consumer { url: "https://new.example/".to_owned(), ..consumer.clone() });
}

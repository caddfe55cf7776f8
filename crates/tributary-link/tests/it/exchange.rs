//! What Stripe says to a code, and what becomes of it.

use crate::support::*;
use futures::FutureExt;
use std::time::Duration;
use tributary_core::ids::AccountId;
use tributary_core::state::{ConnectionStatus, DatasetStatus};
use tributary_core::{DataType, PlatformKey};
use tributary_db::{credentials, datasets};

#[actix_web::test]
async fn a_consent_links_the_connection_and_queues_its_data() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    assert_eq!(started.authorize.path(), "/oauth/authorize");
    let sent: Vec<_> = started.authorize.query_pairs().collect();
    for (name, value) in [
        ("client_id", "ca_test"),
        ("response_type", "code"),
        ("scope", "read_only"),
        ("redirect_uri", "http://127.0.0.1:7612/oauth/callback"),
    ] {
        assert!(sent.iter().any(|(n, v)| n == name && v == value), "{name}={value} in {sent:?}");
    }
    let response = callback(&app, &started.consent("ac_canary"), Some(&started.cookie)).await;
    assert_eq!(location(&response), path(world.company, connection.id, "done"));
    let body = world.stripe.last_exchange();
    assert!(body.contains("code=ac_canary") && body.contains("sk_test_platformcanary"), "{body}");

    let linked = world.reread(&connection);
    assert_eq!(
        (linked.status, linked.account_id),
        (ConnectionStatus::Linked, Some(AccountId("acct_1".to_owned())))
    );
    let vault = &world.state.vault;
    let token = world.write(|conn| {
        let credential = credentials::in_use(conn, connection.no)?.unwrap();
        assert_eq!(credential.scope.as_deref(), Some("read_only"));
        credentials::access_token(conn, vault, &connection, &credential)
    });
    assert_eq!(token.expose(), "sk_test_canary_acct_1");
    let waiting = world.write(|conn| datasets::waiting(conn, connection.no));
    assert_eq!(waiting.len(), DataType::ALL.len());
    assert!(waiting.iter().all(|dataset| dataset.status == DatasetStatus::Queued));
    assert!(world.wake.notified().now_or_never().is_some(), "the worker is woken");
    let page = follow(&app, &response, &started.cookie).await;
    assert!(page.contains("Your Stripe account is connected") && page.contains("acct_1"), "{page}");
    assert!(!page.contains("canary"));
}

#[actix_web::test]
async fn every_refusal_of_the_exchange_is_stored_shown_and_never_repeated() {
    let world = World::new().await;
    let app = link(&world).await;
    let cases = [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Authorization code expired: ac_canary1"}"#,
            "400",
            "Stripe&#39;s confirmation was not valid any more",
        ),
        (400, r#"{"error":"invalid_request","error_description":"x"}"#, "400", "Stripe didn&#39;t complete"),
        (
            400,
            r#"{"error":"unsupported_grant_type","error_description":"x"}"#,
            "400",
            "Stripe didn&#39;t complete",
        ),
        (400, r#"{"error":"invalid_scope","error_description":"x"}"#, "400", "didn&#39;t offer this kind"),
        (401, r#"{"error":"invalid_client","error_description":"x"}"#, "400", "Stripe didn&#39;t complete"),
        (
            401,
            r#"{"error":{"message":"Invalid API Key provided: sk_test_platformcanary","type":"invalid_request_error"}}"#,
            "401",
            "Stripe didn&#39;t complete",
        ),
        (500, "{}", "502", "Stripe&#39;s answer didn&#39;t arrive"),
        (200, "{\"access_token\":\"sk_test_canary", "502", "Stripe&#39;s answer didn&#39;t arrive"),
        (200, "{}", "502", "Stripe&#39;s answer didn&#39;t arrive"),
        (302, "", "502", "Stripe&#39;s answer didn&#39;t arrive"),
    ];
    for (n, (status, body, code, heading)) in cases.into_iter().enumerate() {
        world.stripe.answers(status, body);
        let connection = world.connection();
        let started = start(&app, &connection, None).await;
        let response = callback(&app, &started.consent("ac_canary"), Some(&started.cookie)).await;
        let page = follow(&app, &response, &started.cookie).await;
        assert!(page.contains(heading), "{body}: {page}");
        let again = callback(&app, &started.consent("ac_canary"), Some(&started.cookie)).await;
        assert_eq!(location(&again), location(&response));
        assert_eq!(world.stripe.exchanges(), n + 1, "{body}");
        let stored = world.reread(&connection);
        assert_eq!(stored.status, ConnectionStatus::PendingAuth);
        assert_eq!(stored.errors.len(), 1, "{body}");
        assert_eq!(stored.errors[0].status_code, code, "{body}");
        assert!(!format!("{:?}{page}", stored.errors).contains("canary"), "{body}: {:?}", stored.errors);
    }
}

#[actix_web::test]
async fn a_stripe_that_cannot_be_reached_is_said() {
    let mut world = World::new().await;
    let nowhere: url::Url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap()).parse().unwrap()
    };
    let settings = tributary_stripe::StripeSettings::at(nowhere.clone(), nowhere);
    world.state.stripe = tributary_stripe::Client::new(settings, world.state.clock.clone()).unwrap();
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    let response = callback(&app, &started.consent("ac_1"), Some(&started.cookie)).await;
    assert!(follow(&app, &response, &started.cookie).await.contains("Stripe isn&#39;t answering right now"));
    assert_eq!(world.reread(&connection).errors[0].status_code, "503");
}

#[actix_web::test]
async fn a04_tokens_of_the_other_mode_are_refused_and_let_go() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    world.stripe.grants("acct_1", true, "read_only");
    let response = callback(&app, &started.consent("ac_1"), Some(&started.cookie)).await;
    assert!(follow(&app, &response, &started.cookie).await.contains("of the wrong kind"));
    assert_eq!(world.reread(&connection).status, ConnectionStatus::PendingAuth);
    assert!(world.write(|conn| credentials::in_use(conn, connection.no)).is_none());
    assert_eq!(world.revoked().as_deref(), Some("acct_1"));
}

#[actix_web::test]
async fn a08_more_or_less_access_than_asked_for_is_refused_and_let_go() {
    let world = World::new().await;
    let app = link(&world).await;
    let bodies = [
        token_body("acct_1", false, "read_write"),
        token_body("acct_1", false, ""),
        token_body("acct_1", false, "read_only").replace(r#","scope":"read_only""#, ""),
    ];
    for body in bodies {
        world.stripe.answers(200, body);
        let connection = world.connection();
        let started = start(&app, &connection, None).await;
        let response = callback(&app, &started.consent("ac_1"), Some(&started.cookie)).await;
        assert!(follow(&app, &response, &started.cookie).await.contains("another kind of access"));
        let stored = world.reread(&connection);
        assert_eq!((stored.status, stored.account_id), (ConnectionStatus::PendingAuth, None));
        assert_eq!((world.revoked().as_deref(), world.revoked()), (Some("acct_1"), None));
    }
}

#[actix_web::test]
async fn a07_another_account_on_reconnect_changes_nothing() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    callback(&app, &started.consent("ac_1"), Some(&started.cookie)).await;
    let before = world.write(|conn| credentials::in_use(conn, connection.no)).unwrap();

    world.state.clock.advance(Duration::from_secs(60));
    let started = start(&app, &connection, Some(&started.cookie)).await;
    world.stripe.grants("acct_2", false, "read_only");
    let response = callback(&app, &started.consent("ac_2"), Some(&started.cookie)).await;
    assert!(follow(&app, &response, &started.cookie).await.contains("You authorised another Stripe account"));
    let after = world.reread(&connection);
    assert_eq!(
        (after.status, after.account_id),
        (ConnectionStatus::Linked, Some(AccountId("acct_1".to_owned())))
    );
    assert_eq!(after.errors.last().unwrap().status_code, "409");
    assert_eq!(world.write(|conn| credentials::in_use(conn, connection.no)).unwrap(), before);
    assert_eq!((world.revoked().as_deref(), world.revoked()), (Some("acct_2"), None));

    // The right one puts it right.
    world.state.clock.advance(Duration::from_secs(60));
    let started = start(&app, &connection, Some(&started.cookie)).await;
    world.stripe.grants("acct_1", false, "read_only");
    let response = callback(&app, &started.consent("ac_3"), Some(&started.cookie)).await;
    assert!(follow(&app, &response, &started.cookie).await.contains("Your Stripe account is connected"));
    let after = world.reread(&connection);
    assert!(after.errors.iter().all(|error| error.resolved_on.is_some()));
    assert_ne!(world.write(|conn| credentials::in_use(conn, connection.no)).unwrap().id, before.id);
}

#[actix_web::test]
async fn e15_an_account_that_another_connection_reads_stays_connected_at_stripe() {
    let world = World::new().await;
    let app = link(&world).await;
    let (first, second) = (world.connection(), world.connection());
    for (connection, account) in [(&first, "acct_1"), (&second, "acct_2")] {
        world.stripe.grants(account, false, "read_only");
        let started = start(&app, connection, None).await;
        callback(&app, &started.consent("ac_1"), Some(&started.cookie)).await;
    }
    let started = start(&app, &second, None).await;
    world.stripe.grants("acct_1", false, "read_only");
    callback(&app, &started.consent("ac_2"), Some(&started.cookie)).await;
    assert_eq!(world.reread(&second).account_id, Some(AccountId("acct_2".to_owned())));
    assert_eq!(world.revoked(), None);
}

#[actix_web::test]
async fn e15_what_a_deleted_connection_would_have_got_is_let_go() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    world.stripe.close();
    let query = started.consent("ac_1");
    let (response, ()) = futures::join!(callback(&app, &query, Some(&started.cookie)), async {
        while world.stripe.exchanges() == 0 {
            tokio::task::yield_now().await;
        }
        world.delete(&connection);
        assert_eq!(world.revoked(), None, "a code is being exchanged");
        world.stripe.open();
    });
    assert_eq!(location(&response), path(world.company, connection.id, "done"));
    assert_eq!((world.revoked().as_deref(), world.revoked()), (Some("acct_1"), None));
}

#[actix_web::test]
async fn an_integration_switched_off_meanwhile_exchanges_nothing() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    world.set_integration(&world.platform, PlatformKey::StripeTest, false);
    let response = callback(&app, &started.consent("ac_1"), Some(&started.cookie)).await;
    assert!(follow(&app, &response, &started.cookie).await.contains("Connecting is switched off"));
    assert_eq!(world.stripe.exchanges(), 0);
    assert_eq!(world.reread(&connection).errors[0].status_code, "409");
}

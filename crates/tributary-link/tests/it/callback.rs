//! What comes back from Stripe, or pretends to: nothing but the right answer in the right browser, once, is
//! ever exchanged.

use crate::support::*;
use diesel::RunQueryDsl;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::time::Duration;
use tributary_core::PlatformKey;
use tributary_core::state::ConnectionStatus;
use tributary_db::platforms;

#[actix_web::test]
async fn a01_an_answer_that_does_not_belong_to_the_browser_exchanges_nothing() {
    let world = World::new().await;
    let app = link(&world).await;
    let other_platform = world.write(|conn| platforms::create(conn, "Other", NOW)).unwrap();
    world.set_integration(&other_platform, PlatformKey::StripeTest, true);
    world.set_integration(&world.platform, PlatformKey::Stripe, true);
    let mine = world.connection();
    let foreign = [
        ("another company's", {
            let company = world.add_company(&world.platform, "Bolt");
            world.add_connection(&world.platform, company, PlatformKey::StripeTest)
        }),
        ("another integration's, of the other mode", {
            world.add_connection(&world.platform, world.company, PlatformKey::Stripe)
        }),
        ("another tenant's", {
            let company = world.add_company(&other_platform, "Acme");
            world.add_connection(&other_platform, company, PlatformKey::StripeTest)
        }),
        ("another browser's", world.connection()),
    ];
    let started = start(&app, &mine, None).await;
    let (state, cookie) = (started.state.clone(), started.cookie.clone());
    let flipped = {
        let last = if state.ends_with('A') { 'B' } else { 'A' };
        format!("{}{last}", &state[..42])
    };
    let elsewhere = start(&app, &mine, None).await;
    let mut mutations = vec![
        ("missing".to_owned(), "code=ac_1".to_owned(), Some(cookie.clone())),
        ("empty".to_owned(), "code=ac_1&state=".to_owned(), Some(cookie.clone())),
        ("repeated".to_owned(), format!("code=ac_1&state={state}&state={state}"), Some(cookie.clone())),
        ("truncated".to_owned(), format!("code=ac_1&state={}", &state[..42]), Some(cookie.clone())),
        ("flipped".to_owned(), format!("code=ac_1&state={flipped}"), Some(cookie.clone())),
        ("oversized".to_owned(), format!("code=ac_1&state={state}{state}"), Some(cookie.clone())),
        ("without cookie".to_owned(), format!("code=ac_1&state={state}"), None),
        ("with a malformed cookie".to_owned(), format!("code=ac_1&state={state}"), Some("x".to_owned())),
        ("with a swapped cookie".to_owned(), format!("code=ac_1&state={state}"), Some(elsewhere.cookie)),
        ("without code".to_owned(), format!("state={state}"), Some(cookie.clone())),
        ("with code and error".to_owned(), format!("code=a&error=b&state={state}"), Some(cookie.clone())),
    ];
    for (whose, connection) in &foreign {
        let theirs = start(&app, connection, None).await;
        mutations.push(((*whose).to_owned(), theirs.consent("ac_1"), Some(cookie.clone())));
    }
    let mut pages = Vec::new();
    for (name, query, cookie) in mutations {
        let response = callback(&app, &query, cookie.as_deref()).await;
        assert_eq!(response.status(), 400, "{name}");
        pages.push(text(response).await);
    }
    assert!(pages.iter().all(|page| page == &pages[0]), "one page for all, so that none can be told apart");
    assert!(!pages[0].contains(&state) && !pages[0].contains("ac_1"));
    assert_eq!(world.stripe.exchanges(), 0);
    for connection in foreign.iter().map(|(_, connection)| connection).chain([&mine]) {
        let connection = world.reread(connection);
        assert_eq!(connection.status, ConnectionStatus::PendingAuth);
        assert!(connection.errors.is_empty());
    }
    // None of them used the state up.
    let response = callback(&app, &started.consent("ac_1"), Some(&cookie)).await;
    assert_eq!(location(&response), path(world.company, mine.id, "done"));
    assert_eq!(world.reread(&mine).status, ConnectionStatus::Linked);
}

#[actix_web::test]
async fn a03_fifty_copies_of_one_callback_make_one_exchange() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    world.stripe.close();
    let query = started.consent("ac_1");
    let mut copies: FuturesUnordered<_> =
        (0..50).map(|_| callback(&app, &query, Some(&started.cookie))).collect();
    for _ in 0..49 {
        let response = copies.next().await.unwrap();
        assert_eq!(response.status(), 202);
        assert!(text(response).await.contains(&path(world.company, connection.id, "done")));
    }
    world.stripe.open();
    let last = copies.next().await.unwrap();
    assert_eq!((last.status().as_u16(), location(&last)), (303, path(world.company, connection.id, "done")));
    assert_eq!(world.stripe.exchanges(), 1);
    // A reload afterwards shows how it ended.
    let again = callback(&app, &query, Some(&started.cookie)).await;
    assert_eq!(location(&again), path(world.company, connection.id, "done"));
    assert!(follow(&app, &again, &started.cookie).await.contains("Your Stripe account is connected"));
    assert_eq!(world.stripe.exchanges(), 1);
}

#[actix_web::test]
async fn a03_a_browser_that_goes_away_does_not_cut_the_exchange_short() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    world.stripe.close();
    let query = started.consent("ac_1");
    let mut request = Box::pin(callback(&app, &query, Some(&started.cookie)));
    while world.stripe.exchanges() == 0 {
        let waited = futures::future::select(&mut request, Box::pin(tokio::task::yield_now())).await;
        assert!(matches!(waited, futures::future::Either::Right(_)), "the exchange is held back");
    }
    drop(request);
    world.stripe.open();
    let woken = tokio::time::timeout(Duration::from_secs(20), world.wake.notified()).await;
    assert!(woken.is_ok(), "the worker is told that the connection was linked");
    assert_eq!(world.reread(&connection).status, ConnectionStatus::Linked);
}

/// States live by the database's clock, which no test can move: they are made older instead.
fn an_hour_passes(world: &World) {
    let older =
        "UPDATE oauth_states SET created_ms = created_ms - 3601000, expires_ms = expires_ms - 3601000";
    world.state.db.write_blocking(|conn| Ok(diesel::sql_query(older).execute(conn)?)).unwrap();
}

#[actix_web::test]
async fn i10_an_answer_after_an_hour_starts_anew_without_an_exchange() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    an_hour_passes(&world);
    let stranger = callback(&app, &started.consent("ac_1"), None).await;
    assert_eq!(stranger.status(), 400);
    let response = callback(&app, &started.consent("ac_1"), Some(&started.cookie)).await;
    assert_eq!(
        (response.status().as_u16(), location(&response)),
        (303, path(world.company, connection.id, "start"))
    );
    assert_eq!(world.stripe.exchanges(), 0);
    let anew = start(&app, &connection, Some(&started.cookie)).await;
    assert_ne!(anew.state, started.state);
    let response = callback(&app, &anew.consent("ac_2"), Some(&anew.cookie)).await;
    assert!(follow(&app, &response, &anew.cookie).await.contains("Your Stripe account is connected"));
    assert_eq!(world.stripe.exchanges(), 1);
}

#[actix_web::test]
async fn an_answer_for_a_connection_that_was_deleted_exchanges_nothing_and_holds_nothing_up() {
    let world = World::new().await;
    let app = link(&world).await;
    let (gone, other) = (world.connection(), world.connection());
    let linked = start(&app, &other, None).await;
    callback(&app, &linked.consent("ac_1"), Some(&linked.cookie)).await;
    let started = start(&app, &gone, None).await;
    world.delete(&gone);
    assert_eq!(callback(&app, &started.consent("ac_2"), Some(&started.cookie)).await.status(), 400);
    assert_eq!(world.stripe.exchanges(), 1);
    world.delete(&other);
    assert_eq!(world.revoked().as_deref(), Some("acct_1"));
}

#[actix_web::test]
async fn an_answer_within_the_hour_is_taken() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    world.state.clock.advance(Duration::from_secs(3599));
    callback(&app, &started.consent("ac_1"), Some(&started.cookie)).await;
    assert_eq!(world.reread(&connection).status, ConnectionStatus::Linked);
}

#[actix_web::test]
async fn a_denial_is_stored_and_shown_and_leaves_the_connection_pending() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    let query = format!("error=access_denied&error_description=The%20user&state={}", started.state);
    let response = callback(&app, &query, Some(&started.cookie)).await;
    assert_eq!(location(&response), path(world.company, connection.id, "done"));
    let page = follow(&app, &response, &started.cookie).await;
    assert!(
        page.contains("You chose not to connect") && page.contains("Nothing was shared with Lender"),
        "{page}"
    );
    let stored = world.reread(&connection);
    assert_eq!(stored.status, ConnectionStatus::PendingAuth);
    assert_eq!(stored.errors.len(), 1);
    assert_eq!(
        (stored.errors[0].status_code.as_str(), stored.errors[0].error_message.as_str()),
        ("403", "User cancelled")
    );
    assert_eq!(world.stripe.exchanges(), 0);
    // The state is spent: a code that comes with it now is not exchanged.
    let injected = callback(&app, &started.consent("ac_1"), Some(&started.cookie)).await;
    assert!(follow(&app, &injected, &started.cookie).await.contains("You chose not to connect"));
    assert_eq!(world.stripe.exchanges(), 0);
}

#[actix_web::test]
async fn a11_what_an_error_says_is_never_repeated() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    for hostile in
        ["%3Cscript%3Ealert(1)%3C%2Fscript%3E", "javascript:alert(1)", "%22%3E%3Csvg%20onload%3D1%3E"]
    {
        let started = start(&app, &connection, None).await;
        let query = format!("error={hostile}&error_description={hostile}&state={}", started.state);
        let response = callback(&app, &query, Some(&started.cookie)).await;
        let page = follow(&app, &response, &started.cookie).await;
        assert!(page.contains("Stripe couldn&#39;t start the connection"), "{page}");
        assert!(!page.contains("alert") && !page.contains("<svg"), "{page}");
    }
    let errors = world.reread(&connection).errors;
    assert_eq!(errors.len(), 3);
    assert!(errors.iter().all(|error| !format!("{error:?}").contains("alert")));
}

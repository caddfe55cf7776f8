//! The pages: what they say, whom they refuse, and what every response carries.

use crate::support::*;
use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use tributary_core::ids::{AccountId, CompanyId, ConnectionId};
use tributary_core::state::CredentialKind;
use tributary_core::{Millis, PlatformKey, Secret};
use tributary_db::connection_errors::ConnectionError;
use tributary_db::credentials::NewCredential;
use tributary_db::use_cases::{deauthorize, link_connection};
use tributary_db::{Page, connections, credentials, oauth_states, platforms};

#[actix_web::test]
async fn a09_unknown_foreign_and_malformed_ids_get_one_answer() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let other = world.add_company(&world.platform, "Bolt");
    let mut pages = Vec::new();
    for uri in [
        path(world.company, ConnectionId::random(), "start"),
        path(CompanyId::random(), connection.id, "start"),
        path(other, connection.id, "start"),
        path(other, connection.id, "done"),
        "/companies/x/connections/y/start".to_owned(),
        format!("/company/{}", CompanyId::random()),
        "/company/x".to_owned(),
        "/assets/link.css".to_owned(),
        "/nowhere".to_owned(),
        "/".to_owned(),
    ] {
        let response = get(&app, &uri, None).await;
        assert_eq!(response.status(), 404, "{uri}");
        assert!(response.headers().get(header::SET_COOKIE).is_none());
        pages.push(text(response).await);
    }
    assert!(pages.iter().all(|page| page == &pages[0]));
}

#[actix_web::test]
async fn a91_every_response_carries_the_headers() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let stylesheet = {
        let page = text(get(&app, "/nowhere", None).await).await;
        let (_, rest) = page.split_once("rel=\"stylesheet\" href=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    for (uri, status) in [
        (path(world.company, connection.id, "start"), 303),
        (path(world.company, connection.id, "done"), 200),
        (format!("/company/{}", world.company), 200),
        (stylesheet.clone(), 200),
        ("/oauth/callback".to_owned(), 400),
        ("/nowhere".to_owned(), 404),
        (format!("/company/{}/connections", world.company), 405),
    ] {
        let response = get(&app, &uri, None).await;
        assert_eq!(response.status(), status, "{uri}");
        let value =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or("");
        let policy = value("content-security-policy");
        for part in ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{uri}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{uri}: {policy}");
        assert_eq!(value("x-content-type-options"), "nosniff");
        assert_eq!(value("referrer-policy"), "no-referrer");
        assert_eq!(value("cross-origin-resource-policy"), "same-origin");
        assert_eq!(value("strict-transport-security"), "", "plain http has none");
        let kept = if uri == stylesheet { "public, max-age=31536000, immutable" } else { "no-store" };
        assert_eq!(value("cache-control"), kept, "{uri}");
    }
    assert_eq!(world.stripe.exchanges(), 0);
}

#[actix_web::test]
async fn an_https_address_adds_hsts_and_a_host_cookie() {
    let mut world = World::new().await;
    world.state.public_url = "https://link.example".parse().unwrap();
    let app = link(&world).await;
    let connection = world.connection();
    let request = TestRequest::get()
        .uri(&path(world.company, connection.id, "start"))
        .insert_header(("host", "evil.example"))
        .insert_header(("x-forwarded-host", "evil.example"));
    let response = app.call(request).await;
    let cookie = response.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-tributary_link=") && cookie.contains("Secure"), "{cookie}");
    let hsts = response.headers().get("strict-transport-security").unwrap();
    assert_eq!(hsts, "max-age=31536000; includeSubDomains");
    let sent_to = location(&response);
    assert!(sent_to.contains("redirect_uri=https%3A%2F%2Flink.example%2Foauth%2Fcallback"), "{sent_to}");
    assert!(!sent_to.contains("evil"));
}

#[actix_web::test]
async fn one_browser_may_have_two_authorizations_going_on() {
    let world = World::new().await;
    let app = link(&world).await;
    let (first, second) = (world.connection(), world.connection());
    let one = start(&app, &first, None).await;
    let two = start(&app, &second, Some(&one.cookie)).await;
    assert_eq!(one.cookie, two.cookie);
    for started in [&one, &two] {
        let response = callback(&app, &started.consent("ac_1"), Some(&two.cookie)).await;
        assert!(follow(&app, &response, &two.cookie).await.contains("Your Stripe account is connected"));
    }
}

#[actix_web::test]
async fn a_switched_off_integration_starts_nothing() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    world.set_integration(&world.platform, PlatformKey::StripeTest, false);
    let response = get(&app, &path(world.company, connection.id, "start"), None).await;
    assert_eq!(response.status(), 409);
    assert!(text(response).await.contains("Connecting is switched off"));
    let page = text(get(&app, &format!("/company/{}", world.company), None).await).await;
    assert!(page.contains("switched on any connection yet") && !page.contains("<form"), "{page}");
}

#[actix_web::test]
async fn an_integration_without_oauth_credentials_starts_nothing_and_says_how_to_connect() {
    let world = World::new().await;
    let app = link(&world).await;
    let platform = world.write(|conn| platforms::create(conn, "Keys & Co", NOW)).unwrap();
    world.set_integration_for_keys(&platform, PlatformKey::StripeTest);
    let company = world.add_company(&platform, "Bolt");
    let connection = world.add_connection(&platform, company, PlatformKey::StripeTest);
    let response = get(&app, &path(company, connection.id, "start"), None).await;
    assert_eq!(response.status(), 409);
    assert!(response.headers().get(header::SET_COOKIE).is_none());
    let page = text(response).await;
    assert!(page.contains("connected with a key") && page.contains("Keys &#38; Co reads"), "{page}");
    assert_eq!(world.write(|conn| oauth_states::purge(conn, Millis(i64::MAX))), 0, "no state was stored");

    let page = text(get(&app, &path(company, connection.id, "done"), None).await).await;
    assert!(page.contains("once it has a restricted key") && !page.contains("/start"), "{page}");
    let page = text(get(&app, &format!("/company/{company}"), None).await).await;
    assert!(page.contains("Stripe Test is connected with a restricted key"), "{page}");
    assert!(!page.contains("<form") && !page.contains("sign in at Stripe"), "{page}");

    let request = TestRequest::post()
        .uri(&format!("/company/{company}/connections"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .set_form([("integration", "yzth")]);
    assert_eq!(app.call(request).await.status(), 409);
}

#[actix_web::test]
async fn each_integration_is_offered_the_way_it_takes() {
    let world = World::new().await;
    let app = link(&world).await;
    world.set_integration_for_keys(&world.platform, PlatformKey::Stripe);
    let page = text(get(&app, &format!("/company/{}", world.company), None).await).await;
    assert!(page.contains("Stripe is connected with a restricted key"), "{page}");
    assert_eq!(page.matches("<form").count(), 1, "{page}");
    assert!(page.contains("Connect Stripe Test") && page.contains("value=\"yzth\""), "{page}");
}

#[actix_web::test]
async fn a_lost_connection_is_not_to_be_authorised_anew_where_only_keys_are_taken() {
    let world = World::new().await;
    let app = link(&world).await;
    let platform = world.write(|conn| platforms::create(conn, "Keys & Co", NOW)).unwrap();
    world.set_integration_for_keys(&platform, PlatformKey::StripeTest);
    let company = world.add_company(&platform, "Bolt");
    let connection = world.add_connection(&platform, company, PlatformKey::StripeTest);
    let key = NewCredential {
        kind: CredentialKind::RestrictedKey,
        access_token: Secret::new("rk_test_canary"),
        refresh_token: None,
        scope: None,
        account_id: AccountId("acct_1".to_owned()),
        masked: None,
        expires: None,
    };
    let revoked = ConnectionError {
        status_code: "401".to_owned(),
        status_text: "revoked".to_owned(),
        error_message: "revoked".to_owned(),
        errored_on: NOW,
        resolved_on: None,
    };
    let vault = &world.state.vault;
    let was_lost = world.write(|conn| {
        link_connection(conn, vault, &world.state.urls, &connection, key.clone(), NOW)?.unwrap();
        let in_use = credentials::in_use(conn, connection.no)?.unwrap();
        deauthorize(conn, &world.state.urls, connection.no, in_use.id, revoked.clone(), NOW)
    });
    assert!(was_lost);
    let page = text(get(&app, &format!("/company/{company}"), None).await).await;
    assert!(page.contains("Access ended at Stripe") && !page.contains("Reconnect"), "{page}");
}

#[actix_web::test]
async fn a_companys_page_says_who_asks_for_what_and_lets_names_do_no_harm() {
    let world = World::new().await;
    let app = link(&world).await;
    let response = get(&app, &format!("/company/{}", world.company), None).await;
    let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap().to_owned();
    let stripe = start(&app, &world.connection(), None).await.authorize.origin().ascii_serialization();
    assert!(policy.contains(&format!("form-action 'self' {stripe}")), "{policy}");
    let page = text(response).await;
    assert!(page.contains("Lender &#38; Co asks for your sales data"), "{page}");
    assert!(page.contains("Acme &#60;Bikes&#62;") && !page.contains("<Bikes>"), "{page}");
    assert!(page.contains("Connect Stripe Test"));
    assert!(!page.contains("style=") && !page.contains("<script"));
}

#[actix_web::test]
async fn connecting_makes_a_connection_once_and_leads_to_its_start() {
    let world = World::new().await;
    let app = link(&world).await;
    let post = |site: &'static str, body: &str| {
        TestRequest::with_uri(&format!("/company/{}/connections", world.company))
            .method(Method::POST)
            .insert_header(("sec-fetch-site", site))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(body.to_owned())
    };
    let count = || {
        let page = Page { offset: 0, limit: 10 };
        world.write(|conn| connections::list(conn, world.platform.no, world.company, page)).1
    };
    let first = app.call(post("same-origin", "integration=yzth")).await;
    assert_eq!(first.status(), 303);
    let again = app.call(post("same-origin", "integration=yzth")).await;
    assert_eq!(location(&again), location(&first));
    assert_eq!(get(&app, &location(&first), None).await.status(), 303);
    assert_eq!(count(), 1);
    let huge = format!("integration={}", "x".repeat(5000));
    for (site, body, status) in [
        ("cross-site", "integration=yzth", 403),
        ("same-site", "integration=yzth", 403),
        ("none", "integration=yzth", 403),
        ("same-origin", "integration=nope", 400),
        ("same-origin", "", 400),
        ("same-origin", "integration=exgd", 409),
        ("same-origin", &huge, 413),
    ] {
        assert_eq!(app.call(post(site, body)).await.status(), status, "{site} {status}");
    }
    assert_eq!(count(), 1);
}

#[actix_web::test]
async fn a_form_of_a_browser_that_names_its_origin_must_name_ours() {
    let world = World::new().await;
    let app = link(&world).await;
    for (origin, status) in
        [(Some(PUBLIC_URL), 303), (Some("null"), 403), (Some("https://a.example"), 403), (None, 403)]
    {
        let mut request = TestRequest::post()
            .uri(&format!("/company/{}/connections", world.company))
            .set_form([("integration", "yzth")]);
        if let Some(origin) = origin {
            request = request.insert_header(("origin", origin));
        }
        assert_eq!(app.call(request).await.status(), status, "{origin:?}");
    }
}

#[actix_web::test]
async fn other_methods_are_told_which_ones_there_are() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let start = path(world.company, connection.id, "start");
    for (method, uri, allowed) in [
        (Method::HEAD, start.as_str(), "GET"),
        (Method::POST, start.as_str(), "GET"),
        (Method::HEAD, "/oauth/callback", "GET"),
        (Method::DELETE, &format!("/company/{}", world.company), "GET, HEAD"),
    ] {
        let response = app.call(TestRequest::with_uri(uri).method(method)).await;
        assert_eq!(response.status(), 405, "{uri}");
        assert_eq!(response.headers().get(header::ALLOW).unwrap(), allowed);
    }
}

#[actix_web::test]
async fn the_outcome_is_for_the_browser_that_made_it() {
    let world = World::new().await;
    let app = link(&world).await;
    let connection = world.connection();
    let started = start(&app, &connection, None).await;
    let query = format!("error=access_denied&state={}", started.state);
    let response = callback(&app, &query, Some(&started.cookie)).await;
    assert!(follow(&app, &response, &started.cookie).await.contains("You chose not to connect"));
    let stranger = text(get(&app, &location(&response), None).await).await;
    assert!(stranger.contains("isn&#39;t connected yet") && !stranger.contains("You chose"), "{stranger}");
}

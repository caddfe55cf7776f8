//! Who may ask for what: generated from the list of routes.

use super::*;
use crate::admin_api::routes::{Entry, table};
use std::time::Duration;

/// An operation's path with ids that may or may not be there.
fn path(entry: &Entry, platform: &Platform) -> String {
    let path = entry.path.replace("{platform}", &platform.id.to_string());
    let path = path.replace("{key}", "yzth").replace("{company}", "5be1f3c2-7d0a-4b8e-9c46-3f2d81a7e654");
    let path = path.replace("{connection}", "0d6b8f14-52c9-4e7a-8b3d-71f09a2c5e68");
    format!("/api/v1{path}")
}

fn code(reply: &Reply) -> Option<String> {
    reply.json()["error"]["code"].as_str().map(str::to_owned)
}

#[actix_web::test]
async fn every_operation_wants_a_password_and_says_how() {
    let world = World::new();
    for entry in table() {
        let path = path(&entry, &world.platform);
        let ask = || TestRequest::with_uri(&path).method(entry.method.clone());
        for request in [ask(), ask().insert_header((AUTHORIZATION, "Bearer x"))] {
            let reply = world.send(request).await;
            assert_eq!(reply.error(), (401, "no_credentials".to_owned()), "{path}");
            assert!(reply.header("www-authenticate").starts_with("Basic realm="));
        }
        let wrong = world.send(ask().insert_header(basic("dev@example.com", "not the password"))).await;
        assert_eq!(wrong.error(), (401, "wrong_credentials".to_owned()));
        world.send(as_user("dev@example.com", Method::GET, "/api/v1/platforms")).await;
    }
}

#[actix_web::test]
async fn each_role_may_do_what_the_table_says_and_no_more() {
    let world = World::new();
    for role in Role::ALL {
        let email = format!("{role}@example.com");
        world.user(&email, &world.platform, *role);
        for entry in table() {
            let reply =
                world.send(as_user(&email, entry.method.clone(), &path(&entry, &world.platform))).await;
            let refused = *role < entry.role;
            assert_eq!(code(&reply).as_deref() == Some("role"), refused, "{role} {} {reply:?}", entry.path);
            assert_eq!(reply.status == 403, refused, "{role} {} {reply:?}", entry.path);
        }
    }
}

#[actix_web::test]
async fn a60_another_platform_answers_like_a_missing_one() {
    let world = World::new();
    let other = world.other_platform();
    world.user("stranger@example.com", &other, Role::Administrator);
    for entry in table().into_iter().filter(|entry| entry.path.contains("{platform}")) {
        let path = path(&entry, &world.platform);
        let ask = |path: &str| world.send(as_user("stranger@example.com", entry.method.clone(), path));
        let foreign = ask(&path).await;
        let missing =
            ask(&path.replace(&world.platform.id.to_string(), &uuid::Uuid::new_v4().to_string())).await;
        let malformed = ask(&path.replace(&world.platform.id.to_string(), "1")).await;
        for reply in [&foreign, &missing, &malformed] {
            assert_eq!(reply.error(), (404, "not_found".to_owned()), "{path}");
        }
        let message = |reply: &Reply| reply.json()["error"]["message"].clone();
        assert_eq!((message(&foreign), message(&malformed)), (message(&missing), message(&missing)));
    }
    let listed = world.send(as_user("stranger@example.com", Method::GET, "/api/v1/platforms")).await.json();
    let expected = json!([{ "id": other.id.to_string(), "name": "Other", "role": "administrator" }]);
    assert_eq!(listed["platforms"], expected);
}

#[actix_web::test]
async fn a_company_of_another_platform_answers_like_a_missing_one() {
    let world = World::new();
    let (company, other) = (world.company("Mine").await, world.other_platform());
    world.user("stranger@example.com", &other, Role::Administrator);
    let missing = uuid::Uuid::new_v4().to_string();
    let entries = table().into_iter().filter(|entry| entry.path.contains("{company}"));
    for entry in entries {
        for company in [&company, &missing, &"1".to_owned()] {
            let path = entry.path.replace("{platform}", &other.id.to_string()).replace("{company}", company);
            let request = as_user("stranger@example.com", entry.method.clone(), &format!("/api/v1{path}"));
            let is_connect = entry.path.ends_with("/connections");
            let request =
                if is_connect { request.set_json(json!({ "integration": "yzth" })) } else { request };
            let reply = world.send(request).await;
            assert_eq!(reply.error(), (404, "not_found".to_owned()), "{path}");
        }
    }
}

#[actix_web::test]
async fn guessing_is_slowed_down_and_the_right_password_is_let_in_after_the_wait() {
    let world = World::new();
    let ask = |password: &'static str| {
        let request =
            TestRequest::with_uri("/api/v1/platforms").insert_header(basic("dev@example.com", password));
        world.send(request)
    };
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(ask("not the password").await.status);
    }
    assert_eq!((statuses[0], statuses[7]), (401, 429), "{statuses:?}");
    let refused = ask(PASSWORD).await;
    assert_eq!(refused.error(), (429, "too_many_tries".to_owned()));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    world.state.clock.advance(Duration::from_secs(wait));
    assert_eq!(ask(PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let world = World::new();
    for path in ["/nothing", "/companies/x/y", ""] {
        let reply = world.get(path).await;
        assert_eq!(reply.error(), (404, "no_such_path".to_owned()), "{path}");
    }
    let reply = world.ask(Method::DELETE, "/integrations/yzth", Value::Null).await;
    assert_eq!(reply.error(), (405, "method_not_allowed".to_owned()));
    assert_eq!(reply.header("allow"), "GET, HEAD, PUT, PATCH");
    let head = world.ask(Method::HEAD, "/integrations/yzth", Value::Null).await;
    assert_eq!((head.status, head.header("etag")), (200, "\"not-set\""));
    let nobody = TestRequest::with_uri(&world.path_of("/companies")).method(Method::HEAD);
    assert_eq!(world.send(nobody).await.status, 401, "asking for headers takes a password, too");
    assert_eq!(world.get("/integrations/zzzz").await.error(), (404, "not_found".to_owned()));
}

#[actix_web::test]
async fn pages_of_other_sites_are_refused_before_the_password_is_looked_at() {
    let world = World::new();
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let request = as_user("dev@example.com", Method::POST, &world.path_of("/companies"));
        let reply = world.send(request.insert_header((name, value)).set_json(json!({ "name": "A" }))).await;
        assert_eq!(reply.error(), (403, "other_site".to_owned()));
    }
    assert_eq!(world.get("/companies").await.json()["companies"], json!([]));
}

#[actix_web::test]
async fn reading_anew_takes_the_role_that_the_page_asks_for() {
    let world = World::new();
    let path = world.path_of(&format!("/companies/{}/refresh", world.company("Bakery").await));
    for (role, status) in [(Role::Onboarding, 403), (Role::Advisor, 409)] {
        let email = format!("{role}@example.com");
        world.user(&email, &world.platform, role);
        assert_eq!(world.send(as_user(&email, Method::POST, &path)).await.status, status, "{role}");
    }
}

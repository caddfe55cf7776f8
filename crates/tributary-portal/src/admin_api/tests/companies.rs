//! Companies, their connections, and asking for their data.

use super::*;
use tributary_core::ids::{AccountId, CompanyId};
use tributary_core::state::CredentialKind;
use tributary_db::connections;
use tributary_db::credentials::NewCredential;
use tributary_db::use_cases::link_connection;

#[actix_web::test]
async fn a_company_is_created_with_its_link_and_remembers_who_made_it() {
    let world = World::new();
    let made = world.post("/companies", json!({ "name": " Blue (Bikes)", "description": "first" })).await;
    let company = made.json();
    let id = company["id"].as_str().unwrap();
    assert_eq!((made.status, made.header("location")), (201, &*world.path_of(&format!("/companies/{id}"))));
    let expected = json!({
        "id": id, "name": "Blue Bikes", "description": "first", "linkUrl": format!("https://link.example.com/company/{id}"),
        "lastSync": null, "created": NOW.to_iso(), "createdBy": "dev@example.com", "connections": [],
    });
    assert_eq!(company, expected);
    assert_eq!(world.get(&format!("/companies/{id}")).await.json(), company);
}

#[actix_web::test]
async fn a_company_that_cannot_be_is_refused_by_field() {
    let world = World::new();
    let cases = [
        (json!({}), 400, "name", "missing"),
        (json!({ "name": "<>" }), 422, "name", "name_empty"),
        (json!({ "name": "a".repeat(256) }), 422, "name", "name_too_long"),
        (
            json!({ "name": "A", "description": "a".repeat(5001) }),
            422,
            "description",
            "description_malformed",
        ),
        (json!({ "name": "A", "description": "nul\u{0}" }), 400, "description", "wrong_type"),
        (json!({ "name": "A", "tags": {} }), 400, "tags", "unknown_field"),
    ];
    for (body, status, field, code) in cases {
        let reply = world.post("/companies", body).await;
        assert_eq!((reply.status, reply.fields()), (status, vec![(field.to_owned(), code.to_owned())]));
    }
    assert_eq!(world.get("/companies").await.json(), json!({ "companies": [], "next": null }));
}

#[actix_web::test]
async fn companies_are_found_and_read_page_by_page() {
    let world = World::new();
    for n in 0..5 {
        world.company(&format!("Company {n}")).await;
    }
    let names = |page: &Value| {
        let companies = page["companies"].as_array().unwrap();
        companies.iter().map(|company| company["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (mut all, mut path) = (Vec::new(), "/companies?pageSize=2".to_owned());
    for _ in 0..3 {
        let page = world.get(&path).await.json();
        all.extend(names(&page));
        path = format!("/companies?pageSize=2&after={}", page["next"].as_str().unwrap_or("none"));
    }
    all.sort();
    assert_eq!((all.len(), &*all[0], path.ends_with("none")), (5, "Company 0", true));
    assert_eq!(names(&world.get("/companies?search=ny+3").await.json()), ["Company 3"]);
    assert_eq!(names(&world.get("/companies?status=Linked").await.json()), [""; 0]);
    let refused = [
        ("pageSize=0", "pageSize", "unknown_value"),
        ("pageSize=101", "pageSize", "unknown_value"),
        ("status=Gone", "status", "unknown_value"),
        ("after=1", "after", "unknown_value"),
        ("page=1", "?", "unknown_parameter"),
        ("search=a&search=b", "search", "repeated"),
        ("search=%00", "search", "wrong_type"),
    ];
    for (query, field, code) in refused {
        let reply = world.get(&format!("/companies?{query}")).await;
        assert_eq!(
            (reply.status, reply.fields()),
            (400, vec![(field.to_owned(), code.to_owned())]),
            "{query}"
        );
    }
}

#[actix_web::test]
async fn a_connection_needs_an_integration_that_is_switched_on() {
    let world = World::new();
    let id = world.company("Bakery").await;
    let path = format!("/companies/{id}/connections");
    let connect = |key: &str| world.post(&path, json!({ "integration": key }));
    let refused = |reply: Reply| (reply.status, reply.fields()[0].1.clone());
    assert_eq!(refused(connect("yzth").await), (422, "not_set".to_owned()));
    assert_eq!(refused(connect("zzzz").await), (400, "unknown_value".to_owned()));
    world.set_up().await;
    let made = connect("yzth").await;
    assert_eq!(made.status, 201);
    let connection = made.json();
    let connection_id = connection["connectionId"].as_str().unwrap();
    let link = format!("https://link.example.com/companies/{id}/connections/{connection_id}/start");
    assert_eq!(connection["linkUrl"], *link);
    assert_eq!((&connection["status"], &connection["integration"]), (&json!("PendingAuth"), &json!("yzth")));
    assert_eq!(world.get(&format!("/companies/{id}")).await.json()["connections"], json!([connection]));
    assert_eq!(world.get("/integrations/yzth").await.json()["connections"]["PendingAuth"], 1);
    world.ask(Method::PATCH, "/integrations/yzth", json!({ "enabled": false })).await;
    assert_eq!(refused(connect("yzth").await), (422, "switched_off".to_owned()));
}

#[actix_web::test]
async fn a_refresh_asks_for_every_type_of_linked_connections_and_rings_the_worker() {
    let world = World::new();
    world.set_up().await;
    let id = world.company("Bakery").await;
    let path = format!("/companies/{id}/refresh");
    let refresh = || world.post(&path, Value::Null);
    assert_eq!(refresh().await.error(), (409, "no_linked_connection".to_owned()));
    world.post(&format!("/companies/{id}/connections"), json!({ "integration": "yzth" })).await;
    assert_eq!(refresh().await.error(), (409, "no_linked_connection".to_owned()));
    let company: CompanyId = id.parse().unwrap();
    world
        .run(|conn| {
            let mut views = connections::list_for_companies(conn, world.platform.no, &[company])?;
            let credential = NewCredential {
                kind: CredentialKind::ConnectOauth,
                access_token: Secret::new("sk_test_canary_of_the_merchant"),
                refresh_token: None,
                scope: None,
                account_id: AccountId("acct_1".to_owned()),
                masked: None,
                expires: None,
            };
            let connection = views.pop().unwrap().connection;
            link_connection(conn, &world.state.vault, &world.state.urls.links(), &connection, credential, NOW)
        })
        .unwrap();
    let under_way = refresh().await;
    assert_eq!((under_way.status, under_way.json()), (202, json!({ "queued": [] })));
    world.state.wake.notified().await;
    let shown = world.get(&format!("/companies/{id}")).await.json()["connections"][0].clone();
    assert_eq!((&shown["status"], &shown["accountId"]), (&json!("Linked"), &json!("acct_1")));

    let connection = shown["connectionId"].as_str().unwrap();
    let control = async |what: &str| {
        let path = format!("/companies/{id}/connections/{connection}/{what}");
        world.post(&path, Value::Null).await
    };
    let paused = control("pause").await;
    assert_eq!((paused.status, &paused.json()["paused"]), (200, &json!(NOW.to_iso())));
    assert_eq!(control("refresh").await.error(), (409, "paused".to_owned()));
    assert_eq!(refresh().await.error(), (409, "paused".to_owned()));
    assert_eq!(control("resume").await.json()["paused"], Value::Null);
    let cancelled = control("cancel").await.json()["cancelled"].as_array().unwrap().len();
    assert_eq!(control("cancel").await.json(), json!({ "cancelled": [] }));
    let queued = control("refresh").await;
    assert_eq!((queued.status, queued.json()["queued"].as_array().unwrap().len()), (202, cancelled));
}

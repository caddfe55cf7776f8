//! another platform's ids answer exactly like ids that don't exist, in every operation of the document.

use super::world::{Ids, SHARED, World, missing};
use super::{Operation, Reply};
use crate::routes::table;
use crate::tests::TestApi;
use actix_web::http::Method;
use std::collections::BTreeMap;
use tributary_core::{DataType, Secret};
use tributary_db::connections;

/// The answer without what is a request's own: the correlation id, and the ids that were asked for.
fn shape(reply: &Reply, asked: &Ids) -> (u16, String) {
    let mut json = reply.json();
    json["correlationId"] = "".into();
    let mut text = json.to_string();
    for (name, id) in asked {
        text = text.replace(id.as_str(), name);
    }
    (reply.status, text)
}

/// Every way to mix others' ids into a request: one at a time, and all at once.
fn mixtures<'a>(ids: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut all: Vec<_> = ids.iter().map(|id| vec![*id]).collect();
    if ids.len() > 1 {
        all.push(ids.to_vec());
    }
    all
}

fn with(own: &Ids, others: &Ids, names: &[&str]) -> Ids {
    let pick = |(name, id): (&&'static str, &String)| {
        (*name, if names.contains(name) { others[name].clone() } else { id.clone() })
    };
    own.iter().map(pick).collect()
}

/// What a tenant can read.
async fn everything(api: &TestApi, key: &Secret, ids: &Ids) -> BTreeMap<String, String> {
    let mut read = BTreeMap::new();
    for operation in Operation::all().into_iter().filter(|it| it.method == Method::GET) {
        let reply = operation.ask(api, key, ids, "").await;
        assert!(reply.status < 500, "{operation}: {}", reply.text);
        // An error has a correlation id of its own each time.
        let text = if reply.status < 400 { reply.text } else { reply.status.to_string() };
        read.insert(operation.to_string(), text);
    }
    read
}

#[actix_web::test]
async fn a60_foreign_ids_answer_like_missing_ones_in_every_operation() {
    let World { api, own, foreign } = World::new();
    let theirs = everything(&api, &api.other.key, &foreign).await;
    let missing = missing();
    let mut asked = 0;
    for operation in Operation::all() {
        let ids: Vec<&str> =
            operation.parameters("path").into_iter().filter(|name| !SHARED.contains(name)).collect();
        for names in mixtures(&ids) {
            let (foreign, missing) = (with(&own, &foreign, &names), with(&own, &missing, &names));
            let refused = shape(&operation.ask(&api, &api.one.key, &foreign, "").await, &foreign);
            let expected = shape(&operation.ask(&api, &api.one.key, &missing, "").await, &missing);
            assert_eq!(refused, expected, "{operation} with another's {names:?}");
            assert_eq!(refused.0, 404, "{operation} with another's {names:?}: {}", refused.1);
            asked += 1;
        }
        for name in operation.parameters("query").into_iter().filter(|name| own.contains_key(name)) {
            let with = async |ids: &Ids| {
                shape(&operation.ask(&api, &api.one.key, &own, &format!("{name}={}", ids[name])).await, ids)
            };
            let refused = with(&foreign).await;
            assert_eq!(refused, with(&missing).await, "{operation} with another's {name} in the URL");
            assert_eq!(refused.0, 404, "{operation} with another's {name} in the URL: {}", refused.1);
        }
    }
    assert!(asked > 20, "{asked}");
    let after = everything(&api, &api.other.key, &foreign).await;
    for (operation, text) in &theirs {
        assert_eq!(&after[operation], text, "{operation}: nothing of theirs changed");
    }
}

#[actix_web::test]
async fn lists_hold_nothing_of_another_platform() {
    let World { api, own, foreign } = World::new();
    let ids: Vec<&String> =
        foreign.iter().filter(|(name, _)| !SHARED.contains(name)).map(|(_, id)| id).collect();
    for (operation, text) in everything(&api, &api.one.key, &own).await {
        for id in &ids {
            assert!(!text.contains(id.as_str()), "{operation} tells {id}");
        }
    }
}

#[actix_web::test]
async fn types_that_nothing_fills_are_as_silent() {
    let World { api, own, foreign } = World::new();
    let missing = missing();
    for entry in table().into_iter().filter(|entry| entry.described.is_none() && entry.method == Method::GET)
    {
        let fill = |ids: &Ids| {
            let text = entry.path.replace("{dataType}", "commerce-orders").replace("{recordId}", "1");
            ids.iter().fold(text, |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
        };
        for names in [&["connectionId"][..], &["companyId"], &["companyId", "connectionId"]] {
            let (foreign, missing) = (with(&own, &foreign, names), with(&own, &missing, names));
            let ask = async |ids: &Ids| {
                let request = api.one.request(entry.method.clone(), &fill(ids));
                shape(&api.send(request).await, ids)
            };
            let refused = ask(&foreign).await;
            assert_eq!(refused, ask(&missing).await, "{}", entry.path);
            assert_eq!(refused.0, 404, "{}", entry.path);
        }
    }
}

#[test]
fn every_data_type_is_read_from_a_route_of_its_own() {
    let read: Vec<&str> = table().iter().map(|entry| entry.path).collect();
    for data_type in DataType::ALL {
        let segment = if data_type == DataType::CompanyInfo { "commerce-info" } else { data_type.as_str() };
        let list = format!("/companies/{{companyId}}/connections/{{connectionId}}/data/{segment}");
        assert!(read.contains(&list.as_str()), "{list}");
    }
}

#[actix_web::test]
async fn reading_changes_nothing() {
    let World { api, own, .. } = World::new();
    let before = everything(&api, &api.one.key, &own).await;
    api.clock.advance(std::time::Duration::from_secs(1));
    let after = everything(&api, &api.one.key, &own).await;
    // A token says when it was made.
    for (operation, text) in before.into_iter().filter(|(operation, _)| !operation.contains("access-token")) {
        assert_eq!(after[&operation], text, "{operation}");
    }
    let connection = api.seed.run(|conn| connections::find_by_no(conn, api.one.connection.no)).unwrap();
    assert_eq!(connection, api.one.connection);
}

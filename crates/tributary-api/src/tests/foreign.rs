//! A-60: another platform's ids answer exactly like ids that don't exist, on every route there is.

use super::TestApi;
use crate::routes::table;
use actix_web::http::Method;
use std::collections::HashMap;
use tributary_contract::data_type::path_segment;
use tributary_core::DataType;
use tributary_core::ids::{CompanyId, ConnectionId, DatasetId};
use tributary_db::records::Records;
use tributary_db::records::customers::Customer;
use tributary_db::{Page, companies, connections, datasets};

/// What stands in for each placeholder of a path.
type Ids = HashMap<&'static str, String>;

fn fill(path: &str, ids: &Ids) -> String {
    path.split('/')
        .map(|segment| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => ids[name].as_str(),
            None => segment,
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn ids(company: CompanyId, connection: ConnectionId, dataset: DatasetId) -> Ids {
    HashMap::from([
        ("companyId", company.to_string()),
        ("connectionId", connection.to_string()),
        ("datasetId", dataset.to_string()),
        ("recordId", "cus_canary".to_owned()),
        ("customerId", "cus_canary".to_owned()),
        ("disputeId", "cus_canary".to_owned()),
        ("paymentId", "cus_canary".to_owned()),
        ("productId", "cus_canary".to_owned()),
        ("transactionId", "cus_canary".to_owned()),
        ("dataType", "commerce-orders".to_owned()),
    ])
}

/// The answer without what is a request's own.
async fn shape(api: &TestApi, method: Method, path: &str, ids: &Ids) -> (u16, String) {
    let body = r#"{"name":"Toft","platformKey":"yzth"}"#;
    let reply = api.send(api.one.request(method, path).set_payload(body)).await;
    let mut json = reply.json();
    json["correlationId"] = "".into();
    let mut text = json.to_string();
    for (name, id) in ids {
        text = text.replace(id.as_str(), name);
    }
    (reply.status, text)
}

#[actix_web::test]
async fn a60_foreign_ids_answer_like_missing_ones_on_every_route() {
    let api = TestApi::new();
    let other = &api.other;
    api.seed.complete_all(&other.connection);
    let canary = Customer {
        id: "cus_canary".into(),
        name: Some("canary".into()),
        email: None,
        phone: None,
        currency: None,
        note: None,
        addresses: "[]".into(),
        created_ms: 0,
    };
    api.seed.write(&other.connection, &Records { customers: vec![&canary], ..Records::default() });
    let page = Page { offset: 0, limit: 100 };
    let before = |no, company| {
        let companies = api.seed.run(|conn| companies::list(conn, no, page));
        let connections = api.seed.run(|conn| connections::list(conn, no, company, page));
        (companies, connections, api.seed.run(|conn| datasets::list(conn, no, company, page)))
    };
    let theirs = before(other.platform.no, other.company.id);
    let dataset = theirs.2.0[0].id;
    let foreign = ids(other.company.id, other.connection.id, dataset);
    let missing = ids(CompanyId::random(), ConnectionId::random(), DatasetId::random());
    // Their connection or dataset under the caller's own company.
    let mixed = ids(api.one.company.id, other.connection.id, dataset);
    let absent = ids(api.one.company.id, ConnectionId::random(), DatasetId::random());

    let mut with_ids = 0;
    for entry in table() {
        if !["{company", "{connection", "{dataset"].iter().any(|id| entry.path.contains(id)) {
            continue;
        }
        with_ids += 1;
        let asked = |ids| fill(entry.path, ids);
        let refused = shape(&api, entry.method.clone(), &asked(&foreign), &foreign).await;
        let expected = shape(&api, entry.method.clone(), &asked(&missing), &missing).await;
        assert_eq!(refused, expected, "{} {}", entry.method, entry.path);
        assert_eq!(refused.0, 404, "{} {}", entry.method, entry.path);
        if entry.path.contains("{connectionId}") || entry.path.contains("{datasetId}") {
            let refused = shape(&api, entry.method.clone(), &asked(&mixed), &mixed).await;
            let expected = shape(&api, entry.method.clone(), &asked(&absent), &absent).await;
            assert_eq!(refused, expected, "{} {}", entry.method, entry.path);
            assert_eq!(refused.0, 404, "{} {}", entry.method, entry.path);
        }
    }
    assert!(with_ids > 20, "most routes name whom they are about: {with_ids}");
    let queue = format!(
        "{}/data/queue/commerce-payments?connectionId={}",
        api.one.company_path(),
        other.connection.id
    );
    let expected = format!("Data connection {} not found", other.connection.id);
    assert_eq!(api.post(&queue, "").await.error(), (404, expected));

    let listed = api.get("/companies").await;
    assert!(!listed.text.contains(&other.company.id.to_string()) && !listed.text.contains("acct_2"));
    assert_eq!(before(other.platform.no, other.company.id), theirs, "nothing of theirs changed");
}

#[test]
fn every_data_type_is_read_from_a_route_of_its_own() {
    let read: Vec<&str> = table().iter().map(|entry| entry.path).collect();
    for data_type in DataType::ALL {
        let list =
            format!("/companies/{{companyId}}/connections/{{connectionId}}/data/{}", path_segment(data_type));
        assert!(read.contains(&list.as_str()), "{list}");
    }
}

#[actix_web::test]
async fn reading_changes_nothing() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let (company, page) = (api.one.company.id, Page { offset: 0, limit: 100 });
    let datasets = || api.seed.run(|conn| datasets::list(conn, api.one.platform.no, company, page));
    let before = datasets();
    let ids = ids(company, api.one.connection.id, before.0[0].id);
    api.clock.advance(std::time::Duration::from_secs(1));
    for entry in table().into_iter().filter(|entry| entry.method == Method::GET) {
        api.get(&fill(entry.path, &ids)).await;
    }
    assert_eq!(datasets(), before);
    let connection = api.seed.run(|conn| connections::find_by_no(conn, api.one.connection.no)).unwrap();
    assert_eq!(connection, api.one.connection);
}

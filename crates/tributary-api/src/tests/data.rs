use super::TestApi;
use super::seed::NOW;
use futures::FutureExt;
use serde_json::{Value, json};
use tributary_core::DataType::{self, Customers, Payments};
use tributary_core::state::DatasetStatus::{Complete, FetchError};
use tributary_db::datasets;

async fn history(api: &TestApi) -> Vec<Value> {
    let list = api.get(&format!("{}/data/history", api.one.company_path())).await;
    assert_eq!(list.status, 200, "{}", list.text);
    list.json()["results"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn everything_is_asked_for_with_204_and_the_worker_is_woken() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let path = format!("{}/data/all", api.one.company_path());
    let reply = api.post(&path, "").await;
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    assert!(api.wake.notified().now_or_never().is_some());
    let waiting = api.seed.run(|conn| datasets::waiting(conn, api.one.connection.no));
    assert_eq!(waiting.len(), DataType::ALL.len());
    assert_eq!(api.post(&path, "").await.status, 204, "what is under way goes on");
    assert_eq!(history(&api).await.len(), 2 * DataType::ALL.len());
}

#[actix_web::test]
async fn the_type_all_is_everything() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let path = format!("{}/data/queue/All", api.one.company_path());
    let of_one = api.post(&format!("{path}?connectionId={}", api.one.connection.id), "").await;
    assert_eq!(of_one.status, 404, "{}", of_one.text);
    let waiting = || api.seed.run(|conn| datasets::waiting(conn, api.one.connection.no)).len();
    assert_eq!(waiting(), 0);
    let reply = api.post(&path, "").await;
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    assert_eq!(waiting(), DataType::ALL.len());
}

#[actix_web::test]
async fn one_type_is_queued_with_200_and_shown_in_the_history() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    api.clock.advance(std::time::Duration::from_millis(2));
    let (company, connection) = (api.one.company.id, api.one.connection.id);
    let path = format!("/companies/{company}/data/queue/COMMERCE-payments?connectionid={connection}");
    let queued = api.post(&path, "").await;
    assert_eq!(queued.status, 200, "{}", queued.text);
    assert!(api.wake.notified().now_or_never().is_some());
    let dataset = queued.json();
    let id = dataset["id"].as_str().unwrap().to_owned();
    assert_eq!(
        dataset,
        json!({
            "id": id, "companyId": company, "connectionId": connection, "dataType": "commerce-payments",
            "status": "Queued", "isCompleted": false, "isErrored": false,
            "requested": "2026-09-21T14:13:20.002Z", "progress": 0,
        })
    );
    let read = api.get(&format!("/companies/{company}/data/history/{id}")).await;
    assert_eq!((read.status, read.json()), (200, dataset.clone()));
    assert_eq!(history(&api).await[0], dataset, "the latest request is first");

    let again = api.post(&path, "").await;
    let text = format!(
        "DatasetAlreadyInProgressException: Cannot queue commerce-payments sync for {company} as previous sync {id} is still in progress"
    );
    assert_eq!(again.error(), (400, text));
    let ended = &history(&api).await[1];
    assert_eq!((&ended["isCompleted"], &ended["progress"]), (&json!(true), &json!(100)));
    assert_eq!(ended["completed"], "2026-09-21T14:13:20Z");
}

#[actix_web::test]
async fn types_that_cannot_be_queued_are_refused_by_name() {
    let api = TestApi::new();
    let company = api.one.company_path();
    for (data_type, named) in
        [("INVOICES", "invoices"), ("commerce-info", "commerce-info"), ("nonsense", "nonsense")]
    {
        let reply = api.post(&format!("{company}/data/queue/{data_type}"), "").await;
        let text = format!("Datatype {named} not supported by platform(s) Stripe Test");
        assert_eq!(reply.error(), (404, text));
    }
    let queue = format!("{company}/data/queue/commerce-payments");
    let unknown = api.post(&format!("{queue}?connectionId=x%20y"), "").await;
    assert_eq!(unknown.error(), (404, "Data connection x y not found".to_owned()));
    let pending = api.seed.connection(&api.one.company, &api.one.integration);
    let reply = api.post(&format!("{queue}?connectionId={}", pending.id), "").await;
    assert_eq!(reply.status, 404, "it is not linked: {}", reply.text);
    assert!(api.wake.notified().now_or_never().is_none());
}

#[actix_web::test]
async fn data_status_tells_the_latest_dataset_and_the_latest_success() {
    let api = TestApi::new();
    let path = format!("{}/dataStatus", api.one.company_path());
    let first = api.get(&path).await.json();
    assert_eq!(first.as_object().unwrap().len(), DataType::ALL.len());
    let never = &first["commerce-customers"];
    assert_eq!(never["currentStatus"], "Queued");
    assert!(never.get("lastSuccessfulSync").is_none() && never.get("latestSuccessfulSyncId").is_none());

    api.seed.finish(&api.one.connection, Customers, Complete, NOW);
    api.seed.finish(&api.one.connection, Payments, FetchError, NOW);
    api.clock.advance(std::time::Duration::from_millis(5));
    let queue = format!("{}/data/queue/commerce-customers", api.one.company_path());
    let second = api.post(&queue, "").await.json();
    let status = api.get(&path).await.json();
    assert_eq!(
        status["commerce-customers"],
        json!({
            "dataType": "commerce-customers", "lastSuccessfulSync": "2026-09-21T14:13:20Z",
            "currentStatus": "Queued", "latestSyncId": second["id"],
            "latestSuccessfulSyncId": never["latestSyncId"],
        })
    );
    assert_eq!(status["commerce-payments"]["currentStatus"], "FetchError");
    let failed = history(&api).await.into_iter().find(|dataset| dataset["isErrored"] == true).unwrap();
    assert_eq!(
        (&failed["errorMessage"], &failed["dataType"]),
        (&json!("it failed"), &json!("commerce-payments"))
    );

    let silent = api.seed.company(&api.one.platform, "Silent", NOW);
    assert_eq!(api.get(&format!("/companies/{}/dataStatus", silent.id)).await.json(), json!({}));
}

//! Integrations, and what the contract has that Stripe's data doesn't.

use super::TestApi;
use actix_web::http::Method;
use serde_json::{Value, json};
use tributary_core::{DataType, PlatformKey};

async fn keys(api: &TestApi, query: &str) -> Vec<String> {
    let reply = api.get(&format!("/integrations{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let body = reply.json();
    let results = body["results"].as_array().unwrap();
    results.iter().map(|integration| integration["key"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn both_integrations_are_listed_and_each_says_whether_it_is_switched_on() {
    let api = TestApi::new();
    let body = api.get("/integrations").await.json();
    assert_eq!(body["totalResults"], 2);
    let live = api.get("/integrations/exgd").await.json();
    assert_eq!(body["results"][0], live);
    assert_eq!(
        json!([live["name"], live["enabled"], live["sourceType"], live["integrationId"], live["sourceId"]]),
        json!([
            "Stripe",
            false,
            "Commerce",
            "43b64770-a953-46d6-ab30-46c21094a276",
            "9a96f326-226a-4e0f-923a-6758fdba40cc",
        ])
    );
    assert_eq!(live["logoUrl"], "https://link.example.com/brand/exgd/full.svg");
    let features = live["datatypeFeatures"].as_array().unwrap();
    assert_eq!(features.len(), DataType::ALL.len());
    let reading = json!([{ "featureType": "Get", "featureState": "Release" }]);
    assert!(features.iter().all(|feature| feature["supportedFeatures"] == reading));
    let test = api.get("/integrations/yzth").await.json();
    assert_eq!(json!([test["name"], test["enabled"]]), json!(["Stripe Test", true]));
    let connection = api.get(&api.one.connection_path()).await.json();
    for shared in ["integrationId", "sourceId", "sourceType"] {
        assert_eq!(connection[shared], test[shared], "{shared}");
    }
    let by_id = format!("?query=integrationId%3D{}", test["integrationId"].as_str().unwrap());
    let path = format!("{}/connections{by_id}", api.one.company_path());
    assert_eq!(api.get(&path).await.json()["totalResults"], 1);
}

#[actix_web::test]
async fn integrations_are_filtered_ordered_and_paged_like_any_list() {
    let api = TestApi::new();
    assert_eq!(keys(&api, "?query=sourceType%3Dcommerce%26%26enabled%3Dtrue").await, ["yzth"]);
    assert_eq!(keys(&api, "?query=sourceType%3DAccounting").await, [""; 0]);
    assert_eq!(keys(&api, "?orderBy=-name").await, ["yzth", "exgd"]);
    assert_eq!(keys(&api, "?pageSize=1&page=2").await, ["yzth"]);
    assert_eq!(keys(&api, "?page=3").await, [""; 0]);
    let unknown = "Error parsing query - Could not resolve property colour on Integration";
    assert_eq!(api.get("/integrations?query=colour%3Dred").await.error(), (400, unknown.to_owned()));
    assert_eq!(api.get("/integrations/gbol").await.error(), (404, "Integration gbol not found".to_owned()));
    assert_eq!(api.get("/integrations/gbol/branding").await.status, 404);
}

#[actix_web::test]
async fn branding_names_pictures_that_link_shows() {
    let api = TestApi::new();
    let branding = api.get("/integrations/yzth/branding").await.json();
    assert_eq!(branding["sourceId"], PlatformKey::StripeTest.source_id().to_string());
    let image = |path: &str| branding.pointer(path).unwrap().clone();
    assert_eq!(
        image("/logo/full/image"),
        json!({ "src": "https://link.example.com/brand/yzth/full.svg", "alt": "Stripe Test logo" })
    );
    assert_eq!(image("/logo/square/image/src"), "https://link.example.com/brand/yzth/square.svg");
    assert_eq!(image("/button/default/image/src"), "https://link.example.com/brand/yzth/button.svg");
    assert_eq!(image("/button/hover/image/src"), "https://link.example.com/brand/yzth/button-hover.svg");
}

#[actix_web::test]
async fn nothing_was_ever_pushed_and_there_are_no_options_and_no_custom_types() {
    let api = TestApi::new();
    let pushes = api.get(&format!("{}/push", api.one.company_path())).await.json();
    assert_eq!(json!([pushes["results"], pushes["totalResults"]]), json!([[], 0]));
    let push = api.get(&format!("{}/push/abc", api.one.company_path())).await;
    assert_eq!(push.error(), (404, "Push operation abc not found".to_owned()));
    let options = api.get(&format!("{}/options/Invoices", api.one.connection_path())).await;
    let expected = "Datatype invoices not supported by platform(s) Stripe Test".to_owned();
    assert_eq!(options.error(), (404, expected));
    let custom = (404, "Custom data type mine not found".to_owned());
    let connection = api.one.connection_path();
    assert_eq!(api.get(&format!("{connection}/data/custom/mine")).await.error(), custom);
    assert_eq!(api.post(&format!("{connection}/data/queue/custom/mine"), "").await.error(), custom);
    let configuration = "/integrations/exgd/dataTypes/custom/mine";
    assert_eq!(api.get(configuration).await.error(), custom);
    assert_eq!(api.send(api.one.request(Method::PUT, configuration)).await.error(), custom);
    let unknown = api.get("/integrations/gbol/dataTypes/custom/mine").await;
    assert_eq!(unknown.error(), (404, "Integration gbol not found".to_owned()));
}

#[actix_web::test]
async fn what_was_found_wrong_is_shown_with_the_dataset() {
    use tributary_core::state::DatasetStatus;
    use tributary_db::datasets::{self, Finish};
    use tributary_db::findings::Finding;
    let api = TestApi::new();
    let waiting = api.seed.run(|conn| datasets::waiting(conn, api.one.connection.no));
    let path = |id| format!("{}/sync/{id}/validation", api.one.company_path());
    let empty = api.get(&path(waiting[0].id)).await;
    assert_eq!((empty.status, empty.json()), (200, json!({ "errors": [], "warnings": [] })));
    let finding = |number: &str| Finding {
        rule_id: format!("commerce-payment-{number}"),
        item_id: "ch_1".to_owned(),
        message: "odd".to_owned(),
        validator_name: "PaymentValidator".to_owned(),
    };
    let how = Finish {
        status: DatasetStatus::MapError,
        error_message: Some("odd".to_owned()),
        errors: vec![finding("001")],
        warnings: vec![finding("004")],
        records_modified: false,
    };
    let no = api.one.connection.no;
    assert!(api.seed.run(|conn| datasets::finish(conn, no, waiting[0].id, how.clone(), super::seed::NOW)));
    let shown = |number: &str| -> Value {
        json!({
            "ruleId": format!("commerce-payment-{number}"), "itemId": "ch_1", "message": "odd",
            "validatorName": "PaymentValidator",
        })
    };
    let found = api.get(&path(waiting[0].id)).await.json();
    assert_eq!(found, json!({ "errors": [shown("001")], "warnings": [shown("004")] }));
    let unknown = uuid::Uuid::new_v4();
    assert_eq!(api.get(&path(unknown.to_string().parse().unwrap())).await.status, 404);
}

use super::TestApi;
use super::records::payment;
use super::seed::NOW;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tributary_core::DataType;
use tributary_core::commerce::PaymentStatus;
use tributary_core::state::DatasetStatus;
use tributary_db::companies::{self, NewCompany};
use tributary_db::records::Records;
use tributary_db::records::payment_intents::PaymentIntent;
use tributary_db::records::payments::Payment;

impl TestApi {
    /// A list with parameters, which are encoded here.
    async fn select(&self, path: &str, parameters: &[(&str, &str)]) -> super::Reply {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.get(&format!("{path}?{}", pairs.join("&"))).await
    }

    /// The ids of what a query finds among the first tenant's payments.
    async fn payments(&self, query: &str, order: &str) -> Vec<String> {
        let path = format!("{}/data/commerce-payments", self.one.connection_path());
        let page = self.select(&path, &[("query", query), ("orderBy", order)]).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text);
        let page = page.json();
        let ids = all(&page, "id");
        assert_eq!(page["totalResults"], ids.len(), "{query}");
        ids
    }
}

fn all(page: &Value, field: &str) -> Vec<String> {
    let text = |result: &Value| result[field].as_str().unwrap_or_default().to_owned();
    page["results"].as_array().unwrap().iter().map(text).collect()
}

fn of(currency: &str, payment: Payment) -> Payment {
    let currency: tributary_core::Currency = currency.parse().unwrap();
    Payment {
        amount_milli: currency.milli(payment.amount_minor).unwrap(),
        currency,
        payment_method_id: Some("pm_1".to_owned()),
        payment_method_name: Some("Visa ending 4242".to_owned()),
        ..payment
    }
}

/// A hundred of three currencies, and what an intent released.
fn with_payments() -> TestApi {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let authorized = |id: &str, intent: &str| Payment {
        payment_intent_id: Some(intent.to_owned()),
        payment_method_id: None,
        payment_method_name: None,
        ..of("USD", payment(id, 50, PaymentStatus::Authorized))
    };
    let intent = |id: &str, status: &str| PaymentIntent {
        id: id.to_owned(),
        status: status.to_owned(),
        latest_charge_id: None,
        metadata: "{}".to_owned(),
        created_ms: 1,
    };
    let payments = [
        of("USD", payment("ch_usd", 10_000, PaymentStatus::Paid)),
        of("JPY", payment("ch_jpy", 100, PaymentStatus::Paid)),
        of("KWD", payment("ch_kwd", 100_000, PaymentStatus::Failed)),
        of("USD", payment("re_usd", -2_550, PaymentStatus::Paid)),
        authorized("ch_held", "pi_held"),
        authorized("ch_released", "pi_released"),
    ];
    let intents = [intent("pi_held", "requires_capture"), intent("pi_released", "canceled")];
    let records = Records {
        payments: payments.iter().collect(),
        payment_intents: intents.iter().collect(),
        ..Records::default()
    };
    api.seed.write(&api.one.connection, &records);
    api
}

#[actix_web::test]
async fn m05_amounts_compare_across_currencies_whatever_their_decimals() {
    let api = with_payments();
    assert_eq!(api.payments("amount=100", "id").await, ["ch_jpy", "ch_kwd", "ch_usd"]);
    assert_eq!(api.payments("amount>=100.000&&amount<=100", "-id").await, ["ch_usd", "ch_kwd", "ch_jpy"]);
    assert_eq!(api.payments("amount<0", "").await, ["re_usd"]);
    assert_eq!(api.payments("amount=-25.5", "").await, ["re_usd"]);
    assert_eq!(
        api.payments("{amount > 100 || amount < 50} && status != paid", "id").await,
        ["ch_held", "ch_released"]
    );
}

#[actix_web::test]
async fn m01_a_payment_is_found_by_the_status_that_is_shown() {
    let api = with_payments();
    assert_eq!(api.payments("status=cancelled", "").await, ["ch_released"]);
    assert_eq!(api.payments("status=Authorized", "").await, ["ch_held"]);
    assert_eq!(api.payments("status~AUTH||status~cel", "status").await, ["ch_held", "ch_released"]);
}

#[actix_web::test]
async fn what_is_missing_is_unequal_to_everything_and_stands_before_everything() {
    let api = with_payments();
    let named = api.payments("paymentMethodRef.name~visa", "id").await;
    let without = ["ch_held", "ch_released"];
    assert_eq!(named, ["ch_jpy", "ch_kwd", "ch_usd", "re_usd"]);
    assert_eq!(api.payments("paymentMethodRef.id!=nothing", "id").await.len(), 6);
    assert_eq!(api.payments("paymentMethodRef.name!=x&&amount=0.5", "id").await, without);
    assert_eq!(api.payments("", "paymentMethodRef.id,id").await[..2], without);
    assert_eq!(api.payments("", "-paymentMethodRef.id,id").await[4..], without);
}

#[actix_web::test]
async fn a_query_that_cannot_be_read_is_refused_with_what_is_wrong() {
    let api = with_payments();
    let path = format!("{}/data/commerce-payments", api.one.connection_path());
    let long = format!("id={}", "x".repeat(2_100));
    for (query, message) in [
        ("status", "a comparison needs"),
        ("amount~1", "amount can be compared by"),
        ("status>Paid", "status can be compared by"),
        ("amount>ten", "amount is compared with a decimal number"),
        ("amount>0.0001", "amount is compared with a decimal number"),
        ("amount>1e2", "amount is compared with a decimal number"),
        ("createdDate>soon", "createdDate is compared with a date"),
        (&long, "query must be shorter than 2048 characters"),
    ] {
        let reply = api.select(&path, &[("query", query)]).await;
        let told = reply.broken();
        assert!(told[0].starts_with(message), "{query}: {told:?}");
        assert_eq!(reply.error().1, "Error parsing query - Malformed query.");
    }
    for (parameters, property) in [
        ([("query", "lineItems.unitAmount=700")], "lineItems.unitAmount"),
        ([("query", "amount=1&&nothing=1")], "nothing"),
        ([("orderBy", "-nothing")], "nothing"),
        ([("orderBy", "id,platform_no")], "platform_no"),
    ] {
        let expected = format!("Error parsing query - Could not resolve property {property} on Payment");
        assert_eq!(api.select(&path, &parameters).await.error(), (400, expected));
    }
    assert_eq!(api.select(&path, &[("orderBy", ",")]).await.status, 400);
}

#[actix_web::test]
async fn links_keep_query_and_order_and_totals_are_of_what_was_found() {
    let api = with_payments();
    let path = format!("{}/data/commerce-payments", api.one.connection_path());
    let asked = [("query", "amount>0 && currency!=kwd"), ("orderBy", "-amount,id"), ("pageSize", "2")];
    let first = api.select(&path, &asked).await.json();
    assert_eq!(
        (all(&first, "id"), &first["totalResults"]),
        (vec!["ch_jpy".into(), "ch_usd".into()], &json!(4))
    );
    let next = first["_links"]["next"]["href"].as_str().unwrap();
    let second = api.get(next).await.json();
    assert_eq!(all(&second, "id"), ["ch_held", "ch_released"]);
    assert!(second["_links"].get("next").is_none());
    let back = second["_links"]["previous"]["href"].as_str().unwrap();
    assert_eq!(api.get(back).await.json()["results"], first["results"]);
}

#[actix_web::test]
async fn companies_are_found_by_their_connections_and_their_tags() {
    let api = TestApi::new();
    let company = |name: &str, tags: &[(&str, &str)]| {
        let tags: BTreeMap<String, String> =
            tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let new = NewCompany { name: name.to_owned(), tags, ..NewCompany::default() };
        api.seed.run(|conn| companies::create(conn, api.one.platform.no, new.clone(), NOW.plus_ms(1)))
    };
    let lonely = company("Lonely", &[("region", "UK"), ("odd \"key\\", "'; --")]);
    let waiting = company("Waiting", &[("region", "uk north"), ("owning team", "invoice-finance")]);
    api.seed.connection(&waiting, &api.one.integration);
    let names = async |parameters: &[(&str, &str)]| {
        let page = api.select("/companies", parameters).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let mut names = all(&page.json(), "name");
        names.sort();
        names
    };
    let query = async |text: &str| names(&[("query", text)]).await;
    assert_eq!(query("dataConnections.status=pendingauth").await, ["Waiting"]);
    assert_eq!(query("dataConnections.status!=Linked").await, ["Lonely", "Waiting"]);
    let none = ["PendingAuth", "Linked", "Unlinked", "Deauthorized"]
        .map(|status| format!("dataConnections.status!={status}"));
    assert_eq!(query(&none.join(" && ")).await, ["Lonely"]);
    assert_eq!(query(&format!("id={}", lonely.id.to_string().to_uppercase())).await, ["Lonely"]);
    assert_eq!(query("name~AIT||name=bakery").await, ["Bakery", "Waiting"]);
    let tags = async |text: &str| names(&[("tags", text)]).await;
    assert_eq!(tags("region = uk").await, ["Lonely"]);
    assert_eq!(tags("region ~ uk && owning team != x").await, ["Lonely", "Waiting"]);
    assert_eq!(tags("owning team = invoice-finance").await, ["Waiting"]);
    assert_eq!(tags("region != uk").await, ["Bakery", "Waiting"]);
    assert_eq!(tags("Region = uk").await, [""; 0]);
    assert_eq!(tags("odd \"key\\ = '; --").await, ["Lonely"]);
    assert_eq!(names(&[("tags", "region~uk"), ("query", "name=waiting")]).await, ["Waiting"]);
    let refused = api.select("/companies", &[("tags", "region > uk")]).await;
    assert_eq!((refused.status, &refused.json()["validation"]["errors"][0]["itemId"]), (400, &json!("tags")));
    assert_eq!(api.select("/companies", &[("orderBy", "dataConnections.status")]).await.status, 400);
}

#[actix_web::test]
async fn connections_and_datasets_can_be_asked_for() {
    let api = TestApi::new();
    api.seed.connection(&api.one.company, &api.one.integration);
    api.seed.finish(&api.one.connection, DataType::Payments, DatasetStatus::FetchError, NOW.plus_ms(5));
    api.seed.finish(&api.one.connection, DataType::Customers, DatasetStatus::Complete, NOW.plus_ms(9));
    let found = async |list: &str, query: &str, field: &str| {
        let page = api.select(&format!("{}/{list}", api.one.company_path()), &[("query", query)]).await;
        assert_eq!(page.status, 200, "{}", page.text);
        all(&page.json(), field)
    };
    assert_eq!(found("connections", "status=linked", "id").await, [api.one.connection.id.to_string()]);
    assert_eq!(found("connections", "integrationKey=YZTH&&sourceType=commerce", "id").await.len(), 2);
    assert_eq!(found("connections", "platformName=stripe test&&lastSync>2020-01-01", "id").await.len(), 0);
    let failed = "status!=Complete&&status!=NotSupported&&completed>2020-01-01";
    assert_eq!(found("data/history", failed, "dataType").await, ["commerce-payments"]);
    let customers =
        format!("dataType=commerce-Customers&&connectionId={}&&progress=100", api.one.connection.id);
    assert_eq!(found("data/history", &customers, "status").await, ["Complete"]);
    let path = format!("{}/data/history", api.one.company_path());
    let refused = api.select(&path, &[("query", "isCompleted=true")]).await.error();
    let expected = "Error parsing query - Could not resolve property isCompleted on Dataset";
    assert_eq!(refused, (400, expected.to_owned()));
    let ordered = api.select(&path, &[("orderBy", "-completed,dataType")]).await.json();
    let first = ["commerce-customers", "commerce-payments", "commerce-companyInfo"];
    assert_eq!(all(&ordered, "dataType")[..3], first);
}

#[actix_web::test]
async fn pages_follow_each_other_although_records_move_between_them() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let mut rows: Vec<Payment> =
        (0..9).map(|n| of("USD", payment(&format!("ch_{n}"), n, PaymentStatus::Paid))).collect();
    for row in &rows {
        api.seed.write(&api.one.connection, &Records { payments: vec![row], ..Records::default() });
    }
    let path = format!("{}/data/commerce-payments", api.one.connection_path());
    let page = async |number: &str| {
        let asked = [("orderBy", "modifiedDate"), ("pageSize", "3"), ("page", number)];
        let page = api.select(&path, &asked).await.json();
        (all(&page, "id"), page["totalResults"].clone(), page["_links"].get("next").is_some())
    };
    assert_eq!(page("1").await, (vec!["ch_0".into(), "ch_1".into(), "ch_2".into()], json!(9), true));
    // What was read already moves to the end, and what follows is read all the same.
    rows[0].amount_minor = 7;
    rows[4].amount_minor = 7;
    let moved = Records { payments: vec![&rows[0], &rows[4]], ..Records::default() };
    api.seed.write(&api.one.connection, &moved);
    assert_eq!(page("2").await, (vec!["ch_3".into(), "ch_5".into(), "ch_6".into()], json!(9), true));
    assert_eq!(page("3").await, (vec!["ch_7".into(), "ch_8".into(), "ch_0".into()], json!(9), true));
    assert_eq!(page("4").await, (vec!["ch_4".into()], json!(9), false));
    // From the start again it is what is stored now.
    assert_eq!(page("1").await.0, ["ch_1", "ch_2", "ch_3"]);
    // Out of the blue, and for another reader's key, pages are counted from the start.
    let other = api.seed.run(|conn| tributary_db::api_keys::create(conn, api.one.platform.no, None, NOW));
    let other = other.unwrap().key;
    let request =
        actix_web::test::TestRequest::with_uri(&format!("{path}?orderBy=modifiedDate&pageSize=3&page=2"));
    let page = api.send(request.insert_header(super::basic(&other))).await.json();
    assert_eq!(all(&page, "id"), ["ch_5", "ch_6", "ch_7"]);
}

#[actix_web::test]
async fn totals_are_exact_after_every_commit() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    for n in 0..4 {
        let row = of("USD", payment(&format!("ch_{n}"), n * 100, PaymentStatus::Paid));
        api.seed.write(&api.one.connection, &Records { payments: vec![&row], ..Records::default() });
        for _ in 0..2 {
            assert_eq!(api.records("commerce-payments").await.json()["totalResults"], n + 1);
            assert_eq!(api.payments("amount>=1", "").await.len() as i64, n);
        }
    }
}

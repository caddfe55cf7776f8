//! What lies beyond the contract.

use super::orders::{invoice, payout, subscription};
use super::records::{CREATED, transaction, with};
use super::seed::NOW;
use super::{Reply, TestApi};
use actix_web::http::Method;
use serde_json::{Value, json};
use tributary_core::Resource;
use tributary_db::bulk::Owner;
use tributary_db::records::{self, Records};

impl TestApi {
    /// A path below `/tributary/v1` of the first tenant's connection.
    async fn beyond(&self, path: &str) -> Reply {
        self.get(&format!("/tributary/v1{}/{path}", self.one.connection_path())).await
    }

    /// A list, whose entries must agree with what is read alone.
    async fn beyond_listed(&self, list: &str) -> Vec<Value> {
        let page = self.beyond(list).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let results = page.json()["results"].as_array().unwrap().clone();
        for shown in &results {
            let alone = self.beyond(&format!("{list}/{}", shown["id"].as_str().unwrap())).await;
            assert_eq!((alone.status, &alone.json()), (200, shown));
        }
        results
    }
}

#[actix_web::test]
async fn i1_stripes_own_objects_are_shown_before_any_dataset_completed() {
    let api = TestApi::new();
    for list in ["subscriptions", "invoices", "payouts", "sourceObjects/charges", "deletedRecords/payouts"] {
        let page = api.beyond(list).await;
        assert_eq!((page.status, &page.json()["totalResults"]), (200, &json!(0)), "{list}");
    }
    let error = api.beyond("invoices/in_1").await.error();
    assert_eq!(error, (404, "No invoice was found with ID in_1".to_owned()));
}

#[actix_web::test]
async fn invoices_payouts_and_subscriptions_keep_stripes_words_and_exact_amounts() {
    let invoices = [invoice(("in_1".into(), true)), invoice(("in_2".into(), false))];
    let payouts = [payout(("po_1".into(), true)), payout(("po_2".into(), false))];
    let subscriptions = [subscription(("sub_1".into(), true)), subscription(("sub_2".into(), false))];
    let (api, at) = with(&Records {
        invoices: invoices.iter().collect(),
        payouts: payouts.iter().collect(),
        subscriptions: subscriptions.iter().collect(),
        ..Records::default()
    });
    assert_eq!(
        api.beyond_listed("invoices").await,
        [
            json!({"id": "in_1", "number": "T-1", "status": "paid", "billingReason": "subscription_cycle",
                "collectionMethod": "charge_automatically", "customerId": "cus_1", "subscriptionId": "sub_1",
                "currency": "KWD", "subtotalAmount": 3, "discountAmount": 0.1, "taxAmount": 0.005,
                "shippingAmount": 0, "totalAmount": 2.905, "amountDue": 2.905, "amountPaid": 2.905,
                "amountRemaining": 0, "creditedBeforePayment": 0, "creditedAfterPayment": 0.04, "dueDate": CREATED,
                "finalizedDate": CREATED, "paidDate": CREATED, "createdDate": CREATED, "modifiedDate": at}),
            json!({"id": "in_2", "status": "draft", "currency": "JPY", "subtotalAmount": 3000,
                "discountAmount": 100, "taxAmount": 5, "shippingAmount": 0, "totalAmount": 2905, "amountDue": 2905,
                "amountPaid": 0, "amountRemaining": 2905, "creditedBeforePayment": 0, "creditedAfterPayment": 40,
                "createdDate": CREATED, "modifiedDate": at}),
        ]
    );
    assert_eq!(
        api.beyond_listed("payouts").await,
        [
            json!({"id": "po_1", "amount": 1234.56, "currency": "GBP", "status": "failed", "method": "standard",
                "type": "bank_account", "automatic": true, "reconciliationStatus": "completed",
                "destinationId": "ba_1", "transactionId": "txn_1", "failureTransactionId": "txn_2",
                "failureCode": "account_closed", "statementDescriptor": "TOFT", "arrivalDate": CREATED,
                "createdDate": CREATED, "modifiedDate": at}),
            json!({"id": "po_2", "amount": -500, "currency": "JPY", "status": "pending", "createdDate": CREATED,
                "modifiedDate": at}),
        ]
    );
    assert_eq!(
        api.beyond_listed("subscriptions").await,
        [
            json!({"id": "sub_1", "status": "past_due", "customerId": "cus_1", "currency": "KWD",
                "collectionMethod": "send_invoice", "latestInvoiceId": "in_1", "cancelAtPeriodEnd": true,
                "items": [{"id": "si_1", "priceId": "price_1", "productId": "prod_1", "quantity": 3,
                    "unitPrice": 10.005, "interval": "month", "intervalCount": 1, "usageType": "licensed"},
                    {"id": "si_2"}],
                "periodStartDate": CREATED, "periodEndDate": "2026-10-19T16:56:07Z", "startDate": CREATED,
                "canceledDate": CREATED, "createdDate": CREATED, "modifiedDate": at}),
            json!({"id": "sub_2", "status": "incomplete", "items": [], "cancelAtPeriodEnd": false,
                "createdDate": CREATED, "modifiedDate": at}),
        ]
    );
    for (list, query) in [
        ("invoices", "query=amountRemaining%3E0"),
        ("payouts", "query=amount%3C0"),
        ("subscriptions", "query=status=past_due"),
        ("invoices", "orderBy=-totalAmount&pageSize=1"),
    ] {
        let page = api.beyond(&format!("{list}?{query}")).await.json();
        assert_eq!(page["results"].as_array().unwrap().len(), 1, "{list} {query}");
    }
}

#[actix_web::test]
async fn source_objects_are_shown_as_stripe_sent_them() {
    let api = TestApi::new();
    let text = r#"{"id":"ch_1","amount":  9007199254740993,"object":"charge"}"#;
    for id in ["ch_2", "ch_1", "ch_3"] {
        api.seed.object(&api.one.connection, Resource::Charges, id, text);
    }
    let known = |id: &str| {
        json!({"resource": "charges", "id": id, "createdDate": "2026-09-21T14:12:20Z",
            "observedFrom": "2026-09-21T14:13:19Z", "observedTo": "2026-09-21T14:13:21Z", "deleted": false})
    };
    let page = api.beyond("sourceObjects/charges?page=1&pageSize=2").await.json();
    assert_eq!(
        (&page["results"], &page["totalResults"]),
        (&json!([known("ch_1"), known("ch_2")]), &json!(3))
    );
    let alone = api.beyond("sourceObjects/charges/ch_1").await;
    assert!(alone.text.ends_with(&format!(r#""object":{text}}}"#)), "{}", alone.text);

    assert_eq!(api.beyond("sourceObjects/refunds").await.json()["totalResults"], 0);
    let missing = api.beyond("sourceObjects/refunds/ch_1").await.error();
    assert_eq!(missing, (404, "No source object was found with ID ch_1".to_owned()));
    assert_eq!(api.beyond("sourceObjects/nonsense").await.error(), (404, "NotFound".to_owned()));
    for selecting in ["query=id%3Dch_1", "orderBy=id"] {
        let broken = api.beyond(&format!("sourceObjects/charges?{selecting}")).await.broken();
        assert!(broken[0].starts_with("this list knows no "), "{broken:?}");
    }
    let path = format!("/tributary/v1{}/sourceObjects/charges", api.one.connection_path());
    let whole = api.one.request(Method::GET, &path).insert_header(("accept", "application/x-ndjson"));
    assert_eq!(api.send(whole).await.text.lines().count(), 3);
}

#[actix_web::test]
async fn a_record_names_the_objects_it_came_from() {
    let fee = transaction("txn_1:Stripe processing fees", -90, "GBP");
    let (api, _) = with(&Records { transactions: vec![&fee], ..Records::default() });
    let path = "recordSources/commerce-transactions/txn_1:Stripe%20processing%20fees";
    assert_eq!(api.beyond(path).await.json()["results"], json!([]), "it isn't stored");
    api.seed.object(&api.one.connection, Resource::BalanceTransactions, "txn_1", "{}");
    let sources = api.beyond(path).await.json();
    assert_eq!(sources["results"][0]["resource"], "balance_transactions");
    assert_eq!(
        (&sources["results"][0]["id"], sources["results"].as_array().unwrap().len()),
        (&json!("txn_1"), 1)
    );
    let missing = api.beyond("recordSources/commerce-transactions/txn_9").await.error();
    assert_eq!(missing, (404, "No data available for commerce-transactions for ID txn_9".to_owned()));
    assert_eq!(api.beyond("recordSources/invoices/in_1").await.status, 404);
}

#[actix_web::test]
async fn what_is_gone_can_be_read_since_a_moment() {
    let rows: Vec<_> = (0..3).map(|n| transaction(&format!("txn_{n}"), n, "USD")).collect();
    let (api, _) = with(&Records { transactions: rows.iter().collect(), ..Records::default() });
    assert_eq!(api.beyond("deletedRecords/commerce-transactions").await.json()["totalResults"], 0);
    let owner = Owner { connection_no: api.one.connection.no, platform_no: api.one.connection.platform_no };
    let of = ["txn_1".to_owned()];
    let bury = |conn: &mut _| records::bury(conn, owner, NOW.0, Resource::BalanceTransactions, &of);
    assert_eq!(api.seed.run(bury), 3);
    let gone = api.beyond("deletedRecords/commerce-Transactions?pageSize=2").await.json();
    let entry = |id: &str| json!({"id": id, "modifiedDate": "2026-09-21T14:13:20Z"});
    assert_eq!(
        (&gone["results"], &gone["totalResults"]),
        (&json!([entry("txn_0"), entry("txn_1")]), &json!(3))
    );
    for (query, found) in
        [("modifiedDate%3E=2026-09-21T14:13:20Z", 3), ("modifiedDate%3E2026-09-21T14:13:20Z", 0)]
    {
        let since = api.beyond(&format!("deletedRecords/commerce-transactions?query={query}")).await.json();
        assert_eq!(since["totalResults"], found, "{query}");
    }
    for nothing in ["commerce-companyInfo", "commerce-productCategories", "nonsense", "charges"] {
        assert_eq!(api.beyond(&format!("deletedRecords/{nothing}")).await.status, 404, "{nothing}");
    }
}

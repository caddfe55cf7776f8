use super::TestApi;
use super::records::transaction;
use super::seed::NOW;
use tributary_core::DataType::Transactions;
use tributary_core::Resource;
use tributary_core::state::DatasetStatus::{Complete, FetchError};
use tributary_db::bulk::Owner;
use tributary_db::records::Records;
use tributary_db::{credentials, records, use_cases};

const LISTS: [&str; 11] = [
    "commerce-info",
    "commerce-customers",
    "commerce-disputes",
    "commerce-locations",
    "commerce-orders",
    "commerce-paymentMethods",
    "commerce-payments",
    "commerce-productCategories",
    "commerce-products",
    "commerce-taxComponents",
    "commerce-transactions",
];

#[actix_web::test]
async fn records_are_409_until_a_dataset_of_their_type_has_completed_and_readable_ever_after() {
    let api = TestApi::new();
    let not_requested = (409, "The data set has not been requested.".to_owned());
    for list in LISTS {
        assert_eq!(api.records(list).await.error(), not_requested, "{list}");
    }
    assert_eq!(api.records("commerce-payments/ch_1").await.error(), not_requested);

    api.seed.finish(&api.one.connection, Transactions, FetchError, NOW);
    assert_eq!(api.records("commerce-transactions").await.status, 409, "it failed");
    let queue = format!("{}/data/queue/commerce-transactions", api.one.company_path());
    assert_eq!(api.post(&queue, "").await.status, 200);
    api.seed.finish(&api.one.connection, Transactions, Complete, NOW);
    assert_eq!(api.records("commerce-transactions").await.status, 200);
    assert_eq!(api.records("commerce-payments").await.status, 409, "another type");

    assert_eq!(api.post(&queue, "").await.status, 200);
    assert_eq!(api.records("commerce-transactions").await.status, 200, "while it is refreshed");
    api.seed.finish(&api.one.connection, Transactions, FetchError, NOW);
    assert_eq!(api.records("commerce-transactions").await.status, 200, "after a later failure");
    let no = api.one.connection.no;
    let error = tributary_db::connection_errors::ConnectionError {
        status_code: "401".into(),
        status_text: "revoked".into(),
        error_message: "Access was revoked.".into(),
        errored_on: NOW,
        resolved_on: None,
    };
    let credential = api.seed.run(|conn| credentials::in_use(conn, no)).unwrap().id;
    assert!(api.seed.run(|conn| use_cases::deauthorize(
        conn,
        &super::urls(),
        no,
        credential,
        error.clone(),
        NOW
    )));
    assert_eq!(api.records("commerce-transactions").await.status, 200, "after access was lost");
}

#[actix_web::test]
async fn empty_lists_are_200_and_unknown_ids_404() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    for list in &LISTS[1..] {
        let page = api.records(list).await;
        assert_eq!((page.status, page.json()["totalResults"].as_i64()), (200, Some(0)), "{list}");
        let text = |id: &str| (404, format!("No data available for {list} for ID {id}"));
        assert_eq!(api.records(&format!("{list}/x%20y")).await.error(), text("x y"));
        assert_eq!(api.records(&format!("{list}/%00")).await.error(), text("\u{fffd}"));
        assert_eq!(api.records(&format!("{list}/{}", "a".repeat(5000))).await.status, 404);
    }
}

#[actix_web::test]
async fn what_is_no_commerce_type_is_not_found() {
    let api = TestApi::new();
    for path in ["commerce-companyInfo", "invoices", "nonsense", "nonsense/1"] {
        assert_eq!(api.records(path).await.error(), (404, "NotFound".to_owned()), "{path}");
    }
    assert_eq!(api.records("COMMERCE-Orders").await.status, 409, "words are known in any case");
}

#[actix_web::test]
async fn pages_of_records_link_to_each_other_and_skip_what_is_deleted() {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let rows: Vec<_> = (0..5).map(|n| transaction(&format!("txn_{n}"), n, "USD")).collect();
    api.seed
        .write(&api.one.connection, &Records { transactions: rows.iter().collect(), ..Records::default() });
    let path = format!("{}/data/commerce-transactions", api.one.connection_path());
    let page = api.get(&format!("{path}?page=2&pageSize=2")).await.json();
    assert_eq!(page["totalResults"], 5);
    assert_eq!(page["results"][0]["id"], "txn_2");
    assert_eq!(page["_links"]["self"]["href"], path);
    assert_eq!(page["_links"]["next"]["href"], format!("{path}?page=3&pageSize=2"));
    assert_eq!(page["_links"]["previous"]["href"], format!("{path}?page=1&pageSize=2"));

    let gone = rows[0].balance_transaction_id.clone();
    let owner = Owner { connection_no: api.one.connection.no, platform_no: api.one.connection.platform_no };
    let bury = |conn: &mut _| {
        records::bury(conn, owner, NOW.0, Resource::BalanceTransactions, std::slice::from_ref(&gone))
    };
    assert_eq!(api.seed.run(bury), 5);
    // Records never leave but in a commit, and every commit moves the stamp that totals are remembered by.
    api.seed.write(&api.one.connection, &Records::default());
    assert_eq!(api.get(&path).await.json()["totalResults"], 0);
    assert_eq!(api.get(&format!("{path}/txn_1")).await.status, 404);
}

#[actix_web::test]
async fn a_connection_shows_no_records_of_its_siblings() {
    let api = TestApi::new();
    let pending = api.seed.connection(&api.one.company, &api.one.integration);
    let sibling = api.seed.link(&pending, "acct_9");
    api.seed.complete_all(&api.one.connection);
    api.seed.complete_all(&sibling);
    let row = transaction("txn_sibling", 1, "USD");
    api.seed.write(&sibling, &Records { transactions: vec![&row], ..Records::default() });
    assert_eq!(api.records("commerce-transactions").await.json()["totalResults"], 0);
    assert_eq!(api.records("commerce-transactions/txn_sibling").await.status, 404);
    let path = format!("{}/connections/{}", api.one.company_path(), sibling.id);
    assert_eq!(api.get(&format!("{path}/data/commerce-transactions/txn_sibling")).await.status, 200);
}

#[actix_web::test]
async fn amounts_are_exact_in_every_currency() {
    let rows = [
        transaction("a", 9_007_199_254_740_993, "USD"),
        transaction("b", -5, "JPY"),
        transaction("c", 1_230, "KWD"),
    ];
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    api.seed
        .write(&api.one.connection, &Records { transactions: rows.iter().collect(), ..Records::default() });
    let text = api.records("commerce-transactions").await.text;
    for amount in [r#""totalAmount":90071992547409.93,"#, r#""totalAmount":-5,"#, r#""totalAmount":1.23,"#] {
        assert!(text.contains(amount), "{amount} in {text}");
    }
}

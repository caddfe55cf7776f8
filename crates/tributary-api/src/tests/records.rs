use super::TestApi;
use serde_json::{Value, json};
use tributary_core::Millis;
use tributary_core::commerce::{DisputeStatus, PaymentStatus, ProductStatus, TransactionType};
use tributary_db::records::Records;
use tributary_db::records::accounts::Account;
use tributary_db::records::balances::Balance;
use tributary_db::records::customers::Customer;
use tributary_db::records::disputes::Dispute;
use tributary_db::records::payment_intents::PaymentIntent;
use tributary_db::records::payments::Payment;
use tributary_db::records::products::Product;
use tributary_db::records::transactions::Transaction;
use tributary_db::records::variants::Variant;

/// 2026-10-19T16:56:06Z.
pub(super) const CREATED_MS: i64 = 1_792_428_966_000;
pub(super) const CREATED: &str = "2026-10-19T16:56:06Z";

/// An API whose first connection may be read, with these records in it.
pub(super) fn with(records: &Records) -> (TestApi, Millis) {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let modified = api.seed.write(&api.one.connection, records);
    (api, modified)
}

/// The list of a type, which must agree with the record read alone.
pub(super) async fn listed(api: &TestApi, data_type: &str) -> Vec<Value> {
    let page = api.records(data_type).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let results = page.json()["results"].as_array().unwrap().clone();
    for record in &results {
        let alone = api.records(&format!("{data_type}/{}", record["id"].as_str().unwrap())).await;
        assert_eq!((alone.status, &alone.json()), (200, record));
    }
    results
}

pub(super) fn payment(id: &str, amount_minor: i64, status: PaymentStatus) -> Payment {
    Payment {
        id: id.into(),
        resource: "charges".into(),
        amount_minor,
        amount_milli: amount_minor * 10,
        currency: "gbp".parse().unwrap(),
        status,
        provider: None,
        charge_id: None,
        payment_intent_id: None,
        balance_transaction_id: None,
        customer_id: None,
        payment_method_id: None,
        payment_method_name: None,
        created_ms: CREATED_MS,
        kind: tributary_core::commerce::PaymentType::OnlineCard,
        location_id: None,
    }
}

pub(super) fn transaction(id: &str, amount_minor: i64, code: &str) -> Transaction {
    Transaction {
        id: id.into(),
        balance_transaction_id: "txn_1".into(),
        amount_minor,
        amount_milli: amount_minor,
        currency: code.parse().unwrap(),
        kind: TransactionType::PaymentFee,
        sub_type: "stripe_fee".into(),
        source_id: Some("ch_B2".into()),
        source_type: Some("Payment".into()),
        balance_type: "payments".into(),
        available_ms: CREATED_MS,
        created_ms: CREATED_MS,
    }
}

#[actix_web::test]
async fn customers_show_what_is_known_and_leave_out_the_rest() {
    let address = r#"[{"type":"Billing","line1":"1 High St","city":"Leeds","country":"GB"}]"#;
    let known = Customer {
        id: "cus_2".into(),
        name: Some("Ada".into()),
        email: Some("ada@example.com".into()),
        phone: Some("+44 1".into()),
        currency: Some("GBP".into()),
        note: Some("VIP".into()),
        addresses: address.into(),
        created_ms: CREATED_MS,
    };
    let bare = Customer {
        id: "cus_1".into(),
        name: None,
        email: None,
        phone: None,
        currency: None,
        note: None,
        addresses: "[]".into(),
        created_ms: CREATED_MS,
    };
    let (api, at) = with(&Records { customers: vec![&bare, &known], ..Records::default() });
    assert_eq!(
        listed(&api, "commerce-customers").await,
        [
            json!({"id": "cus_1", "addresses": [], "createdDate": CREATED, "modifiedDate": at}),
            json!({"id": "cus_2", "customerName": "Ada", "emailAddress": "ada@example.com", "phone": "+44 1",
                "defaultCurrency": "GBP", "note": "VIP", "createdDate": CREATED, "modifiedDate": at,
                "addresses": [{"type": "Billing", "line1": "1 High St", "city": "Leeds", "country": "GB"}]}),
        ]
    );
}

#[actix_web::test]
async fn payments_join_their_intents_and_refunds_are_negative() {
    let paid = Payment {
        provider: Some("visa".into()),
        payment_method_id: Some("pm_1".into()),
        payment_method_name: Some("visa ending 4242".into()),
        ..payment("ch_A", 5000, PaymentStatus::Paid)
    };
    let refund = Payment { resource: "refunds".into(), ..payment("re_B", -1250, PaymentStatus::Paid) };
    let canceled =
        Payment { payment_intent_id: Some("pi_1".into()), ..payment("ch_C", 7, PaymentStatus::Authorized) };
    let intent = PaymentIntent {
        id: "pi_1".into(),
        status: "canceled".into(),
        latest_charge_id: Some("ch_C".into()),
        metadata: "{}".into(),
        created_ms: CREATED_MS,
    };
    let rows = Records {
        payments: vec![&paid, &refund, &canceled],
        payment_intents: vec![&intent],
        ..Records::default()
    };
    let (api, at) = with(&rows);
    assert_eq!(
        listed(&api, "commerce-payments").await,
        [
            json!({"id": "ch_A", "type": "OnlineCard", "amount": 50, "currency": "GBP", "status": "Paid", "paymentProvider": "visa",
                "paymentMethodRef": {"id": "pm_1", "name": "visa ending 4242"},
                "createdDate": CREATED, "modifiedDate": at}),
            json!({"id": "ch_C", "type": "OnlineCard", "amount": 0.07, "currency": "GBP", "status": "Cancelled",
                "createdDate": CREATED, "modifiedDate": at}),
            json!({"id": "re_B", "type": "OnlineCard", "amount": -12.5, "currency": "GBP", "status": "Paid",
                "createdDate": CREATED, "modifiedDate": at}),
        ]
    );
}

#[actix_web::test]
async fn m2_fees_are_read_by_ids_with_blanks_colons_slashes_and_percents() {
    let ids = ["txn_1:Stripe processing fees", "txn_1:VAT 20% / EU", "txn_1:%2F", "txn_1:+é"];
    let fees: Vec<Transaction> = ids.iter().map(|id| transaction(id, -90, "GBP")).collect();
    let (api, at) = with(&Records { transactions: fees.iter().collect(), ..Records::default() });
    assert_eq!(api.records("commerce-transactions").await.json()["totalResults"], 4);
    for (encoded, id) in [
        ("txn_1%3AStripe%20processing%20fees", ids[0]),
        ("txn_1:VAT%2020%25%20%2F%20EU", ids[1]),
        ("txn_1:VAT%2020%25%20%2f%20EU", ids[1]),
        ("txn_1%3a%252F", ids[2]),
        ("txn_1:+%C3%A9", ids[3]),
        ("txn_1:%2B%C3%A9", ids[3]),
    ] {
        let reply = api.records(&format!("commerce-transactions/{encoded}")).await;
        assert_eq!(
            reply.json(),
            json!({"id": id, "totalAmount": -0.9, "currency": "GBP", "type": "PaymentFee", "subType": "stripe_fee",
                "transactionSourceRef": {"id": "ch_B2", "type": "Payment"},
                "createdDate": CREATED, "modifiedDate": at}),
            "{encoded}"
        );
    }
    let twice = api.records("commerce-transactions/txn_1%253AStripe%2520processing%2520fees").await;
    let text = "No data available for commerce-transactions for ID txn_1%3AStripe%20processing%20fees";
    assert_eq!(twice.error(), (404, text.to_owned()), "encoded twice is another id");
}

#[actix_web::test]
async fn m6_a_dispute_names_the_transaction_or_the_charge() {
    let charge = Payment {
        balance_transaction_id: Some("txn_9".into()),
        ..payment("ch_with", 19412, PaymentStatus::Paid)
    };
    let dispute = |id: &str, charge: &str, due_ms| Dispute {
        id: id.into(),
        charge_id: charge.into(),
        amount_minor: 19412,
        amount_milli: 194_120,
        currency: "GBP".parse().unwrap(),
        status: DisputeStatus::EvidenceRequired,
        reason: "fraudulent".into(),
        due_ms,
        created_ms: CREATED_MS,
    };
    let rows = [dispute("dp_1", "ch_with", Some(0)), dispute("dp_2", "ch_without", None)];
    let (api, at) =
        with(&Records { payments: vec![&charge], disputes: rows.iter().collect(), ..Records::default() });
    let shown = |id: &str, disputed: &str| {
        json!({"id": id, "disputedTransactions": [{"id": disputed, "type": "Payment"}], "totalAmount": 194.12,
            "currency": "GBP", "status": "EvidenceRequired", "reason": "fraudulent",
            "createdDate": CREATED, "modifiedDate": at})
    };
    let mut first = shown("dp_1", "txn_9");
    first["dueDate"] = "1970-01-01T00:00:00Z".into();
    assert_eq!(listed(&api, "commerce-disputes").await, [first, shown("dp_2", "ch_without")]);
}

#[actix_web::test]
async fn m7_products_show_their_prices_as_variants_newest_first() {
    let product = Product {
        id: "prod_1".into(),
        name: "Chair".into(),
        description: Some("Oak".into()),
        status: ProductStatus::Published,
        shippable: Some(true),
        unit_label: Some("seat".into()),
        source_modified_ms: Some(CREATED_MS),
        created_ms: CREATED_MS,
    };
    let variant = |id: &str, nickname: Option<&str>, unit_price: Option<&str>, created_ms| Variant {
        id: id.into(),
        product_id: "prod_1".into(),
        nickname: nickname.map(str::to_owned),
        status: ProductStatus::Unpublished,
        currency: "gbp".parse().unwrap(),
        unit_price: unit_price.map(str::to_owned),
        created_ms,
    };
    let prices = [
        variant("price_1", None, None, CREATED_MS),
        variant("price_2", Some("Yearly"), Some("0.000000000005"), CREATED_MS + 1000),
    ];
    let (api, at) =
        with(&Records { products: vec![&product], variants: prices.iter().collect(), ..Records::default() });
    let shown = |id: &str, name: &str, prices: Value, created: &str| {
        json!({"id": id, "name": name, "quantity": 0, "isTaxEnabled": false, "vatPercentage": 0,
            "unitOfMeasure": "seat", "prices": prices, "inventory": {"totalQuantity": 0, "locations": []},
            "shippingRequired": true, "status": "Unpublished", "createdDate": created})
    };
    let price = json!([{"currency": "GBP", "unitPrice": 0.000000000005}]);
    assert_eq!(
        listed(&api, "commerce-products").await,
        [json!({"id": "prod_1", "name": "Chair", "description": "Oak", "isGiftCard": false,
            "productCategoryRefs": [], "status": "Published", "createdDate": CREATED, "modifiedDate": at,
            "sourceModifiedDate": CREATED,
            "variants": [shown("price_2", "Yearly", price, "2026-10-19T16:56:07Z"),
                shown("price_1", "Chair - Standard Price", json!([]), CREATED)]})]
    );
    assert!(api.records("commerce-products").await.text.contains(r#""unitPrice":0.000000000005}"#));
}

#[actix_web::test]
async fn m8_company_info_joins_the_account_and_its_balances() {
    let account = Account {
        id: "acct_1".into(),
        name: Some("Toft".into()),
        legal_name: None,
        currency: Some("GBP".into()),
        country: Some("GB".into()),
        time_zone: None,
        addresses: "[]".into(),
        phone_numbers: r#"[{"type":"Primary","number":"+44 1"}]"#.into(),
        web_links: r#"[{"type":"Website","url":"https://toft.example"}]"#.into(),
        created_ms: Some(CREATED_MS),
    };
    let balance = |code: &str, reserved_minor| Balance {
        id: code.into(),
        available_minor: 12345,
        pending_minor: -5,
        reserved_minor,
    };
    let balances = [balance("GBP", None), balance("JPY", Some(7))];
    let known = json!([{"available": 123.45, "pending": -0.05, "currency": "GBP"},
        {"available": 12345, "pending": -5, "reserved": 7, "currency": "JPY"}]);
    let (api, at) = with(&Records {
        accounts: vec![&account],
        balances: balances.iter().collect(),
        ..Records::default()
    });
    assert_eq!(
        api.records("commerce-info").await.json(),
        json!({"companyName": "Toft", "commercePlatformRef": "acct_1", "addresses": [],
            "phoneNumbers": [{"type": "Primary", "number": "+44 1"}],
            "webLinks": [{"type": "Website", "url": "https://toft.example"}], "baseCurrency": "GBP",
            "accountBalances": known, "createdDate": CREATED, "modifiedDate": at})
    );
    let (api, at) = with(&Records { balances: balances.iter().collect(), ..Records::default() });
    assert_eq!(
        api.records("commerce-info").await.json(),
        json!({"commercePlatformRef": "acct_1", "addresses": [], "phoneNumbers": [], "webLinks": [],
            "accountBalances": known, "modifiedDate": at}),
        "the account may not be readable"
    );
}

//! Two tenants with something of everything, and what its ids are.

use super::lists;
use crate::tests::records::{payment, transaction};
use crate::tests::seed::{NOW, Tenant};
use crate::tests::{TestApi, urls};
use std::collections::BTreeMap;
use tributary_contract::messages::EventType;
use tributary_contract::webhooks::ConsumerRequest;
use tributary_core::commerce::{DisputeStatus, PaymentStatus, ProductStatus};
use tributary_core::ids::{
    ApiKeyId, CompanyId, ConnectionId, ConsumerId, DatasetId, MessageId, PlatformId, ReconciliationId, RunId,
};
use tributary_core::reconciliation::{DifferenceKind, Verdict};
use tributary_core::{DataType, Millis, PlatformKey, Resource};
use tributary_db::reconciliations::{self, Difference, Found, Outcome, Sum};
use tributary_db::records::Records;
use tributary_db::records::accounts::Account;
use tributary_db::records::balances::Balance;
use tributary_db::records::customers::Customer;
use tributary_db::records::disputes::Dispute;
use tributary_db::records::products::Product;
use tributary_db::records::variants::Variant;
use tributary_db::use_cases::{Judged, judge_reconciliation};
use tributary_db::{Page, api_keys, consumers, datasets, messages, supplemental_configs};

/// A value of each parameter of a path, and the platform's id as `platformId`.
pub type Ids = BTreeMap<&'static str, String>;

/// What every platform calls alike: nobody's ids.
pub const SHARED: [&str; 6] =
    ["dataType", "platformKey", "productIdentifier", "pushOperationKey", "customDataIdentifier", "resource"];

/// Both tenants, and the ids of what they have.
pub struct World {
    pub api: TestApi,
    /// The caller's.
    pub own: Ids,
    /// Of another platform.
    pub foreign: Ids,
}

impl World {
    pub fn new() -> World {
        let api = TestApi::new();
        let (own, foreign) = (fill(&api, &api.one, "own"), fill(&api, &api.other, "foreign"));
        World { api, own, foreign }
    }
}

/// Ids that nobody has.
pub fn missing() -> Ids {
    let mut ids = Ids::from([
        ("platformId", PlatformId::random().to_string()),
        ("companyId", CompanyId::random().to_string()),
        ("connectionId", ConnectionId::random().to_string()),
        ("datasetId", DatasetId::random().to_string()),
        ("apiKeyId", ApiKeyId::random().to_string()),
        ("webhookId", ConsumerId::random().to_string()),
        ("messageId", MessageId::new(NOW, &[7; 10]).to_string()),
        ("reconciliationId", ReconciliationId::random().to_string()),
    ]);
    ids.extend(RECORDS.map(|name| (name, format!("{name}_missing"))));
    ids.insert("recordId", "recordId_missing".to_owned());
    ids.extend(shared());
    ids
}

fn shared() -> Ids {
    let shared = [
        ("dataType", "commerce-payments"),
        ("platformKey", "yzth"),
        ("productIdentifier", "commerce"),
        ("pushOperationKey", "none"),
        ("customDataIdentifier", "none"),
        ("resource", "charges"),
    ];
    shared.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

/// Parameters that are ids of records: each tenant has one record of each kind under its own.
const RECORDS: [&str; 13] = [
    "customerId",
    "disputeId",
    "invoiceId",
    "locationId",
    "objectId",
    "orderId",
    "paymentId",
    "paymentMethodId",
    "payoutId",
    "productId",
    "subscriptionId",
    "taxId",
    "transactionId",
];

/// Gives a tenant a record of every kind, after a first pull of every data type, and tells its ids.
fn fill(api: &TestApi, tenant: &Tenant, whose: &str) -> Ids {
    api.seed.complete_all(&tenant.connection);
    let id = |name: &str| format!("{name}_{whose}");
    write_records(api, tenant, &id);
    configure(api, tenant);
    lists::write(api, tenant, &id);
    let page = Page { offset: 0, limit: 1 };
    let key = api.seed.run(|conn| api_keys::create(conn, tenant.platform.no, Some("CI 2"), NOW)).unwrap();
    let datasets = api.seed.run(|conn| datasets::list(conn, tenant.platform.no, tenant.company.id, page));
    let mut ids = Ids::from([
        ("platformId", tenant.platform.id.to_string()),
        ("companyId", tenant.company.id.to_string()),
        ("connectionId", tenant.connection.id.to_string()),
        ("datasetId", datasets.0[0].id.to_string()),
        ("apiKeyId", key.id.to_string()),
    ]);
    ids.insert("reconciliationId", reconcile(api, tenant).to_string());
    let (consumer, message) = send(api, tenant);
    ids.insert("webhookId", consumer.to_string());
    ids.insert("messageId", message.to_string());
    ids.extend(RECORDS.map(|name| (name, id(name))));
    ids.insert("recordId", id("paymentId"));
    ids.extend(shared());
    ids
}

/// Gives a tenant a reconciliation that found something of every form, and one that waits.
fn reconcile(api: &TestApi, tenant: &Tenant) -> ReconciliationId {
    let currency = "GBP".parse().unwrap();
    let sum = Sum { currency, available_minor: 12345, pending_minor: -5, stored_minor: 12340 };
    let outcome = Outcome {
        verdict: Verdict::Differs,
        explanation: Some("1 difference found".to_owned()),
        as_of: Some(NOW),
        sums: vec![sum],
        payouts: 3,
        objects: 400,
    };
    let amount =
        Difference::of(DifferenceKind::Amount).about(Resource::Charges, "ch_bare").beside("txn_bare");
    let found = [
        Found { difference: amount.amounts(currency, 7, -7), repaired: false },
        Found { difference: Difference::of(DifferenceKind::Balance), repaired: true },
    ];
    api.seed.run(|conn| {
        let queued = reconciliations::queue(conn, &tenant.connection, Some(RunId::random()), NOW)?;
        let judged = Judged { outcome: &outcome, found: &found, unlisted: 0, has_ended: true };
        judge_reconciliation(conn, &urls(), &tenant.connection, queued.id, &judged, NOW)?;
        reconciliations::queue(conn, &tenant.connection, None, NOW.plus_ms(1))?;
        Ok(queued.id)
    })
}

/// Gives a tenant a webhook consumer, and a message that waits for it.
fn send(api: &TestApi, tenant: &Tenant) -> (ConsumerId, MessageId) {
    let new = ConsumerRequest {
        url: "https://example.com/".to_owned(),
        disabled: false,
        event_types: vec!["company.created".to_owned()],
        company_tags: vec![],
    };
    let (platform, vault) = (&tenant.platform, &api.seed.vault);
    api.seed.run(|conn| {
        let (consumer, _) = consumers::create(conn, vault, platform, new.clone(), NOW)?.unwrap();
        let kind = EventType::CompanyCreated;
        let message = messages::send_test(conn, &urls(), platform, consumer.id, kind, NOW)?;
        Ok((consumer.id, message.unwrap()))
    })
}

/// Has payments show a property of Stripe's objects.
fn configure(api: &TestApi, tenant: &Tenant) {
    let config = r#"{"supplementalDataConfig":{"shop":{"pullData":{"order":"metadata.order_id"}}}}"#;
    let (no, key, payments) = (tenant.platform.no, PlatformKey::StripeTest, DataType::Payments);
    api.seed.run(|conn| supplemental_configs::save(conn, no, key, payments, config, Millis(AT)));
}

/// Writes two records of every kind: one that has every field, under the id that the parameter's name gives, and
/// one that has no more than it must.
fn write_records(api: &TestApi, tenant: &Tenant, id: &impl Fn(&str) -> String) {
    let text = |text: &str| Some(text.to_owned());
    let account = Account {
        id: "acct_1".into(),
        name: text("Toft"),
        legal_name: text("Toft Ltd"),
        currency: text("GBP"),
        country: text("GB"),
        time_zone: None,
        addresses: ADDRESSES.into(),
        phone_numbers: r#"[{"type":"Primary","number":"+44 1"}]"#.into(),
        web_links: r#"[{"type":"Website","url":"https://toft.example"}]"#.into(),
        created_ms: Some(AT),
    };
    let balance = |code: &str, reserved_minor| Balance {
        id: code.into(),
        available_minor: 12345,
        pending_minor: -5,
        reserved_minor,
    };
    let balances = [balance("GBP", None), balance("KWD", Some(7))];
    let customer = |id: String, some: &dyn Fn(&str) -> Option<String>, addresses: &str| Customer {
        id,
        name: some("Ada"),
        email: some("ada@example.com"),
        phone: some("+44 1"),
        currency: some("GBP"),
        note: some("VIP"),
        addresses: addresses.into(),
        created_ms: AT,
    };
    let customers =
        [customer(id("customerId"), &text, ADDRESSES), customer("cus_bare".into(), &|_| None, "[]")];
    let full = tributary_db::records::payments::Payment {
        provider: text("visa"),
        payment_method_id: Some(id("paymentMethodId")),
        payment_method_name: text("visa ending 4242"),
        balance_transaction_id: text("txn_1"),
        ..payment(&id("paymentId"), 5000, PaymentStatus::Paid)
    };
    let payments = [full, payment("ch_bare", -7, PaymentStatus::Failed)];
    let mut bare = transaction("txn_bare", 1, "JPY");
    (bare.source_id, bare.source_type) = (None, None);
    let transactions = [transaction(&id("transactionId"), -90, "GBP"), bare];
    let dispute = |id: String, due_ms| Dispute {
        id,
        charge_id: payments[0].id.clone(),
        amount_minor: 19412,
        amount_milli: 194_120,
        currency: payments[0].currency,
        status: DisputeStatus::EvidenceRequired,
        reason: "fraudulent".into(),
        due_ms,
        created_ms: AT,
    };
    let disputes = [dispute(id("disputeId"), Some(AT)), dispute("dp_bare".into(), None)];
    let product = |id: String, description, shippable, source_modified_ms| Product {
        id,
        name: "Chair".into(),
        description,
        status: ProductStatus::Published,
        shippable,
        unit_label: None,
        source_modified_ms,
        created_ms: AT,
    };
    let products = [
        product(id("productId"), text("Oak"), Some(true), Some(AT)),
        product("prod_bare".into(), None, None, None),
    ];
    let variant = Variant {
        id: "price_1".into(),
        product_id: products[0].id.clone(),
        nickname: text("Yearly"),
        status: ProductStatus::Published,
        currency: payments[0].currency,
        unit_price: text("0.000000000005"),
        created_ms: AT,
    };
    let records = Records {
        accounts: vec![&account],
        balances: balances.iter().collect(),
        customers: customers.iter().collect(),
        payments: payments.iter().collect(),
        transactions: transactions.iter().collect(),
        disputes: disputes.iter().collect(),
        products: products.iter().collect(),
        variants: vec![&variant],
        ..Records::default()
    };
    let modified: Millis = api.seed.write(&tenant.connection, &records);
    assert!(modified.0 > 0);
}

const AT: i64 = 1_792_428_966_000;
const ADDRESSES: &str = r#"[{"type":"Billing","line1":"1 High St","line2":"2nd floor","city":"Leeds","region":"W","country":"GB","postalCode":"LS1"}]"#;

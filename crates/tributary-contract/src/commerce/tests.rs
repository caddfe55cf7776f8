use super::*;
use crate::{Decimal, EmptyList};
use serde::Serialize;
use tributary_core::commerce::{
    AddressType, DisputeStatus, PaymentStatus, PaymentType, PhoneType, ProductStatus, SourceType,
    TransactionType, WebLinkType,
};
use tributary_core::{Currency, Millis};

const CREATED: Millis = Millis(1_792_428_966_000);
const MODIFIED: Millis = Millis(1_793_096_563_250);
/// How the two moments end every record.
const DATES: &str = r#""createdDate":"2026-10-19T16:56:06Z","modifiedDate":"2026-10-27T10:22:43.250Z""#;

fn json(record: &impl Serialize) -> String {
    serde_json::to_string(record).unwrap()
}

fn gbp() -> Currency {
    "gbp".parse().unwrap()
}

fn amount(minor: i64) -> Decimal {
    Decimal::from_minor(minor, gbp())
}

fn charge() -> SourceRef {
    SourceRef { id: "ch_B2".into(), kind: SourceType::Payment }
}

#[test]
fn a_fee_is_a_transaction_of_a_negative_number() {
    let fee = Transaction {
        id: "txn_A1:Stripe processing fees".into(),
        total_amount: amount(-90),
        currency: gbp(),
        kind: TransactionType::PaymentFee,
        sub_type: Some("stripe_fee".into()),
        transaction_source_ref: Some(charge()),
        created_date: CREATED,
        modified_date: MODIFIED,
        supplemental_data: None,
    };
    assert_eq!(
        json(&fee),
        format!(
            r#"{{"id":"txn_A1:Stripe processing fees","totalAmount":-0.9,"currency":"GBP","type":"PaymentFee","subType":"stripe_fee","transactionSourceRef":{{"id":"ch_B2","type":"Payment"}},{DATES}}}"#
        )
    );
    let bare = Transaction { sub_type: None, transaction_source_ref: None, ..fee };
    assert!(json(&bare).contains(r#""type":"PaymentFee","createdDate""#));
}

#[test]
fn a_payment_names_its_method_where_it_has_one() {
    let payment = Payment {
        id: "ch_B2".into(),
        amount: amount(5000),
        currency: gbp(),
        kind: PaymentType::Card,
        payment_method_ref: Some(NamedRef { id: "pm_1".into(), name: None }),
        status: PaymentStatus::Paid,
        payment_provider: Some("visa".into()),
        created_date: CREATED,
        modified_date: MODIFIED,
        supplemental_data: None,
    };
    assert_eq!(
        json(&payment),
        format!(
            r#"{{"id":"ch_B2","amount":50,"currency":"GBP","type":"Card","paymentMethodRef":{{"id":"pm_1"}},"status":"Paid","paymentProvider":"visa",{DATES}}}"#
        )
    );
    let bare = Payment { payment_method_ref: None, payment_provider: None, ..payment };
    assert_eq!(
        json(&bare),
        format!(r#"{{"id":"ch_B2","amount":50,"currency":"GBP","type":"Card","status":"Paid",{DATES}}}"#)
    );
}

#[test]
fn a_dispute_points_to_what_it_contests() {
    let dispute = Dispute {
        id: "dp_1".into(),
        disputed_transactions: vec![SourceRef { id: "txn_A1".into(), kind: SourceType::Payment }],
        total_amount: amount(19412),
        currency: gbp(),
        status: DisputeStatus::EvidenceRequired,
        reason: Some("fraudulent".into()),
        due_date: Some(Millis(0)),
        created_date: CREATED,
        modified_date: MODIFIED,
    };
    assert_eq!(
        json(&dispute),
        format!(
            r#"{{"id":"dp_1","disputedTransactions":[{{"id":"txn_A1","type":"Payment"}}],"totalAmount":194.12,"currency":"GBP","status":"EvidenceRequired","reason":"fraudulent","dueDate":"1970-01-01T00:00:00Z",{DATES}}}"#
        )
    );
}

#[test]
fn a_customer_without_facts_has_an_id_an_empty_list_and_dates() {
    let customer = Customer {
        id: "cus_1".into(),
        customer_name: None,
        email_address: None,
        phone: None,
        default_currency: None,
        addresses: vec![],
        note: None,
        created_date: CREATED,
        modified_date: MODIFIED,
    };
    assert_eq!(json(&customer), format!(r#"{{"id":"cus_1","addresses":[],{DATES}}}"#));
    let billing = Address {
        kind: AddressType::Billing,
        line1: Some("1 High Street".into()),
        line2: None,
        city: Some("Leeds".into()),
        region: None,
        country: Some("GB".into()),
        postal_code: Some("LS1 1AA".into()),
    };
    let known = Customer {
        customer_name: Some("Ada Toft".into()),
        email_address: Some("ada@example.com".into()),
        phone: Some("+44 1".into()),
        default_currency: Some(gbp()),
        addresses: vec![billing],
        note: Some("VIP".into()),
        ..customer
    };
    assert_eq!(
        json(&known),
        format!(
            r#"{{"id":"cus_1","customerName":"Ada Toft","emailAddress":"ada@example.com","phone":"+44 1","defaultCurrency":"GBP","addresses":[{{"type":"Billing","line1":"1 High Street","city":"Leeds","country":"GB","postalCode":"LS1 1AA"}}],"note":"VIP",{DATES}}}"#
        )
    );
}

#[test]
fn a_product_has_the_fields_that_the_schema_forgets() {
    let variant = Variant {
        id: "price_1".into(),
        name: Some("Chair - Standard Price".into()),
        quantity: 0,
        is_tax_enabled: false,
        vat_percentage: 0,
        unit_of_measure: None,
        prices: vec![Price { currency: gbp(), unit_price: "0.005".parse().unwrap() }],
        inventory: Inventory::default(),
        shipping_required: Some(true),
        status: ProductStatus::Published,
        created_date: CREATED,
    };
    let product = Product {
        id: "prod_1".into(),
        name: Some("Chair".into()),
        description: None,
        is_gift_card: false,
        product_category_refs: EmptyList,
        variants: vec![variant],
        status: ProductStatus::Unpublished,
        created_date: CREATED,
        modified_date: MODIFIED,
        source_modified_date: Some(CREATED),
        supplemental_data: None,
    };
    assert_eq!(
        json(&product),
        format!(
            r#"{{"id":"prod_1","name":"Chair","isGiftCard":false,"productCategoryRefs":[],"variants":[{{"id":"price_1","name":"Chair - Standard Price","quantity":0,"isTaxEnabled":false,"vatPercentage":0,"prices":[{{"currency":"GBP","unitPrice":0.005}}],"inventory":{{"totalQuantity":0,"locations":[]}},"shippingRequired":true,"status":"Published","createdDate":"2026-10-19T16:56:06Z"}}],"status":"Unpublished",{DATES},"sourceModifiedDate":"2026-10-19T16:56:06Z"}}"#
        )
    );
}

#[test]
fn company_info_shows_a_reserve_only_where_there_is_one() {
    let balance =
        AccountBalance { available: amount(12345), pending: amount(-5), reserved: None, currency: gbp() };
    let reserve = AccountBalance { reserved: Some(amount(0)), ..balance.clone() };
    let info = CompanyInfo {
        company_name: Some("Toft".into()),
        commerce_platform_ref: Some("acct_1".into()),
        company_legal_name: None,
        addresses: vec![],
        phone_numbers: vec![PhoneNumber { number: Some("+44 1".into()), kind: PhoneType::Primary }],
        web_links: vec![WebLink { kind: WebLinkType::Website, url: "https://toft.example".into() }],
        base_currency: Some(gbp()),
        account_balances: vec![balance, reserve],
        created_date: Some(CREATED),
        modified_date: MODIFIED,
    };
    assert_eq!(
        json(&info),
        format!(
            r#"{{"companyName":"Toft","commercePlatformRef":"acct_1","addresses":[],"phoneNumbers":[{{"number":"+44 1","type":"Primary"}}],"webLinks":[{{"type":"Website","url":"https://toft.example"}}],"baseCurrency":"GBP","accountBalances":[{{"available":123.45,"pending":-0.05,"currency":"GBP"}},{{"available":123.45,"pending":-0.05,"reserved":0,"currency":"GBP"}}],{DATES}}}"#
        )
    );
}

#[test]
fn stored_lists_are_read_back_and_unknown_words_are_refused() {
    let read = |text: &str| serde_json::from_str::<Vec<Address>>(text);
    let stored = r#"[{"type":"Delivery","city":"Leeds"},{"type":"Billing","country":"GB"}]"#;
    assert_eq!(json(&read(stored).unwrap()), stored);
    assert!(read(r#"[{"type":"Elsewhere"}]"#).is_err());
}

#[test]
fn a_page_of_records_keeps_decimals_exact() {
    let balance = AccountBalance {
        available: amount(9_007_199_254_740_993),
        pending: amount(1),
        reserved: None,
        currency: gbp(),
    };
    let request = crate::PageRequest::from_parameters(&crate::Parameters::default()).unwrap();
    let page = json(&crate::Paged::new(vec![balance], &request, 1, "/x"));
    assert!(page.contains(r#""available":90071992547409.93,"pending":0.01"#), "{page}");
}

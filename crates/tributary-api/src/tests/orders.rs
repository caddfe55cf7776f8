//! Orders and the other types that Stripe's lists fill, in the contract's form.

use super::records::{CREATED, listed, payment, with};
use actix_web::http::Method;
use serde_json::json;
use tributary_core::Resource;
use tributary_core::commerce::{PaymentStatus, PaymentType};
use tributary_db::records::Records;
use tributary_db::records::invoices::Invoice;
use tributary_db::records::locations::Location;
use tributary_db::records::order_lines::OrderLine;
use tributary_db::records::orders::Order;
use tributary_db::records::payments::Payment;
use tributary_db::records::payouts::Payout;
use tributary_db::records::subscriptions::Subscription;
use tributary_db::records::tax_components::TaxComponent;

/// 2026-10-19T16:56:06Z.
const AT: i64 = 1_792_428_966_000;

/// An id, and whether what bears it has every field or no more than it must.
pub(super) type Bearer = (String, bool);

fn text(is_full: bool, text: &str) -> Option<String> {
    is_full.then(|| text.to_owned())
}

pub(super) fn order((id, is_full): Bearer, code: &str) -> Order {
    Order {
        id,
        resource: Resource::Invoices,
        status: if is_full { "paid" } else { "open" }.to_owned(),
        number: text(is_full, "T-1"),
        country: text(is_full, "GB"),
        currency: code.parse().unwrap(),
        total_minor: 2900,
        total_milli: 29_000,
        tax_minor: 400,
        tax_milli: 4_000,
        discount_minor: 100,
        discount_milli: 1_000,
        shipping_minor: is_full.then_some(600),
        shipping_tax_minor: is_full.then_some(100),
        customer_id: text(is_full, "cus_1"),
        customer_name: text(is_full, "Ada"),
        payment_intent_id: text(is_full, "pi_1"),
        closed_ms: is_full.then_some(AT),
        created_ms: AT,
    }
}

/// A line of an order, taxed by one rate.
pub(super) fn line(order: &Order, id: &str, rate: &str) -> OrderLine {
    OrderLine {
        id: id.to_owned(),
        order_id: order.id.clone(),
        position: 0,
        description: Some("Chair".to_owned()),
        product_id: Some("prod_1".to_owned()),
        variant_id: Some("price_1".to_owned()),
        variant_name: None,
        currency: order.currency,
        quantity: "2".to_owned(),
        unit_price: "10.5".to_owned(),
        total_minor: 2300,
        tax_minor: 300,
        discount_minor: 100,
        taxes: format!(r#"[{{"id":"{rate}","amount_minor":300}}]"#),
        discounts: r#"[{"id":"di_1","amount_minor":100}]"#.to_owned(),
    }
}

pub(super) fn location((id, is_full): Bearer) -> Location {
    let address = r#"{"type":"Order","line1":"1 High St","city":"Leeds","country":"GB"}"#;
    Location { id, name: text(is_full, "Shop"), address: text(is_full, address) }
}

pub(super) fn tax_component((id, is_full): Bearer) -> TaxComponent {
    TaxComponent { id, name: "VAT".to_owned(), rate: text(is_full, "0.2"), inclusive: false, created_ms: AT }
}

pub(super) fn invoice((id, is_full): Bearer) -> Invoice {
    Invoice {
        id,
        number: text(is_full, "T-1"),
        status: if is_full { "paid" } else { "draft" }.to_owned(),
        billing_reason: text(is_full, "subscription_cycle"),
        collection_method: text(is_full, "charge_automatically"),
        customer_id: text(is_full, "cus_1"),
        subscription_id: text(is_full, "sub_1"),
        currency: if is_full { "KWD" } else { "JPY" }.parse().unwrap(),
        subtotal_minor: 3000,
        discount_minor: 100,
        tax_minor: 5,
        shipping_minor: 0,
        total_minor: 2905,
        total_milli: 2905,
        due_minor: 2905,
        due_milli: 2905,
        paid_minor: if is_full { 2905 } else { 0 },
        paid_milli: if is_full { 2905 } else { 0 },
        // Yen has no minor unit: a thousand thousandths each.
        remaining_milli: if is_full { 0 } else { 2_905_000 },
        credited_before_minor: 0,
        credited_after_minor: 40,
        due_ms: is_full.then_some(AT),
        finalized_ms: is_full.then_some(AT),
        paid_ms: is_full.then_some(AT),
        voided_ms: None,
        uncollectible_ms: None,
        created_ms: AT,
    }
}

pub(super) fn payout((id, is_full): Bearer) -> Payout {
    Payout {
        id,
        amount_minor: if is_full { 123_456 } else { -500 },
        amount_milli: if is_full { 1_234_560 } else { -500_000 },
        currency: if is_full { "GBP" } else { "JPY" }.parse().unwrap(),
        status: if is_full { "failed" } else { "pending" }.to_owned(),
        method: text(is_full, "standard"),
        kind: text(is_full, "bank_account"),
        automatic: is_full.then_some(true),
        reconciliation_status: text(is_full, "completed"),
        destination_id: text(is_full, "ba_1"),
        balance_transaction_id: text(is_full, "txn_1"),
        failure_balance_transaction_id: text(is_full, "txn_2"),
        failure_code: text(is_full, "account_closed"),
        original_payout_id: None,
        reversed_by_id: None,
        statement_descriptor: text(is_full, "TOFT"),
        arrival_ms: is_full.then_some(AT),
        created_ms: AT,
    }
}

pub(super) fn subscription((id, is_full): Bearer) -> Subscription {
    let item = r#"[{"id":"si_1","priceId":"price_1","productId":"prod_1","quantity":3,"unitPrice":"10.005",
        "interval":"month","intervalCount":1,"usageType":"licensed"},
        {"id":"si_2","priceId":null,"productId":null,"quantity":null,"unitPrice":null,"interval":null,
        "intervalCount":null,"usageType":null}]"#;
    Subscription {
        id,
        status: if is_full { "past_due" } else { "incomplete" }.to_owned(),
        customer_id: text(is_full, "cus_1"),
        currency: text(is_full, "KWD"),
        collection_method: text(is_full, "send_invoice"),
        latest_invoice_id: text(is_full, "in_1"),
        items: if is_full { item } else { "[]" }.to_owned(),
        cancel_at_period_end: is_full,
        period_start_ms: is_full.then_some(AT),
        period_end_ms: is_full.then_some(AT + 1000),
        start_ms: is_full.then_some(AT),
        trial_start_ms: None,
        trial_end_ms: None,
        cancel_at_ms: None,
        canceled_ms: is_full.then_some(AT),
        ended_ms: None,
        created_ms: AT,
    }
}

/// A charge of an intent, with a refund of a part of it.
fn charge_and_refund() -> [Payment; 2] {
    let charge = Payment {
        provider: Some("visa".into()),
        payment_intent_id: Some("pi_1".into()),
        payment_method_id: Some("pm_1".into()),
        payment_method_name: Some("visa ending 4242".into()),
        kind: PaymentType::Card,
        location_id: Some("tml_1".into()),
        ..payment("ch_1", 2900, PaymentStatus::Paid)
    };
    let refund = Payment {
        resource: "refunds".into(),
        charge_id: Some("ch_1".into()),
        ..payment("re_1", -1250, PaymentStatus::Paid)
    };
    [charge, refund]
}

#[actix_web::test]
async fn m4_an_order_shows_its_lines_what_paid_it_and_what_went_back() {
    let full = order(("in_1".into(), true), "GBP");
    let (rate, sold) = (tax_component(("txr_1".into(), true)), line(&full, "il_1", "txr_1"));
    let [charge, refund] = charge_and_refund();
    let rows = Records {
        orders: vec![&full],
        order_lines: vec![&sold],
        tax_components: vec![&rate],
        payments: vec![&charge, &refund],
        ..Records::default()
    };
    let (api, at) = with(&rows);
    let paid = json!({"id": "ch_1", "amount": 29, "currency": "GBP", "type": "Card", "status": "Paid",
        "paymentProvider": "visa", "createdDate": CREATED, "modifiedDate": at});
    let line = json!({"id": "il_1", "quantity": 2, "unitPrice": 10.5, "taxPercentage": 20, "totalAmount": 23,
        "totalTaxAmount": 3, "productRef": {"id": "prod_1", "name": "Chair"}, "productVariantRef": {"id": "price_1"},
        "taxes": [{"taxComponentRef": {"id": "txr_1", "name": "VAT"}, "rate": 3}],
        "discountAllocations": [{"name": "di_1", "totalAmount": 1}]});
    let shipping = json!({"description": "Shipping", "totalAmount": 6, "taxAmount": 1, "quantity": 1,
        "type": "Shipping"});
    assert_eq!(
        listed(&api, "commerce-orders").await,
        [
            json!({"id": "in_1", "orderNumber": "T-1", "country": "GB", "currency": "GBP", "closedDate": CREATED,
            "totalAmount": 29, "totalRefund": -12.5, "totalTaxAmount": 4, "totalDiscount": 1,
            "orderLineItems": [line], "payments": [paid], "serviceCharges": [shipping],
            "locationRef": {"id": "tml_1"}, "customerRef": {"id": "cus_1", "name": "Ada"},
            "createdDate": CREATED, "modifiedDate": at})
        ]
    );
    for (query, found) in [
        ("totalRefund%3C0", 1),
        ("totalRefund=-12.5%26%26totalAmount%3E=29", 1),
        ("customerRef.name=ada", 1),
        ("closedDate%3C2026-01-01", 0),
    ] {
        let page = api.records(&format!("commerce-orders?query={query}")).await.json();
        assert_eq!(page["totalResults"], found, "{query}");
    }
}

#[actix_web::test]
async fn orders_show_what_is_configured_of_invoices_and_sessions() {
    let (invoice, mut session) = (order(("in_1".into(), true), "GBP"), order(("cs_1".into(), false), "GBP"));
    session.resource = Resource::CheckoutSessions;
    let (api, _) = with(&Records { orders: vec![&invoice, &session], ..Records::default() });
    for (resource, id) in [(Resource::Invoices, "in_1"), (Resource::CheckoutSessions, "cs_1")] {
        let text = json!({"id": id, "metadata": {"shop": format!("shop of {id}")}}).to_string();
        api.seed.object(&api.one.connection, resource, id, &text);
    }
    let path = "/integrations/yzth/dataTypes/commerce-orders/supplementalDataConfig";
    let config = r#"{"supplementalDataConfig":{"mine":{"pullData":{"shop":"metadata.shop"}}}}"#;
    assert_eq!(api.ask(Method::PUT, path, config).await.status, 200);
    for shown in listed(&api, "commerce-orders").await {
        let shop = format!("shop of {}", shown["id"].as_str().unwrap());
        assert_eq!(shown["supplementalData"], json!({"content": {"mine": {"shop": shop}}}));
    }
}

#[actix_web::test]
async fn orders_leave_out_what_is_not_known_and_count_in_their_currencys_units() {
    let rows = [
        Order { currency: "KWD".parse().unwrap(), ..order(("in_3".into(), false), "KWD") },
        order(("in_2".into(), false), "JPY"),
        Order {
            total_minor: 0,
            total_milli: 0,
            status: "void".into(),
            ..order(("in_1".into(), false), "USD")
        },
    ];
    let mut unknown = line(&rows[1], "il_1", "txr_unknown");
    (unknown.product_id, unknown.variant_id, unknown.quantity) = (None, None, "-0.5".into());
    let records =
        Records { orders: rows.iter().collect(), order_lines: vec![&unknown], ..Records::default() };
    let (api, at) = with(&records);
    let bare = |id: &str, code: &str, amounts: [serde_json::Value; 3]| {
        let [total, tax, discount] = amounts;
        json!({"id": id, "currency": code, "totalAmount": total, "totalRefund": 0, "totalTaxAmount": tax,
            "totalDiscount": discount, "orderLineItems": [], "payments": [], "serviceCharges": [],
            "createdDate": CREATED, "modifiedDate": at})
    };
    let mut listed = listed(&api, "commerce-orders").await;
    let line = listed[1]["orderLineItems"].take();
    listed[1]["orderLineItems"] = json!([]);
    assert_eq!(
        listed,
        [
            bare("in_1", "USD", [json!(0), json!(4), json!(1)]),
            bare("in_2", "JPY", [json!(2900), json!(400), json!(100)]),
            bare("in_3", "KWD", [json!(2.9), json!(0.4), json!(0.1)]),
        ]
    );
    let tax = json!({"taxComponentRef": {"id": "txr_unknown", "name": "txr_unknown"}, "rate": 300});
    assert_eq!(
        line,
        json!([{"id": "il_1", "quantity": -0.5, "unitPrice": 10.5, "totalAmount": 2300, "totalTaxAmount": 300,
            "taxes": [tax], "discountAllocations": [{"name": "di_1", "totalAmount": 100}]}])
    );
}

#[actix_web::test]
async fn payment_methods_locations_and_tax_components_are_listed_by_their_ids() {
    let charges = charge_and_refund();
    let locations = [location(("tml_2".into(), false)), location(("tml_1".into(), true))];
    let rates = [tax_component(("txr_2".into(), false)), tax_component(("txr_1".into(), true))];
    let rows = Records {
        payments: charges.iter().collect(),
        locations: locations.iter().collect(),
        tax_components: rates.iter().collect(),
        ..Records::default()
    };
    let (api, at) = with(&rows);
    assert_eq!(
        listed(&api, "commerce-paymentMethods").await,
        [json!({"id": "pm_1", "name": "visa ending 4242", "status": "Active", "modifiedDate": at})]
    );
    assert_eq!(
        listed(&api, "commerce-locations").await,
        [
            json!({"id": "tml_1", "name": "Shop", "modifiedDate": at,
                "address": {"type": "Order", "line1": "1 High St", "city": "Leeds", "country": "GB"}}),
            json!({"id": "tml_2", "modifiedDate": at}),
        ]
    );
    assert_eq!(
        listed(&api, "commerce-taxComponents").await,
        [
            json!({"id": "txr_1", "name": "VAT", "rate": 0.2, "isCompound": false, "modifiedDate": at}),
            json!({"id": "txr_2", "name": "VAT", "isCompound": false, "modifiedDate": at}),
        ]
    );
    assert_eq!(listed(&api, "commerce-productCategories").await, [json!(null); 0]);
    for query in ["status=active", "name~VISA", "modifiedDate%3E2020-01-01"] {
        let page = api.records(&format!("commerce-paymentMethods?query={query}")).await.json();
        assert_eq!(page["totalResults"], 1, "{query}");
    }
    let refused = api.records("commerce-productCategories?query=nothing=1").await;
    assert_eq!(refused.status, 400);
}

//! Billing, Checkout and what else an account has: whole lists, nested lists, sums, special cases.

use crate::support::{Stage, config, ids};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tributary_core::Mode;

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no integer"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no array"))
}

fn by_id(objects: Vec<Value>) -> BTreeMap<String, Value> {
    objects.into_iter().map(|object| (text(&object["id"]).to_owned(), object)).collect()
}

/// The lists of their own, and how to ask for all of each.
const LISTS: [(&str, &str); 11] = [
    ("setup_intents", "/v1/setup_intents"),
    ("coupons", "/v1/coupons"),
    ("tax_rates", "/v1/tax_rates"),
    ("subscriptions", "/v1/subscriptions?status=all"),
    ("invoices", "/v1/invoices"),
    ("invoiceitems", "/v1/invoiceitems"),
    ("invoice_payments", "/v1/invoice_payments"),
    ("credit_notes", "/v1/credit_notes"),
    ("checkout_sessions", "/v1/checkout/sessions"),
    ("terminal_locations", "/v1/terminal/locations"),
    ("transfers", "/v1/transfers"),
];

#[tokio::test]
async fn every_list_is_whole_in_both_directions_and_its_objects_can_be_retrieved() {
    let stage = Stage::open(config());
    for (name, path) in LISTS.into_iter().chain([("files", "/v1/files")]) {
        let kind = name.parse().unwrap();
        let wanted = stage.sandbox.ids(&stage.account(0).id, Mode::Test, kind).unwrap();
        assert!(!wanted.is_empty(), "{name}");
        for limit in [100, 3] {
            assert_eq!(ids(&stage.walk(stage.key(), path, limit).await), wanted, "{name} by {limit}");
        }
        assert_eq!(back(&stage, path, wanted.last().unwrap()).await, wanted[..wanted.len() - 1], "{name}");
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = stage.get(&format!("{path}{separator}limit=2")).await;
        for object in list(&page["data"]) {
            let base = path.split('?').next().unwrap();
            assert_eq!(&stage.get(&format!("{base}/{}", text(&object["id"]))).await, object);
        }
    }
    stage.close().await;
}

/// What a walk by `ending_before` finds above an id, newest first.
async fn back(stage: &Stage, path: &str, from: &str) -> Vec<String> {
    let mut all = vec![from.to_owned()];
    let separator = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = stage.get(&format!("{path}{separator}limit=8&ending_before={}", all[0])).await;
        all.splice(0..0, ids(list(&page["data"])));
        if page["has_more"] == false {
            all.pop();
            return all;
        }
    }
}

/// An embedded list and the walk along its `url`.
async fn nested(stage: &Stage, embedded: &Value) -> Vec<Value> {
    let first = list(&embedded["data"]);
    let all = stage.walk(stage.key(), text(&embedded["url"]), 4).await;
    assert!(first == &all[..first.len()], "the first of {} are embedded", embedded["url"]);
    assert_eq!(embedded["has_more"], all.len() > first.len());
    assert_eq!(first.len(), all.len().min(10));
    all
}

#[tokio::test]
async fn nested_lists_go_on_behind_their_url() {
    let stage = Stage::open(config());
    let cases = [
        ("/v1/invoices", "lines"),
        ("/v1/subscriptions?status=all", "items"),
        ("/v1/checkout/sessions?expand[]=data.line_items", "line_items"),
        ("/v1/credit_notes", "lines"),
        ("/v1/transfers", "reversals"),
    ];
    for (path, field) in cases {
        let mut longest = 0;
        for object in stage.walk(stage.key(), path, 100).await.iter().take(80) {
            longest = longest.max(nested(&stage, &object[field]).await.len());
        }
        assert!(longest >= 1, "{path}");
        let all = stage.walk(stage.key(), path, 100).await;
        let more = all.iter().any(|object| object[field]["has_more"] == true);
        assert!(more, "one of {path} is long");
    }
    stage.close().await;
}

#[tokio::test]
async fn invoices_add_up_and_are_paid_by_the_intents_that_their_payments_name() {
    let stage = Stage::open(config());
    for number in 0..3 {
        let key = stage.account(number).secret_key.clone();
        let invoices = stage.walk(&key, "/v1/invoices?expand[]=data.payments", 100).await;
        let intents = by_id(stage.walk(&key, "/v1/payment_intents", 100).await);
        let rates = by_id(stage.walk(&key, "/v1/tax_rates", 100).await);
        let mut paid_by = BTreeSet::new();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for invoice in &invoices {
            let id = text(&invoice["id"]);
            let (_, lines) = stage.get_as(&key, &format!("/v1/invoices/{id}/lines?limit=100")).await;
            let lines = list(&lines["data"]);
            let sum = |field: &str| lines.iter().map(|line| int(&line[field])).sum::<i64>();
            assert_eq!(sum("amount"), int(&invoice["subtotal"]), "{id}");
            let amounts = |object: &Value, field: &str| {
                list(&object[field]).iter().map(|part| int(&part["amount"])).sum::<i64>()
            };
            let off: i64 = lines.iter().map(|line| amounts(line, "discount_amounts")).sum();
            assert_eq!(off, amounts(invoice, "total_discount_amounts"), "{id}");
            let tax: i64 = lines.iter().map(|line| amounts(line, "taxes")).sum();
            assert_eq!(tax, amounts(invoice, "total_taxes"), "{id}");
            let rate = list(&invoice["total_taxes"]).first().map(|tax| &tax["tax_rate_details"]["tax_rate"]);
            let included = rate.is_some_and(|rate| rates[text(rate)]["inclusive"] == true);
            let added = if included { 0 } else { tax };
            assert_eq!(int(&invoice["total"]), int(&invoice["subtotal"]) - off + added, "{id}");
            let (due, paid) = (int(&invoice["amount_due"]), int(&invoice["amount_paid"]));
            assert_eq!(int(&invoice["amount_remaining"]), due - paid);
            assert_eq!(due, int(&invoice["total"]) - int(&invoice["pre_payment_credit_notes_amount"]));
            let payments = list(&invoice["payments"]["data"]);
            let by_payments: i64 =
                payments.iter().map(|payment| payment["amount_paid"].as_i64().unwrap_or(0)).sum();
            assert_eq!(by_payments, paid, "{id}");
            for payment in payments {
                assert_eq!(payment["invoice"], invoice["id"]);
                let intent = &intents[text(&payment["payment"]["payment_intent"])];
                assert_eq!(intent["customer"], invoice["customer"]);
                assert_eq!(int(&intent["amount"]), due, "{id}");
                assert_eq!(payment["status"] == "paid", intent["status"] == "succeeded", "{id}");
                assert!(paid_by.insert(text(&intent["id"]).to_owned()), "an intent pays one invoice");
            }
            assert_eq!(invoice["status"] == "paid", paid == due && invoice["status"] != "void", "{id}");
            *seen.entry(text(&invoice["status"]).to_owned()).or_default() += 1;
            *seen.entry(text(&invoice["billing_reason"]).to_owned()).or_default() += 1;
            *seen.entry(text(&invoice["currency"]).to_owned()).or_default() += 1;
            *seen.entry(text(&invoice["collection_method"]).to_owned()).or_default() += 1;
            assert_eq!(invoice["number"].is_null(), invoice["status"] == "draft");
        }
        for case in [
            "draft",
            "open",
            "paid",
            "uncollectible",
            "void",
            "manual",
            "subscription_create",
            "subscription_cycle",
            "jpy",
            "kwd",
            "send_invoice",
            "charge_automatically",
        ] {
            assert!(seen.contains_key(case), "no {case} invoice in {seen:?}");
        }
        let numbers: BTreeSet<&str> =
            invoices.iter().filter_map(|invoice| invoice["number"].as_str()).collect();
        assert_eq!(numbers.len(), invoices.iter().filter(|invoice| invoice["number"].is_string()).count());
    }
    stage.close().await;
}

#[tokio::test]
async fn completed_sessions_amount_to_what_was_paid() {
    let stage = Stage::open(config());
    for number in 0..3 {
        let key = stage.account(number).secret_key.clone();
        let path = "/v1/checkout/sessions?expand[]=data.payment_intent&expand[]=data.invoice&expand[]=data.line_items";
        let sessions = stage.walk(&key, path, 100).await;
        let mut seen = BTreeSet::new();
        for session in &sessions {
            let id = text(&session["id"]);
            assert_eq!(id.len(), "cs_test_".len() + 58, "{id}");
            let mode = text(&session["mode"]);
            seen.insert(format!("{mode} {} {}", text(&session["status"]), text(&session["payment_status"])));
            assert_eq!(mode == "setup", session["setup_intent"].is_string());
            assert_eq!(mode == "subscription", session["subscription"].is_string());
            if mode == "setup" {
                continue;
            }
            let items = format!("/v1/checkout/sessions/{id}/line_items?limit=100");
            let (_, items) = stage.get_as(&key, &items).await;
            let sum = |field: &str| list(&items["data"]).iter().map(|item| int(&item[field])).sum::<i64>();
            assert_eq!(sum("amount_subtotal"), int(&session["amount_subtotal"]));
            assert_eq!(sum("amount_total"), int(&session["amount_total"]), "{id}");
            assert_eq!(sum("amount_tax"), int(&session["total_details"]["amount_tax"]));
            assert_eq!(sum("amount_discount"), int(&session["total_details"]["amount_discount"]));
            let complete = session["status"] == "complete";
            assert_eq!(session["url"].is_string(), session["status"] == "open");
            if session["payment_intent"].is_object() {
                assert_eq!(session["payment_intent"]["amount"], session["amount_total"], "{id}");
                assert!(complete && mode == "payment");
                let paid = session["payment_intent"]["status"] == "succeeded";
                assert_eq!(paid, session["payment_status"] == "paid");
            } else {
                assert_eq!(complete, mode == "subscription", "{id}");
            }
            if session["invoice"].is_object() {
                assert_eq!(session["invoice"]["total"], session["amount_total"]);
                seen.insert(format!("{mode} with invoice"));
            }
            assert_eq!(complete, session["customer_details"].is_object());
            if session["customer"].is_null() && complete {
                seen.insert("guest".to_owned());
            }
        }
        for case in [
            "payment complete paid",
            "payment complete unpaid",
            "payment open unpaid",
            "payment expired unpaid",
            "setup complete no_payment_required",
            "payment with invoice",
            "guest",
        ] {
            assert!(seen.contains(case), "no session is '{case}' in {seen:?}");
        }
        assert!(seen.iter().any(|case| case.starts_with("subscription complete")), "{seen:?}");
    }
    stage.close().await;
}

#[tokio::test]
async fn subscriptions_of_every_status_bill_their_items_and_hide_when_canceled() {
    let stage = Stage::open(config());
    for number in 0..3 {
        let key = stage.account(number).secret_key.clone();
        let all = stage.walk(&key, "/v1/subscriptions?status=all&expand[]=data.latest_invoice", 100).await;
        let shown = stage.walk(&key, "/v1/subscriptions", 100).await;
        let kept: Vec<String> =
            ids(&all.iter().filter(|row| row["status"] != "canceled").cloned().collect::<Vec<_>>());
        assert_eq!(ids(&shown), kept);
        let ended = stage.walk(&key, "/v1/subscriptions?status=ended", 100).await;
        assert!(ended.iter().all(|row| matches!(text(&row["status"]), "canceled" | "incomplete_expired")));
        assert!(!ended.is_empty());
        let mut seen = BTreeSet::new();
        for row in &all {
            seen.insert(text(&row["status"]).to_owned());
            let items = list(&row["items"]["data"]);
            assert!(
                items.iter().all(|item| item["price"]["type"] == "recurring"
                    && item["price"]["currency"] == row["currency"])
            );
            for item in items {
                let metered = item["price"]["recurring"]["usage_type"] == "metered";
                assert_eq!(item.get("quantity").is_none(), metered);
                seen.insert(format!("by {}", text(&item["price"]["recurring"]["interval"])));
                if metered {
                    seen.insert("metered".to_owned());
                }
            }
            let invoice = &row["latest_invoice"];
            if invoice.is_object() {
                assert_eq!(invoice["parent"]["subscription_details"]["subscription"], row["id"]);
                let unpaid = matches!(text(&row["status"]), "past_due" | "unpaid" | "incomplete");
                assert_eq!(invoice["status"] == "open", unpaid, "{row}");
            }
            if !list(&row["discounts"]).is_empty() {
                seen.insert("discounted".to_owned());
            }
        }
        let statuses =
            ["incomplete", "incomplete_expired", "trialing", "active", "past_due", "unpaid", "canceled"];
        for case in statuses.into_iter().chain(["paused", "by month", "by year", "metered", "discounted"]) {
            assert!(seen.contains(case), "no {case} subscription of account {number}: {seen:?}");
        }
    }
    let (status, error) = stage.get_as(stage.key(), "/v1/subscription_items").await;
    assert_eq!((status.as_u16(), text(&error["error"]["param"])), (400, "subscription"));
    stage.close().await;
}

#[tokio::test]
async fn credit_notes_add_up_and_name_refunds_of_their_invoices_payment() {
    let stage = Stage::open(config());
    let notes = stage
        .walk(stage.key(), "/v1/credit_notes?expand[]=data.refunds.refund&expand[]=data.invoice", 100)
        .await;
    let mut seen = BTreeSet::new();
    let mut after: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for note in &notes {
        seen.insert(format!("{} {}", text(&note["type"]), text(&note["status"])));
        let lines = nested(&stage, &note["lines"]).await;
        assert_eq!(lines.iter().map(|line| int(&line["amount"])).sum::<i64>(), int(&note["subtotal"]));
        let refunded: i64 = list(&note["refunds"]).iter().map(|refund| int(&refund["amount_refunded"])).sum();
        assert_eq!(refunded, int(&note["post_payment_amount"]));
        assert_eq!(int(&note["amount"]), refunded + int(&note["pre_payment_amount"]));
        for refund in list(&note["refunds"]) {
            assert_eq!(refund["refund"]["amount"], refund["amount_refunded"]);
        }
        let invoice = &note["invoice"];
        assert!(text(&note["number"]).starts_with(text(&invoice["number"])));
        let entry = after.entry(text(&invoice["id"])).or_default();
        *entry = (entry.0 + refunded, int(&invoice["post_payment_credit_notes_amount"]));
    }
    assert!(after.values().all(|(summed, told)| summed == told));
    for case in ["post_payment issued", "pre_payment issued", "pre_payment void"] {
        assert!(seen.contains(case), "no {case} in {seen:?}");
    }
    stage.close().await;
}

#[tokio::test]
async fn each_charges_payment_method_can_be_retrieved_and_is_listed_for_its_customer() {
    let stage = Stage::open(config());
    let charges = stage.walk(stage.key(), "/v1/charges", 100).await;
    for charge in charges.iter().take(60) {
        let id = text(&charge["payment_method"]);
        let method = stage.get(&format!("/v1/payment_methods/{id}")).await;
        assert_eq!(method["type"], charge["payment_method_details"]["type"]);
        let kind = text(&method["type"]);
        assert_eq!(method[kind]["last4"], charge["payment_method_details"][kind]["last4"], "{id}");
        let Some(customer) = method["customer"].as_str() else { continue };
        assert_eq!(charge["customer"], method["customer"]);
        for path in [
            format!("/v1/customers/{customer}/payment_methods?limit=100"),
            format!("/v1/payment_methods?limit=100&customer={customer}"),
        ] {
            assert!(ids(list(&stage.get(&path).await["data"])).contains(&id.to_owned()));
        }
    }
    assert_eq!(stage.get("/v1/payment_methods").await["data"], serde_json::json!([]));
    stage.close().await;
}

#[tokio::test]
async fn transfers_leave_the_balance_and_reversals_come_back() {
    let stage = Stage::open(config());
    let path = "/v1/transfers?expand[]=data.balance_transaction&expand[]=data.source_transaction";
    let transfers = stage.walk(stage.key(), path, 100).await;
    for transfer in &transfers {
        assert_eq!(int(&transfer["balance_transaction"]["amount"]), -int(&transfer["amount"]));
        assert_eq!(transfer["balance_transaction"]["source"], transfer["id"]);
        assert_eq!(transfer["source_transaction"]["transfer_group"], transfer["transfer_group"]);
        let reversals = nested(&stage, &transfer["reversals"]).await;
        let back: i64 = reversals.iter().map(|row| int(&row["amount"])).sum();
        assert_eq!(back, int(&transfer["amount_reversed"]));
        assert_eq!(transfer["reversed"] == true, back == int(&transfer["amount"]));
    }
    let found = stage.get("/v1/balance_transactions?type=transfer_refund&limit=1&expand[]=data.source").await;
    assert_eq!(found["data"][0]["source"]["object"], "transfer_reversal");
    stage.close().await;
}

#[tokio::test]
async fn the_platform_lists_the_fees_that_merchants_charges_name() {
    let stage = Stage::open(config());
    let platform = stage.info.platforms[0].secret_key.clone();
    let fees = by_id(stage.walk(&platform, "/v1/application_fees", 100).await);
    let mut named = 0;
    for number in 0..3 {
        let account = stage.account(number);
        let (key, id) = (account.secret_key.clone(), account.id.clone());
        for charge in stage.walk(&key, "/v1/charges", 100).await {
            let Some(fee) = charge["application_fee"].as_str().map(|fee| &fees[fee]) else { continue };
            assert_eq!((&fee["charge"], text(&fee["account"])), (&charge["id"], id.as_str()));
            assert_eq!(fee["amount"], charge["application_fee_amount"]);
            named += 1;
        }
        let (_, own) = stage.get_as(&key, "/v1/application_fees").await;
        assert_eq!(own["data"], serde_json::json!([]));
    }
    assert!(named >= 3 && named == fees.len());
    let (id, fee) = fees.first_key_value().unwrap();
    assert_eq!(&stage.get_as(&platform, &format!("/v1/application_fees/{id}")).await.1, fee);
    let (_, refunds) = stage.get_as(&platform, text(&fee["refunds"]["url"])).await;
    assert_eq!(refunds["data"], serde_json::json!([]));
    stage.close().await;
}

#[tokio::test]
async fn what_is_special_is_there() {
    let stage = Stage::open(config());
    let coupons = stage.walk(stage.key(), "/v1/coupons", 100).await;
    assert!(coupons.iter().any(|coupon| coupon["amount_off"].is_i64() && coupon["currency"].is_string()));
    assert!(coupons.iter().any(|coupon| coupon["valid"] == false));
    for duration in ["forever", "once", "repeating"] {
        assert!(coupons.iter().any(|coupon| coupon["duration"] == duration));
    }
    let rates = stage.walk(stage.key(), "/v1/tax_rates?active=false", 100).await;
    assert!(
        rates.iter().any(|rate| rate["inclusive"] == true)
            && rates.iter().all(|rate| rate["active"] == false)
    );
    let setups = stage.walk(stage.key(), "/v1/setup_intents", 100).await;
    let statuses: BTreeSet<&str> = setups.iter().map(|setup| text(&setup["status"])).collect();
    assert_eq!(statuses.len(), 6, "{statuses:?}");
    let (status, error) = stage.get_as(stage.key(), "/v1/terminal/locations?created=1").await;
    assert_eq!((status.as_u16(), text(&error["error"]["code"])), (400, "parameter_unknown"));
    stage.close().await;
}

use crate::support::{Stage, config, read};
use crate::ties::ties_out;
use reqwest::Method;
use serde_json::{Value, json};
use tributary_sandbox::{ClockMode, SandboxConfig};

const DAY: u32 = 86_400;
const END: i64 = 1_750_000_000;

fn still() -> SandboxConfig {
    SandboxConfig { clock: ClockMode::Still, ..config() }
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

/// A customer who subscribes to something of 15.00 a month.
async fn subscribe(stage: &Stage, more: &[(&str, &str)]) -> Value {
    let customer = stage.write("/v1/customers", &[("name", "Ada")]).await;
    let product = stage.write("/v1/products", &[("name", "Lamp")]).await;
    let form = [
        ("product", id(&product)),
        ("currency", "usd"),
        ("unit_amount", "1500"),
        ("recurring[interval]", "month"),
    ];
    let price = stage.write("/v1/prices", &form).await;
    let mut form =
        vec![("customer", id(&customer)), ("items[0][price]", id(&price)), ("items[0][quantity]", "2")];
    form.extend(more);
    stage.write("/v1/subscriptions", &form).await
}

/// The types of events from a second on, oldest first, about these kinds.
async fn since(stage: &Stage, from: i64, prefixes: &[&str]) -> Vec<String> {
    let events = stage.walk(stage.key(), &format!("/v1/events?created[gte]={from}"), 100).await;
    let kinds = events.iter().rev().map(|event| event["type"].as_str().unwrap().to_owned());
    kinds.filter(|kind| prefixes.iter().any(|prefix| kind.starts_with(prefix))).collect()
}

async fn latest_invoice(stage: &Stage, subscription: &Value) -> Value {
    let path = format!("/v1/subscriptions/{}?expand[]=latest_invoice", id(subscription));
    stage.get(&path).await["latest_invoice"].clone()
}

#[tokio::test]
async fn a_subscription_is_paid_at_once_and_renews_when_its_period_ends() {
    let stage = Stage::open(still());
    let begun = subscribe(&stage, &[]).await;
    assert_eq!((&begun["status"], &begun["items"]["data"][0]["quantity"]), (&json!("active"), &json!(2)));
    let first = latest_invoice(&stage, &begun).await;
    assert_eq!(
        (&first["status"], &first["amount_paid"], &first["total"]),
        (&json!("paid"), &json!(3000), &json!(3000))
    );
    assert_eq!(first["billing_reason"], "subscription_create");
    let about = ["customer.subscription", "invoice", "payment_intent"];
    let expected = [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
    ];
    let events = since(&stage, END, &about).await;
    assert_eq!(events[events.len() - expected.len()..], expected);
    stage.sandbox.advance(31 * DAY).unwrap();
    let renewed = stage.get(&format!("/v1/subscriptions/{}", id(&begun))).await;
    let item = &renewed["items"]["data"][0];
    assert_eq!(item["current_period_start"], begun["items"]["data"][0]["current_period_end"]);
    let second = latest_invoice(&stage, &begun).await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(
        (&second["status"], &second["billing_reason"]),
        (&json!("paid"), &json!("subscription_cycle"))
    );
    let path = format!("/v1/invoice_payments?invoice={}", id(&second));
    let payments = stage.get(&path).await;
    assert_eq!(
        (&payments["data"][0]["status"], &payments["data"][0]["amount_paid"]),
        (&json!("paid"), &json!(3000))
    );
    ties_out(&stage, stage.key(), stage.sandbox.now().secs()).await;
    stage.close().await;
}

#[tokio::test]
async fn a_declined_renewal_is_past_due_until_its_invoice_is_paid() {
    let stage = Stage::open(still());
    let begun = subscribe(&stage, &[]).await;
    let path = format!("/v1/subscriptions/{}", id(&begun));
    stage.write(&path, &[("default_payment_method", "pm_card_chargeDeclined")]).await;
    stage.sandbox.advance(31 * DAY).unwrap();
    assert_eq!(stage.get(&path).await["status"], "past_due");
    let invoice = latest_invoice(&stage, &begun).await;
    assert_eq!((&invoice["status"], &invoice["attempt_count"]), (&json!("open"), &json!(1)));
    let failed = stage.get("/v1/events?type=invoice.payment_failed").await;
    assert!(
        failed["data"].as_array().unwrap().iter().any(|event| event["data"]["object"]["id"] == invoice["id"])
    );
    let pay = format!("/v1/invoices/{}/pay", id(&invoice));
    let (status, _) = stage.post(stage.key(), &pay, &[("payment_method", "pm_card_chargeDeclined")]).await;
    assert_eq!(status, 402);
    assert_eq!(stage.write(&pay, &[]).await["status"], "paid");
    assert_eq!(stage.get(&path).await["status"], "active");
    let (status, _) = stage.post(stage.key(), &pay, &[]).await;
    assert_eq!(status, 400, "it is paid");
    ties_out(&stage, stage.key(), stage.sandbox.now().secs()).await;
    stage.close().await;
}

#[tokio::test]
async fn subscriptions_end_now_at_the_periods_end_or_with_their_customer() {
    let stage = Stage::open(still());
    let now = subscribe(&stage, &[]).await;
    let path = format!("/v1/subscriptions/{}", id(&now));
    let gone = stage.request(Method::DELETE, &path).bearer_auth(stage.key()).send().await.unwrap();
    assert_eq!(read(gone).await.1["status"], "canceled");
    let later = subscribe(&stage, &[("trial_period_days", "14")]).await;
    assert_eq!((&later["status"], &later["latest_invoice"]), (&json!("trialing"), &Value::Null));
    let path = format!("/v1/subscriptions/{}", id(&later));
    let changed = stage.write(&path, &[("cancel_at_period_end", "true")]).await;
    assert_eq!((&changed["cancel_at_period_end"], &changed["canceled_at"]), (&json!(true), &json!(END)));
    let orphan = subscribe(&stage, &[]).await;
    let customer = format!("/v1/customers/{}", orphan["customer"].as_str().unwrap());
    stage.request(Method::DELETE, &customer).bearer_auth(stage.key()).send().await.unwrap();
    let orphaned = stage.get(&format!("/v1/subscriptions/{}", id(&orphan))).await;
    assert_eq!(orphaned["status"], "canceled");
    stage.sandbox.advance(15 * DAY).unwrap();
    let ended = stage.get(&path).await;
    assert_eq!((&ended["status"], &ended["ended_at"]), (&json!("canceled"), &json!(END + 14 * 86_400)));
    let deleted = stage.get("/v1/events?type=customer.subscription.deleted&limit=3").await;
    let subscriptions: Vec<&Value> =
        deleted["data"].as_array().unwrap().iter().map(|event| &event["data"]["object"]["id"]).collect();
    assert!(subscriptions.contains(&&later["id"]));
    stage.close().await;
}

#[tokio::test]
async fn an_invoice_is_drafted_finalized_paid_or_voided() {
    let stage = Stage::open(still());
    let customer = stage.write("/v1/customers", &[("name", "Ada")]).await;
    let draft = async || {
        let form = [("customer", id(&customer)), ("currency", "usd")];
        let draft = stage.write("/v1/invoices", &form).await;
        assert_eq!((&draft["status"], &draft["number"]), (&json!("draft"), &Value::Null));
        for amount in ["700", "550"] {
            let form = [
                ("invoice", id(&draft)),
                ("customer", id(&customer)),
                ("amount", amount),
                ("currency", "usd"),
            ];
            stage.write("/v1/invoiceitems", &form).await;
        }
        id(&draft).to_owned()
    };
    let first = draft().await;
    let open = stage.write(&format!("/v1/invoices/{first}/finalize"), &[]).await;
    assert_eq!(
        (&open["status"], &open["total"], &open["amount_remaining"]),
        (&json!("open"), &json!(1250), &json!(1250))
    );
    assert!(open["number"].as_str().unwrap().ends_with("-0001"));
    assert_eq!(open["lines"]["data"].as_array().unwrap().len(), 2);
    let (status, _) = stage.post(stage.key(), &format!("/v1/invoices/{first}/finalize"), &[]).await;
    assert_eq!(status, 400);
    let paid = stage.write(&format!("/v1/invoices/{first}/pay"), &[]).await;
    assert_eq!((&paid["status"], &paid["amount_paid"]), (&json!("paid"), &json!(1250)));
    let second = draft().await;
    stage.write(&format!("/v1/invoices/{second}/finalize"), &[]).await;
    let voided = stage.write(&format!("/v1/invoices/{second}/void"), &[]).await;
    assert_eq!((&voided["status"], &voided["amount_paid"]), (&json!("void"), &json!(0)));
    let (status, _) = stage.post(stage.key(), &format!("/v1/invoices/{second}/pay"), &[]).await;
    assert_eq!(status, 400);
    let events = stage.get("/v1/events?limit=2").await;
    assert_eq!(events["data"][0]["type"], "invoice.voided");
    ties_out(&stage, stage.key(), END).await;
    stage.close().await;
}

use crate::support::{Stage, config, ids, read};
use crate::ties::{int, ties_out};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tributary_core::Mode;
use tributary_sandbox::{ClockMode, SandboxConfig};

const END: i64 = 1_750_000_000;

fn still() -> SandboxConfig {
    SandboxConfig { clock: ClockMode::Still, ..config() }
}

/// The types of the newest events, oldest first.
async fn newest(stage: &Stage, count: usize) -> Vec<String> {
    let events = stage.get(&format!("/v1/events?limit={count}")).await;
    let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
    events["data"].as_array().unwrap().iter().rev().map(kind).collect()
}

async fn pay(stage: &Stage, method: &str, more: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut form =
        vec![("amount", "5000"), ("currency", "usd"), ("confirm", "true"), ("payment_method", method)];
    form.extend(more);
    stage.post(stage.key(), "/v1/payment_intents", &form).await
}

#[tokio::test]
async fn a_payment_succeeds_with_its_charge_transaction_and_events() {
    let stage = Stage::open(still());
    let customer = stage.write("/v1/customers", &[("email", "ada@example.com")]).await;
    let id = customer["id"].as_str().unwrap();
    let (status, intent) =
        pay(&stage, "pm_card_visa", &[("customer", id), ("description", "Tea"), ("metadata[cup]", "1")])
            .await;
    assert_eq!(
        (status.as_u16(), &intent["status"], &intent["amount_received"]),
        (200, &json!("succeeded"), &json!(5000))
    );
    let path =
        format!("/v1/charges/{}?expand[]=balance_transaction", intent["latest_charge"].as_str().unwrap());
    let charge = stage.get(&path).await;
    assert_eq!((&charge["customer"], &charge["description"]), (&json!(id), &json!("Tea")));
    assert_eq!(charge["metadata"], json!({ "cup": "1" }));
    assert_eq!((&charge["created"], int(&charge["balance_transaction"]["amount"])), (&json!(END), 5000));
    let expected =
        ["customer.created", "payment_intent.created", "charge.succeeded", "payment_intent.succeeded"];
    assert_eq!(newest(&stage, 4).await, expected);
    let found = stage.get("/v1/customers?email=ada@example.com").await;
    assert_eq!(found["data"][0]["id"], json!(id));
    ties_out(&stage, stage.key(), END).await;
    stage.close().await;
}

#[tokio::test]
async fn a_declined_payment_says_why_and_leaves_its_attempt() {
    let stage = Stage::open(still());
    let (status, refused) = pay(&stage, "pm_card_chargeDeclinedInsufficientFunds", &[]).await;
    assert_eq!(status, 402);
    let error = &refused["error"];
    assert_eq!((&error["type"], &error["code"]), (&json!("card_error"), &json!("card_declined")));
    assert_eq!(error["decline_code"], "insufficient_funds");
    assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    let charge = stage.get(&format!("/v1/charges/{}", error["charge"].as_str().unwrap())).await;
    assert_eq!((&charge["status"], &charge["failure_code"]), (&json!("failed"), &json!("card_declined")));
    let expected = ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"];
    assert_eq!(newest(&stage, 3).await, expected);
    let path = format!("/v1/payment_intents/{}/confirm", error["payment_intent"]["id"].as_str().unwrap());
    let again = stage.write(&path, &[("payment_method", "pm_card_visa")]).await;
    assert_eq!(again["status"], "succeeded");
    ties_out(&stage, stage.key(), END).await;
    stage.close().await;
}

#[tokio::test]
async fn an_authorization_is_captured_in_part_or_let_go() {
    let stage = Stage::open(still());
    let manual = [("capture_method", "manual")];
    let (_, held) = pay(&stage, "pm_card_visa", &manual).await;
    assert_eq!((&held["status"], &held["amount_capturable"]), (&json!("requires_capture"), &json!(5000)));
    let path = format!("/v1/payment_intents/{}", held["id"].as_str().unwrap());
    let (status, _) =
        stage.post(stage.key(), &format!("{path}/capture"), &[("amount_to_capture", "5001")]).await;
    assert_eq!(status, 400);
    let captured = stage.write(&format!("{path}/capture"), &[("amount_to_capture", "3000")]).await;
    assert_eq!((&captured["status"], &captured["amount_received"]), (&json!("succeeded"), &json!(3000)));
    assert_eq!(newest(&stage, 2).await, ["charge.captured", "payment_intent.succeeded"]);
    let (status, refused) = stage.post(stage.key(), &format!("{path}/cancel"), &[]).await;
    assert_eq!(
        (status.as_u16(), &refused["error"]["code"]),
        (400, &json!("payment_intent_unexpected_state"))
    );

    let (_, held) = pay(&stage, "pm_card_visa", &manual).await;
    let path = format!("/v1/payment_intents/{}/cancel", held["id"].as_str().unwrap());
    assert_eq!(stage.write(&path, &[]).await["status"], "canceled");
    assert_eq!(newest(&stage, 3).await, ["refund.created", "charge.refunded", "payment_intent.canceled"]);
    ties_out(&stage, stage.key(), END).await;
    stage.close().await;
}

#[tokio::test]
async fn refunds_in_part_and_whole_leave_the_balance_even_below_zero() {
    let stage = Stage::open(still());
    let before = int(&stage.get("/v1/balance").await["available"][0]["amount"]);
    let (_, intent) = pay(&stage, "pm_card_visa", &[]).await;
    let charge = intent["latest_charge"].as_str().unwrap();
    let part = stage.write("/v1/refunds", &[("charge", charge), ("amount", "2000")]).await;
    assert_eq!((&part["status"], &part["amount"]), (&json!("succeeded"), &json!(2000)));
    let (status, refused) =
        stage.post(stage.key(), "/v1/refunds", &[("charge", charge), ("amount", "3001")]).await;
    assert_eq!(status, 400, "{refused}");
    let id = intent["id"].as_str().unwrap();
    let rest = stage.write("/v1/refunds", &[("payment_intent", id), ("reason", "duplicate")]).await;
    assert_eq!(rest["amount"], 3000);
    assert_eq!(newest(&stage, 2).await, ["refund.created", "charge.refunded"]);
    let events = stage.get("/v1/events?type=charge.refunded&limit=1").await;
    assert_eq!(
        events["data"][0]["data"]["previous_attributes"],
        json!({ "amount_refunded": 2000, "refunded": false })
    );
    let (_, refused) = stage.post(stage.key(), "/v1/refunds", &[("charge", charge)]).await;
    assert_eq!(refused["error"]["code"], "charge_already_refunded");
    let after = int(&stage.get("/v1/balance").await["available"][0]["amount"]);
    assert_eq!(after, before - 5000, "the payment is pending, its refund isn't");
    ties_out(&stage, stage.key(), END).await;
    stage.close().await;
}

#[tokio::test]
async fn a_refund_that_fails_gives_its_money_back() {
    let stage = Stage::open(still());
    let (_, intent) = pay(&stage, "pm_card_visa", &[]).await;
    let charge = intent["latest_charge"].as_str().unwrap();
    let refund = stage.write("/v1/refunds", &[("charge", charge)]).await;
    let control = format!("accounts/{}/test/fail", stage.account(0).id);
    assert_eq!(stage.control(&control, json!({ "refund": refund["id"] })).await.0, 200);
    assert_eq!(
        stage.get(&format!("/v1/refunds/{}", refund["id"].as_str().unwrap())).await["status"],
        "failed"
    );
    assert_eq!(stage.get(&format!("/v1/charges/{charge}")).await["amount_refunded"], 0);
    assert_eq!(newest(&stage, 1).await, ["refund.failed"]);
    assert_eq!(stage.control(&control, json!({ "refund": refund["id"] })).await.0, 400);
    ties_out(&stage, stage.key(), END).await;
    stage.close().await;
}

#[tokio::test]
async fn disputes_are_raised_answered_won_and_lost() {
    let stage = Stage::open(still());
    let account = stage.account(0).id.clone();
    pay(&stage, "pm_card_createDispute", &[]).await;
    assert_eq!(newest(&stage, 2).await, ["charge.dispute.created", "charge.dispute.funds_withdrawn"]);
    let dispute = stage.get("/v1/disputes?limit=1").await["data"][0].clone();
    assert_eq!((&dispute["status"], &dispute["amount"]), (&json!("needs_response"), &json!(5000)));
    assert_eq!(int(&dispute["balance_transactions"][0]["fee"]), 1500);
    let charge = dispute["charge"].as_str().unwrap();
    let (_, refused) = stage.post(stage.key(), "/v1/refunds", &[("charge", charge)]).await;
    assert_eq!(refused["error"]["code"], "charge_disputed");
    let path = format!("/v1/disputes/{}", dispute["id"].as_str().unwrap());
    let answered = stage.write(&path, &[("evidence[uncategorized_text]", "see receipt")]).await;
    assert_eq!(answered["status"], "under_review");
    let verdict = json!({ "dispute": dispute["id"], "won": true });
    assert_eq!(stage.control(&format!("accounts/{account}/test/verdict"), verdict.clone()).await.0, 200);
    assert_eq!(stage.get(&path).await["status"], "won");
    let expected = ["charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated"];
    assert_eq!(newest(&stage, 3).await, expected);
    assert_eq!(stage.control(&format!("accounts/{account}/test/verdict"), verdict).await.0, 400);

    let (_, intent) = pay(&stage, "pm_card_visa", &[]).await;
    let raised = json!({ "charge": intent["latest_charge"], "amount": 1000 });
    let (_, made) = stage.control(&format!("accounts/{account}/test/dispute"), raised.clone()).await;
    let path = format!("/v1/disputes/{}/close", made["id"].as_str().unwrap());
    assert_eq!(stage.write(&path, &[]).await["status"], "lost");
    assert_eq!(stage.control(&format!("accounts/{account}/test/dispute"), raised).await.0, 400);
    ties_out(&stage, stage.key(), END).await;
    stage.close().await;
}

#[tokio::test]
async fn payouts_are_made_called_back_and_fail() {
    let stage = Stage::open(still());
    let charge = stage.sandbox.add_charge(&stage.account(0).id, Mode::Test, 50_000).unwrap();
    let paid = stage.get(&format!("/v1/charges/{charge}?expand[]=balance_transaction")).await;
    // Just after midnight, before the hour of automatic payouts.
    let to_wait = int(&paid["balance_transaction"]["available_on"]) - END + 60;
    stage.sandbox.advance(u32::try_from(to_wait).unwrap()).unwrap();
    let now = stage.sandbox.now().secs();
    let available = stage.get("/v1/balance").await["available"][0].clone();
    let amount = int(&available["amount"]);
    assert!(amount > 40_000, "{available}");
    let code = available["currency"].as_str().unwrap();
    let too_much = (amount + 1).to_string();
    let (_, refused) =
        stage.post(stage.key(), "/v1/payouts", &[("amount", &too_much), ("currency", code)]).await;
    assert_eq!(refused["error"]["code"], "balance_insufficient");
    let made = stage.write("/v1/payouts", &[("amount", "100"), ("currency", code)]).await;
    assert_eq!(
        (&made["automatic"], &made["reconciliation_status"]),
        (&json!(false), &json!("not_applicable"))
    );
    let path = format!("/v1/payouts/{}/cancel", made["id"].as_str().unwrap());
    assert_eq!(stage.write(&path, &[]).await["status"], "canceled");
    assert_eq!(newest(&stage, 2).await, ["payout.created", "payout.canceled"]);
    let made = stage.write("/v1/payouts", &[("amount", "200"), ("currency", code)]).await;
    let control = format!("accounts/{}/test/fail", stage.account(0).id);
    assert_eq!(stage.control(&control, json!({ "payout": made["id"] })).await.0, 200);
    assert_eq!(newest(&stage, 1).await, ["payout.failed"]);
    assert_eq!(int(&stage.get("/v1/balance").await["available"][0]["amount"]), amount);
    ties_out(&stage, stage.key(), now).await;
    stage.close().await;
}

#[tokio::test]
async fn customers_products_and_prices_are_made_changed_and_deleted() {
    let stage = Stage::open(still());
    let customer =
        stage.write("/v1/customers", &[("address[city]", "Paris"), ("address[country]", "FR")]).await;
    assert_eq!((&customer["address"]["city"], &customer["name"]), (&json!("Paris"), &Value::Null));
    let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
    let gone = stage.request(Method::DELETE, &path).bearer_auth(stage.key()).send().await.unwrap();
    assert_eq!(read(gone).await.1, json!({ "id": customer["id"], "object": "customer", "deleted": true }));
    let deleted = stage.get("/v1/events?type=customer.deleted&limit=1").await;
    assert_eq!(deleted["data"][0]["data"]["object"], customer);
    assert_eq!(stage.get(&path).await["deleted"], true);
    assert!(
        !ids(&stage.walk(stage.key(), "/v1/customers", 100).await)
            .contains(&customer["id"].as_str().unwrap().to_owned())
    );

    let product = stage.write("/v1/products", &[("name", "Lamp"), ("description", "Bright")]).await;
    let id = product["id"].as_str().unwrap();
    let form =
        [("product", id), ("currency", "usd"), ("unit_amount", "1500"), ("recurring[interval]", "month")];
    let price = stage.write("/v1/prices", &form).await;
    assert_eq!(
        (&price["type"], &price["unit_amount"], &price["product"]),
        (&json!("recurring"), &json!(1500), &json!(id))
    );
    let changed = stage.write(&format!("/v1/products/{id}"), &[("active", "false")]).await;
    assert_eq!(changed["active"], false);
    assert!(ids(&stage.walk(stage.key(), "/v1/products?active=false", 100).await).contains(&id.to_owned()));
    let events = stage.get("/v1/events?type=product.updated&limit=1").await;
    assert_eq!(events["data"][0]["data"]["previous_attributes"]["active"], true);
    let kept = stage
        .request(Method::DELETE, &format!("/v1/products/{id}"))
        .bearer_auth(stage.key())
        .send()
        .await
        .unwrap();
    assert_eq!(kept.status(), 400, "it has a price");
    stage.close().await;
}

#[tokio::test]
async fn refused_writes_say_why_and_change_nothing() {
    let stage = Stage::open(still());
    let before = ids(&stage.walk(stage.key(), "/v1/events", 100).await);
    let cases: [(&str, &[(&str, &str)], u16, &str); 9] = [
        ("/v1/customers", &[("nmae", "Ada")], 400, "parameter_unknown"),
        ("/v1/payment_intents", &[("currency", "usd")], 400, "parameter_missing"),
        ("/v1/payment_intents", &[("amount", "0"), ("currency", "usd")], 400, "parameter_invalid_integer"),
        ("/v1/payment_intents", &[("amount", "ten"), ("currency", "usd")], 400, "parameter_invalid_integer"),
        ("/v1/refunds", &[("charge", "ch_x")], 400, "resource_missing"),
        ("/v1/refunds", &[], 400, "parameter_missing"),
        ("/v1/charges/ch_x", &[("description", "x")], 404, "resource_missing"),
        ("/v1/disputes/du_x/close", &[], 404, "resource_missing"),
        ("/v1/products", &[], 400, "parameter_missing"),
    ];
    for (path, form, status, code) in cases {
        let (got, refused) = stage.post(stage.key(), path, form).await;
        assert_eq!(
            (got.as_u16(), refused["error"]["code"].as_str()),
            (status, Some(code)),
            "{path} {form:?}: {refused}"
        );
    }
    let restricted = stage.account(0).restricted_key.clone();
    let (status, refused) = stage.post(&restricted, "/v1/customers", &[]).await;
    assert_eq!(status, 403);
    assert!(refused["error"]["message"].as_str().unwrap().contains("'rak_customer_write'"));
    assert_eq!(stage.post(stage.key(), "/v1/nonsense", &[]).await.0, 404);
    assert_eq!(ids(&stage.walk(stage.key(), "/v1/events", 100).await), before);
    stage.close().await;
}

#[tokio::test]
async fn an_idempotency_key_gives_the_first_answer_again() {
    let stage = Stage::open(still());
    let send = async |key: &str, form: &[(&str, &str)]| {
        let request = stage.request(Method::POST, "/v1/payment_intents").bearer_auth(stage.key()).form(form);
        request.header("Idempotency-Key", key).send().await.unwrap()
    };
    let count = async || stage.walk(stage.key(), "/v1/charges", 100).await.len();
    let form =
        [("amount", "900"), ("currency", "usd"), ("confirm", "true"), ("payment_method", "pm_card_visa")];
    let first = send("k1", &form).await;
    assert!(first.headers().get("idempotent-replayed").is_none());
    let request_id = first.headers()["request-id"].to_str().unwrap().to_owned();
    let (_, first) = read(first).await;
    let charges = count().await;
    let second = send("k1", &form).await;
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    assert_eq!(second.headers()["original-request"].to_str().unwrap(), request_id);
    assert_eq!(read(second).await.1, first);
    let event = stage.get("/v1/events?limit=1").await["data"][0].clone();
    assert_eq!(event["request"], json!({ "id": request_id, "idempotency_key": "k1" }));
    let other = send("k1", &[("amount", "901"), ("currency", "usd")]).await;
    let (status, refused) = read(other).await;
    assert_eq!((status.as_u16(), &refused["error"]["type"]), (400, &json!("idempotency_error")));
    let bad = [
        ("amount", "900"),
        ("currency", "usd"),
        ("confirm", "true"),
        ("payment_method", "pm_card_chargeDeclined"),
    ];
    let declined = read(send("k2", &bad).await).await;
    assert_eq!(declined.0, 402);
    assert_eq!(read(send("k2", &bad).await).await, declined, "a declined payment isn't tried again");
    assert_eq!(count().await, charges + 1);
    stage.sandbox.advance(86_401).unwrap();
    assert!(send("k1", &form).await.headers().get("idempotent-replayed").is_none(), "a day later it is new");
    stage.close().await;
}

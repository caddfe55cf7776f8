use crate::support::{Stage, config, read};
use reqwest::Method;
use serde_json::{Value, json};
use tributary_core::Mode;
use tributary_sandbox::SandboxConfig;

async fn refused(stage: &Stage, path: &str, status: u16) -> Value {
    let (got, body) = stage.get_as(stage.key(), path).await;
    assert_eq!(got.as_u16(), status, "{path}: {body}");
    body["error"].clone()
}

#[tokio::test]
async fn bad_parameters_are_refused_by_name_and_code() {
    let stage = Stage::open(config());
    let cases = [
        ("/v1/charges?limit=0", "parameter_invalid_integer", "limit"),
        ("/v1/charges?limit=101", "parameter_invalid_integer", "limit"),
        ("/v1/charges?limit=x", "parameter_invalid_integer", "limit"),
        ("/v1/charges?foo=1", "parameter_unknown", "foo"),
        ("/v1/customers?customer=1", "parameter_unknown", "customer"),
        ("/v1/charges?created[gte]=yesterday", "parameter_invalid_integer", "created[gte]"),
        ("/v1/charges?starting_after=ch_x", "resource_missing", "starting_after"),
        ("/v1/charges?ending_before=ch_x", "resource_missing", "ending_before"),
        ("/v1/charges?customer=cus_x", "resource_missing", "customer"),
        ("/v1/charges?starting_after=", "parameter_invalid_empty", "starting_after"),
        ("/v1/balance?foo=1", "parameter_unknown", "foo"),
    ];
    for (path, code, param) in cases {
        let error = refused(&stage, path, 400).await;
        assert_eq!((error["code"].as_str(), error["param"].as_str()), (Some(code), Some(param)), "{path}");
        assert_eq!(error["type"], "invalid_request_error");
        assert!(error["doc_url"].as_str().unwrap().ends_with(&code.replace('_', "-")));
    }
    let both = refused(&stage, "/v1/charges?starting_after=a&ending_before=b", 400).await;
    assert_eq!(
        both["message"],
        "Received both starting_after and ending_before parameters. Please pass in only one."
    );
    let expand = refused(&stage, "/v1/charges?expand[]=data.amount", 400).await;
    assert_eq!(expand["message"], "This property cannot be expanded (amount).");
    let deep = refused(&stage, "/v1/charges/ch_x?expand[]=a.b.c.d.e", 400).await;
    assert!(deep["message"].as_str().unwrap().contains("more than 4 levels"));
    stage.close().await;
}

#[tokio::test]
async fn unknown_ids_and_routes_are_missing() {
    let stage = Stage::open(config());
    let missing = refused(&stage, "/v1/charges/ch_x", 404).await;
    assert_eq!(
        missing,
        json!({
            "code": "resource_missing",
            "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
            "message": "No such charge: 'ch_x'",
            "param": "id",
            "type": "invalid_request_error",
        })
    );
    let route = refused(&stage, "/v1/foo", 404).await;
    assert!(route["message"].as_str().unwrap().starts_with("Unrecognized request URL (GET: /v1/foo)."));
    assert!(route.get("code").is_none());
    let live = stage.sandbox.ids(&stage.account(0).id, Mode::Live, "charges".parse().unwrap()).unwrap();
    let hint = refused(&stage, &format!("/v1/charges/{}", live[0]), 404).await;
    let expected = format!(
        "No such charge: '{}'; a similar object exists in live mode, but a test mode key was used to make this request.",
        live[0]
    );
    assert_eq!(hint["message"], expected);
    let foreign = stage.sandbox.ids(&stage.account(1).id, Mode::Test, "charges".parse().unwrap()).unwrap();
    let error = refused(&stage, &format!("/v1/charges/{}", foreign[0]), 404).await;
    assert_eq!(error["message"], format!("No such charge: '{}'", foreign[0]));
    stage.close().await;
}

#[tokio::test]
async fn keys_that_do_not_hold_answer_401() {
    let stage = Stage::open(config());
    let (status, body) = read(stage.request(Method::GET, "/v1/balance").send().await.unwrap()).await;
    assert_eq!(status, 401);
    assert!(body["error"]["message"].as_str().unwrap().starts_with("You did not provide an API key."));
    let response =
        stage.request(Method::GET, "/v1/balance").bearer_auth("sk_test_nonsense1234").send().await.unwrap();
    assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"Stripe\"");
    let (_, body) = read(response).await;
    assert_eq!(body["error"]["message"], "Invalid API Key provided: sk_test_********1234");
    let (status, body) = stage.get_as("pk_test_abc", "/v1/balance").await;
    assert_eq!((status.as_u16(), body["error"]["code"].as_str()), (401, Some("secret_key_required")));

    let key = stage.account(0).restricted_key.clone();
    assert_eq!(stage.get_as(&key, "/v1/balance").await.0, 200);
    assert_eq!(stage.control("revoke", json!({ "key": key })).await.0, 200);
    let (status, body) = stage.get_as(&key, "/v1/balance").await;
    assert_eq!((status.as_u16(), body["error"]["code"].as_str()), (401, Some("api_key_expired")));
    assert!(body["error"]["message"].as_str().unwrap().starts_with("Expired API Key provided: rk_test_***"));
    stage.close().await;
}

#[tokio::test]
async fn basic_authorization_is_as_good_as_bearer() {
    let stage = Stage::open(config());
    let response =
        stage.request(Method::GET, "/v1/balance").basic_auth(stage.key(), Some("")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    stage.close().await;
}

#[tokio::test]
async fn a_missing_permission_is_named_with_key_masked_and_account() {
    let stage = Stage::open(config());
    let (key, account) = (stage.account(0).restricted_key.clone(), stage.account(0).id.clone());
    stage.control("permissions", json!({ "key": key, "remove": ["rak_charge_read"] })).await;
    for path in ["/v1/charges", "/v1/refunds", "/v1/disputes?expand[]=data.charge"] {
        let (status, body) = stage.get_as(&key, path).await;
        assert_eq!(status, 403, "{path}");
        let masked = format!("rk_test_{}{}", "*".repeat(key.len() - 14), &key[key.len() - 6..]);
        let expected = format!(
            "The provided key '{masked}' does not have the required permissions for this endpoint on account \
             '{account}'. Having the 'rak_charge_read' permission would allow this request to continue."
        );
        assert_eq!(body["error"]["message"], expected);
        assert!(body["error"].get("code").is_none());
    }
    assert_eq!(stage.get_as(&key, "/v1/disputes").await.0, 200);
    stage.control("permissions", json!({ "key": key, "restore": ["rak_charge_read"] })).await;
    assert_eq!(stage.get_as(&key, "/v1/charges").await.0, 200);
    let (status, _) =
        stage.control("permissions", json!({ "key": stage.key(), "remove": ["rak_charge_read"] })).await;
    assert_eq!(status, 400);
    stage.close().await;
}

#[tokio::test]
async fn other_accounts_are_out_of_reach() {
    let stage = Stage::open(config());
    let other = stage.account(1).id.clone();
    let platform = stage.info.platforms[0].secret_key.clone();
    let cases = [
        (platform, Some("account_invalid")),
        (stage.key().to_owned(), Some("platform_account_required")),
        (stage.account(0).restricted_key.clone(), None),
    ];
    for (key, code) in cases {
        let request =
            stage.request(Method::GET, "/v1/balance").bearer_auth(&key).header("Stripe-Account", &other);
        let (status, body) = read(request.send().await.unwrap()).await;
        assert_eq!((status.as_u16(), body["error"]["code"].as_str()), (403, code), "{body}");
    }
    let (status, body) = stage.get_as(stage.key(), &format!("/v1/accounts/{other}")).await;
    assert_eq!((status.as_u16(), body["error"]["code"].as_str()), (403, Some("account_invalid")));
    stage.close().await;
}

#[tokio::test]
async fn every_reply_carries_its_request_id_version_and_date() {
    let stage = Stage::open(config());
    let send = async |path: &str| {
        stage
            .request(Method::GET, path)
            .bearer_auth(stage.key())
            .header("Stripe-Version", "2026-10-28.endive")
            .send()
            .await
            .unwrap()
    };
    for path in ["/v1/balance", "/v1/charges/ch_x", "/v1/charges?limit=1"] {
        let response = send(path).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(header("request-id").starts_with("req_"));
        assert_eq!(header("stripe-version"), tributary_sandbox::STRIPE_VERSION);
        assert!(header("date").ends_with("GMT"));
        assert_eq!(header("content-type"), "application/json");
    }
    stage.close().await;
}

#[tokio::test]
async fn more_requests_than_allowed_are_refused_with_the_reason() {
    let stage = Stage::open(SandboxConfig { requests_per_second: None, ..config() });
    let mut reasons = Vec::new();
    for _ in 0..60 {
        let response =
            stage.request(Method::GET, "/v1/balance").bearer_auth(stage.key()).send().await.unwrap();
        if response.status() == 429 {
            reasons.push(response.headers()["stripe-rate-limited-reason"].to_str().unwrap().to_owned());
            let (_, body) = read(response).await;
            assert_eq!(body["error"]["code"], "rate_limit");
            break;
        }
    }
    assert_eq!(reasons, ["global-rate"]);
    stage.close().await;
}

#[tokio::test]
async fn requests_are_counted_by_endpoint() {
    let stage = Stage::open(config());
    stage.get("/v1/charges?limit=1").await;
    stage.get("/v1/charges?limit=2").await;
    refused(&stage, "/v1/charges/ch_x", 404).await;
    assert_eq!(stage.sandbox.request_count("GET /v1/charges"), 2);
    let (_, counts) = read(stage.request(Method::GET, "/_sandbox/requests").send().await.unwrap()).await;
    assert_eq!(counts["total"], 3);
    assert_eq!(counts["endpoints"]["GET /v1/charges/:id"], 1);
    assert_eq!(counts["statuses"]["404"], 1);
    read(stage.request(Method::DELETE, "/_sandbox/requests").send().await.unwrap()).await;
    assert_eq!(stage.sandbox.request_count(""), 0);
    stage.close().await;
}

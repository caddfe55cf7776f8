//! How accounts are connected and keys probed.

use crate::server::{Asked, Does, Server, answer, json};
use std::time::Duration;
use tributary_core::ids::AccountId;
use tributary_core::key::StripeKey;
use tributary_core::{AccessScope, Clock, Mode, Resource, Secret};
use tributary_stripe::oauth::{self, Disconnected, ExchangeError};
use tributary_stripe::{Client, ErrorKind, StripeSettings, Unreachable, probe};

const TOKENS: &str = r#"{"access_token":"sk_test_CanaryAccess","livemode":false,"refresh_token":"rt_CanaryRefresh",
    "token_type":"bearer","stripe_publishable_key":"pk_test_1","stripe_user_id":"acct_9","scope":"read_only","new":1}"#;

fn client(url: &str) -> Client {
    let mut settings = StripeSettings::at(url.parse().unwrap(), url.parse().unwrap());
    settings.total_timeout = Duration::from_millis(400);
    settings.limits.test_requests_per_second = 0;
    settings.limits.per_endpoint = 0;
    Client::new(settings, Clock::system()).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

async fn exchange(url: &str) -> Result<oauth::Tokens, ExchangeError> {
    let (key, code) = (secret("sk_test_CanaryPlatform"), secret("ac_CanaryCode"));
    let result = oauth::exchange(&client(url), "ca_1", &key, &code).await;
    let shown = match &result {
        Ok(tokens) => format!("{tokens:?}"),
        Err(error) => format!("{error} {error:?}"),
    };
    assert!(!shown.contains("Canary"), "{shown}");
    result
}

/// The error for one answer, which must have been asked for exactly once.
async fn refusal(does: Does) -> ExchangeError {
    let server = Server::playing(vec![does]).await;
    let error = exchange(&server.url).await.unwrap_err();
    assert_eq!(server.asked().len(), 1, "a code is exchanged once");
    error
}

#[test]
fn the_merchant_is_sent_to_the_consent_page() {
    let client = client("http://127.0.0.1:1");
    let redirect = "https://link.example.com/oauth/callback".parse().unwrap();
    let url = oauth::authorize_url(&client, "ca_1", &redirect, AccessScope::ReadOnly, &secret("st/ate"));
    assert_eq!(url.path(), "/oauth/authorize");
    let pairs: std::collections::BTreeMap<_, _> = url.query_pairs().collect();
    let expected = [
        ("client_id", "ca_1"),
        ("redirect_uri", "https://link.example.com/oauth/callback"),
        ("response_type", "code"),
        ("scope", "read_only"),
        ("state", "st/ate"),
    ];
    assert_eq!(pairs, expected.into_iter().map(|(k, v)| (k.into(), v.into())).collect());
}

#[tokio::test]
async fn a_code_becomes_tokens_with_the_secret_in_the_body() {
    let server = Server::playing(vec![json(200, TOKENS)]).await;
    let tokens = exchange(&server.url).await.unwrap();
    assert_eq!(tokens.account, AccountId("acct_9".into()));
    assert_eq!(tokens.access_token.expose(), "sk_test_CanaryAccess");
    assert_eq!(tokens.refresh_token.unwrap().expose(), "rt_CanaryRefresh");
    assert_eq!((tokens.mode, tokens.scope.as_deref()), (Mode::Test, Some("read_only")));
    let asked = &server.asked()[0];
    assert_eq!(asked.line, "POST /oauth/token HTTP/1.1");
    let pairs = "grant_type=authorization_code&code=ac_CanaryCode&client_id=ca_1&client_secret=sk_test_CanaryPlatform";
    assert_eq!(asked.body, pairs);
}

#[tokio::test]
async fn each_way_to_fail_is_told_apart_and_none_is_repeated() {
    let used =
        r#"{"error":"invalid_grant","error_description":"This code ac_CanaryCode has already been used."}"#;
    let ExchangeError::Refused { code, description } = refusal(json(400, used)).await else { panic!() };
    assert_eq!(
        (code.as_str(), description.as_str()),
        ("invalid_grant", "This code ac_… has already been used.")
    );

    let bad_key = r#"{"error":{"message":"Invalid API Key provided: sk_test_CanaryPlatform","type":"invalid_request_error"}}"#;
    assert!(matches!(refusal(json(401, bad_key)).await, ExchangeError::BadSecretKey { .. }));

    let truncated =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{TOKENS}");
    for does in [
        json(500, r#"{"error":{"message":"An unknown error occurred"}}"#),
        answer(503, &["Stripe-Should-Retry: true"], "text/html", "<html>"),
        answer(302, &["Location: http://127.0.0.1:1/"], "text/html", ""),
        json(200, r#"{"access_token":"sk_test_CanaryAccess"}"#),
        answer(200, &[], "text/html", "<html>sk_test_CanaryAccess</html>"),
        Does::Writes(truncated.into_bytes()),
        Does::Writes(Vec::new()),
        Does::HangsAfter(Vec::new()),
    ] {
        let error = refusal(does.clone()).await;
        assert!(matches!(error, ExchangeError::Ambiguous(_)), "{error:?} for {does:?}");
    }

    assert_eq!(exchange("http://127.0.0.1:1").await.unwrap_err(), ExchangeError::Unreachable);
}

#[tokio::test]
async fn letting_go_of_an_account_that_is_gone_succeeds() {
    let (key, account) = (secret("sk_test_CanaryPlatform"), AccountId("acct_9".into()));
    let gone = r#"{"error":"invalid_client","error_description":"This application is not connected to stripe account acct_9, or that account does not exist."}"#;
    let bad_key = r#"{"error":{"message":"Invalid API Key provided: sk_test_CanaryPlatform"}}"#;
    let script = vec![json(200, r#"{"stripe_user_id":"acct_9"}"#), json(401, gone), json(401, bad_key)];
    let server = Server::playing(script).await;
    let client = client(&server.url);
    let deauthorize = || oauth::deauthorize(&client, "ca_1", &key, &account);
    assert_eq!(deauthorize().await, Ok(Disconnected::Now));
    assert_eq!(deauthorize().await, Ok(Disconnected::Already));
    let error = deauthorize().await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unauthorized { .. }));
    assert!(!format!("{error:?}").contains("Canary"));
    let asked = &server.asked()[0];
    assert_eq!(asked.line, "POST /oauth/deauthorize HTTP/1.1");
    assert_eq!(asked.body, "client_id=ca_1&stripe_user_id=acct_9");
    assert!(asked.has("Authorization: Bearer sk_test_CanaryPlatform"));
}

fn key() -> StripeKey {
    StripeKey::parse("rk_test_51CanaryKey").unwrap()
}

/// What follows `/v1/` in the paths of all resources.
const EVERYTHING: [&str; 20] = [
    "account",
    "balance",
    "balance_transactions",
    "charges",
    "checkout/sessions",
    "coupons",
    "credit_notes",
    "customers",
    "disputes",
    "invoice_payments",
    "invoices",
    "payment_intents",
    "payouts",
    "prices",
    "products",
    "refunds",
    "setup_intents",
    "subscriptions",
    "tax_rates",
    "terminal/locations",
];

/// Answers as Stripe does to a key with some permissions.
fn granting(granted: &'static [&'static str]) -> impl Fn(&Asked, usize) -> Does {
    move |asked, _| {
        let path = asked.line.split([' ', '?']).nth(1).unwrap_or_default();
        let name = path.trim_start_matches("/v1/");
        match name {
            _ if !granted.contains(&name) => {
                let words = format!(
                    "The provided key 'rk_test_*********aryKey' does not have the required permissions for this endpoint on account 'acct_7'. Having the 'rak_{name}_read' permission would allow this request to continue."
                );
                json(403, &format!(r#"{{"error":{{"message":"{words}","type":"invalid_request_error"}}}}"#))
            }
            "balance" => json(200, r#"{"object":"balance","livemode":false}"#),
            "account" => json(200, r#"{"id":"acct_8","object":"account"}"#),
            _ => json(200, r#"{"object":"list","has_more":false,"data":[]}"#),
        }
    }
}

#[tokio::test]
async fn a_key_that_may_read_everything_lacks_nothing() {
    let server = Server::answering(granting(&EVERYTHING)).await;
    let report = probe::probe(&client(&server.url), &key()).await.unwrap();
    assert_eq!(report.granted, Resource::ALL);
    assert_eq!(report.missing, []);
    assert_eq!(report.account_id, Some(AccountId("acct_8".into())));
    assert_eq!(report.mode, Mode::Test);
    assert!(server.asked()[0].line.starts_with("GET /v1/balance "), "the balance is asked for first");
}

#[tokio::test]
async fn each_missing_permission_is_named_and_the_account_found_in_the_denial() {
    let server = Server::answering(granting(&["balance", "charges", "refunds"])).await;
    let report = probe::probe(&client(&server.url), &key()).await.unwrap();
    assert_eq!(report.granted, [Resource::Balance, Resource::Charges, Resource::Refunds]);
    assert_eq!(report.account_id, Some(AccountId("acct_7".into())));
    assert_eq!(report.missing.len(), Resource::ALL.len() - 3);
    assert!(report.missing.contains(&(Resource::Customers, "rak_customers_read".into())));

    let server = Server::answering(granting(&[])).await;
    let report = probe::probe(&client(&server.url), &key()).await.unwrap();
    assert_eq!((report.granted.len(), report.missing.len()), (0, Resource::ALL.len()));
}

#[tokio::test]
async fn an_account_that_nothing_names_is_found_on_a_receipt_or_not_at_all() {
    let answers = |asked: &Asked, receipts: bool| {
        let charge = r#"{"id":"ch_1","receipt_url":"https://pay.stripe.com/receipts/acct_6/ch_1/rcpt_1"}"#;
        let data = if receipts && asked.line.contains("/charges") { charge } else { "" };
        match asked.line.split([' ', '?']).nth(1) {
            Some("/v1/balance") => json(200, r#"{"object":"balance","livemode":false}"#),
            Some("/v1/account") => json(403, r#"{"error":{"message":"not for this key"}}"#),
            _ => json(200, &format!(r#"{{"object":"list","has_more":false,"data":[{data}]}}"#)),
        }
    };
    for (receipts, expected) in [(true, Some(AccountId("acct_6".into()))), (false, None)] {
        let server = Server::answering(move |asked, _| answers(asked, receipts)).await;
        let report = probe::probe(&client(&server.url), &key()).await.unwrap();
        assert_eq!(report.account_id, expected);
        assert_eq!(report.missing, [(Resource::Account, "rak_accounts_kyc_basic_read".to_owned())]);
    }
}

#[tokio::test]
async fn a_dead_key_costs_one_request_and_an_outage_gives_no_report() {
    let dead = json(401, r#"{"error":{"message":"Invalid API Key provided: rk_test_51CanaryKey"}}"#);
    let server = Server::playing(vec![dead]).await;
    let error = probe::probe(&client(&server.url), &key()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unauthorized { .. }));
    assert!(!format!("{error} {error:?}").contains("Canary"));
    assert_eq!(server.asked().len(), 1);

    let error = probe::probe(&client("http://127.0.0.1:1"), &key()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable(Unreachable::NotConnected));
}

#[test]
fn the_stand_in_for_an_unknown_account_tells_nothing_of_the_key() {
    let id = probe::synthetic_account_id(&secret("rk_test_51CanaryKey"));
    assert_eq!(id, probe::synthetic_account_id(&secret("rk_test_51CanaryKey")));
    assert_ne!(id, probe::synthetic_account_id(&secret("rk_test_51OtherKey")));
    assert!(id.0.starts_with("key_") && id.0.len() == 47 && !id.0.contains("Canary"));
}

//! A served sandbox and a client for it.

use reqwest::{Method, RequestBuilder, Response, StatusCode, redirect};
use serde_json::Value;
use std::net::TcpListener;
use std::sync::{Arc, Once};
use tributary_core::{Millis, Mode};
use tributary_sandbox::{AccountInfo, Sandbox, SandboxConfig, SandboxHandle, SandboxInfo, serve};

static PROVIDER: Once = Once::new();

/// A sandbox on a free port, and all a test needs to talk to it.
pub struct Stage {
    pub sandbox: Arc<Sandbox>,
    pub info: SandboxInfo,
    pub client: reqwest::Client,
    handle: SandboxHandle,
}

/// Three accounts of 240 charges at a fixed end, without limits.
pub fn config() -> SandboxConfig {
    SandboxConfig {
        seed: 7,
        end: Some(Millis::from_secs(1_750_000_000)),
        charges: 240,
        requests_per_second: Some(0.0),
        workers: 1,
        ..SandboxConfig::default()
    }
}

impl Stage {
    pub fn open(config: SandboxConfig) -> Self {
        PROVIDER.call_once(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let sandbox = Sandbox::open(config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (url, handle) = serve(Arc::clone(&sandbox), listener).unwrap();
        let client = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Stage { info: sandbox.info(&url), sandbox, client, handle }
    }

    pub fn account(&self, number: usize) -> &AccountInfo {
        &self.info.accounts[number]
    }

    /// The first account's secret key in test mode.
    pub fn key(&self) -> &str {
        &self.account(0).secret_key
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.info.url))
    }

    /// `GET` as the holder of a key; status and JSON.
    pub async fn get_as(&self, key: &str, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path).bearer_auth(key).send().await.unwrap()).await
    }

    /// `GET` as the first account; it must succeed.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.get_as(self.key(), path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// `POST` of a form as the holder of a key; status and JSON.
    pub async fn post(&self, key: &str, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        read(self.request(Method::POST, path).bearer_auth(key).form(form).send().await.unwrap()).await
    }

    /// `POST` of a form as the first account; it must succeed.
    pub async fn write(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let (status, body) = self.post(self.key(), path, form).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn control(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let url = format!("/_sandbox/{path}");
        read(self.request(Method::POST, &url).json(&body).send().await.unwrap()).await
    }

    /// Every object of a list, by `starting_after`, in pages of `limit`.
    pub async fn walk(&self, key: &str, list: &str, limit: usize) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        for _ in 0..1000 {
            let cursor = all
                .last()
                .map_or(String::new(), |last| format!("&starting_after={}", last["id"].as_str().unwrap()));
            let separator = if list.contains('?') { '&' } else { '?' };
            let (status, page) = self.get_as(key, &format!("{list}{separator}limit={limit}{cursor}")).await;
            assert_eq!(status, 200, "{list}: {page}");
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return all;
            }
        }
        panic!("{list} never ends");
    }

    pub fn live_key(&self, number: usize) -> String {
        self.sandbox.secret_key(&self.account(number).id, Mode::Live).unwrap()
    }

    pub async fn close(self) {
        self.handle.stop(false).await;
    }
}

pub async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

pub fn ids(objects: &[Value]) -> Vec<String> {
    objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

pub const LISTS: [&str; 9] = [
    "customers",
    "products",
    "prices",
    "payment_intents",
    "charges",
    "refunds",
    "disputes",
    "balance_transactions",
    "payouts",
];

/// Connects an account to the platform, to read; its access token.
pub async fn authorize(stage: &Stage, mode: Mode, account: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", stage.sandbox.client_id(mode).as_str()),
            ("response_type", "code"),
            ("redirect_uri", "http://127.0.0.1:9/"),
        ])
        .finish();
    let form = [("account", account), ("decision", "connect")];
    let path = format!("/oauth/authorize?{query}");
    let response = stage.request(Method::POST, &path).form(&form).send().await.unwrap();
    let location: url::Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
    let code = location.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let (_, tokens) = stage.post(&stage.sandbox.platform_key(mode), "/oauth/token", &form).await;
    tokens["access_token"].as_str().unwrap().to_owned()
}

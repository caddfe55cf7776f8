//! The API over a database of its own, asked as a client asks.

mod admission;
mod companies;
mod connections;
mod data;
mod errors;
mod extensions;
mod idempotency;
mod integrations;
mod lists;
mod operations;
mod orders;
mod platform;
mod queries;
mod reading;
mod records;
mod records_odd;
mod representation;
mod seed;
mod sockets;
mod streams;
mod sync_settings;
mod webhooks;

use crate::{ApiSettings, ApiState, routes};
use actix_web::body::{BodySize, MessageBody, to_bytes};
use actix_web::dev::Service;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use seed::{NOW, Seed, Tenant};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Notify;
use tributary_core::{Clock, PublicUrls, Secret};

/// The API, its database and two tenants.
struct TestApi {
    seed: Seed,
    /// Whose data most tests read.
    one: Tenant,
    /// Somebody else.
    other: Tenant,
    clock: Clock,
    wake: Arc<Notify>,
    state: ApiState,
}

/// What came back.
struct Reply {
    status: u16,
    headers: HeaderMap,
    /// The length that the body has, or would have.
    size: Option<u64>,
    bytes: Vec<u8>,
    /// The body, unless it is compressed.
    text: String,
}

impl Reply {
    async fn read(response: HttpResponse) -> Reply {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let size = match response.body().size() {
            BodySize::Sized(bytes) => Some(bytes),
            BodySize::None | BodySize::Stream => None,
        };
        let bytes = to_bytes(response.into_body()).await.unwrap().to_vec();
        let text = String::from_utf8(bytes.clone()).unwrap_or_default();
        Reply { status, headers, size, bytes, text }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the contract's text of an error.
    fn error(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(body["statusCode"], self.status, "{}", self.text);
        (self.status, body["error"].as_str().unwrap().to_owned())
    }

    /// The messages of a 400's broken rules.
    fn broken(&self) -> Vec<String> {
        assert_eq!(self.status, 400, "{}", self.text);
        let items = self.json()["validation"]["errors"].as_array().unwrap().clone();
        items.iter().map(|item| item["message"].as_str().unwrap().to_owned()).collect()
    }
}

impl TestApi {
    fn new() -> TestApi {
        TestApi::with(ApiSettings::new(urls()))
    }

    fn with(settings: ApiSettings) -> TestApi {
        let seed = Seed::new();
        let (one, other) = (seed.tenant("One", "acct_1"), seed.tenant("Other", "acct_2"));
        let (clock, wake) = (Clock::fixed(NOW), Arc::new(Notify::new()));
        let (db, vault) = (seed.db.clone(), seed.vault.clone());
        let state = ApiState::new(db, vault, settings, clock.clone(), Arc::clone(&wake));
        TestApi { seed, one, other, clock, wake, state }
    }

    async fn send(&self, request: TestRequest) -> Reply {
        let app = init_service(App::new().configure(routes(self.state.clone()))).await;
        let response = app.call(request.to_request()).await.unwrap_or_else(|error| panic!("{error}"));
        Reply::read(response.into()).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(self.one.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &str) -> Reply {
        self.ask(Method::POST, path, body).await
    }

    async fn ask(&self, method: Method, path: &str, body: &str) -> Reply {
        let request = self.one.request(method, path).insert_header(("content-type", "application/json"));
        self.send(request.set_payload(body.to_owned())).await
    }

    /// `…/data/` and a path below it, of the first tenant's connection.
    async fn records(&self, path: &str) -> Reply {
        self.get(&format!("{}/data/{path}", self.one.connection_path())).await
    }
}

/// Where the tests' services would be reached.
fn urls() -> PublicUrls {
    PublicUrls::new("https://portal.example.com", "https://api.example.com", "https://link.example.com")
}

/// The header that carries a key.
fn basic(key: &Secret) -> (actix_web::http::header::HeaderName, String) {
    (AUTHORIZATION, format!("Basic {}", STANDARD.encode(key.expose())))
}

impl Tenant {
    /// A request with the tenant's key.
    fn request(&self, method: Method, path: &str) -> TestRequest {
        TestRequest::with_uri(path).method(method).insert_header(basic(&self.key))
    }

    fn company_path(&self) -> String {
        format!("/companies/{}", self.company.id)
    }

    fn connection_path(&self) -> String {
        format!("/companies/{}/connections/{}", self.company.id, self.connection.id)
    }
}

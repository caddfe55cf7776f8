//! The API for platform admins over a database of its own, asked as a script asks.

mod access;
mod bodies;
mod companies;
mod integrations;

use super::scope;
use crate::auth::PasswordCheck;
use crate::passwords::{self, Cost};
use crate::{PortalState, Urls};
use actix_web::App;
use actix_web::body::to_bytes;
use actix_web::dev::Service;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::test::{TestRequest, init_service};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Notify;
use tributary_core::seal::SealingKey;
use tributary_core::state::Role;
use tributary_core::{Clock, Millis, Secret};
use tributary_db::platforms::{self, Platform};
use tributary_db::vault::Vault;
use tributary_db::{AnyConn, Db, DbError, DbSettings, users};
use tributary_stripe::{Client, StripeSettings};

const NOW: Millis = Millis(1_790_000_000_000);
const PASSWORD: &str = "a canary passes by";
const COST: Cost = Cost { memory_kib: 8, iterations: 1, lanes: 1 };

/// The portal's state with a platform, whose developer asks unless a test says otherwise.
struct World {
    state: PortalState,
    platform: Platform,
    hash: String,
    path: PathBuf,
}

/// What came back.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the code of an error, whose shape is checked on the way.
    fn error(&self) -> (u16, String) {
        let error = self.json()["error"].clone();
        assert_eq!(error["correlationId"], self.header("x-correlation-id"), "{}", self.text);
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", self.text);
        (self.status, error["code"].as_str().unwrap().to_owned())
    }

    /// The fields that an error names, each with its code.
    fn fields(&self) -> Vec<(String, String)> {
        let (text, error) =
            (|value: &Value| value.as_str().unwrap().to_owned(), self.json()["error"].clone());
        let fields = error["fields"].as_array().cloned().unwrap_or_default();
        fields.iter().map(|field| (text(&field["field"]), text(&field["code"]))).collect()
    }
}

impl World {
    fn new() -> World {
        let path = std::env::temp_dir().join(format!("tributary-{}.db", uuid::Uuid::new_v4()));
        let url = format!("sqlite://{}", path.display());
        let db = Db::open(&DbSettings { url, connections: 2, migrate: true, wait_secs: 60 }).unwrap();
        let master = SealingKey::from_master_text(&SealingKey::random_master_text().unwrap()).unwrap();
        let (clock, nowhere): (_, url::Url) = (Clock::fixed(NOW), "http://127.0.0.1:1".parse().unwrap());
        let state = PortalState {
            db,
            vault: Vault::new(master),
            stripe: Client::new(StripeSettings::at(nowhere.clone(), nowhere), clock.clone()).unwrap(),
            clock,
            wake: Arc::new(Notify::new()),
            passwords: PasswordCheck::new(COST).unwrap(),
            proxies: Vec::new(),
            urls: Urls {
                portal: "https://portal.example.com".parse().unwrap(),
                api: "https://api.example.com".parse().unwrap(),
                link: "https://link.example.com".parse().unwrap(),
            },
            reading: Default::default(),
        };
        let hash = passwords::hash(&Secret::new(PASSWORD), &COST).unwrap();
        let platform = state.db.write_blocking(|conn| platforms::create(conn, "One", NOW)).unwrap().unwrap();
        let world = World { state, platform, hash, path };
        world.user("dev@example.com", &world.platform, Role::Developer);
        world
    }

    fn run<T>(&self, work: impl Fn(&mut AnyConn) -> Result<T, DbError>) -> T {
        self.state.db.write_blocking(work).unwrap()
    }

    fn user(&self, email: &str, platform: &Platform, role: Role) {
        self.run(|conn| users::create(conn, platform.no, email, &self.hash, role, NOW)).unwrap();
    }

    fn other_platform(&self) -> Platform {
        self.run(|conn| platforms::create(conn, "Other", NOW)).unwrap()
    }

    async fn send(&self, request: TestRequest) -> Reply {
        let app = init_service(App::new().service(scope(self.state.clone()))).await;
        let response = app.call(request.to_request()).await.unwrap_or_else(|error| panic!("{error}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.unwrap().to_vec();
        let reply = Reply { status, headers, text: String::from_utf8(body).unwrap() };
        assert!(!reply.text.contains("canary"), "{reply:?}");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(reply.headers.get("set-cookie").is_none());
        reply
    }

    /// Asks as the developer, for a path below the platform.
    async fn ask(&self, method: Method, path: &str, body: Value) -> Reply {
        let request = as_user("dev@example.com", method, &self.path_of(path));
        self.send(if body.is_null() { request } else { request.set_json(body) }).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, body).await
    }

    fn path_of(&self, path: &str) -> String {
        format!("/api/v1/platforms/{}{path}", self.platform.id)
    }

    /// Sets both credentials of Stripe Test and switches it on.
    async fn set_up(&self) -> Reply {
        let body = json!({ "clientId": "ca_1", "secretKey": "sk_test_canary_1234", "enabled": true });
        self.ask(Method::PATCH, "/integrations/yzth", body).await
    }

    /// A company's id.
    async fn company(&self, name: &str) -> String {
        let made = self.post("/companies", json!({ "name": name })).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["id"].as_str().unwrap().to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let mut file = self.path.clone().into_os_string();
            file.push(suffix);
            let _ = std::fs::remove_file(file);
        }
    }
}

fn basic(email: &str, password: &str) -> (actix_web::http::header::HeaderName, String) {
    (AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{email}:{password}"))))
}

fn as_user(email: &str, method: Method, path: &str) -> TestRequest {
    TestRequest::with_uri(path).method(method).insert_header(basic(email, PASSWORD))
}

//! The world of a test: a database, two platforms, a Stripe that answers as told, and a browser.

use actix_web::body::to_bytes;
use actix_web::cookie::Cookie;
use actix_web::dev::{ServerHandle, ServiceResponse};
use actix_web::http::header::LOCATION;
use actix_web::test::TestRequest;
use actix_web::{App, HttpResponse, HttpServer, test, web};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore};
use tributary_core::ids::{CompanyId, ConnectionId};
use tributary_core::seal::SealingKey;
use tributary_core::{Clock, Millis, PlatformKey, PublicUrls, Secret};
use tributary_db::companies::{self, NewCompany};
use tributary_db::connections::{self, Connection};
use tributary_db::integrations;
use tributary_db::platforms::{self, Platform};
use tributary_db::revocations::{self, Claimed};
use tributary_db::use_cases::{
    IntegrationChange, IntegrationText, Switch, delete_connection, set_integration,
};
use tributary_db::vault::Vault;
use tributary_db::{AnyConn, Db, DbError, DbSettings};
use tributary_link::{Intake, LinkState, routes};
use tributary_stripe::{Client, StripeSettings};

/// When every test begins.
pub const NOW: Millis = Millis(1_790_000_000_000);
/// The name of the cookie on plain loopback.
pub const COOKIE: &str = "tributary_link";
/// Where Link says it is.
pub const PUBLIC_URL: &str = "http://127.0.0.1:7612";

/// What the stand-in for Stripe answers and was asked.
pub struct FakeStripe {
    answer: Mutex<(u16, String)>,
    token_bodies: Mutex<Vec<String>>,
    /// Taken by each exchange before it is answered.
    gate: Semaphore,
}

impl FakeStripe {
    pub fn answers(&self, status: u16, body: impl Into<String>) {
        *self.answer.lock().unwrap() = (status, body.into());
    }

    pub fn grants(&self, account: &str, livemode: bool, scope: &str) {
        self.answers(200, token_body(account, livemode, scope));
    }

    /// Answers no exchange until [`FakeStripe::open`].
    pub fn close(&self) {
        self.gate.forget_permits(usize::MAX);
    }

    pub fn open(&self) {
        self.gate.add_permits(1000);
    }

    pub fn exchanges(&self) -> usize {
        self.token_bodies.lock().unwrap().len()
    }

    pub fn last_exchange(&self) -> String {
        self.token_bodies.lock().unwrap().last().unwrap().clone()
    }
}

pub fn token_body(account: &str, livemode: bool, scope: &str) -> String {
    format!(
        r#"{{"access_token":"sk_test_canary_{account}","livemode":{livemode},"refresh_token":"rt_canary",
        "token_type":"bearer","stripe_publishable_key":"pk_test_1","stripe_user_id":"{account}","scope":"{scope}"}}"#
    )
}

async fn token(fake: web::Data<FakeStripe>, body: String) -> HttpResponse {
    fake.token_bodies.lock().unwrap().push(body);
    fake.gate.acquire().await.unwrap().forget();
    let (status, body) = fake.answer.lock().unwrap().clone();
    let status = actix_web::http::StatusCode::from_u16(status).unwrap();
    HttpResponse::build(status).content_type("application/json").body(body)
}

pub struct World {
    pub state: LinkState,
    pub stripe: Arc<FakeStripe>,
    pub platform: Platform,
    pub company: CompanyId,
    pub wake: Arc<Notify>,
    directory: PathBuf,
    server: ServerHandle,
}

impl World {
    /// A platform with Stripe Test switched on, and a company.
    pub async fn new() -> World {
        let stripe = Arc::new(FakeStripe {
            answer: Mutex::new((200, token_body("acct_1", false, "read_only"))),
            token_bodies: Mutex::default(),
            gate: Semaphore::new(1000),
        });
        let data = web::Data::from(Arc::clone(&stripe));
        let server = HttpServer::new(move || {
            App::new().app_data(data.clone()).route("/oauth/token", web::post().to(token))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let base: url::Url = format!("http://{}", server.addrs()[0]).parse().unwrap();
        let running = server.run();
        let handle = running.handle();
        actix_web::rt::spawn(running);

        let directory = std::env::temp_dir().join(format!("tributary-link-{}", CompanyId::random()));
        std::fs::create_dir(&directory).unwrap();
        let settings = DbSettings {
            url: format!("sqlite://{}", directory.join("link.db").display()),
            connections: 4,
            migrate: true,
            wait_secs: 10,
        };
        let db = Db::open(&settings).unwrap();
        let master = SealingKey::from_master_text(&SealingKey::random_master_text().unwrap()).unwrap();
        let (vault, clock, wake) = (Vault::new(master), Clock::fixed(NOW), Arc::new(Notify::new()));
        let client = Client::new(StripeSettings::at(base.clone(), base), clock.clone()).unwrap();
        let state = LinkState {
            db,
            vault,
            stripe: client,
            public_url: PUBLIC_URL.parse().unwrap(),
            urls: PublicUrls::new("https://portal.example", "https://api.example", PUBLIC_URL),
            clock,
            wake: Arc::clone(&wake),
            intake: Intake::default(),
        };
        let platform =
            state.db.write_blocking(|conn| platforms::create(conn, "Lender & Co", NOW)).unwrap().unwrap();
        let company = CompanyId::random();
        let mut world = World { company, state, stripe, platform, wake, directory, server: handle };
        world.set_integration(&world.platform, PlatformKey::StripeTest, true);
        world.company = world.add_company(&world.platform, "Acme <Bikes>");
        world
    }

    pub fn write<T>(&self, work: impl Fn(&mut AnyConn) -> Result<T, DbError>) -> T {
        self.state.db.write_blocking(work).unwrap()
    }

    pub fn set_integration(&self, platform: &Platform, key: PlatformKey, enabled: bool) {
        let mode = key.mode();
        let text = IntegrationText {
            client_id: Some(format!("ca_{mode}")),
            secret_key: Some(Secret::new(format!("sk_{mode}_platformcanary"))),
            webhook_secret: None,
        };
        self.set(platform, key, text, if enabled { Switch::On } else { Switch::Off });
    }

    /// Sets an integration of the platform that has no OAuth credentials yet, and switches it on.
    pub fn set_integration_for_keys(&self, platform: &Platform, key: PlatformKey) {
        self.set(platform, key, IntegrationText::default(), Switch::OnForKeysToo);
    }

    fn set(&self, platform: &Platform, key: PlatformKey, text: IntegrationText, switch: Switch) {
        let mut change = IntegrationChange::read(key, text).unwrap();
        change.switch = Some(switch);
        let vault = &self.state.vault;
        self.write(|conn| set_integration(conn, vault, platform, &change, NOW)).unwrap();
    }

    pub fn add_company(&self, platform: &Platform, name: &str) -> CompanyId {
        let new = NewCompany { name: name.to_owned(), ..NewCompany::default() };
        self.write(|conn| companies::create(conn, platform.no, new.clone(), NOW)).id
    }

    pub fn add_connection(&self, platform: &Platform, company: CompanyId, key: PlatformKey) -> Connection {
        self.write(|conn| {
            let integration = integrations::find_by_key(conn, platform.no, key)?.unwrap();
            connections::create(conn, platform.no, company, &integration, NOW)
        })
    }

    /// A connection of the company with Stripe Test.
    pub fn connection(&self) -> Connection {
        self.add_connection(&self.platform, self.company, PlatformKey::StripeTest)
    }

    /// The connection as it is stored now.
    pub fn reread(&self, connection: &Connection) -> Connection {
        self.write(|conn| connections::find_by_no(conn, connection.no)).unwrap()
    }

    pub fn delete(&self, connection: &Connection) {
        let Connection { platform_no, company_id, id, .. } = *connection;
        let urls = &self.state.urls;
        assert!(self.write(|conn| delete_connection(conn, urls, platform_no, company_id, id, NOW)));
    }

    /// The account whose authorization a worker would end at Stripe next; once told, it is ended.
    pub fn revoked(&self) -> Option<String> {
        let now = self.state.clock.now();
        self.write(|conn| match revocations::claim(conn, now)? {
            Claimed::Nothing | Claimed::Skipped => Ok(None),
            Claimed::Mine(revocation) => {
                revocations::end(conn, &revocation)?;
                Ok(Some(revocation.account.0))
            }
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.server.stop(false));
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Link, without a network.
pub struct Link(Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, ServiceResponse>>);

impl Link {
    pub async fn call(&self, request: TestRequest) -> ServiceResponse {
        (self.0)(request).await
    }
}

pub async fn link(world: &World) -> Link {
    let service = Rc::new(test::init_service(App::new().configure(routes(world.state.clone()))).await);
    Link(Box::new(move |request| {
        let service = Rc::clone(&service);
        async move { test::call_service(&*service, request.to_request()).await }.boxed_local()
    }))
}

/// An authorization that was started in a browser.
#[derive(Clone)]
pub struct Started {
    pub state: String,
    pub cookie: String,
    pub authorize: url::Url,
}

impl Started {
    /// The query that Stripe sends back when the merchant consents.
    pub fn consent(&self, code: &str) -> String {
        format!("scope=read_only&code={code}&state={}", self.state)
    }
}

pub fn path(company: CompanyId, connection: ConnectionId, verb: &str) -> String {
    format!("/companies/{company}/connections/{connection}/{verb}")
}

/// Starts a connection's authorization, in a new browser or in the one with this cookie.
pub async fn start(app: &Link, connection: &Connection, cookie: Option<&str>) -> Started {
    let response = get(app, &path(connection.company_id, connection.id, "start"), cookie).await;
    assert_eq!(response.status(), 303);
    let authorize: url::Url = location(&response).parse().unwrap();
    let state = authorize.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let cookie = response.response().cookies().find(|cookie| cookie.name() == COOKIE).unwrap();
    Started { state, cookie: cookie.value().to_owned(), authorize }
}

pub async fn callback(app: &Link, query: &str, cookie: Option<&str>) -> ServiceResponse {
    get(app, &format!("/oauth/callback?{query}"), cookie).await
}

pub async fn get(app: &Link, uri: &str, cookie: Option<&str>) -> ServiceResponse {
    let mut request = TestRequest::get().uri(uri);
    if let Some(value) = cookie {
        request = request.cookie(Cookie::new(COOKIE, value.to_owned()));
    }
    app.call(request).await
}

pub fn location(response: &ServiceResponse) -> String {
    response.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

pub async fn text(response: ServiceResponse) -> String {
    String::from_utf8(to_bytes(response.into_body()).await.unwrap().to_vec()).unwrap()
}

/// The browser's view of how it ended: where the callback leads, and what is said there.
pub async fn follow(app: &Link, response: &ServiceResponse, cookie: &str) -> String {
    let page = get(app, &location(response), Some(cookie)).await;
    assert_eq!(page.status(), 200);
    text(page).await
}

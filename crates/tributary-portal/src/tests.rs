//! The portal's pages over a database of their own, with a clock that stands until a test moves it.

use crate::auth::PasswordCheck;
use crate::passwords::Cost;
use crate::{PortalState, Urls, cookie, routes};
use actix_web::App;
use actix_web::body::to_bytes;
use actix_web::cookie::Cookie;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tributary_core::ids::{AccountId, CompanyId};
use tributary_core::reconciliation::{DifferenceKind, Verdict};
use tributary_core::seal::SealingKey;
use tributary_core::state::Role;
use tributary_core::state::{CredentialKind, DatasetStatus};
use tributary_core::{Clock, Millis, Secret, token};
use tributary_core::{DataType, PlatformKey, Resource};
use tributary_db::companies::NewCompany;
use tributary_db::connections::{self, Connection};
use tributary_db::credentials::NewCredential;
use tributary_db::datasets::{self, Finish};
use tributary_db::platforms::{self, Platform};
use tributary_db::reconciliations::{self, Difference, Found, Outcome, Sum};
use tributary_db::use_cases::{self, IntegrationChange, IntegrationText, Judged, Switch};
use tributary_db::vault::Vault;
use tributary_db::{AnyConn, Db, DbSettings, sessions, users};
use tributary_stripe::{Client, StripeSettings};

mod reading;

const NOW: Millis = Millis(1_790_000_000_000);
const COST: Cost = Cost { memory_kib: 8, iterations: 1, lanes: 1 };

/// A portal with a platform.
struct World {
    state: PortalState,
    platform: Platform,
    path: PathBuf,
}

/// What came back.
struct Reply {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl World {
    fn at(portal: &str) -> World {
        let path = std::env::temp_dir().join(format!("tributary-portal-{}.db", token_text()));
        let url = format!("sqlite://{}", path.display());
        let db = Db::open(&DbSettings { url, connections: 2, migrate: true, wait_secs: 60 }).unwrap();
        let master = SealingKey::from_master_text(&SealingKey::random_master_text().unwrap()).unwrap();
        let (clock, nowhere): (_, url::Url) = (Clock::fixed(NOW), "http://127.0.0.1:1".parse().unwrap());
        let platform = db.write_blocking(|conn| platforms::create(conn, "Harbour", NOW)).unwrap().unwrap();
        let state = PortalState {
            db,
            vault: Vault::new(master),
            stripe: Client::new(StripeSettings::at(nowhere.clone(), nowhere), clock.clone()).unwrap(),
            clock,
            wake: Arc::default(),
            passwords: PasswordCheck::new(COST).unwrap(),
            proxies: Vec::new(),
            urls: Urls {
                portal: portal.parse().unwrap(),
                api: "http://127.0.0.1:1".parse().unwrap(),
                link: "http://127.0.0.1:1".parse().unwrap(),
            },
            reading: Default::default(),
        };
        World { state, platform, path }
    }

    /// A session of a new user in this role.
    fn session(&self, role: Role) -> Secret {
        let (token, email) = (token::random_token().unwrap(), format!("{role}@example.com"));
        let start = |conn: &mut tributary_db::AnyConn| {
            let user = users::create(conn, self.platform.no, &email, "hash", role, NOW)?.unwrap().user;
            sessions::start(conn, user.id, &token, NOW)
        };
        self.state.db.write_blocking(start).unwrap();
        token
    }

    async fn ask(&self, request: TestRequest, session: Option<&Secret>) -> Reply {
        let app = init_service(App::new().configure(routes(self.state.clone()))).await;
        let request = match session.map(|token| cookie::carrying(token, &self.state.urls)) {
            Some(cookie) => request.cookie(Cookie::new(cookie.name().to_owned(), cookie.value().to_owned())),
            None => request,
        };
        let response = call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.unwrap_or_default();
        Reply { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str, session: Option<&Secret>) -> Reply {
        self.ask(TestRequest::get().uri(path), session).await
    }

    fn path(&self, rest: &str) -> String {
        format!("/p/{}{rest}", self.platform.id)
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

fn token_text() -> String {
    token::random_token().unwrap().expose().to_owned()
}

#[actix_web::test]
async fn every_answer_carries_the_strict_headers() {
    let world = World::at("https://portal.example.com");
    let session = world.session(Role::Administrator);
    for path in ["/", "/sign-in", "/nothing", "/assets/nothing.css", "/p/x/companies", "/setup", "/sign-out"]
    {
        let reply = world.get(path, Some(&session)).await;
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}: {policy}");
        assert!(
            policy.contains("require-trusted-types-for 'script'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert!(reply.header("strict-transport-security").starts_with("max-age=31536000"), "{path}");
    }
    let plain = World::at("http://127.0.0.1:7610").get("/sign-in", None).await;
    assert_eq!(plain.header("strict-transport-security"), "", "plain http can't be upgraded");
}

#[actix_web::test]
async fn pages_hold_no_inline_script_or_style_and_name_their_files_by_content() {
    let world = World::at("http://127.0.0.1:7610");
    let session = world.session(Role::Administrator);
    for path in ["/companies", "/companies/new", "/settings/integrations/yzth", "/developers/api-keys"] {
        let page = world.get(&world.path(path), Some(&session)).await.text;
        for inline in ["<style", " style=", "javascript:", " onclick=", "<script>"] {
            assert!(!page.contains(inline), "{inline} in {path}");
        }
        for (start, kind) in [
            ("/assets/portal.", "text/css"),
            ("/assets/portal.", "text/javascript"),
            ("/assets/icon.", "image/svg"),
        ] {
            let found = page.match_indices(start).map(|(at, _)| page[at..].split('"').next().unwrap());
            let mut kinds = Vec::new();
            for file in found.collect::<Vec<_>>() {
                let asset = world.get(file, None).await;
                assert!(asset.status == 200 && asset.header("cache-control").contains("immutable"), "{file}");
                kinds.push(asset.header("content-type").to_owned());
            }
            assert!(kinds.iter().any(|of| of.starts_with(kind)), "{kind} in {kinds:?}");
        }
    }
}

#[actix_web::test]
async fn roles_see_their_pages_and_no_others() {
    let world = World::at("http://127.0.0.1:7610");
    let pages = [
        ("/companies", Role::Onboarding),
        ("/companies/new", Role::Onboarding),
        ("/settings/integrations", Role::Developer),
        ("/settings/integrations/exgd", Role::Developer),
        ("/settings/schedule", Role::Developer),
        ("/developers/api-keys", Role::Developer),
    ];
    for role in Role::ALL {
        let session = world.session(*role);
        let menu = world.get(&world.path("/companies"), Some(&session)).await.text;
        for (path, needed) in pages {
            let (path, may) = (world.path(path), *role >= needed);
            let reply = world.get(&path, Some(&session)).await;
            assert_eq!(reply.status, if may { 200 } else { 403 }, "{role} at {path}");
            if !may {
                assert!(!menu.contains(&format!("\"{path}\"")), "{path} in the menu of {role}");
            }
        }
        // What was read isn't for those who only bring companies in; unknown companies are missing for all others.
        let history = world.path(&format!("/companies/{}/history", tributary_core::ids::CompanyId::random()));
        let reply = world.get(&history, Some(&session)).await;
        assert_eq!(reply.status, if *role >= Role::Advisor { 404 } else { 403 }, "{role}");
    }
}

#[actix_web::test]
async fn a_session_ends_with_time_and_leads_back_to_the_page_after_signing_in() {
    let world = World::at("http://127.0.0.1:7610");
    let session = world.session(Role::Analyst);
    let companies = world.path("/companies?search=a%20b");
    assert_eq!(world.get(&companies, Some(&session)).await.status, 200);
    world.state.clock.advance(Duration::from_secs(29 * 60));
    assert_eq!(world.get(&companies, Some(&session)).await.status, 200);
    world.state.clock.advance(Duration::from_secs(29 * 60));
    assert_eq!(world.get(&companies, Some(&session)).await.status, 200, "use keeps it alive");
    world.state.clock.advance(Duration::from_secs(30 * 60));
    let ended = world.get(&companies, Some(&session)).await;
    assert_eq!(ended.status, 303);
    let next = format!("/sign-in?next=/p/{}/companies%3Fsearch%3Da%2520b", world.platform.id);
    assert_eq!(ended.header("location"), next);
    let page = world.get(&next, None).await.text;
    assert!(page.contains(&format!("value=\"{companies}\"")), "{page}");
}

#[actix_web::test]
async fn reports_of_browsers_are_taken_and_bounded() {
    let world = World::at("http://127.0.0.1:7610");
    let report = |bytes: usize| TestRequest::post().uri("/csp-report").set_payload(vec![b'x'; bytes]);
    assert_eq!(world.ask(report(100), None).await.status, 204);
    assert_eq!(world.ask(report(100_000), None).await.status, 413);
    assert_eq!(world.get("/csp-report", None).await.status, 405);
}

#[actix_web::test]
async fn other_methods_are_refused_with_those_that_there_are() {
    let world = World::at("http://127.0.0.1:7610");
    let posted = world.ask(TestRequest::post().uri("/"), None).await;
    assert_eq!((posted.status, posted.header("allow")), (405, "GET, HEAD"));
    let head =
        world.ask(TestRequest::default().method(actix_web::http::Method::HEAD).uri("/sign-in"), None).await;
    assert_eq!(head.status, 200);
    assert!(world.get("/nothing", None).await.text.contains("There is no such page"));
}

/// A form as a page of ours sends it, with the token of its session.
fn form(world: &World, path: &str, session: &Secret, fields: &str) -> TestRequest {
    let token = cookie::form_token(session);
    TestRequest::post()
        .uri(path)
        .insert_header(("origin", world.state.urls.portal.origin()))
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(format!("token={}&{fields}", token.expose()))
}

#[actix_web::test]
async fn a_script_that_watches_progress_is_told_that_the_session_ended() {
    let world = World::at("http://127.0.0.1:7610");
    let session = world.session(Role::Analyst);
    let path = world.path(&format!("/companies/{}/progress", tributary_core::ids::CompanyId::random()));
    assert_eq!(world.get(&path, Some(&session)).await.status, 404);
    world.state.clock.advance(Duration::from_secs(31 * 60));
    assert_eq!(world.get(&path, Some(&session)).await.status, 401);
}

#[actix_web::test]
async fn what_no_database_stores_is_refused_and_changes_nothing() {
    let world = World::at("http://127.0.0.1:7610");
    let session = world.session(Role::Developer);
    let keys = world.path("/developers/api-keys");
    let sent = world.ask(form(&world, &keys, &session, "name=a%00b"), Some(&session)).await;
    assert_eq!(sent.status, 400, "{}", sent.text);
    assert!(world.get(&keys, Some(&session)).await.text.contains("No keys yet"));
}

/// A company with a connection for which the merchant pastes a key.
fn company(world: &World) -> (CompanyId, Connection) {
    let connect = |conn: &mut AnyConn| {
        let mut change = IntegrationChange::of(PlatformKey::StripeTest);
        change.switch = Some(Switch::OnForKeysToo);
        use_cases::set_integration(conn, &world.state.vault, &world.platform, &change, NOW)?.unwrap();
        let new = NewCompany { name: "Bakery".to_owned(), ..NewCompany::default() };
        let (key, urls) = (PlatformKey::StripeTest, world.state.urls.links());
        let company = use_cases::create_company(conn, &urls, world.platform.no, new, NOW)?.unwrap().id;
        let view = use_cases::create_connection(conn, &urls, world.platform.no, company, key, NOW)?.unwrap();
        Ok((company, view.connection))
    };
    world.state.db.write_blocking(connect).unwrap()
}

fn link(world: &World, connection: &Connection) {
    let link = |conn: &mut AnyConn| {
        let credential = NewCredential {
            kind: CredentialKind::RestrictedKey,
            access_token: Secret::new("rk_test_canary_of_the_merchant"),
            refresh_token: None,
            scope: None,
            account_id: AccountId("acct_1".to_owned()),
            masked: None,
            expires: None,
        };
        let urls = world.state.urls.links();
        use_cases::link_connection(conn, &world.state.vault, &urls, connection, credential, NOW)
    };
    world.state.db.write_blocking(link).unwrap().unwrap();
}

#[actix_web::test]
async fn severing_needs_the_role_and_a_confirmation_and_what_is_deleted_is_not_shown() {
    let world = World::at("http://127.0.0.1:7610");
    let (company, connection) = company(&world);
    link(&world, &connection);
    let path = |rest: &str| world.path(&format!("/companies/{company}{rest}"));
    let of_connection = |what: &str| path(&format!("/connections/{}/{what}", connection.id));
    let (advisor, analyst) = (world.session(Role::Advisor), world.session(Role::Analyst));
    let developer = world.session(Role::Developer);
    let send = async |path: &str, session: &Secret, fields: &str| {
        world.ask(form(&world, path, session, fields), Some(session)).await
    };
    for (action, session) in [
        (of_connection("unlink"), &analyst),
        (of_connection("delete"), &analyst),
        (path("/delete"), &advisor),
    ] {
        assert_eq!(send(&action, session, "confirmed=on").await.status, 403, "{action}");
    }
    let page = world.get(&path(""), Some(&advisor)).await.text;
    assert!(!page.contains("Delete company") && !page.contains("Unlink"), "{page}");
    let page = world.get(&path(""), Some(&developer)).await.text;
    assert!(page.contains("Delete company") && page.contains("Unlink"), "{page}");

    for action in [of_connection("unlink"), of_connection("delete"), path("/delete")] {
        let unconfirmed = send(&action, &developer, "").await;
        assert_eq!(unconfirmed.header("location"), path("?done=unconfirmed"), "{action}");
    }
    let unlinked = send(&of_connection("unlink"), &developer, "confirmed=on").await;
    assert_eq!(unlinked.header("location"), path("?done=severed"));
    assert!(world.get(&path(""), Some(&developer)).await.text.contains("Unlinked"));
    let deleted = send(&of_connection("delete"), &developer, "confirmed=on").await;
    assert_eq!(deleted.header("location"), path("?done=deleted"));
    assert!(!world.get(&path(""), Some(&developer)).await.text.contains(&connection.id.to_string()));
    assert_eq!(send(&of_connection("delete"), &developer, "confirmed=on").await.status, 404);
    let deleted = send(&path("/delete"), &analyst, "confirmed=on").await;
    assert_eq!(deleted.header("location"), world.path("/companies"));
    assert_eq!(world.get(&path(""), Some(&developer)).await.status, 404);
    assert!(!world.get(&world.path("/companies"), Some(&developer)).await.text.contains("Bakery"));
}

#[actix_web::test]
async fn a_connection_says_whether_it_ties_and_what_differs_and_is_compared_on_request() {
    let world = World::at("http://127.0.0.1:7610");
    let (company, connection) = company(&world);
    link(&world, &connection);
    let linked = world.state.db.read_blocking(|conn| connections::find_by_no(conn, connection.no));
    let linked = linked.unwrap().unwrap();
    let currency = "JPY".parse().unwrap();
    let outcome = Outcome {
        verdict: Verdict::Differs,
        explanation: Some("2 differences found".to_owned()),
        as_of: Some(NOW),
        sums: vec![Sum { currency, available_minor: 900, pending_minor: 100, stored_minor: 1_004 }],
        payouts: 12,
        objects: 3_456,
    };
    let missing =
        Difference::of(DifferenceKind::SourceMissing).about(Resource::Refunds, "re_1").beside("txn_1");
    let sum = Difference::of(DifferenceKind::Balance).amounts(currency, 1_000, 1_004);
    let found = [Found { difference: missing, repaired: true }, Found { difference: sum, repaired: false }];
    let urls = world.state.urls.links();
    let judge = |conn: &mut AnyConn| {
        let queued = reconciliations::queue(conn, &linked, None, NOW)?;
        let judged = Judged { outcome: &outcome, found: &found, unlisted: 0, has_ended: true };
        use_cases::judge_reconciliation(conn, &urls, &linked, queued.id, &judged, NOW)?;
        Ok(queued.id)
    };
    let id = world.state.db.write_blocking(judge).unwrap();
    let path = |rest: &str| world.path(&format!("/companies/{company}{rest}"));
    let below = |rest: &str| path(&format!("/connections/{}/{rest}", connection.id));
    let (advisor, onboarding) = (world.session(Role::Advisor), world.session(Role::Onboarding));
    let card = world.get(&path(""), Some(&advisor)).await.text;
    assert!(card.contains("Differs from Stripe"), "{card}");
    assert!(!world.get(&path(""), Some(&onboarding)).await.text.contains("Differs from Stripe"));

    let of = below(&format!("reconciliations/{id}"));
    assert_eq!(world.get(&of, Some(&onboarding)).await.status, 403);
    let page = world.get(&of, Some(&advisor)).await.text;
    for text in
        ["2 differences were found, 1 repaired.", "1,004 JPY", "900 JPY", "re_1", "txn_1", "Repaired", "Open"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let nobodys = below(&format!("reconciliations/{}", tributary_core::ids::ReconciliationId::random()));
    assert_eq!(world.get(&nobodys, Some(&advisor)).await.status, 404);

    let ask = below("reconcile");
    assert_eq!(world.ask(form(&world, &ask, &onboarding, ""), Some(&onboarding)).await.status, 403);
    let asked = world.ask(form(&world, &ask, &advisor, ""), Some(&advisor)).await;
    assert_eq!(asked.status, 303);
    let page = world.get(asked.header("location"), Some(&advisor)).await.text;
    assert!(page.contains("Comparing with Stripe") && !page.contains("Reconcile now"), "{page}");
}

#[actix_web::test]
async fn what_was_not_read_and_what_is_not_there_are_told_apart() {
    let world = World::at("http://127.0.0.1:7610");
    let session = world.session(Role::Advisor);
    let (company, connection) = company(&world);
    let path = |rest: &str| world.path(&format!("/companies/{company}{rest}"));
    let disputes = path("/data/commerce-disputes");

    let refreshed = world.ask(form(&world, &path("/refresh"), &session, ""), Some(&session)).await;
    assert_eq!(refreshed.header("location"), path("?done=unlinked"), "nothing is linked yet");
    let page = world.get(&path("?done=unlinked"), Some(&session)).await.text;
    assert!(page.contains("Nothing is linked to read from"), "{page}");
    assert!(world.get(&disputes, Some(&session)).await.text.contains("Not read yet"));

    link(&world, &connection);
    let waiting = world.get(&disputes, Some(&session)).await.text;
    assert!(waiting.contains("Not read yet") && waiting.contains("Queued."), "{waiting}");
    let complete = |conn: &mut AnyConn| {
        let all = datasets::latest_of(conn, connection.no)?;
        let of = all.into_iter().find(|dataset| dataset.data_type == DataType::Disputes).unwrap();
        let finish = Finish {
            status: DatasetStatus::Complete,
            error_message: None,
            errors: Vec::new(),
            warnings: Vec::new(),
            records_modified: false,
        };
        datasets::finish(conn, connection.no, of.id, finish, NOW)
    };
    assert!(world.state.db.write_blocking(complete).unwrap());
    let read = world.get(&disputes, Some(&session)).await.text;
    assert!(read.contains("There are none") && !read.contains("Not read yet"), "{read}");
}

#[actix_web::test]
async fn a_client_id_that_was_emptied_is_missed_rather_than_kept_in_silence() {
    let world = World::at("http://127.0.0.1:7610");
    let session = world.session(Role::Developer);
    let set = |conn: &mut AnyConn| {
        let text = IntegrationText {
            client_id: Some("ca_stored".to_owned()),
            secret_key: Some(Secret::new("sk_test_canary_of_the_platform")),
            webhook_secret: None,
        };
        let change = IntegrationChange::read(PlatformKey::StripeTest, text).unwrap();
        use_cases::set_integration(conn, &world.state.vault, &world.platform, &change, NOW)
    };
    world.state.db.write_blocking(set).unwrap().unwrap();
    let settings = world.path("/settings/integrations/yzth");
    let entered = format!("modified={NOW_MS}&client_id=&sync_mode=continuous", NOW_MS = NOW.0);
    let save = form(&world, &format!("{settings}/save"), &session, &entered);
    let page = world.ask(save, Some(&session)).await;
    assert_eq!(page.status, 422, "{}", page.text);
    assert!(page.text.contains("Enter the client ID from Connect settings at Stripe."), "{}", page.text);
    let stored = world.get(&settings, Some(&session)).await.text;
    assert!(
        stored.contains("value=\"ca_stored\"") && stored.contains("value=\"one_off\" checked"),
        "{stored}"
    );
}

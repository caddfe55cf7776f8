//! What a check of a platform's credentials finds, and that it changes nothing.

use crate::server::{Asked, Does, Server, answer, json};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tributary_core::{AccessScope, Clock, Mode, Resource, Secret};
use tributary_sandbox::{Sandbox, SandboxConfig, SandboxHandle};
use tributary_stripe::check::{Aspect, Credentials, Finding, Unknown, Verdict, check};
use tributary_stripe::{Auth, Client, StripeSettings, oauth};
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:7612/oauth/callback";
const ASPECTS: [Aspect; 6] =
    [Aspect::Key, Aspect::Mode, Aspect::Client, Aspect::Owner, Aspect::Redirect, Aspect::Scope];

/// Credentials to check, and where.
#[derive(Clone)]
struct Case {
    url: String,
    client_id: String,
    secret_key: String,
    mode: Mode,
    redirect_uri: &'static str,
    scope: AccessScope,
}

impl Case {
    /// A canned server's.
    fn at(url: &str) -> Self {
        Case {
            url: url.to_owned(),
            client_id: "ca_1".to_owned(),
            secret_key: "sk_test_CanaryPlatform".to_owned(),
            mode: Mode::Test,
            redirect_uri: REDIRECT,
            scope: AccessScope::ReadOnly,
        }
    }

    fn client(&self) -> Client {
        let mut settings = StripeSettings::at(self.url.parse().unwrap(), self.url.parse().unwrap());
        settings.total_timeout = Duration::from_secs(5);
        Client::new(settings, Clock::system()).unwrap()
    }

    async fn check(&self) -> Vec<Finding> {
        let findings = check(
            &self.client(),
            &Credentials {
                client_id: &self.client_id,
                secret_key: &Secret::new(self.secret_key.as_str()),
                mode: self.mode,
                redirect_uri: &self.redirect_uri.parse().unwrap(),
                scope: self.scope,
            },
        )
        .await;
        assert_eq!(findings.iter().map(Finding::aspect).collect::<Vec<_>>(), ASPECTS);
        assert!(!format!("{findings:?}").to_lowercase().contains("canary"), "{findings:?}");
        findings
    }
}

fn verdicts(findings: &[Finding]) -> Vec<Verdict> {
    findings.iter().map(Finding::verdict).collect()
}

/// A served sandbox and the right credentials for it.
struct Stage {
    sandbox: Arc<Sandbox>,
    case: Case,
    _handle: SandboxHandle,
}

fn stage() -> Stage {
    let config = SandboxConfig {
        charges: 10,
        accounts: 1,
        workers: 1,
        requests_per_second: Some(0.0),
        ..SandboxConfig::default()
    };
    let sandbox = Sandbox::open(config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, handle) = tributary_sandbox::serve(Arc::clone(&sandbox), listener).unwrap();
    let client_id = sandbox.client_id(Mode::Test);
    let secret_key = sandbox.platform_key(Mode::Test);
    let case = Case { client_id, secret_key, ..Case::at(&url) };
    Stage { sandbox, case, _handle: handle }
}

#[tokio::test]
async fn right_credentials_are_right_in_every_aspect() {
    let Stage { sandbox, case, .. } = &stage();
    let found = case.check().await;
    let offered = Finding::ScopeOffered(AccessScope::ReadOnly);
    use Finding::{ClientKnown, KeyWorks, ModeFits, RedirectRegistered, SameOwner};
    assert_eq!(found, [KeyWorks, ModeFits, ClientKnown, SameOwner, RedirectRegistered, offered]);
    assert_eq!(verdicts(&found), [Verdict::Ok; 6]);

    let live = Case {
        client_id: sandbox.client_id(Mode::Live),
        secret_key: sandbox.platform_key(Mode::Live),
        mode: Mode::Live,
        scope: AccessScope::ReadWrite,
        ..case.clone()
    };
    assert_eq!(verdicts(&live.check().await), [Verdict::Ok; 6]);
}

#[tokio::test]
async fn each_wrong_part_is_told_apart() {
    let Stage { sandbox, case, .. } = &stage();
    let first = Unknown::OtherProblemFirst;

    let dead = Case { secret_key: "sk_test_51canaryNobodys".to_owned(), ..case.clone() }.check().await;
    assert!(
        matches!(&dead[0], Finding::KeyRejected { said } if said.contains("Invalid API Key")),
        "{dead:?}"
    );
    assert_eq!(dead[1..4], [Finding::ModeUnknown(first), Finding::ClientKnown, Finding::OwnerUnknown(first)]);
    assert_eq!(dead[4], Finding::RedirectRegistered);

    let mixed = Case { secret_key: sandbox.platform_key(Mode::Live), ..case.clone() }.check().await;
    assert_eq!(mixed[..3], [Finding::KeyWorks, Finding::ModeDiffers, Finding::ClientKnown]);
    assert!(matches!(&mixed[3], Finding::OtherOwner { .. }), "{mixed:?}");

    let merchants = sandbox.info("").accounts[0].secret_key.clone();
    let foreign = Case { secret_key: merchants, ..case.clone() }.check().await;
    assert_eq!(foreign[0], Finding::KeyWorks);
    assert_ne!(foreign[3].verdict(), Verdict::Ok, "{foreign:?}");

    let unknown = Case { client_id: "ca_nobodys".to_owned(), ..case.clone() }.check().await;
    assert!(matches!(&unknown[2], Finding::ClientNotKnown { .. }), "{unknown:?}");
    let unknown_rest =
        [Finding::OwnerUnknown(first), Finding::RedirectUnknown(first), Finding::ScopeUnknown(first)];
    assert_eq!(unknown[3..], unknown_rest);

    let redirect_uri = "https://link.example.com/oauth/callback";
    let unregistered = Case { redirect_uri, ..case.clone() }.check().await;
    assert_eq!(unregistered[2..4], [Finding::ClientKnown, Finding::SameOwner]);
    assert!(
        matches!(&unregistered[4], Finding::RedirectNotRegistered { said } if said.contains(redirect_uri))
    );
    assert_eq!(unregistered[5], Finding::ScopeUnknown(first));
}

#[tokio::test]
async fn a_merchant_who_is_connected_stays_connected() {
    let Stage { sandbox, case, .. } = &stage();
    let (client, key) = (case.client(), Secret::new(case.secret_key.as_str()));
    let (redirect, state) = (case.redirect_uri.parse().unwrap(), Secret::new("state"));
    let page = oauth::authorize_url(&client, &case.client_id, &redirect, case.scope, &state);
    let account = sandbox.info("").accounts[0].id.clone();
    let consent = [("account", account.as_str()), ("decision", "connect")];
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let browser = browser.tls_certs_only([]).build().unwrap();
    let answer = browser.post(page).form(&consent).send().await.unwrap();
    let back: Url = answer.headers()["location"].to_str().unwrap().parse().unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let tokens = oauth::exchange(&client, &case.client_id, &key, &Secret::new(code)).await.unwrap();

    case.check().await;
    let auth = Auth::own(tokens.access_token, tokens.account, tokens.mode);
    assert!(client.singleton(&auth, Resource::Balance).await.is_ok());
}

/// Answers as Stripe does to right credentials, but for what `other` says.
fn right_but(
    other: impl Fn(&Asked) -> Option<Does> + Send + Sync + 'static,
) -> impl Fn(&Asked, usize) -> Does {
    move |asked, _| {
        other(asked).unwrap_or_else(|| match asked.line.split([' ', '?']).nth(1) {
            Some("/v1/balance") => json(200, r#"{"object":"balance","livemode":false}"#),
            Some("/oauth/authorize") => answer(200, &[], "text/html", "<html>consent</html>"),
            _ if asked.body.contains("client_id=ca_1&") => json(401, UNCONNECTED),
            _ => json(401, r#"{"error":"invalid_client","error_description":"No such application"}"#),
        })
    }
}

const UNCONNECTED: &str = r#"{"error":"invalid_client","error_description":"This application is not connected to stripe account acct_no_such_account, or that account does not exist."}"#;

fn is(asked: &Asked, path: &str) -> bool {
    asked.line.split([' ', '?']).nth(1) == Some(path)
}

#[tokio::test]
async fn a_refused_scope_is_found_however_it_is_told() {
    let by_redirect =
        format!("Location: {REDIRECT}?error=invalid_scope&error_description=no+sk_test_Canary&state=check");
    let body = r#"{"error":{"message":"The scope read_only is not available to this platform"}}"#;
    let cases = [
        (answer(302, &[&by_redirect], "text/html", ""), Finding::RedirectRegistered),
        (json(400, body), Finding::RedirectUnknown(Unknown::OtherProblemFirst)),
    ];
    for (does, redirect) in cases {
        let refused = move |asked: &Asked| is(asked, "/oauth/authorize").then(|| does.clone());
        let server = Server::answering(right_but(refused)).await;
        let found = Case::at(&server.url).check().await;
        assert_eq!(found[2..5], [Finding::ClientKnown, Finding::SameOwner, redirect]);
        let scope = AccessScope::ReadOnly;
        assert!(matches!(&found[5], Finding::ScopeRefused { scope: of, .. } if *of == scope), "{found:?}");
    }
}

#[tokio::test]
async fn a_redirect_to_stripes_own_pages_leads_to_consent() {
    let own = answer(302, &["Location: https://connect.stripe.com/login?error=none"], "text/html", "");
    let server =
        Server::answering(right_but(move |asked| is(asked, "/oauth/authorize").then(|| own.clone()))).await;
    assert_eq!(verdicts(&Case::at(&server.url).check().await), [Verdict::Ok; 6]);
}

#[tokio::test]
async fn a_platform_without_connect_is_told_so_and_words_that_tell_nothing_are_not_trusted() {
    let inactive = r#"{"error":{"message":"Only Stripe Connect platforms can work with other accounts."}}"#;
    let deauthorize =
        |does: Does| right_but(move |asked: &Asked| is(asked, "/oauth/deauthorize").then(|| does.clone()));
    let server = Server::answering(deauthorize(json(403, inactive))).await;
    let found = Case::at(&server.url).check().await;
    assert!(matches!(&found[3], Finding::ConnectInactive { .. }), "{found:?}");

    // The same of a client id that can't exist.
    let server = Server::answering(deauthorize(json(401, UNCONNECTED))).await;
    assert_eq!(Case::at(&server.url).check().await[3], Finding::OwnerUnknown(Unknown::NotTold));
}

#[tokio::test]
async fn an_outage_leaves_everything_unknown() {
    let everything = [Verdict::Unknown; 6];
    assert_eq!(verdicts(&Case::at("http://127.0.0.1:1").check().await), everything);
    for does in [json(503, ""), json(500, r#"{"error":{"message":"later"}}"#), Does::Writes(Vec::new())] {
        let server = Server::playing(vec![does]).await;
        assert_eq!(verdicts(&Case::at(&server.url).check().await), everything);
    }
    let page = answer(403, &[], "text/html", "<html>proxy login</html>");
    let server = Server::playing(vec![page]).await;
    let found = Case::at(&server.url).check().await;
    assert_eq!(verdicts(&found), everything);
    assert_eq!(found[2].unknown(), Some(Unknown::NotTold));
}

#[tokio::test]
async fn it_asks_four_times_and_shows_the_key_to_nobody_but_stripes_api() {
    let server = Server::answering(right_but(|_| None)).await;
    Case::at(&server.url).check().await;
    let asked = server.asked();
    let mut lines: Vec<_> = asked.iter().map(|asked| asked.line.split('?').next().unwrap()).collect();
    lines.sort_unstable();
    let deauthorize = "POST /oauth/deauthorize HTTP/1.1";
    assert_eq!(lines, ["GET /oauth/authorize", "GET /v1/balance HTTP/1.1", deauthorize, deauthorize]);
    for asked in &asked {
        assert_eq!(asked.has("authorization: bearer sk_test_canaryplatform"), !is(asked, "/oauth/authorize"));
        assert!(!asked.body.contains("Canary"));
        assert!(
            !is(asked, "/oauth/deauthorize") || asked.body.contains("stripe_user_id=acct_no_such_account")
        );
    }
}

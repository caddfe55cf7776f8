//! The settings of one integration.

use crate::failure::Failure;
use crate::frame::{Frame, Tab};
use crate::pages::findings::{self, Line};
use crate::parts::{Badge, Copyable, Moment, Problems};
use crate::session::Member;
use crate::{PortalState, html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;
use tributary_core::state::Role;
use tributary_core::{AccessScope, Mode, PlatformKey, SyncMode, link_paths};
use tributary_db::use_cases::{IntegrationView, view_integration};
use tributary_stripe::check::Finding;

/// What the page's address says.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

/// What stands in the form's fields; never a secret.
#[derive(Clone, Debug)]
pub(crate) struct Entered {
    pub client_id: String,
    pub reads_and_writes: bool,
    pub is_continuous: bool,
    /// Whether a secret was entered that has to be entered again, since it isn't repeated.
    pub lost_secret_key: bool,
    pub lost_webhook_secret: bool,
}

/// A signing secret that is there.
struct SigningSecret {
    id: String,
    last4: String,
    added: Moment,
}

#[derive(Template)]
#[template(path = "integration.html")]
struct IntegrationPage {
    frame: Frame,
    problems: Problems,
    name: &'static str,
    is_test: bool,
    /// What its keys start with.
    prefix: &'static str,
    badge: Badge,
    is_set: bool,
    is_enabled: bool,
    /// The secret key there is, masked.
    masked: Option<String>,
    redirect_url: Copyable,
    webhook_url: Option<Copyable>,
    signing_secrets: Vec<SigningSecret>,
    entered: Entered,
    /// What the settings were when the page was made.
    modified: String,
    findings: Vec<Line>,
    save_action: String,
    check_action: String,
    switch_action: String,
    all_href: String,
}

/// The integration that an address names.
pub(crate) fn key(path: &(String, String)) -> Result<PlatformKey, Failure> {
    path.1.parse().map_err(|_| Failure::NotFound)
}

/// `GET /p/{platform}/settings/integrations/{key}`
pub(crate) async fn page(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let key = key(&path)?;
    let shown = Shown { notice: notice(&asked.done), ..Shown::default() };
    render(&state, &member, key, StatusCode::OK, shown).await
}

/// What was done before the page was shown.
fn notice(done: &str) -> Option<&'static str> {
    match done {
        "saved" => Some("Saved."),
        "saved-off" => Some("Saved. Turn it on below to let merchants connect."),
        "on" => Some("Turned on. Merchants can connect from now on."),
        "off" => Some("Turned off. Connections that are linked stay linked."),
        _ => None,
    }
}

/// What a page says beside what is stored.
#[derive(Default)]
pub(crate) struct Shown {
    pub notice: Option<&'static str>,
    pub problems: Problems,
    /// What was entered; without it what is stored.
    pub entered: Option<Entered>,
    pub findings: Vec<Finding>,
}

/// The page.
pub(crate) async fn render(
    state: &PortalState,
    member: &Member,
    key: PlatformKey,
    status: StatusCode,
    shown: Shown,
) -> Result<HttpResponse, Failure> {
    let platform_no = member.platform.no;
    let view = state.db.read(move |conn| view_integration(conn, platform_no, key)).await?;
    let base = member.path(&format!("/settings/integrations/{key}"));
    let IntegrationView { integration, webhook_secrets, .. } = &view;
    let oauth = integration.as_ref().and_then(|integration| integration.oauth.as_ref());
    let is_enabled = integration.as_ref().is_some_and(|integration| integration.enabled);
    let redirect = state.urls.link.at(link_paths::CALLBACK);
    let page = IntegrationPage {
        frame: Frame::new(member, Tab::Integrations).saying(shown.notice),
        problems: shown.problems,
        name: key.display_name(),
        is_test: key.mode() == Mode::Test,
        prefix: prefix(key.mode()),
        badge: match integration {
            None => Badge { class: "off", mark: "○", word: "Not set up" },
            Some(_) => Badge::switch(is_enabled),
        },
        is_set: integration.is_some(),
        is_enabled,
        masked: oauth.map(|oauth| oauth.secret_key_masked.clone()),
        findings: findings::lines(&shown.findings, key, redirect.as_str()),
        redirect_url: Copyable::new("redirect-url", "the redirect URL", redirect),
        webhook_url: integration.as_ref().map(|integration| {
            let url = state.urls.link.at(&link_paths::events(integration.id));
            Copyable::new("webhook-url", "the webhook URL", url)
        }),
        signing_secrets: webhook_secrets
            .iter()
            .map(|secret| SigningSecret {
                id: secret.id.to_string(),
                last4: secret.last4.clone(),
                added: Moment::of(secret.created),
            })
            .collect(),
        entered: shown.entered.unwrap_or_else(|| Entered {
            client_id: oauth.map(|oauth| oauth.client_id.clone()).unwrap_or_default(),
            reads_and_writes: integration.as_ref().is_some_and(|i| i.scope == AccessScope::ReadWrite),
            is_continuous: integration.as_ref().is_some_and(|i| i.sync_mode == SyncMode::Continuous),
            lost_secret_key: false,
            lost_webhook_secret: false,
        }),
        modified: integration.as_ref().map(|i| i.modified.0.to_string()).unwrap_or_default(),
        save_action: format!("{base}/save"),
        check_action: format!("{base}/check"),
        switch_action: format!("{base}/switch"),
        all_href: member.path("/settings/integrations"),
    };
    html::page(status, &page)
}

/// What secret keys of a mode start with.
pub(crate) fn prefix(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "sk_live_",
        Mode::Test => "sk_test_",
    }
}

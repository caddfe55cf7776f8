//! A company's page: who asks for what, what is connected, and a button to connect.

use crate::done::status_word;
use crate::problem::{self, Failure, Problem};
use crate::{LinkState, headers, pages};
use actix_web::error::UrlencodedError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use tributary_core::ids::CompanyId;
use tributary_core::state::ConnectionStatus;
use tributary_core::{AccessScope, Millis, Mode, PlatformKey, PublicUrls, Secret, link_paths};
use tributary_db::connections::{self, Connection, ConnectionView};
use tributary_db::integrations::{self, Integration};
use tributary_db::use_cases::{ConnectionRefused, create_connection};
use tributary_db::{AnyConn, DbError, Page, companies};
use tributary_pages::{is_same_site, see_other};
use tributary_stripe::oauth;
use url::Url;

/// Connections shown and looked through; a company has a handful.
const CONNECTIONS_MAX: i64 = 100;

/// A connection as a merchant sees it.
struct Row {
    name: &'static str,
    is_test: bool,
    status: &'static str,
    class: &'static str,
    mark: &'static str,
    account: Option<String>,
    linked: Option<String>,
    /// Where to authorise anew, if there is a need and a way.
    reconnect: Option<String>,
}

/// An integration that merchants can authorise with.
struct Choice {
    key: &'static str,
    name: &'static str,
    is_test: bool,
    may_write: bool,
}

#[derive(Template)]
#[template(path = "company.html")]
struct CompanyPage {
    platform: String,
    company: String,
    connect_path: String,
    rows: Vec<Row>,
    choices: Vec<Choice>,
    /// The names of integrations for which merchants can only hand over keys.
    by_key: Vec<&'static str>,
}

/// What the page's buttons send.
#[derive(Debug, Deserialize)]
pub(crate) struct Connect {
    /// `exgd` or `yzth`.
    integration: String,
}

/// `GET /company/{company}`.
pub(crate) async fn page(state: Data<LinkState>, path: Path<String>) -> Result<HttpResponse, Failure> {
    let Ok(id) = path.parse::<CompanyId>() else { return Ok(problem::page(&Problem::NotFound)) };
    let read = move |conn: &mut AnyConn| {
        let Some((platform, company)) = companies::find_any(conn, id)? else { return Ok(None) };
        let newest = Page { offset: 0, limit: CONNECTIONS_MAX };
        let (views, _) = connections::list(conn, platform.no, id, newest)?;
        let integrations = integrations::list(conn, platform.no)?;
        Ok(Some((platform, company, views, integrations)))
    };
    let Some((platform, company, views, integrations)) = state.db.read(read).await? else {
        return Ok(problem::page(&Problem::NotFound));
    };
    let page = CompanyPage {
        platform: platform.name,
        company: company.name,
        connect_path: format!("{}/connections", link_paths::company(id)),
        rows: views.iter().map(row).collect(),
        choices: integrations
            .iter()
            .filter(|integration| integration.oauth_on_offer().is_some())
            .map(choice)
            .collect(),
        by_key: integrations
            .iter()
            .filter(|integration| integration.enabled && integration.oauth.is_none())
            .map(|integration| integration.key.display_name())
            .collect(),
    };
    let mut response = pages::html(StatusCode::OK, &page)?;
    if let Ok(policy) = HeaderValue::from_str(&headers::policy_with_form(&consent_page(&state))) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// `POST /company/{company}/connections`: 303 to the start of a connection that awaits its authorization; one
/// left over from before is used again.
pub(crate) async fn connect(
    state: Data<LinkState>,
    path: Path<String>,
    request: HttpRequest,
    form: Result<Form<Connect>, actix_web::Error>,
) -> Result<HttpResponse, Failure> {
    if !is_same_site(&request, &state.public_url) {
        return Ok(problem::page(&Problem::CrossSite));
    }
    let form = match form {
        Ok(form) => form,
        Err(error) => return Ok(problem::page(&unreadable(&error))),
    };
    let Ok(key) = form.integration.parse::<PlatformKey>() else {
        return Ok(problem::page(&Problem::BadForm));
    };
    let Ok(id) = path.parse::<CompanyId>() else { return Ok(problem::page(&Problem::NotFound)) };
    let (urls, now) = (state.urls.clone(), state.clock.now());
    let created = state.db.write(move |conn| pending_or_new(conn, &urls, id, key, now)).await?;
    Ok(match created {
        Ok(connection) => see_other(&link_paths::start(id, connection.id)),
        Err(problem) => problem::page(&problem),
    })
}

fn pending_or_new(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    id: CompanyId,
    key: PlatformKey,
    now: Millis,
) -> Result<Result<Connection, Problem>, DbError> {
    let Some((platform, _)) = companies::find_any(conn, id)? else { return Ok(Err(Problem::NotFound)) };
    let integration = integrations::find_by_key(conn, platform.no, key)?;
    if integration.as_ref().and_then(Integration::oauth_on_offer).is_none() {
        return Ok(Err(Problem::NotOffered { company: id }));
    }
    let (views, _) = connections::list(conn, platform.no, id, Page { offset: 0, limit: CONNECTIONS_MAX })?;
    let pending = views
        .into_iter()
        .find(|view| view.connection.status == ConnectionStatus::PendingAuth && view.integration.key == key);
    if let Some(view) = pending {
        return Ok(Ok(view.connection));
    }
    let created = create_connection(conn, urls, platform.no, id, key, now)?;
    Ok(created.map(|view| view.connection).map_err(|refused| match refused {
        ConnectionRefused::UnknownCompany(_) => Problem::NotFound,
        ConnectionRefused::NotSet(_) | ConnectionRefused::Disabled(_) => Problem::NotOffered { company: id },
    }))
}

fn unreadable(error: &actix_web::Error) -> Problem {
    match error.as_error::<UrlencodedError>() {
        Some(UrlencodedError::Overflow { .. }) => Problem::TooLarge,
        _ => Problem::BadForm,
    }
}

/// The page at Stripe to which the form leads at last, but for what differs per authorization.
fn consent_page(state: &LinkState) -> Url {
    let (callback, nothing) = (state.public_url.at(link_paths::CALLBACK), Secret::new(""));
    oauth::authorize_url(&state.stripe, "", &callback, AccessScope::ReadOnly, &nothing)
}

fn row(view: &ConnectionView) -> Row {
    let ConnectionView { connection, integration } = view;
    let (class, mark) = match connection.status {
        ConnectionStatus::PendingAuth => ("waiting", "◌"),
        ConnectionStatus::Linked => ("done", "●"),
        ConnectionStatus::Unlinked => ("off", "■"),
        ConnectionStatus::Deauthorized => ("warning", "▲"),
    };
    let lost = matches!(connection.status, ConnectionStatus::Unlinked | ConnectionStatus::Deauthorized);
    let can_authorize = integration.oauth_on_offer().is_some();
    Row {
        name: integration.key.display_name(),
        is_test: integration.key.mode() == Mode::Test,
        status: status_word(connection.status),
        class,
        mark,
        account: connection.account_id.as_ref().map(ToString::to_string),
        linked: connection.linked.map(|at| at.to_iso().chars().take(10).collect()),
        reconnect: (lost && can_authorize).then(|| link_paths::start(connection.company_id, connection.id)),
    }
}

fn choice(integration: &Integration) -> Choice {
    Choice {
        key: integration.key.as_str(),
        name: integration.key.display_name(),
        is_test: integration.key.mode() == Mode::Test,
        may_write: integration.scope == AccessScope::ReadWrite,
    }
}

//! A company: its Link URL, its connections, what has been read.

use crate::failure::Failure;
use crate::frame::{Frame, Tab};
use crate::pages::progress::{self, TypeRow};
use crate::pages::reading::Reading;
use crate::pages::reconciliation::Line;
use crate::parts::{Badge, Copyable, Moment};
use crate::session::Member;
use crate::{PortalState, html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;
use tributary_core::ids::{CompanyId, ConnectionNo};
use tributary_core::state::{ConnectionStatus, CredentialKind, Role};
use tributary_core::{Mode, link_paths};
use tributary_db::companies::{self, Company};
use tributary_db::connections::{self, ConnectionView};
use tributary_db::datasets::Dataset;
use tributary_db::events::{feeds, inbox};
use tributary_db::integrations::{self, Integration};
use tributary_db::reconciliations::{self, Reconciliation};
use tributary_db::{AnyConn, DbError, Page, credentials, reading_plan};

/// Connections shown; a company has a handful.
pub(crate) const CONNECTIONS_MAX: i64 = 50;

/// What the page's address says.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

/// A connection as the page shows it.
pub(crate) struct Card {
    id: Copyable,
    source: &'static str,
    is_test: bool,
    badge: Badge,
    is_linked: bool,
    account: Option<Copyable>,
    credential: Option<&'static str>,
    created: Moment,
    linked: Moment,
    last_sync: Moment,
    /// What went wrong and wasn't put right, newest first.
    errors: Vec<ErrorLine>,
    /// Where the merchant authorises this connection; none where merchants hand over keys.
    link: Option<Copyable>,
    /// How far each data type is.
    types: Vec<TypeRow>,
    /// Whether what was read ties to Stripe's; none as long as nothing is said of it.
    ties: Option<Line>,
    /// Where to have that looked at, where it can be and nothing is said of it yet.
    reconcile: Option<String>,
    /// When it is read; none where nothing is.
    reading: Option<Reading>,
    /// What reading it now is below, for roles that may.
    refresh_action: Option<String>,
    /// What unlinking and deleting are below, for roles that may.
    actions: Option<String>,
    /// How Stripe's events of it stand, for roles that may see data.
    events: Option<Events>,
}

/// Something that went wrong with a connection.
struct ErrorLine {
    words: String,
    at: Moment,
    /// What Stripe said, its secrets cut, or what happened in a few words.
    detail: String,
}

/// An integration that a connection may be made with.
struct Choice {
    key: &'static str,
    name: &'static str,
    is_test: bool,
}

#[derive(Template)]
#[template(path = "company.html")]
struct CompanyPage {
    frame: Frame,
    company: Company,
    id: Copyable,
    is_test: bool,
    created: Moment,
    link: Copyable,
    cards: Vec<Card>,
    choices: Vec<Choice>,
    connect_action: String,
    refresh_action: String,
    /// Whether the role may see what was read.
    sees_data: bool,
    /// Whether anything can be read.
    can_refresh: bool,
    is_reading: bool,
    progress_href: String,
    history_href: String,
    reload_href: String,
    companies_href: String,
    integrations_href: Option<String>,
    /// Where to choose the time of day, for roles that may.
    schedule_href: Option<String>,
    /// Where to delete the company, for roles that may.
    delete_action: Option<String>,
}

/// How a connection stands.
struct Stand {
    view: ConnectionView,
    /// What it authorises with, if it does.
    credential: Option<CredentialKind>,
    /// How far each data type is, with the number of its records.
    datasets: Vec<(Dataset, i64)>,
    /// When it is read.
    reading: Option<Reading>,
    /// The reconciliation whose verdict stands.
    standing: Option<Reconciliation>,
    /// How its events are.
    events: Option<Events>,
}

/// How a connection's events stand, and why they can't be listed.
struct Events {
    last: Moment,
    waiting: i64,
    set_aside: i64,
    problem: Option<String>,
}

impl Events {
    fn read(conn: &mut AnyConn, no: ConnectionNo) -> Result<Self, DbError> {
        let standing = inbox::standing(conn, no)?;
        Ok(Events {
            last: Moment::maybe(standing.last_received),
            waiting: standing.waiting,
            set_aside: standing.set_aside,
            problem: feeds::find(conn, no)?.and_then(|feed| feed.problem),
        })
    }
}

/// What the page is made of.
struct Read {
    company: Company,
    connections: Vec<Stand>,
    integrations: Vec<Integration>,
}

/// `GET /p/{platform}/companies/{company}`
pub(crate) async fn page(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let (platform_no, sees_data) = (member.platform.no, member.role >= Role::Advisor);
    let (settings, now) = (state.reading, state.clock.now());
    let read = move |conn: &mut AnyConn| {
        let Some(company) = companies::find(conn, platform_no, id)? else { return Ok(None) };
        let newest = Page { offset: 0, limit: CONNECTIONS_MAX };
        let (views, _) = connections::list(conn, platform_no, id, newest)?;
        let with_state = |view: ConnectionView| {
            let no = view.connection.no;
            let credential = credentials::in_use(conn, no)?.map(|credential| credential.kind);
            if !sees_data {
                return Ok(Stand {
                    view,
                    credential,
                    datasets: Vec::new(),
                    reading: None,
                    standing: None,
                    events: None,
                });
            }
            let plan = reading_plan::of(conn, &view, &settings, now)?;
            let reading = Reading::of(&view, &plan);
            let latest = plan.types.into_iter().map(|of| of.latest).collect();
            let datasets = progress::counted(conn, no, latest)?;
            let standing = reconciliations::standing(conn, no)?;
            let events = Some(Events::read(conn, no)?);
            Ok(Stand { view, credential, datasets, reading, standing, events })
        };
        let connections = views.into_iter().map(with_state).collect::<Result<_, DbError>>()?;
        Ok(Some(Read { company, connections, integrations: integrations::list(conn, platform_no)? }))
    };
    let Read { company, connections, integrations } = state.db.read(read).await?.ok_or(Failure::NotFound)?;
    let base = member.path(&format!("/companies/{id}"));
    let is_test = |view: &ConnectionView| view.integration.key.mode() == Mode::Test;
    let page = CompanyPage {
        frame: Frame::new(&member, Tab::Companies).saying(notice(&asked.done)),
        id: Copyable::new("company-id", "the company's id", id),
        is_test: connections.iter().any(|stand| is_test(&stand.view)),
        created: Moment::of(company.created),
        link: Copyable::new("company-link", "the Link URL", state.urls.link.at(&link_paths::company(id))),
        choices: integrations
            .iter()
            .filter(|integration| integration.enabled)
            .map(|integration| Choice {
                key: integration.key.as_str(),
                name: integration.key.display_name(),
                is_test: integration.key.mode() == Mode::Test,
            })
            .collect(),
        connect_action: format!("{base}/connect"),
        refresh_action: format!("{base}/refresh"),
        sees_data,
        can_refresh: sees_data && connections.iter().any(|stand| is_readable(&stand.view)),
        is_reading: connections
            .iter()
            .any(|stand| stand.datasets.iter().any(|(dataset, _)| dataset.status.is_active())),
        progress_href: format!("{base}/progress"),
        history_href: format!("{base}/history"),
        reload_href: base.clone(),
        companies_href: member.path("/companies"),
        integrations_href: (member.role >= Role::Developer).then(|| member.path("/settings/integrations")),
        delete_action: (member.role >= Role::Analyst).then(|| format!("{base}/delete")),
        schedule_href: (member.role >= Role::Developer).then(|| format!("{base}/schedule")),
        cards: connections.into_iter().map(|stand| card(&state, &base, stand, member.role)).collect(),
        company,
    };
    html::page(StatusCode::OK, &page)
}

/// What was done before the page was shown.
fn notice(done: &str) -> Option<&'static str> {
    match done {
        "created" => Some("The company was added. Send the Link URL below to the merchant."),
        "connection" => Some("The connection was added. It waits for the merchant to allow it."),
        "refresh" => Some("Reading has been asked for."),
        "reading" => Some("Everything is being read already."),
        "severed" => Some("The connection was unlinked. What was read from it stays readable."),
        "deleted" => Some("The connection was deleted, with all that was read from it."),
        "paused" => Some("The connection is paused. What was being read waits until you resume it."),
        "resumed" => Some("The connection is read again."),
        "held" => Some("The connection is paused: resume it to have it read."),
        "cancelled" => Some("What was being read was cancelled. What was stored stays."),
        "idle" => Some("Nothing was being read."),
        "unconfirmed" => Some("Nothing was changed: tick the box to confirm."),
        "unlinked" => Some("Nothing is linked to read from: the merchant has to connect first."),
        _ => None,
    }
}

/// What went wrong, for admins. Most stored messages are sentences; the contract has its own words for a denial.
fn error_words(message: &str) -> String {
    match message {
        "User cancelled" => "The merchant chose not to connect.".to_owned(),
        other => other.to_owned(),
    }
}

/// Whether a connection is read when that is asked for.
fn is_readable(view: &ConnectionView) -> bool {
    view.connection.status == ConnectionStatus::Linked && view.connection.paused.is_none()
}

fn card(state: &PortalState, base: &str, stand: Stand, role: Role) -> Card {
    let can_refresh = role >= Role::Advisor && is_readable(&stand.view);
    let Stand {
        view: ConnectionView { connection, integration },
        credential,
        datasets,
        reading,
        standing,
        events,
    } = stand;
    let id = connection.id;
    let address = format!("{base}/connections/{id}");
    let start = link_paths::start(connection.company_id, id);
    let open_errors = connection.errors.iter().rev().filter(|error| error.resolved_on.is_none());
    Card {
        id: Copyable::new(format!("id-{id}"), "the connection's id", id),
        source: integration.key.display_name(),
        is_test: integration.key.mode() == Mode::Test,
        badge: Badge::of_connection(connection.status),
        is_linked: connection.status == ConnectionStatus::Linked,
        account: connection
            .account_id
            .as_ref()
            .map(|account| Copyable::new(format!("account-{id}"), "the account's id", account)),
        credential: credential.map(|kind| match kind {
            CredentialKind::ConnectOauth => "Allowed at Stripe (Connect OAuth)",
            CredentialKind::AppOauth => "Allowed at Stripe (app)",
            CredentialKind::RestrictedKey => "Restricted key",
        }),
        created: Moment::of(connection.created),
        linked: Moment::maybe(connection.linked),
        last_sync: Moment::maybe(connection.last_sync),
        errors: open_errors
            .take(3)
            .map(|error| ErrorLine {
                words: error_words(&error.error_message),
                at: Moment::of(error.errored_on),
                detail: error.status_text.clone(),
            })
            .collect(),
        link: integration.oauth_on_offer().map(|_| {
            Copyable::new(format!("link-{id}"), "the connection's Link URL", state.urls.link.at(&start))
        }),
        types: progress::type_rows(base, id, &datasets),
        reconcile: (connection.status == ConnectionStatus::Linked
            && standing.is_none()
            && !datasets.is_empty())
        .then(|| format!("{address}/reconcile")),
        ties: standing.as_ref().map(|standing| Line::of(&address, standing)),
        reading,
        refresh_action: can_refresh.then(|| format!("{address}/refresh")),
        events,
        actions: (role >= Role::Developer).then_some(address),
    }
}

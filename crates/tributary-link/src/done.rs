//! The page that says how an authorization ended: its address holds ids only, what it says comes from the store.

use crate::error::Outcome;
use crate::pages::{self, Action, Message, Tone};
use crate::problem::{self, Failure, Problem};
use crate::start::{find, ids};
use crate::{LinkState, cookie};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use tributary_core::ids::{CompanyId, ConnectionId};
use tributary_core::state::ConnectionStatus;
use tributary_core::{Mode, link_paths};
use tributary_db::connections::{Connection, ConnectionView};
use tributary_db::{AnyConn, oauth_states, platforms};

/// Where the page about a connection is.
pub(crate) fn path(company: CompanyId, connection: ConnectionId) -> String {
    format!("/companies/{company}/connections/{connection}/done")
}

/// `GET /companies/{company}/connections/{connection}/done`. The browser that authorised sees how that ended;
/// any other sees where the connection stands.
pub(crate) async fn done(
    state: Data<LinkState>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let Some((company, connection)) = ids(&path) else { return Ok(problem::page(&Problem::NotFound)) };
    let browser = cookie::browser(&request, &state.public_url);
    let read = move |conn: &mut AnyConn| {
        let Some(view) = find(conn, company, connection)? else { return Ok(None) };
        let platform = platforms::find_by_no(conn, view.connection.platform_no)?;
        let latest = match &browser {
            Some(browser) => oauth_states::latest_outcome(conn, view.connection.no, browser)?,
            None => None,
        };
        Ok(platform.map(|platform| (platform.name, view, latest)))
    };
    let Some((platform, view, latest)) = state.db.read(read).await? else {
        return Ok(problem::page(&Problem::NotFound));
    };
    let ConnectionView { connection, integration } = &view;
    let outcome = match latest {
        Some(None) => {
            return Ok(problem::page(&Problem::GoingOn { company, connection: connection.id }));
        }
        Some(Some(word)) => word.parse::<Outcome>().ok(),
        None => None,
    };
    let way = match integration.oauth {
        Some(_) => "you allow it at Stripe",
        None => "it has a restricted key of your Stripe account",
    };
    let shown = shown(outcome, connection, &platform, way);
    let mut facts = vec![("Status", status_word(connection.status).to_owned())];
    facts.extend(connection.account_id.as_ref().map(|account| ("Stripe account", account.to_string())));
    if integration.key.mode() == Mode::Test {
        facts.push(("Mode", "Test".to_owned()));
    }
    let start = || link_paths::start(company, connection.id);
    let mut actions = match shown.again {
        Some(label) if integration.oauth_on_offer().is_some() => vec![Action::primary(start(), label)],
        _ => Vec::new(),
    };
    actions.push(Action::secondary(link_paths::company(company), "See your connections"));
    let message = Message {
        tone: shown.tone,
        heading: shown.heading,
        body: &shown.body,
        facts,
        actions,
        ..Message::default()
    };
    pages::message(StatusCode::OK, &message)
}

struct Shown {
    tone: Tone,
    heading: &'static str,
    body: String,
    /// What the button that starts again says.
    again: Option<&'static str>,
}

/// The outcome as long as it still is true; after that, the status. `way` says what is missing to be connected.
fn shown(outcome: Option<Outcome>, connection: &Connection, platform: &str, way: &str) -> Shown {
    match (outcome, connection.status) {
        (Some(Outcome::Linked) | None, ConnectionStatus::Linked) => Shown {
            tone: Tone::Done,
            heading: Outcome::Linked.heading(),
            body: Outcome::Linked.body(platform),
            again: None,
        },
        (Some(Outcome::Linked) | None, status) => Shown {
            tone: Tone::Waiting,
            heading: match status {
                ConnectionStatus::PendingAuth => "Your Stripe account isn't connected yet",
                _ => "Your Stripe account isn't connected any more",
            },
            body: format!("{platform} can read your sales data once {way}."),
            again: Some("Connect Stripe"),
        },
        (Some(outcome), _) => Shown {
            tone: Tone::Failed,
            heading: outcome.heading(),
            body: outcome.body(platform),
            again: Some("Try again"),
        },
    }
}

/// A connection's status for merchants.
pub(crate) fn status_word(status: ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::PendingAuth => "Not finished",
        ConnectionStatus::Linked => "Connected",
        ConnectionStatus::Unlinked => "Disconnected",
        ConnectionStatus::Deauthorized => "Access ended at Stripe",
    }
}

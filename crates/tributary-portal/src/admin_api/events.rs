//! `…/connections/{connection}/events`: how Stripe's events of a connection stand, and its own endpoint's secrets.

use super::body::Fields;
use super::caller::Member;
use super::control::{Of, unknown};
use super::refusal::{FieldProblem, Refusal};
use super::shapes::WebhookSecret;
use crate::PortalState;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Serialize;
use tributary_core::ids::{CompanyId, ConnectionId};
use tributary_core::{Millis, link_paths};
use tributary_db::connections::Connection;
use tributary_db::events::feeds::{self, Feed};
use tributary_db::events::inbox::{self, Standing};
use tributary_db::use_cases::{WebhookSecretRefused, WebhookSecretsChange, set_connection_webhook};
use tributary_db::webhook_secrets::{self, Endpoint};
use tributary_db::{AnyConn, DbError, connections};

type Answer = Result<HttpResponse, Refusal>;

/// How a connection's events stand.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Events {
    /// Where an endpoint in the connection's own account sends its events.
    webhook_url: String,
    webhook_secrets: Vec<WebhookSecret>,
    /// When the latest event came by webhook.
    last_received: Option<Millis>,
    waiting: i64,
    set_aside: i64,
    last_listed: Option<Millis>,
    next_list: Option<Millis>,
    /// Why events can't be listed.
    problem: Option<String>,
}

struct Found {
    connection: Connection,
    secrets: Vec<webhook_secrets::WebhookSecret>,
    standing: Standing,
    feed: Option<Feed>,
}

fn find(
    conn: &mut AnyConn,
    member: &Member,
    (company, id): (CompanyId, ConnectionId),
) -> Result<Option<Found>, DbError> {
    let platform_no = member.platform.no;
    let Some(connection) = connections::find(conn, platform_no, company, id)? else { return Ok(None) };
    let endpoint = Endpoint { integration: connection.integration_id, connection: Some(connection.no) };
    Ok(Some(Found {
        secrets: webhook_secrets::list(conn, platform_no, endpoint)?,
        standing: inbox::standing(conn, connection.no)?,
        feed: feeds::find(conn, connection.no)?,
        connection,
    }))
}

/// How a connection's events stand.
pub(super) async fn get(state: Data<PortalState>, member: Member, path: Path<Of>) -> Answer {
    let of = path.ids()?;
    let found = state.db.read(move |conn| find(conn, &member, of)).await?.ok_or_else(unknown)?;
    let feed = found.feed.as_ref();
    let url = state.urls.link.at(&link_paths::connection_events(found.connection.id));
    Ok(HttpResponse::Ok().json(Events {
        webhook_url: url.into(),
        webhook_secrets: found.secrets.into_iter().map(WebhookSecret::of).collect(),
        last_received: found.standing.last_received,
        waiting: found.standing.waiting,
        set_aside: found.standing.set_aside,
        last_listed: feed.and_then(|feed| feed.polled),
        next_list: feed.and_then(|feed| feed.poll),
        problem: feed.and_then(|feed| feed.problem.clone()),
    }))
}

/// Adds a signing secret of the connection's own endpoint, removes some, or both.
pub(super) async fn patch(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    mut fields: Fields,
) -> Answer {
    let change = WebhookSecretsChange {
        add: fields.secret("webhookSecret"),
        remove: fields.words("removeWebhookSecrets"),
    };
    fields.finish()?;
    let (of, platform_no, now) = (path.ids()?, member.platform.no, state.clock.now());
    let vault = state.vault.clone();
    let write = move |conn: &mut AnyConn| set_connection_webhook(conn, &vault, platform_no, of, &change, now);
    state.db.write(write).await?.map_err(|refused| match refused {
        WebhookSecretRefused::UnknownConnection(_) => unknown(),
        WebhookSecretRefused::UnknownSecret(_) => {
            let problem = FieldProblem::new("removeWebhookSecrets", "unknown_secret", refused.to_string());
            Refusal::Unprocessable(vec![problem])
        }
        WebhookSecretRefused::Malformed => {
            let problem = FieldProblem::new("webhookSecret", "malformed", refused.to_string());
            Refusal::Unprocessable(vec![problem])
        }
    })?;
    get(state, member, path).await
}

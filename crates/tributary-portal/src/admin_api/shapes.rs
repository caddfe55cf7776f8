//! The JSON of answers. Fields are only ever added (docs/admin-api.md).

use crate::Urls;
use serde::Serialize;
use std::collections::BTreeMap;
use tributary_core::ids::{CompanyId, ConnectionId, DatasetId, PlatformId, WebhookSecretId};
use tributary_core::state::{ConnectionStatus, Role};
use tributary_core::{AccessScope, Millis, PlatformKey, SyncMode, link_paths};
use tributary_db::companies;
use tributary_db::connections::ConnectionView;
use tributary_db::datasets::Dataset;
use tributary_db::use_cases::IntegrationView;
use tributary_db::webhook_secrets;
use tributary_stripe::check::{self, Aspect, Unknown, Verdict};

#[derive(Serialize)]
pub(super) struct Platforms {
    pub platforms: Vec<Platform>,
}

#[derive(Serialize)]
pub(super) struct Platform {
    pub id: PlatformId,
    pub name: String,
    pub role: Role,
}

#[derive(Serialize)]
pub(super) struct Integrations {
    pub integrations: Vec<Integration>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Integration {
    key: &'static str,
    name: &'static str,
    mode: String,
    is_set: bool,
    client_id: Option<String>,
    secret_key_masked: Option<String>,
    webhook_secrets: Vec<WebhookSecret>,
    scope: &'static str,
    sync_mode: &'static str,
    enabled: bool,
    redirect_url: String,
    webhook_url: Option<String>,
    created: Option<Millis>,
    modified: Option<Millis>,
    connections: BTreeMap<&'static str, i64>,
}

#[derive(Serialize)]
pub(super) struct WebhookSecret {
    id: WebhookSecretId,
    masked: String,
    created: Millis,
}

impl WebhookSecret {
    pub(super) fn of(secret: webhook_secrets::WebhookSecret) -> Self {
        let masked = format!("whsec_…{}", secret.last4);
        WebhookSecret { id: secret.id, masked, created: secret.created }
    }
}

impl Integration {
    pub(super) fn of(view: IntegrationView, urls: &Urls) -> Self {
        let connections = ConnectionStatus::ALL.iter();
        let connections =
            connections.map(|status| (status.as_str(), view.connections_with(*status))).collect();
        let webhook_secrets = view.webhook_secrets.into_iter().map(WebhookSecret::of);
        let set = view.integration.as_ref();
        let oauth = set.and_then(|set| set.oauth.as_ref());
        Integration {
            key: view.key.as_str(),
            name: view.key.display_name(),
            mode: view.key.mode().to_string(),
            is_set: set.is_some(),
            client_id: oauth.map(|oauth| oauth.client_id.clone()),
            secret_key_masked: oauth.map(|oauth| oauth.secret_key_masked.clone()),
            webhook_secrets: webhook_secrets.collect(),
            scope: set.map_or(AccessScope::ReadOnly, |set| set.scope).as_str(),
            sync_mode: set.map_or(SyncMode::OneOff, |set| set.sync_mode).as_str(),
            enabled: set.is_some_and(|set| set.enabled),
            redirect_url: urls.link.at(link_paths::CALLBACK).into(),
            webhook_url: set.map(|set| urls.link.at(&link_paths::events(set.id)).into()),
            created: set.map(|set| set.created),
            modified: set.map(|set| set.modified),
            connections,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Findings {
    ok: bool,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    about: &'static str,
    verdict: &'static str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<String>,
}

impl Findings {
    pub(super) fn of(findings: &[check::Finding]) -> Self {
        Findings {
            ok: findings.iter().all(|finding| finding.verdict() == Verdict::Ok),
            findings: findings.iter().map(Finding::of).collect(),
        }
    }
}

impl Finding {
    fn of(finding: &check::Finding) -> Self {
        Finding {
            about: match finding.aspect() {
                Aspect::Key => "secretKey",
                Aspect::Mode => "mode",
                Aspect::Client => "clientId",
                Aspect::Owner => "owner",
                Aspect::Redirect => "redirectUrl",
                Aspect::Scope => "scope",
            },
            verdict: match finding.verdict() {
                Verdict::Ok => "ok",
                Verdict::Problem => "problem",
                Verdict::Unknown => "unknown",
            },
            code: finding_code(finding),
            said: finding.said().map(str::to_owned),
        }
    }
}

fn finding_code(finding: &check::Finding) -> &'static str {
    use check::Finding as F;
    match finding {
        F::KeyWorks => "key_works",
        F::KeyRejected { .. } => "key_rejected",
        F::KeyRefused { .. } => "key_refused",
        F::ModeFits => "mode_fits",
        F::ModeDiffers => "mode_differs",
        F::ClientKnown => "client_known",
        F::ClientNotKnown { .. } => "client_not_known",
        F::SameOwner => "same_owner",
        F::OtherOwner { .. } => "other_owner",
        F::ConnectInactive { .. } => "connect_inactive",
        F::RedirectRegistered => "redirect_registered",
        F::RedirectNotRegistered { .. } => "redirect_not_registered",
        F::ScopeOffered(_) => "scope_offered",
        F::ScopeRefused { .. } => "scope_refused",
        F::KeyUnknown(why)
        | F::ModeUnknown(why)
        | F::ClientUnknown(why)
        | F::OwnerUnknown(why)
        | F::RedirectUnknown(why)
        | F::ScopeUnknown(why) => match why {
            Unknown::NoAnswer => "no_answer",
            Unknown::OtherProblemFirst => "other_problem_first",
            Unknown::NotTold => "not_told",
        },
    }
}

#[derive(Serialize)]
pub(super) struct Companies {
    pub companies: Vec<Company>,
    /// What `after` must be for the next page; none on the last.
    pub next: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Company {
    id: CompanyId,
    name: String,
    description: Option<String>,
    link_url: String,
    last_sync: Option<Millis>,
    created: Millis,
    created_by: Option<String>,
    connections: Vec<Connection>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection {
    connection_id: ConnectionId,
    integration: &'static str,
    status: ConnectionStatus,
    account_id: Option<String>,
    link_url: String,
    last_sync: Option<Millis>,
    linked: Option<Millis>,
    /// Since when it is paused.
    paused: Option<Millis>,
    created: Millis,
}

impl Company {
    pub(super) fn of(company: companies::Company, connections: Vec<ConnectionView>, urls: &Urls) -> Self {
        Company {
            id: company.id,
            name: company.name,
            description: company.description,
            link_url: urls.link.at(&link_paths::company(company.id)).into(),
            last_sync: connections.iter().filter_map(|view| view.connection.last_sync).max(),
            created: company.created,
            created_by: company.created_by,
            connections: connections.into_iter().map(|view| Connection::of(view, urls)).collect(),
        }
    }
}

impl Connection {
    pub(super) fn of(view: ConnectionView, urls: &Urls) -> Self {
        let ConnectionView { connection, integration } = view;
        let (company, id) = (connection.company_id, connection.id);
        Connection {
            connection_id: id,
            integration: PlatformKey::as_str(integration.key),
            status: connection.status,
            account_id: connection.account_id.map(|account| account.0),
            link_url: urls.link.at(&link_paths::start(company, id)).into(),
            last_sync: connection.last_sync,
            linked: connection.linked,
            paused: connection.paused,
            created: connection.created,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Cancelled {
    pub cancelled: Vec<QueuedDataset>,
}

#[derive(Serialize)]
pub(super) struct Queued {
    pub queued: Vec<QueuedDataset>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueuedDataset {
    connection_id: ConnectionId,
    data_type: &'static str,
    dataset_id: DatasetId,
}

impl QueuedDataset {
    pub(super) fn of(dataset: &Dataset) -> Self {
        QueuedDataset {
            connection_id: dataset.connection_id,
            data_type: dataset.data_type.as_str(),
            dataset_id: dataset.id,
        }
    }
}

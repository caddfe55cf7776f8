//! `…/integrations` and `…/integrations/{key}`

use super::body::Fields;
use super::caller::Member;
use super::refusal::{FieldProblem, Refusal};
use super::shapes::{Integration, Integrations};
use crate::{PortalState, credentials};
use actix_web::HttpResponse;
use actix_web::http::header::{ETAG, HeaderMap, IF_MATCH};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, http::header::HeaderValue};
use tributary_core::key::KeyError;
use tributary_core::{AccessScope, Millis, PlatformKey, SyncMode};
use tributary_db::use_cases::{
    Expected, IntegrationChange, IntegrationField, IntegrationProblem, IntegrationText, IntegrationView,
    Switch, view_integration, view_integrations,
};

type Answer = Result<HttpResponse, Refusal>;

/// The entity tag of an integration that was never set.
const NOT_SET: &str = "\"not-set\"";

/// Both integrations, set or not.
pub(super) async fn list(state: Data<PortalState>, member: Member) -> Answer {
    let views = state.db.read(move |conn| view_integrations(conn, member.platform.no)).await?;
    let integrations = views.into_iter().map(|view| Integration::of(view, &state.urls)).collect();
    Ok(HttpResponse::Ok().json(Integrations { integrations }))
}

/// One integration, set or not.
pub(super) async fn get(state: Data<PortalState>, member: Member, path: Path<Of>) -> Answer {
    let key = path.key()?;
    let view = state.db.read(move |conn| view_integration(conn, member.platform.no, key)).await?;
    Ok(answer(view, &state))
}

/// Sets everything but the credentials, which stay where they are left out: nobody can read them back.
pub(super) async fn put(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    request: HttpRequest,
    fields: Fields,
) -> Answer {
    let mut change = read(path.key()?, fields, request.headers())?;
    change.scope = change.scope.or(Some(AccessScope::ReadOnly));
    change.sync_mode = change.sync_mode.or(Some(SyncMode::OneOff));
    change.switch = change.switch.or(Some(Switch::Off));
    store(&state, member, change).await
}

/// Changes what the body names.
pub(super) async fn patch(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    request: HttpRequest,
    fields: Fields,
) -> Answer {
    let key = path.key()?;
    if fields.is_empty() {
        return Err(Refusal::Unreadable("the body names no field to change".to_owned()));
    }
    store(&state, member, read(key, fields, request.headers())?).await
}

/// The end of a path to an integration.
#[derive(serde::Deserialize)]
pub(super) struct Of {
    key: String,
}

impl Of {
    pub(super) fn key(&self) -> Result<PlatformKey, Refusal> {
        self.key.parse().map_err(|_| Refusal::NotFound { what: "integration" })
    }
}

async fn store(state: &PortalState, member: Member, change: IntegrationChange) -> Answer {
    let stored = credentials::store(state, &member.platform, &member.user, change).await?;
    let view = stored.map_err(|problem| match problem {
        IntegrationProblem::ChangedMeanwhile => Refusal::ChangedMeanwhile,
        problem => Refusal::Unprocessable(vec![field_problem(&problem)]),
    })?;
    Ok(answer(view, state))
}

fn answer(view: IntegrationView, state: &PortalState) -> HttpResponse {
    let tag = match &view.integration {
        Some(integration) => format!("\"{}\"", integration.modified.0),
        None => NOT_SET.to_owned(),
    };
    HttpResponse::Ok().insert_header((ETAG, tag)).json(Integration::of(view, &state.urls))
}

/// The change that a body asks for.
fn read(key: PlatformKey, mut fields: Fields, headers: &HeaderMap) -> Result<IntegrationChange, Refusal> {
    let text = IntegrationText {
        client_id: fields.text("clientId"),
        secret_key: fields.secret("secretKey"),
        webhook_secret: fields.secret("webhookSecret"),
    };
    let remove_webhook_secrets = fields.words("removeWebhookSecrets");
    let (scope, sync_mode) = (fields.word("scope"), fields.word("syncMode"));
    let enabled = fields.flag("enabled");
    let allow_keys_only = fields.flag("allowKeysOnly").unwrap_or(false);
    fields.finish()?;
    let read = IntegrationChange::read(key, text);
    let mut change =
        read.map_err(|problems| Refusal::Unprocessable(problems.iter().map(field_problem).collect()))?;
    change.remove_webhook_secrets = remove_webhook_secrets;
    (change.scope, change.sync_mode) = (scope, sync_mode);
    change.switch = enabled.map(|enabled| match (enabled, allow_keys_only) {
        (false, _) => Switch::Off,
        (true, false) => Switch::On,
        (true, true) => Switch::OnForKeysToo,
    });
    change.expected = expected(headers.get(IF_MATCH))?;
    Ok(change)
}

/// What `If-Match` says: the tag of an answer, or `*`, which every integration has.
fn expected(header: Option<&HeaderValue>) -> Result<Expected, Refusal> {
    let Some(header) = header else { return Ok(Expected::Anything) };
    let tag = header.to_str().unwrap_or_default().trim();
    let moment = || tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    match tag {
        "*" => Ok(Expected::Anything),
        NOT_SET => Ok(Expected::NotSet),
        _ => moment().map(|ms| Expected::ModifiedAt(Millis(ms))).ok_or_else(|| {
            Refusal::Unreadable(
                "If-Match must be the ETag of an earlier answer, in its quotes, or *".to_owned(),
            )
        }),
    }
}

fn field_problem(problem: &IntegrationProblem) -> FieldProblem {
    let field = match problem.field() {
        Some(IntegrationField::ClientId) => "clientId",
        Some(IntegrationField::SecretKey) => "secretKey",
        Some(IntegrationField::WebhookSecret) => "webhookSecret",
        Some(IntegrationField::RemoveWebhookSecrets) => "removeWebhookSecrets",
        Some(IntegrationField::Enabled) => "enabled",
        None => "?",
    };
    let code = match problem {
        IntegrationProblem::ClientId => "client_id_malformed",
        IntegrationProblem::ClientIdNeeded => "client_id_needed",
        IntegrationProblem::SecretKey(KeyError::Empty) => "secret_key_empty",
        IntegrationProblem::SecretKey(KeyError::Prefix) => "no_stripe_key",
        IntegrationProblem::SecretKey(KeyError::Publishable) => "publishable_key",
        IntegrationProblem::SecretKey(KeyError::Body) => "secret_key_malformed",
        IntegrationProblem::SecretKeyRestricted => "restricted_key",
        IntegrationProblem::SecretKeyMode { .. } => "key_of_other_mode",
        IntegrationProblem::SecretKeyNeeded => "secret_key_needed",
        IntegrationProblem::WebhookSecret => "webhook_secret_malformed",
        IntegrationProblem::UnknownWebhookSecret(_) => "unknown_webhook_secret",
        IntegrationProblem::NothingToAuthoriseWith(_) => "nothing_to_authorise_with",
        IntegrationProblem::ChangedMeanwhile => "changed_meanwhile",
    };
    FieldProblem::new(field, code, problem.to_string())
}

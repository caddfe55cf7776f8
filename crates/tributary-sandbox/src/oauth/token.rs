//! `POST /oauth/token` (for apps `/v1/oauth/token`) and `POST /oauth/deauthorize`.

use super::refusal;
use crate::access::{Holder, key_of, mode_of};
use crate::error::ApiError;
use crate::events::EventType;
use crate::http::{Reply, Request};
use crate::params::Params;
use crate::sandbox::{Memory, Sandbox};
use serde_json::json;
use tributary_core::Mode;

/// Where apps exchange codes and refresh tokens.
pub(crate) const APP_TOKEN_PATH: &str = "/v1/oauth/token";

/// How long a code can be exchanged.
const CODE_LIFE_MS: i64 = 5 * 60 * 1000;

/// The mode of the platform key that a request carries: in the header, or as `client_secret`.
fn platform_mode(memory: &Memory, request: &Request, params: &Params) -> Result<Mode, Refused> {
    let key =
        key_of(request.authorization.as_deref()).or_else(|| params.get("client_secret").map(str::to_owned));
    let key = key.filter(|key| !key.is_empty()).ok_or_else(|| Refused::Api(ApiError::no_key()))?;
    if key.starts_with("pk_") {
        return Err(Refused::Api(ApiError::publishable_key()));
    }
    let holder = memory.ring.get(&key).ok_or_else(|| Refused::Api(ApiError::bad_key(&key)))?;
    if holder.key_name().is_some_and(|name| memory.state.revoked_keys.contains(&name)) {
        return Err(Refused::Api(ApiError::expired_key(&key, false)));
    }
    match holder {
        Holder::Platform { mode } => Ok(*mode),
        _ => Err(grant("This key belongs to an account that has no application")),
    }
}

/// Why a request is refused.
enum Refused {
    /// In the API's envelope.
    Api(ApiError),
    /// In OAuth's flat shape: status, error, description.
    OAuth(u16, &'static str, String),
}

fn grant(description: impl Into<String>) -> Refused {
    Refused::OAuth(400, "invalid_grant", description.into())
}

fn bad_request(description: impl Into<String>) -> Refused {
    Refused::OAuth(400, "invalid_request", description.into())
}

fn unkept(error: crate::config::SandboxError) -> Refused {
    tracing::error!(%error, "the sandbox's state can't be kept");
    Refused::Api(ApiError::server(500))
}

fn reply(result: Result<String, Refused>, request_id: &str) -> Reply {
    match result {
        Ok(body) => Reply::json(200, body),
        Err(Refused::Api(error)) => Reply::error(&error, request_id),
        Err(Refused::OAuth(status, error, description)) => refusal(status, error, &description),
    }
}

/// Exchanges a code or a refresh token.
pub(crate) fn token(sandbox: &Sandbox, request: &Request, request_id: &str) -> Reply {
    let params = Params::parse(&request.body);
    let app = request.path == APP_TOKEN_PATH;
    let mut memory = sandbox.memory();
    let result = platform_mode(&memory, request, &params).and_then(|mode| {
        if let Some(name) =
            ["grant_type", "code", "refresh_token", "scope"].into_iter().find(|name| params.is_repeated(name))
        {
            return Err(bad_request(format!("The parameter {name} occurs more than once")));
        }
        match params.get("grant_type") {
            Some("authorization_code") => exchange(sandbox, &mut memory, mode, &params, app),
            Some("refresh_token") if app => rotate(sandbox, &mut memory, mode, &params),
            Some("refresh_token") => refresh(sandbox, &mut memory, mode, &params),
            Some(other) => {
                let description = format!(
                    "This grant type is not supported: {}",
                    other.chars().take(60).collect::<String>()
                );
                Err(Refused::OAuth(400, "unsupported_grant_type", description))
            }
            None => Err(bad_request("No grant type specified")),
        }
    });
    reply(result, request_id)
}

/// A code becomes tokens, once. A second try ends what the first one gave.
fn exchange(
    sandbox: &Sandbox,
    memory: &mut Memory,
    mode: Mode,
    params: &Params,
    app: bool,
) -> Result<String, Refused> {
    let code = params
        .get("code")
        .filter(|code| !code.is_empty())
        .ok_or_else(|| bad_request("No authorization code given"))?;
    let unknown =
        || grant(format!("Authorization code does not exist: {}", code.chars().take(60).collect::<String>()));
    let Some(Holder::Code { number }) = memory.ring.get(code).cloned() else { return Err(unknown()) };
    let now_ms = memory.state.now().0;
    let held = memory.state.authorization(number).filter(|held| held.app == app).ok_or_else(unknown)?;
    if held.exchanged {
        held.revoked = true;
        sandbox.remember(memory).map_err(unkept)?;
        return Err(grant(
            "This authorization code has already been used. All tokens issued with this code have been revoked.",
        ));
    }
    if held.revoked || now_ms - held.given_ms > CODE_LIFE_MS {
        return Err(grant(format!("Authorization code expired: {code}")));
    }
    if mode_of(held.live) != mode {
        let theirs = mode_of(held.live);
        return Err(grant(format!(
            "This code was issued in {theirs} mode, but a {mode} mode key was used to exchange it"
        )));
    }
    held.exchanged = true;
    let scope = held.scope.clone();
    let tokens = issue(sandbox, memory, number, mode, &scope)?;
    sandbox.announce_application(&memory.state, number, EventType::Authorized);
    Ok(tokens)
}

/// A refresh token becomes an access token of the same or a lesser scope; it stays valid itself.
fn refresh(sandbox: &Sandbox, memory: &mut Memory, mode: Mode, params: &Params) -> Result<String, Refused> {
    let text = params.get("refresh_token").filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| bad_request("No refresh token given"))?;
    let unknown = || grant("Refresh token does not exist");
    let Some(Holder::Refresh { number }) = memory.ring.get(text).cloned() else { return Err(unknown()) };
    let held =
        memory.state.authorization(number).filter(|held| !held.revoked && !held.app).ok_or_else(unknown)?;
    if !held.live && mode.is_live() {
        return Err(grant("This refresh token is of test mode, but a live mode key was used"));
    }
    let scope = params.get("scope").unwrap_or(&held.scope).to_owned();
    match scope.as_str() {
        "read_only" => {}
        "read_write" if held.scope == "read_write" => {}
        "read_write" => {
            let description = "The scope is wider than that of the refresh token".to_owned();
            return Err(Refused::OAuth(400, "invalid_scope", description));
        }
        _ => {
            let description = "The scope must be read_only or read_write".to_owned();
            return Err(Refused::OAuth(400, "invalid_scope", description));
        }
    }
    issue(sandbox, memory, number, mode, &scope)
}

/// An app's refresh token becomes a new pair of tokens; the old pair ends.
fn rotate(sandbox: &Sandbox, memory: &mut Memory, mode: Mode, params: &Params) -> Result<String, Refused> {
    let text = params.get("refresh_token").filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| bad_request("No refresh token given"))?;
    let unknown = || grant("Refresh token does not exist");
    let Some(Holder::Refresh { number }) = memory.ring.get(text).cloned() else { return Err(unknown()) };
    let held =
        memory.state.authorization(number).filter(|held| !held.revoked && held.app).ok_or_else(unknown)?;
    if mode_of(held.live) != mode {
        return Err(grant(format!("This refresh token is not of {mode} mode")));
    }
    held.generation += 1;
    let scope = held.scope.clone();
    memory.ring.forget_tokens(number);
    issue(sandbox, memory, number, mode, &scope)
}

/// Gives out the tokens of an authorization for a mode and a scope.
fn issue(
    sandbox: &Sandbox,
    memory: &mut Memory,
    number: u64,
    mode: Mode,
    scope: &str,
) -> Result<String, Refused> {
    let now_ms = memory.state.now().0;
    let held =
        memory.state.authorization(number).ok_or_else(|| grant("Authorization code does not exist"))?;
    let pair = (mode.is_live(), scope.to_owned());
    if !held.issued.contains(&pair) {
        held.issued.push(pair);
    }
    held.issued_ms = now_ms;
    let profile = &sandbox.profiles[held.account];
    let access = memory.ring.add_access(&sandbox.smith, held, mode, scope, profile.tail());
    let refresh = memory.ring.add_refresh(&sandbox.smith, held);
    sandbox.remember(memory).map_err(unkept)?;
    let body = json!({
        "access_token": access,
        "livemode": mode.is_live(),
        "refresh_token": refresh,
        "token_type": "bearer",
        "stripe_publishable_key": sandbox.smith.publishable_key(mode, profile.tail()),
        "stripe_user_id": profile.id,
        "scope": scope,
    });
    Ok(body.to_string())
}

/// Ends all authorizations of an account for a client.
pub(crate) fn deauthorize(sandbox: &Sandbox, request: &Request, request_id: &str) -> Reply {
    let params = Params::parse(&request.body);
    let mut memory = sandbox.memory();
    let result =
        platform_mode(&memory, request, &params).and_then(|mode| end(sandbox, &mut memory, mode, &params));
    reply(result, request_id)
}

fn end(sandbox: &Sandbox, memory: &mut Memory, mode: Mode, params: &Params) -> Result<String, Refused> {
    let needed = |name: &str| params.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let client = needed("client_id").ok_or_else(|| bad_request("No client_id given"))?;
    let account_id = needed("stripe_user_id").ok_or_else(|| bad_request("No stripe_user_id given"))?;
    let invalid = |description: String| Refused::OAuth(401, "invalid_client", description);
    if client != sandbox.client_id(mode) {
        let shown: String = client.chars().take(60).collect();
        return Err(invalid(format!(
            "No such application: '{shown}', or it is of another mode than the key"
        )));
    }
    let shown: String = account_id.chars().take(60).collect();
    let unconnected = || {
        invalid(format!(
            "This application is not connected to stripe account {shown}, or that account does not exist."
        ))
    };
    let account = sandbox.account(&account_id).map_err(|_| unconnected())?;
    let mut ended = None;
    for held in &mut memory.state.authorizations {
        if held.account == account && mode_of(held.live) == mode && held.exchanged && !held.revoked {
            held.revoked = true;
            ended = Some(held.number);
        }
    }
    let ended = ended.ok_or_else(unconnected)?;
    sandbox.announce_application(&memory.state, ended, EventType::Deauthorized);
    sandbox.remember(memory).map_err(unkept)?;
    Ok(json!({ "stripe_user_id": account_id }).to_string())
}

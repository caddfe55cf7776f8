//! `/v1/webhook_endpoints`, and the endpoint that a control makes.

use super::endpoint::MAX_ENDPOINTS;
use super::{Endpoint, is_loopback};
use crate::access::Caller;
use crate::error::ApiError;
use crate::http::Request;
use crate::living::unix_secs;
use crate::params::Params;
use crate::sandbox::{AskError, Memory, Sandbox};
use crate::writes::Form;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tributary_core::Mode;
use url::Url;

/// What a path below `/v1/webhook_endpoints` names.
pub(crate) enum Route {
    All,
    One(String),
}

impl Route {
    pub(crate) fn of(words: &[&str]) -> Option<Self> {
        match words {
            ["v1", "webhook_endpoints"] => Some(Route::All),
            ["v1", "webhook_endpoints", id] => Some(Route::One((*id).to_owned())),
            _ => None,
        }
    }

    /// The template that limits and counters know the request by.
    pub(crate) fn endpoint(&self, method: &str) -> &'static str {
        match (self, method) {
            (Route::All, "GET") => "GET /v1/webhook_endpoints",
            (Route::All, "POST") => "POST /v1/webhook_endpoints",
            (Route::One(_), "GET") => "GET /v1/webhook_endpoints/:id",
            (Route::One(_), "POST") => "POST /v1/webhook_endpoints/:id",
            (Route::One(_), "DELETE") => "DELETE /v1/webhook_endpoints/:id",
            _ => "other",
        }
    }
}

/// Answers a request about endpoints.
pub(crate) fn answer(
    sandbox: &Sandbox,
    caller: &Caller,
    request: &Request,
    route: &Route,
) -> Result<String, ApiError> {
    let account_id = &sandbox.profiles[caller.account].id;
    if request.method != "GET" {
        caller.check_hooks(true, account_id)?;
    } else {
        caller.check_hooks(false, account_id)?;
    }
    let form = if request.method == "GET" { request.query.as_bytes() } else { &request.body };
    let params = Params::parse(form);
    match (request.method.as_str(), route) {
        ("GET", Route::All) => list(sandbox, caller, &params),
        ("POST", Route::All) => create(sandbox, caller, &params),
        ("GET", Route::One(id)) => {
            let memory = sandbox.memory();
            let place = find(sandbox, &memory, caller, id)?;
            Ok(shown(sandbox, &memory.state.endpoints[place], false).to_string())
        }
        ("POST", Route::One(id)) => update(sandbox, caller, id, &params),
        ("DELETE", Route::One(id)) => delete(sandbox, caller, id),
        _ => Err(ApiError::unknown_route(&request.method, &request.path)),
    }
}

fn shown(sandbox: &Sandbox, endpoint: &Endpoint, with_secret: bool) -> Value {
    let mut value = json!({
        "id": endpoint.id(&sandbox.smith),
        "object": "webhook_endpoint",
        "api_version": endpoint.api_version,
        "application": endpoint.connect.then(|| sandbox.client_id(endpoint.mode())),
        "created": endpoint.created,
        "description": endpoint.description,
        "enabled_events": endpoint.enabled_events,
        "livemode": endpoint.live,
        "metadata": endpoint.metadata,
        "status": if endpoint.disabled { "disabled" } else { "enabled" },
        "url": endpoint.url,
    });
    if with_secret {
        value["secret"] = json!(endpoint.secret(&sandbox.smith));
    }
    value
}

/// Whether an endpoint is the caller's.
fn is_own(endpoint: &Endpoint, caller: &Caller) -> bool {
    endpoint.account == caller.account && endpoint.mode() == caller.mode
}

fn find(sandbox: &Sandbox, memory: &Memory, caller: &Caller, id: &str) -> Result<usize, ApiError> {
    let mut endpoints = memory.state.endpoints.iter();
    let place = endpoints.position(|one| is_own(one, caller) && one.id(&sandbox.smith) == id);
    place.ok_or_else(|| ApiError::missing(404, "webhook endpoint", id, "id"))
}

fn list(sandbox: &Sandbox, caller: &Caller, params: &Params) -> Result<String, ApiError> {
    if let Some((name, _)) =
        params.iter().find(|(name, _)| !matches!(*name, "limit" | "starting_after" | "ending_before"))
    {
        return Err(ApiError::unknown_parameter(name));
    }
    let limit = crate::params::list_request(crate::kind::Kind::TerminalLocations, params)?.limit;
    let memory = sandbox.memory();
    let mut own: Vec<&Endpoint> =
        memory.state.endpoints.iter().rev().filter(|one| is_own(one, caller)).collect();
    let at = |id: &str, param: &str| {
        let place = own.iter().position(|one| one.id(&sandbox.smith) == id);
        place.ok_or_else(|| ApiError::missing(400, "webhook endpoint", id, param))
    };
    let (mut has_more, mut from, mut until) = (false, 0, own.len());
    if let Some(id) = params.get("starting_after") {
        from = at(id, "starting_after")? + 1;
    }
    if let Some(id) = params.get("ending_before") {
        until = at(id, "ending_before")?;
        has_more = until > limit;
        from = until.saturating_sub(limit);
    } else {
        has_more |= until - from > limit;
        until = until.min(from + limit);
    }
    let page: Vec<Value> = own.drain(from..until).map(|one| shown(sandbox, one, false)).collect();
    Ok(json!({ "object": "list", "url": "/v1/webhook_endpoints", "has_more": has_more, "data": page })
        .to_string())
}

/// A URL of this machine; nothing simulated is sent anywhere else.
fn url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| url.scheme() == "http" && is_loopback(url))
}

fn checked_url(text: &str) -> Result<String, ApiError> {
    let message =
        "Invalid URL: the simulation sends events to http on this machine only (127.0.0.1, ::1, localhost).";
    url(text).map(String::from).ok_or_else(|| ApiError::refused("url_invalid", message, Some("url")))
}

fn types(params: &Params) -> Vec<String> {
    let given = params.iter().filter(|(name, value)| *name == "enabled_events[]" && !value.is_empty());
    given.map(|(_, value)| value.to_owned()).collect()
}

fn create(sandbox: &Sandbox, caller: &Caller, params: &Params) -> Result<String, ApiError> {
    let known = ["url", "enabled_events[]", "api_version", "connect", "description"];
    let form = Form::new(params, &known)?;
    let url = checked_url(form.required("url")?)?;
    let enabled_events = types(params);
    if enabled_events.is_empty() {
        return Err(ApiError::missing_parameter("enabled_events"));
    }
    let connect = form.flag("connect")?.unwrap_or(false);
    if connect && !caller.is_platform {
        return Err(ApiError::not_a_platform());
    }
    let metadata = form.nested("metadata").into_iter();
    let endpoint = Endpoint {
        number: 0,
        account: caller.account,
        live: caller.mode.is_live(),
        url,
        enabled_events,
        api_version: form.text("api_version").map(str::to_owned),
        connect,
        description: form.text("description").map(str::to_owned),
        metadata: metadata.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        disabled: false,
        created: 0,
        platform_secret: false,
    };
    let made = sandbox.push_endpoint(endpoint).map_err(|error| match error {
        AskError::TooManyEndpoints => {
            let word = if caller.mode.is_live() { "" } else { "test " };
            let message = format!("You have reached the maximum of {MAX_ENDPOINTS} {word}webhook endpoints.");
            ApiError::refused("", message, None)
        }
        _ => ApiError::server(500),
    })?;
    Ok(shown(sandbox, &made, true).to_string())
}

fn update(sandbox: &Sandbox, caller: &Caller, id: &str, params: &Params) -> Result<String, ApiError> {
    let form = Form::new(params, &["url", "enabled_events[]", "disabled", "description"])?;
    let url = form.text("url").map(checked_url).transpose()?;
    let disabled = form.flag("disabled")?;
    let mut memory = sandbox.memory();
    let place = find(sandbox, &memory, caller, id)?;
    let endpoint = &mut memory.state.endpoints[place];
    endpoint.url = url.unwrap_or_else(|| endpoint.url.clone());
    endpoint.disabled = disabled.unwrap_or(endpoint.disabled);
    if let Some(description) = params.get("description") {
        endpoint.description = Some(description.to_owned()).filter(|text| !text.is_empty());
    }
    for (key, value) in form.nested("metadata") {
        endpoint.metadata.insert(key.to_owned(), value.to_owned());
    }
    endpoint.metadata.retain(|_, value| !value.is_empty());
    let types = types(params);
    if !types.is_empty() {
        endpoint.enabled_events = types;
    }
    let answer = shown(sandbox, endpoint, false).to_string();
    sandbox.remember(&memory).map_err(|_| ApiError::server(500))?;
    Ok(answer)
}

fn delete(sandbox: &Sandbox, caller: &Caller, id: &str) -> Result<String, ApiError> {
    let mut memory = sandbox.memory();
    let place = find(sandbox, &memory, caller, id)?;
    let gone = memory.state.endpoints.remove(place);
    sandbox.outbox.forget(gone.number);
    sandbox.remember(&memory).map_err(|_| ApiError::server(500))?;
    Ok(json!({ "id": id, "object": "webhook_endpoint", "deleted": true }).to_string())
}

impl Sandbox {
    /// Adds an endpoint of the platform for the events of connected accounts, signed with the secret that
    /// [`PlatformInfo::webhook_secret`](crate::PlatformInfo) names; its id.
    pub fn add_endpoint(
        &self,
        mode: Mode,
        target: &str,
        enabled_events: &[&str],
    ) -> Result<String, AskError> {
        let url = url(target).ok_or(AskError::Elsewhere)?;
        let made = self.push_endpoint(Endpoint {
            number: 0,
            account: self.config.accounts,
            live: mode.is_live(),
            url: url.into(),
            enabled_events: enabled_events.iter().map(|word| (*word).to_owned()).collect(),
            api_version: None,
            connect: true,
            description: None,
            metadata: BTreeMap::new(),
            disabled: false,
            created: 0,
            platform_secret: true,
        })?;
        Ok(made.id(&self.smith))
    }

    /// Adds an endpoint under the next number, made now.
    fn push_endpoint(&self, mut endpoint: Endpoint) -> Result<Endpoint, AskError> {
        let mut memory = self.memory();
        let own = memory.state.endpoints.iter();
        let count = own.filter(|one| one.account == endpoint.account && one.live == endpoint.live).count();
        if count >= MAX_ENDPOINTS {
            return Err(AskError::TooManyEndpoints);
        }
        endpoint.number = memory.state.next_endpoint;
        endpoint.created = unix_secs(memory.state.now());
        memory.state.next_endpoint += 1;
        memory.state.endpoints.push(endpoint.clone());
        self.remember(&memory)?;
        Ok(endpoint)
    }
}

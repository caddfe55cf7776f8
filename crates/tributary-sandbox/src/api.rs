//! `/v1`: from a request to an object or a list.

use crate::access::{Caller, identify, is_connected, key_of};
use crate::disturb::disturb;
use crate::error::ApiError;
use crate::fault::{Fault, FaultKind};
use crate::http::{Delivery, Reply, Request, Trace};
use crate::id::Ids;
use crate::json::Json;
use crate::kind::Kind;
use crate::list;
use crate::params::{Params, list_request};
use crate::render::{self, View};
use crate::sandbox::{Sandbox, locked};
use crate::target::Target;
use crate::webhooks;
use crate::world::World;
use crate::writes::{self, Call};
use std::sync::PoisonError;
use std::time::Instant;
use tributary_core::Mode;

/// What a request asks for.
enum Ask {
    Read(Target),
    Write(Call),
    Endpoints(webhooks::Route),
}

impl Ask {
    fn of(request: &Request) -> Option<Self> {
        let segments = request.segments();
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let Some(route) = webhooks::Route::of(&words) {
            return Some(Ask::Endpoints(route));
        }
        match writes::route(&request.method, &segments) {
            Some(call) => Some(Ask::Write(call)),
            None => Target::of(&segments).map(Ask::Read),
        }
    }

    /// The word that faults know it by.
    fn word(&self) -> &'static str {
        match self {
            Ask::Read(target) => target.resource().as_str(),
            Ask::Write(call) => call.route.kind.as_str(),
            Ask::Endpoints(_) => "",
        }
    }

    /// The template that limits and counters know it by.
    fn endpoint(&self, method: &str) -> &'static str {
        match self {
            Ask::Read(target) if method == "GET" => target.endpoint(),
            Ask::Read(_) => "other",
            Ask::Write(call) => call.route.endpoint,
            Ask::Endpoints(route) => route.endpoint(method),
        }
    }
}

/// Answers a `/v1` request.
pub(crate) fn answer(sandbox: &Sandbox, request: &Request, request_id: &str, trace: &mut Trace) -> Reply {
    let ask = Ask::of(request);
    trace.endpoint = ask.as_ref().map_or("other", |ask| ask.endpoint(&request.method));
    let word = ask.as_ref().map_or("", Ask::word);
    let apart = locked(&sandbox.faults).tell_accounts_apart();
    let account = if apart { account_of(sandbox, request) } else { None };
    let fault = locked(&sandbox.faults).strike(word, account.as_deref());
    if let Some(reply) = fault.as_ref().and_then(|fault| struck_down(fault, request_id)) {
        return reply;
    }
    let mut reply = admitted(sandbox, request, request_id, ask, fault.as_ref(), trace)
        .unwrap_or_else(|error| Reply::error(&error, request_id));
    if let Some(fault) = fault {
        damage(&fault, &mut reply);
    }
    reply
}

/// The reply of a fault that leaves nothing of the request.
pub(crate) fn struck_down(fault: &Fault, request_id: &str) -> Option<Reply> {
    match fault.kind {
        FaultKind::RateLimit => Some(Reply::error(&ApiError::rate_limited("global-rate"), request_id)),
        FaultKind::LockTimeout => Some(Reply::error(&ApiError::lock_timeout(), request_id)),
        FaultKind::ServerError => {
            Some(Reply::error(&ApiError::server(fault.status.unwrap_or(500)), request_id))
        }
        FaultKind::Html => {
            let page =
                "<html><head><title>Service Unavailable</title></head><body>Try again later.</body></html>";
            Some(Reply::html(fault.status.unwrap_or(503), page))
        }
        FaultKind::InvalidJson => Some(Reply::json(200, r#"{"object":"list","data":[{"id":"#)),
        _ => None,
    }
}

/// What a fault does to a good reply.
pub(crate) fn damage(fault: &Fault, reply: &mut Reply) {
    match fault.kind {
        FaultKind::Hang => reply.delivery = Delivery::Hang(fault.secs.unwrap_or(120)),
        FaultKind::Truncate => reply.delivery = Delivery::Truncated,
        FaultKind::Slow => reply.delivery = Delivery::Slow(fault.secs.unwrap_or(5)),
        FaultKind::UnknownEnum
        | FaultKind::ExtraFields
        | FaultKind::MissingFields
        | FaultKind::RetypedFields
            if reply.status == 200 =>
        {
            reply.body = disturb(fault.kind, &reply.body);
        }
        _ => {}
    }
}

/// The account that a request is about, where its caller is known.
fn account_of(sandbox: &Sandbox, request: &Request) -> Option<String> {
    let key = key_of(request.authorization.as_deref());
    let memory = sandbox.memory();
    let caller =
        identify(key.as_deref(), request.account.as_deref(), &memory.ring, &memory.state, &sandbox.profiles);
    caller.ok().map(|caller| sandbox.profiles[caller.account].id.clone())
}

/// The reply to a request that no fault stopped: who is it, may they, and what do they get.
fn admitted(
    sandbox: &Sandbox,
    request: &Request,
    request_id: &str,
    ask: Option<Ask>,
    fault: Option<&Fault>,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let key = key_of(request.authorization.as_deref());
    let caller = {
        let memory = sandbox.memory();
        identify(key.as_deref(), request.account.as_deref(), &memory.ring, &memory.state, &sandbox.profiles)?
    };
    let account_id = &sandbox.profiles[caller.account].id;
    trace.account = Some((account_id.clone(), caller.mode));
    if fault.is_some_and(|fault| fault.kind == FaultKind::Unauthorized) {
        return Err(caller.expired());
    }
    locked(&sandbox.limits)
        .admit(caller.account, caller.mode, trace.endpoint, Instant::now())
        .map_err(ApiError::rate_limited)?;
    let unknown = || ApiError::unknown_route(&request.method, &request.path);
    let ask = ask.ok_or_else(unknown)?;
    let forbidden = fault.is_some_and(|fault| fault.kind == FaultKind::Forbidden);
    let target = match ask {
        Ask::Read(target) if request.method == "GET" => target,
        Ask::Read(_) => {
            return Err(if caller.read_only { ApiError::read_only(account_id) } else { unknown() });
        }
        Ask::Write(call) if forbidden => return Err(caller.forbidden(call.route.kind, account_id)),
        Ask::Write(call) => return sandbox.answer_write(&caller, &call, request, request_id),
        Ask::Endpoints(route) => {
            return webhooks::answer(sandbox, &caller, request, &route).map(|body| Reply::json(200, body));
        }
    };
    if forbidden {
        return Err(caller.forbidden(target.resource(), account_id));
    }
    caller.check(target.resource(), &sandbox.memory().state, account_id)?;
    read(sandbox, &caller, target, request).map(|body| Reply::json(200, body))
}

/// The body of what a caller may read.
fn read(sandbox: &Sandbox, caller: &Caller, target: Target, request: &Request) -> Result<String, ApiError> {
    let params = Params::parse(request.query.as_bytes());
    match target {
        Target::Balance => balance(sandbox, caller, &params),
        Target::OwnAccount => account(sandbox, caller.account, &params),
        Target::Account(id) => account_by_id(sandbox, caller, &id, &params),
        Target::Accounts => accounts(sandbox, caller, &params),
        Target::List(kind) => {
            let url = format!("/v1/{}", kind.path());
            objects(sandbox, caller, kind, &params, |_| Ok(None), &url)
        }
        Target::One(kind, id) => object(sandbox, caller, kind, &id, &params),
        Target::Nested(nested) => {
            let within = |world: &World| nested.places(world).map(Some);
            objects(sandbox, caller, nested.kind, &params, within, &nested.url())
        }
    }
}

/// Refuses every parameter but `expand`.
fn only_expand(params: &Params) -> Result<(), ApiError> {
    let other = params.iter().find(|(name, _)| *name != "expand[]" && *name != "expand");
    other.map_or(Ok(()), |(name, _)| Err(ApiError::unknown_parameter(name)))
}

fn balance(sandbox: &Sandbox, caller: &Caller, params: &Params) -> Result<String, ApiError> {
    only_expand(params)?;
    let world = sandbox.world(caller.account, caller.mode).read().unwrap_or_else(PoisonError::into_inner);
    let mut json = Json::default();
    render::balance(&View { world: &world, client_id: "", hide_client_secret: true }, &mut json);
    Ok(json.finish())
}

fn account(sandbox: &Sandbox, number: usize, params: &Params) -> Result<String, ApiError> {
    only_expand(params)?;
    let mut json = Json::default();
    render::account(&mut json, &sandbox.profiles[number], account_created(sandbox));
    Ok(json.finish())
}

/// Accounts are as old as the oldest possible history, and two months.
fn account_created(sandbox: &Sandbox) -> u32 {
    let end = u32::try_from(sandbox.memory().state.end_ms / 1000).unwrap_or(0);
    end.saturating_sub(800 * 86_400)
}

fn account_by_id(sandbox: &Sandbox, caller: &Caller, id: &str, params: &Params) -> Result<String, ApiError> {
    let number = sandbox.profiles.iter().position(|profile| profile.id == id);
    let connected =
        |number: usize| caller.is_platform && is_connected(&sandbox.memory().state, number, caller.mode);
    match number.filter(|number| *number == caller.account || connected(*number)) {
        Some(number) => account(sandbox, number, params),
        None => Err(caller.no_access(id)),
    }
}

/// The platform's connected accounts, newest authorization first.
fn accounts(sandbox: &Sandbox, caller: &Caller, params: &Params) -> Result<String, ApiError> {
    let limit = match params.get("limit") {
        Some(_) => list_request(Kind::Customers, params)?.limit,
        None => 10,
    };
    let connected: Vec<usize> = {
        let memory = sandbox.memory();
        let of_platform =
            |number: &usize| caller.is_platform && is_connected(&memory.state, *number, caller.mode);
        (0..sandbox.config.accounts).filter(of_platform).collect()
    };
    let created = account_created(sandbox);
    let mut json = Json::default();
    json.open();
    json.text("object", "list");
    json.text("url", "/v1/accounts");
    json.flag("has_more", connected.len() > limit);
    json.open_list("data");
    for number in connected.into_iter().take(limit) {
        render::account(&mut json, &sandbox.profiles[number], created);
    }
    json.close_list();
    json.close();
    Ok(json.finish())
}

/// Refuses what a key may not see inside expanded objects.
fn check_expanded(sandbox: &Sandbox, caller: &Caller, kinds: &[Kind]) -> Result<(), ApiError> {
    let memory = sandbox.memory();
    let account_id = &sandbox.profiles[caller.account].id;
    kinds.iter().try_for_each(|kind| caller.check(*kind, &memory.state, account_id))
}

/// Application fees are gathered when the platform first asks for them.
fn gather(sandbox: &Sandbox, caller: &Caller, kind: Kind) {
    let fees = matches!(kind, Kind::ApplicationFees | Kind::FeeRefunds);
    if fees && caller.account == sandbox.config.accounts {
        sandbox.gather_fees(caller.mode);
    }
}

fn objects(
    sandbox: &Sandbox,
    caller: &Caller,
    kind: Kind,
    params: &Params,
    within: impl FnOnce(&World) -> Result<Option<Vec<u32>>, ApiError>,
    url: &str,
) -> Result<String, ApiError> {
    let request = list_request(kind, params)?;
    let (expand, kinds) = params.expand(kind, true)?;
    check_expanded(sandbox, caller, &kinds)?;
    gather(sandbox, caller, kind);
    let client_id = sandbox.client_id(caller.mode);
    let world = sandbox.world(caller.account, caller.mode).read().unwrap_or_else(PoisonError::into_inner);
    let view = View { world: &world, client_id: &client_id, hide_client_secret: caller.is_restricted() };
    let within = within(&world)?;
    list::page(&view, kind, &request, &expand, within, url)
}

fn object(
    sandbox: &Sandbox,
    caller: &Caller,
    kind: Kind,
    id: &str,
    params: &Params,
) -> Result<String, ApiError> {
    only_expand(params)?;
    let (expand, kinds) = params.expand(kind, false)?;
    check_expanded(sandbox, caller, &kinds)?;
    gather(sandbox, caller, kind);
    let client_id = sandbox.client_id(caller.mode);
    {
        let world = sandbox.world(caller.account, caller.mode).read().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = world.find(kind, id) {
            let view =
                View { world: &world, client_id: &client_id, hide_client_secret: caller.is_restricted() };
            return Ok(list::one(&view, kind, place, &expand));
        }
    }
    let name = if kind == Kind::Events { "notification" } else { kind.object_name() };
    Err(if exists_in_other_mode(sandbox, caller, kind, id) {
        ApiError::other_mode(404, name, id, "id", caller.mode.is_live())
    } else {
        ApiError::missing(404, name, id, "id")
    })
}

/// Whether the account's other mode has this object. Its data is only made if the id could be one of it.
fn exists_in_other_mode(sandbox: &Sandbox, caller: &Caller, kind: Kind, id: &str) -> bool {
    let other = if caller.mode.is_live() { Mode::Test } else { Mode::Live };
    let terms = sandbox.terms(caller.account, other);
    let ids = Ids::new(terms.salt(), sandbox.profiles[caller.account].tail());
    // No list has more than a few objects per charge.
    let plausible = ids.place(kind, id).is_some_and(|place| (place as usize) < terms.charges * 4 + 10_000);
    plausible && {
        let world = sandbox.world(caller.account, other).read().unwrap_or_else(PoisonError::into_inner);
        world.find(kind, id).is_some()
    }
}

//! `/_sandbox/…`: what a test in another process does to the simulation and asks of it. Not part of Stripe.

use crate::fault::Fault;
use crate::http::{Reply, Request};
use crate::kind::Kind;
use crate::sandbox::{AskError, Sandbox, locked};
use crate::scenario::Scenario;
use crate::world::Change;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tributary_core::{Millis, Mode};

/// Answers a request below `/_sandbox`. Every reply is JSON; refusals are `{"error": "…"}`.
pub(crate) fn answer(sandbox: &Sandbox, request: &Request, url: &str) -> Reply {
    let segments = request.segments();
    let words: Vec<&str> = segments.iter().skip(1).map(String::as_str).collect();
    let result = match (request.method.as_str(), &words[..]) {
        ("GET", ["info"]) => serde_json::to_value(sandbox.info(url)).map_err(|error| bad(error.to_string())),
        ("GET", ["requests"]) => Ok(locked(&sandbox.counts).json()),
        ("DELETE", ["requests"]) => {
            sandbox.reset_requests();
            Ok(done())
        }
        ("POST", ["faults"]) => set_faults(sandbox, &request.body),
        ("POST", ["revoke"]) => revoke(sandbox, &request.body),
        ("POST", ["permissions"]) => permissions(sandbox, &request.body),
        ("POST", ["expire-codes"]) => sandbox.expire_codes().map(|()| done()).map_err(asked),
        ("POST", ["expire-app-tokens"]) => sandbox.expire_app_tokens().map(|()| done()).map_err(asked),
        ("GET", ["accounts", id, mode, "ids", resource]) => ids(sandbox, id, mode, resource),
        ("GET", ["accounts", id, mode, "keys"]) => keys(sandbox, id, mode),
        ("POST", ["accounts", id, mode, "update"]) => update(sandbox, id, mode, &request.body),
        ("POST", ["accounts", id, mode, "delete"]) => delete(sandbox, id, mode, &request.body),
        ("POST", ["accounts", id, mode, "create"]) => create(sandbox, id, mode, &request.body),
        ("POST", ["accounts", id, mode, "wipe"]) => changed(sandbox, id, mode, Change::Wipe),
        ("POST", ["accounts", id, mode, "dispute"]) => dispute(sandbox, id, mode, &request.body),
        ("POST", ["accounts", id, mode, "verdict"]) => verdict(sandbox, id, mode, &request.body),
        ("POST", ["accounts", id, mode, "fail"]) => fail(sandbox, id, mode, &request.body),
        ("GET", ["clock"]) => Ok(clock(sandbox.now())),
        ("POST", ["clock"]) => advance(sandbox, &request.body),
        ("POST", ["webhook-endpoints"]) => add_endpoint(sandbox, &request.body),
        ("GET", ["deliveries"]) => {
            serde_json::to_value(sandbox.deliveries()).map_err(|error| bad(error.to_string()))
        }
        ("DELETE", ["deliveries"]) => {
            sandbox.forget_deliveries();
            Ok(done())
        }
        ("POST", ["deliveries", "hurry"]) => {
            sandbox.hurry_deliveries();
            Ok(done())
        }
        ("POST", ["scenario"]) => scenario(sandbox, &request.body),
        _ => Err((404, "no such control".to_owned())),
    };
    match result {
        Ok(value) => Reply::json(200, value.to_string()),
        Err((status, message)) => Reply::json(status, json!({ "error": message }).to_string()),
    }
}

type Answer = Result<Value, (u16, String)>;

fn done() -> Value {
    json!({ "done": true })
}

fn bad(message: impl Into<String>) -> (u16, String) {
    (400, message.into())
}

fn asked(error: AskError) -> (u16, String) {
    let status = match error {
        AskError::Account(_) | AskError::Key => 404,
        AskError::State(_) => 500,
        _ => 400,
    };
    (status, error.to_string())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, (u16, String)> {
    serde_json::from_slice(body).map_err(|error| bad(format!("the body can't be read: {error}")))
}

fn mode(word: &str) -> Result<Mode, (u16, String)> {
    match word {
        "test" => Ok(Mode::Test),
        "live" => Ok(Mode::Live),
        _ => Err((404, "the mode must be test or live".to_owned())),
    }
}

/// `["rate-limit:first=5", …]`: replaces all faults.
fn set_faults(sandbox: &Sandbox, body: &[u8]) -> Answer {
    let texts: Vec<String> = read(body)?;
    let faults: Result<Vec<Fault>, _> = texts.iter().take(100).map(|text| text.parse()).collect();
    sandbox.set_faults(faults.map_err(|error| bad(error.to_string()))?);
    Ok(done())
}

#[derive(Deserialize)]
struct Revoke {
    key: Option<String>,
    account: Option<String>,
    mode: Option<String>,
}

/// `{"key": "…"}` ends a key, or a token's authorization; `{"account": "acct_…", "mode": "test"}` disconnects.
fn revoke(sandbox: &Sandbox, body: &[u8]) -> Answer {
    let Revoke { key, account, mode: word } = read(body)?;
    match (key, account) {
        (Some(key), None) => sandbox.revoke(&key).map(|()| done()).map_err(asked),
        (None, Some(account)) => {
            let mode = mode(word.as_deref().unwrap_or("test"))?;
            sandbox.disconnect(&account, mode).map(|ended| json!({ "ended": ended })).map_err(asked)
        }
        _ => Err(bad("either key or account is needed")),
    }
}

#[derive(Deserialize)]
struct Permissions {
    key: String,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    restore: Vec<String>,
}

/// `{"key": "rk_…", "remove": ["rak_charge_read"], "restore": []}`.
fn permissions(sandbox: &Sandbox, body: &[u8]) -> Answer {
    let Permissions { key, remove, restore } = read(body)?;
    sandbox.set_permissions(&key, &remove, &restore).map(|()| done()).map_err(asked)
}

fn ids(sandbox: &Sandbox, id: &str, word: &str, resource: &str) -> Answer {
    let kind: Kind = resource.parse().map_err(|_| (404, format!("no list is called '{resource}'")))?;
    let ids = sandbox.ids(id, mode(word)?, kind).map_err(asked)?;
    Ok(json!({ "ids": ids }))
}

fn keys(sandbox: &Sandbox, id: &str, word: &str) -> Answer {
    let mode = mode(word)?;
    Ok(json!({
        "secret_key": sandbox.secret_key(id, mode).map_err(asked)?,
        "restricted_key": sandbox.restricted_key(id, mode).map_err(asked)?,
    }))
}

#[derive(Deserialize)]
struct Update {
    resource: String,
    id: String,
    fields: Map<String, Value>,
}

/// `{"resource": "customers", "id": "cus_…", "fields": {"name": "…"}}`.
fn update(sandbox: &Sandbox, account: &str, word: &str, body: &[u8]) -> Answer {
    let Update { resource, id, fields } = read(body)?;
    changed(sandbox, account, word, Change::Update { resource, id, fields })
}

#[derive(Deserialize)]
struct Delete {
    resource: String,
    id: String,
}

/// `{"resource": "customers", "id": "cus_…"}`.
fn delete(sandbox: &Sandbox, account: &str, word: &str, body: &[u8]) -> Answer {
    let Delete { resource, id } = read(body)?;
    changed(sandbox, account, word, Change::Delete { resource, id })
}

#[derive(Deserialize)]
struct Create {
    amount: i64,
    currency: Option<String>,
    customer: Option<String>,
}

/// `{"amount": 1000, "currency": "usd", "customer": "cus_…"}`: a succeeded charge; currency and customer may lack.
fn create(sandbox: &Sandbox, account: &str, word: &str, body: &[u8]) -> Answer {
    let Create { amount, currency, customer } = read(body)?;
    changed(sandbox, account, word, Change::Charge { amount, currency, customer })
}

fn changed(sandbox: &Sandbox, account: &str, word: &str, change: Change) -> Answer {
    sandbox.change(account, mode(word)?, change).map(|id| json!({ "id": id })).map_err(asked)
}

#[derive(Deserialize)]
struct Dispute {
    charge: String,
    amount: Option<i64>,
    #[serde(default)]
    inquiry: bool,
}

/// `{"charge": "ch_…", "amount": 500, "inquiry": false}`: a buyer disputes a charge; all of it without an amount.
fn dispute(sandbox: &Sandbox, account: &str, word: &str, body: &[u8]) -> Answer {
    let Dispute { charge, amount, inquiry } = read(body)?;
    changed(sandbox, account, word, Change::Dispute { charge, amount, inquiry })
}

#[derive(Deserialize)]
struct Verdict {
    dispute: String,
    won: bool,
}

/// `{"dispute": "du_…", "won": true}`: the bank decides.
fn verdict(sandbox: &Sandbox, account: &str, word: &str, body: &[u8]) -> Answer {
    let Verdict { dispute, won } = read(body)?;
    changed(sandbox, account, word, Change::Verdict { dispute, won })
}

#[derive(Deserialize)]
struct Fail {
    refund: Option<String>,
    payout: Option<String>,
}

/// `{"refund": "re_…"}` or `{"payout": "po_…"}`: it can't be delivered.
fn fail(sandbox: &Sandbox, account: &str, word: &str, body: &[u8]) -> Answer {
    match read(body)? {
        Fail { refund: Some(refund), payout: None } => {
            changed(sandbox, account, word, Change::FailRefund { refund })
        }
        Fail { refund: None, payout: Some(payout) } => {
            changed(sandbox, account, word, Change::FailPayout { payout })
        }
        _ => Err(bad("either refund or payout is needed")),
    }
}

fn clock(now: Millis) -> Value {
    json!({ "now_secs": now.secs(), "now": now.to_iso() })
}

#[derive(Deserialize)]
struct Advance {
    advance_secs: u32,
}

/// `{"advance_secs": 86400}`.
fn advance(sandbox: &Sandbox, body: &[u8]) -> Answer {
    let Advance { advance_secs } = read(body)?;
    sandbox.advance(advance_secs).map(clock).map_err(asked)
}

#[derive(Deserialize)]
struct AddEndpoint {
    mode: String,
    url: String,
    #[serde(default)]
    enabled_events: Vec<String>,
}

/// `{"mode": "test", "url": "http://127.0.0.1:…"}`: an endpoint of the platform, for all events unless some are named.
fn add_endpoint(sandbox: &Sandbox, body: &[u8]) -> Answer {
    let AddEndpoint { mode: word, url, enabled_events } = read(body)?;
    let mut types: Vec<&str> = enabled_events.iter().map(String::as_str).collect();
    if types.is_empty() {
        types.push("*");
    }
    sandbox.add_endpoint(mode(&word)?, &url, &types).map(|id| json!({ "id": id })).map_err(asked)
}

/// Steps, or `{"account", "mode", "steps"}`: see [`Step`](crate::Step).
fn scenario(sandbox: &Sandbox, body: &[u8]) -> Answer {
    let scenario: Scenario = read(body)?;
    let played = sandbox.play(&scenario).map_err(|error| bad(error.to_string()))?;
    serde_json::to_value(played).map_err(|error| bad(error.to_string()))
}

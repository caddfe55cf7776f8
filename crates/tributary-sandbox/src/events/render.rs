//! Events as JSON, in the version that the account or the endpoint is on.

use super::{AnyEvent, EventType, past};
use crate::STRIPE_VERSION;
use crate::dice::{salted, text};
use crate::json::Json;
use crate::kind::Kind;
use crate::render::View;
use serde_json::{Value, json};

/// An event in the account's default version.
pub(crate) fn event(view: &View<'_>, json: &mut Json, place: usize) {
    let version = &view.world.events.api_version;
    if let Some(text) = in_version(view, place, version, None) {
        json.element(&text);
    }
}

/// An event in a version. `account` is named where an endpoint of the platform gets the event of another account.
pub(crate) fn in_version(
    view: &View<'_>,
    place: usize,
    version: &str,
    account: Option<&str>,
) -> Option<String> {
    let world = view.world;
    let event = world.events.get(place)?;
    let (object, previous) = match event {
        AnyEvent::Past(event) => past::data(view, event),
        AnyEvent::Written(event) => {
            (event.object.to_string(), event.previous.as_ref().map(|text| text.to_string()))
        }
    };
    let object = if version == STRIPE_VERSION { object } else { older(&object) };
    let mut json = Json::with_capacity(object.len() + 500);
    json.open();
    json.written("id", |out| world.push_id(out, Kind::Events, place));
    json.text("object", "event");
    if let Some(account) = account {
        json.text("account", account);
    }
    json.text("api_version", version);
    json.int("created", event.created());
    json.open_at("data");
    json.raw("object", &object);
    if let Some(previous) = previous {
        json.raw("previous_attributes", &previous);
    }
    json.close();
    json.flag("livemode", world.mode.is_live());
    json.int("pending_webhooks", world.events.tally(place).waiting);
    request(&mut json, event, world.salt, place);
    json.text("type", event.what().as_str());
    json.close();
    Some(json.finish())
}

fn request(json: &mut Json, event: AnyEvent<'_>, salt: u64, place: usize) {
    json.open_at("request");
    match event {
        AnyEvent::Written(event) => {
            json.text_or_null("id", event.request.as_deref());
            json.text_or_null("idempotency_key", event.idempotency_key.as_deref());
        }
        AnyEvent::Past(event) if by_time(event.what) => json.nulls(&["id", "idempotency_key"]),
        AnyEvent::Past(_) => {
            json.plain("id", format_args!("req_{}", text(salted(&[salt, 0xEE, place as u64]), 14)));
            json.null("idempotency_key");
        }
    }
    json.close();
}

/// What no request causes.
fn by_time(what: EventType) -> bool {
    matches!(what.kind(), Kind::Balance | Kind::Payouts | Kind::Disputes)
}

/// An object as versions before 2025-03-31 wrote it, in a few respects: payments name their invoice, and
/// subscriptions their current period.
fn older(object: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(object) else { return object.to_owned() };
    match value["object"].as_str() {
        Some("charge" | "payment_intent") => value["invoice"] = Value::Null,
        Some("subscription") => {
            for field in ["current_period_start", "current_period_end"] {
                value[field] = value["items"]["data"][0][field].clone();
            }
        }
        Some("invoice") => {
            value["paid"] = json!(value["status"] == "paid");
            value["subscription"] = value["parent"]["subscription_details"]["subscription"].clone();
        }
        _ => {}
    }
    value.to_string()
}

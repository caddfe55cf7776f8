//! What consumers have beyond the contract, under `/tributary/v1`.

use super::rules::Checked;
use super::{VALIDATOR, WebhookConsumer};
use crate::error::{ApiError, ValidationItem};
use crate::messages::EventType;
use crate::request;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tributary_core::egress::Egress;
use tributary_core::ids::{CompanyId, ConsumerId, MessageId};
use tributary_core::state::{DeliveryState, DisabledReason};
use tributary_core::{Millis, Secret};
use utoipa::ToSchema;

/// The most headers of a consumer.
const MAX_HEADERS: usize = 20;
/// The most characters of a header's name.
const MAX_HEADER_NAME_CHARS: usize = 128;
/// The most characters of a header's value.
const MAX_HEADER_VALUE_CHARS: usize = 2048;

/// A consumer with how it fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerDetails {
    /// The consumer.
    #[serde(flatten)]
    pub consumer: WebhookConsumer,
    /// Why it is disabled, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<DisabledReason>,
    /// Since when every attempt has failed; left out while the latest one succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Millis>,
    /// Until when the secret before the present one signs as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_secret_valid_until: Option<Millis>,
    /// When it was created.
    pub created: Millis,
    /// When it was last changed.
    pub modified: Millis,
}

/// What is changed of a consumer: what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerChange {
    /// Where messages go.
    pub url: Option<String>,
    /// Whether it gets nothing for now.
    pub disabled: Option<bool>,
    /// Which events it is told of.
    pub event_types: Option<Vec<String>>,
    /// Of which companies.
    pub company_tags: Option<Vec<String>>,
}

/// A request to change a consumer. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerBodyPatch {
    /// Where messages go from now on, those included that wait.
    #[schema(format = "uri")]
    url: Option<String>,
    /// `true` stops attempts; `false` lets what waits go on.
    disabled: Option<bool>,
    /// Which events it is told of.
    event_types: Option<Vec<String>>,
    /// Of which companies; `[]`: of every one.
    company_tags: Option<Vec<String>>,
}

impl ConsumerChange {
    /// Reads a body. All broken rules are reported at once.
    pub fn read(body: &[u8], egress: Egress) -> Result<Self, ApiError> {
        let body: ConsumerBodyPatch = request::object(body, VALIDATOR)?;
        let mut checked = Checked::new(egress);
        let change = ConsumerChange {
            url: body.url.map(|url| checked.url(url)),
            disabled: body.disabled,
            event_types: body.event_types.map(|types| checked.event_types(types)),
            company_tags: body.company_tags.map(|tags| checked.company_tags(tags)),
        };
        checked.finish(change)
    }
}

/// What a consumer's messages are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerSecret {
    /// The secret: `whsec_` and base64.
    pub secret: String,
}

/// A new secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotatedSecret {
    /// The secret from now on: `whsec_` and base64.
    pub secret: String,
    /// Until when messages are signed with the one before as well.
    pub previous_secret_valid_until: Millis,
}

/// Which request headers a consumer gets beside ours. Their values aren't shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Headers {
    /// Their names, in lower case.
    pub names: Vec<String>,
}

/// A request to replace a consumer's request headers.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeadersBody {
    /// Values by name; `{}` removes them all.
    #[schema(required, nullable = false, value_type = BTreeMap<String, String>)]
    headers: Option<BTreeMap<String, Secret>>,
}

impl HeadersBody {
    /// Reads a body: headers by their names in lower case.
    pub fn read(body: &[u8]) -> Result<BTreeMap<String, Secret>, ApiError> {
        let body: HeadersBody = request::object(body, VALIDATOR)?;
        let given = body.headers.ok_or_else(|| {
            ApiError::invalid(VALIDATOR, "headers", "headers is required: values by name, or {}")
        })?;
        let mut broken = Vec::new();
        let mut headers = BTreeMap::new();
        for (name, value) in given {
            if let Some(message) = header_problem(&name, value.expose()) {
                broken.push(ValidationItem::new(VALIDATOR, "headers", message));
            }
            let name = name.to_ascii_lowercase();
            if headers.contains_key(&name) {
                broken.push(ValidationItem::new(VALIDATOR, "headers", format!("{name} is there twice")));
            }
            headers.insert(name, value);
        }
        if headers.len() > MAX_HEADERS {
            let message = format!("there may be {MAX_HEADERS} headers at most");
            broken.push(ValidationItem::new(VALIDATOR, "headers", message));
        }
        if broken.is_empty() { Ok(headers) } else { Err(ApiError::Invalid(broken)) }
    }
}

/// Headers that the connection or the signature depends on.
const RESERVED: [&str; 16] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// What is wrong with a header, if anything. Values are never repeated.
fn header_problem(name: &str, value: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > MAX_HEADER_NAME_CHARS || !name.bytes().all(is_token) {
        return Some("a header's name has 1 to 128 letters, digits and marks as in X-Client-Id".to_owned());
    }
    if RESERVED.contains(&lower.as_str()) || lower.starts_with("webhook-") || lower.starts_with("svix-") {
        return Some(format!("the header {lower} is set by the delivery itself"));
    }
    let is_printable = |byte: u8| (b' '..=b'~').contains(&byte);
    if value.trim().is_empty() || value.len() > MAX_HEADER_VALUE_CHARS || !value.bytes().all(is_printable) {
        return Some(format!("the value of {lower} has 1 to 2048 printable ASCII characters"));
    }
    None
}

/// A request for a test.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventTypeBody {
    /// The event of which an example is sent.
    #[schema(required, nullable = false)]
    event_type: Option<String>,
}

impl EventTypeBody {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<EventType, ApiError> {
        let body: EventTypeBody = request::object(body, VALIDATOR)?;
        let all = || EventType::ALL.map(EventType::as_str).join(", ");
        body.event_type.unwrap_or_default().parse().map_err(|_| {
            ApiError::invalid(VALIDATOR, "eventType", format!("eventType must be one of {}", all()))
        })
    }
}

/// A test that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentTest {
    /// The message.
    #[schema(value_type = String)]
    pub message_id: MessageId,
}

/// A message that was or will be sent to a consumer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The consumer.
    pub webhook_id: ConsumerId,
    /// The message: its `webhook-id`.
    #[schema(value_type = String)]
    pub message_id: MessageId,
    /// What it tells.
    pub event_type: String,
    /// The company that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_id: Option<CompanyId>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts of the present schedule.
    pub attempts: i64,
    /// When it is attempted next, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<Millis>,
    /// When the message was written.
    pub created: Millis,
    /// When it was delivered or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Millis>,
}

/// One attempt to deliver a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Counted from 1.
    pub number: i64,
    /// When it began.
    pub started: Millis,
    /// How long it took, in milliseconds.
    pub elapsed_ms: i64,
    /// The HTTP status; left out where there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    /// Why it failed, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A message with what became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id: `webhook-id` in each delivery.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// What it tells.
    pub event_type: String,
    /// The company that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_id: Option<CompanyId>,
    /// When it was written.
    pub created: Millis,
    /// The body as consumers get it.
    #[schema(value_type = Object)]
    pub body: Box<serde_json::value::RawValue>,
    /// Its deliveries, one for each consumer that it was for.
    pub deliveries: Vec<Delivery>,
}

/// What is to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayRequest {
    /// Messages written since then.
    pub since: Millis,
    /// Where the batch before ended.
    pub from: Option<MessageId>,
}

/// A request to send messages again.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayBody {
    /// Messages written since then.
    #[schema(required, nullable = false, format = "date-time")]
    since: Option<String>,
    /// The `next` of the answer before, to go on from there.
    from: Option<String>,
}

impl ReplayRequest {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        let body: ReplayBody = request::object(body, VALIDATOR)?;
        let since = body.since.as_deref().and_then(Millis::parse_iso).ok_or_else(|| {
            ApiError::invalid(VALIDATOR, "since", "since is required: a date as in 2026-10-27T10:20:00Z")
        })?;
        let from = body.from.map(|text| text.parse()).transpose();
        let from = from.map_err(|_| {
            ApiError::invalid(VALIDATOR, "from", "from must be the `next` of an answer before")
        })?;
        Ok(ReplayRequest { since, from })
    }
}

/// What was put in line again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Queued {
    /// How many messages.
    pub queued: usize,
    /// There are more: ask again with this as `from`. Left out where that was all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub next: Option<MessageId>,
}

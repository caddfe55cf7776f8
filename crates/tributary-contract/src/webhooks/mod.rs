//! Webhook consumers: receivers of outgoing messages.

mod management;
mod rules;
#[cfg(test)]
mod tests;

pub use management::{
    Attempt, ConsumerBodyPatch, ConsumerChange, ConsumerDetails, ConsumerSecret, Delivery, EventTypeBody,
    Headers, HeadersBody, Message, Queued, ReplayBody, ReplayRequest, RotatedSecret, SentTest,
};

use crate::error::ApiError;
use crate::request;
use rules::Checked;
use serde::{Deserialize, Serialize};
use tributary_core::egress::Egress;
use tributary_core::ids::ConsumerId;
use utoipa::ToSchema;

/// The most tags of a consumer.
pub const MAX_COMPANY_TAGS: usize = 10;
/// The most characters of a tag, `key:value`.
pub const MAX_TAG_CHARS: usize = 128;
/// The most event types of a consumer. The contract has no bound; this one is ours.
pub const MAX_EVENT_TYPES: usize = 100;
/// The most characters of an event type. The contract has no bound; this one is ours.
pub const MAX_EVENT_TYPE_CHARS: usize = 128;

/// Who owns the rules of consumers, in validation items.
const VALIDATOR: &str = "WebhookConsumer";

/// A receiver of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookConsumer {
    /// Its id.
    pub id: ConsumerId,
    /// Where messages go.
    #[schema(format = "uri")]
    pub url: String,
    /// Whether it gets nothing for now.
    pub disabled: bool,
    /// Which events it is told of.
    pub event_types: Vec<String>,
    /// Only of companies that have any of these tags, each `key:value`; empty: of every company.
    pub company_tags: Vec<String>,
}

/// A consumer that was created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedWebhookConsumer {
    /// The consumer.
    #[serde(flatten)]
    pub consumer: WebhookConsumer,
    /// What its messages are signed with: `whsec_` and base64. Beyond the contract, which has no place for it.
    pub secret: String,
}

/// A platform's consumers: at most fifty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookConsumers {
    /// All of them, the oldest first.
    pub results: Vec<WebhookConsumer>,
}

/// A key for a service that integrates by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationKey {
    /// The key. The one before is revoked.
    pub key: String,
}

/// A consumer to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerRequest {
    /// Where messages go.
    pub url: String,
    /// Whether it gets nothing for now.
    pub disabled: bool,
    /// At least one.
    pub event_types: Vec<String>,
    /// At most ten.
    pub company_tags: Vec<String>,
}

/// A request to create a consumer.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookConsumerBody {
    /// Where messages go: an https URL.
    #[schema(required, nullable = false, format = "uri")]
    url: Option<String>,
    /// Whether it gets nothing for now.
    #[schema(default = false)]
    disabled: Option<bool>,
    /// Which events it is told of, at least one. Names that no event has are kept and do nothing.
    #[schema(required, nullable = false)]
    event_types: Option<Vec<String>>,
    /// Only of companies that have any of these tags: at most ten, each `key:value` of at most 128 characters.
    company_tags: Option<Vec<String>>,
}

impl ConsumerRequest {
    /// Reads a body. All broken rules are reported at once. `egress` says which URLs are accepted.
    pub fn read(body: &[u8], egress: Egress) -> Result<Self, ApiError> {
        let body: WebhookConsumerBody = request::object(body, VALIDATOR)?;
        let mut checked = Checked::new(egress);
        let request = ConsumerRequest {
            url: checked.url(body.url.unwrap_or_default()),
            disabled: body.disabled.unwrap_or(false),
            event_types: checked.event_types(body.event_types.unwrap_or_default()),
            company_tags: checked.company_tags(body.company_tags.unwrap_or_default()),
        };
        checked.finish(request)
    }
}

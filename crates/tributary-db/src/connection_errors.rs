//! What went wrong with a connection's authorization: kept with the connection, in the contract's form.

use crate::stored::StoredJson;
use serde::{Deserialize, Serialize};
use tributary_core::Millis;

/// Errors kept per connection.
const ERRORS_MAX: usize = 20;

/// Characters kept of each text: what Stripe or a browser sends has no bound of its own.
const TEXT_CHARS_MAX: usize = 500;

/// One failed authorization, or the loss of one. Active until a later authorization resolves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionError {
    /// The HTTP status that stands for it, as text: `403`.
    pub status_code: String,
    /// What happened, in a few words, as Stripe puts it.
    pub status_text: String,
    /// What happened, for people.
    pub error_message: String,
    /// When it happened.
    #[serde(rename = "erroredOnUtc", with = "iso")]
    pub errored_on: Millis,
    /// When a later authorization put it right.
    #[serde(rename = "resolvedOnUtc", with = "iso_option", default, skip_serializing_if = "Option::is_none")]
    pub resolved_on: Option<Millis>,
}

impl TryFrom<StoredJson> for Vec<ConnectionError> {
    type Error = serde_json::Error;

    fn try_from(stored: StoredJson) -> Result<Self, serde_json::Error> {
        stored.read()
    }
}

/// Adds an error, cut to bounds; the oldest make room.
pub(crate) fn push(errors: &mut Vec<ConnectionError>, mut error: ConnectionError) {
    for text in [&mut error.status_code, &mut error.status_text, &mut error.error_message] {
        if let Some((end, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
            text.truncate(end);
        }
    }
    errors.push(error);
    let surplus = errors.len().saturating_sub(ERRORS_MAX);
    errors.drain(..surplus);
}

/// Resolves what is active.
pub(crate) fn resolve(errors: &mut [ConnectionError], now: Millis) {
    for error in errors.iter_mut().filter(|error| error.resolved_on.is_none()) {
        error.resolved_on = Some(now);
    }
}

/// Moments as ISO 8601 text.
mod iso {
    use serde::{Deserialize, Deserializer, Serializer};
    use tributary_core::Millis;

    pub fn serialize<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&at.to_iso())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
        let text = String::deserialize(deserializer)?;
        Millis::parse_iso(&text).ok_or_else(|| serde::de::Error::custom("not a date"))
    }
}

/// As [`iso`], where there may be none.
mod iso_option {
    use serde::{Deserialize, Deserializer, Serializer};
    use tributary_core::Millis;

    pub fn serialize<S: Serializer>(at: &Option<Millis>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::iso::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Millis>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read =
            |text: String| Millis::parse_iso(&text).ok_or_else(|| serde::de::Error::custom("not a date"));
        text.map(read).transpose()
    }
}

//! Events of Stripe's, as webhooks bring them and the list shows them.

use crate::compact::compact;
use crate::field::text_or_none;
use crate::redact::redact;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use tributary_core::ids::AccountId;

/// Something that happened to an object of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// `evt_…`; the same in every delivery.
    pub id: String,
    /// What happened, `charge.succeeded`.
    pub event_type: String,
    /// The version of the API that the object is written in.
    pub api_version: Option<String>,
    /// When it happened, by Stripe's clock: Unix seconds.
    pub created_secs: i64,
    /// The account, named only where the endpoint is a platform's.
    pub account: Option<AccountId>,
    /// Whether it happened in live mode.
    pub livemode: bool,
    /// The object as it was then, JSON as Stripe wrote it.
    pub object: &'a str,
}

/// A text that is no event with a snapshot of its object. Nothing of its content is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an event with its object: {0}")]
pub struct BadEvent(&'static str);

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    #[serde(default, deserialize_with = "text_or_none")]
    object: Option<Cow<'a, str>>,
    id: Cow<'a, str>,
    #[serde(rename = "type")]
    event_type: Cow<'a, str>,
    #[serde(default, deserialize_with = "text_or_none")]
    api_version: Option<Cow<'a, str>>,
    created: i64,
    #[serde(default, deserialize_with = "text_or_none")]
    account: Option<Cow<'a, str>>,
    livemode: bool,
    data: Data<'a>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

impl<'a> Event<'a> {
    /// Reads an event.
    ///
    /// # Errors
    /// The text isn't JSON, isn't an event, or is one of those that name their object without showing it.
    pub fn parse(text: &'a str) -> Result<Self, BadEvent> {
        let envelope: Envelope<'a> =
            serde_json::from_str(text).map_err(|_| BadEvent("a field is missing or of another type"))?;
        if envelope.object.as_deref() != Some("event") {
            return Err(BadEvent("its kind is another"));
        }
        let words = [Some(&envelope.id), Some(&envelope.event_type)].into_iter().flatten();
        let optional = [&envelope.api_version, &envelope.account].into_iter().flatten();
        if !words.chain(optional).all(|word| is_plain(word)) {
            return Err(BadEvent("an id or a word is malformed"));
        }
        Ok(Event {
            id: envelope.id.into_owned(),
            event_type: envelope.event_type.into_owned(),
            api_version: envelope.api_version.map(Cow::into_owned),
            created_secs: envelope.created,
            account: envelope.account.map(|account| AccountId(account.into_owned())),
            livemode: envelope.livemode,
            object: envelope.data.object.get(),
        })
    }

    /// The object as it may be stored: without secrets (rule E18), and without the blanks that webhooks are written with.
    pub fn object_to_store(&self) -> String {
        redact(&compact(self.object)).into_owned()
    }
}

/// Ids and words are opaque, but short and printable.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.len() <= 255 && word.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVENT: &str = r#"{
  "id": "evt_1",
  "object": "event",
  "account": "acct_1",
  "api_version": "2026-10-28.endive",
  "created": 1767225600,
  "data": {
    "object": {
      "id": "pi_1",
      "client_secret": "pi_1_secret_canary",
      "description": "two  blanks\nand \"more\""
    },
    "previous_attributes": { "description": null }
  },
  "livemode": false,
  "pending_webhooks": 1,
  "type": "payment_intent.succeeded"
}"#;

    #[test]
    fn an_event_says_what_happened_when_and_to_whom() {
        let event = Event::parse(EVENT).unwrap();
        assert_eq!((event.id.as_str(), event.event_type.as_str()), ("evt_1", "payment_intent.succeeded"));
        assert_eq!((event.created_secs, event.livemode), (1_767_225_600, false));
        assert_eq!(event.account, Some(AccountId("acct_1".to_owned())));
        assert_eq!(event.api_version.as_deref(), Some("2026-10-28.endive"));
        let stored = r#"{"id":"pi_1","client_secret":null,"description":"two  blanks\nand \"more\""}"#;
        assert_eq!(event.object_to_store(), stored);
    }

    #[test]
    fn what_is_no_event_with_its_object_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"object":"event"}"#,
            r#"{"object":"v2.core.event","id":"evt_1","type":"v1.charge.succeeded","livemode":true}"#,
            &EVENT.replace("\"evt_1\"", "\"evt 1\""),
            &EVENT.replace("\"evt_1\"", "7"),
            &EVENT.replace("1767225600", "\"now\""),
            &EVENT.replace("acct_1", "acct_\\u0000"),
            &EVENT[..EVENT.len() - 1],
        ] {
            assert!(Event::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,300}") {
            let _ = Event::parse(&text);
        }
    }
}

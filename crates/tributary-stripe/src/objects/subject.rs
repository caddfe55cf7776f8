//! What any object says of itself and of others: enough to tell what an event concerns.

use crate::field::text_or_none;
use serde::Deserialize;
use std::borrow::Cow;

/// The object of an event, of whatever kind. What is missing, or is expanded, is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Subject<'a> {
    /// Stripe's word for its kind, `charge`.
    #[serde(rename = "object", deserialize_with = "text_or_none")]
    pub kind: Option<Cow<'a, str>>,
    /// Its id; previews have none.
    #[serde(deserialize_with = "text_or_none")]
    pub id: Option<Cow<'a, str>>,
    /// When it was created: Unix seconds.
    #[serde(deserialize_with = "crate::field::lenient")]
    pub created: Option<i64>,
    /// The charge that it belongs to.
    #[serde(deserialize_with = "text_or_none")]
    pub charge: Option<Cow<'a, str>>,
    /// The customer that it belongs to.
    #[serde(deserialize_with = "text_or_none")]
    pub customer: Option<Cow<'a, str>>,
    /// The invoice that it belongs to.
    #[serde(deserialize_with = "text_or_none")]
    pub invoice: Option<Cow<'a, str>>,
    /// The subscription that it belongs to.
    #[serde(deserialize_with = "text_or_none")]
    pub subscription: Option<Cow<'a, str>>,
    /// Its entry in the ledger.
    #[serde(deserialize_with = "text_or_none")]
    pub balance_transaction: Option<Cow<'a, str>>,
    /// A dispute's entries in the ledger.
    #[serde(deserialize_with = "entries")]
    pub balance_transactions: Vec<String>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
}

/// The ids of objects in a list; none where it is of another shape.
fn entries<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
    let entries: Vec<Entry> = serde_json::from_str(raw.get()).unwrap_or_default();
    Ok(entries.into_iter().map(|entry| entry.id).collect())
}

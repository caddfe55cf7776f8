//! What intents add to payments (rule M1).

use super::fields::{created_ms, owned, word};
use super::flaw::Flaw;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use tributary_db::records::payment_intents;
use tributary_stripe::objects::PaymentIntent;

pub(super) fn row(intent: PaymentIntent<'_>) -> Result<payment_intents::PaymentIntent, Flaw> {
    Ok(payment_intents::PaymentIntent {
        latest_charge_id: intent.last_charge().map(|charge| owned(Cow::Borrowed(charge))),
        id: owned(intent.id),
        status: word(intent.status),
        metadata: metadata(intent.metadata),
        created_ms: created_ms(intent.created)?,
    })
}

/// The merchant's pairs as a compact JSON object, by key; what isn't an object of texts is an empty one.
fn metadata(given: Option<&RawValue>) -> String {
    let empty = || "{}".to_owned();
    let Some(given) = given.map(RawValue::get).filter(|text| !matches!(*text, "{}" | "null")) else {
        return empty();
    };
    let pairs: Result<BTreeMap<String, String>, _> = serde_json::from_str(given);
    pairs.ok().and_then(|pairs| serde_json::to_string(&pairs).ok()).unwrap_or_else(empty)
}

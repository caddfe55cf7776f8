//! Answers of a Stripe that has changed: words and fields that nobody knows, fields that lack or have another type.

use crate::dice::{mix, salted};
use crate::fault::FaultKind;
use serde_json::{Map, Value, json};

/// Fields whose values are of a closed list.
const CLOSED: [&str; 12] = [
    "status",
    "type",
    "reason",
    "brand",
    "funding",
    "network_status",
    "capture_method",
    "reporting_category",
    "billing_scheme",
    "interval",
    "tax_exempt",
    "balance_type",
];

/// Fields without which an answer would be none of Stripe's.
const KEPT: [&str; 5] = ["id", "object", "data", "has_more", "url"];

/// Does to an answer what the fault says.
pub(crate) fn disturb(kind: FaultKind, body: &str) -> String {
    match serde_json::from_str(body) {
        Ok(mut value) => {
            walk(kind, &mut value);
            value.to_string()
        }
        Err(_) => body.to_owned(),
    }
}

fn walk(kind: FaultKind, value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|inner| walk(kind, inner));
            if object.contains_key("object") {
                change(kind, object);
            }
            if kind == FaultKind::UnknownEnum {
                let words = object.iter_mut().filter(|(name, _)| CLOSED.contains(&name.as_str()));
                let words = words.filter(|(_, inner)| inner.is_string());
                words.for_each(|(_, inner)| *inner = "word_of_tomorrow".into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(kind, item)),
        _ => {}
    }
}

/// Changes the fields of one of Stripe's objects.
fn change(kind: FaultKind, object: &mut Map<String, Value>) {
    match kind {
        FaultKind::ExtraFields => {
            let field = json!({ "nested": [1, null, { "deep": true }] });
            object.insert("field_of_tomorrow".to_owned(), field);
        }
        FaultKind::MissingFields => {
            if let Some(field) = one_field(object) {
                object.remove(&field);
            }
        }
        FaultKind::RetypedFields => {
            if let Some(value) = one_field(object).and_then(|field| object.get_mut(&field)) {
                *value = retyped(value);
            }
        }
        _ => {}
    }
}

/// The field of an object that its id decides on; none for what has no id.
fn one_field(object: &Map<String, Value>) -> Option<String> {
    let id = object.get("id")?.as_str()?;
    let fields: Vec<&String> = object.keys().filter(|field| !KEPT.contains(&field.as_str())).collect();
    let number = id.bytes().fold(0, |number, byte| mix(salted(&[number, u64::from(byte)])));
    let place = usize::try_from(number % fields.len().max(1) as u64).unwrap_or(0);
    fields.get(place).map(|field| (*field).clone())
}

/// A value of another type.
fn retyped(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "deep": [true] }),
        Value::Bool(_) => json!("yes"),
        Value::Number(number) => json!(format!("{number} or so")),
        Value::String(_) => json!(7),
        Value::Array(_) => json!(true),
        Value::Object(_) => json!([1, "two"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str =
        r#"{"object":"list","data":[{"id":"ch_1","object":"charge","status":"succeeded","amount":5}]}"#;

    #[test]
    fn words_and_fields_of_tomorrow_reach_nested_objects() {
        assert!(disturb(FaultKind::UnknownEnum, BODY).contains(r#""status":"word_of_tomorrow""#));
        assert_eq!(disturb(FaultKind::ExtraFields, BODY).matches("field_of_tomorrow").count(), 2);
    }

    #[test]
    fn one_field_of_an_object_lacks_or_is_of_another_type() {
        for id in 0..40 {
            let body = BODY.replace("ch_1", &format!("ch_{id}"));
            let fields = |kind| -> Map<String, Value> {
                let list: Value = serde_json::from_str(&disturb(kind, &body)).unwrap();
                list["data"][0].as_object().unwrap().clone()
            };
            let (lacking, retyped) = (fields(FaultKind::MissingFields), fields(FaultKind::RetypedFields));
            assert_eq!((lacking.len(), retyped.len()), (3, 4));
            assert!(lacking.contains_key("id") && lacking.contains_key("object"));
            let is_odd = retyped["status"] == 7 || retyped["amount"] == "5 or so";
            assert!(is_odd, "{retyped:?}");
        }
    }
}

//! The schemas that the document's operations refer to.

use crate::routes::SchemaOf;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Schemas by name, in the form in which they are published.
#[derive(Default)]
pub(super) struct Schemas {
    answers: BTreeMap<String, Value>,
    bodies: BTreeMap<String, Value>,
}

impl Schemas {
    /// Adds what an answer is made of. Answers leave out what has no value, so that nothing of it is `null`.
    pub(super) fn answer(&mut self, schema: &SchemaOf) {
        collect(schema, &mut self.answers);
    }

    /// Adds what a request is made of. A field that may be left out may also be `null`.
    pub(super) fn body(&mut self, schema: &SchemaOf) {
        collect(schema, &mut self.bodies);
    }

    pub(super) fn into_json(mut self) -> Value {
        self.answers.values_mut().for_each(never_null);
        let mut all = self.bodies;
        all.extend(self.answers);
        all.values_mut().for_each(publish);
        all.into_iter().collect::<Map<_, _>>().into()
    }
}

fn collect(schema: &SchemaOf, into: &mut BTreeMap<String, Value>) {
    let mut found = Vec::new();
    (schema.collect)(&mut found);
    for (name, schema) in found {
        let schema = json!(schema);
        let known = into.entry(name).or_insert_with(|| schema.clone());
        debug_assert_eq!(*known, schema, "two types have the same name");
    }
}

/// Takes `null` out of what a schema allows.
fn never_null(schema: &mut Value) {
    walk(schema, &|object| {
        let is_null = |kind: &Value| kind == "null";
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|kind| !is_null(kind));
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(choices)) = object.get_mut("oneOf") {
            choices.retain(|choice| !choice.get("type").is_some_and(is_null));
            if let [Value::Object(only)] = choices.as_slice() {
                let only = only.clone();
                object.remove("oneOf");
                only.into_iter().for_each(|(key, value)| _ = object.entry(key).or_insert(value));
            }
        }
    });
}

/// Makes descriptions fit for readers who don't have the code: without its links, and without what only its
/// readers can look up.
fn publish(schema: &mut Value) {
    walk(schema, &|object| {
        if let Some(Value::String(text)) = object.get_mut("description") {
            *text = published(text);
        }
    });
}

fn published(text: &str) -> String {
    let mut text = text.replace("[`", "`").replace("`]", "`");
    for opening in [" (rule ", " (rules ", " (invariant "] {
        while let Some((before, rest)) = text.split_once(opening)
            && let Some((_, after)) = rest.split_once(')')
        {
            text = format!("{before}{after}");
        }
    }
    text
}

/// Has every object within a schema changed, the innermost first.
fn walk(schema: &mut Value, change: &impl Fn(&mut Map<String, Value>)) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(|inner| walk(inner, change));
            change(object);
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| walk(inner, change)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_answers_leave_out_is_not_described_as_null() {
        let mut schema = json!({
            "type": "object",
            "properties": {
                "name": { "type": ["string", "null"], "description": "A name." },
                "status": { "oneOf": [{ "type": "null" }, { "$ref": "#/x", "description": "Where it stands." }] },
            },
        });
        never_null(&mut schema);
        assert_eq!(schema["properties"]["name"], json!({ "type": "string", "description": "A name." }));
        assert_eq!(
            schema["properties"]["status"],
            json!({ "$ref": "#/x", "description": "Where it stands." })
        );
    }

    #[test]
    fn descriptions_name_nothing_that_only_the_codes_readers_have() {
        assert_eq!(published("What is left (rule M8). See [`Decimal`]."), "What is left. See `Decimal`.");
        assert_eq!(published("An unclosed (rule stays"), "An unclosed (rule stays");
    }
}

//! Checks values against the document's schemas, strictly: a field that isn't described is an error, and so is a
//! keyword of a schema that isn't understood here.

use serde_json::Value;
use tributary_core::Millis;

/// Schemas by reference.
pub struct Validator<'a> {
    document: &'a Value,
}

/// Keywords that say nothing about values.
const ANNOTATIONS: [&str; 9] = [
    "description",
    "title",
    "example",
    "examples",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "propertyNames",
];

impl<'a> Validator<'a> {
    pub fn new(document: &'a Value) -> Self {
        Validator { document }
    }

    /// What is wrong with a value, each with its place.
    pub fn check(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut broken = Vec::new();
        self.value(schema, value, "", &mut broken);
        broken
    }

    fn value(&self, schema: &Value, value: &Value, at: &str, broken: &mut Vec<String>) {
        if let Some(object) = value.as_object() {
            let mut fields = Fields::default();
            self.fields(schema, &mut fields);
            if fields.is_closed {
                let unknown = object.keys().filter(|key| !fields.names.contains(&key.as_str()));
                broken.extend(unknown.map(|key| format!("{at}/{key} isn't described")));
            }
        }
        self.keywords(schema, value, at, broken);
    }

    fn keywords(&self, schema: &Value, value: &Value, at: &str, broken: &mut Vec<String>) {
        let schema = schema.as_object().unwrap_or_else(|| panic!("{at}: no schema: {schema}"));
        for (keyword, rule) in schema {
            let mut is = |holds: bool| {
                if !holds {
                    broken.push(format!("{at}: {value} breaks {keyword}: {rule}"));
                }
            };
            match keyword.as_str() {
                "$ref" => self.keywords(self.resolve(rule), value, at, broken),
                "allOf" => {
                    rule.as_array().unwrap().iter().for_each(|part| self.keywords(part, value, at, broken));
                }
                "oneOf" => {
                    let fits = |part: &&Value| self.check(part, value).is_empty();
                    is(rule.as_array().unwrap().iter().filter(fits).count() == 1);
                }
                "type" => is(is_of_type(rule, value)),
                "enum" => is(rule.as_array().unwrap().contains(value)),
                "format" => is(has_format(rule.as_str().unwrap(), value)),
                "required" => {
                    let names = rule.as_array().unwrap();
                    is(names.iter().all(|name| value.get(name.as_str().unwrap()).is_some()));
                }
                "properties" => {
                    for (name, schema) in rule.as_object().unwrap() {
                        if let Some(field) = value.get(name) {
                            self.value(schema, field, &format!("{at}/{name}"), broken);
                        }
                    }
                }
                "additionalProperties" => {
                    for (name, field) in value.as_object().into_iter().flatten().filter(|_| rule.is_object())
                    {
                        self.value(rule, field, &format!("{at}/{name}"), broken);
                    }
                }
                "items" => {
                    let items = value.as_array().into_iter().flatten().enumerate();
                    for (n, item) in items.filter(|_| rule.is_object()) {
                        self.value(rule, item, &format!("{at}/{n}"), broken);
                    }
                }
                "maxItems" => is(length(value.as_array().map(Vec::len)) <= rule.as_i64().unwrap()),
                "minLength" => is(length(value.as_str().map(str::len)) >= rule.as_i64().unwrap()),
                "maxLength" => is(length(value.as_str().map(str::len)) <= rule.as_i64().unwrap()),
                "minimum" => is(value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap())),
                "maximum" => is(value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap())),
                annotation if ANNOTATIONS.contains(&annotation) => {}
                other => panic!("{at}: a keyword that isn't understood: {other}"),
            }
        }
    }

    /// The fields that a schema of an object names, itself or by what it is made of.
    fn fields(&self, schema: &'a Value, fields: &mut Fields<'a>) {
        if let Some(reference) = schema.get("$ref") {
            self.fields(self.resolve(reference), fields);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.fields(part, fields);
        }
        if let Some(properties) = schema["properties"].as_object() {
            fields.names.extend(properties.keys().map(String::as_str));
            fields.is_closed = true;
        }
        if schema.get("additionalProperties").is_some_and(Value::is_object) {
            fields.is_open = true;
        }
        fields.is_closed &= !fields.is_open;
    }

    fn resolve(&self, reference: &Value) -> &'a Value {
        let reference = reference.as_str().unwrap();
        self.document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }
}

#[derive(Default)]
struct Fields<'a> {
    names: Vec<&'a str>,
    /// Whether the names are all there may be.
    is_closed: bool,
    is_open: bool,
}

fn length(length: Option<usize>) -> i64 {
    length.map_or(0, |length| length as i64)
}

fn is_of_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type: {other}"),
    };
    rule.as_array().map_or_else(|| is(rule), |types| types.iter().any(is))
}

fn has_format(format: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match format {
        "uuid" => uuid::Uuid::try_parse(text).is_ok_and(|id| id.hyphenated().to_string() == text),
        "date-time" => text.ends_with('Z') && Millis::parse_iso(text).is_some_and(|at| at.to_iso() == text),
        "iso-4217" => text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
        "uri" => url::Url::parse(text).is_ok(),
        "decimal" => value.is_number(),
        "int32" | "int64" => value.is_i64() || value.is_u64(),
        other => panic!("a format that isn't understood: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn broken(schema: Value, value: Value) -> usize {
        let part =
            json!({ "type": "object", "properties": { "id": { "type": "string", "format": "uuid" } } });
        let document = json!({ "components": { "part": part } });
        Validator::new(&document).check(&schema, &value).len()
    }

    #[test]
    fn values_are_held_to_every_keyword() {
        let number = || json!({ "type": "integer", "minimum": 1, "maximum": 3 });
        assert_eq!(broken(number(), json!(2)), 0);
        assert_eq!(broken(number(), json!("2")), 1);
        assert_eq!(broken(number(), json!(4)), 1);
        assert_eq!(broken(json!({ "type": ["string", "null"], "enum": ["a", null] }), json!("b")), 1);
        assert_eq!(broken(json!({ "type": "array", "items": number(), "maxItems": 2 }), json!([0, 1, 2])), 2);
        let object = || json!({ "type": "object", "properties": { "n": number() }, "required": ["n"] });
        assert_eq!(broken(object(), json!({ "n": 1 })), 0);
        assert_eq!(broken(object(), json!({})), 1);
        assert_eq!(broken(object(), json!({ "n": 1, "more": 1 })), 1, "what isn't described");
    }

    #[test]
    fn an_object_of_several_parts_has_the_fields_of_all() {
        let both = || json!({ "allOf": [{ "$ref": "#/components/part" }, { "properties": { "n": {} } }] });
        let id = "7d6b1f6e-3c0b-4a51-9d0c-2f0f3a0d9b11";
        assert_eq!(broken(both(), json!({ "id": id, "n": 1 })), 0);
        assert_eq!(broken(both(), json!({ "id": id.to_uppercase(), "x": 1 })), 2);
        let map = json!({ "type": "object", "additionalProperties": { "$ref": "#/components/part" } });
        assert_eq!(broken(map, json!({ "a": { "id": id }, "b": { "y": 1 } })), 1);
    }
}

//! Schemas as a page shows them.

use super::page::text;
use super::text::{Block, blocks};
use serde_json::Value;

/// A schema that has a place of its own on the page: an object or a closed set of words.
pub(super) struct Schema<'a> {
    pub name: &'a str,
    pub description: Vec<Block>,
    pub fields: Vec<Field<'a>>,
}

/// A field of an object, or a parameter.
pub(super) struct Field<'a> {
    pub name: &'a str,
    pub kind: Kind<'a>,
    pub description: Vec<Block>,
    /// What is said of it beside its kind: `required`, `in the path`.
    pub notes: Vec<String>,
}

/// What a value is: `list of`, then a name that may have a place on the page.
pub(super) struct Kind<'a> {
    pub before: &'static str,
    pub name: &'a str,
    /// Whether the name is a schema's with a place of its own.
    pub is_link: bool,
}

impl<'a> Field<'a> {
    pub(super) fn of_parameter(document: &'a Value, parameter: &'a Value) -> Self {
        let schema = &parameter["schema"];
        let mut notes = vec![format!(
            "in the {}",
            if parameter["in"] == "query" { "URL" } else { text(&parameter["in"]) }
        )];
        notes.extend((parameter["required"] == true).then(|| "required".to_owned()));
        notes.extend(bounds(schema));
        let description = blocks(text(&parameter["description"]));
        Field { name: text(&parameter["name"]), kind: kind(document, schema), description, notes }
    }
}

/// Every schema that has a place on the page, by name.
pub(super) fn schemas(document: &Value) -> Vec<Schema<'_>> {
    let all = document["components"]["schemas"].as_object().into_iter().flatten();
    let shown = all.filter(|(_, schema)| has_place(schema));
    shown
        .map(|(name, schema)| Schema {
            name,
            description: blocks(text(&schema["description"])),
            fields: fields(document, schema),
        })
        .collect()
}

fn has_place(schema: &Value) -> bool {
    ["properties", "allOf", "enum"].iter().any(|keyword| schema.get(keyword).is_some())
}

/// The fields of an object and of what it is made of: those that are always there first, the id before all.
fn fields<'a>(document: &'a Value, schema: &'a Value) -> Vec<Field<'a>> {
    let mut found = Vec::new();
    collect(document, schema, &mut found);
    let is_optional = |field: &Field| !field.notes.iter().any(|note| note == "required");
    found.sort_by_key(|field| (field.name != "id", is_optional(field)));
    found
}

fn collect<'a>(document: &'a Value, schema: &'a Value, found: &mut Vec<Field<'a>>) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect(document, resolve(document, part).1, found);
    }
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let mut notes = Vec::new();
        notes.extend(required.iter().any(|it| it == name).then(|| "required".to_owned()));
        notes.extend(bounds(field));
        let description = blocks(text(&field["description"]));
        found.push(Field { name, kind: kind(document, field), description, notes });
    }
}

/// What a value is.
pub(super) fn kind<'a>(document: &'a Value, schema: &'a Value) -> Kind<'a> {
    if schema["type"] == "array" {
        return Kind { before: "list of ", ..kind(document, &schema["items"]) };
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        return Kind { before: "map of ", ..kind(document, values) };
    }
    match resolve(document, schema) {
        (Some(name), schema) if has_place(schema) => Kind { before: "", name, is_link: true },
        (Some(_), schema) if ["array", "object"].iter().any(|it| schema["type"] == *it) => {
            kind(document, schema)
        }
        (_, schema) => Kind { before: "", name: plain(schema), is_link: false },
    }
}

/// The word for what has no place of its own.
fn plain(schema: &Value) -> &str {
    match (text(&schema["format"]), &schema["type"]) {
        ("int32" | "int64", _) => "integer",
        ("", Value::Array(types)) => types.first().map_or("anything", text),
        ("", _) if schema["items"] == false => "nothing",
        ("", Value::String(kind)) => kind,
        ("", _) => "anything",
        (format, _) => format,
    }
}

fn bounds(schema: &Value) -> Vec<String> {
    let words = [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("default", "default"),
        ("maxLength", "characters at most:"),
        ("pattern", "like"),
    ];
    let said = words.iter().filter_map(|(keyword, word)| Some((schema.get(*keyword)?, word)));
    said.map(|(value, word)| {
        format!("{word} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    })
    .collect()
}

/// What a schema refers to, with its name, or itself.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
    let named = schema["$ref"].as_str().and_then(|reference| {
        let name = reference.rsplit('/').next()?;
        Some((Some(name), document["components"]["schemas"].get(name)?))
    });
    named.unwrap_or((None, schema))
}

//! The document as a page for people: every operation and every schema, readable without a script.

use super::text::{Block, blocks};
use super::view::{Field, Kind, Schema, kind, schemas};
use crate::stream::NDJSON;
use askama::Template;
use serde_json::Value;
use tributary_pages::{Asset, Head, SKIP_LINK};

/// The page.
#[derive(Template)]
#[template(path = "reference.html")]
pub(super) struct Reference<'a> {
    head: Head<'a>,
    version: &'a str,
    introduction: Vec<Block>,
    groups: Vec<Group<'a>>,
    schemas: Vec<Schema<'a>>,
}

/// A tag's operations.
struct Group<'a> {
    name: &'a str,
    anchor: String,
    description: &'a str,
    operations: Vec<Operation<'a>>,
}

struct Operation<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: &'a str,
    description: Vec<Block>,
    is_deprecated: bool,
    parameters: Vec<Field<'a>>,
    body: Option<Kind<'a>>,
    answers: Vec<Answer<'a>>,
    /// Statuses of errors, with what HTTP calls them.
    errors: Vec<(&'a str, &'a str)>,
    curl: String,
}

/// A success.
struct Answer<'a> {
    status: &'a str,
    reason: &'a str,
    /// The body; none where it is empty.
    body: Option<Kind<'a>>,
    /// Whether all of a list can be had at once.
    is_streamed: bool,
}

impl<'a> Reference<'a> {
    pub(super) fn new(document: &'a Value, stylesheet: &'a Asset) -> Self {
        let info = &document["info"];
        let tags = document["tags"].as_array().into_iter().flatten();
        Reference {
            head: Head { stylesheet },
            version: text(&info["version"]),
            introduction: blocks(text(&info["description"])),
            groups: tags.map(|tag| group(document, tag)).collect(),
            schemas: schemas(document),
        }
    }
}

fn group<'a>(document: &'a Value, tag: &'a Value) -> Group<'a> {
    let name = text(&tag["name"]);
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, described) in item.as_object().into_iter().flatten() {
            if described["tags"][0] == name {
                operations.push(operation(document, method, path, described));
            }
        }
    }
    let rank =
        |method: &str| ["GET", "POST", "PUT", "PATCH"].iter().position(|known| *known == method).unwrap_or(4);
    operations.sort_by_key(|it| (it.path, rank(&it.method)));
    Group { name, anchor: anchor(name), description: text(&tag["description"]), operations }
}

fn operation<'a>(document: &'a Value, method: &str, path: &'a str, described: &'a Value) -> Operation<'a> {
    let parameters = described["parameters"].as_array().into_iter().flatten();
    let body = &described["requestBody"]["content"]["application/json"]["schema"];
    let responses = described["responses"].as_object().into_iter().flatten();
    let (mut answers, mut errors) = (Vec::new(), Vec::new());
    for (status, response) in responses {
        let reason = text(&response["description"]);
        if status.starts_with('2') || status.starts_with('3') {
            let body = response["content"]["application/json"].get("schema").map(|it| kind(document, it));
            let is_streamed = response["content"].get(NDJSON).is_some();
            answers.push(Answer { status, reason, body, is_streamed });
        } else {
            errors.push((status.as_str(), reason));
        }
    }
    let method = method.to_ascii_uppercase();
    Operation {
        id: text(&described["operationId"]),
        curl: curl(&method, path, body.is_object()),
        method,
        path,
        summary: text(&described["summary"]),
        description: blocks(text(&described["description"])),
        is_deprecated: described["deprecated"] == true,
        parameters: parameters.map(|parameter| Field::of_parameter(document, parameter)).collect(),
        body: body.is_object().then(|| kind(document, body)),
        answers,
        errors,
    }
}

/// A command that asks for it, with the path's parameters as variables of the shell.
fn curl(method: &str, path: &str, has_body: bool) -> String {
    let path = path.replace('{', "$").replace('}', "");
    let verb = if method == "GET" { String::new() } else { format!(" -X {method}") };
    let body = if has_body { " \\\n  -H \"Content-Type: application/json\" -d @body.json" } else { "" };
    format!("curl{verb} \"$API_URL{path}\" \\\n  -H \"Authorization: Basic $API_KEY_BASE64\"{body}")
}

/// The name of a place on the page.
fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

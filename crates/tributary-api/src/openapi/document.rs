//! The OpenAPI document.

use super::schemas::Schemas;
use crate::routes::{Entry, PathParameter, QueryParameter, SchemaOf, Tag};
use crate::stream::NDJSON;
use actix_web::http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use tributary_contract::error::ErrorMessage;

/// The document of these operations, in OpenAPI 3.1. Entries that aren't described are left out.
pub(crate) fn document(entries: &[Entry]) -> Value {
    let mut schemas = Schemas::default();
    schemas.answer(&SchemaOf::new::<ErrorMessage>());
    let mut paths = Map::new();
    for entry in entries {
        let Some(operation) = operation(entry, &mut schemas) else { continue };
        let path = paths.entry(entry.path).or_insert_with(|| json!({}));
        path[entry.method.as_str().to_ascii_lowercase()] = operation;
    }
    let used =
        |tag: &&Tag| entries.iter().any(|entry| entry.described.as_ref().is_some_and(|it| it.tag == **tag));
    let tags = Tag::ALL.iter().filter(used);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tributary",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The server that this document came from." }],
        "security": [{ "auth_header": [] }],
        "tags": tags.map(|tag| json!({ "name": tag.name(), "description": tag.description() })).collect::<Value>(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "auth_header": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The word `Basic`, a blank, and the API key in base64: `Basic dHJiXzEyMw==`.",
                },
            },
            "headers": headers(),
            "schemas": schemas.into_json(),
        },
    })
}

const DESCRIPTION: &str = "Commerce data of many merchants' Stripe accounts, normalized, in the form of Codat's \
     Platform and Commerce APIs. Fields without a value are left out, never `null`. Amounts are exact decimal numbers \
     in major units. Moments are in UTC.";

/// The headers of every answer, and of some errors.
fn headers() -> Value {
    let number = |description| json!({ "description": description, "required": true, "schema": { "type": "integer" } });
    json!({
        "RateLimitLimit": number("Requests that you may make in a day of UTC."),
        "RateLimitRemaining": number("Requests that are left of them."),
        "RateLimitReset": {
            "description": "When the next day begins.",
            "required": true,
            "schema": { "type": "string", "format": "date-time" },
        },
        "CorrelationId": {
            "description": "What the server's log knows the request by: 32 hex digits.",
            "required": true,
            "schema": { "type": "string", "minLength": 32, "maxLength": 32 },
        },
        "ETag": {
            "description": "A tag of the answer's content, for `If-None-Match`. What is streamed has none.",
            "schema": { "type": "string" },
        },
        "IdempotentReplayed": {
            "description": "There, with `true`, where the answer was given to an earlier request under the same key.",
            "schema": { "type": "string", "enum": ["true"] },
        },
        "RetryAfter": number("Seconds to wait before trying again."),
        "Authenticate": {
            "description": "How to authenticate: `Basic`.",
            "required": true,
            "schema": { "type": "string" },
        },
    })
}

fn operation(entry: &Entry, schemas: &mut Schemas) -> Option<Value> {
    let described = entry.described.as_ref()?;
    let mut operation = json!({
        "operationId": described.id,
        "tags": [described.tag.name()],
        "summary": described.summary,
        "description": described.description,
        "responses": responses(entry, schemas),
    });
    let of_path = entry.path_parameters().into_iter().map(path_parameter);
    let of_url = described.query.iter().map(query_parameter);
    let parameters: Vec<Value> = of_path.chain(of_url).chain(header_parameter(&entry.method)).collect();
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = &described.body {
        schemas.body(body);
        operation["requestBody"] =
            json!({ "required": !described.body_is_optional, "content": json_of(body) });
    }
    if described.deprecated {
        operation["deprecated"] = true.into();
    }
    Some(operation)
}

fn path_parameter(parameter: &PathParameter) -> Value {
    let schema = match parameter.is_uuid {
        true => json!({ "type": "string", "format": "uuid" }),
        false => json!({ "type": "string", "minLength": 1 }),
    };
    json!({
        "name": parameter.name,
        "in": "path",
        "required": true,
        "description": parameter.description,
        "schema": schema,
    })
}

fn query_parameter(parameter: &QueryParameter) -> Value {
    let schema = match parameter.number {
        Some((minimum, maximum, default)) => {
            json!({ "type": "integer", "minimum": minimum, "maximum": maximum, "default": default })
        }
        None => json!({ "type": "string" }),
    };
    json!({ "name": parameter.name, "in": "query", "description": parameter.description, "schema": schema })
}

/// The header that a request of this method may carry.
fn header_parameter(method: &Method) -> Option<Value> {
    let (name, description, schema) = match *method {
        Method::GET => (
            "If-None-Match",
            "Tags of answers that you have. If the answer has one of them, it is 304 without a body.",
            json!({ "type": "string" }),
        ),
        Method::POST => (
            "Idempotency-Key",
            "A name for this request, yours to choose: sending it again under the same name does nothing and answers \
             as the first time did.",
            json!({ "type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$" }),
        ),
        _ => return None,
    };
    Some(json!({ "name": name, "in": "header", "description": description, "schema": schema }))
}

fn responses(entry: &Entry, schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    if let Some(described) = &entry.described {
        let mut success = response(described.status);
        match entry.method {
            Method::GET => {
                success["headers"]["ETag"] = header("ETag");
                let mut unchanged = response(304);
                unchanged["headers"]["ETag"] = header("ETag");
                responses.insert("304".to_owned(), unchanged);
            }
            Method::POST => success["headers"]["Idempotent-Replayed"] = header("IdempotentReplayed"),
            _ => {}
        }
        if let Some(answer) = &described.answer {
            schemas.answer(answer);
            success["content"] = json_of(answer);
            if described.streams {
                let description = "The whole list, without pages: each line is one of `results`.";
                success["content"][NDJSON] =
                    json!({ "schema": { "type": "string", "description": description } });
            }
        }
        responses.insert(described.status.to_string(), success);
    }
    for status in entry.error_statuses() {
        let mut error = response(status);
        error["content"] = json_of(&SchemaOf::new::<ErrorMessage>());
        responses.insert(status.to_string(), error);
    }
    responses.into()
}

/// An answer of a status, without content.
fn response(status: u16) -> Value {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut headers = json!({
        "X-Correlation-Id": header("CorrelationId"),
        "X-Rate-Limit-Limit": header("RateLimitLimit"),
        "X-Rate-Limit-Remaining": header("RateLimitRemaining"),
        "X-Rate-Limit-Reset": header("RateLimitReset"),
    });
    match status {
        401 => headers["WWW-Authenticate"] = header("Authenticate"),
        429 | 503 => headers["Retry-After"] = header("RetryAfter"),
        _ => {}
    }
    json!({ "description": reason.unwrap_or("An answer."), "headers": headers })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

fn json_of(schema: &SchemaOf) -> Value {
    let reference = format!("#/components/schemas/{}", (schema.name)());
    json!({ "application/json": { "schema": { "$ref": reference } } })
}

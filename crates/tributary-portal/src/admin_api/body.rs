//! Reading request bodies strictly: a field that isn't known, or isn't of its type, is refused by name. What a body
//! says is never repeated, because it may hold secrets.

use super::refusal::{FieldProblem, Refusal};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use serde_json::{Map, Value};
use std::fmt::Display;
use std::pin::Pin;
use std::str::FromStr;
use tributary_core::Secret;

/// The longest body that is read: the largest request of ours takes a few kilobytes.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// The fields of a body, which is one JSON object or nothing. Each is taken by its name and type; `finish` refuses
/// what was malformed or is left over.
#[derive(Debug)]
pub(super) struct Fields {
    left: Map<String, Value>,
    known: Vec<&'static str>,
    problems: Vec<FieldProblem>,
}

impl FromRequest for Fields {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.headers().get(CONTENT_TYPE);
        let is_json = content_type.is_some_and(|value| value.to_str().is_ok_and(is_json));
        let has_type = content_type.is_some();
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            let bytes = bytes.await.map_err(|error| match error.as_error::<PayloadError>() {
                Some(PayloadError::Overflow) => Refusal::TooLarge { max_bytes: BODY_BYTES_MAX },
                _ => Refusal::Unreadable("the body ended early or is framed wrongly".to_owned()),
            })?;
            if !is_json && (has_type || !bytes.is_empty()) {
                return Err(Refusal::MediaType);
            }
            Fields::read(&bytes)
        })
    }
}

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

impl Fields {
    /// Reads a body; an empty one has no fields.
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let left = match body.trim_ascii() {
            [] => Map::new(),
            body => match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => fields,
                Ok(_) => return Err(Refusal::Unreadable("the body must be a JSON object".to_owned())),
                Err(error) => {
                    let place = format!("line {}, column {}", error.line(), error.column());
                    return Err(Refusal::Unreadable(format!("the body is no JSON: {place}")));
                }
            },
        };
        Ok(Fields { left, known: Vec::new(), problems: Vec::new() })
    }

    /// Takes text.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.take(name, "text is expected", |value| match value {
            Value::String(text) if !text.contains('\0') => Some(text),
            _ => None,
        })
    }

    /// Takes text that nobody may see again.
    pub(super) fn secret(&mut self, name: &'static str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    /// Takes `true` or `false`.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.take(name, "true or false is expected", |value| value.as_bool())
    }

    /// Takes one of a closed set of words, or an id.
    pub(super) fn word<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Option<T> {
        let text = self.text(name)?;
        let read = text.parse();
        read.map_err(|error: T::Err| self.problem(name, "unknown_value", error.to_string())).ok()
    }

    /// Takes a list of ids.
    pub(super) fn words<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Vec<T> {
        let read = |value: Value| match value {
            Value::Array(items) => items.iter().map(|item| item.as_str()?.parse().ok()).collect(),
            _ => None,
        };
        self.take(name, "a list of ids is expected", read).unwrap_or_default()
    }

    /// Whether the body has no field at all.
    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty() && self.known.is_empty()
    }

    /// Refuses what was malformed and what wasn't taken.
    pub(super) fn finish(mut self) -> Result<(), Refusal> {
        let known = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
        for field in std::mem::take(&mut self.left).into_iter().map(|(name, _)| shown(&name)) {
            let message = format!("there is no such field; there are: {known}");
            self.problems.push(FieldProblem::new(field, "unknown_field", message));
        }
        if self.problems.is_empty() { Ok(()) } else { Err(Refusal::Malformed(self.problems)) }
    }

    fn take<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Option<T> {
        self.known.push(name);
        let value = self.left.remove(name)?;
        let read = read(value);
        if read.is_none() {
            self.problem(name, "wrong_type", expected);
        }
        read
    }

    fn problem(&mut self, name: &'static str, code: &'static str, message: impl Into<String>) {
        self.problems.push(FieldProblem::new(name, code, message));
    }
}

/// The name of an unknown field, if it looks like a name: somebody may have put a secret there.
fn shown(name: &str) -> String {
    let plain = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if plain && !name.is_empty() { name.to_owned() } else { "?".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str, take: impl FnOnce(&mut Fields)) -> Vec<(String, &'static str)> {
        let mut fields = Fields::read(body.as_bytes()).unwrap();
        take(&mut fields);
        match fields.finish() {
            Err(Refusal::Malformed(problems)) => {
                problems.into_iter().map(|problem| (problem.field, problem.code)).collect()
            }
            Ok(()) => Vec::new(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn every_field_that_does_not_fit_is_named_at_once() {
        let problems = refused(r#"{"a":1,"b":null,"c":"x","d":"nul\u0000","sk_test_1":2}"#, |fields| {
            fields.text("a");
            fields.flag("b");
            fields.word::<tributary_core::PlatformKey>("c");
            fields.secret("d");
        });
        let expected = [
            ("a", "wrong_type"),
            ("b", "wrong_type"),
            ("c", "unknown_value"),
            ("d", "wrong_type"),
            ("?", "unknown_field"),
        ];
        assert_eq!(problems, expected.map(|(field, code)| (field.to_owned(), code)));
    }

    #[test]
    fn what_is_no_object_is_refused_without_repeating_it() {
        for body in ["[]", "1", "{", "\u{7}", r#"{"a":"canary"#, &"[".repeat(5000)] {
            let refusal = Fields::read(body.as_bytes()).unwrap_err().to_string();
            assert!(!refusal.contains("canary"), "{refusal}");
        }
        assert!(Fields::read(b" \n").unwrap().is_empty());
        assert!(Fields::read(b"{}").unwrap().is_empty());
    }

    #[test]
    fn content_types_with_parameters_are_json_too() {
        assert!(is_json("application/json") && is_json("Application/JSON; charset=utf-8"));
        assert!(!is_json("text/json") && !is_json("application/jsonp") && !is_json(""));
    }
}

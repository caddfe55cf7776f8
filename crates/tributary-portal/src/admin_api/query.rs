//! The parameters of a request's URL, each known by name.

use super::refusal::{FieldProblem, Refusal};
use std::collections::BTreeMap;

/// The most parameters that are looked at.
const PARAMETERS_MAX: usize = 20;

/// Reads the part of a URL after `?`. A parameter that isn't known, comes twice, or isn't text is refused by name.
pub(super) fn read(query: &str, known: &[&'static str]) -> Result<BTreeMap<&'static str, String>, Refusal> {
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()).take(PARAMETERS_MAX) {
        let Some(name) = known.iter().copied().find(|known| *known == name) else {
            let message = format!("there is no such parameter; there are: {}", known.join(", "));
            problems.push(FieldProblem::new("?", "unknown_parameter", message));
            continue;
        };
        if value.contains(['\0', '\u{fffd}']) {
            problems.push(FieldProblem::new(name, "wrong_type", "text is expected"));
        } else if found.insert(name, value.into_owned()).is_some() {
            problems.push(FieldProblem::new(name, "repeated", "this parameter comes more than once"));
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Refusal::Malformed(problems)) }
}

//! `orderBy` to keys.

use super::malformed;
use crate::error::ApiError;

/// Keys in one `orderBy`.
const KEYS_MAX: usize = 8;

/// What a list is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The property, with dots before the properties of objects.
    pub path: String,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Reads the decoded parameter: properties with commas between them, each with `-` before it where the greatest comes
/// first. Blank text is no order.
pub fn parse_order(text: &str) -> Result<Vec<Key>, ApiError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let parts: Vec<&str> = text.split(',').take(KEYS_MAX + 1).collect();
    if parts.len() > KEYS_MAX {
        return Err(malformed("orderBy", format!("orderBy may name {KEYS_MAX} properties at most")));
    }
    parts.into_iter().map(key).collect()
}

fn key(part: &str) -> Result<Key, ApiError> {
    let part = part.trim();
    let (path, descending) = match part.strip_prefix('-') {
        Some(path) => (path.trim_start(), true),
        None => (part, false),
    };
    if path.is_empty() {
        return Err(malformed("orderBy", "orderBy needs a property, as in -modifiedDate"));
    }
    Ok(Key { path: path.to_owned(), descending })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_their_order_with_their_directions() {
        let key = |path: &str, descending| Key { path: path.to_owned(), descending };
        assert_eq!(parse_order(""), Ok(vec![]));
        assert_eq!(parse_order("-modifiedDate"), Ok(vec![key("modifiedDate", true)]));
        assert_eq!(
            parse_order(" a.b , - c,id "),
            Ok(vec![key("a.b", false), key("c", true), key("id", false)])
        );
    }

    #[test]
    fn what_is_no_order_is_refused() {
        for text in [",", "a,", "-", "a,,b"] {
            assert_eq!(parse_order(text).unwrap_err().status(), 400, "{text}");
        }
        assert!(parse_order(&["a"; 8].join(",")).is_ok());
        assert_eq!(parse_order(&["a"; 9].join(",")).unwrap_err().status(), 400);
    }
}

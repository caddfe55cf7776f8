//! JSON without the blanks between its parts, so that an object's text is the same wherever Stripe shows it: lists,
//! single objects and events are indented to different depths.

use std::borrow::Cow;

/// The same JSON on one line. Text without a line break is taken to have no such blanks, and is borrowed.
pub fn compact(raw: &str) -> Cow<'_, str> {
    // Within a text of JSON a line break is written as an escape.
    if !raw.as_bytes().contains(&b'\n') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let (mut from, mut in_text, mut escaped) = (0, false, false);
    for (at, byte) in raw.bytes().enumerate() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
        } else if byte.is_ascii_whitespace() {
            out.push_str(raw.get(from..at).unwrap_or_default());
            from = at + 1;
        } else if byte == b'"' {
            in_text = true;
        }
    }
    out.push_str(raw.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blanks_between_parts_go_and_texts_stay() {
        let raw = "{\r\n\t\"a b\" : [ 1 , \"x \\\" y\\\\\" ],\n  \"ü\": { }\n}";
        assert_eq!(compact(raw), r#"{"a b":[1,"x \" y\\"],"ü":{}}"#);
        assert!(matches!(compact(r#"{"a": 1}"#), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn pretty_and_plain_become_the_same(texts in prop::collection::vec(".{0,12}", 0..6)) {
            let value = serde_json::json!({ "list": texts, "one": { "two": [1, null, true] } });
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(compact(&pretty), serde_json::to_string(&value).unwrap());
        }
    }
}

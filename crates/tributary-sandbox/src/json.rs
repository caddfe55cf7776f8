//! JSON written straight into one string: the sandbox must be faster than what it measures.

use std::fmt::Write;

/// JSON in the making. Every member and element ends with a comma, which closing takes back.
#[derive(Default)]
pub(crate) struct Json {
    out: String,
}

impl Json {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Json { out: String::with_capacity(bytes) }
    }

    /// The finished text.
    pub(crate) fn finish(mut self) -> String {
        if self.out.ends_with(',') {
            self.out.pop();
        }
        self.out
    }

    fn close_with(&mut self, bracket: char) {
        if self.out.ends_with(',') {
            self.out.pop();
        }
        self.out.push(bracket);
        self.out.push(',');
    }

    /// Starts an object that is an element, or follows [`Json::key`].
    pub(crate) fn open(&mut self) {
        self.out.push('{');
    }

    pub(crate) fn close(&mut self) {
        self.close_with('}');
    }

    pub(crate) fn open_list(&mut self, name: &str) {
        self.key(name);
        self.out.push('[');
    }

    pub(crate) fn close_list(&mut self) {
        self.close_with(']');
    }

    pub(crate) fn key(&mut self, name: &str) {
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    /// Starts an object that is a member.
    pub(crate) fn open_at(&mut self, name: &str) {
        self.key(name);
        self.open();
    }

    pub(crate) fn int(&mut self, name: &str, value: impl Into<i64>) {
        self.key(name);
        // Writing to a string can't fail.
        let _ = write!(self.out, "{},", value.into());
    }

    /// An integer, or null instead of 0.
    pub(crate) fn int_or_null(&mut self, name: &str, value: u32) {
        if value == 0 {
            self.null(name);
        } else {
            self.int(name, value);
        }
    }

    pub(crate) fn flag(&mut self, name: &str, value: bool) {
        self.raw(name, if value { "true" } else { "false" });
    }

    pub(crate) fn null(&mut self, name: &str) {
        self.raw(name, "null");
    }

    pub(crate) fn nulls(&mut self, names: &[&str]) {
        for name in names {
            self.null(name);
        }
    }

    /// A member whose value is JSON already.
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.key(name);
        self.out.push_str(json);
        self.out.push(',');
    }

    /// An element that is JSON already.
    pub(crate) fn element(&mut self, json: &str) {
        self.out.push_str(json);
        self.out.push(',');
    }

    /// A text member, escaped.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.key(name);
        self.text_element(value);
    }

    /// A text element that `write` appends; it must need no escaping.
    pub(crate) fn element_written(&mut self, write: impl FnOnce(&mut String)) {
        self.out.push('"');
        write(&mut self.out);
        self.out.push_str("\",");
    }

    /// A text element, escaped.
    pub(crate) fn text_element(&mut self, value: &str) {
        self.out.push('"');
        escape(&mut self.out, value);
        self.out.push_str("\",");
    }

    /// A text member made of parts that need no escaping.
    pub(crate) fn plain(&mut self, name: &str, parts: std::fmt::Arguments<'_>) {
        self.key(name);
        self.out.push('"');
        let _ = self.out.write_fmt(parts);
        self.out.push_str("\",");
    }

    pub(crate) fn text_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    /// A text member that `write` appends; it must need no escaping.
    pub(crate) fn written(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        self.key(name);
        self.out.push('"');
        write(&mut self.out);
        self.out.push_str("\",");
    }
}

/// Appends text as the inside of a JSON string.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_parses_back() {
        let mut json = Json::default();
        json.open();
        json.text("text", "a \"quoted\" \\ line\nand \u{1} é");
        json.int("amount", -5);
        json.open_list("none");
        json.close_list();
        json.open_at("inner");
        json.flag("yes", true);
        json.nulls(&["a", "b"]);
        json.close();
        json.close();
        let value: serde_json::Value = serde_json::from_str(&json.finish()).unwrap();
        assert_eq!(value["text"], "a \"quoted\" \\ line\nand \u{1} é");
        assert_eq!(value["inner"]["a"], serde_json::Value::Null);
        assert_eq!(value["none"], serde_json::json!([]));
    }
}

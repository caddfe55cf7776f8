//! What a consumer's fields may be.

use super::{MAX_COMPANY_TAGS, MAX_EVENT_TYPE_CHARS, MAX_EVENT_TYPES, MAX_TAG_CHARS, VALIDATOR};
use crate::error::{ApiError, ValidationItem};
use tributary_core::egress::Egress;

/// Fields that are being checked, and which rules they break.
pub(super) struct Checked {
    egress: Egress,
    broken: Vec<ValidationItem>,
}

impl Checked {
    pub(super) fn new(egress: Egress) -> Self {
        Checked { egress, broken: Vec::new() }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, ApiError> {
        if self.broken.is_empty() { Ok(value) } else { Err(ApiError::Invalid(self.broken)) }
    }

    fn refuse(&mut self, item: &str, message: impl Into<String>) {
        self.broken.push(ValidationItem::new(VALIDATOR, item, message));
    }

    pub(super) fn url(&mut self, url: String) -> String {
        match self.egress.read_url(&url) {
            Ok(url) => url.into(),
            Err(problem) => {
                self.refuse("url", format!("the url can't be a consumer's: {problem}"));
                url
            }
        }
    }

    pub(super) fn event_types(&mut self, mut types: Vec<String>) -> Vec<String> {
        keep_first(&mut types);
        if types.is_empty() || types.len() > MAX_EVENT_TYPES {
            self.refuse("eventTypes", format!("there must be 1 to {MAX_EVENT_TYPES} event types"));
        } else if !types.iter().all(|text| is_text(text, MAX_EVENT_TYPE_CHARS)) {
            let message = format!("an event type has 1 to {MAX_EVENT_TYPE_CHARS} characters, and not U+0000");
            self.refuse("eventTypes", message);
        }
        types
    }

    pub(super) fn company_tags(&mut self, mut tags: Vec<String>) -> Vec<String> {
        keep_first(&mut tags);
        let has_both = |tag: &String| tag.split_once(':').is_some_and(|(key, _)| !key.is_empty());
        if tags.len() > MAX_COMPANY_TAGS {
            self.refuse("companyTags", format!("there may be {MAX_COMPANY_TAGS} tags at most"));
        } else if !tags.iter().all(|tag| is_text(tag, MAX_TAG_CHARS) && has_both(tag)) {
            let message =
                format!("a tag is key:value, of {MAX_TAG_CHARS} characters at most, and not U+0000");
            self.refuse("companyTags", message);
        }
        tags
    }
}

fn is_text(text: &str, chars_max: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= chars_max && !text.contains('\0')
}

/// Drops repetitions.
fn keep_first(texts: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    texts.retain(|text| seen.insert(text.clone()));
}

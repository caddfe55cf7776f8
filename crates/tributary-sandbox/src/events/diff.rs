//! What an update changed: `previous_attributes`.

use serde_json::{Map, Value};

/// The former values of what differs between two renderings of one object. Inside objects only what differs is
/// named; lists are named whole; what wasn't there before is null.
pub(crate) fn previous_attributes(before: &Value, after: &Value) -> Map<String, Value> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return Map::new() };
    let mut previous = Map::new();
    for (name, new) in after {
        match before.get(name) {
            Some(old) if old == new => {}
            Some(old @ Value::Object(_)) if new.is_object() => {
                previous.insert(name.clone(), Value::Object(previous_attributes(old, new)));
            }
            Some(old) => {
                previous.insert(name.clone(), old.clone());
            }
            None => {
                previous.insert(name.clone(), Value::Null);
            }
        }
    }
    for (name, old) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        previous.insert(name.clone(), old.clone());
    }
    previous
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_changed_is_named_with_its_former_value() {
        let before = json!({"id": "x", "name": "A", "metadata": {"kept": "1", "gone": "2"}, "list": [1, 2]});
        let after = json!({"id": "x", "name": "B", "metadata": {"kept": "1", "new": "3"}, "list": [1, 3]});
        let previous = previous_attributes(&before, &after);
        assert_eq!(
            Value::Object(previous),
            json!({"name": "A", "metadata": {"gone": "2", "new": null}, "list": [1, 2]})
        );
        assert!(previous_attributes(&after, &after).is_empty());
    }
}

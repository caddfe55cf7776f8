//! What is found wrong with objects while they are read: noted with the window that showed them, and shown with the
//! datasets that they feed.

use crate::stored::StoredJson;
use serde::{Deserialize, Serialize};

/// How many of each kind are kept; beyond that they are counted.
pub const LISTED_MAX: usize = 100;

/// Something wrong, in the contract's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule that isn't met: `commerce-payment-001`.
    #[serde(default)]
    pub rule_id: String,
    /// The object it is about, by Stripe's id, or the list that could not be read.
    pub item_id: String,
    /// What is wrong, for people.
    pub message: String,
    /// Who owns the rule.
    pub validator_name: String,
}

impl TryFrom<StoredJson> for Vec<Finding> {
    type Error = serde_json::Error;

    fn try_from(stored: StoredJson) -> Result<Self, serde_json::Error> {
        stored.read()
    }
}

/// Something wrong with an object, whichever data type shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// The last part of the rule's id: `001`.
    pub rule: String,
    /// The object, by Stripe's id.
    pub item_id: String,
    /// What is wrong, for people.
    pub message: String,
}

/// Notes of one kind: the first hundred, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// The first ones.
    pub listed: Vec<Note>,
    /// All of them.
    pub total: u64,
}

impl Noted {
    /// Adds a note. One that is listed already isn't added: a page may be read twice.
    pub fn add(&mut self, note: Note) {
        if self.listed.contains(&note) {
            return;
        }
        self.total += 1;
        if self.listed.len() < LISTED_MAX {
            self.listed.push(note);
        }
    }

    /// Forgets what is listed of these objects.
    fn forget(&mut self, ids: &[&str]) {
        let listed = self.listed.len();
        self.listed.retain(|note| !ids.contains(&note.item_id.as_str()));
        self.total -= (listed - self.listed.len()) as u64;
    }

    /// Adds what was noted elsewhere.
    fn merge(&mut self, other: &Noted) {
        let unlisted = other.total - other.listed.len() as u64;
        other.listed.iter().cloned().for_each(|note| self.add(note));
        self.total += unlisted;
    }
}

/// What was noted of a window's objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// What keeps datasets from being complete.
    #[serde(default)]
    pub errors: Noted,
    /// What doesn't.
    #[serde(default)]
    pub warnings: Noted,
}

impl Notes {
    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.errors.total == 0 && self.warnings.total == 0
    }

    /// Forgets what is listed of these objects: others tell of them.
    pub fn forget(&mut self, ids: &[&str]) {
        self.errors.forget(ids);
        self.warnings.forget(ids);
    }

    /// Adds what was noted elsewhere.
    pub fn merge(&mut self, other: &Notes) {
        self.errors.merge(&other.errors);
        self.warnings.merge(&other.warnings);
    }
}

impl TryFrom<StoredJson> for Notes {
    type Error = serde_json::Error;

    fn try_from(stored: StoredJson) -> Result<Self, serde_json::Error> {
        stored.read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(number: usize) -> Note {
        Note { rule: "001".to_owned(), item_id: format!("ch_{number}"), message: "odd".to_owned() }
    }

    #[test]
    fn a_hundred_notes_are_listed_and_the_rest_counted() {
        let mut noted = Noted::default();
        (0..150).for_each(|number| noted.add(note(number)));
        noted.add(note(3));
        assert_eq!((noted.listed.len(), noted.total), (100, 150), "the one that is listed already is one");
        let mut all = Noted::default();
        all.add(note(3));
        all.merge(&noted);
        assert_eq!((all.listed.len(), all.total), (100, 150));
        all.merge(&Noted::default());
        assert_eq!(all.total, 150);
    }

    #[test]
    fn what_another_window_tells_of_is_forgotten() {
        let mut notes = Notes::default();
        (0..3).for_each(|number| notes.errors.add(note(number)));
        notes.forget(&["ch_1", "ch_7"]);
        assert_eq!((notes.errors.listed, notes.errors.total), (vec![note(0), note(2)], 2));
    }

    #[test]
    fn a_window_without_notes_is_an_empty_object() {
        assert_eq!(serde_json::from_str::<Notes>("{}").unwrap(), Notes::default());
    }
}

//! What a company may be called, described by and labelled with: the one place for every service
//! (docs/decisions/0018).

use crate::companies::NewCompany;
use std::collections::BTreeMap;
use std::fmt;

/// Characters of a name at most. The contract has no bound; this one is ours.
pub const NAME_CHARS_MAX: usize = 255;
/// Characters of a description at most. The contract has no bound; this one is ours.
pub const DESCRIPTION_CHARS_MAX: usize = 5000;
/// Tags of one company at most (the contract's limit).
pub const TAGS_MAX: usize = 10;
/// Characters of a tag's value at most (the contract's limit).
pub const TAG_VALUE_CHARS_MAX: usize = 100;
/// Characters of `key:value` at most: the contract's limit for what webhook consumers filter by, so that every tag
/// can be filtered by.
pub const TAG_CHARS_MAX: usize = 128;

/// What a name may hold of ASCII beside letters, digits and blanks (the contract's list).
const NAME_MARKS: &str = "-'&@.,?!";

/// One reason why a company can't be stored as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompanyProblem {
    /// Nothing is left of the name.
    #[error("a company needs a name: letters, digits, blanks and - ' & @ . , ? ! are kept")]
    NameEmpty,
    /// The name has more characters than allowed.
    #[error("a company's name has at most {NAME_CHARS_MAX} characters")]
    NameTooLong,
    /// The description is too long, or holds the one character that PostgreSQL can't store.
    #[error("a company's description has at most {DESCRIPTION_CHARS_MAX} characters, and not U+0000")]
    Description,
    /// More tags than allowed.
    #[error("a company has at most {TAGS_MAX} tags")]
    TooManyTags,
    /// A tag without a key.
    #[error("a tag needs a key")]
    TagKeyEmpty,
    /// A tag's value is too long.
    #[error("a tag's value has at most {TAG_VALUE_CHARS_MAX} characters")]
    TagValueTooLong,
    /// A tag is too long as a whole.
    #[error("a tag's key and value have at most {} characters together", TAG_CHARS_MAX - 1)]
    TagTooLong,
    /// A tag holds the one character that PostgreSQL can't store.
    #[error("a tag doesn't hold U+0000")]
    TagNul,
}

impl CompanyProblem {
    /// The field that it is about, in the contract's word.
    pub fn field(self) -> &'static str {
        match self {
            CompanyProblem::NameEmpty | CompanyProblem::NameTooLong => "name",
            CompanyProblem::Description => "description",
            CompanyProblem::TooManyTags
            | CompanyProblem::TagKeyEmpty
            | CompanyProblem::TagValueTooLong
            | CompanyProblem::TagTooLong
            | CompanyProblem::TagNul => "tags",
        }
    }
}

/// Why a company can't be stored as asked: every rule it breaks, each once. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct CompanyRefused(pub Vec<CompanyProblem>);

impl fmt::Display for CompanyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if n == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

/// What is to be stored of a company; `None`: left as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanyChange {
    /// Its name.
    pub name: Option<String>,
    /// Free text; `Some(None)` removes it.
    pub description: Option<Option<String>>,
    /// The platform's own labels, all of them.
    pub tags: Option<BTreeMap<String, String>>,
}

impl CompanyChange {
    /// The change as the rules leave it: characters that a name may not hold are dropped, as the contract wants.
    pub(super) fn checked(mut self) -> Result<Self, CompanyRefused> {
        let mut problems = Vec::new();
        if let Some(name) = &mut self.name {
            *name = clean_name(name);
            if name.is_empty() {
                problems.push(CompanyProblem::NameEmpty);
            }
            if is_longer(name, NAME_CHARS_MAX) {
                problems.push(CompanyProblem::NameTooLong);
            }
        }
        if let Some(Some(description)) = &self.description
            && (is_longer(description, DESCRIPTION_CHARS_MAX) || description.contains('\0'))
        {
            problems.push(CompanyProblem::Description);
        }
        check_tags(self.tags.iter().flatten(), &mut problems);
        if problems.is_empty() { Ok(self) } else { Err(CompanyRefused(problems)) }
    }
}

/// A new company as the rules leave it.
pub(super) fn checked(new: NewCompany) -> Result<NewCompany, CompanyRefused> {
    let NewCompany { name, description, tags, created_by } = new;
    let change =
        CompanyChange { name: Some(name), description: Some(description), tags: Some(tags) }.checked()?;
    Ok(NewCompany {
        name: change.name.unwrap_or_default(),
        description: change.description.flatten(),
        tags: change.tags.unwrap_or_default(),
        created_by,
    })
}

fn check_tags<'a>(tags: impl Iterator<Item = (&'a String, &'a String)>, problems: &mut Vec<CompanyProblem>) {
    let mut count = 0;
    let mut add = |broken: bool, problem| {
        if broken && !problems.contains(&problem) {
            problems.push(problem);
        }
    };
    for (key, value) in tags {
        count += 1;
        add(key.trim().is_empty(), CompanyProblem::TagKeyEmpty);
        add(is_longer(value, TAG_VALUE_CHARS_MAX), CompanyProblem::TagValueTooLong);
        add(key.chars().count() + 1 + value.chars().count() > TAG_CHARS_MAX, CompanyProblem::TagTooLong);
        add(key.contains('\0') || value.contains('\0'), CompanyProblem::TagNul);
    }
    add(count > TAGS_MAX, CompanyProblem::TooManyTags);
}

fn is_longer(text: &str, chars_max: usize) -> bool {
    text.chars().nth(chars_max).is_some()
}

/// A name without what it may not hold: of ASCII the contract's list stays; of everything else all but control
/// characters and those that are invisible or turn the direction of what follows, so that a name in any script is
/// kept whole. Any white space is a blank; outer blanks go.
fn clean_name(name: &str) -> String {
    let kept = |c: &char| match c {
        c if c.is_ascii() => c.is_ascii_alphanumeric() || *c == ' ' || NAME_MARKS.contains(*c),
        '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => false,
        c => !c.is_control(),
    };
    let blank = |c: char| if c.is_whitespace() { ' ' } else { c };
    name.chars().map(blank).filter(kept).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_characters_of_a_name_are_dropped_and_every_script_is_kept() {
        for (given, kept) in [
            ("Company (Codat[1])", "Company Codat1"),
            (" <b>Toft's &\tSons, a-z?!</b> ", "bToft's & Sons, a-z?!b"),
            ("Café \"Zoë\"", "Café Zoë"),
            ("日本商店", "日本商店"),
            ("हिन्दी", "हिन्दी"),
            ("a\u{202e}b\u{0}c\u{85}d\u{feff}", "abc d"),
            ("<>{}\n", ""),
        ] {
            assert_eq!(clean_name(given), kept, "{given:?}");
        }
    }

    fn problems(change: CompanyChange) -> Vec<CompanyProblem> {
        change.checked().err().map(|refused| refused.0).unwrap_or_default()
    }

    fn tagged(tags: &[(&str, &str)]) -> CompanyChange {
        let tags = tags.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        CompanyChange { tags: Some(tags), ..CompanyChange::default() }
    }

    #[test]
    fn every_broken_rule_is_told_once() {
        let mut change = tagged(&[("", "\0"), (" ", "x"), ("k", &"é".repeat(101))]);
        change.name = Some("a".repeat(256));
        change.description = Some(Some("nul \0".to_owned()));
        let broken = problems(change);
        use CompanyProblem::*;
        assert_eq!(broken, [NameTooLong, Description, TagKeyEmpty, TagNul, TagValueTooLong]);
        let text = CompanyRefused(vec![NameEmpty, TooManyTags]).to_string();
        assert!(
            text.starts_with("a company needs a name") && text.ends_with("; a company has at most 10 tags")
        );
    }

    #[test]
    fn bounds_are_inclusive() {
        let (key, value) = ("é".repeat(27), "é".repeat(100));
        assert_eq!(problems(tagged(&[(&key, &value), (&"k".repeat(126), "v")])), []);
        assert_eq!(problems(tagged(&[(&"k".repeat(28), &value)])), [CompanyProblem::TagTooLong]);
        let keys: Vec<String> = (0..11).map(|n| n.to_string()).collect();
        let tags: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "x")).collect();
        assert_eq!(problems(tagged(&tags[..10])), []);
        assert_eq!(problems(tagged(&tags)), [CompanyProblem::TooManyTags]);
        let change = CompanyChange {
            name: Some("a".repeat(255)),
            description: Some(Some("é".repeat(5000))),
            ..CompanyChange::default()
        };
        assert_eq!(problems(change), []);
        let change = CompanyChange { description: Some(Some("é".repeat(5001))), ..CompanyChange::default() };
        assert_eq!(problems(change), [CompanyProblem::Description]);
    }
}

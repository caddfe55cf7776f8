//! Creating a company.

use crate::companies::{self, Company, NewCompany};
use crate::conn::AnyConn;
use crate::error::DbError;
use tributary_core::Millis;
use tributary_core::ids::PlatformNo;

const NAME_CHARS_MAX: usize = 255;
const DESCRIPTION_CHARS_MAX: usize = 5000;
const TAGS_MAX: usize = 10;
const TAG_CHARS_MAX: usize = 100;

/// What a name may hold beside letters, digits and spaces (the contract's list).
const NAME_MARKS: &str = "-'&@.,?!";

/// Why a company can't be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompanyError {
    /// Nothing is left of the name.
    #[error("a company needs a name: letters, digits, spaces and - ' & @ . , ? ! are kept")]
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
    /// A tag without a key, or with too long a key or value.
    #[error("a tag has a key of 1 to {TAG_CHARS_MAX} characters and a value of at most {TAG_CHARS_MAX}")]
    Tag,
}

/// Creates a company. Characters that a name may not hold are dropped, as the contract wants.
pub fn create_company(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    new: NewCompany,
    now: Millis,
) -> Result<Result<Company, CompanyError>, DbError> {
    match check(new) {
        Ok(new) => companies::create(conn, platform_no, new, now).map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

fn check(mut new: NewCompany) -> Result<NewCompany, CompanyError> {
    let allowed = |c: &char| c.is_alphanumeric() || *c == ' ' || NAME_MARKS.contains(*c);
    let name: String = new.name.chars().filter(allowed).collect();
    new.name = name.trim().to_owned();
    if new.name.is_empty() {
        return Err(CompanyError::NameEmpty);
    }
    if new.name.chars().count() > NAME_CHARS_MAX {
        return Err(CompanyError::NameTooLong);
    }
    let description = new.description.as_deref().unwrap_or_default();
    if description.chars().count() > DESCRIPTION_CHARS_MAX || description.contains('\0') {
        return Err(CompanyError::Description);
    }
    if new.tags.len() > TAGS_MAX {
        return Err(CompanyError::TooManyTags);
    }
    let fits = |text: &str| text.chars().count() <= TAG_CHARS_MAX;
    if !new.tags.iter().all(|(key, value)| !key.trim().is_empty() && fits(key) && fits(value)) {
        return Err(CompanyError::Tag);
    }
    Ok(new)
}

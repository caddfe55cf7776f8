//! Companies.

use crate::connections::Connection;
use crate::empty::EmptyList;
use crate::error::{ApiError, ValidationItem};
use crate::request;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tributary_core::ids::CompanyId;
use tributary_core::{Millis, PlatformKey};
use utoipa::ToSchema;

/// The most characters of a company's name, as in the store. The contract has no bound; this one is ours.
pub const MAX_NAME_CHARS: usize = 255;
/// The most characters of a company's description. The contract has no bound; this one is ours.
pub const MAX_DESCRIPTION_CHARS: usize = 5000;
/// The most tags of a company.
pub const MAX_TAGS: usize = 10;
/// The most characters of a tag's key.
pub const MAX_TAG_KEY_CHARS: usize = 27;
/// The most characters of a tag's value.
pub const MAX_TAG_VALUE_CHARS: usize = 100;

/// A company, with all its connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// Its name; two companies may share one.
    pub name: String,
    /// Free text, often the platform's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The hosted Link page for all its connections.
    pub redirect: String,
    /// When any of its connections last synced successfully.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sync: Option<Millis>,
    /// When it was created.
    pub created: Millis,
    /// The user or API key that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by_user_name: Option<String>,
    /// Labels of Codat's products: none.
    pub products: EmptyList,
    /// The platform's own labels.
    pub tags: BTreeMap<String, String>,
    /// Companies below it: there is no hierarchy.
    pub reference_subsidiary_companies: EmptyList,
    /// Users who own it: nobody in particular.
    pub owner_user_ids: EmptyList,
    /// Its connections.
    pub data_connections: Vec<Connection>,
}

/// A request to create a company, as its rules leave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyRequest {
    /// The name without forbidden characters; not blank.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// At most ten labels.
    pub tags: BTreeMap<String, String>,
    /// Older clients ask for a first connection at once by `platformType`.
    pub connect_to: Option<PlatformKey>,
}

/// The body of a request to create a company.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyRequestBody {
    /// Its name. Characters other than letters, digits, blanks and `- ' & @ . , ? !` are dropped.
    #[schema(required, nullable = false, min_length = 1, max_length = 255)]
    name: Option<String>,
    /// Free text, often your own id of it.
    #[schema(max_length = 5000)]
    description: Option<String>,
    /// Your own labels: ten at most, keys of up to 27 characters, values of up to 100.
    tags: Option<BTreeMap<String, String>>,
    /// Asks for a first connection at once: the key or the name of an integration, `exgd` or `stripe`.
    platform_type: Option<String>,
}

impl CompanyRequest {
    /// Reads a body. All broken rules are reported at once.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        let body: CompanyRequestBody = request::object(body, VALIDATOR)?;
        let (tags, description) = (body.tags.unwrap_or_default(), body.description);
        let mut broken = Vec::new();
        let name = body.name.as_deref().map(clean_name).unwrap_or_default();
        check_name(&name, &mut broken);
        check_description(description.as_deref().unwrap_or_default(), &mut broken);
        check_tags(&tags, &mut broken);
        let platform_type = body.platform_type.filter(|text| !text.is_empty());
        let connect_to = platform_type.and_then(|text| read_platform(&text, &mut broken));
        if broken.is_empty() {
            Ok(CompanyRequest { name, description, tags, connect_to })
        } else {
            Err(ApiError::Invalid(broken))
        }
    }
}

/// Who owns the rules below, in validation items.
const VALIDATOR: &str = "CreateCompany";

/// A company's name without what the contract forbids: only ASCII letters and digits, blanks and
/// `- ' & @ . , ? !` stay. Forbidden characters are dropped, not refused; outer blanks go too.
pub fn clean_name(name: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "-'&@.,?!".contains(*c);
    let kept = name.chars().filter(allowed).map(|c| if c.is_ascii_whitespace() { ' ' } else { c });
    kept.collect::<String>().trim().to_owned()
}

fn check_name(name: &str, broken: &mut Vec<ValidationItem>) {
    if name.is_empty() {
        let message = "name is required: letters, digits, blanks and - ' & @ . , ? !";
        broken.push(ValidationItem::new(VALIDATOR, "name", message));
    }
    check_length("name", name, MAX_NAME_CHARS, broken);
}

fn check_description(description: &str, broken: &mut Vec<ValidationItem>) {
    check_length("description", description, MAX_DESCRIPTION_CHARS, broken);
    check_storable("description", description, broken);
}

fn check_tags(tags: &BTreeMap<String, String>, broken: &mut Vec<ValidationItem>) {
    if tags.len() > MAX_TAGS {
        broken.push(ValidationItem::new(VALIDATOR, "tags", format!("there may be {MAX_TAGS} tags at most")));
        return;
    }
    for (key, value) in tags {
        if key.is_empty() {
            broken.push(ValidationItem::new(VALIDATOR, "tags", "a tag's key may not be empty"));
        }
        check_length("tag key", key, MAX_TAG_KEY_CHARS, broken);
        check_length("tag value", value, MAX_TAG_VALUE_CHARS, broken);
        check_storable("tag key", key, broken);
        check_storable("tag value", value, broken);
    }
}

fn check_length(what: &str, text: &str, max_chars: usize, broken: &mut Vec<ValidationItem>) {
    if text.chars().nth(max_chars).is_some() {
        let message = format!("a {what} may have {max_chars} characters at most");
        broken.push(ValidationItem::new(VALIDATOR, what, message));
    }
}

/// PostgreSQL's text holds every character but this one.
fn check_storable(what: &str, text: &str, broken: &mut Vec<ValidationItem>) {
    if text.contains('\0') {
        let message = format!("a {what} may not contain the character U+0000");
        broken.push(ValidationItem::new(VALIDATOR, what, message));
    }
}

/// Reads a platform key, or the slug that stood for it in older clients.
fn read_platform(text: &str, broken: &mut Vec<ValidationItem>) -> Option<PlatformKey> {
    let slug = |key: &PlatformKey| key.display_name().to_lowercase().replace(' ', "-");
    let found = PlatformKey::ALL.into_iter().find(|key| key.as_str() == text || slug(key) == text);
    if found.is_none() {
        let message = "platformType must be exgd (Stripe) or yzth (Stripe Test)";
        broken.push(ValidationItem::new(VALIDATOR, "platformType", message));
    }
    found
}

#[cfg(test)]
mod tests;

//! Companies.

use crate::connections::Connection;
use crate::empty::EmptyList;
use crate::error::ApiError;
use crate::request;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tributary_core::ids::CompanyId;
use tributary_core::{Millis, PlatformKey};
use utoipa::ToSchema;

/// A company; answers show it with all its connections.
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
    /// Labels of the contract's products, the first added first.
    pub products: Vec<String>,
    /// The platform's own labels.
    pub tags: BTreeMap<String, String>,
    /// Companies below it: there is no hierarchy.
    pub reference_subsidiary_companies: EmptyList,
    /// Users who own it: nobody in particular.
    pub owner_user_ids: EmptyList,
    /// Its connections; none in messages, which leave them out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_connections: Option<Vec<Connection>>,
}

/// A request to create a company, or to replace what is known of one. The store's rules decide whether it may be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyRequest {
    /// The name; empty where none was given.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// The platform's own labels.
    pub tags: BTreeMap<String, String>,
    /// Older clients ask for a first connection at once by `platformType`.
    pub connect_to: Option<PlatformKey>,
}

/// A request to change a company; what is `None` was absent or null, and stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default)]
pub struct CompanyUpdateRequest {
    /// Its name. Of ASCII only letters, digits, blanks and `- ' & @ . , ? !` are kept.
    #[schema(min_length = 1, max_length = 255)]
    pub name: Option<String>,
    /// Free text, often your own id of it.
    #[schema(max_length = 5000)]
    pub description: Option<String>,
    /// Your own labels, all of them: an empty object removes them.
    pub tags: Option<BTreeMap<String, String>>,
}

/// The body of a request to create a company, or to replace what is known of one.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanyRequestBody {
    /// Its name. Of ASCII only letters, digits, blanks and `- ' & @ . , ? !` are kept.
    #[schema(required, nullable = false, min_length = 1, max_length = 255)]
    name: Option<String>,
    /// Free text, often your own id of it.
    #[schema(max_length = 5000)]
    description: Option<String>,
    /// Your own labels: ten at most, values of up to 100 characters, each with its key of up to 127.
    tags: Option<BTreeMap<String, String>>,
    /// Asks for a first connection at once: the key or the name of an integration, `exgd` or `stripe`.
    platform_type: Option<String>,
}

impl CompanyRequest {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        let body: CompanyRequestBody = request::object(body, CREATE)?;
        let platform_type = body.platform_type.filter(|text| !text.is_empty());
        Ok(CompanyRequest {
            name: body.name.unwrap_or_default(),
            description: body.description,
            tags: body.tags.unwrap_or_default(),
            connect_to: platform_type.map(|text| read_platform(&text)).transpose()?,
        })
    }
}

impl CompanyUpdateRequest {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        request::object(body, UPDATE)
    }
}

/// Who owns the rules of new companies, in validation items.
pub const CREATE: &str = "CreateCompany";
/// Who owns the rules of changed companies, in validation items.
pub const UPDATE: &str = "UpdateCompany";

/// Reads a platform key, or the slug that stood for it in older clients.
fn read_platform(text: &str) -> Result<PlatformKey, ApiError> {
    let slug = |key: &PlatformKey| key.display_name().to_lowercase().replace(' ', "-");
    let found = PlatformKey::ALL.into_iter().find(|key| key.as_str() == text || slug(key) == text);
    found.ok_or_else(|| {
        ApiError::invalid(CREATE, "platformType", "platformType must be exgd (Stripe) or yzth (Stripe Test)")
    })
}

#[cfg(test)]
mod tests;

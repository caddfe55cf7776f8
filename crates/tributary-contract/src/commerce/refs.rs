//! References to other records.

use serde::Serialize;
use tributary_core::commerce::SourceType;
use utoipa::ToSchema;

/// A reference to the record that caused another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceRef {
    /// The record's id.
    pub id: String,
    /// What kind of record it is.
    #[serde(rename = "type")]
    pub kind: SourceType,
}

/// A reference to a record of a kind that the field's name tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedRef {
    /// The record's id.
    pub id: String,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

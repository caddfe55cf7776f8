use serde::Serialize;
use tributary_core::Millis;
use utoipa::ToSchema;

/// A record that lists and gets no longer show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedRecord {
    /// The record's id.
    pub id: String,
    /// When it went: on the same clock as the `modifiedDate` of records.
    pub modified_date: Millis,
}

use serde::Serialize;
use serde_json::value::RawValue;
use tributary_core::{Millis, Resource};
use utoipa::ToSchema;

/// An object of Stripe's as it was received, and when what it says was true, on Stripe's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceObjectRef {
    /// Stripe's list that it is in.
    #[serde(serialize_with = "crate::text")]
    #[schema(value_type = String, example = "charges")]
    pub resource: Resource,
    /// Stripe's id.
    pub id: String,
    /// When it came to be at Stripe; some objects don't say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Millis>,
    /// Before this moment it may have said something else.
    pub observed_from: Millis,
    /// After this moment it may have changed.
    pub observed_to: Millis,
    /// Whether it is gone.
    pub deleted: bool,
}

/// A source object with its JSON.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceObject {
    /// Which it is.
    #[serde(flatten)]
    pub of: SourceObjectRef,
    /// The object as Stripe sent it, but for secrets, which are cut before anything is stored.
    #[schema(value_type = Object)]
    pub object: Box<RawValue>,
}

/// The source objects that a record was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceObjectRefs {
    /// The object that its row was made from first.
    pub results: Vec<SourceObjectRef>,
}

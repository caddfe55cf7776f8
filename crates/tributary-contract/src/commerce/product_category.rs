//! Product categories.

use crate::EmptyList;
use serde::Serialize;
use tributary_core::Millis;
use utoipa::ToSchema;

/// A category of products. Stripe has none: the list is valid and empty, and this is what it would hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProductCategory {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Categories above it.
    pub ancestor_refs: EmptyList,
    /// Whether there are categories below it.
    pub has_children: bool,
    /// When what Tributary shows of it last changed.
    pub modified_date: Millis,
}

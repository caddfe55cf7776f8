//! Lists of the contract's that stay empty.

use serde::ser::{Serialize, SerializeSeq, Serializer};
use tributary_core::schema::SchemaRef;
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems};
use utoipa::{PartialSchema, ToSchema};

/// A list that the contract wants in every answer and a Stripe merchant's data never fills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmptyList;

impl Serialize for EmptyList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_seq(Some(0))?.end()
    }
}

impl PartialSchema for EmptyList {
    fn schema() -> SchemaRef {
        let list = ArrayBuilder::new().items(ArrayItems::False).max_items(Some(0));
        list.description(Some("Always empty: Stripe has nothing to fill it with.")).into()
    }
}

impl ToSchema for EmptyList {}

//! Lists of the contract's that stay empty.

use serde::ser::{Serialize, SerializeSeq, Serializer};

/// A list that the contract wants in every answer and a Stripe merchant's data never fills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmptyList;

impl Serialize for EmptyList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_seq(Some(0))?.end()
    }
}

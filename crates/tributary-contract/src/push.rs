//! Writing to the source. Stripe's data is only read, so that there is nothing of it.

use serde::{Serialize, Serializer};
use tributary_core::schema::SchemaRef;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::{PartialSchema, ToSchema};

/// A record written to the source: there never is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOperation {}

impl Serialize for PushOperation {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl PartialSchema for PushOperation {
    fn schema() -> SchemaRef {
        let object = ObjectBuilder::new().schema_type(Type::Object);
        object.description(Some("A record written to the source: there never is one.")).into()
    }
}

impl ToSchema for PushOperation {}

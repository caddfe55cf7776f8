//! Locations: rows from `/v1/terminal/locations`.

use crate::bulk::{Record, Value};
use crate::query::{Field, Fields};
use crate::records::listed::listed;
use diesel::Queryable;

/// A place of business with terminals.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Location {
    /// Stripe's id.
    pub id: String,
    /// The merchant's name for it.
    pub name: Option<String>,
    /// A JSON object in the contract's form.
    pub address: Option<String>,
}

impl Record for Location {
    type Table = crate::schema::locations::table;
    const TABLE: &'static str = "locations";
    const COLUMNS: &'static [&'static str] = &["name", "address"];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![Value::Text(self.name.as_deref()), Value::Text(self.address.as_deref())]
    }
}

/// What may be asked of locations.
pub const FIELDS: &Fields = &Fields::undated(
    "Location",
    "locations",
    Field::id("id", "locations.id"),
    &[Field::date("modifiedDate", "locations.modified_ms"), Field::text("name", "locations.name").optional()],
);

listed!(locations, Location, (id, name, address));

//! Customers: rows from `/v1/customers`.

use crate::bulk::{Record, Value};
use crate::query::{Field, Fields};
use crate::records::listed::listed;
use diesel::Queryable;

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Customer {
    /// Stripe's id.
    pub id: String,
    /// Name, as given.
    pub name: Option<String>,
    /// E-mail address, as given.
    pub email: Option<String>,
    /// Phone number, as given.
    pub phone: Option<String>,
    /// Currency of its invoices, upper case; unset until the first.
    pub currency: Option<String>,
    /// Stripe's `description`.
    pub note: Option<String>,
    /// A JSON list of addresses in the contract's form: billing, then delivery.
    pub addresses: String,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
}

impl Record for Customer {
    type Table = crate::schema::customers::table;
    const TABLE: &'static str = "customers";
    const COLUMNS: &'static [&'static str] =
        &["name", "email", "phone", "currency", "note", "addresses", "created_ms"];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(self.name.as_deref()),
            Value::Text(self.email.as_deref()),
            Value::Text(self.phone.as_deref()),
            Value::Text(self.currency.as_deref()),
            Value::Text(self.note.as_deref()),
            Value::Text(Some(&self.addresses)),
            Value::Int(Some(self.created_ms)),
        ]
    }
}

/// What may be asked of customers.
pub const FIELDS: &Fields = &Fields::new(
    "Customer",
    "customers",
    [Field::id("id", "customers.id"), Field::date("createdDate", "customers.created_ms")],
    &[
        Field::date("modifiedDate", "customers.modified_ms"),
        Field::text("customerName", "NULLIF(customers.name, '')").optional(),
        Field::text("emailAddress", "NULLIF(customers.email, '')").optional(),
        Field::text("phone", "NULLIF(customers.phone, '')").optional(),
        Field::code("defaultCurrency", "customers.currency").optional(),
        Field::text("note", "NULLIF(customers.note, '')").optional(),
    ],
);

listed!(customers, Customer, (id, name, email, phone, currency, note, addresses, created_ms,));

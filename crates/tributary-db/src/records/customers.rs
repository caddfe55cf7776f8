//! Customers: rows from `/v1/customers`.

use crate::bulk::{Record, Value};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::page::Page;
use crate::records::Stamped;
use crate::schema::customers::dsl;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};
use tributary_core::ids::ConnectionNo;

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

/// The columns of [`Customer`], in its order.
const COLUMNS: Columns =
    (dsl::id, dsl::name, dsl::email, dsl::phone, dsl::currency, dsl::note, dsl::addresses, dsl::created_ms);
type Columns =
    (dsl::id, dsl::name, dsl::email, dsl::phone, dsl::currency, dsl::note, dsl::addresses, dsl::created_ms);

/// One page, newest first, and how many there are in all. Deleted ones don't count.
pub fn list(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    page: Page,
) -> Result<(Vec<Stamped<Customer>>, i64), DbError> {
    let rows = dsl::customers
        .filter(dsl::connection_no.eq(connection.0))
        .filter(diesel::dsl::not(dsl::deleted))
        .order((dsl::created_ms.desc(), dsl::id))
        .offset(page.offset)
        .limit(page.limit)
        .select((COLUMNS, dsl::modified_ms))
        .load(conn)?;
    let total = dsl::customers
        .filter(dsl::connection_no.eq(connection.0))
        .filter(diesel::dsl::not(dsl::deleted))
        .count()
        .get_result(conn)?;
    Ok((rows, total))
}

/// One record; none when it is deleted.
pub fn find(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    id: &str,
) -> Result<Option<Stamped<Customer>>, DbError> {
    let row = dsl::customers
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::id.eq(id))
        .filter(diesel::dsl::not(dsl::deleted))
        .select((COLUMNS, dsl::modified_ms))
        .first(conn)
        .optional()?;
    Ok(row)
}

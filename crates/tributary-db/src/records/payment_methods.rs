//! Payment methods, as the newest charge of each shows it.
//!
//! Many charges share a method, so that no charge can own its row (rule E8). The rows follow from those of
//! `payments`, in the transaction that writes them. Of two charges the newer counts, whichever arrives first, so
//! that the rows are the same after any order of arrival.

use crate::bulk::{Owner, Record, Rows, Value, write};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::query::{Field, Fields};
use crate::records::IDS_AT_ONCE;
use crate::records::listed::listed;
use crate::records::payments::Payment;
use crate::schema;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;
use tributary_core::Resource;
use tributary_core::ids::ConnectionNo;

/// A payment method.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct PaymentMethod {
    /// Stripe's id.
    pub id: String,
    /// For people, such as `Visa ending 4242`.
    pub name: Option<String>,
    /// When that charge was made: UTC milliseconds.
    pub used_ms: i64,
    /// The charge: the newest of the method, and of two of one moment that with the greater id.
    pub charge_id: String,
}

impl Record for PaymentMethod {
    type Table = crate::schema::payment_methods::table;
    const TABLE: &'static str = "payment_methods";
    const COLUMNS: &'static [&'static str] = &["name", "used_ms", "charge_id"];
    const NEWEST_BY: Option<&'static [&'static str]> = Some(&["used_ms", "charge_id"]);

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(self.name.as_deref()),
            Value::Int(Some(self.used_ms)),
            Value::Text(Some(&self.charge_id)),
        ]
    }
}

/// What may be asked of payment methods.
pub const FIELDS: &Fields = &Fields::undated(
    "PaymentMethod",
    "payment_methods",
    Field::id("id", "payment_methods.id"),
    &[
        Field::date("modifiedDate", "payment_methods.modified_ms"),
        Field::text("name", "payment_methods.name").optional(),
        Field::text("status", "'Active'"),
    ],
);

listed!(payment_methods, PaymentMethod, (id, name, used_ms, charge_id));

/// Writes the methods of charges, and returns how many rows were written.
pub(super) fn gather(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    payments: &[&Payment],
) -> Result<usize, DbError> {
    let mut newest: HashMap<&str, &Payment> = HashMap::new();
    for charge in payments.iter().filter(|payment| payment.resource == Resource::Charges.as_str()) {
        let Some(method) = charge.payment_method_id.as_deref() else { continue };
        let known = newest.entry(method).or_insert(charge);
        if (charge.created_ms, &charge.id) > (known.created_ms, &known.id) {
            *known = charge;
        }
    }
    let row = |(method, charge): (&str, &Payment)| PaymentMethod {
        id: method.to_owned(),
        name: charge.payment_method_name.clone(),
        used_ms: charge.created_ms,
        charge_id: charge.id.clone(),
    };
    let rows: Vec<PaymentMethod> = newest.into_iter().map(row).collect();
    // Rows are new only once: the methods of a first run's later pages are there already.
    Ok(write(conn, owner, modified_ms, &rows.iter().collect::<Vec<_>>(), Rows::Any)?)
}

/// Has the methods that buried charges showed shown by the newest charge that is left, and marks those as deleted of
/// which none is.
pub(super) fn bury_shown_by(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    charges: &[String],
) -> Result<(), DbError> {
    use schema::{payment_methods, payments};
    for charges in charges.chunks(IDS_AT_ONCE) {
        let methods: Vec<Option<String>> = payments::table
            .filter(payments::connection_no.eq(owner.connection_no.0))
            .filter(payments::id.eq_any(charges))
            .select(payments::payment_method_id)
            .distinct()
            .load(conn)?;
        let methods: Vec<String> = methods.into_iter().flatten().collect();
        let shown = payment_methods::table
            .filter(payment_methods::connection_no.eq(owner.connection_no.0))
            .filter(payment_methods::id.eq_any(methods))
            .filter(payment_methods::charge_id.eq_any(charges))
            .filter(diesel::dsl::not(payment_methods::deleted));
        let shown: Vec<String> = shown.select(payment_methods::id).load(conn)?;
        diesel::update(payment_methods::table)
            .filter(payment_methods::connection_no.eq(owner.connection_no.0))
            .filter(payment_methods::id.eq_any(&shown))
            .set((payment_methods::deleted.eq(true), payment_methods::modified_ms.eq(modified_ms)))
            .execute(conn)?;
        // What is deleted is written again by whatever charge comes, an older one too.
        let mut rows = Vec::new();
        for method in &shown {
            rows.extend(of_newest_charge(conn, owner.connection_no, method)?);
        }
        write(conn, owner, modified_ms, &rows.iter().collect::<Vec<_>>(), Rows::Any)?;
    }
    Ok(())
}

/// A method as the newest of its charges shows it.
fn of_newest_charge(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    method: &str,
) -> Result<Option<PaymentMethod>, DbError> {
    use schema::payments::dsl;
    let newest: Option<(Option<String>, i64, String)> = dsl::payments
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::payment_method_id.eq(method))
        .filter(dsl::resource.eq(Resource::Charges.as_str()))
        .filter(diesel::dsl::not(dsl::deleted))
        .order((dsl::created_ms.desc(), dsl::id.desc()))
        .select((dsl::payment_method_name, dsl::created_ms, dsl::id))
        .first(conn)
        .optional()?;
    let row = |(name, used_ms, charge_id)| PaymentMethod { id: method.to_owned(), name, used_ms, charge_id };
    Ok(newest.map(row))
}

//! Records that lists and gets no longer show: readers that read what changed learn here what went.

use crate::query::{CountOf, Field, Fields, ListQuery, PageOf, Place, Rows, Start};
use crate::{AnyConn, Both, DbError};
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use std::marker::PhantomData;
use tributary_core::DataType;
use tributary_core::ids::ConnectionNo;

/// The deleted rows of a table, those that went last first.
macro_rules! of_table {
    ($table:literal) => {{
        const FIELDS: &Fields = &Fields::new(
            "DeletedRecord",
            $table,
            [
                Field::id("id", concat!($table, ".id")),
                Field::date("modifiedDate", concat!($table, ".modified_ms")),
            ],
            &[],
        )
        .deleted();
        FIELDS
    }};
}

/// What may be asked of the deleted records of a data type. None where none can go: the merchant stays, and there
/// are no product categories.
pub fn of_data_type(data_type: DataType) -> Option<&'static Fields> {
    Some(match data_type {
        DataType::CompanyInfo | DataType::ProductCategories => return None,
        DataType::Customers => of_table!("customers"),
        DataType::Disputes => of_table!("disputes"),
        DataType::Locations => of_table!("locations"),
        DataType::Orders => of_table!("orders"),
        DataType::PaymentMethods => of_table!("payment_methods"),
        DataType::Payments => of_table!("payments"),
        DataType::Products => of_table!("products"),
        DataType::TaxComponents => of_table!("tax_components"),
        DataType::Transactions => of_table!("transactions"),
    })
}

/// What may be asked of deleted subscriptions.
pub fn subscriptions() -> &'static Fields {
    of_table!("subscriptions")
}

/// What may be asked of deleted invoices.
pub fn invoices() -> &'static Fields {
    of_table!("invoices")
}

/// What may be asked of deleted payouts.
pub fn payouts() -> &'static Fields {
    of_table!("payouts")
}

/// The id of a deleted record, and when it went (UTC milliseconds).
pub type Gone = (String, i64);

/// A part of a connection's deleted records, and from where the part that follows it is reached, where the order has
/// places for that. It begins at `start`, or else at the page's offset.
pub fn page(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    fields: &'static Fields,
    query: &ListQuery,
    start: Option<&Start>,
) -> Result<(Vec<Gone>, Option<Start>), DbError> {
    let rows = Rows { fields, connection };
    let columns = &["id", "modified_ms"];
    let page = PageOf::<((Text, BigInt), BigInt)> { rows, query, start, columns, types: PhantomData };
    let found: Vec<(Gone, i64)> = Both(page).load(conn)?;
    let end = found
        .last()
        .filter(|_| query.is_by_date())
        .map(|((id, _), value)| Start { after: Place { value: *value, id: id.clone() }, skip: 0 });
    Ok((found.into_iter().map(|(row, _)| row).collect(), end))
}

/// How many of a connection's deleted records the query's filter leaves.
pub fn count(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    fields: &'static Fields,
    query: &ListQuery,
) -> Result<i64, DbError> {
    let rows = Rows { fields, connection };
    Ok(Both(CountOf { rows, filter: &query.filter }).get_result(conn)?)
}

//! Lists and gets: the same for every record type that has them.

use super::Stamped;
use crate::bulk::Record;
use crate::query::{CountOf, Fields, ListQuery, Rows, Start};
use crate::{AnyConn, Both, DbError, Page};
use diesel::RunQueryDsl;
use tributary_core::ids::ConnectionNo;

/// A kind of record that is listed, without what is deleted.
pub trait Listed: Record + Send {
    /// What may be asked of it.
    const FIELDS: &'static Fields;
    /// The columns that a list reads.
    const LISTED: &'static [&'static str];

    /// A part of a connection's records, each with the date that the list is ordered by, or 0. It is reached from
    /// `start`, where one is known and the list is by a date.
    fn page(
        conn: &mut AnyConn,
        connection: ConnectionNo,
        query: &ListQuery,
        start: Option<&Start>,
    ) -> Result<Vec<(Stamped<Self>, i64)>, DbError>;

    /// One record; none when it is deleted.
    fn find(conn: &mut AnyConn, connection: ConnectionNo, id: &str)
    -> Result<Option<Stamped<Self>>, DbError>;

    /// How many of a connection's records the query's filter leaves.
    fn count(conn: &mut AnyConn, connection: ConnectionNo, query: &ListQuery) -> Result<i64, DbError> {
        let rows = Rows { fields: Self::FIELDS, connection };
        Ok(Both(CountOf { rows, filter: &query.filter }).get_result(conn)?)
    }

    /// How many records of a connection there are.
    fn total(conn: &mut AnyConn, connection: ConnectionNo) -> Result<i64, DbError> {
        Self::count(conn, connection, &ListQuery::newest(Self::FIELDS, Page { offset: 0, limit: 0 }))
    }
}

/// Makes a table's record [`Listed`], and writes `list` and `find` for it. The module's `FIELDS` says what may be asked
/// of it; the columns stand in the order of the record's fields.
macro_rules! listed {
    ($table:ident, $record:ident, ($($column:ident),+ $(,)?)) => {
        impl crate::records::Listed for $record {
            const FIELDS: &'static crate::query::Fields = FIELDS;
            const LISTED: &'static [&'static str] = &[
                $(<crate::schema::$table::$column as diesel::Column>::NAME,)+
                <crate::schema::$table::modified_ms as diesel::Column>::NAME,
            ];

            fn page(
                conn: &mut crate::AnyConn,
                connection: tributary_core::ids::ConnectionNo,
                query: &crate::query::ListQuery,
                start: Option<&crate::query::Start>,
            ) -> Result<Vec<(crate::records::Stamped<$record>, i64)>, crate::DbError> {
                use crate::schema::$table::dsl;
                use diesel::{Expression, RunQueryDsl};
                type Row = (
                    ($(<dsl::$column as Expression>::SqlType),+),
                    <dsl::modified_ms as Expression>::SqlType,
                );
                type Types = (Row, diesel::sql_types::BigInt);
                let page = crate::query::PageOf::<Types> {
                    rows: crate::query::Rows { fields: FIELDS, connection },
                    query,
                    start,
                    columns: Self::LISTED,
                    types: std::marker::PhantomData,
                };
                Ok(crate::Both(page).load(conn)?)
            }

            fn find(
                conn: &mut crate::AnyConn,
                connection: tributary_core::ids::ConnectionNo,
                id: &str,
            ) -> Result<Option<crate::records::Stamped<$record>>, crate::DbError> {
                use crate::schema::$table::dsl;
                use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
                Ok(dsl::$table
                    .filter(dsl::connection_no.eq(connection.0))
                    .filter(dsl::id.eq(id))
                    .filter(diesel::dsl::not(dsl::deleted))
                    .select((($(dsl::$column),+), dsl::modified_ms))
                    .first(conn)
                    .optional()?)
            }
        }

        /// One page, newest first, and how many there are in all. Deleted ones don't count.
        pub fn list(
            conn: &mut crate::AnyConn,
            connection: tributary_core::ids::ConnectionNo,
            page: crate::Page,
        ) -> Result<(Vec<crate::records::Stamped<$record>>, i64), crate::DbError> {
            use crate::records::Listed;
            let newest = crate::query::ListQuery::newest(FIELDS, page);
            let rows = $record::page(conn, connection, &newest, None)?.into_iter().map(|(row, _)| row).collect();
            Ok((rows, $record::count(conn, connection, &newest)?))
        }

        /// One record; none when it is deleted.
        pub fn find(
            conn: &mut crate::AnyConn,
            connection: tributary_core::ids::ConnectionNo,
            id: &str,
        ) -> Result<Option<crate::records::Stamped<$record>>, crate::DbError> {
            <$record as crate::records::Listed>::find(conn, connection, id)
        }
    };
}
pub(super) use listed;

#[cfg(test)]
mod tests {
    use crate::query::Fields;
    use crate::records::{disputes, payments, products, transactions};
    use tributary_core::commerce::{DisputeStatus, PaymentStatus, ProductStatus, TransactionType};

    #[test]
    fn what_holds_a_word_of_a_closed_set_can_be_asked_for_every_one() {
        let words = |fields: &'static Fields, name: &str| -> Vec<&str> {
            fields.find(name).unwrap().words().collect()
        };
        macro_rules! all {
            ($set:ident) => {
                $set::ALL.iter().map(|word| word.as_str()).collect::<Vec<&str>>()
            };
        }
        assert_eq!(words(payments::FIELDS, "status"), all!(PaymentStatus));
        assert_eq!(words(transactions::FIELDS, "type"), all!(TransactionType));
        assert_eq!(words(disputes::FIELDS, "status"), all!(DisputeStatus));
        assert_eq!(words(products::FIELDS, "status"), all!(ProductStatus));
    }
}

//! Lists and gets: the same for every record type that has them.

use super::Stamped;
use crate::query::{CountOf, Fields, ListQuery, Rows};
use crate::{AnyConn, Both, DbError};
use diesel::RunQueryDsl;
use tributary_core::ids::ConnectionNo;

/// A kind of record that is listed, without what is deleted.
pub trait Listed: Sized + Send + 'static {
    /// What may be asked of it.
    const FIELDS: &'static Fields;

    /// A part of a connection's records.
    fn page(
        conn: &mut AnyConn,
        connection: ConnectionNo,
        query: &ListQuery,
    ) -> Result<Vec<Stamped<Self>>, DbError>;

    /// One record; none when it is deleted.
    fn find(conn: &mut AnyConn, connection: ConnectionNo, id: &str)
    -> Result<Option<Stamped<Self>>, DbError>;

    /// How many of a connection's records the query's filter leaves.
    fn count(conn: &mut AnyConn, connection: ConnectionNo, query: &ListQuery) -> Result<i64, DbError> {
        let rows = Rows { fields: Self::FIELDS, connection };
        Ok(Both(CountOf { rows, filter: &query.filter }).get_result(conn)?)
    }
}

/// Makes a table's record [`Listed`], and writes `list` and `find` for it. The module's `FIELDS` says what may be asked
/// of it; the columns stand in the order of the record's fields.
macro_rules! listed {
    ($table:ident, $record:ident, ($($column:ident),+ $(,)?)) => {
        impl crate::records::Listed for $record {
            const FIELDS: &'static crate::query::Fields = FIELDS;

            fn page(
                conn: &mut crate::AnyConn,
                connection: tributary_core::ids::ConnectionNo,
                query: &crate::query::ListQuery,
            ) -> Result<Vec<crate::records::Stamped<$record>>, crate::DbError> {
                use crate::schema::$table::dsl;
                use diesel::{Column, Expression, RunQueryDsl};
                type Types = (
                    ($(<dsl::$column as Expression>::SqlType),+),
                    <dsl::modified_ms as Expression>::SqlType,
                );
                let page = crate::query::PageOf::<Types> {
                    rows: crate::query::Rows { fields: FIELDS, connection },
                    query,
                    columns: &[$(<dsl::$column as Column>::NAME,)+ <dsl::modified_ms as Column>::NAME],
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
            Ok(($record::page(conn, connection, &newest)?, $record::count(conn, connection, &newest)?))
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

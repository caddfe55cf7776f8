//! Lists and gets: the same for every record type that has them.

/// Writes `list` and `find` for a table: what the API shows of it, without what is deleted.
///
/// The columns stand in the order of the record's fields.
macro_rules! listed {
    ($table:ident, $record:ident, ($($column:ident),+ $(,)?)) => {
        /// One page, newest first, and how many there are in all. Deleted ones don't count.
        pub fn list(
            conn: &mut crate::AnyConn,
            connection: tributary_core::ids::ConnectionNo,
            page: crate::Page,
        ) -> Result<(Vec<crate::records::Stamped<$record>>, i64), crate::DbError> {
            use crate::schema::$table::dsl;
            use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
            let living = dsl::$table
                .filter(dsl::connection_no.eq(connection.0))
                .filter(diesel::dsl::not(dsl::deleted));
            let rows = living
                .order((dsl::created_ms.desc(), dsl::id))
                .offset(page.offset)
                .limit(page.limit)
                .select((($(dsl::$column),+), dsl::modified_ms))
                .load(conn)?;
            Ok((rows, living.count().get_result(conn)?))
        }

        /// One record; none when it is deleted.
        pub fn find(
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
    };
}
pub(super) use listed;

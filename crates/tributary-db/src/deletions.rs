//! `deletions`: connections that are gone, and whose rows in other tables are deleted in batches.
//!
//! A connection's own row goes at once, with its lease and its credentials, so that nothing finds it any more and
//! every late commit of a worker's is refused. What it has stored may be millions of rows: the worker deletes them,
//! some in each transaction, from wherever they are, so that it can be killed at any moment.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::deletions::dsl;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use tributary_core::Millis;
use tributary_core::ids::{ConnectionNo, PlatformNo};

/// Tables whose rows carry `connection_no` and go with it, the largest last. A test holds this against the schema.
const TABLES: &[&str] = &[
    "oauth_states",
    "initial_reads",
    "rereads",
    "differences",
    "reconciliations",
    "payout_lists",
    "remaps",
    "reads",
    "event_feeds",
    "events_inbox",
    "windows",
    "sync_runs",
    "datasets",
    "accounts",
    "balances",
    "locations",
    "tax_components",
    "disputes",
    "payouts",
    "products",
    "variants",
    "subscriptions",
    "customers",
    "payment_methods",
    "invoices",
    "invoice_payments",
    "orders",
    "order_lines",
    "payment_intents",
    "payments",
    "transactions",
    "source_objects",
];

/// Notes that a connection is gone.
pub(crate) fn begin(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    connection_no: ConnectionNo,
    now: Millis,
) -> Result<(), DbError> {
    diesel::insert_into(dsl::deletions)
        .values((
            dsl::connection_no.eq(connection_no.0),
            dsl::platform_no.eq(platform_no.0),
            dsl::created_ms.eq(now.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// What one transaction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// There is nothing to delete, or others are at it.
    Nothing,
    /// So many rows of a connection; there may be more.
    Rows(ConnectionNo, usize),
    /// The last rows of a connection.
    All(ConnectionNo),
}

/// Whether anything is to be deleted: for a look that need not write.
pub fn any(conn: &mut AnyConn) -> Result<bool, DbError> {
    Ok(diesel::select(diesel::dsl::exists(dsl::deletions.select(dsl::connection_no))).get_result(conn)?)
}

/// Deletes up to `rows_max` rows of the connection that has waited the longest. Other workers take another one.
pub fn delete_some(conn: &mut AnyConn, rows_max: usize) -> Result<Deleted, DbError> {
    let oldest =
        dsl::deletions.order((dsl::created_ms, dsl::connection_no)).select(dsl::connection_no).limit(1);
    let oldest: Option<i64> = match conn {
        AnyConn::Pg(conn) => oldest.for_update().skip_locked().first(conn).optional()?,
        AnyConn::Sqlite(conn) => oldest.first(conn).optional()?,
    };
    let Some(connection_no) = oldest.map(ConnectionNo) else { return Ok(Deleted::Nothing) };
    let mut deleted = 0;
    for table in TABLES {
        deleted += delete_from(conn, table, connection_no, rows_max - deleted)?;
        if deleted >= rows_max {
            return Ok(Deleted::Rows(connection_no, deleted));
        }
    }
    diesel::delete(dsl::deletions.find(connection_no.0)).execute(conn)?;
    Ok(Deleted::All(connection_no))
}

/// Neither database limits a DELETE, so that it is told which rows by their place in the table.
fn delete_from(
    conn: &mut AnyConn,
    table: &str,
    connection_no: ConnectionNo,
    rows_max: usize,
) -> Result<usize, DbError> {
    let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let sql = match conn {
        AnyConn::Pg(_) => format!(
            "DELETE FROM {table} WHERE connection_no = $1 AND ctid = ANY(ARRAY(\
             SELECT ctid FROM {table} WHERE connection_no = $1 LIMIT $2))"
        ),
        AnyConn::Sqlite(_) => format!(
            "DELETE FROM {table} WHERE rowid IN (\
             SELECT rowid FROM {table} WHERE connection_no = ?1 LIMIT ?2)"
        ),
    };
    Ok(sql_query(sql).bind::<BigInt, _>(connection_no.0).bind::<BigInt, _>(limit).execute(conn)?)
}

#[cfg(test)]
mod tests;

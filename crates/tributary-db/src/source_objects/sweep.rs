//! What no list shows any more: found, and buried (rules E6, E7).

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::source_objects::dsl;
use diesel::{ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use tributary_core::ids::ConnectionNo;
use tributary_core::knowledge::Interval;
use tributary_core::{Millis, Resource};

/// Up to `limit` ids that no reading since `as_of` has seen, in order: what a sweep finds gone (rule E7).
pub fn unseen_since(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    as_of: Millis,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::observed_to_ms.lt(as_of.0))
        .filter(diesel::dsl::not(dsl::deleted))
        .order(dsl::id)
        .limit(limit)
        .select(dsl::id)
        .load(conn)?)
}

/// Up to `limit` ids of living objects that were created before `bound_secs`, the oldest first.
pub fn created_before(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    bound_secs: i64,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::created_secs.lt(bound_secs))
        .filter(diesel::dsl::not(dsl::deleted))
        .order(dsl::created_secs)
        .limit(limit)
        .select(dsl::id)
        .load(conn)?)
}

/// As [`unseen_since`], of invoices that were drafts when they were last seen.
pub fn unseen_drafts_since(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    as_of: Millis,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    use crate::schema::invoices;
    let drafts = invoices::table
        .filter(invoices::connection_no.eq(connection.0))
        .filter(invoices::status.eq("draft"))
        .filter(diesel::dsl::not(invoices::deleted))
        .select(invoices::id);
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(Resource::Invoices.as_str()))
        .filter(dsl::id.eq_any(drafts))
        .filter(dsl::observed_to_ms.lt(as_of.0))
        .filter(diesel::dsl::not(dsl::deleted))
        .order(dsl::id)
        .limit(limit)
        .select(dsl::id)
        .load(conn)?)
}

/// Turns objects into tombstones as of `interval`; what Stripe last said of them stays.
pub fn bury(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    interval: Interval,
    ids: &[String],
) -> Result<(), DbError> {
    diesel::update(dsl::source_objects)
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(dsl::id.eq_any(ids))
        .set((
            dsl::deleted.eq(true),
            dsl::observed_from_ms.eq(interval.from.0),
            dsl::observed_to_ms.eq(interval.to.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// The newest living object of a resource, of those that were created before `before_secs` if that is given: its id and
/// `created` in Unix seconds.
pub fn newest(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    before_secs: Option<i64>,
) -> Result<Option<(String, i64)>, DbError> {
    Ok(dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(resource.as_str()))
        .filter(diesel::dsl::not(dsl::deleted))
        .filter(dsl::created_secs.lt(before_secs.unwrap_or(i64::MAX)))
        .order((dsl::created_secs.desc(), dsl::id.desc()))
        .select((dsl::id, dsl::created_secs.assume_not_null()))
        .first(conn)
        .optional()?)
}

/// Up to `limit` ids of customers that payments name and no list has shown: they were deleted at Stripe
/// (rule E6). In order, after `after`.
pub fn unlisted_customers(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    use crate::schema::payments;
    let stored = dsl::source_objects
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::resource.eq(Resource::Customers.as_str()))
        .filter(dsl::id.nullable().eq(payments::customer_id))
        .select(dsl::id);
    Ok(payments::table
        .filter(payments::connection_no.eq(connection.0))
        .filter(payments::customer_id.gt(after))
        .filter(diesel::dsl::not(diesel::dsl::exists(stored)))
        .order(payments::customer_id)
        .limit(limit)
        .select(payments::customer_id.assume_not_null())
        .distinct()
        .load(conn)?)
}

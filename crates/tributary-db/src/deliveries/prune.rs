//! The end of old messages.

use crate::conn::AnyConn;
use crate::delivery_lanes::is_waiting;
use crate::error::DbError;
use crate::schema::{deliveries, delivery_attempts, messages};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use std::collections::BTreeSet;
use tributary_core::Millis;

/// Deletes up to `limit` messages written before a moment, with their deliveries and attempts, and returns how many.
/// What still waits for a consumer stays. A system task.
pub fn prune(conn: &mut AnyConn, before: Millis, limit: i64) -> Result<usize, DbError> {
    let waits = deliveries::table.filter(deliveries::message_id.eq(messages::id)).filter(is_waiting());
    let old: Vec<(i64, String)> = messages::table
        .filter(messages::created_ms.lt(before.0))
        .filter(messages::routed)
        .filter(not(exists(waits)))
        .order(messages::created_ms)
        .select((messages::connection_no, messages::id))
        .limit(limit)
        .load(conn)?;
    let (connections, ids): (BTreeSet<i64>, Vec<String>) = old.into_iter().unzip();
    if ids.is_empty() {
        return Ok(0);
    }
    let of_them = || deliveries::table.filter(deliveries::message_id.eq_any(&ids));
    let consumers: Vec<String> = of_them().select(deliveries::consumer_id).distinct().load(conn)?;
    // By consumer and message, as their key has them.
    diesel::delete(
        delivery_attempts::table
            .filter(delivery_attempts::consumer_id.eq_any(consumers))
            .filter(delivery_attempts::message_id.eq_any(&ids)),
    )
    .execute(conn)?;
    diesel::delete(of_them()).execute(conn)?;
    let old =
        messages::table.filter(messages::connection_no.eq_any(connections)).filter(messages::id.eq_any(&ids));
    Ok(diesel::delete(old).execute(conn)?)
}

//! `delivery_lanes`: where the messages of one company to one consumer wait, in order.
//!
//! A worker holds a lane while it sends from it, so that messages of one company reach a consumer one after the
//! other while those of other companies flow beside them. Times are of the database's clock.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::{consumers, deliveries, delivery_lanes as lanes};
use crate::stored::Stored;
use diesel::dsl::{exists, not, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, ConsumerId, MessageId};
use uuid::Uuid;

/// A lane that a worker sends from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The receiver.
    pub consumer_id: ConsumerId,
    /// The lane's column: '' for messages of no company.
    company: String,
    /// Tells this hold from every other.
    token: String,
}

/// How a company is named in a lane's key.
fn key(company: Option<CompanyId>) -> String {
    company.map(|id| id.to_string()).unwrap_or_default()
}

/// Waiting deliveries. Written out, because a bound value keeps databases from using the index of them.
pub(crate) fn is_waiting() -> SqlLiteral<Bool> {
    sql::<Bool>("deliveries.state = 'waiting'")
}

/// Has the lane looked at, at once: something was put into it. The caller's transaction wrote the delivery before.
pub(crate) fn open(
    conn: &mut AnyConn,
    consumer: ConsumerId,
    company: Option<CompanyId>,
    now: Millis,
) -> Result<(), DbError> {
    let insert = diesel::insert_into(lanes::table)
        .values((
            lanes::consumer_id.eq(consumer.to_string()),
            lanes::company_id.eq(key(company)),
            lanes::due_ms.eq(now.0),
            lanes::held_until_ms.eq(0_i64),
        ))
        .on_conflict((lanes::consumer_id, lanes::company_id))
        .do_update()
        .set(lanes::due_ms.eq(now.0));
    Both(insert).execute(conn)?;
    Ok(())
}

/// Consumers that have something to be sent and aren't disabled, in the order of their ids.
pub fn consumers_due(conn: &mut AnyConn, now: Millis, limit: i64) -> Result<Vec<ConsumerId>, DbError> {
    let due = lanes::table
        .filter(lanes::consumer_id.eq(consumers::id))
        .filter(lanes::due_ms.le(now.0))
        .filter(lanes::held_until_ms.le(now.0));
    let ids: Vec<Stored> = consumers::table
        .filter(not(consumers::disabled))
        .filter(exists(due))
        .order(consumers::id)
        .select(consumers::id)
        .limit(limit)
        .load(conn)?;
    ids.into_iter().map(|id| Ok(ConsumerId::try_from(id)?)).collect()
}

/// Holds up to `limit` of a consumer's lanes that are due, the longest due first, for `lease_ms`.
pub fn hold(
    conn: &mut AnyConn,
    consumer: ConsumerId,
    limit: i64,
    lease_ms: i64,
    now: Millis,
) -> Result<Vec<Hold>, DbError> {
    let due = lanes::table
        .filter(lanes::consumer_id.eq(consumer.to_string()))
        .filter(lanes::due_ms.le(now.0))
        .filter(lanes::held_until_ms.le(now.0))
        .order((lanes::due_ms, lanes::company_id))
        .select(lanes::company_id)
        .limit(limit);
    let companies: Vec<String> = match conn {
        AnyConn::Pg(conn) => due.for_update().skip_locked().load(conn)?,
        // BEGIN IMMEDIATE has locked the whole file already.
        AnyConn::Sqlite(conn) => due.load(conn)?,
    };
    let token = Uuid::new_v4().to_string();
    let held = lanes::table
        .filter(lanes::consumer_id.eq(consumer.to_string()))
        .filter(lanes::company_id.eq_any(&companies));
    diesel::update(held)
        .set((lanes::hold.eq(Some(&token)), lanes::held_until_ms.eq(now.plus_ms(lease_ms).0)))
        .execute(conn)?;
    let hold = |company| Hold { consumer_id: consumer, company, token: token.clone() };
    Ok(companies.into_iter().map(hold).collect())
}

/// Locks the lane until the transaction ends and holds on for another `lease_ms`; false when the hold is lost to
/// another worker, or the consumer was deleted.
pub(crate) fn keep(conn: &mut AnyConn, hold: &Hold, lease_ms: i64, now: Millis) -> Result<bool, DbError> {
    let kept = diesel::update(lanes::table.find((hold.consumer_id.to_string(), &hold.company)))
        .filter(lanes::hold.eq(&hold.token))
        .set(lanes::held_until_ms.eq(now.plus_ms(lease_ms).0))
        .execute(conn)?;
    Ok(kept == 1)
}

/// The first waiting delivery of a lane and when it is due. The lane is locked ([`keep`]).
pub(crate) fn head(conn: &mut AnyConn, hold: &Hold) -> Result<Option<(MessageId, Millis)>, DbError> {
    let mut waiting = deliveries::table
        .filter(deliveries::consumer_id.eq(hold.consumer_id.to_string()))
        .filter(is_waiting())
        .order(deliveries::message_id)
        .select((deliveries::message_id, deliveries::next_attempt_ms))
        .into_boxed();
    waiting = if hold.company.is_empty() {
        waiting.filter(deliveries::company_id.is_null())
    } else {
        waiting.filter(deliveries::company_id.eq(&hold.company))
    };
    let first: Option<(Stored, i64)> = waiting.first(conn).optional()?;
    first.map(|(id, due)| Ok((id.try_into()?, Millis(due)))).transpose()
}

/// Lets a lane go until its first delivery is due, or for good if none waits. Nothing happens if the hold is lost.
pub fn release(conn: &mut AnyConn, hold: &Hold, now: Millis) -> Result<(), DbError> {
    if !keep(conn, hold, 0, now)? {
        return Ok(());
    }
    let lane = lanes::table.find((hold.consumer_id.to_string(), &hold.company));
    match head(conn, hold)? {
        None => diesel::delete(lane).execute(conn)?,
        Some((_, due)) => diesel::update(lane)
            .set((lanes::due_ms.eq(due.0), lanes::hold.eq(None::<String>), lanes::held_until_ms.eq(0_i64)))
            .execute(conn)?,
    };
    Ok(())
}

/// Lets every lane go. Only for a database that one process serves, when it starts: whoever held them is gone
/// (rule E17).
pub fn release_all(conn: &mut AnyConn) -> Result<(), DbError> {
    diesel::update(lanes::table.filter(lanes::hold.is_not_null()))
        .set((lanes::hold.eq(None::<String>), lanes::held_until_ms.eq(0_i64)))
        .execute(conn)?;
    Ok(())
}

/// Takes a consumer's lanes away: nothing is sent to it any more, and what is being sent isn't recorded.
pub(crate) fn close_all(conn: &mut AnyConn, consumer: ConsumerId) -> Result<(), DbError> {
    diesel::delete(lanes::table.filter(lanes::consumer_id.eq(consumer.to_string()))).execute(conn)?;
    Ok(())
}

//! `deliveries`: one message for one consumer, and `delivery_attempts`: what the consumer answered.
//!
//! [`route()`] makes deliveries of messages, [`take()`] and [`record`] are the worker's, the functions of `replay.rs` are
//! people's, and [`prune()`] ends what is old.

mod prune;
mod recipient;
mod replay;
mod route;
mod take;
#[cfg(test)]
mod tests;

pub use prune::prune;
pub use recipient::Recipient;
pub use replay::{REPLAY_DAYS_MAX, ReplayRefused, Replayed, recover, replay_missing, resend};
pub use route::{Routed, any_to_route, route};
pub use take::{Attempted, Due, Known, Taken, Then, Verdict, record, take};

use crate::conn::AnyConn;
use crate::delivery_lanes;
use crate::error::DbError;
use crate::page::Page;
use crate::schema::{deliveries, delivery_attempts, messages};
use crate::stored::{Stored, StoredMoment, StoredOption};
use delivery_lanes::is_waiting;
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, ConsumerId, MessageId, PlatformNo};
use tributary_core::state::DeliveryState;

/// One message for one consumer.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Delivery {
    /// The receiver.
    #[diesel(deserialize_as = Stored)]
    pub consumer_id: ConsumerId,
    /// The message.
    #[diesel(deserialize_as = Stored)]
    pub message_id: MessageId,
    /// What the message tells.
    pub event_type: String,
    /// Of which company; none: of the platform as a whole.
    #[diesel(deserialize_as = StoredOption)]
    pub company_id: Option<CompanyId>,
    /// How it stands.
    #[diesel(deserialize_as = Stored)]
    pub state: DeliveryState,
    /// Attempts of the present schedule; sending again starts from 0.
    pub attempts: i64,
    /// When the next attempt is due, while it waits.
    #[diesel(deserialize_as = i64)]
    pub next_attempt: Millis,
    /// When the message was written.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
    /// When it was delivered, given up or dropped.
    #[diesel(deserialize_as = StoredMoment)]
    pub ended: Option<Millis>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct DeliveryAttempt {
    /// Counted from 1, over all schedules.
    pub n: i64,
    /// When it began.
    #[diesel(deserialize_as = i64)]
    pub started: Millis,
    /// How long it took.
    pub elapsed_ms: i64,
    /// The HTTP status; none: there was no answer.
    pub status: Option<i64>,
    /// Why it failed, for people.
    pub error: Option<String>,
}

macro_rules! delivery_columns {
    () => {
        (
            deliveries::consumer_id,
            deliveries::message_id,
            messages::event_type,
            deliveries::company_id,
            deliveries::state,
            deliveries::attempts,
            deliveries::next_attempt_ms,
            messages::created_ms,
            deliveries::ended_ms,
        )
    };
}

macro_rules! with_messages {
    () => {
        deliveries::table.inner_join(
            messages::table.on(messages::connection_no
                .eq(deliveries::connection_no)
                .and(messages::id.eq(deliveries::message_id))),
        )
    };
}

/// A page of a consumer's deliveries, the newest message first, and how many there are in all. The dead ones are its
/// dead letters.
pub fn of_consumer(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    consumer: ConsumerId,
    state: Option<DeliveryState>,
    page: Page,
) -> Result<(Vec<Delivery>, i64), DbError> {
    let select = || {
        let mut all = with_messages!()
            .filter(deliveries::platform_no.eq(platform_no.0))
            .filter(deliveries::consumer_id.eq(consumer.to_string()))
            .into_boxed();
        if let Some(state) = state {
            all = all.filter(deliveries::state.eq(state.as_str()));
        }
        all
    };
    let rows = select()
        .order(deliveries::message_id.desc())
        .offset(page.offset)
        .limit(page.limit)
        .select(delivery_columns!())
        .load(conn)?;
    Ok((rows, select().count().get_result(conn)?))
}

/// A message's deliveries, at most one per consumer.
pub fn of_message(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    message: MessageId,
) -> Result<Vec<Delivery>, DbError> {
    Ok(with_messages!()
        .filter(deliveries::platform_no.eq(platform_no.0))
        .filter(deliveries::message_id.eq(message.to_string()))
        .order((deliveries::created_ms, deliveries::consumer_id))
        .select(delivery_columns!())
        .load(conn)?)
}

/// A page of the attempts to deliver a message to a consumer, the latest first, and how many there are in all.
pub fn attempts(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    consumer: ConsumerId,
    message: MessageId,
    page: Page,
) -> Result<(Vec<DeliveryAttempt>, i64), DbError> {
    let of_delivery = || {
        delivery_attempts::table
            .inner_join(
                deliveries::table.on(deliveries::consumer_id
                    .eq(delivery_attempts::consumer_id)
                    .and(deliveries::message_id.eq(delivery_attempts::message_id))),
            )
            .filter(deliveries::platform_no.eq(platform_no.0))
            .filter(delivery_attempts::consumer_id.eq(consumer.to_string()))
            .filter(delivery_attempts::message_id.eq(message.to_string()))
    };
    let rows = of_delivery()
        .order(delivery_attempts::n.desc())
        .offset(page.offset)
        .limit(page.limit)
        .select((
            delivery_attempts::n,
            delivery_attempts::started_ms,
            delivery_attempts::elapsed_ms,
            delivery_attempts::status,
            delivery_attempts::error,
        ))
        .load(conn)?;
    Ok((rows, of_delivery().count().get_result(conn)?))
}

/// Drops what waited for a consumer that was just deleted, and returns how many deliveries that were.
pub fn drop_all(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    consumer: ConsumerId,
    now: Millis,
) -> Result<usize, DbError> {
    let waiting = deliveries::table
        .filter(deliveries::platform_no.eq(platform_no.0))
        .filter(deliveries::consumer_id.eq(consumer.to_string()))
        .filter(is_waiting());
    Ok(diesel::update(waiting)
        .set((deliveries::state.eq(DeliveryState::Dropped.as_str()), deliveries::ended_ms.eq(Some(now.0))))
        .execute(conn)?)
}

//! Sending again what people ask for: one message, what failed, what a consumer never got.

use super::route::{Lanes, Routable, Subscription, insert, open, routable_columns, subscription_columns};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::{consumers, deliveries, messages};
use crate::stored::{Stored, StoredOption};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, ConsumerId, MessageId, PlatformNo};
use tributary_core::state::DeliveryState;

/// How far back missing messages are sent.
pub const REPLAY_DAYS_MAX: i64 = 14;

/// Why nothing is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayRefused {
    /// The platform has no such consumer.
    #[error("there is no such webhook consumer")]
    UnknownConsumer,
    /// The platform has no such message, or it is older than messages are kept.
    #[error("there is no such message")]
    UnknownMessage,
    /// Further back than [`REPLAY_DAYS_MAX`].
    #[error("missing messages are sent at most 14 days back")]
    TooOld,
}

/// A batch of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Deliveries that wait now.
    pub queued: usize,
    /// Where the next batch goes on; none: that was all.
    pub next: Option<MessageId>,
}

/// Sends one message to one consumer, again or for the first time, on a schedule of its own. If the consumer is
/// disabled it waits.
pub fn resend(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    consumer: ConsumerId,
    message: MessageId,
    now: Millis,
) -> Result<Result<(), ReplayRefused>, DbError> {
    if !consumer_exists(conn, platform_no, consumer)? {
        return Ok(Err(ReplayRefused::UnknownConsumer));
    }
    let found: Option<Routable> = messages::table
        .filter(messages::platform_no.eq(platform_no.0))
        .filter(messages::id.eq(message.to_string()))
        .select(routable_columns!())
        .first(conn)
        .optional()?;
    let Some(found) = found else { return Ok(Err(ReplayRefused::UnknownMessage)) };
    if insert(conn, &[(consumer, &found)], now)? == 0 {
        start_again(conn, consumer, &[(found.id, found.company_id)], now)?;
    }
    Ok(Ok(()))
}

/// Sends again the dead letters of a consumer among messages written since a moment: at most `limit` of them, from
/// `from` on.
pub fn recover(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    consumer: ConsumerId,
    since: Millis,
    from: Option<MessageId>,
    limit: usize,
    now: Millis,
) -> Result<Result<Replayed, ReplayRefused>, DbError> {
    if !consumer_exists(conn, platform_no, consumer)? {
        return Ok(Err(ReplayRefused::UnknownConsumer));
    }
    let rows: Vec<(Stored, StoredOption)> = deliveries::table
        .filter(deliveries::platform_no.eq(platform_no.0))
        .filter(deliveries::consumer_id.eq(consumer.to_string()))
        .filter(deliveries::message_id.ge(first_of(since, from).to_string()))
        .filter(deliveries::state.eq(DeliveryState::Dead.as_str()))
        .order(deliveries::message_id)
        .select((deliveries::message_id, deliveries::company_id))
        .limit(fetched(limit))
        .load(conn)?;
    let read = |(id, company): (Stored, StoredOption)| Ok((id.try_into()?, company.try_into()?));
    let mut dead =
        rows.into_iter().map(read).collect::<Result<Vec<(MessageId, Option<CompanyId>)>, DbError>>()?;
    let next = dead.get(limit).map(|(id, _)| *id);
    dead.truncate(limit);
    start_again(conn, consumer, &dead, now)?;
    Ok(Ok(Replayed { queued: dead.len(), next }))
}

/// Sends what a consumer asks for now and was never sent, because it was absent, disabled or not subscribed then:
/// messages written since a moment, at most [`REPLAY_DAYS_MAX`] back. Looks at `limit` messages at most, from `from`
/// on.
pub fn replay_missing(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    consumer: ConsumerId,
    since: Millis,
    from: Option<MessageId>,
    limit: usize,
    now: Millis,
) -> Result<Result<Replayed, ReplayRefused>, DbError> {
    if since < now.plus_ms(-REPLAY_DAYS_MAX * 86_400_000) {
        return Ok(Err(ReplayRefused::TooOld));
    }
    let subscription: Option<Subscription> = consumers::table
        .filter(consumers::platform_no.eq(platform_no.0))
        .filter(consumers::id.eq(consumer.to_string()))
        .select(subscription_columns!())
        .first(conn)
        .optional()?;
    let Some(subscription) = subscription else { return Ok(Err(ReplayRefused::UnknownConsumer)) };
    let wishes = subscription.wishes()?;
    let has = deliveries::table
        .filter(deliveries::consumer_id.eq(consumer.to_string()))
        .filter(deliveries::message_id.eq(messages::id));
    let mut missing: Vec<Routable> = messages::table
        .filter(messages::platform_no.eq(platform_no.0))
        .filter(messages::id.ge(first_of(since, from).to_string()))
        .filter(messages::consumer_id.is_null())
        .filter(messages::event_type.eq_any(&wishes.event_types))
        .filter(not(exists(has)))
        .order(messages::id)
        .select(routable_columns!())
        .limit(fetched(limit))
        .load(conn)?;
    let next = missing.get(limit).map(|message| message.id);
    missing.truncate(limit);
    let mut wanted = Vec::new();
    for message in &missing {
        let tags = message.tags()?;
        if wishes.want(&message.event_type, message.company_id.map(|_| &tags)) {
            wanted.push((consumer, message));
        }
    }
    let queued = insert(conn, &wanted, now)?;
    Ok(Ok(Replayed { queued, next }))
}

/// Where a batch begins: at `from`, but at nothing before the first id that a message of `since` can have.
fn first_of(since: Millis, from: Option<MessageId>) -> MessageId {
    let first = MessageId::new(since, &[0; 10]);
    from.map_or(first, |from| from.max(first))
}

/// One more than is wanted, to see where the next batch begins.
fn fetched(limit: usize) -> i64 {
    i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX)
}

fn consumer_exists(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    consumer: ConsumerId,
) -> Result<bool, DbError> {
    let found = consumers::table
        .filter(consumers::platform_no.eq(platform_no.0))
        .filter(consumers::id.eq(consumer.to_string()));
    Ok(diesel::select(exists(found)).get_result(conn)?)
}

/// Puts deliveries back to the start of their schedule.
fn start_again(
    conn: &mut AnyConn,
    consumer: ConsumerId,
    of: &[(MessageId, Option<CompanyId>)],
    now: Millis,
) -> Result<(), DbError> {
    let ids: Vec<String> = of.iter().map(|(id, _)| id.to_string()).collect();
    let again = deliveries::table
        .filter(deliveries::consumer_id.eq(consumer.to_string()))
        .filter(deliveries::message_id.eq_any(ids));
    diesel::update(again)
        .set((
            deliveries::state.eq(DeliveryState::Waiting.as_str()),
            deliveries::attempts.eq(0_i64),
            deliveries::next_attempt_ms.eq(now.0),
            deliveries::ended_ms.eq(None::<i64>),
        ))
        .execute(conn)?;
    let lanes: Lanes = of.iter().map(|(_, company)| (consumer, *company)).collect();
    open(conn, &lanes, now)
}

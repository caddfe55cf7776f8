//! What a worker does with a lane it holds: takes what is due, and records what became of it.

use super::recipient::{self, Recipient};
use crate::conn::AnyConn;
use crate::delivery_lanes::{self, Hold};
use crate::error::DbError;
use crate::schema::{deliveries, delivery_attempts, messages};
use crate::vault::Vault;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use tributary_core::Millis;
use tributary_core::ids::MessageId;
use tributary_core::state::{DeliveryState, DisabledReason};

/// A delivery that is due, and where it goes.
#[derive(Debug)]
pub struct Due {
    /// The message.
    pub message_id: MessageId,
    /// The whole envelope, JSON.
    pub body: String,
    /// Attempts of the present schedule before this one.
    pub attempts: i64,
    /// The receiver as it is now.
    pub recipient: Recipient,
}

/// What was so when a delivery was taken. What follows from its attempt holds for that alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Attempts of the schedule before this one.
    pub attempts: i64,
    /// Where it was sent.
    pub url: String,
    /// Since when every attempt to reach the consumer had failed.
    pub failing_since: Option<Millis>,
}

impl Due {
    /// What is so now.
    pub fn known(&self) -> Known {
        let Recipient { url, failing_since, .. } = &self.recipient;
        Known { attempts: self.attempts, url: url.clone(), failing_since: *failing_since }
    }
}

/// What a lane gave.
#[derive(Debug)]
pub enum Taken {
    /// A delivery to be sent now.
    Due(Box<Due>),
    /// Nothing is due, or the consumer is disabled: the lane was let go.
    Nothing,
    /// The lane belongs to another worker now, or the consumer was deleted.
    Lost,
}

/// Takes the first delivery of a held lane, if it is due, and holds on for another `lease_ms`.
pub fn take(
    conn: &mut AnyConn,
    vault: &Vault,
    hold: &Hold,
    lease_ms: i64,
    now: Millis,
) -> Result<Taken, DbError> {
    if !delivery_lanes::keep(conn, hold, lease_ms, now)? {
        return Ok(Taken::Lost);
    }
    let due = match delivery_lanes::head(conn, hold)? {
        Some((message_id, due)) if due <= now => {
            recipient::recipient(conn, vault, hold.consumer_id, now)?.map(|recipient| (message_id, recipient))
        }
        _ => None,
    };
    let Some((message_id, recipient)) = due else {
        delivery_lanes::release(conn, hold, now)?;
        return Ok(Taken::Nothing);
    };
    let found: Option<(i64, String)> = deliveries::table
        .find((hold.consumer_id.to_string(), message_id.to_string()))
        .inner_join(
            messages::table.on(messages::connection_no
                .eq(deliveries::connection_no)
                .and(messages::id.eq(deliveries::message_id))),
        )
        .select((deliveries::attempts, messages::body))
        .first(conn)
        .optional()?;
    let Some((attempts, body)) = found else {
        // The message was deleted; it makes way for the next one.
        diesel::update(deliveries::table.find((hold.consumer_id.to_string(), message_id.to_string())))
            .set((
                deliveries::state.eq(DeliveryState::Dropped.as_str()),
                deliveries::ended_ms.eq(Some(now.0)),
            ))
            .execute(conn)?;
        delivery_lanes::release(conn, hold, now)?;
        return Ok(Taken::Nothing);
    };
    Ok(Taken::Due(Box::new(Due { message_id, body, attempts, recipient })))
}

/// An attempt that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// The message that was sent.
    pub message_id: MessageId,
    /// What was known then.
    pub known: Known,
    /// When the attempt began.
    pub started: Millis,
    /// How long it took.
    pub elapsed_ms: i64,
    /// The HTTP status; none: there was no answer.
    pub status: Option<u16>,
    /// Why it failed, for people; none for a success.
    pub error: Option<String>,
}

/// What happens to a delivery after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It has arrived.
    Delivered,
    /// It is sent again so many milliseconds from now.
    Again(i64),
    /// That was the last attempt: it is a dead letter.
    Dead,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// For the delivery.
    pub then: Then,
    /// For the consumer: whether it is disabled, and why, if all is as it was known. What waits for it stays.
    pub disable: Option<DisabledReason>,
}

/// Records an attempt under a held lane, which stays held; false, and nothing recorded, when the hold is lost. A delivery
/// that people have sent again meanwhile stays at the start of its schedule, unless it has arrived.
pub fn record(
    conn: &mut AnyConn,
    hold: &Hold,
    attempted: &Attempted,
    verdict: Verdict,
    lease_ms: i64,
    now: Millis,
) -> Result<bool, DbError> {
    if !delivery_lanes::keep(conn, hold, lease_ms, now)? {
        return Ok(false);
    }
    let (consumer, message) = (hold.consumer_id.to_string(), attempted.message_id.to_string());
    let last: Option<i64> = delivery_attempts::table
        .filter(delivery_attempts::consumer_id.eq(&consumer))
        .filter(delivery_attempts::message_id.eq(&message))
        .select(max(delivery_attempts::n))
        .first(conn)?;
    diesel::insert_into(delivery_attempts::table)
        .values((
            delivery_attempts::consumer_id.eq(&consumer),
            delivery_attempts::message_id.eq(&message),
            delivery_attempts::n.eq(last.unwrap_or(0) + 1),
            delivery_attempts::started_ms.eq(attempted.started.0),
            delivery_attempts::elapsed_ms.eq(attempted.elapsed_ms),
            delivery_attempts::status.eq(attempted.status.map(i64::from)),
            delivery_attempts::error.eq(&attempted.error),
        ))
        .execute(conn)?;
    let (state, next, ended) = match verdict.then {
        Then::Delivered => (DeliveryState::Delivered, None, Some(now.0)),
        Then::Again(wait_ms) => (DeliveryState::Waiting, Some(now.plus_ms(wait_ms).0), None),
        Then::Dead => (DeliveryState::Dead, None, Some(now.0)),
    };
    let known = &attempted.known;
    let is_delivered = verdict.then == Then::Delivered;
    diesel::update(deliveries::table.find((&consumer, &message)))
        .filter(deliveries::attempts.eq(known.attempts).or(is_delivered.into_sql::<Bool>()))
        .set((
            deliveries::state.eq(state.as_str()),
            deliveries::attempts.eq(deliveries::attempts + 1),
            next.map(|next| deliveries::next_attempt_ms.eq(next)),
            deliveries::ended_ms.eq(ended),
        ))
        .execute(conn)?;
    match verdict.then {
        Then::Delivered => recipient::note_success(conn, hold.consumer_id)?,
        Then::Again(_) | Then::Dead => recipient::note_failure(conn, hold.consumer_id, attempted.started)?,
    }
    if let Some(reason) = verdict.disable {
        recipient::disable(conn, hold.consumer_id, reason, known, now)?;
    }
    Ok(true)
}

//! Messages as their platform sees them, and tests.

use super::outbox::{NO_CONNECTION, Subject, insert};
use crate::conn::AnyConn;
use crate::deliveries::{self, ReplayRefused};
use crate::error::DbError;
use crate::platforms::Platform;
use crate::schema::messages;
use crate::stored::{Stored, StoredOption};
use diesel::prelude::*;
use std::collections::BTreeMap;
use tributary_contract::messages::{EventType, example};
use tributary_core::ids::{CompanyId, ConsumerId, EventId, MessageId, PlatformNo};
use tributary_core::{Millis, PublicUrls};

/// A message that was written.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Message {
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: MessageId,
    /// What it tells.
    pub event_type: String,
    /// The company that it is about.
    #[diesel(deserialize_as = StoredOption)]
    pub company_id: Option<CompanyId>,
    /// The whole envelope, JSON.
    pub body: String,
    /// When it was written.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
}

/// A platform's message.
pub fn find(conn: &mut AnyConn, platform_no: PlatformNo, id: MessageId) -> Result<Option<Message>, DbError> {
    Ok(messages::table
        .filter(messages::platform_no.eq(platform_no.0))
        .filter(messages::id.eq(id.to_string()))
        .select((
            messages::id,
            messages::event_type,
            messages::company_id,
            messages::body,
            messages::created_ms,
        ))
        .first(conn)
        .optional()?)
}

/// Writes an example of a type for one consumer, marked as a test. It is delivered whatever events the consumer asks
/// for, and to nobody else; while the consumer is disabled it waits. Roll back where that is refused.
pub fn send_test(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    platform: &Platform,
    consumer: ConsumerId,
    event_type: EventType,
    now: Millis,
) -> Result<Result<MessageId, ReplayRefused>, DbError> {
    let envelope = example::of(event_type, EventId::random(), platform.id, urls, now);
    let subject = Subject {
        platform_no: platform.no,
        company: None,
        connection_no: NO_CONNECTION,
        tags: BTreeMap::new(),
    };
    let id = insert(conn, &subject, &envelope, Some(consumer))?;
    Ok(deliveries::resend(conn, platform.no, consumer, id, now)?.map(|()| id))
}

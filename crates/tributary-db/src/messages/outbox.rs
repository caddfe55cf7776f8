//! Writing a message.

use super::clock;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::messages::dsl;
use crate::stored::json_text;
use diesel::{ExpressionMethods, RunQueryDsl};
use std::collections::BTreeMap;
use tributary_contract::messages::{ClientRateLimit, Envelope, EventType, Payload};
use tributary_core::ids::{CompanyId, ConnectionNo, ConsumerId, EventId, MessageId, PlatformNo};
use tributary_core::{Millis, token};

/// What connection a message is about that is about none.
pub const NO_CONNECTION: ConnectionNo = ConnectionNo(0);

/// What a message is about, and whom it may interest.
pub(super) struct Subject {
    pub(super) platform_no: PlatformNo,
    pub(super) company: Option<CompanyId>,
    pub(super) connection_no: ConnectionNo,
    /// The company's tags, which consumers choose by.
    pub(super) tags: BTreeMap<String, String>,
}

/// Writes a message of now.
pub(super) fn write(
    conn: &mut AnyConn,
    subject: &Subject,
    event_type: EventType,
    payload: Payload,
    now: Millis,
) -> Result<(), DbError> {
    let envelope = Envelope { id: EventId::random(), event_type, generated_date: now, test: false, payload };
    insert(conn, subject, &envelope, None)?;
    Ok(())
}

/// Stores an envelope: for whoever asks for it, or for one consumer alone, which the caller delivers it to.
pub(super) fn insert(
    conn: &mut AnyConn,
    subject: &Subject,
    envelope: &Envelope,
    only: Option<ConsumerId>,
) -> Result<MessageId, DbError> {
    let at = clock::tick(conn, subject.platform_no, subject.company)?;
    let random = token::random_bytes().map_err(|error| DbError::Unavailable(error.to_string()))?;
    let id = MessageId::new(at, &random);
    diesel::insert_into(dsl::messages)
        .values((
            dsl::connection_no.eq(subject.connection_no.0),
            dsl::id.eq(id.to_string()),
            dsl::platform_no.eq(subject.platform_no.0),
            dsl::company_id.eq(subject.company.map(|id| id.to_string())),
            dsl::event_type.eq(envelope.event_type.as_str()),
            dsl::event_id.eq(envelope.id.to_string()),
            dsl::tags.eq(json_text(&subject.tags)?),
            dsl::body.eq(json_text(envelope)?),
            dsl::created_ms.eq(envelope.generated_date.0),
            dsl::routed.eq(only.is_some()),
            dsl::consumer_id.eq(only.map(|id| id.to_string())),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Tells a platform of its quota of requests.
pub(crate) fn about_quota(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    event_type: EventType,
    quota: ClientRateLimit,
    now: Millis,
) -> Result<(), DbError> {
    let tags = BTreeMap::new();
    let subject = Subject { platform_no, company: None, connection_no: NO_CONNECTION, tags };
    write(conn, &subject, event_type, Payload::RateLimit(quota), now)
}

//! Webhook consumers as their owners see them. As the worker sees them: `deliveries`.

pub(crate) mod secrets;
#[cfg(test)]
mod tests;

pub use secrets::{OVERLAP_MS, headers, rotate, secret, set_headers};

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::{self, Platform};
use crate::schema::consumers;
use crate::stored::{Stored, StoredJson, StoredMoment, StoredOption, json_text};
use crate::vault::Vault;
use crate::{deliveries, delivery_lanes};
use diesel::prelude::*;
use tributary_contract::webhooks::{ConsumerChange, ConsumerRequest};
use tributary_core::ids::{ConsumerId, PlatformNo};
use tributary_core::state::DisabledReason;
use tributary_core::{Millis, Secret};

/// Consumers of one platform at most.
pub const CONSUMERS_MAX: i64 = 50;

/// A receiver of messages.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Consumer {
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: ConsumerId,
    /// Where messages go.
    pub url: String,
    /// Why it gets nothing for now; none while it does.
    #[diesel(deserialize_as = StoredOption)]
    pub disabled: Option<DisabledReason>,
    /// Which events it is told of, as given: some may be none of ours.
    #[diesel(deserialize_as = StoredJson)]
    pub event_types: Texts,
    /// Of companies with any of these tags, `key:value`; empty: of every company.
    #[diesel(deserialize_as = StoredJson)]
    pub company_tags: Texts,
    /// Since when every attempt has failed; none while the latest one succeeded.
    #[diesel(deserialize_as = StoredMoment)]
    pub failing_since: Option<Millis>,
    /// Until when the secret before the present one signs as well.
    #[diesel(deserialize_as = StoredMoment)]
    pub previous_until: Option<Millis>,
    /// When it was created.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
    /// When it was last changed.
    #[diesel(deserialize_as = i64)]
    pub modified: Millis,
}

/// A stored list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(pub Vec<String>);

impl TryFrom<StoredJson> for Texts {
    type Error = serde_json::Error;

    fn try_from(stored: StoredJson) -> Result<Self, serde_json::Error> {
        stored.read().map(Texts)
    }
}

macro_rules! columns {
    () => {
        (
            consumers::id,
            consumers::url,
            consumers::disabled_reason,
            consumers::event_types,
            consumers::company_tags,
            consumers::failing_since_ms,
            consumers::previous_until_ms,
            consumers::created_ms,
            consumers::modified_ms,
        )
    };
}

/// The platform has as many consumers as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a platform has at most {CONSUMERS_MAX} webhook consumers: delete one that is not needed")]
pub struct TooManyConsumers;

/// A platform's consumers, the oldest first.
pub fn list(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<Vec<Consumer>, DbError> {
    Ok(consumers::table
        .filter(consumers::platform_no.eq(platform_no.0))
        .order((consumers::created_ms, consumers::id))
        .select(columns!())
        .limit(CONSUMERS_MAX)
        .load(conn)?)
}

/// A platform's consumer.
pub fn find(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    id: ConsumerId,
) -> Result<Option<Consumer>, DbError> {
    Ok(consumers::table
        .filter(consumers::platform_no.eq(platform_no.0))
        .filter(consumers::id.eq(id.to_string()))
        .select(columns!())
        .first(conn)
        .optional()?)
}

/// Creates a consumer with a secret of its own, which is returned with it.
pub fn create(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    new: ConsumerRequest,
    now: Millis,
) -> Result<Result<(Consumer, Secret), TooManyConsumers>, DbError> {
    platforms::lock(conn, platform.no)?;
    let count: i64 =
        consumers::table.filter(consumers::platform_no.eq(platform.no.0)).count().get_result(conn)?;
    if count >= CONSUMERS_MAX {
        return Ok(Err(TooManyConsumers));
    }
    let id = ConsumerId::random();
    let (secret, sealed) = secrets::new(conn, vault, platform, id, now)?;
    let disabled = new.disabled.then_some(DisabledReason::Manual);
    diesel::insert_into(consumers::table)
        .values((
            consumers::id.eq(id.to_string()),
            consumers::platform_no.eq(platform.no.0),
            consumers::url.eq(&new.url),
            consumers::disabled.eq(new.disabled),
            consumers::disabled_reason.eq(disabled.map(DisabledReason::as_str)),
            consumers::event_types.eq(json_text(&new.event_types)?),
            consumers::company_tags.eq(json_text(&new.company_tags)?),
            consumers::secret_sealed.eq(sealed),
            consumers::created_ms.eq(now.0),
            consumers::modified_ms.eq(now.0),
        ))
        .execute(conn)?;
    let consumer = Consumer {
        id,
        url: new.url,
        disabled,
        event_types: Texts(new.event_types),
        company_tags: Texts(new.company_tags),
        failing_since: None,
        previous_until: None,
        created: now,
        modified: now,
    };
    Ok(Ok((consumer, secret)))
}

/// Changes what is named, and returns the consumer as it is then. One that is enabled again starts anew: it counts as
/// failing only from its next failure on, and what waits for it goes on.
pub fn change(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    id: ConsumerId,
    change: &ConsumerChange,
    now: Millis,
) -> Result<Option<Consumer>, DbError> {
    let Some(consumer) = lock(conn, platform_no, id)? else { return Ok(None) };
    let disabled = match change.disabled {
        None => consumer.disabled,
        Some(true) => consumer.disabled.or(Some(DisabledReason::Manual)),
        Some(false) => None,
    };
    let failing_since = if change.disabled == Some(false) { None } else { consumer.failing_since };
    let event_types = change.event_types.clone().map_or(consumer.event_types, Texts);
    let company_tags = change.company_tags.clone().map_or(consumer.company_tags, Texts);
    diesel::update(consumers::table.find(id.to_string()))
        .set((
            consumers::url.eq(change.url.as_ref().unwrap_or(&consumer.url)),
            consumers::disabled.eq(disabled.is_some()),
            consumers::disabled_reason.eq(disabled.map(DisabledReason::as_str)),
            consumers::event_types.eq(json_text(&event_types.0)?),
            consumers::company_tags.eq(json_text(&company_tags.0)?),
            consumers::failing_since_ms.eq(failing_since.map(|at| at.0)),
            consumers::modified_ms.eq(now.0),
        ))
        .execute(conn)?;
    find(conn, platform_no, id)
}

/// Deletes a consumer, and drops what waits for it; says whether the platform had it.
pub fn delete(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    id: ConsumerId,
    now: Millis,
) -> Result<bool, DbError> {
    if find(conn, platform_no, id)?.is_none() {
        return Ok(false);
    }
    // Lanes, then the consumer, as whoever records an attempt locks them. Without it no lane is opened any more; what was put
    // into one until then is dropped.
    delivery_lanes::close_all(conn, id)?;
    diesel::delete(consumers::table.find(id.to_string())).execute(conn)?;
    deliveries::drop_all(conn, platform_no, id, now)?;
    Ok(true)
}

/// As [`find`], and holds the row until the transaction ends.
fn lock(conn: &mut AnyConn, platform_no: PlatformNo, id: ConsumerId) -> Result<Option<Consumer>, DbError> {
    if let AnyConn::Pg(conn) = conn {
        let row = consumers::table.find(id.to_string()).select(consumers::id);
        row.for_no_key_update().first::<String>(conn).optional()?;
    }
    find(conn, platform_no, id)
}

//! A consumer as the worker sees it: where messages go and what signs them, and how it fares.

use super::take::Known;
use crate::conn::AnyConn;
use crate::consumers::secrets;
use crate::error::DbError;
use crate::schema::consumers;
use crate::stored::{Sealed, StoredMoment};
use crate::vault::{Scope, Vault};
use diesel::dsl::not;
use diesel::prelude::*;
use tributary_core::ids::{ConsumerId, PlatformNo};
use tributary_core::state::DisabledReason;
use tributary_core::{Millis, Secret};

/// Where a message goes, and what signs it.
#[derive(Debug)]
pub struct Recipient {
    /// As its owner wrote it.
    pub url: String,
    /// Request headers of its owner's.
    pub headers: Vec<(String, Secret)>,
    /// Signing secrets: the present one, and the one before while that is still valid. Empty where they can't be
    /// opened.
    pub secrets: Vec<Secret>,
    /// Since when every attempt has failed; none: the latest one succeeded, or there was none.
    pub failing_since: Option<Millis>,
}

#[derive(Queryable)]
struct Row {
    #[diesel(deserialize_as = i64)]
    platform_no: PlatformNo,
    url: String,
    disabled: bool,
    headers: Option<Sealed>,
    secret: Sealed,
    previous_secret: Option<Sealed>,
    #[diesel(deserialize_as = StoredMoment)]
    previous_until: Option<Millis>,
    #[diesel(deserialize_as = StoredMoment)]
    failing_since: Option<Millis>,
}

/// The consumer as it is now; none while it is disabled.
pub(super) fn recipient(
    conn: &mut AnyConn,
    vault: &Vault,
    consumer: ConsumerId,
    now: Millis,
) -> Result<Option<Recipient>, DbError> {
    let row: Option<Row> = consumers::table
        .find(consumer.to_string())
        .select((
            consumers::platform_no,
            consumers::url,
            consumers::disabled,
            consumers::headers_sealed,
            consumers::secret_sealed,
            consumers::previous_secret_sealed,
            consumers::previous_until_ms,
            consumers::failing_since_ms,
        ))
        .first(conn)
        .optional()?;
    let Some(row) = row.filter(|row| !row.disabled) else { return Ok(None) };
    let (headers, secrets) = match open(conn, vault, consumer, &row, now) {
        Ok(opened) => opened,
        // One consumer's broken secret is that consumer's failure; it mustn't stop the others.
        Err(error) if !error.is_outage() => {
            tracing::error!(consumer.id = %consumer, %error, "a consumer's secrets don't open");
            (Vec::new(), Vec::new())
        }
        Err(error) => return Err(error),
    };
    Ok(Some(Recipient { url: row.url, headers, secrets, failing_since: row.failing_since }))
}

type Opened = (Vec<(String, Secret)>, Vec<Secret>);

fn open(
    conn: &mut AnyConn,
    vault: &Vault,
    consumer: ConsumerId,
    row: &Row,
    now: Millis,
) -> Result<Opened, DbError> {
    let scope = Scope::find(conn, row.platform_no, None)?;
    let mut open = |column, sealed| vault.open(conn, &scope, secrets::cell(column, consumer), sealed);
    let mut signing = vec![open(secrets::SECRET, &row.secret)?];
    if let Some(previous) = &row.previous_secret
        && row.previous_until.is_some_and(|until| now < until)
    {
        signing.push(open(secrets::PREVIOUS, previous)?);
    }
    let headers =
        row.headers.as_ref().map(|sealed| secrets::open_headers(conn, vault, &scope, consumer, sealed));
    Ok((headers.transpose()?.unwrap_or_default().into_iter().collect(), signing))
}

/// Notes that a message arrived.
pub(super) fn note_success(conn: &mut AnyConn, consumer: ConsumerId) -> Result<(), DbError> {
    let failing = consumers::table
        .filter(consumers::id.eq(consumer.to_string()))
        .filter(consumers::failing_since_ms.is_not_null());
    diesel::update(failing).set(consumers::failing_since_ms.eq(None::<i64>)).execute(conn)?;
    Ok(())
}

/// Notes that an attempt failed, if none did since the last success.
pub(super) fn note_failure(conn: &mut AnyConn, consumer: ConsumerId, at: Millis) -> Result<(), DbError> {
    let well = consumers::table
        .filter(consumers::id.eq(consumer.to_string()))
        .filter(consumers::failing_since_ms.is_null());
    diesel::update(well).set(consumers::failing_since_ms.eq(Some(at.0))).execute(conn)?;
    Ok(())
}

/// Disables a consumer, unless it is already, or receives elsewhere now, or, for its failures, has taken a message or
/// been enabled again meanwhile.
pub(super) fn disable(
    conn: &mut AnyConn,
    consumer: ConsumerId,
    reason: DisabledReason,
    known: &Known,
    now: Millis,
) -> Result<(), DbError> {
    let enabled = consumers::table
        .filter(consumers::id.eq(consumer.to_string()))
        .filter(consumers::url.eq(&known.url))
        .filter(not(consumers::disabled));
    let disabled = (
        consumers::disabled.eq(true),
        consumers::disabled_reason.eq(Some(reason.as_str())),
        consumers::modified_ms.eq(now.0),
    );
    let since = known.failing_since.map(|since| since.0);
    let count = match reason {
        DisabledReason::Failing => diesel::update(enabled.filter(consumers::failing_since_ms.eq(since)))
            .set(disabled)
            .execute(conn)?,
        DisabledReason::Gone | DisabledReason::Manual => {
            diesel::update(enabled).set(disabled).execute(conn)?
        }
    };
    if count > 0 {
        tracing::warn!(consumer.id = %consumer, %reason, "a consumer was disabled");
    }
    Ok(())
}

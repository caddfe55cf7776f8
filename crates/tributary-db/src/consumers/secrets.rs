//! What signs a consumer's messages, and the headers that its owner has us send. Sealed, both.

use super::lock;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::Platform;
use crate::schema::consumers;
use crate::stored::Sealed;
use crate::vault::{Cell, Scope, Vault};
use diesel::prelude::*;
use std::collections::BTreeMap;
use tributary_core::ids::ConsumerId;
use tributary_core::{Millis, Secret, token};

/// How long messages are signed with the secret before as well, after it was rotated: a day.
pub const OVERLAP_MS: i64 = 24 * 60 * 60 * 1000;

pub(crate) const SECRET: &str = "secret_sealed";
pub(crate) const PREVIOUS: &str = "previous_secret_sealed";
const HEADERS: &str = "headers_sealed";

/// The cell of a consumer's sealed column.
pub(crate) fn cell(column: &'static str, id: ConsumerId) -> Cell<'static> {
    Cell { table: "consumers", column, row: id.uuid() }
}

/// A new secret, and what is stored of it.
pub(super) fn new(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    id: ConsumerId,
    now: Millis,
) -> Result<(Secret, Vec<u8>), DbError> {
    let secret = token::random_signing_secret().map_err(|error| DbError::Unavailable(error.to_string()))?;
    let sealed = vault.seal(conn, &Scope::of_platform(platform), cell(SECRET, id), &secret, now)?;
    Ok((secret, sealed))
}

/// What a consumer's messages are signed with.
pub fn secret(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    id: ConsumerId,
) -> Result<Option<Secret>, DbError> {
    let sealed: Option<Sealed> = consumers::table
        .filter(consumers::platform_no.eq(platform.no.0))
        .filter(consumers::id.eq(id.to_string()))
        .select(consumers::secret_sealed)
        .first(conn)
        .optional()?;
    let open = |sealed: Sealed| vault.open(conn, &Scope::of_platform(platform), cell(SECRET, id), &sealed);
    sealed.map(open).transpose()
}

/// Gives a consumer a new secret. For a day messages are signed with the one before as well; one that is older than
/// that stops at once. Returns the new one, and when the day ends.
pub fn rotate(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    id: ConsumerId,
    now: Millis,
) -> Result<Option<(Secret, Millis)>, DbError> {
    if lock(conn, platform.no, id)?.is_none() {
        return Ok(None);
    }
    let Some(previous) = secret(conn, vault, platform, id)? else { return Ok(None) };
    let (scope, until) = (Scope::of_platform(platform), now.plus_ms(OVERLAP_MS));
    let previous = vault.seal(conn, &scope, cell(PREVIOUS, id), &previous, now)?;
    let (secret, sealed) = new(conn, vault, platform, id, now)?;
    diesel::update(consumers::table.find(id.to_string()))
        .set((
            consumers::secret_sealed.eq(sealed),
            consumers::previous_secret_sealed.eq(Some(previous)),
            consumers::previous_until_ms.eq(Some(until.0)),
            consumers::modified_ms.eq(now.0),
        ))
        .execute(conn)?;
    Ok(Some((secret, until)))
}

/// Replaces the request headers that a consumer gets beside ours; says whether the platform has the consumer.
pub fn set_headers(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    id: ConsumerId,
    headers: &BTreeMap<String, Secret>,
    now: Millis,
) -> Result<bool, DbError> {
    if lock(conn, platform.no, id)?.is_none() {
        return Ok(false);
    }
    let sealed = if headers.is_empty() {
        None
    } else {
        let plain: BTreeMap<&String, &str> =
            headers.iter().map(|(name, value)| (name, value.expose())).collect();
        let text = Secret::new(crate::stored::json_text(&plain)?);
        Some(vault.seal(conn, &Scope::of_platform(platform), cell(HEADERS, id), &text, now)?)
    };
    diesel::update(consumers::table.find(id.to_string()))
        .set((consumers::headers_sealed.eq(sealed), consumers::modified_ms.eq(now.0)))
        .execute(conn)?;
    Ok(true)
}

/// The names of those headers; none where the platform has no such consumer.
pub fn headers(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    id: ConsumerId,
) -> Result<Option<Vec<String>>, DbError> {
    let row: Option<Option<Vec<u8>>> = consumers::table
        .filter(consumers::platform_no.eq(platform.no.0))
        .filter(consumers::id.eq(id.to_string()))
        .select(consumers::headers_sealed)
        .first(conn)
        .optional()?;
    let Some(sealed) = row else { return Ok(None) };
    let Some(sealed) = sealed else { return Ok(Some(Vec::new())) };
    let headers = open_headers(conn, vault, &Scope::of_platform(platform), id, &Sealed(sealed))?;
    Ok(Some(headers.into_keys().collect()))
}

/// The headers that a consumer's column holds.
pub(crate) fn open_headers(
    conn: &mut AnyConn,
    vault: &Vault,
    scope: &Scope,
    id: ConsumerId,
    sealed: &Sealed,
) -> Result<BTreeMap<String, Secret>, DbError> {
    let text = vault.open(conn, scope, cell(HEADERS, id), sealed)?;
    serde_json::from_str(text.expose()).map_err(|error| DbError::Broken(error.to_string()))
}

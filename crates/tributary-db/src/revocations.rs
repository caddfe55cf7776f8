//! `revocations`: authorizations to end at Stripe because no connection uses them any more (rule E15).
//!
//! Whoever severs a connection, or doesn't keep what a code was exchanged for, asks for it in the same transaction; the
//! worker carries it out. A merchant may authorise the same account anew meanwhile, and ending that authorization would
//! cut the fresh one too: Stripe ends all of an account and platform at once. Three things keep that from happening:
//!
//! - linking a connection withdraws what was asked for its account (`withdraw`);
//! - nothing is claimed while a code of the integration is being exchanged ([`claim`]): which account a code is of
//!   shows only after its exchange;
//! - no code is exchanged while a claim of the integration is being carried out ([`is_under_way`]).
//!
//! Claims and callbacks of one integration lock its row, so that one of the two always sees the other.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::revocations as table;
use crate::stored::Stored;
use crate::{connections, integrations, oauth_states};
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{AccountId, IntegrationId, PlatformNo};

/// For how long a claim is one worker's: longer than a call to Stripe may take.
pub const CLAIM_SECS: i64 = 60;

/// Attempts before a revocation is given up.
pub const ATTEMPTS_MAX: i64 = 8;

/// How long a claim waits for a code that is being exchanged.
const POSTPONED_SECS: i64 = 5;

/// An authorization that a worker is ending.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Revocation {
    /// The integration by which the account was authorised.
    #[diesel(deserialize_as = Stored)]
    pub integration_id: IntegrationId,
    /// The account.
    #[diesel(deserialize_as = Stored)]
    pub account: AccountId,
    /// The integration's platform.
    #[diesel(deserialize_as = i64)]
    pub platform_no: PlatformNo,
    /// Attempts so far, the present one included.
    pub attempts: i64,
    claimed_until_ms: i64,
}

/// What there was to claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Nothing is due.
    Nothing,
    /// One was due, but may not be carried out now, or at all any more. There may be others.
    Skipped,
    /// This one is the caller's until [`CLAIM_SECS`] have passed.
    Mine(Revocation),
}

/// Asks for an account's authorization to be ended, unless a Linked connection of the integration still uses it. Of
/// several who sever connections of one account at once the last asks.
pub fn request(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration_id: IntegrationId,
    account: &AccountId,
    now: Millis,
) -> Result<(), DbError> {
    integrations::lock(conn, integration_id)?;
    if connections::is_account_linked(conn, platform_no, integration_id, account)? {
        return Ok(());
    }
    let insert = diesel::insert_into(table::table)
        .values((
            table::integration_id.eq(integration_id.to_string()),
            table::account_id.eq(&account.0),
            table::platform_no.eq(platform_no.0),
            table::attempts.eq(0_i64),
            table::next_attempt_ms.eq(now.0),
            table::claimed_until_ms.eq(0_i64),
            table::created_ms.eq(now.0),
        ))
        .on_conflict_do_nothing();
    Both(insert).execute(conn)?;
    Ok(())
}

/// Withdraws what was asked for an account: it has been authorised anew.
pub(crate) fn withdraw(
    conn: &mut AnyConn,
    integration_id: IntegrationId,
    account: &AccountId,
) -> Result<(), DbError> {
    diesel::delete(table::table.find((integration_id.to_string(), &account.0))).execute(conn)?;
    Ok(())
}

/// Whether any is due: for a look that need not write. `now` is the database's clock.
pub fn is_any_due(conn: &mut AnyConn, now: Millis) -> Result<bool, DbError> {
    let due = table::table.filter(table::next_attempt_ms.le(now.0)).filter(table::claimed_until_ms.le(now.0));
    Ok(diesel::select(diesel::dsl::exists(due)).get_result(conn)?)
}

/// Takes the revocation that is due the longest. `now` is the database's clock.
pub fn claim(conn: &mut AnyConn, now: Millis) -> Result<Claimed, DbError> {
    let due: Option<(String, String)> = table::table
        .filter(table::next_attempt_ms.le(now.0))
        .filter(table::claimed_until_ms.le(now.0))
        .order((table::next_attempt_ms, table::created_ms))
        .select((table::integration_id, table::account_id))
        .first(conn)
        .optional()?;
    let Some(key) = due else { return Ok(Claimed::Nothing) };
    let id = IntegrationId::try_from(Stored(key.0.clone()))?;
    // From here on no callback of the integration begins, and no other worker claims.
    integrations::lock(conn, id)?;
    let row = table::table.find(key);
    let columns = (
        table::integration_id,
        table::account_id,
        table::platform_no,
        table::attempts,
        table::claimed_until_ms,
    );
    let found: Option<Revocation> =
        row.clone().filter(table::claimed_until_ms.le(now.0)).select(columns).first(conn).optional()?;
    let Some(mut revocation) = found else { return Ok(Claimed::Skipped) };
    if connections::is_account_linked(conn, revocation.platform_no, id, &revocation.account)? {
        diesel::delete(row).execute(conn)?;
        return Ok(Claimed::Skipped);
    }
    if oauth_states::is_any_being_exchanged(conn, id, now)? {
        let later = now.plus_ms(POSTPONED_SECS * 1000);
        diesel::update(row).set(table::next_attempt_ms.eq(later.0)).execute(conn)?;
        return Ok(Claimed::Skipped);
    }
    revocation.attempts += 1;
    revocation.claimed_until_ms = now.plus_ms(CLAIM_SECS * 1000).0;
    diesel::update(row)
        .set((
            table::attempts.eq(revocation.attempts),
            table::claimed_until_ms.eq(revocation.claimed_until_ms),
        ))
        .execute(conn)?;
    Ok(Claimed::Mine(revocation))
}

/// Whether a claim of the integration is being carried out: its codes wait until then.
pub fn is_under_way(conn: &mut AnyConn, integration_id: IntegrationId, now: Millis) -> Result<bool, DbError> {
    let claimed = table::table
        .filter(table::integration_id.eq(integration_id.to_string()))
        .filter(table::claimed_until_ms.gt(now.0));
    Ok(diesel::select(diesel::dsl::exists(claimed)).get_result(conn)?)
}

/// Ends a claim: it is done, or given up.
pub fn end(conn: &mut AnyConn, revocation: &Revocation) -> Result<(), DbError> {
    diesel::delete(mine(revocation)).execute(conn)?;
    Ok(())
}

/// Lets go of a claim until another attempt is due.
pub fn retry_at(conn: &mut AnyConn, revocation: &Revocation, at: Millis) -> Result<(), DbError> {
    diesel::update(mine(revocation))
        .set((table::next_attempt_ms.eq(at.0), table::claimed_until_ms.eq(0_i64)))
        .execute(conn)?;
    Ok(())
}

/// The row as long as it is claimed as this claim left it.
#[diesel::dsl::auto_type(no_type_alias)]
fn mine(revocation: &Revocation) -> _ {
    let (integration_id, account): (String, String) =
        (revocation.integration_id.to_string(), revocation.account.0.clone());
    let claimed_until_ms: i64 = revocation.claimed_until_ms;
    table::table
        .filter(table::integration_id.eq(integration_id))
        .filter(table::account_id.eq(account))
        .filter(table::claimed_until_ms.eq(claimed_until_ms))
}

//! Connections: one company's access to one Stripe account.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::connection_errors::{ConnectionError, push, resolve};
use crate::error::DbError;
use crate::integrations::Integration;
use crate::leases;
use crate::page::Page;
use crate::query::{Condition, Field, Fields, ListQuery, Ordering};
use crate::schema::{connections, integrations};
use crate::stored::{Stored, StoredJson, StoredMoment, StoredOption, json_text};
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use std::collections::BTreeMap;
use tributary_core::Millis;
use tributary_core::ids::{AccountId, CompanyId, ConnectionId, ConnectionNo, IntegrationId, PlatformNo};
use tributary_core::state::ConnectionStatus;

/// One company's access to one Stripe account.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Connection {
    /// The short form of `id` in the keys of data tables.
    #[diesel(deserialize_as = i64)]
    pub no: ConnectionNo,
    /// Its id for the outside.
    #[diesel(deserialize_as = Stored)]
    pub id: ConnectionId,
    /// The platform it belongs to.
    #[diesel(deserialize_as = i64)]
    pub platform_no: PlatformNo,
    /// The company it belongs to.
    #[diesel(deserialize_as = Stored)]
    pub company_id: CompanyId,
    /// The integration it was made with.
    #[diesel(deserialize_as = Stored)]
    pub integration_id: IntegrationId,
    /// Where it stands.
    #[diesel(deserialize_as = Stored)]
    pub status: ConnectionStatus,
    /// Stripe's account; set by the first authorization and never changed after it.
    #[diesel(deserialize_as = StoredOption)]
    pub account_id: Option<AccountId>,
    /// What went wrong with its authorization, oldest first; the latest twenty.
    #[diesel(deserialize_as = StoredJson)]
    pub errors: Vec<ConnectionError>,
    /// When the latest run ended in which at least one data type completed.
    #[diesel(deserialize_as = StoredMoment)]
    pub last_sync: Option<Millis>,
    /// When it was last authorised.
    #[diesel(deserialize_as = StoredMoment)]
    pub linked: Option<Millis>,
    /// When it was created.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
    /// When anything of the above last changed.
    #[diesel(deserialize_as = i64)]
    pub modified: Millis,
    /// Since when it isn't read, because somebody said so; none: it is.
    #[diesel(deserialize_as = StoredMoment)]
    pub paused: Option<Millis>,
}

/// A connection with the integration it was made with, as answers show it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct ConnectionView {
    /// The connection.
    pub connection: Connection,
    /// Its integration.
    pub integration: Integration,
}

/// Stores a connection that awaits authorization, and its lease. Services use
/// `use_cases::create_connection`, which checks company and integration first.
pub fn create(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    integration: &Integration,
    now: Millis,
) -> Result<Connection, DbError> {
    let (id, status) = (ConnectionId::random(), ConnectionStatus::PendingAuth);
    let no: i64 = diesel::insert_into(connections::table)
        .values((
            connections::id.eq(id.to_string()),
            connections::platform_no.eq(platform_no.0),
            connections::company_id.eq(company_id.to_string()),
            connections::integration_id.eq(integration.id.to_string()),
            connections::status.eq(status.as_str()),
            connections::errors.eq("[]"),
            connections::created_ms.eq(now.0),
            connections::modified_ms.eq(now.0),
        ))
        .returning(connections::no)
        .get_result(conn)?;
    leases::create(conn, ConnectionNo(no))?;
    Ok(Connection {
        no: ConnectionNo(no),
        id,
        platform_no,
        company_id,
        integration_id: integration.id,
        status,
        account_id: None,
        errors: Vec::new(),
        last_sync: None,
        linked: None,
        created: now,
        modified: now,
        paused: None,
    })
}

/// Changes columns of one connection, and the moment of its change with them. A macro, because the bounds of a
/// generic function over change sets are longer than what it would save.
macro_rules! update {
    ($conn:expr, $no:expr, $now:expr, $($change:expr),+ $(,)?) => {
        diesel::update(connections::table.find($no.0))
            .set(($($change,)+ connections::modified_ms.eq($now.0)))
            .execute($conn)
    };
}

/// A company's connection.
pub fn find(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
) -> Result<Option<Connection>, DbError> {
    Ok(connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::company_id.eq(company_id.to_string()))
        .filter(connections::id.eq(id.to_string()))
        .first(conn)
        .optional()?)
}

/// As [`find`], with its integration.
pub fn find_view(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
) -> Result<Option<ConnectionView>, DbError> {
    Ok(connections::table
        .inner_join(integrations::table.on(integrations::id.eq(connections::integration_id)))
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::company_id.eq(company_id.to_string()))
        .filter(connections::id.eq(id.to_string()))
        .first(conn)
        .optional()?)
}

/// A connection of whatever platform. For Link only: its URLs carry no more than ids.
pub fn find_any(conn: &mut AnyConn, id: ConnectionId) -> Result<Option<Connection>, DbError> {
    Ok(connections::table.filter(connections::id.eq(id.to_string())).first(conn).optional()?)
}

/// As [`find_any`], with its integration.
pub fn find_any_view(conn: &mut AnyConn, id: ConnectionId) -> Result<Option<ConnectionView>, DbError> {
    Ok(connections::table
        .inner_join(integrations::table.on(integrations::id.eq(connections::integration_id)))
        .filter(connections::id.eq(id.to_string()))
        .first(conn)
        .optional()?)
}

/// A connection by its number. For the worker, and for rows that name it.
pub fn find_by_no(conn: &mut AnyConn, no: ConnectionNo) -> Result<Option<Connection>, DbError> {
    Ok(connections::table.find(no.0).first(conn).optional()?)
}

/// As [`find_by_no`], with its integration.
pub fn find_view_by_no(conn: &mut AnyConn, no: ConnectionNo) -> Result<Option<ConnectionView>, DbError> {
    Ok(connections::table
        .inner_join(integrations::table.on(integrations::id.eq(connections::integration_id)))
        .filter(connections::no.eq(no.0))
        .first(conn)
        .optional()?)
}

/// What may be asked of connections.
pub const FIELDS: &Fields = &Fields::new(
    "Connection",
    "connections",
    [Field::id("id", "connections.id"), Field::date("created", "connections.created_ms")],
    &[
        Field::text("status", "connections.status"),
        Field::date("lastSync", "connections.last_sync_ms").optional(),
        Field::id("integrationId", SHOWN_INTEGRATION),
        Field::text("integrationKey", "integrations.platform_key"),
        Field::text("platformName", SHOWN_PLATFORM),
        Field::text("sourceType", "'Commerce'"),
        Field::id("connectionInfo.accountId", "connections.account_id").optional(),
    ],
);

/// An integration's id for the outside, by its key.
const SHOWN_INTEGRATION: &str = "CASE integrations.platform_key \
     WHEN 'exgd' THEN '43b64770-a953-46d6-ab30-46c21094a276' ELSE 'c81f0a6e-92d4-4d37-8f5b-6e20b7d9a413' END";

/// An integration's name for people, by its key.
const SHOWN_PLATFORM: &str =
    "CASE integrations.platform_key WHEN 'exgd' THEN 'Stripe' ELSE 'Stripe Test' END";

/// A page of a company's connections, newest first, and how many there are.
pub fn list(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    page: Page,
) -> Result<(Vec<ConnectionView>, i64), DbError> {
    select(conn, platform_no, company_id, &ListQuery::newest(FIELDS, page))
}

/// The part of a company's connections that is asked for, and how many there are.
pub fn select(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    query: &ListQuery,
) -> Result<(Vec<ConnectionView>, i64), DbError> {
    let wanted = || {
        connections::table
            .inner_join(integrations::table.on(integrations::id.eq(connections::integration_id)))
            .filter(connections::platform_no.eq(platform_no.0))
            .filter(connections::company_id.eq(company_id.to_string()))
            .filter(Condition(&query.filter))
    };
    let total = wanted().count().get_result(conn)?;
    let rows = wanted()
        .order(Ordering(&query.order))
        .offset(query.page.offset)
        .limit(query.page.limit)
        .load(conn)?;
    Ok((rows, total))
}

/// All connections of some of a platform's companies (a page of them), newest first.
pub fn list_for_companies(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    companies: &[CompanyId],
) -> Result<Vec<ConnectionView>, DbError> {
    let companies: Vec<String> = companies.iter().map(ToString::to_string).collect();
    Ok(connections::table
        .inner_join(integrations::table.on(integrations::id.eq(connections::integration_id)))
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::company_id.eq_any(companies))
        .order((connections::created_ms.desc(), connections::id))
        .load(conn)?)
}

/// A company's Linked connections, oldest first.
pub(crate) fn linked(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
) -> Result<Vec<Connection>, DbError> {
    Ok(connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::company_id.eq(company_id.to_string()))
        .filter(connections::status.eq(ConnectionStatus::Linked.as_str()))
        .order(connections::no)
        .load(conn)?)
}

/// When any of a company's connections last synced.
pub(crate) fn last_sync(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
) -> Result<Option<Millis>, DbError> {
    let latest: Option<i64> = connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::company_id.eq(company_id.to_string()))
        .select(max(connections::last_sync_ms))
        .first(conn)?;
    Ok(latest.map(Millis))
}

/// How many connections of an integration have each status; statuses that none has are left out.
pub fn count_by_status(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration_id: IntegrationId,
) -> Result<BTreeMap<ConnectionStatus, i64>, DbError> {
    let rows: Vec<(String, i64)> = connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::integration_id.eq(integration_id.to_string()))
        .group_by(connections::status)
        .select((connections::status, count_star()))
        .load(conn)?;
    let read = |(status, count): (String, i64)| match status.parse() {
        Ok(status) => Ok((status, count)),
        Err(_) => Err(DbError::Broken("an unknown connection status".to_owned())),
    };
    rows.into_iter().map(read).collect()
}

/// Whether any Linked connection of an integration, of whatever company, has this account: then it must stay
/// connected at Stripe (rule E15).
pub fn is_account_linked(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration_id: IntegrationId,
    account: &AccountId,
) -> Result<bool, DbError> {
    let linked = connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::integration_id.eq(integration_id.to_string()))
        .filter(connections::account_id.eq(&account.0))
        .filter(connections::status.eq(ConnectionStatus::Linked.as_str()));
    Ok(diesel::select(diesel::dsl::exists(linked)).get_result(conn)?)
}

/// Whether any of a platform's connections was ever linked.
pub fn was_any_linked(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<bool, DbError> {
    let linked = connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::linked_ms.is_not_null());
    Ok(diesel::select(diesel::dsl::exists(linked)).get_result(conn)?)
}

/// Reads a connection and holds its row until the transaction ends, so that what is decided on it stays
/// true; `None` when it was deleted. On SQLite a writing transaction is alone anyway.
pub(crate) fn lock(conn: &mut AnyConn, no: ConnectionNo) -> Result<Option<Connection>, DbError> {
    if let AnyConn::Pg(conn) = conn {
        let row = connections::table.find(no.0).select(connections::no);
        row.for_no_key_update().first::<i64>(conn).optional()?;
    }
    Ok(connections::table.find(no.0).first(conn).optional()?)
}

/// Keeps a connection from being deleted until the transaction ends, for whoever adds rows of its own; says whether it
/// is there.
pub(crate) fn keep(conn: &mut AnyConn, no: ConnectionNo) -> Result<bool, DbError> {
    let row = connections::table.find(no.0).select(connections::no);
    let found: Option<i64> = match conn {
        AnyConn::Pg(conn) => row.for_key_share().first(conn).optional()?,
        AnyConn::Sqlite(conn) => row.first(conn).optional()?,
    };
    Ok(found.is_some())
}

/// Keeps a Linked connection Linked until the transaction ends, for whoever adds what ends with its access; whose it is,
/// or `None` if it isn't Linked. Losing access waits for that (it locks the row), and ends what was added.
pub(crate) fn keep_linked(conn: &mut AnyConn, no: ConnectionNo) -> Result<Option<Owner>, DbError> {
    let linked = connections::table
        .find(no.0)
        .filter(connections::status.eq(ConnectionStatus::Linked.as_str()))
        .select((connections::no, connections::platform_no));
    let found: Option<(i64, i64)> = match conn {
        AnyConn::Pg(conn) => linked.for_share().first(conn).optional()?,
        AnyConn::Sqlite(conn) => linked.first(conn).optional()?,
    };
    Ok(found.map(owner))
}

/// As [`keep_linked`], for all connections that an integration has to an account.
pub(crate) fn keep_of_account(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    integration: IntegrationId,
    account: &AccountId,
) -> Result<Vec<Owner>, DbError> {
    let linked = connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::integration_id.eq(integration.to_string()))
        .filter(connections::account_id.eq(&account.0))
        .filter(connections::status.eq(ConnectionStatus::Linked.as_str()))
        .order(connections::no)
        .select((connections::no, connections::platform_no));
    let found: Vec<(i64, i64)> = match conn {
        AnyConn::Pg(conn) => linked.for_share().load(conn)?,
        AnyConn::Sqlite(conn) => linked.load(conn)?,
    };
    Ok(found.into_iter().map(owner).collect())
}

fn owner((no, platform_no): (i64, i64)) -> Owner {
    Owner { connection_no: ConnectionNo(no), platform_no: PlatformNo(platform_no) }
}

/// As [`lock`], after its lease: a worker's commit that is under way is waited for (rule E9). Commits lock in the same
/// order.
pub(crate) fn lock_for_severing(conn: &mut AnyConn, no: ConnectionNo) -> Result<Option<Connection>, DbError> {
    leases::lock(conn, no)?;
    lock(conn, no)
}

/// Every connection of a platform, the oldest first. For commands.
pub fn of_platform(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<Vec<Connection>, DbError> {
    Ok(connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .order(connections::no)
        .load(conn)?)
}

/// All connections of a company, oldest first.
pub(crate) fn of_company(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
) -> Result<Vec<Connection>, DbError> {
    Ok(connections::table
        .filter(connections::platform_no.eq(platform_no.0))
        .filter(connections::company_id.eq(company_id.to_string()))
        .order(connections::no)
        .load(conn)?)
}

/// Deletes a locked connection's row. Lease and credentials must be gone.
pub(crate) fn delete(conn: &mut AnyConn, no: ConnectionNo) -> Result<(), DbError> {
    diesel::delete(connections::table.find(no.0)).execute(conn)?;
    Ok(())
}

/// Adds an authorization error; of more than twenty the oldest goes. Says whether the connection is still there.
pub fn record_error(
    conn: &mut AnyConn,
    no: ConnectionNo,
    error: ConnectionError,
    now: Millis,
) -> Result<bool, DbError> {
    let Some(Connection { mut errors, .. }) = lock(conn, no)? else { return Ok(false) };
    push(&mut errors, error);
    update!(conn, no, now, connections::errors.eq(json_text(&errors)?))?;
    Ok(true)
}

/// Notes that a run ended in which at least one data type completed.
pub fn set_last_sync(conn: &mut AnyConn, no: ConnectionNo, now: Millis) -> Result<(), DbError> {
    update!(conn, no, now, connections::last_sync_ms.eq(now.0))?;
    Ok(())
}

/// Makes a locked connection Linked to an account, which resolves its errors.
pub(crate) fn set_linked(
    conn: &mut AnyConn,
    connection: &Connection,
    account: &AccountId,
    now: Millis,
) -> Result<(), DbError> {
    let mut errors = connection.errors.clone();
    resolve(&mut errors, now);
    update!(
        conn,
        connection.no,
        now,
        connections::status.eq(ConnectionStatus::Linked.as_str()),
        connections::account_id.eq(&account.0),
        connections::linked_ms.eq(now.0),
        connections::errors.eq(json_text(&errors)?),
    )?;
    Ok(())
}

/// Pauses a locked connection, or lets it be read again.
pub(crate) fn set_paused(
    conn: &mut AnyConn,
    no: ConnectionNo,
    paused: Option<Millis>,
    now: Millis,
) -> Result<(), DbError> {
    update!(conn, no, now, connections::paused_ms.eq(paused.map(|at| at.0)))?;
    Ok(())
}

/// Makes a locked connection Unlinked.
pub(crate) fn set_unlinked(conn: &mut AnyConn, no: ConnectionNo, now: Millis) -> Result<(), DbError> {
    update!(conn, no, now, connections::status.eq(ConnectionStatus::Unlinked.as_str()))?;
    Ok(())
}

/// Makes a locked connection Deauthorized, with the reason.
pub(crate) fn set_deauthorized(
    conn: &mut AnyConn,
    connection: &Connection,
    error: ConnectionError,
    now: Millis,
) -> Result<(), DbError> {
    let mut errors = connection.errors.clone();
    push(&mut errors, error);
    update!(
        conn,
        connection.no,
        now,
        connections::status.eq(ConnectionStatus::Deauthorized.as_str()),
        connections::errors.eq(json_text(&errors)?),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};
    use tributary_core::SyncMode;

    #[test]
    fn a_connection_is_found_only_under_its_own_platform_and_company() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let integration = db.integration(&one, SyncMode::OneOff);
        let (mine, sibling) = (db.company(&one, "Mine"), db.company(&one, "Sibling"));
        let connection = db.connection(&mine, &integration);
        let find = |no, company: CompanyId| db.run(|conn| super::find(conn, no, company, connection.id));
        assert_eq!(find(one.no, mine.id), Some(connection.clone()));
        assert_eq!(find(one.no, sibling.id), None);
        assert_eq!(find(other.no, mine.id), None);
        let view = ConnectionView { connection: connection.clone(), integration };
        assert_eq!(db.run(|conn| find_view(conn, one.no, mine.id, connection.id)), Some(view.clone()));
        assert_eq!(db.run(|conn| find_view(conn, other.no, mine.id, connection.id)), None);
        assert_eq!(db.run(|conn| find_any_view(conn, connection.id)), Some(view.clone()));
        assert_eq!(db.run(|conn| find_view_by_no(conn, connection.no)), Some(view.clone()));
        let all = [mine.id, sibling.id];
        assert_eq!(db.run(|conn| list_for_companies(conn, one.no, &all)), vec![view.clone()]);
        assert_eq!(db.run(|conn| list_for_companies(conn, other.no, &all)), []);
        let page = Page { offset: 0, limit: 10 };
        assert_eq!(db.run(|conn| list(conn, one.no, mine.id, page)), (vec![view], 1));
        assert_eq!(db.run(|conn| list(conn, other.no, mine.id, page)), (vec![], 0));
    }

    #[test]
    fn the_twenty_latest_errors_are_kept_and_their_texts_have_bounds() {
        let db = TestDb::new();
        let platform = db.platform("One");
        let integration = db.integration(&platform, SyncMode::OneOff);
        let connection = db.connection(&db.company(&platform, "Mine"), &integration);
        for n in 0..25 {
            let error = ConnectionError {
                status_code: "403".to_owned(),
                status_text: "é".repeat(5000),
                error_message: format!("Error {n}"),
                errored_on: NOW.plus_ms(n),
                resolved_on: None,
            };
            db.run(|conn| record_error(conn, connection.no, error.clone(), NOW.plus_ms(n)));
        }
        let stored = db.run(|conn| find_by_no(conn, connection.no)).unwrap();
        let messages: Vec<String> = stored.errors.iter().map(|error| error.error_message.clone()).collect();
        assert_eq!(messages, (5..25).map(|n| format!("Error {n}")).collect::<Vec<_>>());
        assert_eq!(stored.errors[0].status_text, "é".repeat(500));
        assert_eq!(stored.errors[19].errored_on, NOW.plus_ms(24));
        assert_eq!(stored.modified, NOW.plus_ms(24));
    }
}

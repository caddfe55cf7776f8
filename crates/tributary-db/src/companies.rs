//! Companies: the merchants whose data a platform reads.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::page::Page;
use crate::platforms::Platform;
use crate::query::{Condition, Field, Fields, ListQuery, Ordering, TagCondition};
use crate::schema::{companies, platforms};
use crate::stored::{Stored, StoredJson, json_text};
use crate::use_cases::CompanyChange;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::collections::BTreeMap;
use tributary_contract::query::{Filter, Tag};
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, PlatformNo};

/// A merchant's company.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Company {
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: CompanyId,
    /// The platform it belongs to.
    #[diesel(deserialize_as = i64)]
    pub platform_no: PlatformNo,
    /// Its name; two companies may share one.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// The platform's own labels.
    #[diesel(deserialize_as = StoredJson)]
    pub tags: BTreeMap<String, String>,
    /// Who created it: a user's e-mail address or an API key's name.
    pub created_by: Option<String>,
    /// When it was created.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
    /// Labels of the contract's products, the first added first.
    #[diesel(deserialize_as = StoredJson)]
    pub products: Vec<String>,
}

impl TryFrom<StoredJson> for Vec<String> {
    type Error = serde_json::Error;

    fn try_from(stored: StoredJson) -> Result<Self, serde_json::Error> {
        stored.read()
    }
}

impl TryFrom<StoredJson> for BTreeMap<String, String> {
    type Error = serde_json::Error;

    fn try_from(stored: StoredJson) -> Result<Self, serde_json::Error> {
        stored.read()
    }
}

/// A company to be; `use_cases::create_company` checks it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewCompany {
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// The platform's own labels.
    pub tags: BTreeMap<String, String>,
    /// Who creates it.
    pub created_by: Option<String>,
}

/// Stores a company as given. Services use `use_cases::create_company`, which checks it first.
pub fn create(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    new: NewCompany,
    now: Millis,
) -> Result<Company, DbError> {
    let id = CompanyId::random();
    diesel::insert_into(companies::table)
        .values((
            companies::id.eq(id.to_string()),
            companies::platform_no.eq(platform_no.0),
            companies::name.eq(&new.name),
            companies::description.eq(&new.description),
            companies::tags.eq(json_text(&new.tags)?),
            companies::created_by.eq(&new.created_by),
            companies::created_ms.eq(now.0),
        ))
        .execute(conn)?;
    let NewCompany { name, description, tags, created_by } = new;
    Ok(Company { id, platform_no, name, description, tags, created_by, created: now, products: Vec::new() })
}

/// Changes the columns that are named, as given. Services use `use_cases::change_company`, which checks them first.
pub(crate) fn change(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    id: CompanyId,
    change: &CompanyChange,
) -> Result<(), DbError> {
    let CompanyChange { name, description, tags } = change;
    if name.is_none() && description.is_none() && tags.is_none() {
        return Ok(());
    }
    let tags = tags.as_ref().map(json_text).transpose()?;
    let company = companies::table
        .filter(companies::platform_no.eq(platform_no.0))
        .filter(companies::id.eq(id.to_string()));
    diesel::update(company)
        .set((
            name.as_ref().map(|name| companies::name.eq(name)),
            description.as_ref().map(|description| companies::description.eq(description)),
            tags.map(|tags| companies::tags.eq(tags)),
        ))
        .execute(conn)?;
    Ok(())
}

/// A platform's company.
pub fn find(conn: &mut AnyConn, platform_no: PlatformNo, id: CompanyId) -> Result<Option<Company>, DbError> {
    Ok(companies::table
        .filter(companies::platform_no.eq(platform_no.0))
        .filter(companies::id.eq(id.to_string()))
        .first(conn)
        .optional()?)
}

/// What may be asked of companies.
pub const FIELDS: &Fields = &Fields::new(
    "Company",
    "companies",
    [Field::id("id", "companies.id"), Field::date("created", "companies.created_ms")],
    &[
        Field::text("name", "companies.name"),
        Field::text("description", "companies.description").optional(),
        Field::text("createdByUserName", "companies.created_by").optional(),
        Field::date("lastSync", LAST_SYNC).optional(),
        Field::text("dataConnections.status", "c.status").within(DATA_CONNECTIONS),
    ],
);

/// The latest sync of any connection.
const LAST_SYNC: &str = "(SELECT MAX(c.last_sync_ms) FROM connections AS c \
    WHERE c.platform_no = companies.platform_no AND c.company_id = companies.id)";

const DATA_CONNECTIONS: &str = "SELECT 1 FROM connections AS c \
    WHERE c.platform_no = companies.platform_no AND c.company_id = companies.id";

/// A page of a platform's companies, newest first, and how many there are.
pub fn list(conn: &mut AnyConn, platform_no: PlatformNo, page: Page) -> Result<(Vec<Company>, i64), DbError> {
    select(conn, platform_no, &ListQuery::newest(FIELDS, page), &Filter::everything())
}

/// The part of a platform's companies that is asked for, and how many there are that have such tags.
pub fn select(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    query: &ListQuery,
    tags: &Filter<Tag>,
) -> Result<(Vec<Company>, i64), DbError> {
    let wanted = companies::table
        .filter(companies::platform_no.eq(platform_no.0))
        .filter(Condition(&query.filter))
        .filter(TagCondition(tags));
    let total = wanted.count().get_result(conn)?;
    let rows =
        wanted.order(Ordering(&query.order)).offset(query.page.offset).limit(query.page.limit).load(conn)?;
    Ok((rows, total))
}

/// Holds a company's row until the transaction ends; says whether the platform has it.
pub(crate) fn lock(conn: &mut AnyConn, platform_no: PlatformNo, id: CompanyId) -> Result<bool, DbError> {
    let row = companies::table
        .filter(companies::platform_no.eq(platform_no.0))
        .filter(companies::id.eq(id.to_string()))
        .select(companies::id);
    let found: Option<String> = match conn {
        AnyConn::Pg(conn) => row.for_update().first(conn).optional()?,
        AnyConn::Sqlite(conn) => row.first(conn).optional()?,
    };
    Ok(found.is_some())
}

/// As [`find`], and keeps the company from being deleted until the transaction ends: for whoever adds rows of its own.
pub(crate) fn keep(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    id: CompanyId,
) -> Result<Option<Company>, DbError> {
    if let AnyConn::Pg(conn) = conn {
        let row = companies::table.find(id.to_string()).select(companies::id);
        row.for_key_share().first::<String>(conn).optional()?;
    }
    find(conn, platform_no, id)
}

/// Stores the labels of a locked company.
pub(crate) fn set_products(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    id: CompanyId,
    products: &[String],
) -> Result<(), DbError> {
    let company = companies::table
        .filter(companies::platform_no.eq(platform_no.0))
        .filter(companies::id.eq(id.to_string()));
    diesel::update(company).set(companies::products.eq(json_text(&products)?)).execute(conn)?;
    Ok(())
}

/// Deletes a locked company, whose connections are gone, and what is kept for it: the tables that a test holds against
/// the schema.
pub(crate) fn delete(conn: &mut AnyConn, platform_no: PlatformNo, id: CompanyId) -> Result<(), DbError> {
    for table in TABLES {
        diesel::sql_query(format!("DELETE FROM {table} WHERE platform_no = $1 AND company_id = $2"))
            .bind::<BigInt, _>(platform_no.0)
            .bind::<Text, _>(id.to_string())
            .execute(conn)?;
    }
    let company = companies::table
        .filter(companies::platform_no.eq(platform_no.0))
        .filter(companies::id.eq(id.to_string()));
    diesel::delete(company).execute(conn)?;
    Ok(())
}

/// Tables that hold a few rows of a company's own, which go with it.
pub(crate) const TABLES: &[&str] = &["data_keys", "message_clocks", "sync_settings", "timetables"];

/// Whether a platform has any company.
pub fn exist(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<bool, DbError> {
    let of_platform = companies::table.filter(companies::platform_no.eq(platform_no.0));
    Ok(diesel::select(diesel::dsl::exists(of_platform)).get_result(conn)?)
}

/// A company of whatever platform, and its platform: for Link, whose URLs carry no more than the id, and for what is told
/// of a company that was found for its platform.
pub fn find_any(conn: &mut AnyConn, id: CompanyId) -> Result<Option<(Platform, Company)>, DbError> {
    Ok(companies::table
        .inner_join(platforms::table.on(platforms::no.eq(companies::platform_no)))
        .filter(companies::id.eq(id.to_string()))
        .select((platforms::all_columns, companies::all_columns))
        .first(conn)
        .optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};

    #[test]
    fn a_platform_sees_its_own_companies_only_newest_first() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let tags = BTreeMap::from([("region".to_owned(), "ük \"n\"".to_owned())]);
        let new = |n: i64| NewCompany {
            name: format!("Company {n}"),
            description: Some("first".to_owned()),
            tags: tags.clone(),
            created_by: Some("CI".to_owned()),
        };
        let made: Vec<Company> =
            (0..5).map(|n| db.run(|conn| create(conn, one.no, new(n), NOW.plus_ms(n)))).collect();
        assert!(db.run(|conn| exist(conn, one.no)) && !db.run(|conn| exist(conn, other.no)));
        let foreign = db.company(&other, "Foreign");
        assert_eq!(db.run(|conn| find(conn, one.no, made[0].id)), Some(made[0].clone()));
        assert_eq!(db.run(|conn| find(conn, one.no, foreign.id)), None);
        let page = Page { offset: 1, limit: 2 };
        let (rows, total) = db.run(|conn| list(conn, one.no, page));
        assert_eq!((rows, total), (vec![made[3].clone(), made[2].clone()], 5));
        assert_eq!(db.run(|conn| find_any(conn, foreign.id)), Some((other, foreign)));
        assert_eq!(db.run(|conn| find_any(conn, CompanyId::random())), None);
    }
}

//! Platforms: the customers of this installation.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::platforms;
use crate::stored::Stored;
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{PlatformId, PlatformNo};

/// Characters in a platform's name at most.
pub const NAME_CHARS_MAX: usize = 100;

/// One customer of this installation.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Platform {
    /// The short form of `id` in the keys of data tables.
    #[diesel(deserialize_as = i64)]
    pub no: PlatformNo,
    /// Its id for the outside.
    #[diesel(deserialize_as = Stored)]
    pub id: PlatformId,
    /// Its name; two platforms may share one.
    pub name: String,
    /// When it was created.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
}

/// Why a platform's name is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a platform's name has 1 to {NAME_CHARS_MAX} characters")]
pub struct BadName;

/// Why a command can't tell which platform is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// There is no platform at all.
    #[error("there is no platform yet: create one with `tributary platform create --name NAME`")]
    NoPlatform,
    /// None was named and there are several.
    #[error("there are several platforms: say which with --platform ID or --platform NAME")]
    NotNamed,
    /// No platform has this id or name.
    #[error("there is no platform with the id or name {0:?}")]
    Unknown(String),
    /// Several platforms have this name.
    #[error("several platforms are called {0:?}: say which with --platform ID")]
    Ambiguous(String),
}

/// Creates a platform; white space around the name is dropped.
pub fn create(conn: &mut AnyConn, name: &str, now: Millis) -> Result<Result<Platform, BadName>, DbError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Ok(Err(BadName));
    }
    let id = PlatformId::random();
    let no: i64 = diesel::insert_into(platforms::table)
        .values((platforms::id.eq(id.to_string()), platforms::name.eq(name), platforms::created_ms.eq(now.0)))
        .returning(platforms::no)
        .get_result(conn)?;
    Ok(Ok(Platform { no: PlatformNo(no), id, name: name.to_owned(), created: now }))
}

/// Gives a platform another name, as [`create`] would; returns it as it is stored.
pub fn rename(conn: &mut AnyConn, no: PlatformNo, name: &str) -> Result<Result<String, BadName>, DbError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.contains('\0') {
        return Ok(Err(BadName));
    }
    diesel::update(platforms::table.find(no.0)).set(platforms::name.eq(name)).execute(conn)?;
    Ok(Ok(name.to_owned()))
}

/// The platform with this id. A system look-up.
pub fn find(conn: &mut AnyConn, id: PlatformId) -> Result<Option<Platform>, DbError> {
    Ok(platforms::table.filter(platforms::id.eq(id.to_string())).first(conn).optional()?)
}

/// The platform with this number.
pub fn find_by_no(conn: &mut AnyConn, no: PlatformNo) -> Result<Option<Platform>, DbError> {
    Ok(platforms::table.find(no.0).first(conn).optional()?)
}

/// Every platform, oldest first. A system look-up.
pub fn list(conn: &mut AnyConn) -> Result<Vec<Platform>, DbError> {
    Ok(platforms::table.order(platforms::no).load(conn)?)
}

/// The platform that a command means: by id, by name, or the only one there is (rule I3).
pub fn resolve(
    conn: &mut AnyConn,
    id_or_name: Option<&str>,
) -> Result<Result<Platform, ResolveError>, DbError> {
    let Some(text) = id_or_name.map(str::trim) else {
        let mut some: Vec<Platform> = platforms::table.order(platforms::no).limit(2).load(conn)?;
        return Ok(match (some.pop(), some.pop()) {
            (None, _) => Err(ResolveError::NoPlatform),
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(ResolveError::NotNamed),
        });
    };
    if let Ok(id) = text.parse()
        && let Some(platform) = find(conn, id)?
    {
        return Ok(Ok(platform));
    }
    let mut named: Vec<Platform> = platforms::table.filter(platforms::name.eq(text)).limit(2).load(conn)?;
    Ok(match (named.pop(), named.pop()) {
        (None, _) => Err(ResolveError::Unknown(text.to_owned())),
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(ResolveError::Ambiguous(text.to_owned())),
    })
}

/// Holds the platform's row until the transaction ends, so that what is counted or looked up under it stays
/// true. On SQLite a writing transaction is alone anyway.
pub(crate) fn lock(conn: &mut AnyConn, no: PlatformNo) -> Result<(), DbError> {
    if let AnyConn::Pg(conn) = conn {
        platforms::table.find(no.0).select(platforms::no).for_no_key_update().first::<i64>(conn)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};

    #[test]
    fn a_platform_is_found_by_id_by_name_or_as_the_only_one() {
        let db = TestDb::new();
        let resolve = |text: Option<&str>| db.run(|conn| super::resolve(conn, text));
        assert_eq!(resolve(None), Err(ResolveError::NoPlatform));
        let first = db.platform(" Lender ");
        assert_eq!(first.name, "Lender");
        assert_eq!(resolve(None), Ok(first.clone()));
        let second = db.platform("Ledger");
        assert_eq!(resolve(None), Err(ResolveError::NotNamed));
        assert_eq!(resolve(Some("Ledger")), Ok(second));
        db.platform("Lender");
        assert_eq!(resolve(Some("Lender")), Err(ResolveError::Ambiguous("Lender".to_owned())));
        assert_eq!(resolve(Some(&first.id.to_string())), Ok(first));
        assert_eq!(resolve(Some("Nobody")), Err(ResolveError::Unknown("Nobody".to_owned())));
    }

    #[test]
    fn names_have_one_to_a_hundred_characters() {
        let db = TestDb::new();
        for name in ["", "  \t", &"é".repeat(101)] {
            assert_eq!(db.run(|conn| create(conn, name, NOW)), Err(BadName), "{name}");
        }
        assert_eq!(db.platform(&"é".repeat(100)).name.chars().count(), 100);
        assert_eq!(db.run(list).len(), 1);
    }
}

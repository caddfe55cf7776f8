//! API keys of developers: only a hash is stored, the key is shown once.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::{self, Platform};
use crate::schema::{api_keys, platforms as platforms_table};
use crate::stored::Stored;
use diesel::prelude::*;
use tributary_core::ids::{ApiKeyId, PlatformNo};
use tributary_core::{Millis, Secret, digest, token};

/// Keys of one platform at most (the contract's limit).
pub const KEYS_MAX: i64 = 10;

/// Characters in a key's name at most (the contract's limit).
pub const NAME_CHARS_MAX: usize = 50;

/// A key as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct ApiKey {
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: Option<String>,
    /// The last four characters.
    pub last4: String,
    /// When it was created.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
}

/// A key just made: the only time that its text is known.
#[derive(Clone, Debug)]
pub struct CreatedKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The key itself.
    pub key: Secret,
    /// What its owner calls it.
    pub name: Option<String>,
    /// The last four characters.
    pub last4: String,
    /// When it was created.
    pub created: Millis,
}

/// Why a key can't be created. The texts are the contract's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// The name has more characters than allowed.
    #[error("Max string length ({NAME_CHARS_MAX}) for `name` reached.")]
    NameTooLong,
    /// The platform has as many keys as it may.
    #[error(
        "Maximum number of API keys reached. To create a new API key, delete an unused key and try again."
    )]
    TooMany,
}

/// Creates a key. A name of nothing but white space is none.
pub fn create(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    name: Option<&str>,
    now: Millis,
) -> Result<Result<CreatedKey, ApiKeyError>, DbError> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    if name.is_some_and(|name| name.chars().count() > NAME_CHARS_MAX) {
        return Ok(Err(ApiKeyError::NameTooLong));
    }
    platforms::lock(conn, platform_no)?;
    let of_platform = api_keys::table.filter(api_keys::platform_no.eq(platform_no.0));
    if of_platform.count().get_result::<i64>(conn)? >= KEYS_MAX {
        return Ok(Err(ApiKeyError::TooMany));
    }
    let key = token::random_api_key()?;
    let (id, last4) = (ApiKeyId::random(), key.last4());
    diesel::insert_into(api_keys::table)
        .values((
            api_keys::id.eq(id.to_string()),
            api_keys::platform_no.eq(platform_no.0),
            api_keys::name.eq(name),
            api_keys::key_hash.eq(digest::lookup_hash(&key)),
            api_keys::last4.eq(&last4),
            api_keys::created_ms.eq(now.0),
        ))
        .execute(conn)?;
    Ok(Ok(CreatedKey { id, key, name: name.map(str::to_owned), last4, created: now }))
}

/// Whose key this is. A look-up that starts from a secret, so it names no platform; text that can't be a
/// key doesn't reach the database.
pub fn authenticate(conn: &mut AnyConn, key: &Secret) -> Result<Option<(ApiKeyId, Platform)>, DbError> {
    if !token::is_api_key(key.expose()) {
        return Ok(None);
    }
    let found: Option<(String, Platform)> = api_keys::table
        .inner_join(platforms_table::table.on(platforms_table::no.eq(api_keys::platform_no)))
        .filter(api_keys::key_hash.eq(digest::lookup_hash(key)))
        .select((api_keys::id, platforms_table::all_columns))
        .first(conn)
        .optional()?;
    let read = |(id, platform): (String, Platform)| match id.parse() {
        Ok(id) => Ok((id, platform)),
        Err(_) => Err(DbError::Broken("an API key's id".to_owned())),
    };
    found.map(read).transpose()
}

/// A platform's keys, newest first.
pub fn list(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<Vec<ApiKey>, DbError> {
    Ok(api_keys::table
        .filter(api_keys::platform_no.eq(platform_no.0))
        .order((api_keys::created_ms.desc(), api_keys::id))
        .select((api_keys::id, api_keys::name, api_keys::last4, api_keys::created_ms))
        .load(conn)?)
}

/// Deletes a key for good; says whether the platform had it.
pub fn delete(conn: &mut AnyConn, platform_no: PlatformNo, id: ApiKeyId) -> Result<bool, DbError> {
    let key = api_keys::table
        .filter(api_keys::platform_no.eq(platform_no.0))
        .filter(api_keys::id.eq(id.to_string()));
    Ok(diesel::delete(key).execute(conn)? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};

    #[test]
    fn a_key_opens_its_own_platform_until_it_is_deleted_there() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let made = db.run(|conn| create(conn, one.no, Some(" CI "), NOW)).unwrap();
        let whose = |key: &Secret| db.run(|conn| authenticate(conn, key));
        assert_eq!(whose(&made.key), Some((made.id, one.clone())));
        assert_eq!(whose(&token::random_api_key().unwrap()), None);
        assert_eq!(whose(&Secret::new("trb_")), None);
        assert!(!db.run(|conn| delete(conn, other.no, made.id)), "another platform's key");
        assert_eq!(db.run(|conn| list(conn, other.no)), []);
        let listed = db.run(|conn| list(conn, one.no));
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].name.as_deref(), &listed[0].last4), (Some("CI"), &made.key.last4()));
        assert!(db.run(|conn| delete(conn, one.no, made.id)));
        assert_eq!(whose(&made.key), None);
    }

    #[test]
    fn a_platform_has_at_most_ten_keys_with_names_of_at_most_fifty_characters() {
        let db = TestDb::new();
        let no = db.platform("One").no;
        let make = |name: Option<&str>| db.run(|conn| create(conn, no, name, NOW));
        assert_eq!(make(Some(&"é".repeat(51))).unwrap_err(), ApiKeyError::NameTooLong);
        assert_eq!(make(Some(" ")).unwrap().name, None);
        for _ in 1..KEYS_MAX {
            make(Some(&"é".repeat(50))).unwrap();
        }
        assert_eq!(make(None).unwrap_err(), ApiKeyError::TooMany);
        let other = db.platform("Other").no;
        assert!(db.run(|conn| create(conn, other, None, NOW)).is_ok());
    }
}

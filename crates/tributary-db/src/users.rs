//! Users of the portal and the platforms they belong to.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::platforms::Platform;
use crate::schema::{memberships, platforms, users};
use crate::stored::Stored;
use diesel::prelude::*;
use std::fmt;
use tributary_core::Millis;
use tributary_core::ids::{PlatformNo, UserId};
use tributary_core::state::Role;

/// Characters in an e-mail address at most (RFC 5321).
const EMAIL_CHARS_MAX: usize = 254;

/// A portal user; one person on any number of platforms.
#[derive(Clone, PartialEq, Eq, Queryable)]
pub struct User {
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: UserId,
    /// The e-mail address, in lower case.
    pub email: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// When the user was created.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
}

impl fmt::Debug for User {
    /// Without the hash: it is a secret, too, since passwords can be guessed against it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("email", &self.email).finish_non_exhaustive()
    }
}

/// A user who was made a member of a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: User,
    /// Whether the user existed before: the password is then the old one, and the new hash was not stored.
    pub existed: bool,
}

/// Why a user can't be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// Not an e-mail address.
    #[error("this is not an e-mail address: NAME@DOMAIN is expected")]
    Email,
    /// The platform has this user already.
    #[error("the platform already has a user with this e-mail address")]
    Duplicate,
}

/// Makes somebody a member of a platform, creating the user where the e-mail address is new.
pub fn create(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    email: &str,
    password_hash: &str,
    role: Role,
    now: Millis,
) -> Result<Result<Member, UserError>, DbError> {
    let Some(email) = normalize_email(email) else { return Ok(Err(UserError::Email)) };
    let insert = diesel::insert_into(users::table)
        .values((
            users::id.eq(UserId::random().to_string()),
            users::email.eq(&email),
            users::password_hash.eq(password_hash),
            users::created_ms.eq(now.0),
        ))
        .on_conflict_do_nothing();
    let existed = Both(insert).execute(conn)? == 0;
    let user: User = users::table.filter(users::email.eq(&email)).first(conn)?;
    let insert = diesel::insert_into(memberships::table)
        .values((
            memberships::platform_no.eq(platform_no.0),
            memberships::user_id.eq(user.id.to_string()),
            memberships::role.eq(role.as_str()),
        ))
        .on_conflict_do_nothing();
    if Both(insert).execute(conn)? == 0 {
        return Ok(Err(UserError::Duplicate));
    }
    Ok(Ok(Member { user, existed }))
}

/// The user with this e-mail address, in any case. A system look-up: somebody is signing in.
pub fn find_by_email(conn: &mut AnyConn, email: &str) -> Result<Option<User>, DbError> {
    let Some(email) = normalize_email(email) else { return Ok(None) };
    Ok(users::table.filter(users::email.eq(email)).first(conn).optional()?)
}

/// Whether there is any user on any platform. A system look-up: it tells a fresh installation.
pub fn exist(conn: &mut AnyConn) -> Result<bool, DbError> {
    Ok(diesel::select(diesel::dsl::exists(users::table.select(users::id))).get_result(conn)?)
}

/// Replaces a user's password hash by another one of the same password, while it still is the old one.
pub fn rehash(conn: &mut AnyConn, user: &User, password_hash: &str) -> Result<(), DbError> {
    let unchanged = users::table
        .filter(users::id.eq(user.id.to_string()))
        .filter(users::password_hash.eq(&user.password_hash));
    diesel::update(unchanged).set(users::password_hash.eq(password_hash)).execute(conn)?;
    Ok(())
}

/// The platforms that a user is a member of, each with the role there; by name.
pub fn memberships(conn: &mut AnyConn, user: UserId) -> Result<Vec<(Platform, Role)>, DbError> {
    let rows: Vec<(Platform, String)> = memberships::table
        .inner_join(platforms::table.on(platforms::no.eq(memberships::platform_no)))
        .filter(memberships::user_id.eq(user.to_string()))
        .order((platforms::name, platforms::no))
        .select((platforms::all_columns, memberships::role))
        .load(conn)?;
    let read = |(platform, word): (Platform, String)| match word.parse() {
        Ok(role) => Ok((platform, role)),
        Err(_) => Err(DbError::Broken("an unknown role".to_owned())),
    };
    rows.into_iter().map(read).collect()
}

/// What a user may do on a platform; `None` if not a member.
pub fn role(conn: &mut AnyConn, platform_no: PlatformNo, user: UserId) -> Result<Option<Role>, DbError> {
    let word: Option<String> = memberships::table
        .find((platform_no.0, user.to_string()))
        .select(memberships::role)
        .first(conn)
        .optional()?;
    word.map(|word| word.parse().map_err(|_| DbError::Broken("an unknown role".to_owned()))).transpose()
}

/// Whether text is an e-mail address, as far as its shape tells.
pub fn is_email(text: &str) -> bool {
    normalize_email(text).is_some()
}

/// An e-mail address trimmed and in lower case; `None` where the shape is wrong.
fn normalize_email(text: &str) -> Option<String> {
    let text = text.trim();
    let (name, domain) = text.split_once('@')?;
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let shaped = !name.is_empty() && !domain.is_empty() && !domain.contains('@');
    (plain && shaped && text.chars().count() <= EMAIL_CHARS_MAX).then(|| text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};

    #[test]
    fn a_user_joins_each_platform_once_and_keeps_the_first_password() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let join =
            |no, email: &str, hash: &str, role| db.run(|conn| create(conn, no, email, hash, role, NOW));
        let member = join(one.no, " Ada@Example.com ", "hash 1", Role::Administrator).unwrap();
        assert_eq!((member.user.email.as_str(), member.existed), ("ada@example.com", false));
        assert_eq!(join(one.no, "ADA@example.com", "hash 2", Role::Advisor), Err(UserError::Duplicate));
        let again = join(other.no, "ada@EXAMPLE.com", "hash 3", Role::Advisor).unwrap();
        assert_eq!((again.existed, &again.user), (true, &member.user));
        let found = db.run(|conn| find_by_email(conn, "Ada@example.com")).unwrap();
        assert_eq!(found.password_hash, "hash 1");
        assert!(!format!("{found:?}").contains("hash"), "{found:?}");
        let role_on = |no| db.run(|conn| role(conn, no, found.id));
        assert_eq!((role_on(one.no), role_on(other.no)), (Some(Role::Administrator), Some(Role::Advisor)));
        assert_eq!(role_on(db.platform("Third").no), None);
        let all = db.run(|conn| memberships(conn, found.id));
        assert_eq!(all, vec![(one.clone(), Role::Administrator), (other.clone(), Role::Advisor)]);
    }

    #[test]
    fn a_fresh_installation_is_told_by_its_lack_of_users() {
        let db = TestDb::new();
        let platform = db.platform("One");
        assert!(!db.run(exist));
        let new = |conn: &mut AnyConn| create(conn, platform.no, "a@b.c", "old", Role::Advisor, NOW);
        let user = db.run(new).unwrap().user;
        assert!(db.run(exist));
        db.run(|conn| rehash(conn, &user, "new"));
        db.run(|conn| rehash(conn, &user, "too late"));
        assert_eq!(db.run(|conn| find_by_email(conn, "a@b.c")).unwrap().password_hash, "new");
    }

    #[test]
    fn what_is_not_an_e_mail_address_is_refused() {
        let db = TestDb::new();
        let no = db.platform("One").no;
        let long = format!("{}@example.com", "a".repeat(250));
        for email in ["", "ada", "@example.com", "ada@", "a@b@c", "a da@example.com", "a\u{0}@b.c", &long] {
            let result = db.run(|conn| create(conn, no, email, "hash", Role::Analyst, NOW));
            assert_eq!(result, Err(UserError::Email), "{email}");
            assert_eq!(db.run(|conn| find_by_email(conn, email)), None);
        }
    }
}

//! Making the first administrator of an installation that has no users.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::platforms::{self, Platform};
use crate::users::{self, User, UserError};
use diesel::RunQueryDsl;
use tributary_core::Millis;
use tributary_core::state::Role;

/// Somebody who makes an installation theirs. Without `Debug`: it holds a hash that passwords can be guessed against.
#[derive(Clone)]
pub struct FirstAdministrator {
    /// The name of the platform to create, where there is none.
    pub platform_name: String,
    /// The administrator's e-mail address.
    pub email: String,
    /// Argon2id of the administrator's password in PHC form.
    pub password_hash: String,
}

/// Why there is no first administrator. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FirstAdministratorRefused {
    /// There is a user already.
    #[error("there is a user already: the first administrator has been made")]
    UsersExist,
    /// There is no platform, and the name for one is refused.
    #[error(transparent)]
    PlatformName(#[from] platforms::BadName),
    /// The e-mail address is refused.
    #[error(transparent)]
    User(#[from] UserError),
}

/// Makes the first user: administrator of a new platform, or of all the platforms that there are. Of any number
/// who try at once one succeeds.
pub fn create_first_administrator(
    conn: &mut AnyConn,
    new: &FirstAdministrator,
    now: Millis,
) -> Result<Result<(User, Vec<Platform>), FirstAdministratorRefused>, DbError> {
    if let AnyConn::Pg(conn) = conn {
        // Held until the transaction ends. On SQLite a writing transaction is alone anyway.
        diesel::sql_query("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE").execute(conn)?;
    }
    if users::exist(conn)? {
        return Ok(Err(FirstAdministratorRefused::UsersExist));
    }
    // Checked before anything is written: what is refused leaves no platform behind.
    if !users::is_email(&new.email) {
        return Ok(Err(UserError::Email.into()));
    }
    let mut platforms = platforms::list(conn)?;
    if platforms.is_empty() {
        match platforms::create(conn, &new.platform_name, now)? {
            Ok(platform) => platforms.push(platform),
            Err(refused) => return Ok(Err(refused.into())),
        }
    }
    let mut user = None;
    for platform in &platforms {
        let role = Role::Administrator;
        match users::create(conn, platform.no, &new.email, &new.password_hash, role, now)? {
            Ok(member) => user = Some(member.user),
            Err(refused) => return Ok(Err(refused.into())),
        }
    }
    let user = user.ok_or_else(|| DbError::Broken("there is no platform after one was made".to_owned()))?;
    Ok(Ok((user, platforms)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};

    fn new(email: &str) -> FirstAdministrator {
        FirstAdministrator {
            platform_name: "Harbour".to_owned(),
            email: email.to_owned(),
            password_hash: "hash".to_owned(),
        }
    }

    #[test]
    fn the_first_administrator_gets_a_platform_and_there_is_no_second_first_one() {
        let db = TestDb::new();
        let create = |email: &str| db.run(|conn| create_first_administrator(conn, &new(email), NOW));
        assert_eq!(create("nobody"), Err(UserError::Email.into()));
        assert_eq!(db.run(platforms::list), [], "a refusal leaves nothing");
        let (user, made) = create("ada@example.com").unwrap();
        assert_eq!(made[0].name, "Harbour");
        assert_eq!(db.run(|conn| users::role(conn, made[0].no, user.id)), Some(Role::Administrator));
        assert_eq!(create("eve@example.com"), Err(FirstAdministratorRefused::UsersExist));
    }

    #[test]
    fn platforms_that_are_there_get_the_first_administrator() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let (user, joined) =
            db.run(|conn| create_first_administrator(conn, &new("ada@example.com"), NOW)).unwrap();
        assert_eq!(joined, [one, other]);
        assert_eq!(db.run(|conn| users::memberships(conn, user.id)).len(), 2);
    }
}

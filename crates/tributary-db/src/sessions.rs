//! Sessions: browsers that are signed in to the portal. Only a hash of what their cookie carries is stored.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::{sessions, users as users_table};
use crate::users::User;
use diesel::prelude::*;
use tributary_core::ids::UserId;
use tributary_core::{Millis, Secret, digest};

/// A session ends after this time without a request.
pub const IDLE_SECS: i64 = 30 * 60;

/// A session ends this long after it began, however busy it is.
pub const LIFETIME_SECS: i64 = 12 * 3600;

/// How exactly the latest use is known: a write for every request would be waste.
const SEEN_EXACT_MS: i64 = 60_000;

/// Begins a session of a user who has just proven who they are. What has ended meanwhile is deleted, so that
/// the table stays small.
pub fn start(conn: &mut AnyConn, user: UserId, token: &Secret, now: Millis) -> Result<(), DbError> {
    diesel::delete(sessions::table.filter(sessions::seen_ms.le(now.plus_ms(-IDLE_SECS * 1000).0)))
        .execute(conn)?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(digest::lookup_hash(token)),
            sessions::user_id.eq(user.to_string()),
            sessions::created_ms.eq(now.0),
            sessions::seen_ms.eq(now.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// A session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user: User,
    /// Whether its use should be noted with [`touch`], so that it doesn't end as idle.
    pub is_stale: bool,
}

/// The session of a token, unless it has ended. A look-up that starts from a secret, so it names no platform.
pub fn find(conn: &mut AnyConn, token: &Secret, now: Millis) -> Result<Option<Session>, DbError> {
    let found: Option<(i64, User)> = sessions::table
        .inner_join(users_table::table.on(users_table::id.eq(sessions::user_id)))
        .filter(sessions::token_hash.eq(digest::lookup_hash(token)))
        .filter(sessions::created_ms.gt(now.plus_ms(-LIFETIME_SECS * 1000).0))
        .filter(sessions::seen_ms.gt(now.plus_ms(-IDLE_SECS * 1000).0))
        .select((sessions::seen_ms, users_table::all_columns))
        .first(conn)
        .optional()?;
    Ok(found.map(|(seen_ms, user)| Session { user, is_stale: now.0 - seen_ms >= SEEN_EXACT_MS }))
}

/// Notes that a session is in use. One that has ended meanwhile stays ended.
pub fn touch(conn: &mut AnyConn, token: &Secret, now: Millis) -> Result<(), DbError> {
    diesel::update(sessions::table.find(digest::lookup_hash(token)))
        .set(sessions::seen_ms.eq(now.0))
        .execute(conn)?;
    Ok(())
}

/// Ends a session: its token opens nothing from now on.
pub fn end(conn: &mut AnyConn, token: &Secret) -> Result<(), DbError> {
    diesel::delete(sessions::table.find(digest::lookup_hash(token))).execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};
    use crate::users;
    use tributary_core::state::Role;
    use tributary_core::token::random_token;

    fn signed_in() -> (TestDb, User, Secret) {
        let db = TestDb::new();
        let platform = db.platform("One");
        let create = |conn: &mut AnyConn| {
            users::create(conn, platform.no, "ada@example.com", "hash", Role::Analyst, NOW)
        };
        let (user, token) = (db.run(create).unwrap().user, random_token().unwrap());
        db.run(|conn| start(conn, user.id, &token, NOW));
        (db, user, token)
    }

    #[test]
    fn a_session_ends_when_it_has_been_idle() {
        let (db, user, token) = signed_in();
        let at = |secs: i64| db.run(|conn| find(conn, &token, NOW.plus_ms(secs * 1000)));
        assert_eq!(at(59), Some(Session { user: user.clone(), is_stale: false }));
        assert_eq!(at(IDLE_SECS - 1), Some(Session { user, is_stale: true }));
        assert_eq!(at(IDLE_SECS), None);
    }

    #[test]
    fn a_session_in_use_ends_with_its_lifetime() {
        let (db, _, token) = signed_in();
        let at = |secs: i64| {
            let now = NOW.plus_ms(secs * 1000);
            let found = db.run(|conn| find(conn, &token, now));
            db.run(|conn| touch(conn, &token, now));
            found.is_some()
        };
        let (mut secs, last) = (0, LIFETIME_SECS - 1);
        while secs < last {
            assert!(at(secs), "after {secs} s");
            secs += 20 * 60;
        }
        assert!(at(last));
        assert!(!at(LIFETIME_SECS));
    }

    #[test]
    fn a_token_that_was_signed_out_or_never_given_opens_nothing() {
        let (db, _, token) = signed_in();
        let (open, stranger) =
            (|token: &Secret| db.run(|conn| find(conn, token, NOW)), random_token().unwrap());
        assert!(open(&token).is_some() && open(&stranger).is_none());
        db.run(|conn| end(conn, &token));
        assert_eq!(open(&token), None);
        db.run(|conn| touch(conn, &token, NOW));
        assert_eq!(open(&token), None);
    }
}

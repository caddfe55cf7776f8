//! Failed tries to sign in, and how long the next one has to wait.
//!
//! They are counted by e-mail address and by network address, in the database, so that guessing is as slow
//! against many processes as against one. Nobody is shut out for good.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::sign_in_tries as tries;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tributary_core::{Millis, Secret, digest};

/// The longest wait between two tries.
pub const WAIT_SECS_MAX: i64 = 15 * 60;

/// Failures are forgotten when there has been none for this time.
const FORGOTTEN_SECS: i64 = 24 * 3600;

/// One failure is forgiven for each time this long without any, which is longer than any wait: guessing earns
/// nothing, and the slips of many people behind one address don't add up over weeks.
const FORGIVEN_MS: i64 = 30 * 60 * 1000;

/// What tries are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// The e-mail address that was typed, whether or not a user has it.
    Email(&'a str),
    /// Where the try came from: an address, or a network that one person has.
    Network(&'a str),
}

impl Subject<'_> {
    /// Failures before the first wait. Many people may sit behind one network address.
    fn free_tries(self) -> i64 {
        match self {
            Subject::Email(_) => 5,
            Subject::Network(_) => 50,
        }
    }

    fn hash(self) -> String {
        digest::lookup_hash(&Secret::new(match self {
            Subject::Email(email) => format!("email {}", email.trim().to_lowercase()),
            Subject::Network(network) => format!("network {network}"),
        }))
    }

    /// The wait after a number of failures: 1 s after the last free one, twice as long after each further one.
    fn wait_secs(self, failures: i64) -> i64 {
        match u32::try_from(failures - self.free_tries()) {
            Err(_) => 0,
            Ok(beyond) => 1_i64.checked_shl(beyond).unwrap_or(i64::MAX).clamp(1, WAIT_SECS_MAX),
        }
    }
}

/// Seconds until another try may be made, rounded up; 0: now.
pub fn wait_secs(conn: &mut AnyConn, subject: Subject<'_>, now: Millis) -> Result<u64, DbError> {
    let row: Option<(i64, i64)> =
        tries::table.find(subject.hash()).select((tries::failures, tries::last_ms)).first(conn).optional()?;
    Ok(row.map_or(0, |(failures, last_ms)| {
        let until_ms = last_ms.saturating_add(subject.wait_secs(failures) * 1000);
        // A clock that was set back makes nobody wait longer than the longest wait.
        (until_ms - now.0).clamp(0, WAIT_SECS_MAX * 1000).unsigned_abs().div_ceil(1000)
    }))
}

/// Whether a subject has failures that weren't forgotten.
pub fn is_counted(conn: &mut AnyConn, subject: Subject<'_>) -> Result<bool, DbError> {
    Ok(diesel::select(diesel::dsl::exists(tries::table.find(subject.hash()))).get_result(conn)?)
}

/// Counts a failure. What is forgotten by now is deleted, so that the table stays small.
pub fn fail(conn: &mut AnyConn, subject: Subject<'_>, now: Millis) -> Result<(), DbError> {
    let forgotten = now.plus_ms(-FORGOTTEN_SECS * 1000);
    diesel::delete(tries::table.filter(tries::last_ms.le(forgotten.0))).execute(conn)?;
    // The row stays locked until the transaction ends, so that failures at the same time are all counted.
    let quiet = tries::table.find(subject.hash()).filter(tries::last_ms.le(now.plus_ms(-FORGIVEN_MS).0));
    let left = tries::failures - (now.0.into_sql::<BigInt>() - tries::last_ms) / FORGIVEN_MS;
    diesel::update(quiet).set((tries::failures.eq(left), tries::last_ms.eq(now.0))).execute(conn)?;
    diesel::delete(tries::table.find(subject.hash()).filter(tries::failures.le(0))).execute(conn)?;
    let insert = diesel::insert_into(tries::table)
        .values((tries::subject_hash.eq(subject.hash()), tries::failures.eq(1_i64), tries::last_ms.eq(now.0)))
        .on_conflict(tries::subject_hash)
        .do_update()
        .set((tries::failures.eq(tries::failures + 1), tries::last_ms.eq(now.0)));
    Both(insert).execute(conn)?;
    Ok(())
}

/// Forgets a subject's failures: it has proven who it is.
pub fn forget(conn: &mut AnyConn, subject: Subject<'_>) -> Result<(), DbError> {
    diesel::delete(tries::table.find(subject.hash())).execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};

    #[test]
    fn a_day_of_guessing_one_password_makes_110_tries_at_most() {
        let db = TestDb::new();
        let subject = Subject::Email("ada@example.com");
        let (mut now, mut tried) = (NOW, 0);
        while now < NOW.plus_ms(24 * 3_600_000) {
            let wait = db.run(|conn| wait_secs(conn, subject, now));
            if wait == 0 {
                db.run(|conn| fail(conn, subject, now));
                tried += 1;
            }
            now = now.plus_ms(wait as i64 * 1000);
        }
        assert!((100..=110).contains(&tried), "{tried}");
        let other_case = Subject::Email(" ADA@example.com");
        assert!(db.run(|conn| wait_secs(conn, other_case, now.plus_ms(-1000))) > 0);
    }

    #[test]
    fn slips_of_an_office_do_not_add_up_over_weeks_and_steady_guessing_does() {
        let db = TestDb::new();
        let (office, guesser) = (Subject::Network("192.0.2.1"), Subject::Network("192.0.2.2"));
        let hour = |hour: i64| NOW.plus_ms(hour * 3_600_000);
        for day in 0..60 {
            for slip in 0..20 {
                db.run(|conn| fail(conn, office, hour(day * 24 + 9).plus_ms(slip * 60_000)));
            }
            assert_eq!(db.run(|conn| wait_secs(conn, office, hour(day * 24 + 10))), 0, "on day {day}");
        }
        for minute in 0..100 {
            db.run(|conn| fail(conn, guesser, NOW.plus_ms(minute * 29 * 60_000)));
        }
        let last = NOW.plus_ms(99 * 29 * 60_000);
        assert_eq!(db.run(|conn| wait_secs(conn, guesser, last)), WAIT_SECS_MAX as u64);
    }

    #[test]
    fn waits_double_end_and_are_forgotten() {
        let db = TestDb::new();
        let subject = Subject::Email("ada@example.com");
        let fail_once = || db.run(|conn| fail(conn, subject, NOW));
        let wait_at = |ms: i64| db.run(|conn| wait_secs(conn, subject, NOW.plus_ms(ms)));
        for _ in 0..4 {
            fail_once();
        }
        assert_eq!(wait_at(0), 0);
        fail_once();
        assert_eq!((wait_at(0), wait_at(999), wait_at(1000)), (1, 1, 0));
        fail_once();
        assert_eq!((wait_at(1), wait_at(1000)), (2, 1));
        assert_eq!(db.run(|conn| wait_secs(conn, Subject::Email("bob@example.com"), NOW)), 0);
        assert_eq!(db.run(|conn| wait_secs(conn, Subject::Network("ada@example.com"), NOW)), 0);
        db.run(|conn| forget(conn, subject));
        assert_eq!(wait_at(0), 0);
    }
}

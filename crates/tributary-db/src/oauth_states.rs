//! OAuth states: one row per authorization that was started, consumed once (invariant 7).

use crate::conn::AnyConn;
use crate::connections::Connection;
use crate::error::DbError;
use crate::integrations;
use crate::schema::oauth_states;
use crate::stored::Stored;
use diesel::prelude::*;
use tributary_core::ids::{ConnectionNo, IntegrationId, PlatformNo};
use tributary_core::{Millis, Mode, Secret, digest};

/// How long a merchant has at Stripe (rule I10).
pub const LIFETIME_SECS: i64 = 3600;

/// After so long a code's exchange has ended, even if its process was killed before it could say how: waiting for
/// revocations ([`crate::revocations::CLAIM_SECS`]) and the call to Stripe are shorter together.
const EXCHANGE_SECS_MAX: i64 = 180;

/// An authorization that is being started.
#[derive(Clone, Copy, Debug)]
pub struct NewState<'a> {
    /// What travels through Stripe and back.
    pub state: &'a Secret,
    /// What the browser's cookie carries.
    pub browser: &'a Secret,
    /// The connection to authorise.
    pub connection: &'a Connection,
    /// The mode of its integration.
    pub mode: Mode,
    /// The present moment.
    pub now: Millis,
    /// How long it may take; [`LIFETIME_SECS`] unless a test says otherwise.
    pub lifetime_secs: i64,
}

/// What a state stands for.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct State {
    /// The connection's platform.
    #[diesel(deserialize_as = i64)]
    pub platform_no: PlatformNo,
    /// The connection to authorise.
    #[diesel(deserialize_as = i64)]
    pub connection_no: ConnectionNo,
    /// The integration whose credentials exchange the code.
    #[diesel(deserialize_as = Stored)]
    pub integration_id: IntegrationId,
    /// The mode that Stripe's answer must have.
    #[diesel(deserialize_as = Stored)]
    pub mode: Mode,
}

/// What a callback's state turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consumed {
    /// Not a state of ours.
    Unknown,
    /// Another browser started it; the state is left for that one.
    OtherBrowser,
    /// It was used before.
    Reused {
        /// How that ended, if it has.
        outcome: Option<String>,
        /// The connection it was for.
        connection_no: ConnectionNo,
    },
    /// It came too late, and is spent: the authorization starts anew, nothing is exchanged (rule I10).
    Expired {
        /// The connection it was for.
        connection_no: ConnectionNo,
    },
    /// It is this caller's: exactly one caller ever gets this.
    Fresh(State),
}

/// Stores a state by the hashes of what the browser carries.
pub fn create(conn: &mut AnyConn, new: NewState<'_>) -> Result<(), DbError> {
    let expires = new.now.plus_ms(new.lifetime_secs.saturating_mul(1000));
    diesel::insert_into(oauth_states::table)
        .values((
            oauth_states::state_hash.eq(digest::lookup_hash(new.state)),
            oauth_states::browser_hash.eq(digest::lookup_hash(new.browser)),
            oauth_states::platform_no.eq(new.connection.platform_no.0),
            oauth_states::connection_no.eq(new.connection.no.0),
            oauth_states::integration_id.eq(new.connection.integration_id.to_string()),
            oauth_states::mode.eq(new.mode.to_string()),
            oauth_states::created_ms.eq(new.now.0),
            oauth_states::expires_ms.eq(expires.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a state for one exchange. A look-up that starts from a secret, so it names no platform.
///
/// `browser` is what the cookie carried. Commit before the code is exchanged.
pub fn consume(
    conn: &mut AnyConn,
    state: &Secret,
    browser: Option<&Secret>,
    now: Millis,
) -> Result<Consumed, DbError> {
    let hash = digest::lookup_hash(state);
    let found: Option<(State, String, i64)> = oauth_states::table
        .find(&hash)
        .select((
            (
                oauth_states::platform_no,
                oauth_states::connection_no,
                oauth_states::integration_id,
                oauth_states::mode,
            ),
            oauth_states::browser_hash,
            oauth_states::expires_ms,
        ))
        .first(conn)
        .optional()?;
    let Some((state, browser_hash, expires_ms)) = found else { return Ok(Consumed::Unknown) };
    if browser.map(digest::lookup_hash) != Some(browser_hash) {
        return Ok(Consumed::OtherBrowser);
    }
    let unused = oauth_states::table
        .filter(oauth_states::state_hash.eq(&hash))
        .filter(oauth_states::consumed_ms.is_null());
    // Whoever's update touches the row has it; everybody else finds it taken.
    let taken = diesel::update(unused).set(oauth_states::consumed_ms.eq(now.0)).execute(conn)?;
    let connection_no = state.connection_no;
    Ok(match taken {
        0 => {
            let outcome = oauth_states::table.find(&hash).select(oauth_states::outcome).first(conn)?;
            Consumed::Reused { outcome, connection_no }
        }
        _ if expires_ms <= now.0 => Consumed::Expired { connection_no },
        _ => {
            // Whoever ends authorizations of the integration sees from now on that a code is being exchanged, or is
            // seen by this caller before it exchanges: see `revocations`.
            integrations::keep(conn, state.integration_id)?;
            Consumed::Fresh(state)
        }
    })
}

/// Whether a code of the integration is being exchanged: its state was consumed lately, and how that ended isn't noted.
pub(crate) fn is_any_being_exchanged(
    conn: &mut AnyConn,
    integration_id: IntegrationId,
    now: Millis,
) -> Result<bool, DbError> {
    let going_on = oauth_states::table
        .filter(oauth_states::integration_id.eq(integration_id.to_string()))
        .filter(oauth_states::consumed_ms.gt(now.plus_ms(-EXCHANGE_SECS_MAX * 1000).0))
        .filter(oauth_states::outcome.is_null());
    Ok(diesel::select(diesel::dsl::exists(going_on)).get_result(conn)?)
}

/// Notes how an authorization ended, in a word of the Link service's.
pub fn set_outcome(conn: &mut AnyConn, state: &Secret, outcome: &str) -> Result<(), DbError> {
    diesel::update(oauth_states::table.find(digest::lookup_hash(state)))
        .set(oauth_states::outcome.eq(outcome))
        .execute(conn)?;
    Ok(())
}

/// How the latest authorization of a connection ended that this browser came back from: `None` if it came back
/// from none, `Some(None)` while that one is going on. A look-up that starts from a secret, so it names no
/// platform.
pub fn latest_outcome(
    conn: &mut AnyConn,
    connection_no: ConnectionNo,
    browser: &Secret,
) -> Result<Option<Option<String>>, DbError> {
    Ok(oauth_states::table
        .filter(oauth_states::connection_no.eq(connection_no.0))
        .filter(oauth_states::browser_hash.eq(digest::lookup_hash(browser)))
        .filter(oauth_states::consumed_ms.is_not_null())
        .order((oauth_states::consumed_ms.desc(), oauth_states::created_ms.desc()))
        .select(oauth_states::outcome)
        .first(conn)
        .optional()?)
}

/// Deletes states that expired before a moment, and returns how many. A system task.
pub fn purge(conn: &mut AnyConn, before: Millis) -> Result<usize, DbError> {
    let old = oauth_states::table.filter(oauth_states::expires_ms.lt(before.0));
    Ok(diesel::delete(old).execute(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};
    use tributary_core::SyncMode;
    use tributary_core::token::random_token;

    struct Started {
        db: TestDb,
        connection: Connection,
        state: Secret,
        browser: Secret,
    }

    impl Started {
        fn new() -> Started {
            let db = TestDb::new();
            let platform = db.platform("One");
            let integration = db.integration(&platform, SyncMode::OneOff);
            let connection = db.connection(&db.company(&platform, "Mine"), &integration);
            let (state, browser) = (random_token().unwrap(), random_token().unwrap());
            db.run(|conn| {
                let new = NewState {
                    state: &state,
                    browser: &browser,
                    connection: &connection,
                    mode: Mode::Test,
                    now: NOW,
                    lifetime_secs: LIFETIME_SECS,
                };
                create(conn, new)
            });
            Started { db, connection, state, browser }
        }

        fn consume(&self, browser: Option<&Secret>, now: Millis) -> Consumed {
            self.db.run(|conn| consume(conn, &self.state, browser, now))
        }

        fn fresh(&self) -> Consumed {
            Consumed::Fresh(State {
                platform_no: self.connection.platform_no,
                connection_no: self.connection.no,
                integration_id: self.connection.integration_id,
                mode: Mode::Test,
            })
        }

        fn reused(&self, outcome: Option<&str>) -> Consumed {
            let outcome = outcome.map(str::to_owned);
            Consumed::Reused { outcome, connection_no: self.connection.no }
        }
    }

    #[test]
    fn of_fifty_callbacks_at_once_exactly_one_may_exchange_the_code() {
        let started = Started::new();
        let results: Vec<Consumed> = std::thread::scope(|threads| {
            let spawn = |_| threads.spawn(|| started.consume(Some(&started.browser), NOW));
            let threads: Vec<_> = (0..50).map(spawn).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|result| **result == started.fresh()).count(), 1);
        assert_eq!(results.iter().filter(|result| **result == started.reused(None)).count(), 49);
    }

    #[test]
    fn another_browser_neither_uses_nor_spoils_a_state() {
        let started = Started::new();
        let other = random_token().unwrap();
        assert_eq!(started.consume(Some(&other), NOW), Consumed::OtherBrowser);
        assert_eq!(started.consume(None, NOW), Consumed::OtherBrowser);
        assert_eq!(started.consume(Some(&started.browser), NOW), started.fresh());
        assert_eq!(started.consume(Some(&other), NOW), Consumed::OtherBrowser);
        started.db.run(|conn| set_outcome(conn, &started.state, "linked"));
        assert_eq!(started.consume(Some(&started.browser), NOW), started.reused(Some("linked")));
        assert_eq!(started.db.run(|conn| consume(conn, &other, Some(&other), NOW)), Consumed::Unknown);
    }

    #[test]
    fn a_state_lives_sixty_minutes_and_an_expired_one_is_spent() {
        let started = Started::new();
        let end = NOW.plus_ms(3_600_000);
        let expired = Consumed::Expired { connection_no: started.connection.no };
        assert_eq!(started.consume(Some(&started.browser), end), expired);
        // Not even a clock that went back makes it good again.
        assert_eq!(started.consume(Some(&started.browser), NOW), started.reused(None));
        let punctual = Started::new();
        assert_eq!(punctual.consume(Some(&punctual.browser), end.plus_ms(-1)), punctual.fresh());
    }

    #[test]
    fn old_states_are_purged() {
        let started = Started::new();
        let end = NOW.plus_ms(3_600_000);
        assert_eq!(started.db.run(|conn| purge(conn, end)), 0);
        assert_eq!(started.db.run(|conn| purge(conn, end.plus_ms(1))), 1);
        assert_eq!(started.consume(Some(&started.browser), NOW), Consumed::Unknown);
    }
}

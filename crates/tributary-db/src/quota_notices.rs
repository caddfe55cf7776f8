//! `quota_notices`: that a platform used up its quota of requests is told once a day, however many processes notice.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::messages;
use crate::schema::quota_notices::dsl;
use diesel::dsl::not;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use tributary_contract::messages::{ClientRateLimit, EventType};
use tributary_core::Millis;
use tributary_core::ids::PlatformNo;

/// Platforms told of their new quota in one transaction.
const RESETS_AT_ONCE: i64 = 100;

/// Tells that nothing is left of a platform's `daily_quota` today, unless that was told today.
pub fn reached(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    daily_quota: i64,
    now: Millis,
) -> Result<(), DbError> {
    let insert = diesel::insert_into(dsl::quota_notices)
        .values((
            dsl::platform_no.eq(platform_no.0),
            dsl::day_ms.eq(now.day().0),
            dsl::daily_quota.eq(daily_quota),
            dsl::reset.eq(false),
        ))
        .on_conflict_do_nothing();
    if Both(insert).execute(conn)? == 0 {
        return Ok(());
    }
    let quota = ClientRateLimit { daily_quota, quota_remaining: 0, expiry_date: now.next_day() };
    messages::about_quota(conn, platform_no, EventType::RateLimitReached, quota, now)
}

/// Whether any platform is to be told of a new quota: for a look that need not write.
pub fn are_due(conn: &mut AnyConn, now: Millis) -> Result<bool, DbError> {
    let untold = dsl::quota_notices.filter(not(dsl::reset)).filter(dsl::day_ms.lt(now.day().0));
    Ok(diesel::select(diesel::dsl::exists(untold)).get_result(conn)?)
}

/// Tells platforms that used their quota up on an earlier day that they have a new one. Returns how many it told, of
/// at most a hundred. A system task.
pub fn reset(conn: &mut AnyConn, now: Millis) -> Result<usize, DbError> {
    let rows: Vec<(i64, i64, i64)> = dsl::quota_notices
        .filter(not(dsl::reset))
        .filter(dsl::day_ms.lt(now.day().0))
        .order((dsl::day_ms, dsl::platform_no))
        .select((dsl::platform_no, dsl::day_ms, dsl::daily_quota))
        .limit(RESETS_AT_ONCE)
        .load(conn)?;
    let mut told = 0;
    for (platform_no, day_ms, daily_quota) in rows {
        let untold = dsl::quota_notices
            .filter(dsl::platform_no.eq(platform_no))
            .filter(dsl::day_ms.eq(day_ms))
            .filter(not(dsl::reset));
        // Another process may have been faster.
        if diesel::update(untold).set(dsl::reset.eq(true)).execute(conn)? == 1 {
            let expiry_date = now.next_day();
            let quota = ClientRateLimit { daily_quota, quota_remaining: daily_quota, expiry_date };
            messages::about_quota(conn, PlatformNo(platform_no), EventType::RateLimitReset, quota, now)?;
            told += 1;
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::messages::dsl as outbox;
    use crate::test_db::TestDb;

    #[test]
    fn a_quota_that_is_used_up_is_told_once_a_day_and_its_renewal_once() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let noon = Millis::parse_iso("2026-10-27T12:00:00Z").unwrap();
        let told = || -> Vec<String> {
            db.run(|conn| Ok(outbox::messages.order(outbox::id).select(outbox::body).load(conn)?))
        };
        let reach = |no, now| db.run(|conn| reached(conn, no, 1000, now));
        reach(one.no, noon);
        reach(one.no, noon.plus_ms(1));
        reach(other.no, noon);
        assert_eq!(told().len(), 2);
        assert!(
            told()[0].contains(r#""quotaRemaining":0,"expiryDate":"2026-10-28T00:00:00Z""#),
            "{}",
            told()[0]
        );
        let midnight = noon.next_day();
        assert_eq!(db.run(|conn| reset(conn, midnight.plus_ms(-1))), 0, "the day isn't over");
        assert_eq!(db.run(|conn| reset(conn, midnight)), 2);
        assert_eq!(db.run(|conn| reset(conn, midnight)), 0);
        let reset = told().last().unwrap().clone();
        assert!(reset.contains("client.rateLimit.reset"), "{reset}");
        assert!(reset.contains(r#""quotaRemaining":1000,"expiryDate":"2026-10-29T00:00:00Z""#), "{reset}");
        reach(one.no, midnight);
        assert_eq!(told().len(), 5, "another day");
    }
}

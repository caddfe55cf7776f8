//! `reads`: how many requests reading a connection took, day by day (rule E13).

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::reads;
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::ConnectionNo;
use tributary_core::read_budget::{DAYS, day};

/// What requests were made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// The first run after an authorization, which no budget bounds.
    Initial,
    /// A run by schedule.
    Scheduled,
    /// A run that somebody asked for, and whatever belongs to no run.
    #[default]
    Other,
}

/// Requests of thirty days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// For the first runs after authorizations.
    pub initial: i64,
    /// For runs by schedule.
    pub scheduled: i64,
    /// For everything else.
    pub other: i64,
}

/// Counts requests of a connection, on the day of `now`. The caller holds the connection's lease.
pub fn add(
    conn: &mut AnyConn,
    no: ConnectionNo,
    purpose: Purpose,
    requests: i64,
    now: Millis,
) -> Result<(), DbError> {
    let of = |wanted| if purpose == wanted { requests } else { 0 };
    let counts = (of(Purpose::Initial), of(Purpose::Scheduled), of(Purpose::Other));
    let insert = diesel::insert_into(reads::table)
        .values((
            reads::connection_no.eq(no.0),
            reads::day.eq(day(now)),
            reads::initial.eq(counts.0),
            reads::scheduled.eq(counts.1),
            reads::other.eq(counts.2),
        ))
        .on_conflict((reads::connection_no, reads::day))
        .do_update()
        .set((
            reads::initial.eq(reads::initial + counts.0),
            reads::scheduled.eq(reads::scheduled + counts.1),
            reads::other.eq(reads::other + counts.2),
        ));
    match conn {
        AnyConn::Pg(conn) => insert.execute(conn)?,
        AnyConn::Sqlite(conn) => insert.execute(conn)?,
    };
    Ok(())
}

/// The requests of the thirty days of UTC that end with that of `now`.
pub fn of_thirty_days(conn: &mut AnyConn, no: ConnectionNo, now: Millis) -> Result<Reads, DbError> {
    let counted = reads::table.filter(reads::connection_no.eq(no.0)).filter(reads::day.gt(day(now) - DAYS));
    let rows: Vec<(i64, i64, i64)> =
        counted.select((reads::initial, reads::scheduled, reads::other)).load(conn)?;
    let add = |sum: Reads, (initial, scheduled, other): (i64, i64, i64)| Reads {
        initial: sum.initial.saturating_add(initial),
        scheduled: sum.scheduled.saturating_add(scheduled),
        other: sum.other.saturating_add(other),
    };
    Ok(rows.into_iter().fold(Reads::default(), add))
}

/// Forgets a connection's days that no longer count.
pub(crate) fn forget_old(conn: &mut AnyConn, no: ConnectionNo, now: Millis) -> Result<(), DbError> {
    let old = reads::table.filter(reads::connection_no.eq(no.0)).filter(reads::day.le(day(now) - DAYS));
    diesel::delete(old).execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};
    use tributary_core::read_budget::DAY_MS;

    #[test]
    fn requests_are_counted_by_day_and_purpose_for_thirty_days() {
        let db = TestDb::new();
        let (_, connection) = db.linked(&db.platform("One"), "acct_1");
        let no = connection.no;
        let add = |purpose, requests, days: i64| {
            db.run(|conn| super::add(conn, no, purpose, requests, NOW.plus_ms(days * DAY_MS)));
        };
        add(Purpose::Initial, 100, 0);
        add(Purpose::Other, 3, 0);
        add(Purpose::Other, 4, 0);
        add(Purpose::Scheduled, 20, 29);
        let of = |days: i64| db.run(|conn| of_thirty_days(conn, no, NOW.plus_ms(days * DAY_MS)));
        assert_eq!(of(29), Reads { initial: 100, scheduled: 20, other: 7 });
        assert_eq!(of(30), Reads { initial: 0, scheduled: 20, other: 0 });
        db.run(|conn| forget_old(conn, no, NOW.plus_ms(30 * DAY_MS)));
        assert_eq!(of(29), Reads { initial: 0, scheduled: 20, other: 0 }, "what no longer counts is gone");
        assert_eq!(db.run(|conn| of_thirty_days(conn, ConnectionNo(no.0 + 1), NOW)), Reads::default());
    }
}

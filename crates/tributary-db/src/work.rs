//! What there is to do for which connection: all that the scheduler asks before it claims one.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::events::inbox;
use crate::schema::{connections, leases};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use tributary_core::Millis;
use tributary_core::ids::ConnectionNo;
use tributary_core::state::ConnectionStatus;

/// Connections that have something to do and whose lease is free at `now` (the database's clock): the one whose last
/// commit is the longest ago comes first, so that whoever waits gets its turn. Only what needs nothing of Stripe's is
/// done for those that aren't Linked or are paused.
pub fn connections(conn: &mut AnyConn, now: Millis, limit: i64) -> Result<Vec<ConnectionNo>, DbError> {
    let linked = [
        with_datasets(),
        with_reconciliations(),
        inbox::with_events(now),
        with_rereads(now),
        with_feeds(now),
    ];
    with_any(conn, &linked, &[with_remaps()], now, limit)
}

/// As [`connections()`], of those that have something to do for their event lane.
pub fn connections_with_events(
    conn: &mut AnyConn,
    now: Millis,
    limit: i64,
) -> Result<Vec<ConnectionNo>, DbError> {
    with_any(conn, &[inbox::with_events(now), with_rereads(now), with_feeds(now)], &[], now, limit)
}

/// Whether a connection has something to do for its lane of runs.
pub fn has_runs(conn: &mut AnyConn, no: ConnectionNo) -> Result<bool, DbError> {
    is_in(conn, no, &[with_datasets(), with_reconciliations(), with_remaps()])
}

/// Whether a connection has something to do for its event lane at `now`.
pub fn has_events(conn: &mut AnyConn, no: ConnectionNo, now: Millis) -> Result<bool, DbError> {
    Ok(inbox::are_any_due(conn, no, now)? || is_in(conn, no, &[with_rereads(now), with_feeds(now)])?)
}

fn is_in(conn: &mut AnyConn, no: ConnectionNo, sources: &[String]) -> Result<bool, DbError> {
    let sources = sources.join(" UNION ALL ");
    let found = format!("EXISTS (SELECT 1 FROM ({sources}) AS source WHERE connection_no = {})", no.0);
    Ok(diesel::select(sql::<Bool>(&found)).get_result(conn)?)
}

/// Free connections that any of the sources names: of `linked` those that are Linked and not paused, of `all` any.
fn with_any(
    conn: &mut AnyConn,
    linked: &[String],
    all: &[String],
    now: Millis,
    limit: i64,
) -> Result<Vec<ConnectionNo>, DbError> {
    let of_linked = format!(
        "SELECT no FROM connections AS linked WHERE linked.status = '{}' AND linked.paused_ms IS NULL AND linked.no IN ({})",
        ConnectionStatus::Linked,
        linked.join(" UNION ")
    );
    let sources: Vec<&str> = std::iter::once(&of_linked).chain(all).map(String::as_str).collect();
    let with_work = format!("connections.no IN ({})", sources.join(" UNION "));
    let numbers: Vec<i64> = connections::table
        .inner_join(leases::table.on(leases::connection_no.eq(connections::no)))
        .filter(sql::<Bool>(&with_work))
        .filter(leases::expires_ms.le(now.0))
        .order((leases::modified_ms, connections::no))
        .select(connections::no)
        .limit(limit)
        .load(conn)?;
    Ok(numbers.into_iter().map(ConnectionNo).collect())
}

/// As SQL, the connections that have an active dataset.
fn with_datasets() -> String {
    "SELECT connection_no FROM datasets WHERE active".to_owned()
}

/// As SQL, the connections that have a reconciliation to carry out.
fn with_reconciliations() -> String {
    "SELECT connection_no FROM reconciliations WHERE ended_ms IS NULL".to_owned()
}

/// As SQL, the connections whose records are to be made anew.
fn with_remaps() -> String {
    "SELECT connection_no FROM remaps WHERE ended_ms IS NULL".to_owned()
}

/// As SQL, the connections that have an object to read again.
fn with_rereads(now: Millis) -> String {
    format!("SELECT connection_no FROM rereads WHERE due_ms <= {}", now.0)
}

/// As SQL, the connections whose events are to be listed.
fn with_feeds(now: Millis) -> String {
    format!("SELECT connection_no FROM event_feeds WHERE poll_ms IS NOT NULL AND poll_ms <= {}", now.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets;
    use crate::leases::{self, claim, enter, release};
    use crate::test_db::{NOW, TestDb};
    use tributary_core::state::RunReason;
    use tributary_core::{DataType, SyncMode};

    #[test]
    fn work_is_found_on_linked_connections_that_nobody_holds_the_last_served_comes_last() {
        let db = TestDb::new();
        let platform = db.platform("One");
        let (_, first) = db.linked(&platform, "acct_1");
        let (_, second) = db.linked(&platform, "acct_2");
        let now = db.run(leases::now);
        let work = |limit| db.run(|conn| connections(conn, now, limit));
        assert_eq!(work(10), [first.no, second.no]);
        let lease = db.run(|conn| claim(conn, first.no, "worker", 60_000)).unwrap();
        assert_eq!(work(10), [second.no], "somebody holds the first");
        db.run(|conn| enter(conn, &lease, 60_000));
        db.run(|conn| release(conn, &lease));
        assert_eq!((work(10), work(1)), (vec![second.no, first.no], vec![second.no]));
        let pending =
            db.connection(&db.company(&platform, "New"), &db.integration(&platform, SyncMode::OneOff));
        db.run(|conn| datasets::queue(conn, &pending, DataType::Payments, RunReason::Requested, NOW))
            .unwrap();
        assert_eq!(work(10), [second.no, first.no], "a connection that isn't linked has to wait");
        db.run(|conn| {
            let how = tributary_core::state::DatasetStatus::Cancelled;
            datasets::finish_all_active(conn, first.no, how, "stopped", NOW)
        });
        assert_eq!(work(10), [second.no], "nothing is left to do for the first");
    }

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }

    /// How SQLite carries out the queries that are asked.
    fn steps(db: &TestDb, asked: impl Fn(&mut AnyConn) -> Result<(), DbError>) -> Vec<String> {
        use diesel::connection::InstrumentationEvent::StartQuery;
        use std::sync::{Arc, Mutex};
        db.run(|conn| {
            let seen: Arc<Mutex<Vec<String>>> = Arc::default();
            let noted = Arc::clone(&seen);
            conn.set_instrumentation(move |event: diesel::connection::InstrumentationEvent<'_>| {
                if let StartQuery { query, .. } = event {
                    noted.lock().unwrap().push(query.to_string());
                }
            });
            asked(conn)?;
            conn.set_instrumentation(|_: diesel::connection::InstrumentationEvent<'_>| {});
            let queries = seen.lock().unwrap().clone();
            let mut steps = Vec::new();
            for query in queries.iter().filter(|query| query.starts_with("SELECT")) {
                let query = query.split(" -- binds").next().unwrap_or_default();
                let rows: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(conn)?;
                steps.extend(rows.into_iter().map(|row| row.detail));
            }
            Ok(steps)
        })
    }

    #[test]
    fn looking_for_work_and_for_what_is_due_reads_no_table_from_end_to_end() {
        let db = TestDb::new();
        let now = db.run(leases::now);
        let steps = steps(&db, |conn| {
            connections(conn, now, 8)?;
            crate::schedules::are_due(conn, now)?;
            crate::deliveries::any_to_route(conn)?;
            crate::quota_notices::are_due(conn, now)?;
            Ok(())
        });
        assert!(steps.len() > 4, "{steps:?}");
        // Indexes of nothing but what there is to do may be read from end to end.
        let whole: Vec<&String> =
            steps.iter().filter(|step| step.starts_with("SCAN ") && !step.contains(" INDEX ")).collect();
        // `found` and `with_events` hold the connections that have events: one row each.
        let allowed = |step: &&String| {
            let scanned = step.trim_start_matches("SCAN ");
            ["CONSTANT ROW", "found", "with_events"].contains(&scanned) || scanned.contains("quota_notices")
        };
        assert!(whole.iter().all(allowed), "{whole:?} of {steps:?}");
    }
}

//! One reconciliation at a time, told once per change of the verdict, and what it compares with.

use super::*;
use crate::bulk::{Owner, Rows};
use crate::compare;
use crate::records::transactions::Transaction;
use crate::records::{BEYOND_ALL_IDS, Records, bury_rows, payouts::Payout, standing as standing_rows};
use crate::schema::messages;
use crate::test_db::{NOW, TestDb, urls};
use crate::use_cases::{
    Judged, ReconcileRefused, judge_reconciliation, queue_reconciliation, unlink_connection,
};
use crate::{AnyConn, deletions, work};
use tributary_core::Resource;
use tributary_core::commerce::TransactionType;
use tributary_core::ids::ConnectionId;
use tributary_core::reconciliation::DifferenceKind;
use tributary_core::state::ConnectionStatus;

fn ties() -> Outcome {
    Outcome {
        verdict: Verdict::Ties,
        explanation: None,
        as_of: Some(NOW),
        sums: vec![Sum {
            currency: "KWD".parse().unwrap(),
            available_minor: 1,
            pending_minor: -3,
            stored_minor: -2,
        }],
        payouts: 2,
        objects: 3,
    }
}

fn of(verdict: Verdict) -> Outcome {
    Outcome::without_comparison(verdict, "why".to_owned())
}

fn judge(
    db: &TestDb,
    connection: &Connection,
    outcome: &Outcome,
    (found, has_ended): (&[Found], bool),
    now: Millis,
) {
    db.run(|conn| {
        let queued = queue(conn, connection, None, now)?;
        let judged = Judged { outcome, found, unlisted: 2, has_ended };
        judge_reconciliation(conn, &urls(), connection, queued.id, &judged, now)
    });
}

/// The verdicts told, in order.
fn told(db: &TestDb) -> Vec<String> {
    let bodies: Vec<String> = db.run(|conn| {
        Ok(messages::table
            .filter(messages::event_type.eq("reconciliation.verdict.changed"))
            .order(messages::id)
            .select(messages::body)
            .load(conn)?)
    });
    let verdict = |body: &String| {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        body["payload"]["verdict"].as_str().unwrap().to_owned()
    };
    bodies.iter().map(verdict).collect()
}

#[test]
fn one_is_open_at_a_time_and_what_it_found_is_read_back() {
    let db = TestDb::new();
    let (company, connection) = db.linked(&db.platform("One"), "acct_1");
    let ask = |id| db.run(|conn| queue_reconciliation(conn, company.platform_no, company.id, id, NOW));
    let queued = ask(connection.id).unwrap();
    assert_eq!((queued.state, queued.verdict), (ReconciliationState::Queued, None));
    assert_eq!(ask(connection.id).unwrap().id, queued.id, "the open one is what was asked for");
    let nobodys = ConnectionId::random();
    assert_eq!(ask(nobodys), Err(ReconcileRefused::Unknown(nobodys)));

    let currency = "KWD".parse().unwrap();
    let missing =
        Difference::of(DifferenceKind::SourceMissing).about(Resource::Refunds, "re_1").beside("txn_1");
    let sum = Difference::of(DifferenceKind::Balance).amounts(currency, 1, i128::MAX);
    let found = [Found { difference: missing, repaired: true }, Found { difference: sum, repaired: false }];
    judge(&db, &connection, &ties(), (&found, true), NOW);
    let ended = db.run(|conn| find(conn, connection.no, queued.id)).unwrap();
    assert_eq!((ended.state, ended.verdict), (ReconciliationState::Ended, Some(Verdict::Ties)));
    assert_eq!((ended.differences, ended.repaired, ended.payouts, ended.objects), (4, 1, 2, 3));
    assert!(ended.sums == ties().sums && ended.sums[0].ties());
    let page = Page { offset: 0, limit: 10 };
    let (listed, total) = db.run(|conn| differences_of(conn, connection.no, queued.id, page));
    assert_eq!((listed.as_slice(), total), (&found[..], 2));
    assert_eq!(listed[1].difference.found_minor, None, "what no column holds is left out");
    assert_ne!(ask(connection.id).unwrap().id, queued.id);
    assert_eq!(db.run(|conn| list(conn, connection.no, page)).1, 2);
}

#[test]
fn a_verdict_is_told_when_another_one_stands_and_inconclusive_ones_say_nothing() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    let course = [
        (ties(), true),
        (ties(), true),
        (of(Verdict::Inconclusive), true),
        (of(Verdict::Differs), false),
        (of(Verdict::Differs), true),
        (of(Verdict::Inconclusive), true),
        (ties(), true),
        (of(Verdict::NotApplicable), true),
    ];
    for ((outcome, has_ended), n) in course.iter().zip(0..) {
        judge(&db, &connection, outcome, (&[], *has_ended), NOW.plus_ms(n));
    }
    assert_eq!(told(&db), ["ties", "differs", "ties", "not_applicable"]);
}

#[test]
fn severing_a_connection_cancels_it_and_only_linked_ones_are_worked_on() {
    let db = TestDb::new();
    let (company, connection) = db.linked(&db.platform("One"), "acct_1");
    let queued = db.run(|conn| queue(conn, &connection, None, NOW));
    let (no, id) = (company.platform_no, connection.id);
    db.run(|conn| unlink_connection(conn, &urls(), no, company.id, id, NOW)).unwrap();
    let cancelled = db.run(|conn| find(conn, connection.no, queued.id)).unwrap();
    assert_eq!((cancelled.state, cancelled.verdict), (ReconciliationState::Cancelled, None));
    let refused = db.run(|conn| queue_reconciliation(conn, no, company.id, id, NOW));
    assert_eq!(refused, Err(ReconcileRefused::NotLinked(ConnectionStatus::Unlinked)));
    let now = db.run(crate::leases::now);
    assert_eq!(db.run(|conn| work::connections(conn, now, 10)), []);
    db.run(|conn| crate::remaps::queue(conn, &connection, NOW));
    assert_eq!(db.run(|conn| work::connections(conn, now, 10)), [connection.no], "records need no access");
}

#[test]
fn the_oldest_are_forgotten_with_their_differences() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    let found = [Found { difference: Difference::of(DifferenceKind::Balance), repaired: false }];
    for n in 0..KEPT + 3 {
        db.run(|conn| {
            let queued = queue(conn, &connection, None, NOW.plus_ms(n))?;
            let judged = Judged { outcome: &ties(), found: &found, unlisted: 0, has_ended: true };
            judge_reconciliation(conn, &urls(), &connection, queued.id, &judged, NOW.plus_ms(n))
        });
    }
    let (kept, total) = db.run(|conn| list(conn, connection.no, Page { offset: 0, limit: 1 }));
    assert_eq!((total, kept[0].requested), (KEPT, NOW.plus_ms(KEPT + 2)));
    let differences: i64 = db.run(|conn| Ok(difference_rows::table.count().get_result(conn)?));
    assert_eq!(differences, KEPT);
    db.run(|conn| {
        crate::use_cases::delete_connection(
            conn,
            &urls(),
            connection.platform_no,
            connection.company_id,
            connection.id,
            NOW,
        )
    });
    while !matches!(db.run(|conn| deletions::delete_some(conn, 100)), deletions::Deleted::Nothing) {}
    let left: i64 = db.run(|conn| Ok(reconciliations::table.count().get_result(conn)?));
    assert_eq!(left, 0);
}

fn transaction(id: &str, amount_minor: i64, available_ms: i64) -> Transaction {
    Transaction {
        id: id.to_owned(),
        balance_transaction_id: id.split(':').next().unwrap().to_owned(),
        amount_minor,
        amount_milli: amount_minor,
        currency: "USD".parse().unwrap(),
        kind: TransactionType::Payment,
        sub_type: "charge".to_owned(),
        source_id: None,
        source_type: None,
        balance_type: "payments".to_owned(),
        available_ms,
        created_ms: 1,
    }
}

fn write(db: &TestDb, connection: &Connection, records: &Records<'_>) {
    let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
    db.run(|conn| records.write(conn, owner, 5, Rows::Any));
}

#[test]
fn amounts_sum_beyond_what_a_column_holds() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    let most = 9_000_000_000_000_000_000;
    let mut rows = vec![transaction("txn_1", most, 10), transaction("txn_2", most, 10)];
    rows.push(transaction("txn_3", 70, 20));
    rows.push(transaction("txn_3:Stripe fee", -5, 20));
    rows.push(transaction("txn_4", 900, 30));
    rows.push(Transaction { balance_type: "issuing".to_owned(), ..transaction("txn_5", 1, 10) });
    write(&db, &connection, &Records { transactions: rows.iter().collect(), ..Records::default() });
    let sums = db.run(|conn| stored_sums(conn, connection.no, Millis(20), Millis(30)));
    let expected = Stored {
        currency: "USD".parse().unwrap(),
        total_minor: 2 * i128::from(most) + 965,
        available_minor: 2 * i128::from(most),
        between_in_minor: 70,
        between_out_minor: -5,
    };
    assert_eq!(sums, [expected]);
}

#[test]
fn a_row_that_was_altered_behind_the_digest_is_found_and_replaced() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    let rows = [transaction("txn_1", 100, 1), transaction("txn_2", 200, 1), transaction("txn_3", 300, 1)];
    let records = Records { transactions: rows.iter().collect(), ..Records::default() };
    write(&db, &connection, &records);
    let found = || db.run(|conn| records.mismatches(conn, connection.no));
    assert_eq!(found(), []);
    let sql = "UPDATE transactions SET amount_minor = 7 WHERE id = 'txn_1'; DELETE FROM transactions WHERE id = 'txn_3'";
    db.run(|conn| Ok(diesel::connection::SimpleConnection::batch_execute(conn, sql)?));
    let mismatches = found();
    let usd = "USD".parse().unwrap();
    let seen: Vec<_> = mismatches.iter().map(|it| (it.id.as_str(), it.is_missing, it.amounts)).collect();
    assert_eq!(seen, [("txn_1", false, Some((usd, 100, 7))), ("txn_3", true, None)]);
    write(&db, &connection, &records);
    assert_eq!(found().len(), 1, "the digest still says what it said");
    db.run(|conn| Ok(compare::distrust(conn, connection.no, "transactions", &["txn_1"])?));
    write(&db, &connection, &records);
    assert_eq!(found(), []);
}

#[test]
fn rows_are_found_where_their_objects_lie() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    let rows = ["txn_1", "txn_1:Stripe fee", "txn_12", "txn_2", "txn_3"].map(|id| transaction(id, 1, 1));
    write(&db, &connection, &Records { transactions: rows.iter().collect(), ..Records::default() });
    let ids = |first: &str, last: &str| {
        let ledger = Resource::BalanceTransactions;
        let mut found = db.run(|conn| standing_rows(conn, connection.no, ledger, first, last));
        found.sort();
        found.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("txn_1", "txn_1"), ["txn_1", "txn_1:Stripe fee"]);
    assert_eq!(ids("txn_12", "txn_2"), ["txn_12", "txn_2"]);
    assert_eq!(ids("", BEYOND_ALL_IDS).len(), 5);
    let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
    let gone =
        db.run(|conn| standing_rows(conn, connection.no, Resource::BalanceTransactions, "txn_3", "txn_3"));
    assert_eq!(db.run(|conn| bury_rows(conn, owner, 9, &gone)), 1);
    assert_eq!(ids("", BEYOND_ALL_IDS).len(), 4);
}

fn payout(id: &str, created_ms: i64, automatic: bool) -> Payout {
    Payout {
        id: id.to_owned(),
        amount_minor: 95,
        amount_milli: 950,
        currency: "USD".parse().unwrap(),
        status: "paid".to_owned(),
        method: None,
        kind: None,
        automatic: Some(automatic),
        reconciliation_status: Some(if automatic { "completed" } else { "not_applicable" }.to_owned()),
        destination_id: None,
        balance_transaction_id: Some("txn_own".to_owned()),
        failure_balance_transaction_id: None,
        failure_code: None,
        original_payout_id: None,
        reversed_by_id: None,
        statement_descriptor: None,
        arrival_ms: None,
        created_ms,
    }
}

#[test]
fn payouts_are_asked_for_once_the_oldest_first() {
    let db = TestDb::new();
    let (_, connection) = db.linked(&db.platform("One"), "acct_1");
    let rows = [payout("po_a", 20, true), payout("po_b", 10, true), payout("po_c", 5, false)];
    write(&db, &connection, &Records { payouts: rows.iter().collect(), ..Records::default() });
    let unlisted = |after: Option<&PayoutToList>| {
        db.run(|conn: &mut AnyConn| unlisted_payouts(conn, connection.no, after, 1))
    };
    let first = unlisted(None).remove(0);
    assert_eq!(first.id, "po_b");
    assert_eq!(unlisted(Some(&first))[0].id, "po_a");
    let ids = ["txn_1", "txn_own"].map(str::to_owned);
    db.run(|conn| remember_payout(conn, connection.no, "po_b", &ids, NOW));
    assert_eq!(unlisted(None)[0].id, "po_a");
    let listed = db.run(|conn| listed_payouts(conn, connection.no, "", 10));
    assert_eq!(
        (listed.len(), listed[0].id.as_str(), listed[0].transaction_ids.as_slice()),
        (1, "po_b", &ids[..])
    );
}

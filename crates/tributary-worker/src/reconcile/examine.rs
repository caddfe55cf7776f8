//! One look: the balance and the ledger at one instant, each payout, and everything that is stored.

use super::ask::Asking;
use super::halt::Halt;
use super::survey::{self, Known, Survey};
use super::{judge, payouts};
use crate::held::pause;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use tributary_core::ids::ConnectionNo;
use tributary_core::reconciliation::DifferenceKind;
use tributary_core::{Millis, Mode, Resource};
use tributary_db::reconciliations::{self, Difference, Sum};
use tributary_db::{AnyConn, DbError, source_objects, windows};

/// How often an instant is looked for (rule E16).
const ATTEMPTS: u32 = 3;

/// How long between two attempts.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// How far back the ledger's head is read again: lists lag behind by a little (rule E3).
const HEAD_OVERLAP_SECS: i64 = 3600;

/// Within this of the instant it isn't known whether a transaction is available yet.
const AVAILABILITY_MS: i64 = 86_400_000;

/// Objects of one list that Stripe no longer shows, of which are told at most.
const ABSENT_MAX: i64 = 200;

/// What one look showed.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Stripe's clock at the instant.
    pub(crate) as_of: Millis,
    pub(crate) sums: Vec<Sum>,
    pub(crate) payouts: i64,
    pub(crate) survey: Survey,
}

/// The balance, and what the transactions summed to while it was that.
struct Instant {
    as_of: Millis,
    ledger_from: Millis,
    sums: Vec<Sum>,
    differences: Vec<Difference>,
}

/// Looks at everything once.
pub(crate) async fn look(asking: &mut Asking<'_>) -> Result<Look, Halt> {
    let instant = instant(asking).await?;
    let connection = asking.held.owner.connection_no;
    let read_until = asking.held.context.db.read(move |conn| read_until(conn, connection)).await?;
    let known = Known { ledger_from: instant.ledger_from, read_until };
    let mut survey = survey::of_connection(asking.held, &known).await?;
    let (payouts, of_payouts) = payouts::judge_all(asking.held).await?;
    let mut differences = instant.differences;
    differences.extend(of_payouts);
    differences.extend(absent(asking).await?);
    differences.append(&mut survey.differences);
    // A payout and a charge may miss the same transaction.
    let mut missing = HashSet::new();
    let mut is_first = |it: &Difference| {
        it.kind != DifferenceKind::TransactionMissing || missing.insert(it.object_id.clone())
    };
    survey.differences = differences.into_iter().filter(|it| is_first(it)).collect();
    Ok(Look { as_of: instant.as_of, sums: instant.sums, payouts, survey })
}

/// Reads the balance, pulls the ledger to its head, sums, and reads the balance again until nothing moved meanwhile.
/// What doesn't tie then is looked at again before it counts: a list may lag behind the balance.
async fn instant(asking: &mut Asking<'_>) -> Result<Instant, Halt> {
    for attempt in 1..=ATTEMPTS {
        if attempt > 1 {
            pause(BETWEEN_ATTEMPTS, asking.held.stop).await?;
        }
        let before = asking.balance().await?;
        let ledger_from = asking.stripes_now();
        let newest = asking.ledger(head_secs(asking).await?, None).await?;
        let (connection, as_of) = (asking.held.owner.connection_no, asking.stripes_now());
        let (from, to) = (as_of.plus_ms(-AVAILABILITY_MS), as_of.plus_ms(AVAILABILITY_MS));
        let stored = asking
            .held
            .context
            .db
            .read(move |conn| reconciliations::stored_sums(conn, connection, from, to))
            .await?;
        let after = asking.balance().await?;
        if before != after || newest != asking.newest_transaction().await? {
            continue;
        }
        let differences = judge::balances(&after, &stored);
        if differences.is_empty() || attempt == ATTEMPTS {
            let total = |sum: &Sum| stored.iter().find(|stored| stored.currency == sum.currency);
            let with_stored = |sum: Sum| Sum {
                stored_minor: total(&sum).map_or(0, |stored| i64::try_from(stored.total_minor).unwrap_or(0)),
                ..sum
            };
            let sums = after.into_iter().map(with_stored).collect();
            return Ok(Instant { as_of, ledger_from, sums, differences });
        }
    }
    Err(Halt::Inconclusive(format!("The balance moved during each of {ATTEMPTS} readings.")))
}

/// From where the ledger's head is read: Unix seconds.
async fn head_secs(asking: &Asking<'_>) -> Result<i64, Halt> {
    let connection = asking.held.owner.connection_no;
    let newest = move |conn: &mut AnyConn| {
        source_objects::newest(conn, connection, Resource::BalanceTransactions, None)
    };
    let newest = asking.held.context.db.read(newest).await?;
    Ok(newest.map_or(0, |(_, created_secs)| created_secs - HEAD_OVERLAP_SECS))
}

/// The lists that sources of transactions are kept in, where their whole history is: when each was last read to its end.
fn read_until(conn: &mut AnyConn, connection: ConnectionNo) -> Result<BTreeMap<Resource, Millis>, DbError> {
    let mut until = BTreeMap::new();
    for resource in [Resource::Charges, Resource::Refunds, Resource::Disputes, Resource::Payouts] {
        if let Some(read_ms) = windows::covered_until_ms(conn, connection, resource, 0)? {
            until.insert(resource, Millis(read_ms));
        }
    }
    Ok(until)
}

/// Live mode: what Stripe never deletes and no longer shows (rule E7). In test mode the runs have buried it.
async fn absent(asking: &Asking<'_>) -> Result<Vec<Difference>, Halt> {
    if asking.held.mode == Mode::Test {
        return Ok(Vec::new());
    }
    let connection = asking.held.owner.connection_no;
    let find = move |conn: &mut AnyConn| {
        let mut found = Vec::new();
        let listed =
            |resource: &Resource| resource.is_dated() && !resource.is_deletable() && !resource.is_immutable();
        for resource in Resource::ALL.into_iter().filter(listed) {
            let Some(read_ms) = windows::covered_until_ms(conn, connection, resource, 0)? else { continue };
            let unseen =
                source_objects::unseen_since(conn, connection, resource, Millis(read_ms), ABSENT_MAX)?;
            let difference = |id: &String| Difference::of(DifferenceKind::ObjectAbsent).about(resource, id);
            found.extend(unseen.iter().map(difference));
        }
        Ok(found)
    };
    Ok(asking.held.context.db.read(find).await?)
}

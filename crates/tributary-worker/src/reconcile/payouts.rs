//! Automatic payouts and the transactions that each pays out. Stripe is asked once per payout; its answer is kept.

use super::ask::Asking;
use super::halt::Halt;
use super::{judge, survey};
use crate::held::{Held, RunError};
use std::collections::HashMap;
use tributary_db::reconciliations::{self, Difference, PayoutToList};
use tributary_db::{AnyConn, DbError, datasets};

/// Payouts asked for, or judged, at once.
const AT_ONCE: i64 = 20;

/// Rounds of either, at most: a payout a day for a lifetime, in a hundred currencies.
const ROUNDS_MAX: usize = 200_000;

/// Differences of payouts kept; each of a payout's transactions may be missing.
const DIFFERENCES_MAX: usize = 500;

/// Asks for the transactions of every payout of which they aren't known, the oldest first. Gives way to data types
/// that wait to be read: what is known by then is kept.
pub(crate) async fn list_all(asking: &mut Asking<'_>) -> Result<(), Halt> {
    let connection = asking.held.owner.connection_no;
    let mut after: Option<PayoutToList> = None;
    for _ in 0..ROUNDS_MAX {
        let from = after.clone();
        let next = move |conn: &mut AnyConn| {
            let unlisted = reconciliations::unlisted_payouts(conn, connection, from.as_ref(), AT_ONCE)?;
            Ok((unlisted, !datasets::waiting(conn, connection)?.is_empty()))
        };
        let (unlisted, must_give_way) = asking.held.context.db.read(next).await?;
        if must_give_way {
            return Err(Halt::GivesWay);
        }
        let Some(last) = unlisted.last().cloned() else { return Ok(()) };
        let mut listed = Vec::with_capacity(unlisted.len());
        for payout in unlisted {
            if let Some(ids) = asking.payout_transactions(&payout.id).await? {
                listed.push((payout.id, ids));
            }
        }
        asking
            .held
            .commit(move |conn, now| {
                listed.iter().try_for_each(|(payout, ids)| {
                    reconciliations::remember_payout(conn, connection, payout, ids, now)
                })
            })
            .await?;
        after = Some(last);
    }
    Ok(())
}

/// Judges every payout of which the transactions are known; gives how many, and what doesn't agree.
pub(crate) async fn judge_all(held: &Held<'_>) -> Result<(i64, Vec<Difference>), RunError> {
    let connection = held.owner.connection_no;
    let (mut judged, mut found) = (0, Vec::new());
    let mut after = String::new();
    for _ in 0..ROUNDS_MAX {
        if held.stop.is_cancelled() {
            return Err(RunError::Stopping);
        }
        let from = after.clone();
        let judge_some = move |conn: &mut AnyConn| {
            let payouts = reconciliations::listed_payouts(conn, connection, &from, AT_ONCE)?;
            let mut found = Vec::new();
            for payout in &payouts {
                let ids: Vec<&str> = payout.transaction_ids.iter().map(String::as_str).collect();
                let nets = survey::entries_of(conn, connection, &ids)?;
                let nets: HashMap<String, i64> =
                    nets.into_iter().map(|(id, entry)| (id, entry.net_minor)).collect();
                found.extend(judge::payout(payout, &nets));
            }
            Ok::<_, DbError>((payouts.len(), payouts.last().map(|last| last.id.clone()), found))
        };
        let (count, last, differences) = held.context.db.read(judge_some).await?;
        judged += i64::try_from(count).unwrap_or(0);
        found.extend(differences);
        found.truncate(DIFFERENCES_MAX);
        match last {
            Some(last) => after = last,
            None => break,
        }
    }
    Ok((judged, found))
}

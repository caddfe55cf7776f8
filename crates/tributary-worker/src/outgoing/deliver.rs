//! Working one lane off: message after message, each attempt between two transactions.

use super::Outgoing;
use super::decide::{self, Outcome};
use super::send::{Attempt, Request};
use tokio_util::sync::CancellationToken;
use tributary_core::state::DisabledReason;
use tributary_core::{Millis, token};
use tributary_db::deliveries::{self, Attempted, Due, Known, Taken, Then, Verdict};
use tributary_db::delivery_lanes::{self, Hold};
use tributary_db::{DbError, leases};

/// Messages that are sent under one hold; then others have their turn.
const IN_A_ROW_MAX: usize = 32;

/// Sends what is due in a held lane, in order, and lets it go. A failure of the database leaves the lane held until
/// its lease runs out.
pub(crate) async fn deliver(outgoing: &Outgoing, hold: &Hold, stop: &CancellationToken) {
    if let Err(error) = work_off(outgoing, hold, stop).await {
        tracing::warn!(consumer.id = %hold.consumer_id, %error, "sending to a consumer was interrupted");
    }
}

async fn work_off(outgoing: &Outgoing, hold: &Hold, stop: &CancellationToken) -> Result<(), DbError> {
    let mut taken = take(outgoing, hold).await?;
    for sent in 1..=IN_A_ROW_MAX {
        let Taken::Due(due) = taken else { return Ok(()) };
        if stop.is_cancelled() {
            return release(outgoing, hold).await;
        }
        let (message_id, known) = (due.message_id, due.known());
        let attempt = outgoing.sender.send(request(*due)).await;
        let verdict = judge(&attempt, &known, &outgoing.settings.retry_waits_secs, random());
        let attempted = Attempted {
            message_id,
            known,
            started: attempt.started,
            elapsed_ms: i64::try_from(attempt.elapsed.as_millis()).unwrap_or(i64::MAX),
            status: attempt.outcome.status(),
            error: attempt.outcome.problem(),
        };
        log(hold, &attempted, verdict);
        let goes_on = sent < IN_A_ROW_MAX && !stop.is_cancelled();
        taken = record(outgoing, hold, attempted, verdict, goes_on).await?;
    }
    Ok(())
}

async fn release(outgoing: &Outgoing, hold: &Hold) -> Result<(), DbError> {
    let hold = hold.clone();
    let released = outgoing.db.write(move |conn| {
        let now = leases::now(conn)?;
        delivery_lanes::release(conn, &hold, now)
    });
    released.await
}

fn request(due: Due) -> Request {
    Request {
        url: due.recipient.url,
        headers: due.recipient.headers,
        secrets: due.recipient.secrets,
        message_id: due.message_id.to_string(),
        body: due.body,
    }
}

async fn take(outgoing: &Outgoing, hold: &Hold) -> Result<Taken, DbError> {
    let (hold, vault, lease_ms) = (hold.clone(), outgoing.vault.clone(), outgoing.lease_ms());
    let taken = outgoing.db.write(move |conn| {
        let now = leases::now(conn)?;
        deliveries::take(conn, &vault, &hold, lease_ms, now)
    });
    taken.await
}

/// Records an attempt and takes the next message, or lets the lane go, in one transaction.
async fn record(
    outgoing: &Outgoing,
    hold: &Hold,
    attempted: Attempted,
    verdict: Verdict,
    goes_on: bool,
) -> Result<Taken, DbError> {
    let (hold, vault, lease_ms) = (hold.clone(), outgoing.vault.clone(), outgoing.lease_ms());
    let taken = outgoing.db.write(move |conn| {
        let now = leases::now(conn)?;
        if !deliveries::record(conn, &hold, &attempted, verdict, lease_ms, now)? {
            tracing::warn!(
                consumer.id = %hold.consumer_id,
                message.id = %attempted.message_id,
                "an attempt was not recorded: another worker sends to this consumer now, or it was deleted"
            );
            return Ok(Taken::Lost);
        }
        if goes_on {
            deliveries::take(conn, &vault, &hold, lease_ms, now)
        } else {
            delivery_lanes::release(conn, &hold, now)?;
            Ok(Taken::Nothing)
        }
    });
    taken.await
}

/// What follows from an attempt, for the delivery and for the consumer.
fn judge(attempt: &Attempt, known: &Known, waits_secs: &[u64], random: u32) -> Verdict {
    let Attempt { started, outcome, .. } = *attempt;
    let number = u32::try_from(known.attempts).unwrap_or(u32::MAX).saturating_add(1);
    let then = decide::then(outcome, number, waits_secs, random);
    Verdict { then, disable: disabling(outcome, known.failing_since, started) }
}

fn disabling(outcome: Outcome, failing_since: Option<Millis>, now: Millis) -> Option<DisabledReason> {
    if outcome.is_success() {
        None
    } else if outcome.is_gone() {
        Some(DisabledReason::Gone)
    } else {
        failing_since.is_some_and(|since| decide::is_worn_out(since, now)).then_some(DisabledReason::Failing)
    }
}

/// Jitter; without randomness there is none.
fn random() -> u32 {
    token::random_bytes().map(u32::from_le_bytes).unwrap_or_default()
}

fn log(hold: &Hold, attempted: &Attempted, verdict: Verdict) {
    let (consumer, message) = (hold.consumer_id, attempted.message_id);
    let Attempted { elapsed_ms, status, error, .. } = attempted;
    let error = error.as_deref().unwrap_or_default();
    match verdict.then {
        Then::Delivered => {
            tracing::debug!(consumer.id = %consumer, message.id = %message, status, elapsed_ms, "a message was delivered");
        }
        Then::Again(wait_ms) => {
            tracing::info!(consumer.id = %consumer, message.id = %message, status, elapsed_ms, wait_ms, error, "a message could not be delivered and is sent again");
        }
        Then::Dead => {
            tracing::warn!(consumer.id = %consumer, message.id = %message, status, elapsed_ms, error, "a message could not be delivered and is given up");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Millis = Millis(1_790_000_000_000);

    fn judged(status: u16, number: i64, failing_days: Option<i64>) -> Verdict {
        let outcome = Outcome::Answered { status, retry_after: None };
        let attempt = Attempt { started: NOW, elapsed: Duration::from_millis(3), outcome };
        let failing_since = failing_days.map(|days| NOW.plus_ms(-days * 86_400_000));
        let known = Known { attempts: number - 1, url: String::new(), failing_since };
        judge(&attempt, &known, &[5, 300], 0)
    }

    #[test]
    fn a_consumer_is_disabled_when_it_says_that_it_is_gone_or_after_five_days_of_failing() {
        use DisabledReason::{Failing, Gone};
        let again = |secs: i64| Then::Again(secs * 1000);
        for (status, number, failing_days, then, disable) in [
            (200, 1, None, Then::Delivered, None),
            (200, 1, Some(9), Then::Delivered, None),
            (500, 1, None, again(5), None),
            (500, 2, Some(4), again(300), None),
            (500, 3, Some(4), Then::Dead, None),
            (500, 1, Some(5), again(5), Some(Failing)),
            (500, 3, Some(5), Then::Dead, Some(Failing)),
            (410, 1, None, again(5), Some(Gone)),
            (410, 3, Some(9), Then::Dead, Some(Gone)),
            (302, 1, None, again(5), None),
        ] {
            let verdict = judged(status, number, failing_days);
            assert_eq!(verdict, Verdict { then, disable }, "{status}, attempt {number}, {failing_days:?}");
        }
    }
}

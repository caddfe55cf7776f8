//! Ending authorizations at Stripe (rule E15).

use crate::WorkerContext;
use tributary_core::{Millis, Secret};
use tributary_db::revocations::{self, ATTEMPTS_MAX, Claimed, Revocation};
use tributary_db::{DbError, integrations, leases};
use tributary_stripe::oauth::{self, Disconnected};
use tributary_stripe::{Error, Reaction};

/// How long after each failed attempt the next one is due, in seconds: minutes for a moment's trouble, days for a
/// secret key that somebody has to put right.
const WAITS_SECS: [i64; ATTEMPTS_MAX as usize - 1] = [30, 300, 1_800, 7_200, 21_600, 86_400, 86_400];

/// Carries out the revocation that is due; says whether there may be others.
pub(super) async fn one(context: &WorkerContext) -> bool {
    let revocation = match claim(context).await {
        Ok(Claimed::Nothing) => return false,
        Ok(Claimed::Skipped) => return true,
        Ok(Claimed::Mine(revocation)) => revocation,
        Err(error) => {
            tracing::warn!(%error, "looking for authorizations to end failed");
            return false;
        }
    };
    // A failure to note the outcome leaves the claim to run out, and the attempt to be repeated: ending twice what
    // has ended is harmless.
    if let Err(error) = carry_out(context, revocation).await {
        tracing::warn!(%error, "an authorization's end could not be noted");
    }
    true
}

async fn claim(context: &WorkerContext) -> Result<Claimed, DbError> {
    let due = context.db.read(|conn| {
        let now = leases::now(conn)?;
        revocations::is_any_due(conn, now)
    });
    if !due.await? {
        return Ok(Claimed::Nothing);
    }
    let claimed = context.db.write(|conn| {
        let now = leases::now(conn)?;
        revocations::claim(conn, now)
    });
    claimed.await
}

async fn carry_out(context: &WorkerContext, revocation: Revocation) -> Result<(), DbError> {
    let (integration, account) = (revocation.integration_id, revocation.account.clone());
    let Some((client_id, secret_key)) = oauth_credentials(context, &revocation).await? else {
        tracing::warn!(
            %integration, %account,
            "an authorization stays at Stripe: its integration has no OAuth credentials any more"
        );
        return context.db.write(move |conn| revocations::end(conn, &revocation)).await;
    };
    let outcome = oauth::deauthorize(&context.stripe, &client_id, &secret_key, &account).await;
    match decide(&outcome, revocation.attempts) {
        Next::Done => {
            let already = matches!(outcome, Ok(Disconnected::Already));
            tracing::info!(%integration, %account, already, "an authorization was ended at Stripe");
            context.db.write(move |conn| revocations::end(conn, &revocation)).await
        }
        Next::Retry { after_secs } => {
            let attempts = revocation.attempts;
            tracing::info!(%integration, %account, attempts, after_secs, "ending an authorization at Stripe failed");
            let retry = move |conn: &mut _| {
                let now: Millis = leases::now(conn)?;
                revocations::retry_at(conn, &revocation, now.plus_ms(after_secs * 1000))
            };
            context.db.write(retry).await
        }
        Next::GiveUp => {
            let (attempts, error) = (revocation.attempts, outcome.err().map(|error| error.to_string()));
            tracing::warn!(
                %integration, %account, attempts, error,
                "an authorization stays at Stripe: ending it was given up. The merchant can end it in Stripe's dashboard"
            );
            context.db.write(move |conn| revocations::end(conn, &revocation)).await
        }
    }
}

/// The integration's client id and secret key, as they are now.
async fn oauth_credentials(
    context: &WorkerContext,
    revocation: &Revocation,
) -> Result<Option<(String, Secret)>, DbError> {
    let (vault, platform_no, id) = (context.vault.clone(), revocation.platform_no, revocation.integration_id);
    context
        .db
        .read(move |conn| {
            let Some(integration) = integrations::find(conn, platform_no, id)? else { return Ok(None) };
            let Some(oauth) = &integration.oauth else { return Ok(None) };
            let secret_key = integrations::secret_key(conn, &vault, &integration, oauth)?;
            Ok(Some((oauth.client_id.clone(), secret_key)))
        })
        .await
}

/// What follows an attempt.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Done,
    Retry { after_secs: i64 },
    GiveUp,
}

/// `attempts` counts the one that has just ended.
fn decide(outcome: &Result<Disconnected, Error>, attempts: i64) -> Next {
    let error = match outcome {
        Ok(Disconnected::Now | Disconnected::Already) => return Next::Done,
        Err(error) => error,
    };
    let wait = usize::try_from(attempts - 1).ok().and_then(|n| WAITS_SECS.get(n));
    match (error.reaction(), wait) {
        // A secret key that Stripe refuses may be replaced by somebody who reads the log; what Stripe refuses as such
        // stays refused.
        (Reaction::GiveUp, _) | (_, None) => Next::GiveUp,
        (_, Some(after_secs)) => Next::Retry { after_secs: *after_secs },
    }
}

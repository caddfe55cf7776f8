//! A merchant withdrew an authorization at Stripe (rule E15).

use super::Lane;
use crate::held::{RunError, dead_credential};
use tributary_core::Resource;
use tributary_core::state::CredentialKind;
use tributary_db::credentials;
use tributary_db::events::inbox::Waiting;

/// How far the clocks of Stripe and of our database may lie apart: an event so near to the moment at which the
/// credential was stored may speak of it or of the one before.
const CLOCKS_APART_MS: i64 = 60_000;

/// What is known of the credential in use from the event alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    /// Of an authorization before it.
    OfAnother,
    /// Of it.
    OfIt,
    /// Of one of the two.
    Perhaps,
}

impl Lane<'_> {
    /// Whatever the event says of a credential that isn't in use any more is of no interest: such events are sent again
    /// for days, and the merchant may have come back meanwhile.
    ///
    /// # Errors
    /// [`RunError::Deauthorized`] if the credential in use is meant.
    pub(super) async fn deauthorization(&mut self, event: &Waiting) -> Result<(), RunError> {
        let no = self.held.owner.connection_no;
        let in_use = self.held.context.db.read(move |conn| credentials::in_use(conn, no)).await?;
        let Some(credential) = in_use.filter(|credential| credential.kind != CredentialKind::RestrictedKey)
        else {
            return Ok(());
        };
        let reason = "the merchant withdrew the authorization at Stripe".to_owned();
        match speaks(event.created_secs, credential.created.0) {
            Speaks::OfAnother => Ok(()),
            Speaks::OfIt => Err(RunError::Deauthorized(reason)),
            Speaks::Perhaps => {
                let stripe = self.held.context.stripe.clone();
                let answer = tokio::select! {
                    answer = stripe.singleton(&self.held.auth, Resource::Balance) => answer,
                    () = self.held.stop.cancelled() => return Err(RunError::Stopping),
                };
                // Whatever else Stripe says, a dead credential shows at the next read.
                answer.err().and_then(|error| dead_credential(&error)).map_or(Ok(()), Err)
            }
        }
    }
}

fn speaks(event_secs: i64, credential_ms: i64) -> Speaks {
    let event_ms = event_secs.saturating_mul(1000);
    if event_ms + 1000 + CLOCKS_APART_MS < credential_ms {
        Speaks::OfAnother
    } else if event_ms > credential_ms + CLOCKS_APART_MS {
        Speaks::OfIt
    } else {
        Speaks::Perhaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_withdrawal_does_not_end_a_new_authorization() {
        assert_eq!(speaks(1_000, 2_000_000), Speaks::OfAnother);
        assert_eq!(speaks(3_000, 2_000_000), Speaks::OfIt);
        for near in [1_940, 2_000, 2_060] {
            assert_eq!(speaks(near, 2_000_000), Speaks::Perhaps, "{near}");
        }
    }
}

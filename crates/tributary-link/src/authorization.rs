//! Completing an authorization whose state was consumed: one exchange, the checks, one transaction.

use crate::LinkState;
use crate::error::Outcome;
use crate::params::Answer;
use std::time::Duration;
use tributary_core::ids::{AccountId, IntegrationId};
use tributary_core::state::CredentialKind;
use tributary_core::{Millis, Secret};
use tributary_db::connections::Connection;
use tributary_db::credentials::NewCredential;
use tributary_db::integrations::{self, Integration};
use tributary_db::use_cases::{LinkRefused, fail_authorization, link_connection};
use tributary_db::{AnyConn, DbError, leases, oauth_states, revocations};
use tributary_stripe::oauth::{self, ExchangeError, Tokens};

/// The right to complete one authorization: its state is consumed, and nobody else has got it.
pub(crate) struct Grant {
    /// The state, to note the outcome with.
    pub oauth_state: Secret,
    /// The connection to authorise.
    pub connection: Connection,
}

/// An authorization that came to nothing.
struct Refusal {
    outcome: Outcome,
    /// What Stripe said, masked.
    stripe_text: Option<String>,
}

impl From<Outcome> for Refusal {
    fn from(outcome: Outcome) -> Self {
        Refusal { outcome, stripe_text: None }
    }
}

impl From<ExchangeError> for Refusal {
    fn from(error: ExchangeError) -> Self {
        let outcome = Outcome::of_exchange(&error);
        let stripe_text = match error {
            ExchangeError::Refused { code, description } => Some(format!("{code}: {description}")),
            ExchangeError::BadSecretKey { message } => Some(message),
            ExchangeError::Ambiguous(_) | ExchangeError::Unreachable | ExchangeError::Malformed { .. } => {
                None
            }
        };
        Refusal { outcome, stripe_text }
    }
}

/// Completes the authorization and stores how it ended.
///
/// # Errors
/// The store failed. The outcome is noted as internal if the store can still do that; the code is spent
/// either way.
pub(crate) async fn complete(state: LinkState, grant: Grant, answer: Answer) -> Result<(), DbError> {
    let mut authorized = None;
    let result = match answer {
        Answer::Error(outcome) => refuse(&state, &grant, outcome.into(), None).await,
        Answer::Code(code) => exchange(&state, &grant, &code, &mut authorized).await,
    };
    if result.is_err()
        && let Err(error) = refuse(&state, &grant, Outcome::Internal.into(), authorized).await
    {
        tracing::debug!(%error, "an authorization's end could not be noted");
    }
    result
}

/// Exchanges the code and links the connection, or stores why not. From the exchange on `authorized` is the account
/// whose authorization Stripe holds.
async fn exchange(
    state: &LinkState,
    grant: &Grant,
    code: &Secret,
    authorized: &mut Option<AccountId>,
) -> Result<(), DbError> {
    let Some(PlatformSide { integration, client_id, secret_key }) = platform(state, grant).await? else {
        return refuse(state, grant, Outcome::SwitchedOff.into(), None).await;
    };
    wait_for_revocations(state, integration.id).await?;
    let tokens = match oauth::exchange(&state.stripe, &client_id, &secret_key, code).await {
        Ok(tokens) => tokens,
        Err(error) => {
            tracing::warn!(connection = %grant.connection.id, %error, "an authorization code was not exchanged");
            return refuse(state, grant, error.into(), None).await;
        }
    };
    *authorized = Some(tokens.account.clone());
    if let Some(outcome) = mismatch(&tokens, &integration) {
        return refuse(state, grant, outcome.into(), authorized.clone()).await;
    }
    if link(state, grant, &tokens).await? {
        tracing::info!(connection = %grant.connection.id, account = %tokens.account, "a connection was linked");
        state.wake.notify_one();
    }
    Ok(())
}

/// Waits until no authorization of the integration is being ended at Stripe: that would end the one that is about to be
/// made, too, if it were of the same account. None is begun while this state's outcome is open.
async fn wait_for_revocations(state: &LinkState, integration: IntegrationId) -> Result<(), DbError> {
    const PAUSE: Duration = Duration::from_millis(200);
    // A claim ends by itself after its time.
    for _ in 0..revocations::CLAIM_SECS * 5 {
        let is_under_way = move |conn: &mut AnyConn| {
            let now = leases::now(conn)?;
            revocations::is_under_way(conn, integration, now)
        };
        if !state.db.read(is_under_way).await? {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// What the platform brings to an exchange.
struct PlatformSide {
    integration: Integration,
    client_id: String,
    secret_key: Secret,
}

/// The platform's side of the exchange: of the integration that the state was made for, chosen by our row and never
/// by the request. None where it is switched off, or has no OAuth credentials any more.
async fn platform(state: &LinkState, grant: &Grant) -> Result<Option<PlatformSide>, DbError> {
    let (vault, platform_no) = (state.vault.clone(), grant.connection.platform_no);
    let id = grant.connection.integration_id;
    let read = move |conn: &mut AnyConn| {
        let integration = integrations::find(conn, platform_no, id)?.ok_or_else(|| {
            DbError::Broken("a connection names an integration that doesn't exist".to_owned())
        })?;
        let Some(oauth) = integration.oauth_on_offer() else { return Ok(None) };
        let secret_key = integrations::secret_key(conn, &vault, &integration, oauth)?;
        Ok(Some(PlatformSide { client_id: oauth.client_id.clone(), secret_key, integration }))
    };
    state.db.read(read).await
}

/// What is wrong with tokens that Stripe gave. A scope that isn't named counts as another one.
fn mismatch(tokens: &Tokens, integration: &Integration) -> Option<Outcome> {
    if tokens.mode != integration.key.mode() {
        Some(Outcome::WrongMode)
    } else if tokens.scope.as_deref() != Some(integration.scope.as_str()) {
        Some(Outcome::WrongScope)
    } else {
        None
    }
}

/// Links the connection and notes it with the state, in one transaction. False when the account is another than
/// before, or the connection is gone: that is noted instead, and the authorization is given back.
async fn link(state: &LinkState, grant: &Grant, tokens: &Tokens) -> Result<bool, DbError> {
    let credential = NewCredential {
        kind: CredentialKind::ConnectOauth,
        access_token: tokens.access_token.clone(),
        refresh_token: tokens.refresh_token.clone(),
        scope: tokens.scope.clone(),
        account_id: tokens.account.clone(),
        masked: None,
        expires: None,
    };
    let (vault, urls, now) = (state.vault.clone(), state.urls.clone(), state.clock.now());
    let (oauth_state, connection) = (grant.oauth_state.clone(), grant.connection.clone());
    let work = move |conn: &mut AnyConn| {
        let outcome = match link_connection(conn, &vault, &urls, &connection, credential.clone(), now)? {
            Ok(_) => Outcome::Linked,
            Err(LinkRefused::AccountDiffers) => {
                let error = Outcome::WrongAccount.connection_error(None, now);
                fail_authorization(conn, &urls, &connection, error, now)?;
                Outcome::WrongAccount
            }
            // There is nothing left to note it with.
            Err(LinkRefused::Deleted) => Outcome::Internal,
        };
        oauth_states::set_outcome(conn, &oauth_state, outcome.as_str())?;
        let is_linked = outcome == Outcome::Linked;
        if !is_linked {
            give_back(conn, &connection, &credential.account_id, now)?;
        }
        Ok(is_linked)
    };
    state.db.write(work).await
}

/// Stores why nothing was linked, with the connection and with the state. The connection's status stays. What Stripe
/// holds of `authorized` is given back.
async fn refuse(
    state: &LinkState,
    grant: &Grant,
    refusal: Refusal,
    authorized: Option<AccountId>,
) -> Result<(), DbError> {
    let (urls, now) = (state.urls.clone(), state.clock.now());
    let (oauth_state, connection) = (grant.oauth_state.clone(), grant.connection.clone());
    let error = refusal.outcome.connection_error(refusal.stripe_text, now);
    let word = refusal.outcome.as_str();
    let work = move |conn: &mut AnyConn| {
        fail_authorization(conn, &urls, &connection, error.clone(), now)?;
        oauth_states::set_outcome(conn, &oauth_state, word)?;
        authorized.iter().try_for_each(|account| give_back(conn, &connection, account, now))
    };
    state.db.write(work).await
}

/// Has the worker end an authorization whose tokens aren't kept, unless a Linked connection uses it (rule E15).
fn give_back(
    conn: &mut AnyConn,
    connection: &Connection,
    account: &AccountId,
    now: Millis,
) -> Result<(), DbError> {
    revocations::request(conn, connection.platform_no, connection.integration_id, account, now)
}

//! Connect OAuth (facts §1.1–1.3): sending the merchant to Stripe, exchanging the code, letting go.
//!
//! A code is exchanged once. Stripe revokes every token of a code that comes a second time, so nothing in
//! here is ever sent again: neither by us nor by the HTTP library (invariant 7).

use crate::classify::{WireError, failure, wire_error};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Unreachable};
use crate::http::Reply;
use crate::settings::below;
use oauth2::basic::BasicTokenType;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, ErrorResponse, ExtraTokenFields,
    HttpRequest, HttpResponse, RedirectUrl, RequestTokenError, Scope, StandardTokenResponse, TokenResponse,
    TokenUrl,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use tributary_core::ids::AccountId;
use tributary_core::{AccessScope, Mode, Secret};
use url::Url;

/// What Stripe gives for a code.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The merchant's account.
    pub account: AccountId,
    /// Used like a secret key of the account; lives until revoked.
    pub access_token: Secret,
    /// Makes a token of the other mode or a lesser scope; not needed to keep reading.
    pub refresh_token: Option<Secret>,
    /// The mode that the tokens work in. The caller compares it with the integration's.
    pub mode: Mode,
    /// What was granted, in Stripe's word, when Stripe says it: `read_only` or `read_write`. The caller
    /// compares it with what was asked for.
    pub scope: Option<String>,
    /// The account's publishable key.
    pub publishable_key: Option<String>,
}

/// Why there are no tokens. The code is gone in every case but [`ExchangeError::Unreachable`]: ask the
/// merchant to authorise again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// Stripe refuses the code or the request.
    #[error("Stripe refused the authorization ({code}): {description}")]
    Refused {
        /// OAuth's word, `invalid_grant` for a code that is unknown, expired, used, or of another mode or
        /// platform; Stripe's code otherwise.
        code: String,
        /// Stripe's words, masked.
        description: String,
    },
    /// Stripe does not accept the integration's secret key.
    #[error("Stripe does not accept the integration's secret key: {message}")]
    BadSecretKey {
        /// Stripe's words, masked.
        message: String,
    },
    /// The request was sent and no readable answer came: the code may have been used.
    #[error("Stripe's answer to the authorization did not arrive whole ({0}); it may have been used up")]
    Ambiguous(Error),
    /// No connection: the request was never sent.
    #[error("Stripe could not be reached: no connection")]
    Unreachable,
    /// The settings can't make a request: a client id, key or address of impossible form.
    #[error("the authorization request could not be made: {what} is malformed")]
    Malformed {
        /// What is malformed.
        what: &'static str,
    },
}

/// How an account came to be disconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnected {
    /// By this call: all tokens of the platform, account and mode are revoked.
    Now,
    /// It was not connected any more.
    Already,
}

/// The page at Stripe where the merchant consents. `state` comes back unchanged; the address holds it, so
/// it belongs in no log.
pub fn authorize_url(
    client: &Client,
    client_id: &str,
    redirect_uri: &Url,
    scope: AccessScope,
    state: &Secret,
) -> Url {
    let authorize = AuthUrl::from_url(below(&client.settings().connect_base, &["oauth", "authorize"]));
    let redirect_uri = RedirectUrl::from_url(redirect_uri.clone());
    let oauth = oauth2::basic::BasicClient::new(ClientId::new(client_id.to_owned())).set_auth_uri(authorize);
    let request = oauth
        .authorize_url(|| CsrfToken::new(state.expose().to_owned()))
        .add_scope(Scope::new(scope.as_str().to_owned()))
        .set_redirect_uri(std::borrow::Cow::Owned(redirect_uri));
    request.url().0
}

/// Exchanges a code for tokens, once. The caller has consumed the state row before.
///
/// # Errors
/// Every failure is final for this code; see [`ExchangeError`].
pub async fn exchange(
    client: &Client,
    client_id: &str,
    secret_key: &Secret,
    code: &Secret,
) -> Result<Tokens, ExchangeError> {
    let token_url = TokenUrl::from_url(below(&client.settings().connect_base, &["oauth", "token"]));
    let oauth: StripeOauth = oauth2::Client::new(ClientId::new(client_id.to_owned()));
    let oauth = oauth
        .set_client_secret(ClientSecret::new(secret_key.expose().to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(token_url);
    let send = |request: HttpRequest| post(client.clone(), request);
    let code = AuthorizationCode::new(code.expose().to_owned());
    oauth.exchange_code(code).request_async(&send).await.map_err(why_no_tokens).map(tokens)
}

/// Disconnects an account from the platform, once. An account that is not connected counts as success.
///
/// # Errors
/// [`ErrorKind::Unauthorized`] when Stripe does not accept the secret key, [`ErrorKind::Rejected`] for an
/// account that the platform controls, others when no answer came.
pub async fn deauthorize(
    client: &Client,
    client_id: &str,
    secret_key: &Secret,
    account: &AccountId,
) -> Result<Disconnected, Error> {
    let reply = post_deauthorize(client, client_id, secret_key, &account.0).await?;
    if reply.head.status == 200 {
        return Ok(Disconnected::Now);
    }
    match wire_error(&reply.body) {
        Some(WireError { is_oauth: true, code: Some(code), .. }) if code == "invalid_client" => {
            Ok(Disconnected::Already)
        }
        _ => Err(failure(&reply.head, &reply.body)),
    }
}

/// Sends a request to disconnect an account, once.
pub(crate) async fn post_deauthorize(
    client: &Client,
    client_id: &str,
    secret_key: &Secret,
    account: &str,
) -> Result<Reply, Error> {
    let url = below(&client.settings().connect_base, &["oauth", "deauthorize"]);
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client_id)
        .append_pair("stripe_user_id", account)
        .finish();
    client.post(url, body.into_bytes(), Some(secret_key)).await
}

type StripeOauth = oauth2::Client<
    TokenError,
    StandardTokenResponse<StripeFields, BasicTokenType>,
    oauth2::basic::BasicTokenIntrospectionResponse,
    oauth2::StandardRevocableToken,
    oauth2::basic::BasicRevocationErrorResponse,
>;

/// What Stripe's token response holds beyond OAuth's fields.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct StripeFields {
    stripe_user_id: String,
    livemode: bool,
    #[serde(default)]
    stripe_publishable_key: Option<String>,
}

impl ExtraTokenFields for StripeFields {}

/// Never read: [`post`] tells failures apart itself, because OAuth's library drops the status.
#[derive(Debug, Deserialize, Serialize)]
struct TokenError {}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl ErrorResponse for TokenError {}

/// Carries the library's request by our client. Only a 200 comes back as an answer.
async fn post(client: Client, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
    let url = request.uri().to_string().parse();
    let url: Url = url.map_err(|_| ExchangeError::Malformed { what: "the token endpoint's address" })?;
    let reply = client.post(url, request.into_body(), None).await.map_err(|error| match error.kind {
        ErrorKind::Unreachable(Unreachable::NotConnected) => ExchangeError::Unreachable,
        _ => ExchangeError::Ambiguous(error),
    })?;
    if reply.head.status != 200 {
        return Err(refusal(&reply));
    }
    Ok(HttpResponse::new(reply.body))
}

fn refusal(reply: &Reply) -> ExchangeError {
    let status = reply.head.status;
    match wire_error(&reply.body) {
        Some(wire) if status == 401 && !wire.is_oauth => {
            ExchangeError::BadSecretKey { message: wire.message }
        }
        Some(wire) if (400..500).contains(&status) => ExchangeError::Refused {
            code: wire.code.unwrap_or_else(|| format!("status {status}")),
            description: wire.message,
        },
        _ => ExchangeError::Ambiguous(failure(&reply.head, &reply.body)),
    }
}

fn why_no_tokens(error: RequestTokenError<ExchangeError, TokenError>) -> ExchangeError {
    match error {
        RequestTokenError::Request(error) => error,
        // The library's own words may repeat the body, which holds tokens.
        _ => ExchangeError::Ambiguous(Error {
            kind: ErrorKind::Unreadable { status: 200, why: crate::error::Unreadable::Shape },
            request_id: None,
            should_retry: None,
        }),
    }
}

fn tokens(response: StandardTokenResponse<StripeFields, BasicTokenType>) -> Tokens {
    let extra = response.extra_fields();
    Tokens {
        account: AccountId(extra.stripe_user_id.clone()),
        access_token: Secret::new(response.access_token().secret().as_str()),
        refresh_token: response.refresh_token().map(|token| Secret::new(token.secret().as_str())),
        mode: Mode::from_livemode(extra.livemode),
        scope: response
            .scopes()
            .map(|scopes| scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" ")),
        publishable_key: extra.stripe_publishable_key.clone(),
    }
}

//! Whether a platform's credentials will do, as far as Stripe tells without a merchant (facts §1.1–1.3).
//!
//! Four requests at most, none of which changes anything: the balance is read, the consent page is asked for without
//! answering it, and accounts that can't exist are disconnected from the client id and from one that can't exist.

mod finding;

pub use finding::{Aspect, Finding, Unknown, Verdict};

use crate::classify::{WireError, wire_error};
use crate::client::{Answer, Auth, Client};
use crate::error::{Error, ErrorKind};
use crate::http::Reply;
use crate::mask::{code, mask};
use crate::oauth::{authorize_url, post_deauthorize};
use crate::objects::{self, Balance};
use crate::page::RawObject;
use crate::probe::synthetic_account_id;
use tributary_core::{AccessScope, Mode, Resource, Secret};
use url::Url;

/// How often the balance is asked for at most: a person waits for it.
const ATTEMPTS: u32 = 3;

/// Ids that Stripe never gives: theirs have no underscore after the prefix.
const NO_ACCOUNT: &str = "acct_no_such_account";
const NO_CLIENT: &str = "ca_no_such_client";

/// What a platform authorises its merchants with.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// The Connect client id, `ca_…`.
    pub client_id: &'a str,
    /// The platform's secret key.
    pub secret_key: &'a Secret,
    /// The mode that both should be of.
    pub mode: Mode,
    /// Where Stripe sends merchants back to.
    pub redirect_uri: &'a Url,
    /// What merchants are asked for.
    pub scope: AccessScope,
}

/// Finds out what can be known: one finding of each [`Aspect`], in their order. What can't be asked is a finding, too.
pub async fn check(client: &Client, credentials: &Credentials<'_>) -> Vec<Finding> {
    let state = Secret::new("check");
    let Credentials { client_id, redirect_uri, scope, .. } = *credentials;
    let page = authorize_url(client, client_id, redirect_uri, scope, &state);
    let (balance, page) = tokio::join!(balance(client, credentials), client.visit(page));
    let (key, mode) = of_key(balance, credentials.mode);
    let [known, redirect, offered] = of_page(page, redirect_uri, scope);
    let owner = match (key.verdict(), known.verdict()) {
        (Verdict::Ok, Verdict::Ok | Verdict::Unknown) => owner(client, credentials).await,
        (Verdict::Unknown, Verdict::Ok) => Finding::OwnerUnknown(Unknown::NoAnswer),
        _ => Finding::OwnerUnknown(Unknown::OtherProblemFirst),
    };
    vec![key, mode, known, owner, redirect, offered]
}

async fn balance(client: &Client, credentials: &Credentials<'_>) -> Result<Answer<RawObject>, Error> {
    let key = credentials.secret_key;
    let auth = Auth::own(key.clone(), synthetic_account_id(key), credentials.mode);
    client.with_attempts(ATTEMPTS).singleton(&auth, Resource::Balance).await
}

/// The key and its mode, by what the balance answered.
fn of_key(balance: Result<Answer<RawObject>, Error>, wanted: Mode) -> (Finding, Finding) {
    let first = Finding::ModeUnknown(Unknown::OtherProblemFirst);
    let answer = match balance.map_err(|error| error.kind) {
        Ok(answer) => answer,
        Err(ErrorKind::Unauthorized { message: said, .. }) => return (Finding::KeyRejected { said }, first),
        Err(ErrorKind::Forbidden { message: said, .. } | ErrorKind::AccountInvalid { message: said }) => {
            return (Finding::KeyRefused { said }, first);
        }
        Err(ErrorKind::Rejected { .. } | ErrorKind::NotFound { .. } | ErrorKind::CursorMissing) => {
            return (Finding::KeyUnknown(Unknown::NotTold), Finding::ModeUnknown(Unknown::NotTold));
        }
        Err(_) => return (Finding::KeyUnknown(Unknown::NoAnswer), Finding::ModeUnknown(Unknown::NoAnswer)),
    };
    let balance: Result<Balance<'_>, _> = objects::parse(answer.body.object().raw);
    let mode = match balance.ok().and_then(|balance| balance.livemode).map(Mode::from_livemode) {
        Some(mode) if mode == wanted => Finding::ModeFits,
        Some(_) => Finding::ModeDiffers,
        None => Finding::ModeUnknown(Unknown::NotTold),
    };
    (Finding::KeyWorks, mode)
}

/// Client id, redirect URI and scope, by what came instead of the consent page, or that it came.
fn of_page(page: Result<Reply, Error>, redirect_uri: &Url, scope: AccessScope) -> [Finding; 3] {
    use Finding::{ClientKnown, ClientNotKnown, ClientUnknown, RedirectNotRegistered, RedirectRegistered};
    use Finding::{RedirectUnknown, ScopeOffered, ScopeRefused, ScopeUnknown};
    let all = |why| [ClientUnknown(why), RedirectUnknown(why), ScopeUnknown(why)];
    let Ok(reply) = page else { return all(Unknown::NoAnswer) };
    let first = Unknown::OtherProblemFirst;
    match refusal(&reply, redirect_uri) {
        Some(Refusal::Client(said)) => [ClientNotKnown { said }, RedirectUnknown(first), ScopeUnknown(first)],
        Some(Refusal::Redirect(said)) => [ClientKnown, RedirectNotRegistered { said }, ScopeUnknown(first)],
        // A refusal that comes by the redirect URI proves it.
        Some(Refusal::Scope(said)) => match reply.head.status {
            300..=399 => [ClientKnown, RedirectRegistered, ScopeRefused { scope, said }],
            _ => [ClientKnown, RedirectUnknown(first), ScopeRefused { scope, said }],
        },
        Some(Refusal::Other) => all(Unknown::NotTold),
        None if matches!(reply.head.status, 200 | 301 | 302 | 303 | 307 | 308) => {
            [ClientKnown, RedirectRegistered, ScopeOffered(scope)]
        }
        None if matches!(reply.head.status, 429 | 500..) => all(Unknown::NoAnswer),
        None => all(Unknown::NotTold),
    }
}

/// Why there is no consent page, with Stripe's words.
enum Refusal {
    Client(String),
    Redirect(String),
    Scope(String),
    Other,
}

/// Stripe refuses either in a body of its own or, once it trusts the redirect URI, by a redirect to it. A redirect to
/// anywhere else leads on to the consent page.
fn refusal(reply: &Reply, redirect_uri: &Url) -> Option<Refusal> {
    let wire = match reply.head.status {
        300..=399 => by_redirect(reply.location.as_deref()?, redirect_uri)?,
        400..=499 => wire_error(&reply.body)?,
        _ => return None,
    };
    let words = wire.message.to_ascii_lowercase();
    Some(match wire.code.as_deref() {
        Some("invalid_scope") => Refusal::Scope(wire.message),
        Some("invalid_redirect_uri") => Refusal::Redirect(wire.message),
        Some("invalid_client" | "unauthorized_client") => Refusal::Client(wire.message),
        _ if words.contains("redirect uri") || words.contains("redirect_uri") => {
            Refusal::Redirect(wire.message)
        }
        _ if words.contains("client identifier") || words.contains("no application") => {
            Refusal::Client(wire.message)
        }
        _ if words.contains("scope") => Refusal::Scope(wire.message),
        _ => Refusal::Other,
    })
}

/// The error that a redirect carries back; none if it leads elsewhere.
fn by_redirect(location: &str, redirect_uri: &Url) -> Option<WireError> {
    let location: Url = location.parse().ok()?;
    if location.origin() != redirect_uri.origin() || location.path() != redirect_uri.path() {
        return None;
    }
    let value =
        |name| location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    Some(WireError {
        code: value("error").map(|word| code(&word)),
        param: None,
        message: mask(&value("error_description").unwrap_or_default()),
        is_oauth: true,
    })
}

/// Whether client id and secret key belong together.
///
/// Stripe says "not connected" of the account only where it finds the application by key and client id. Where it says
/// the same of a client id that can't exist, its words tell nothing.
async fn owner(client: &Client, credentials: &Credentials<'_>) -> Finding {
    let ask = |client_id| post_deauthorize(client, client_id, credentials.secret_key, NO_ACCOUNT);
    let (answer, other) = tokio::join!(ask(credentials.client_id), ask(NO_CLIENT));
    let (Ok(answer), Ok(other)) = (answer, other) else { return Finding::OwnerUnknown(Unknown::NoAnswer) };
    let is_unconnected = |wire: &WireError| {
        wire.code.as_deref() == Some("invalid_client") && wire.message.contains("is not connected")
    };
    match (wire_error(&answer.body), wire_error(&other.body)) {
        (Some(wire), Some(other)) if is_unconnected(&wire) && !is_unconnected(&other) => Finding::SameOwner,
        (Some(wire), _) if is_unconnected(&wire) => Finding::OwnerUnknown(Unknown::NotTold),
        (Some(wire), _) if wire.code.as_deref() == Some("invalid_client") => {
            Finding::OtherOwner { said: wire.message }
        }
        (Some(wire), _) if wire.message.contains("Connect platform") => {
            Finding::ConnectInactive { said: wire.message }
        }
        _ if matches!(answer.head.status, 429 | 500..) => Finding::OwnerUnknown(Unknown::NoAnswer),
        _ => Finding::OwnerUnknown(Unknown::NotTold),
    }
}

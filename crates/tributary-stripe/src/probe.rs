//! What a pasted key may read (facts §7): its mode, its account, and each resource's permission.

use crate::client::{Answer, Auth, Client, ListParams};
use crate::error::{Error, ErrorKind, account_in};
use crate::objects::{self, Balance, Charge};
use crate::page::{ListPage, RawObject};
use tokio::task::JoinSet;
use tributary_core::ids::AccountId;
use tributary_core::key::StripeKey;
use tributary_core::{Mode, Resource, Secret, digest};

/// How often a read of a probe is sent at most: a person waits for it.
const ATTEMPTS: u32 = 3;

/// What a key is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// The mode by the balance, or by the key's prefix where the balance may not be read.
    pub mode: Mode,
    /// The account, where Stripe told it; otherwise [`synthetic_account_id`] stands in.
    pub account_id: Option<AccountId>,
    /// What may be read, in the order of [`Resource::ALL`].
    pub granted: Vec<Resource>,
    /// What may not, with the name of the permission that Stripe asks for.
    pub missing: Vec<(Resource, String)>,
}

/// Tries every resource with one small read, a few at a time.
///
/// # Errors
/// [`ErrorKind::Unauthorized`] for a key that is dead or never was one; anything else but a 403 ends the
/// probe too, because a report must be whole.
pub async fn probe(client: &Client, key: &StripeKey) -> Result<ProbeReport, Error> {
    let client = client.with_attempts(ATTEMPTS);
    let auth = Auth::own(key.secret().clone(), synthetic_account_id(key.secret()), key.mode());
    // The balance first and alone: it is cheap, and a dead key costs one request.
    let mut found = vec![(Resource::Balance, read_one(&client, &auth, Resource::Balance).await)];
    if let Some((_, Err(error))) = found.first()
        && !is_denial(error)
    {
        return Err(error.clone());
    }
    let mut reads = JoinSet::new();
    for resource in Resource::ALL.into_iter().filter(|resource| *resource != Resource::Balance) {
        let (client, auth) = (client.clone(), auth.clone());
        reads.spawn(async move { (resource, read_one(&client, &auth, resource).await) });
    }
    // The limiter spaces them out; there are no more than there are resources.
    while let Some(read) = reads.join_next().await {
        match read {
            Ok((_, Err(error))) if !is_denial(&error) => return Err(error),
            Ok(read) => found.push(read),
            Err(_) => return Err(Error::without_answer(crate::error::Unreachable::Broken)),
        }
    }
    found.sort_by_key(|(resource, _)| Resource::ALL.iter().position(|other| other == resource));
    Ok(report(key.mode(), &found))
}

/// The id that stands in for an account whose key doesn't tell it: `key_` and 43 characters of the key's
/// SHA-256. Another key of the same account gives another id.
pub fn synthetic_account_id(key: &Secret) -> AccountId {
    AccountId(format!("key_{}", digest::lookup_hash(key)))
}

/// What one resource answered.
enum Found {
    One(Answer<RawObject>),
    Page(Answer<ListPage>),
}

type Read = (Resource, Result<Found, Error>);

async fn read_one(client: &Client, auth: &Auth, resource: Resource) -> Result<Found, Error> {
    if resource.is_singleton() {
        return client.singleton(auth, resource).await.map(Found::One);
    }
    let params = ListParams { limit: Some(1), ..ListParams::default() };
    client.list_page(auth, resource, &params).await.map(Found::Page)
}

fn is_denial(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Forbidden { .. })
}

fn report(mode: Mode, found: &[Read]) -> ProbeReport {
    let granted = found.iter().filter(|(_, read)| read.is_ok()).map(|(resource, _)| *resource);
    let missing = found
        .iter()
        .filter_map(|(resource, read)| Some((*resource, permission(*resource, read.as_ref().err()?))));
    ProbeReport {
        mode: found.iter().find_map(mode_of).unwrap_or(mode),
        account_id: account(found).map(AccountId),
        granted: granted.collect(),
        missing: missing.collect(),
    }
}

/// The permission by Stripe's message, or by its documentation where the message names none.
fn permission(resource: Resource, error: &Error) -> String {
    match &error.kind {
        ErrorKind::Forbidden { permissions, .. } if !permissions.is_empty() => permissions.join(" or "),
        _ => resource.permission().to_owned(),
    }
}

fn mode_of((resource, read): &Read) -> Option<Mode> {
    let (Resource::Balance, Ok(Found::One(answer))) = (resource, read) else { return None };
    let balance: Balance<'_> = objects::parse(answer.body.object().raw).ok()?;
    balance.livemode.map(Mode::from_livemode)
}

/// The account by itself, else by the words of a denial, else by a receipt's address.
fn account(found: &[Read]) -> Option<String> {
    let by_itself = found.iter().find_map(|(resource, read)| match (resource, read) {
        (Resource::Account, Ok(Found::One(answer))) => Some(answer.body.object().id.into_owned()),
        _ => None,
    });
    let denials = || found.iter().filter_map(|(_, read)| read.as_ref().err()?.named_account());
    by_itself.or_else(|| denials().next().map(str::to_owned)).or_else(|| found.iter().find_map(by_receipt))
}

fn by_receipt((resource, read): &Read) -> Option<String> {
    let (Resource::Charges, Ok(Found::Page(answer))) = (resource, read) else { return None };
    let object = answer.body.last()?;
    let charge: Charge<'_> = object.read().ok()?;
    account_in(charge.receipt_url.as_deref()?).map(str::to_owned)
}

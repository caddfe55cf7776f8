//! Who somebody is: an e-mail address and a password against the users, slow against guessing and the same for
//! addresses that nobody has.

use crate::PortalState;
use crate::passwords::{self, Cost, Fault};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tributary_core::Secret;
use tributary_db::sign_in_tries::{self, Subject};
use tributary_db::users::{self, User};
use tributary_db::{AnyConn, DbError};

/// Passwords that one process hashes at a time: each takes the memory that its cost says.
const HASHES_AT_ONCE: usize = 4;

/// How long a try waits for its turn to be hashed.
const TURN_SECS: u64 = 10;

/// Somebody who has proven who they are.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user.
    pub user: User,
}

/// Why somebody isn't let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such user, or another password: which of them isn't said.
    #[error("the e-mail address or the password is not right")]
    Wrong,
    /// Too many tries failed before.
    #[error("too many tries: wait {wait_secs} s")]
    TooManyTries {
        /// How long to wait, in seconds; at least 1.
        wait_secs: u64,
    },
    /// More people sign in at this moment than can be served.
    #[error("too many sign-ins at this moment: try again in a few seconds")]
    Busy,
    /// A password couldn't be hashed.
    #[error(transparent)]
    Password(#[from] Fault),
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What checking passwords needs; clones share the turns.
#[derive(Clone, Debug)]
pub struct PasswordCheck {
    cost: Cost,
    /// Checked where there is no user, so that it takes as long as if there were one.
    decoy: Arc<str>,
    turns: Arc<Semaphore>,
}

impl PasswordCheck {
    /// Prepares checks at a cost, which must be one that can be hashed at.
    pub fn new(cost: Cost) -> Result<Self, Fault> {
        let decoy = passwords::decoy(&cost)?.into();
        Ok(PasswordCheck { cost, decoy, turns: Arc::new(Semaphore::new(HASHES_AT_ONCE)) })
    }

    /// Hashes a new password when it's its turn.
    ///
    /// # Errors
    /// As [`passwords::hash`], and [`SignInError::Busy`].
    pub async fn hash(&self, password: &Secret) -> Result<String, SignInError> {
        passwords::check(password)?;
        let _turn = self.turn().await?;
        let (password, cost) = (password.clone(), self.cost);
        blocking(move || passwords::hash(&password, &cost)).await?.map_err(SignInError::from)
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, SignInError> {
        let turn = tokio::time::timeout(Duration::from_secs(TURN_SECS), self.turns.acquire());
        turn.await.ok().and_then(Result::ok).ok_or(SignInError::Busy)
    }
}

/// Lets somebody in by e-mail address and password. `address` is where the try comes from, if that is known.
///
/// A failure counts for the e-mail address and for the network; both slow down the tries after it, over all
/// processes. A success forgets the failures of the e-mail address.
pub async fn authenticate(
    state: &PortalState,
    email: &str,
    password: &Secret,
    address: Option<IpAddr>,
) -> Result<SignedIn, SignInError> {
    let check = &state.passwords;
    // The turn comes first: what a few tries learn at the same time can't be more than there are turns.
    let _turn = check.turn().await?;
    let (now, network) = (state.clock.now(), address.map(network));
    let found = {
        let (email, network) = (email.to_owned(), network.clone());
        let read = move |conn: &mut AnyConn| {
            let mut wait_secs = 0;
            for subject in subjects(&email, network.as_deref()) {
                wait_secs = wait_secs.max(sign_in_tries::wait_secs(conn, subject, now)?);
            }
            Ok((wait_secs, users::find_by_email(conn, &email)?))
        };
        state.db.read(read).await?
    };
    let user = match found {
        (0, user) => user,
        (wait_secs, _) => return Err(SignInError::TooManyTries { wait_secs }),
    };
    let is_right = {
        let hash = user.as_ref().map_or_else(|| check.decoy.to_string(), |user| user.password_hash.clone());
        let password = password.clone();
        blocking(move || passwords::verify(&password, &hash)).await?
    };
    let email = email.to_owned();
    let Some(user) = user.filter(|_| is_right) else {
        let count = move |conn: &mut AnyConn| {
            subjects(&email, network.as_deref())
                .into_iter()
                .try_for_each(|subject| sign_in_tries::fail(conn, subject, now))
        };
        state.db.write(count).await?;
        return Err(SignInError::Wrong);
    };
    let new_hash = match passwords::is_outdated(&user.password_hash, &check.cost) {
        true => {
            let (password, cost) = (password.clone(), check.cost);
            Some(blocking(move || passwords::hash(&password, &cost)).await??)
        }
        false => None,
    };
    let had_failed = {
        let email = email.clone();
        state.db.read(move |conn| sign_in_tries::is_counted(conn, Subject::Email(&email))).await?
    };
    if new_hash.is_some() || had_failed {
        let user = user.clone();
        let note = move |conn: &mut AnyConn| {
            if let Some(hash) = &new_hash {
                users::rehash(conn, &user, hash)?;
            }
            sign_in_tries::forget(conn, Subject::Email(&email))
        };
        state.db.write(note).await?;
    }
    Ok(SignedIn { user })
}

fn subjects<'a>(email: &'a str, network: Option<&'a str>) -> Vec<Subject<'a>> {
    std::iter::once(Subject::Email(email)).chain(network.map(Subject::Network)).collect()
}

/// What one subscriber of a network provider has: an IPv4 address, or the first 64 bits of an IPv6 one.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SignInError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| SignInError::Db(DbError::Cancelled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_ipv6_network_count_as_one() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}

//! Passwords of portal users: rules, hashing, checking.

use argon2::password_hash::phc::{self, Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tributary_core::Secret;
use tributary_core::token::{NoRandomness, random_bytes};

/// Characters in a password at least.
pub const CHARS_MIN: usize = 12;

/// Characters in a password at most: hashing shall not be fed megabytes.
pub const CHARS_MAX: usize = 1024;

/// The cost of argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Parallel lanes.
    pub lanes: u32,
}

/// Why a password can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Too few or too many characters.
    #[error("a password has {CHARS_MIN} to {CHARS_MAX} characters")]
    Length,
    /// No randomness for the salt.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Argon2 refuses its cost.
    #[error("the settings under [passwords] can't be used: {0}")]
    Cost(argon2::Error),
    /// Hashing failed.
    #[error("the password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// Whether a password may be chosen.
pub fn check(password: &Secret) -> Result<(), Fault> {
    match (CHARS_MIN..=CHARS_MAX).contains(&password.expose().chars().count()) {
        true => Ok(()),
        false => Err(Fault::Length),
    }
}

/// Argon2id of a password at a cost, in PHC form. Takes as long as the cost says: not for an async thread.
pub fn hash(password: &Secret, cost: &Cost) -> Result<String, Fault> {
    check(password)?;
    let salt = random_bytes::<16>()?;
    let hash =
        hasher(cost)?.hash_password_with_salt(password.expose().as_bytes(), &salt).map_err(Fault::Hash)?;
    Ok(hash.to_string())
}

/// A hash that no password is known to have, in PHC form: checking it costs what checking a user's does. Nothing
/// is hashed to make it, so that a process needs no memory for passwords before somebody signs in.
pub fn decoy(cost: &Cost) -> Result<String, Fault> {
    let (salt, output) = (random_bytes::<16>()?, random_bytes::<32>()?);
    let unhashed = |error: phc::Error| Fault::Hash(error.into());
    let decoy = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(hasher(cost)?.params()).map_err(Fault::Hash)?,
        salt: Some(Salt::new(&salt).map_err(unhashed)?),
        hash: Some(Output::new(&output).map_err(unhashed)?),
    };
    Ok(decoy.to_string())
}

/// Whether a password is the hash's. It costs what the hash says, whatever the answer, but for a password that
/// nobody can have. Not for an async thread.
pub fn verify(password: &Secret, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    let long = password.expose().chars().count() > CHARS_MAX;
    let tried = if long { "" } else { password.expose() };
    Argon2::default().verify_password(tried.as_bytes(), &hash).is_ok() && !long
}

/// Whether a hash was made at another cost than this one, so that it should be made anew.
pub fn is_outdated(hash: &str, cost: &Cost) -> bool {
    let wanted = hasher(cost).map(|hasher| hasher.params().clone());
    let has = PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok());
    match (wanted, has) {
        (Ok(wanted), Some(has)) => {
            (wanted.m_cost(), wanted.t_cost(), wanted.p_cost()) != (has.m_cost(), has.t_cost(), has.p_cost())
        }
        _ => false,
    }
}

fn hasher(cost: &Cost) -> Result<Argon2<'static>, Fault> {
    let params = Params::new(cost.memory_kib, cost.iterations, cost.lanes, None).map_err(Fault::Cost)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 8, iterations: 1, lanes: 1 };

    #[test]
    fn a_hash_verifies_its_password_and_carries_its_cost() {
        let hash = hash(&Secret::new("correct horse battery"), &CHEAP).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert!(verify(&Secret::new("correct horse battery"), &hash));
        assert!(!verify(&Secret::new("correct horse batterz"), &hash));
        assert!(!verify(&Secret::new("correct horse battery"), "not a hash"));
        assert!(!is_outdated(&hash, &CHEAP));
        assert!(is_outdated(&hash, &Cost { memory_kib: 16, ..CHEAP }));
    }

    #[test]
    fn the_decoy_costs_what_a_users_hash_does_and_is_nobodys() {
        let decoy = decoy(&CHEAP).unwrap();
        let parts = |hash: &str| hash.split('$').map(str::len).collect::<Vec<_>>();
        assert_eq!(parts(&decoy), parts(&hash(&Secret::new("twelve chars"), &CHEAP).unwrap()));
        assert!(!is_outdated(&decoy, &CHEAP));
        assert!(!verify(&Secret::new("twelve chars"), &decoy));
        assert!(matches!(super::decoy(&Cost { memory_kib: 1, ..CHEAP }), Err(Fault::Cost(_))));
    }

    #[test]
    fn short_passwords_are_refused_by_characters_not_bytes() {
        assert!(matches!(hash(&Secret::new("elevenchars"), &CHEAP), Err(Fault::Length)));
        assert!(matches!(hash(&Secret::new("éééééééé"), &CHEAP), Err(Fault::Length)));
        assert!(hash(&Secret::new("twelve chars"), &CHEAP).is_ok());
        let long = "é".repeat(CHARS_MAX);
        let hash_of_long = hash(&Secret::new(long.clone()), &CHEAP).unwrap();
        assert!(verify(&Secret::new(long.clone()), &hash_of_long));
        assert!(!verify(&Secret::new(format!("{long}é")), &hash_of_long));
    }
}

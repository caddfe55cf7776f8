//! Passwords of portal users: rules, hashing, and random ones for a first sign-in.

use crate::settings::Passwords;
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use tributary_core::Secret;
use tributary_core::token::{NoRandomness, random_bytes};

/// Characters in a password at least.
pub const CHARS_MIN: usize = 12;

/// Characters in a password at most: hashing shall not be fed megabytes.
const CHARS_MAX: usize = 1024;

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

/// Argon2id of a password at the cost that the settings say, in PHC form.
pub fn hash(password: &Secret, cost: &Passwords) -> Result<String, Fault> {
    if !(CHARS_MIN..=CHARS_MAX).contains(&password.expose().chars().count()) {
        return Err(Fault::Length);
    }
    let params = Params::new(cost.memory_kib, cost.iterations, cost.lanes, None).map_err(Fault::Cost)?;
    let salt = random_bytes::<16>()?;
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.expose().as_bytes(), &salt)
        .map_err(Fault::Hash)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;
    use argon2::password_hash::phc::PasswordHash;

    const CHEAP: Passwords = Passwords { memory_kib: 8, iterations: 1, lanes: 1 };

    #[test]
    fn a_hash_verifies_its_password_and_carries_its_cost() {
        let hash = hash(&Secret::new("correct horse battery"), &CHEAP).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        let parsed = PasswordHash::new(&hash).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse battery", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"correct horse batterz", &parsed).is_err());
    }

    #[test]
    fn short_passwords_are_refused_by_characters_not_bytes() {
        assert!(matches!(hash(&Secret::new("elevenchars"), &CHEAP), Err(Fault::Length)));
        assert!(matches!(hash(&Secret::new("éééééééé"), &CHEAP), Err(Fault::Length)));
        assert!(hash(&Secret::new("twelve chars"), &CHEAP).is_ok());
    }
}

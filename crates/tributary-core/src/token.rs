//! Random secrets of our own making: API keys, OAuth states, cookies, passwords.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};

/// The operating system gave no randomness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandomness;

/// `N` random bytes from the operating system.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// 256 random bits in 43 URL-safe characters.
pub fn random_token() -> Result<Secret, NoRandomness> {
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?)))
}

/// Whether text has the form of [`random_token`]'s.
pub fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A developer's API key: `trb_`, 40 letters and digits (238 bits), 6 characters of checksum.
///
/// The fixed prefix lets secret scanners find leaked keys; the checksum lets a typing error be told
/// from a revoked key without asking the database.
pub fn random_api_key() -> Result<Secret, NoRandomness> {
    let body = random_text(40)?;
    let checksum = checksum(&body);
    Ok(Secret::new(format!("trb_{body}{checksum}")))
}

/// Whether text has the shape and checksum of an API key.
pub fn is_api_key(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("trb_") else { return false };
    let Some((body, sum)) = rest.split_at_checked(40) else { return false };
    rest.bytes().all(|b| b.is_ascii_alphanumeric()) && checksum(body) == sum
}

/// What signs the messages to a webhook consumer: `whsec_` and 32 random bytes in base64, as the libraries of
/// Standard Webhooks take it.
pub fn random_signing_secret() -> Result<Secret, NoRandomness> {
    Ok(Secret::new(format!("whsec_{}", STANDARD.encode(random_bytes::<32>()?))))
}

/// A key for a service that integrates with a platform by itself: `sk_integ_` and 40 letters and digits.
pub fn random_integration_key() -> Result<Secret, NoRandomness> {
    random_text(40).map(|text| Secret::new(format!("sk_integ_{text}")))
}

/// A password for a first sign-in: 24 letters and digits (142 bits).
pub fn random_password() -> Result<Secret, NoRandomness> {
    random_text(24).map(Secret::new)
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `len` letters and digits, each equally likely: bytes past the last multiple of 62 are thrown away.
fn random_text(len: usize) -> Result<String, NoRandomness> {
    let mut text = String::with_capacity(len);
    while text.len() < len {
        let usable = random_bytes::<64>()?.into_iter().filter(|byte| *byte < 248);
        text.extend(usable.take(len - text.len()).map(|byte| char::from(ALPHABET[usize::from(byte % 62)])));
    }
    Ok(text)
}

fn checksum(body: &str) -> String {
    let mut rest = crate::digest::content(body.as_bytes()).unsigned_abs();
    let mut text = String::with_capacity(6);
    for _ in 0..6 {
        text.push(char::from(ALPHABET[(rest % 62) as usize]));
        rest /= 62;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_one_form() {
        assert!(is_token(random_token().unwrap().expose()));
        for text in ["", "x", &"x".repeat(42), &"x".repeat(44), &"!".repeat(43)] {
            assert!(!is_token(text), "{text}");
        }
    }

    #[test]
    fn api_keys_carry_a_checksum() {
        let key = random_api_key().unwrap();
        assert_eq!(key.expose().len(), 50);
        assert!(is_api_key(key.expose()));
        let mut mistyped = key.expose().to_owned();
        let last = mistyped.pop().unwrap();
        mistyped.push(if last == 'a' { 'b' } else { 'a' });
        assert!(!is_api_key(&mistyped));
        assert!(!is_api_key("trb_"));
        assert!(!is_api_key("sk_test_1"));
    }
}

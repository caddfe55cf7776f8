//! Digests: a 64-bit fingerprint to tell unchanged content from changed (rule E1), and SHA-256 text for
//! secrets that are looked up but never shown again, and for what is compared without being kept.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A fingerprint of content: the first eight bytes of its SHA-256.
///
/// 64 bits are enough because it only ever compares two versions of one object.
pub fn content(bytes: &[u8]) -> i64 {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let mut first = [0_u8; 8];
    first.copy_from_slice(&digest.as_ref()[..8]);
    i64::from_be_bytes(first)
}

/// SHA-256 in unpadded URL-safe base64: how API keys, OAuth states and cookies are stored. A fast hash
/// is right for them because they carry at least 128 random bits.
pub fn lookup_hash(secret: &Secret) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, secret.expose().as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

/// SHA-256 of several parts in unpadded URL-safe base64: equal only if every part is. Each is taken with its
/// length, so that none runs into the next.
pub fn of_parts(parts: &[&[u8]]) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    URL_SAFE_NO_PAD.encode(context.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let all = [
            of_parts(&[b"ab", b"c"]),
            of_parts(&[b"a", b"bc"]),
            of_parts(&[b"abc"]),
            of_parts(&[b"abc", b""]),
        ];
        for (n, one) in all.iter().enumerate() {
            assert_eq!(one.len(), 43);
            assert!(!all[n + 1..].contains(one));
        }
        assert_eq!(all[0], of_parts(&[b"ab", b"c"]));
    }
}

//! Digests: a 64-bit fingerprint to tell unchanged content from changed (rule E1), and SHA-256 text for
//! secrets that are looked up but never shown again.

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

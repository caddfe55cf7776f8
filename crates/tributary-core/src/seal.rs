//! Sealing: AES-256-GCM with the key's id and the row's identity as associated data (invariant 5).
//!
//! A sealed value is `version (1) | key id (16) | nonce (12) | ciphertext | tag (16)`. The associated data
//! binds it to table, column, platform and row, so that a value moved to another row, another column or
//! another platform doesn't open. Two layers use it: the master key seals data keys, data keys seal
//! secrets.

use crate::ids::{DataKeyId, PlatformId};
use crate::secret::Secret;
use crate::token::{NoRandomness, random_bytes};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroize;

const VERSION: u8 = 1;
const HEADER_LEN: usize = 1 + 16 + 12;
const TAG_LEN: usize = 16;

/// Where a sealed value lives. All parts are bound to it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The column's name.
    pub column: &'a str,
    /// The platform that owns the row.
    pub platform: PlatformId,
    /// The row's id.
    pub row: Uuid,
}

/// Why a value didn't seal or open. The reasons are few on purpose: they tell an attacker nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No randomness for the nonce.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Not a sealed value, another key's, another place's, or damaged.
    #[error("a sealed value did not open: it is damaged, or sealed with another key or for another row")]
    DoesNotOpen,
}

/// Why a master key file is unusable. Start-up stops with it (rule I13).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    /// Not base64 of 32 bytes.
    #[error("the master key must be 32 random bytes in base64 (44 characters)")]
    Shape,
    /// All bytes alike, or a few values repeated.
    #[error("the master key is not random: create one with 32 random bytes")]
    NotRandom,
}

/// A 256-bit key with an id. Its bytes are overwritten when it is dropped.
pub struct SealingKey {
    id: Uuid,
    bytes: [u8; 32],
}

impl SealingKey {
    /// A new random data key.
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(SealingKey { id: DataKeyId::random().uuid(), bytes: random_bytes()? })
    }

    /// The key's id, which stands in every value it sealed.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Reads a master key: base64 of 32 bytes, white space around it ignored. Its id is derived from its bytes.
    pub fn from_master_text(text: &Secret) -> Result<Self, MasterKeyError> {
        let mut decoded = STANDARD.decode(text.expose().trim()).map_err(|_| MasterKeyError::Shape)?;
        let parsed = <[u8; 32]>::try_from(decoded.as_slice()).map_err(|_| MasterKeyError::Shape);
        decoded.zeroize();
        let bytes = parsed?;
        let mut seen = [false; 256];
        for byte in bytes {
            seen[usize::from(byte)] = true;
        }
        // 32 random bytes hold fewer than 16 different values less often than once in 10^9 keys.
        if seen.iter().filter(|seen| **seen).count() < 16 {
            return Err(MasterKeyError::NotRandom);
        }
        let mut id = [0; 16];
        let digest =
            ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &bytes), b"master key id");
        id.copy_from_slice(&digest.as_ref()[..16]);
        Ok(SealingKey { id: Uuid::from_bytes(id), bytes })
    }

    /// A new master key as the text of its file.
    pub fn random_master_text() -> Result<Secret, NoRandomness> {
        Ok(Secret::new(STANDARD.encode(random_bytes::<32>()?)))
    }

    /// Text that only holders of this key can make: 256 bits in 43 URL-safe characters, always the same for one
    /// purpose, and telling nothing about the key or about other purposes.
    pub fn derive(&self, purpose: &str) -> Secret {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.bytes);
        let tag = ring::hmac::sign(&key, format!("derived for: {purpose}").as_bytes());
        Secret::new(URL_SAFE_NO_PAD.encode(tag))
    }

    /// Seals bytes for a place.
    pub fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = random_bytes::<12>()?;
        let mut sealed = Vec::with_capacity(HEADER_LEN + plain.len() + TAG_LEN);
        sealed.push(VERSION);
        sealed.extend_from_slice(self.id.as_bytes());
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        let aad = associated_data(&self.id, place);
        let tag = self
            .cipher()?
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&aad), &mut body)
            .map_err(|_| SealError::DoesNotOpen)?;
        sealed.append(&mut body);
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`SealingKey::seal`] made for the same place with the same key.
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        if sealed_with(sealed) != Some(self.id) {
            return Err(SealError::DoesNotOpen);
        }
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&sealed[17..HEADER_LEN]);
        let mut body = sealed[HEADER_LEN..].to_vec();
        let aad = associated_data(&self.id, place);
        let cipher = self.cipher()?;
        let plain = cipher
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(&aad), &mut body)
            .map_err(|_| SealError::DoesNotOpen)?
            .to_vec();
        body.zeroize();
        Ok(plain)
    }

    /// Seals a data key with this master key.
    pub fn wrap(&self, place: &Place<'_>, key: &SealingKey) -> Result<Vec<u8>, SealError> {
        self.seal(place, &key.bytes)
    }

    /// Opens a data key that [`SealingKey::wrap`] sealed.
    pub fn unwrap_key(
        &self,
        place: &Place<'_>,
        id: DataKeyId,
        sealed: &[u8],
    ) -> Result<SealingKey, SealError> {
        let mut plain = self.open(place, sealed)?;
        let bytes = <[u8; 32]>::try_from(plain.as_slice()).map_err(|_| SealError::DoesNotOpen);
        plain.zeroize();
        Ok(SealingKey { id: id.uuid(), bytes: bytes? })
    }

    fn cipher(&self) -> Result<LessSafeKey, SealError> {
        UnboundKey::new(&AES_256_GCM, &self.bytes).map(LessSafeKey::new).map_err(|_| SealError::DoesNotOpen)
    }
}

/// The id of the key that sealed a value, if it is one.
pub fn sealed_with(sealed: &[u8]) -> Option<Uuid> {
    if sealed.len() < HEADER_LEN + TAG_LEN || sealed[0] != VERSION {
        return None;
    }
    Uuid::from_slice(&sealed[1..17]).ok()
}

/// Each part with its length before it, so that no two places give the same bytes.
fn associated_data(key_id: &Uuid, place: &Place<'_>) -> Vec<u8> {
    let platform = place.platform.uuid();
    let parts: [&[u8]; 6] = [
        &[VERSION],
        key_id.as_bytes(),
        place.table.as_bytes(),
        place.column.as_bytes(),
        platform.as_bytes(),
        place.row.as_bytes(),
    ];
    let mut data = Vec::with_capacity(96);
    for part in parts {
        data.extend_from_slice(&(part.len() as u32).to_be_bytes());
        data.extend_from_slice(part);
    }
    data
}

impl Drop for SealingKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master() -> SealingKey {
        SealingKey::from_master_text(&SealingKey::random_master_text().unwrap()).unwrap()
    }

    fn place(table: &'static str, column: &'static str, platform: PlatformId, row: Uuid) -> Place<'static> {
        Place { table, column, platform, row }
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_own_place() {
        let (key, platform, row) = (master(), PlatformId::random(), Uuid::new_v4());
        let home = place("credentials", "access_token", platform, row);
        let sealed = key.seal(&home, b"sk_test_1").unwrap();
        assert_eq!(key.open(&home, &sealed).unwrap(), b"sk_test_1");
        let elsewhere = [
            place("credential", "saccess_token", platform, row),
            place("credentials", "refresh_token", platform, row),
            place("credentials", "access_token", PlatformId::random(), row),
            place("credentials", "access_token", platform, Uuid::new_v4()),
        ];
        for place in elsewhere {
            assert_eq!(key.open(&place, &sealed), Err(SealError::DoesNotOpen), "{place:?}");
        }
        assert_eq!(master().open(&home, &sealed), Err(SealError::DoesNotOpen));
    }

    #[test]
    fn derived_text_is_the_same_for_one_key_and_purpose_only() {
        let key = master();
        let text = key.derive("first run");
        assert_eq!((text.expose().len(), text.expose()), (43, key.derive("first run").expose()));
        assert_ne!(text.expose(), key.derive("first ruN").expose());
        assert_ne!(text.expose(), master().derive("first run").expose());
    }

    #[test]
    fn every_flipped_bit_and_every_shortening_is_noticed() {
        let (key, home) = (master(), place("t", "c", PlatformId::random(), Uuid::new_v4()));
        let sealed = key.seal(&home, b"secret").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open(&home, &damaged), Err(SealError::DoesNotOpen), "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert_eq!(key.open(&home, &sealed[..len]), Err(SealError::DoesNotOpen), "length {len}");
        }
    }

    #[test]
    fn weak_master_keys_are_refused() {
        let read = |text: &str| SealingKey::from_master_text(&Secret::new(text)).map(|_| ());
        assert_eq!(read(""), Err(MasterKeyError::Shape));
        assert_eq!(read("c2hvcnQ="), Err(MasterKeyError::Shape));
        assert_eq!(read(&STANDARD.encode([0; 32])), Err(MasterKeyError::NotRandom));
        assert_eq!(
            read(&STANDARD.encode(b"abcabcabcabcabcabcabcabcabcabcab")),
            Err(MasterKeyError::NotRandom)
        );
    }

    #[test]
    fn data_keys_travel_sealed_by_the_master_key() {
        let (master, data) = (master(), SealingKey::random().unwrap());
        let home = place("data_keys", "sealed_key", PlatformId::random(), data.id());
        let wrapped = master.wrap(&home, &data).unwrap();
        let opened = master.unwrap_key(&home, DataKeyId::from_uuid(data.id()), &wrapped).unwrap();
        let sealed = data.seal(&home, b"x").unwrap();
        assert_eq!(opened.open(&home, &sealed).unwrap(), b"x");
    }
}

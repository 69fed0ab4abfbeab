//! Names for secrets: equal secrets get equal names, and a name reveals nothing without the key.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::entropy::Entropy;
use crate::key_error::KeyError;
use crate::key_material::KeyMaterial;
use crate::secret::SecretString;

pub(crate) const KEY_NAME: &str = "the fingerprint key";

/// The key of all fingerprints (HMAC-SHA256). It does not rotate with the ring, so that rotation resets no quota,
/// ledger or revocation.
#[derive(Clone)]
pub struct FingerprintKey {
    key: KeyMaterial,
    /// Keyed once; each fingerprint starts from a copy.
    mac: Hmac<Sha256>,
}

impl FingerprintKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::from_material(KeyMaterial::generate(entropy))
    }

    /// Reads 32 bytes in base64url without padding.
    ///
    /// # Errors
    /// When the text has another form or the key is weak.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        KeyMaterial::parse(text, KEY_NAME).map(Self::from_material)
    }

    /// The form that [`FingerprintKey::parse`] reads.
    #[must_use]
    pub fn to_secret_text(&self) -> SecretString {
        let mut text = String::with_capacity(64);
        self.key.write(&mut text);
        SecretString::new(text)
    }

    /// The name of `data` within `domain`. Names of the same data in two domains have nothing in common.
    #[must_use]
    pub fn fingerprint(&self, domain: &str, data: &[u8]) -> Fingerprint {
        let mut mac = self.mac.clone();
        // The length first: no other split of the same bytes gives the same name.
        mac.update(&(domain.len() as u64).to_be_bytes());
        mac.update(domain.as_bytes());
        mac.update(data);
        let tag = mac.finalize().into_bytes();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&tag[..16]);
        Fingerprint(bytes)
    }

    pub(crate) fn material(&self) -> &KeyMaterial {
        &self.key
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104 section 2)")]
    fn from_material(key: KeyMaterial) -> Self {
        let mac = Hmac::new_from_slice(key.bytes()).expect("HMAC takes a key of any length");
        Self { key, mac }
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey([redacted])")
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A keyed hash of a secret, 128 bits. It may be logged and stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// A fingerprint that was kept as bytes, in a token say.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        // As one text: who makes a `String` of it has room from the start.
        f.write_str(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

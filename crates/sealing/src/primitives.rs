//! The two cryptographic primitives as this crate uses them: HKDF-SHA256 and XChaCha20-Poly1305.

use chacha20poly1305::{AeadInOut as _, KeyInit as _, XChaCha20Poly1305};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of an XChaCha20-Poly1305 nonce (draft-irtf-cfrg-xchacha-03 section 2.3): long enough to be random.
pub(crate) const NONCE: usize = 24;
/// Bytes of a Poly1305 tag.
pub(crate) const TAG: usize = 16;

/// HKDF-Extract (RFC 5869 section 2.2): what sub-keys are expanded from.
#[derive(Clone)]
pub(crate) struct Extracted(Hkdf<Sha256>);

impl Extracted {
    pub(crate) fn new(salt: &[u8], root: &[u8]) -> Self {
        Self(Hkdf::new(Some(salt), root))
    }

    /// HKDF-Expand (RFC 5869 section 2.3) over the concatenation of `info`.
    #[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes, RFC 5869 section 2.3")]
    pub(crate) fn expand(&self, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        self.0.expand_multi_info(info, key.as_mut_slice()).expect("32 bytes are not too many");
        key
    }
}

/// Encrypts in place and appends the tag.
#[expect(clippy::expect_used, reason = "the cipher takes 256 GiB, RFC 8439 section 2.8; a Vec extends")]
pub(crate) fn encrypt(key: &[u8; 32], nonce: &[u8; NONCE], associated: &[u8], buffer: &mut Vec<u8>) {
    XChaCha20Poly1305::new(key.into())
        .encrypt_in_place(nonce.into(), associated, buffer)
        .expect("the plaintext is not too long");
}

/// Checks and removes the tag and decrypts in place; on `Err` the buffer is untouched.
pub(crate) fn decrypt(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    associated: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), chacha20poly1305::Error> {
    XChaCha20Poly1305::new(key.into()).decrypt_in_place(nonce.into(), associated, buffer)
}

#[cfg(test)]
mod tests;

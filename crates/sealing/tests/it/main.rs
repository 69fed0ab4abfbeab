//! Everything that `sealing` promises, through its public API.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

mod fingerprint;
mod key_file;
mod key_ring;
mod keys;
mod secret_types;
mod tokens;
mod vectors;

use sealing::Entropy;

/// `0, 1, 2, ...` on every call: predictable where a test needs to know the nonce.
pub(crate) struct Counting;

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for (byte, value) in bytes.iter_mut().zip((0..=u8::MAX).cycle()) {
            *byte = value;
        }
    }
}

/// A well-made key of 32 bytes in base64url, another one for each `seed`.
pub(crate) fn key_text(seed: u8) -> String {
    use base64::Engine as _;
    let bytes: [u8; 32] = std::array::from_fn(|i| (i as u8).wrapping_mul(37) ^ (i as u8 / 3) ^ seed);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

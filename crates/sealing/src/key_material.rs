//! 32 secret bytes: how they are drawn, read, written, and refused when nobody drew them at random.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::key_error::KeyError;

/// Length of every root key in bytes.
const LENGTH: usize = 32;

/// The key that our documentation shows. It is refused everywhere.
const EXAMPLE: [u8; LENGTH] = *b"an example key. Generate yours! ";

/// A root key.
#[derive(Clone)]
pub(crate) struct KeyMaterial(Zeroizing<[u8; LENGTH]>);

impl KeyMaterial {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        entropy.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    /// Reads base64url without padding. `name` says in an error which key is meant.
    pub(crate) fn parse(text: &str, name: &str) -> Result<Self, KeyError> {
        let decoded = URL_SAFE_NO_PAD
            .decode(text)
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Encoding { name: name.to_owned() })?;
        let mut bytes = Zeroizing::new([0; LENGTH]);
        if decoded.len() != LENGTH {
            return Err(KeyError::Length { name: name.to_owned(), actual: decoded.len() });
        }
        bytes.copy_from_slice(&decoded);
        match weakness(&bytes) {
            Some(reason) => Err(KeyError::Weak { name: name.to_owned(), reason }),
            None => Ok(Self(bytes)),
        }
    }

    /// Appends the key as base64url.
    pub(crate) fn write(&self, text: &mut String) {
        URL_SAFE_NO_PAD.encode_string(self.0.as_slice(), text);
    }

    pub(crate) fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// In constant time.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

/// Why these bytes are certainly not 32 random bytes, if so. A random key is refused with a chance of less than
/// one in 2^100.
fn weakness(bytes: &[u8; LENGTH]) -> Option<&'static str> {
    let step = bytes[1].wrapping_sub(bytes[0]);
    if *bytes == EXAMPLE {
        Some("it is the example of the documentation")
    } else if bytes.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step) {
        Some(if step == 0 { "all its bytes are equal" } else { "its bytes count up" })
    } else if bytes[..LENGTH / 2] == bytes[LENGTH / 2..] {
        Some("its halves are equal")
    } else {
        None
    }
}

//! Sealed structures: a version byte and a postcard body inside a [`Sealer`]'s token.

use postcard::ser_flavors::Size;
use postcard::serialize_with_flavor;
use sealing::{Purpose, Sealer, Zeroizing};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// First byte of every plaintext. A later layout gets another number, and a reader of its own. (Number 1 was never
/// released.)
const VERSION: u8 = 2;

/// Something could not be encoded: a bug, not an input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotEncodable;

pub(crate) fn seal(
    sealer: &Sealer,
    purpose: Purpose,
    value: &impl Serialize,
) -> Result<String, NotEncodable> {
    let token = sealer.seal(purpose, &encode(value)?);
    if token.len() > purpose.max_token() { Err(NotEncodable) } else { Ok(token) }
}

pub(crate) fn seal_bound(
    sealer: &Sealer,
    purpose: Purpose,
    binding: &str,
    value: &impl Serialize,
) -> Result<String, NotEncodable> {
    let token = sealer.seal_bound(purpose, binding.as_bytes(), &encode(value)?);
    if token.len() > purpose.max_token() { Err(NotEncodable) } else { Ok(token) }
}

/// `None` for whatever we did not seal for this purpose. The reasons do not matter to any caller.
pub(crate) fn open<T: DeserializeOwned>(sealer: &Sealer, purpose: Purpose, token: &str) -> Option<T> {
    decode(&sealer.open(purpose, token).ok()?)
}

pub(crate) fn open_bound<T: DeserializeOwned>(
    sealer: &Sealer,
    purpose: Purpose,
    binding: &str,
    token: &str,
) -> Option<T> {
    decode(&sealer.open_bound(purpose, binding.as_bytes(), token).ok()?)
}

fn encode(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, NotEncodable> {
    let size = serialize_with_flavor(value, Size::default()).map_err(|_| NotEncodable)?;
    // Room from the start, so that growing leaves no copy of a credential in freed memory; and no more, which would be wiped, too.
    let mut plaintext = Vec::with_capacity(1 + size);
    plaintext.push(VERSION);
    postcard::to_extend(value, plaintext).map(Zeroizing::new).map_err(|_| NotEncodable)
}

fn decode<T: DeserializeOwned>(plaintext: &[u8]) -> Option<T> {
    let (version, body) = plaintext.split_first()?;
    if *version != VERSION {
        return None;
    }
    // Nothing may follow: a longer body is another layout.
    postcard::take_from_bytes(body).ok().filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
}

/// A credential inside a sealed structure: the one place where it is ever written out.
pub(crate) mod credential {
    use sealing::SecretString;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SecretString, D::Error> {
        String::deserialize(from).map(SecretString::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was wiped when dropped is all there ever was.
    #[test]
    fn a_plaintext_never_grows() {
        for length in [0, 1, 127, 128, 5_000] {
            let plaintext = encode(&("k".repeat(length), [7_u8; 16], u64::MAX)).expect("encodes");
            assert!(plaintext.len() > length + 16);
            assert_eq!(plaintext.capacity(), plaintext.len());
        }
    }
}

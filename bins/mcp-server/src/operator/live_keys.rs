//! The keys of a running server, and taking up a key file that was changed beneath it.

use sealing::{FingerprintKey, KeyError, KeySource as _, Kid, Sealer};

use crate::config::KeyPlace;

/// What a running server seals with, and where that came from.
#[derive(Clone, Debug)]
pub struct LiveKeys {
    place: KeyPlace,
    sealer: Sealer,
    fingerprint: FingerprintKey,
}

/// The key file was not taken up; the server goes on with the keys that it has.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// It cannot be read or is refused.
    #[error("the key file was not taken up: {0}")]
    File(#[from] KeyError),
    /// It is another deployment's.
    #[error(
        "the key file was not taken up: its fingerprint key is another one, and quotas and revocations hang on it"
    )]
    Fingerprint,
}

impl LiveKeys {
    /// The keys that were read from `place`, as the server uses them.
    #[must_use]
    pub fn new(place: KeyPlace, sealer: Sealer, fingerprint: FingerprintKey) -> Self {
        Self { place, sealer, fingerprint }
    }

    /// Reads the file again and goes on with its ring: new tokens are sealed with its first key, and what a key that is
    /// gone has sealed does not open any more. Returns the ring's keys, the active one first.
    ///
    /// # Errors
    /// See [`ReloadError`].
    pub fn reload(&self) -> Result<Vec<Kid>, ReloadError> {
        let keys = self.place.load()?;
        if keys.fingerprint.to_secret_text() != self.fingerprint.to_secret_text() {
            return Err(ReloadError::Fingerprint);
        }
        let kids: Vec<Kid> = keys.ring.kids().cloned().collect();
        self.sealer.replace_ring(keys.ring);
        tracing::info!(active = %kids[0], keys = kids.len(), "the key file was taken up");
        Ok(kids)
    }
}

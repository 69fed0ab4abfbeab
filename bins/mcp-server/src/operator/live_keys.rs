//! The keys of a running server, and taking up a key file that was changed beneath it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sealing::{FingerprintKey, KeyError, KeyRing, KeySource as _, Kid, Purpose, Sealer};

use crate::config::KeyPlace;

/// For [`LiveKeys::work`]: nothing else is sealed for it.
const PROBE: Purpose = Purpose::new("opqpr", "probe");

/// What a running server seals with, and where that came from.
#[derive(Clone, Debug)]
pub struct LiveKeys {
    place: KeyPlace,
    sealer: Sealer,
    fingerprint: FingerprintKey,
    /// When the active key began to seal, in seconds since the Unix epoch; 0 where that is not known.
    active_since: Arc<AtomicU64>,
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
        Self { place, sealer, fingerprint, active_since: Arc::default() }
    }

    /// Notes how old the ring is that the sealer has.
    #[must_use]
    pub fn of_age(self, ring: &KeyRing) -> Self {
        self.note_age(ring);
        self
    }

    /// When the active key began to seal, in seconds since the Unix epoch. `None` for a ring that was never rotated.
    #[must_use]
    pub fn active_since(&self) -> Option<u64> {
        Some(self.active_since.load(Ordering::Relaxed)).filter(|since| *since > 0)
    }

    /// Whether what is sealed with these keys opens again.
    #[must_use]
    pub fn work(&self) -> bool {
        let sealed = self.sealer.seal(PROBE, b"probe");
        self.sealer.open(PROBE, &sealed).is_ok_and(|opened| opened.as_slice() == b"probe")
    }

    /// The active key took over when the last of the others ceased.
    fn note_age(&self, ring: &KeyRing) {
        let since = ring.kids().filter_map(|kid| ring.rotated_at(kid)).max();
        self.active_since.store(since.unwrap_or_default(), Ordering::Relaxed);
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
        self.note_age(&keys.ring);
        self.sealer.replace_ring(keys.ring);
        tracing::info!(active = %kids[0], keys = kids.len(), "the key file was taken up");
        Ok(kids)
    }
}

//! API keys in a header: asked about once, remembered for a few minutes by fingerprint.
//!
//! What is remembered is bounded, and what does not work never pushes out what does. Of many requests with one key, one
//! asks OpenPhone and the others wait for its answer. An answer that says nothing of the key (OpenPhone is busy or down) is
//! given to those who waited, and not remembered. When a key is found dead anywhere, what is remembered of it is too.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oauth_server::{AuthorizationServer, CheckTrouble, ClientAddress, CredentialError};
use sealing::{Fingerprint, SecretString};
use state_store::Clock;
use tokio::time::Instant;

use super::identity::{KeyHolder, Way};

/// For how long a key that works is not asked about again.
const WORKS: Duration = Duration::from_secs(5 * 60);
/// The same for one that does not: long enough for a program that repeats itself, short enough for a person who has just
/// made the key.
const WRONG: Duration = Duration::from_secs(30);
/// Most keys that are remembered as working, and as wrong.
const MOST_WORKING: usize = 10_000;
const MOST_WRONG: usize = 1_000;
/// Longest life of a stream that a key has opened: that of an access token.
const STREAM: Duration = Duration::from_secs(60 * 60);
/// What the keys of the simulated workspaces begin with.
const SANDBOX: &str = "sandbox-key-";

/// The keys that were shown lately.
pub struct HeaderKeys {
    oauth: Arc<AuthorizationServer>,
    clock: Arc<dyn Clock>,
    /// Whether keys of the sandbox can be any good here.
    sandbox_keys: bool,
    remembered: Mutex<Remembered>,
    asking: Mutex<HashMap<Fingerprint, Arc<Slot>>>,
}

#[derive(Default)]
struct Remembered {
    /// When it was known to work, in milliseconds since the Unix epoch, and until when that counts.
    works: HashMap<Fingerprint, (u64, Instant)>,
    /// Why not, and until when that counts.
    wrong: HashMap<Fingerprint, (CheckTrouble, Instant)>,
}

/// When a key was known to work, in milliseconds since the Unix epoch.
type Outcome = Result<u64, CheckTrouble>;
/// The last answer about a key that somebody asks about, and when it came.
type Slot = tokio::sync::Mutex<Option<(Instant, Outcome)>>;

impl HeaderKeys {
    /// Asks as this server asks about keys on its pages. `sandbox_keys`: the API behind it is a sandbox.
    #[must_use]
    pub fn new(oauth: Arc<AuthorizationServer>, clock: Arc<dyn Clock>, sandbox_keys: bool) -> Self {
        Self { oauth, clock, sandbox_keys, remembered: Mutex::default(), asking: Mutex::default() }
    }

    /// Lets a key in that works.
    ///
    /// # Errors
    /// Why not.
    pub async fn admit(
        &self,
        credential: SecretString,
        address: Option<ClientAddress>,
    ) -> Result<KeyHolder, CheckTrouble> {
        if !self.sandbox_keys && credential.expose().starts_with(SANDBOX) {
            return Err(CheckTrouble::Service(CredentialError::Wrong));
        }
        let fingerprint = self.oauth.credential_fingerprint(&credential);
        let known_at_ms = self.known_at(fingerprint, &credential, address).await?;
        let expires_at = Some(self.clock.unix_seconds() + STREAM.as_secs());
        Ok(KeyHolder { way: Way::Header, credential, fingerprint, known_at_ms, expires_at })
    }

    /// Lets a key in that another instance has let in, unless it was found dead since.
    ///
    /// # Errors
    /// Why not.
    pub async fn readmit(
        &self,
        credential: SecretString,
        known_at_ms: u64,
        expires_at: u64,
    ) -> Result<KeyHolder, CheckTrouble> {
        let fingerprint = self.oauth.credential_fingerprint(&credential);
        let expired = self.clock.unix_seconds() >= expires_at;
        if expired || self.ended(fingerprint, known_at_ms).await? {
            return Err(CheckTrouble::Service(CredentialError::Wrong));
        }
        let expires_at = Some(expires_at);
        Ok(KeyHolder { way: Way::Header, credential, fingerprint, known_at_ms, expires_at })
    }

    async fn known_at(
        &self,
        fingerprint: Fingerprint,
        credential: &SecretString,
        address: Option<ClientAddress>,
    ) -> Outcome {
        let came = Instant::now();
        if let Some(known) = self.recall(fingerprint).await? {
            return Ok(known);
        }
        let turn = Turn::new(self, fingerprint);
        let mut last = turn.slot.lock().await;
        match *last {
            // What one address has used up says nothing to another.
            Some((at, outcome))
                if at >= came && !matches!(outcome, Err(CheckTrouble::TooManyTries { .. })) =>
            {
                return outcome;
            }
            _ => {}
        }
        // Somebody may have asked, and gone, before there was a slot to wait for.
        if let Some(known) = self.recall(fingerprint).await? {
            return Ok(known);
        }
        let now_ms = u64::try_from(self.clock.since_epoch().as_millis()).unwrap_or(u64::MAX);
        let outcome = self.oauth.check_credential(address, credential).await.map(|_| now_ms);
        *last = Some((Instant::now(), outcome));
        self.remember(fingerprint, outcome);
        outcome
    }

    /// What is remembered of a key; `None`: nothing that counts.
    async fn recall(&self, fingerprint: Fingerprint) -> Result<Option<u64>, CheckTrouble> {
        let now = Instant::now();
        let found = {
            let remembered = self.lock();
            if let Some((trouble, until)) = remembered.wrong.get(&fingerprint)
                && now < *until
            {
                return Err(*trouble);
            }
            remembered.works.get(&fingerprint).copied()
        };
        let Some((known_at_ms, until)) = found else { return Ok(None) };
        if now < until && !self.ended(fingerprint, known_at_ms).await? {
            return Ok(Some(known_at_ms));
        }
        self.lock().works.remove(&fingerprint);
        Ok(None)
    }

    async fn ended(&self, fingerprint: Fingerprint, known_at_ms: u64) -> Result<bool, CheckTrouble> {
        self.oauth.credential_ended(fingerprint, known_at_ms).await.ok_or(CheckTrouble::StoreDown)
    }

    fn remember(&self, fingerprint: Fingerprint, outcome: Outcome) {
        let now = Instant::now();
        let mut remembered = self.lock();
        match outcome {
            Ok(known_at_ms) => {
                remembered.wrong.remove(&fingerprint);
                let works = &mut remembered.works;
                if works.len() >= MOST_WORKING {
                    works.retain(|_, (_, until)| now < *until);
                }
                if works.len() >= MOST_WORKING
                    && let Some(oldest) =
                        works.iter().min_by_key(|(_, (_, until))| *until).map(|(key, _)| *key)
                {
                    works.remove(&oldest);
                }
                works.insert(fingerprint, (known_at_ms, now + WORKS));
            }
            Err(trouble) if trouble.is_about_credential() => {
                remembered.works.remove(&fingerprint);
                let wrong = &mut remembered.wrong;
                if wrong.len() >= MOST_WRONG {
                    wrong.retain(|_, (_, until)| now < *until);
                }
                // Full of others that came just now: it is asked about again, within the limits.
                if wrong.len() < MOST_WRONG {
                    wrong.insert(fingerprint, (trouble, now + WRONG));
                }
            }
            Err(_) => {}
        }
    }

    /// A panic while the lock was held cannot leave the maps half-changed in a way that matters.
    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue of those who ask about one key. The last one takes the queue away, also when its client hung up.
struct Turn<'a> {
    keys: &'a HeaderKeys,
    fingerprint: Fingerprint,
    slot: Arc<Slot>,
}

impl<'a> Turn<'a> {
    fn new(keys: &'a HeaderKeys, fingerprint: Fingerprint) -> Self {
        let mut asking = keys.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Arc::clone(asking.entry(fingerprint).or_default());
        Self { keys, fingerprint, slot }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut asking = self.keys.asking.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's and ours: new ones are only made under this lock.
        if Arc::strong_count(&self.slot) == 2 {
            asking.remove(&self.fingerprint);
        }
    }
}

/// Shows no key and no fingerprint.
impl fmt::Debug for HeaderKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeaderKeys").field("sandbox_keys", &self.sandbox_keys).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

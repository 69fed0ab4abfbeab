//! [`Seal`]: what the server gives a client to bring back, encrypted and bound to whom it was made for.
//!
//! Two things travel so: the id of a legacy session, which holds what `initialize` negotiated, and the state between
//! the rounds of a call. Both are attacker input when they come back (`v26.mrtr.state.integrity`,
//! `dual.same-principal`): what was changed, made for somebody else or another call, or is too old does not open.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sealing::{Purpose, Sealer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::input::Rounds;

/// A session id travels in a header.
const SESSION: Purpose = Purpose::new("mcps", "mcp session");
/// A request state travels in a body.
const STATE: Purpose = Purpose::new("mcpr", "mcp request state").with_max_token(64 * 1024);
/// Longest plaintext of a request state, so that its token stays within the purpose's bound.
const LONGEST_STATE: usize = 45 * 1024;

/// Seals sessions and request states with the embedder's keys. Every instance that serves the same clients must have
/// the same keys.
#[derive(Clone)]
pub struct Seal {
    sealer: Sealer,
    unix_seconds: Arc<dyn Fn() -> u64 + Send + Sync>,
    state_lifetime: Duration,
}

impl Seal {
    /// Seals with `sealer`; `unix_seconds` is the clock. A request state is good for an hour.
    #[must_use]
    pub fn new(sealer: Sealer, unix_seconds: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { sealer, unix_seconds: Arc::new(unix_seconds), state_lifetime: Duration::from_secs(3600) }
    }

    /// How long a person may take for one round of a call on 2026-07-28.
    #[must_use]
    pub fn with_state_lifetime(mut self, lifetime: Duration) -> Self {
        self.state_lifetime = lifetime;
        self
    }

    /// The id of a session of `owner`: visible ASCII, as a header needs (`v0326.session.mint`).
    pub(crate) fn seal_session(&self, owner: &[u8], session: &impl Serialize) -> Option<String> {
        let plain = serde_json::to_vec(session).ok()?;
        Some(self.sealer.seal_bound(SESSION, owner, &plain))
    }

    /// What the id holds, when it is `owner`'s.
    pub(crate) fn open_session<T: DeserializeOwned>(&self, owner: &[u8], id: &str) -> Option<T> {
        let plain = self.sealer.open_bound(SESSION, owner, id).ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// Seals what a call needs at its next round; `None` when it is too long.
    pub(crate) fn seal_state(&self, owner: &[u8], call: &CallDigest, rounds: &Rounds) -> Option<String> {
        let expires = (self.unix_seconds)().saturating_add(self.state_lifetime.as_secs());
        let plain = serde_json::to_vec(&Sealed { expires, call, rounds }).ok()?;
        (plain.len() <= LONGEST_STATE).then(|| self.sealer.seal_bound(STATE, owner, &plain))
    }

    /// Opens it, when it is `owner`'s, of the same call, and not too old.
    pub(crate) fn open_state(&self, owner: &[u8], call: &CallDigest, text: &str) -> Option<Rounds> {
        let plain = self.sealer.open_bound(STATE, owner, text).ok()?;
        let opened: Opened = serde_json::from_slice(&plain).ok()?;
        (opened.call == *call && opened.expires >= (self.unix_seconds)()).then_some(opened.rounds)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").field("sealer", &self.sealer).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Sealed<'a> {
    expires: u64,
    call: &'a CallDigest,
    rounds: &'a Rounds,
}

#[derive(Deserialize)]
struct Opened {
    expires: u64,
    call: CallDigest,
    rounds: Rounds,
}

/// Which call a state belongs to: its method, its name and its arguments (`v26.mrtr.state.bind`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CallDigest([u8; 32]);

impl CallDigest {
    /// The digest does not depend on the order of members, which a client may change when it calls again.
    pub(crate) fn new(method: &str, name: &str, arguments: &Value) -> Self {
        let mut hash = Sha256::new();
        for part in [method, name] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        absorb(&mut hash, arguments);
        Self(hash.finalize().into())
    }
}

/// Depth is bounded by the parser of the value.
fn absorb(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            hash.update([b'{']);
            hash.update((sorted.len() as u64).to_be_bytes());
            for (name, value) in sorted {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name);
                absorb(hash, value);
            }
        }
        Value::Array(items) => {
            hash.update([b'[']);
            hash.update((items.len() as u64).to_be_bytes());
            items.iter().for_each(|item| absorb(hash, item));
        }
        scalar => {
            let text = scalar.to_string();
            hash.update([b'=']);
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

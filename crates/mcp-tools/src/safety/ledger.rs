//! The send ledger: one record per upstream POST, so that a repeated call gets the first result.
//!
//! An *attempt* is the record. Two kinds of pointers lead to it: by payload (10 minutes), and by the caller's
//! idempotency key (24 hours). A pointer whose attempt is gone or has failed is free. The *open list* of a key
//! names its attempts without an outcome; [`super::reconcile`] works it off.
//!
//! ```text
//! reserved -> sent | failed (it definitely did not go out) | unknown -> sent | failed
//! ```

use std::time::Duration;

use sealing::Fingerprint;
use serde::{Deserialize, Serialize};
use state_store::{Exchange, Inserted, Key, StoreError};

use crate::context::Services;
use crate::safety::payload::{self, Payload};

/// How long the same payload counts as the same send.
const PAYLOAD_WINDOW: Duration = Duration::from_secs(10 * 60);
/// How long an idempotency key, and every attempt, is remembered.
const KEY_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// Attempts of one key without an outcome, at most.
const MAX_OPEN: usize = 512;
/// Tries of a compare-and-exchange against other writers.
const TRIES: usize = 64;

/// Names an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct AttemptId([u8; 16]);

/// One upstream POST, past or to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) payload: [u8; 16],
    pub(crate) recipient: [u8; 16],
    pub(crate) folded: [u8; 16],
    /// The inbox, by id.
    pub(crate) inbox: String,
    /// When it was reserved, in milliseconds since the Unix epoch.
    pub(crate) begun: u64,
    pub(crate) state: State,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    Reserved,
    Sent {
        message_id: String,
        status: String,
    },
    Failed {
        reason: String,
    },
    /// Since when, in milliseconds since the Unix epoch.
    Unknown {
        since: u64,
    },
}

/// What the ledger says about a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Nothing stands against sending it.
    Free,
    /// This was tried already.
    Taken(AttemptId, Attempt),
    /// The idempotency key belongs to another payload.
    Conflict,
}

#[derive(Serialize, Deserialize)]
struct KeyPointer {
    attempt: AttemptId,
    payload: [u8; 16],
}

/// What the caller said about repeating.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Repeat<'a> {
    /// The caller's idempotency key.
    pub(crate) key: Option<&'a str>,
    /// Send although the same was sent within the window.
    pub(crate) wanted: bool,
}

/// The ledger of one API key.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    services: Services,
    key: Fingerprint,
}

/// The pointers as they were read: what a claim expects to find unchanged.
struct Seen {
    by_key: Option<(Key, Option<Vec<u8>>)>,
    by_payload: (Key, Option<Vec<u8>>),
}

impl Ledger {
    pub(crate) fn new(services: &Services, key: Fingerprint) -> Self {
        Self { services: services.clone(), key }
    }

    /// Claims a send for the caller: of many callers at once, one gets `Ok(Ok(id))` and must settle or release
    /// it; the others get what stands there.
    pub(crate) async fn claim(
        &self,
        payload: &Payload,
        inbox: &str,
        repeat: Repeat<'_>,
    ) -> Result<Result<AttemptId, Entry>, StoreError> {
        for _ in 0..TRIES {
            let (entry, seen) = self.read(payload, repeat).await?;
            if entry != Entry::Free {
                return Ok(Err(entry));
            }
            let id = AttemptId(sealing::entropy::random(self.services.entropy()));
            let attempt = Attempt {
                payload: *payload.hash.as_bytes(),
                recipient: *payload.recipient.as_bytes(),
                folded: *payload.folded.as_bytes(),
                inbox: inbox.to_owned(),
                begun: self.services.now_millis(),
                state: State::Reserved,
            };
            let record = encode(&attempt)?;
            let stored = self.services.store().insert_if_absent(&self.at(id), &record, KEY_WINDOW).await?;
            if stored != Inserted::Stored {
                continue;
            }
            self.change_open(|open| {
                if !open.contains(&id) {
                    open.push(id);
                }
            })
            .await?;
            if self.point(&seen, id, payload).await? {
                return Ok(Ok(id));
            }
            self.release(id).await?;
        }
        Err(contended())
    }

    /// Gives a claim back: nothing was posted.
    pub(crate) async fn release(&self, id: AttemptId) -> Result<(), StoreError> {
        self.services.store().remove(&self.at(id)).await?;
        self.change_open(|open| open.retain(|other| *other != id)).await
    }

    /// Records what became of an attempt. A sent text counts as the first result for another window from now.
    pub(crate) async fn settle(&self, id: AttemptId, state: State) -> Result<(), StoreError> {
        let store = self.services.store();
        for _ in 0..TRIES {
            let Some(current) = store.get(&self.at(id)).await? else { return Ok(()) };
            let mut attempt: Attempt = decode(&current)?;
            let final_already = matches!(attempt.state, State::Sent { .. } | State::Failed { .. });
            if !final_already {
                attempt.state = state.clone();
                let new = encode(&attempt)?;
                let exchange = store.compare_exchange(&self.at(id), Some(&current), &new, KEY_WINDOW).await?;
                if exchange != Exchange::Swapped {
                    continue;
                }
            }
            if matches!(attempt.state, State::Sent { .. }) {
                let pointer = self.by_payload(&attempt.payload);
                store.insert_if_absent(&pointer, &id.0, PAYLOAD_WINDOW).await?;
            }
            if !matches!(attempt.state, State::Unknown { .. }) {
                self.change_open(|open| open.retain(|other| *other != id)).await?;
            }
            return Ok(());
        }
        Err(contended())
    }

    /// One attempt.
    pub(crate) async fn attempt(&self, id: AttemptId) -> Result<Option<Attempt>, StoreError> {
        self.services.store().get(&self.at(id)).await?.map(|bytes| decode(&bytes)).transpose()
    }

    /// Attempts of this key without an outcome, under way or unknown.
    pub(crate) async fn open(&self) -> Result<Vec<AttemptId>, StoreError> {
        let list = self.services.store().get(&self.open_list()).await?;
        list.map_or_else(|| Ok(Vec::new()), |bytes| decode(&bytes))
    }

    async fn read(&self, payload: &Payload, repeat: Repeat<'_>) -> Result<(Entry, Seen), StoreError> {
        let store = self.services.store();
        let mut by_key = None;
        if let Some(given) = repeat.key {
            let pointer = self.by_key(given);
            let seen = store.get(&pointer).await?;
            if let Some(bytes) = &seen {
                let to: KeyPointer = decode(bytes)?;
                if let Some(attempt) = self.attempt(to.attempt).await? {
                    let entry = if to.payload != *payload.hash.as_bytes() {
                        Entry::Conflict
                    } else if matches!(attempt.state, State::Failed { .. }) {
                        Entry::Free
                    } else {
                        Entry::Taken(to.attempt, attempt)
                    };
                    if entry != Entry::Free {
                        let by_payload = (self.by_payload(payload.hash.as_bytes()), None);
                        return Ok((entry, Seen { by_key: None, by_payload }));
                    }
                }
            }
            by_key = Some((pointer, seen.map(|bytes| bytes.to_vec())));
        }
        let pointer = self.by_payload(payload.hash.as_bytes());
        let seen = store.get(&pointer).await?;
        let mut entry = Entry::Free;
        if let Some(id) = seen.as_deref().and_then(|bytes| bytes.try_into().ok()).map(AttemptId)
            && let Some(attempt) = self.attempt(id).await?
        {
            let free = match attempt.state {
                State::Failed { .. } => true,
                State::Sent { .. } => repeat.wanted,
                State::Reserved | State::Unknown { .. } => false,
            };
            if !free {
                // The caller's fresh key names the first send from now on.
                if let Some((by_key, None)) = &by_key {
                    let pointer = encode(&KeyPointer { attempt: id, payload: attempt.payload })?;
                    store.insert_if_absent(by_key, &pointer, KEY_WINDOW).await?;
                }
                entry = Entry::Taken(id, attempt);
            }
        }
        Ok((entry, Seen { by_key, by_payload: (pointer, seen.map(|bytes| bytes.to_vec())) }))
    }

    /// Points at `id` from where [`Ledger::read`] looked. `false`: somebody else was faster.
    async fn point(&self, seen: &Seen, id: AttemptId, payload: &Payload) -> Result<bool, StoreError> {
        let store = self.services.store();
        if let Some((pointer, expected)) = &seen.by_key {
            let new = encode(&KeyPointer { attempt: id, payload: *payload.hash.as_bytes() })?;
            let exchange = store.compare_exchange(pointer, expected.as_deref(), &new, KEY_WINDOW).await?;
            if exchange != Exchange::Swapped {
                return Ok(false);
            }
        }
        let (pointer, expected) = &seen.by_payload;
        let exchange = store.compare_exchange(pointer, expected.as_deref(), &id.0, PAYLOAD_WINDOW).await?;
        Ok(exchange == Exchange::Swapped)
    }

    async fn change_open(&self, change: impl Fn(&mut Vec<AttemptId>)) -> Result<(), StoreError> {
        let store = self.services.store();
        for _ in 0..TRIES {
            let seen = store.get(&self.open_list()).await?;
            let mut open: Vec<AttemptId> = seen.as_deref().map_or_else(|| Ok(Vec::new()), decode)?;
            let before = open.len();
            change(&mut open);
            if open.len() == before {
                return Ok(());
            }
            if open.len() > MAX_OPEN {
                return Err(StoreError::Full);
            }
            let new = encode(&open)?;
            let exchange =
                store.compare_exchange(&self.open_list(), seen.as_deref(), &new, KEY_WINDOW).await?;
            if exchange == Exchange::Swapped {
                return Ok(());
            }
        }
        Err(contended())
    }

    fn at(&self, id: AttemptId) -> Key {
        Key::new("send-attempt", format!("{}:{}", self.key, Fingerprint::from_bytes(id.0)))
    }

    fn by_payload(&self, payload: &[u8; 16]) -> Key {
        Key::new("send-payload", format!("{}:{}", self.key, Fingerprint::from_bytes(*payload)))
    }

    fn by_key(&self, given: &str) -> Key {
        let name = payload::idempotency(self.services.fingerprints(), self.key, given);
        Key::new("send-key", format!("{}:{name}", self.key))
    }

    fn open_list(&self) -> Key {
        Key::new("send-open", self.key.to_string())
    }
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(value).map_err(|error| StoreError::Unavailable(Box::new(error)))
}

/// A record that cannot be read is no record to build a send on: it fails closed.
fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    postcard::from_bytes(bytes).map_err(|error| StoreError::Unavailable(Box::new(error)))
}

fn contended() -> StoreError {
    StoreError::Unavailable("too many writers at once".into())
}

//! The send ledger: one record per upstream POST, so that a repeated call gets the first result.
//!
//! An *attempt* is the record. Two kinds of pointers lead to it: by payload (10 minutes), and by the caller's
//! idempotency key (24 hours). A pointer whose attempt is gone or has failed is free; by payload, the text that
//! was sent before that attempt counts again. The *open list* of a key names its attempts without an outcome;
//! [`super::reconcile`] works it off.
//!
//! ```text
//! reserved -> sent | failed (it definitely did not go out) | unknown -> sent | failed
//! ```

pub(crate) mod begun;
mod record;

use std::time::Duration;

use sealing::Fingerprint;
use state_store::{Exchange, Inserted, Key, StoreError};

use crate::context::Services;
use crate::safety::ledger::record::{KeyPointer, PayloadPointer, decode, encode};
use crate::safety::payload::{self, Payload};

pub(crate) use record::{Attempt, AttemptId, State};

/// How long the same payload counts as the same send.
const PAYLOAD_WINDOW: Duration = Duration::from_secs(10 * 60);
/// How long an idempotency key, and every attempt, is remembered.
const KEY_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// Attempts of one key without an outcome, at most.
const MAX_OPEN: usize = 512;
/// Tries of a compare-and-exchange against other writers.
const TRIES: usize = 64;

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
    sent_before: Option<(AttemptId, u64)>,
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
            match entry {
                Entry::Free => {}
                // The caller's fresh key names the first send from now on.
                Entry::Taken(id, _) if !self.name_by_key(&seen, id, payload).await? => continue,
                entry => return Ok(Err(entry)),
            }
            let id = AttemptId(sealing::entropy::random(self.services.entropy()));
            let now = self.services.now_millis();
            let record = encode(&Attempt::new(payload, inbox, now))?;
            self.services.begun().note(id, now);
            let stored =
                self.services.ledger_store().insert_if_absent(&self.at(id), &record, KEY_WINDOW).await?;
            if stored != Inserted::Stored {
                continue;
            }
            match self.enter(&seen, id, payload).await {
                Ok(true) => return Ok(Ok(id)),
                Ok(false) => self.release(id).await?,
                Err(error) => {
                    self.abandon(id).await;
                    return Err(error);
                }
            }
        }
        Err(contended())
    }

    /// Puts a stored attempt on the open list and points at it. `false`: somebody else was faster.
    async fn enter(&self, seen: &Seen, id: AttemptId, payload: &Payload) -> Result<bool, StoreError> {
        self.change_open(|open| {
            if !open.contains(&id) {
                open.push(id);
            }
        })
        .await?;
        self.point(seen, id, payload).await
    }

    /// Takes away an attempt that could not be claimed, as far as the store lets us: otherwise the text would count as
    /// under way for minutes. Nothing was posted. It needs no replica: where the attempt comes back, it is looked up.
    async fn abandon(&self, id: AttemptId) {
        self.services.begun().forget(id);
        if let Err(error) = self.services.store().remove(&self.at(id)).await {
            tracing::info!(error = %error, "an attempt that could not be claimed stays until it is looked up");
        }
    }

    /// What stands against sending it, without claiming anything.
    pub(crate) async fn look(&self, payload: &Payload, repeat: Repeat<'_>) -> Result<Entry, StoreError> {
        Ok(self.read(payload, repeat).await?.0)
    }

    /// Gives a claim back: nothing was posted.
    pub(crate) async fn release(&self, id: AttemptId) -> Result<(), StoreError> {
        self.services.begun().forget(id);
        self.services.ledger_store().remove(&self.at(id)).await?;
        self.change_open(|open| open.retain(|other| *other != id)).await
    }

    /// Records what became of an attempt, and says whether this call did: of many at once, one does. A sent text
    /// whose window is over counts as the first result for another one from now.
    pub(crate) async fn settle(&self, id: AttemptId, state: State) -> Result<bool, StoreError> {
        let store = self.services.ledger_store();
        for _ in 0..TRIES {
            let Some(current) = store.get(&self.at(id)).await? else { return Ok(false) };
            let mut attempt = Attempt::read(&current)?;
            let final_already = matches!(attempt.state, State::Sent { .. } | State::Failed { .. });
            if !final_already {
                attempt.state = state.clone();
                let new = encode(&attempt)?;
                let exchange = store.compare_exchange(&self.at(id), Some(&current), &new, KEY_WINDOW).await?;
                if exchange != Exchange::Swapped {
                    continue;
                }
            }
            self.services.begun().forget(id);
            if matches!(attempt.state, State::Sent { .. }) {
                let pointer = self.by_payload(&attempt.payload);
                let to = encode(&self.payload_pointer(id, None))?;
                store.insert_if_absent(&pointer, &to, PAYLOAD_WINDOW).await?;
            }
            if !matches!(attempt.state, State::Unknown { .. }) {
                self.change_open(|open| open.retain(|other| *other != id)).await?;
            }
            return Ok(!final_already);
        }
        Err(contended())
    }

    /// One attempt.
    pub(crate) async fn attempt(&self, id: AttemptId) -> Result<Option<Attempt>, StoreError> {
        self.services.ledger_store().get(&self.at(id)).await?.map(|bytes| Attempt::read(&bytes)).transpose()
    }

    /// Attempts of this key without an outcome, under way or unknown.
    pub(crate) async fn open(&self) -> Result<Vec<AttemptId>, StoreError> {
        let list = self.services.ledger_store().get(&self.open_list()).await?;
        list.map_or_else(|| Ok(Vec::new()), |bytes| decode(&bytes))
    }

    async fn read(&self, payload: &Payload, repeat: Repeat<'_>) -> Result<(Entry, Seen), StoreError> {
        let store = self.services.ledger_store();
        let pointer = self.by_payload(payload.hash.as_bytes());
        let mut seen = Seen { by_key: None, by_payload: (pointer, None), sent_before: None };
        if let Some(given) = repeat.key {
            let pointer = self.by_key(given);
            let bytes = store.get(&pointer).await?.map(|bytes| bytes.to_vec());
            let entry = self.named_by(bytes.as_deref(), payload).await?;
            if entry != Entry::Free {
                return Ok((entry, seen));
            }
            seen.by_key = Some((pointer, bytes));
        }
        let Some(bytes) = store.get(&seen.by_payload.0).await? else { return Ok((Entry::Free, seen)) };
        let pointer: PayloadPointer = decode(&bytes)?;
        seen.by_payload.1 = Some(bytes.to_vec());
        let last_sent = match self.attempt(pointer.attempt).await? {
            Some(attempt) if matches!(attempt.state, State::Reserved | State::Unknown { .. }) => {
                return Ok((Entry::Taken(pointer.attempt, attempt), seen));
            }
            Some(attempt) if matches!(attempt.state, State::Sent { .. }) => {
                Some((pointer.attempt, pointer.until, attempt))
            }
            _ => self.still_counts(pointer.sent_before).await?,
        };
        let Some((id, until, attempt)) = last_sent else { return Ok((Entry::Free, seen)) };
        seen.sent_before = Some((id, until));
        Ok((if repeat.wanted { Entry::Free } else { Entry::Taken(id, attempt) }, seen))
    }

    /// What an idempotency key's pointer says about a payload.
    async fn named_by(&self, pointer: Option<&[u8]>, payload: &Payload) -> Result<Entry, StoreError> {
        let Some(bytes) = pointer else { return Ok(Entry::Free) };
        let to: KeyPointer = decode(bytes)?;
        Ok(match self.attempt(to.attempt).await? {
            None => Entry::Free,
            Some(_) if to.payload != *payload.hash.as_bytes() => Entry::Conflict,
            Some(Attempt { state: State::Failed { .. }, .. }) => Entry::Free,
            Some(attempt) => Entry::Taken(to.attempt, attempt),
        })
    }

    /// A text that was sent before the latest attempt, within its own window.
    async fn still_counts(
        &self,
        sent: Option<(AttemptId, u64)>,
    ) -> Result<Option<(AttemptId, u64, Attempt)>, StoreError> {
        let Some((id, until)) = sent.filter(|(_, until)| self.services.now_millis() < *until) else {
            return Ok(None);
        };
        let attempt = self.attempt(id).await?;
        let sent = attempt.filter(|attempt| matches!(attempt.state, State::Sent { .. }));
        Ok(sent.map(|attempt| (id, until, attempt)))
    }

    /// Points at `id` from where [`Ledger::read`] looked. `false`: somebody else was faster.
    async fn point(&self, seen: &Seen, id: AttemptId, payload: &Payload) -> Result<bool, StoreError> {
        if !self.name_by_key(seen, id, payload).await? {
            return Ok(false);
        }
        let (pointer, expected) = &seen.by_payload;
        let new = encode(&self.payload_pointer(id, seen.sent_before))?;
        let store = self.services.ledger_store();
        let exchange = store.compare_exchange(pointer, expected.as_deref(), &new, PAYLOAD_WINDOW).await?;
        Ok(exchange == Exchange::Swapped)
    }

    /// Points the caller's key at `id`, unless it names an attempt already. `false`: somebody else was faster.
    async fn name_by_key(&self, seen: &Seen, id: AttemptId, payload: &Payload) -> Result<bool, StoreError> {
        let Some((pointer, expected)) = &seen.by_key else { return Ok(true) };
        let new = encode(&KeyPointer { attempt: id, payload: *payload.hash.as_bytes() })?;
        let store = self.services.ledger_store();
        let exchange = store.compare_exchange(pointer, expected.as_deref(), &new, KEY_WINDOW).await?;
        Ok(exchange == Exchange::Swapped)
    }

    fn payload_pointer(&self, attempt: AttemptId, sent_before: Option<(AttemptId, u64)>) -> PayloadPointer {
        let window = u64::try_from(PAYLOAD_WINDOW.as_millis()).unwrap_or(u64::MAX);
        PayloadPointer { attempt, until: self.services.now_millis().saturating_add(window), sent_before }
    }

    async fn change_open(&self, change: impl Fn(&mut Vec<AttemptId>)) -> Result<(), StoreError> {
        let store = self.services.ledger_store();
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

fn contended() -> StoreError {
    StoreError::Unavailable("too many writers at once".into())
}

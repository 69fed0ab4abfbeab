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

use bytes::Bytes;
use sealing::Fingerprint;
use state_store::{Key, StoreError, Swap};

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
    by_key: Option<(Key, Option<Bytes>)>,
    by_payload: (Key, Option<Bytes>),
    sent_before: Option<(AttemptId, u64)>,
}

/// How far a claim came.
enum Entered {
    Whole,
    /// Somebody else was faster: what was written is to be taken back.
    InPart,
    /// The id is another attempt's.
    Not,
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
            match self.enter(&seen, id, payload, inbox).await {
                Ok(Entered::Whole) => return Ok(Ok(id)),
                Ok(Entered::InPart) => self.release(id).await?,
                Ok(Entered::Not) => {}
                Err(error) => {
                    self.abandon(id).await;
                    return Err(error);
                }
            }
        }
        Err(contended())
    }

    /// Stores an attempt, puts it on the open list and points at it, in this order: what leads to an attempt finds it, and
    /// what is under way is on the list.
    async fn enter(
        &self,
        seen: &Seen,
        id: AttemptId,
        payload: &Payload,
        inbox: &str,
    ) -> Result<Entered, StoreError> {
        let store = self.services.ledger_store();
        let now = self.services.now_millis();
        let attempt = encode(&Attempt::new(payload, inbox, now))?;
        let listed = self.with_open(|open| open.push(id)).await?;
        self.services.begun().note(id, now);
        let pointers = self.pointers(seen, id, payload)?;
        let mut swaps = vec![swap(self.at(id), None, attempt, KEY_WINDOW)];
        swaps.extend(listed);
        swaps.extend(pointers.iter().cloned());
        let all = swaps.len();
        let whole = match store.swap_in_order(swaps).await? {
            0 => return Ok(Entered::Not),
            1 => {
                // Another text of this key has come to the list or left it meanwhile.
                self.change_open(|open| open.push(id)).await?;
                let all = pointers.len();
                store.swap_in_order(pointers).await? == all
            }
            done => done == all,
        };
        Ok(if whole { Entered::Whole } else { Entered::InPart })
    }

    /// Takes away an attempt that could not be claimed, as far as the store lets us: otherwise the text would count as
    /// under way for minutes. Nothing was posted. It needs no replica: where the attempt comes back, it is looked up.
    async fn abandon(&self, id: AttemptId) {
        let _forgotten = self.services.begun().forgotten_after(id);
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
        let _forgotten = self.services.begun().forgotten_after(id);
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
            let mut swaps = Vec::with_capacity(3);
            if !final_already {
                attempt.state = state.clone();
                swaps.push(swap(self.at(id), Some(current), encode(&attempt)?, KEY_WINDOW));
            }
            let pointer = self.by_payload(&attempt.payload);
            let is_sent = matches!(attempt.state, State::Sent { .. });
            if is_sent && store.get(&pointer).await?.is_none() {
                let to = encode(&self.payload_pointer(id, None))?;
                swaps.push(swap(pointer, None, to, PAYLOAD_WINDOW));
            }
            let is_over = !matches!(attempt.state, State::Unknown { .. });
            let without = |open: &mut Vec<AttemptId>| open.retain(|other| *other != id);
            if is_over {
                swaps.extend(self.with_open(without).await?);
            }
            let all = swaps.len();
            let done = store.swap_in_order(swaps).await?;
            if done == 0 && !final_already {
                continue;
            }
            self.services.begun().forget(id);
            // The payload leads somewhere meanwhile, or another text has come to the list or left it.
            if done < all && is_over {
                self.change_open(without).await?;
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
            let bytes = store.get(&pointer).await?;
            let entry = self.named_by(bytes.as_deref(), payload).await?;
            if entry != Entry::Free {
                return Ok((entry, seen));
            }
            seen.by_key = Some((pointer, bytes));
        }
        let Some(bytes) = store.get(&seen.by_payload.0).await? else { return Ok((Entry::Free, seen)) };
        let pointer: PayloadPointer = decode(&bytes)?;
        seen.by_payload.1 = Some(bytes);
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

    /// What points at `id` from where [`Ledger::read`] looked.
    fn pointers(&self, seen: &Seen, id: AttemptId, payload: &Payload) -> Result<Vec<Swap>, StoreError> {
        let (pointer, expected) = seen.by_payload.clone();
        let to = encode(&self.payload_pointer(id, seen.sent_before))?;
        let mut pointers: Vec<_> = self.key_pointer(seen, id, payload)?.into_iter().collect();
        pointers.push(swap(pointer, expected, to, PAYLOAD_WINDOW));
        Ok(pointers)
    }

    /// What points at `id` from the caller's key, if there is one.
    fn key_pointer(&self, seen: &Seen, id: AttemptId, payload: &Payload) -> Result<Option<Swap>, StoreError> {
        let Some((pointer, expected)) = seen.by_key.clone() else { return Ok(None) };
        let to = encode(&KeyPointer { attempt: id, payload: *payload.hash.as_bytes() })?;
        Ok(Some(swap(pointer, expected, to, KEY_WINDOW)))
    }

    /// Points the caller's key at `id`, unless it names an attempt already. `false`: somebody else was faster.
    async fn name_by_key(&self, seen: &Seen, id: AttemptId, payload: &Payload) -> Result<bool, StoreError> {
        let Some(pointer) = self.key_pointer(seen, id, payload)? else { return Ok(true) };
        Ok(self.services.ledger_store().swap_in_order(vec![pointer]).await? == 1)
    }

    fn payload_pointer(&self, attempt: AttemptId, sent_before: Option<(AttemptId, u64)>) -> PayloadPointer {
        let window = u64::try_from(PAYLOAD_WINDOW.as_millis()).unwrap_or(u64::MAX);
        PayloadPointer { attempt, until: self.services.now_millis().saturating_add(window), sent_before }
    }

    async fn change_open(&self, change: impl Fn(&mut Vec<AttemptId>)) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let Some(changed) = self.with_open(&change).await? else { return Ok(()) };
            if self.services.ledger_store().swap_in_order(vec![changed]).await? == 1 {
                return Ok(());
            }
        }
        Err(contended())
    }

    /// What makes this change to the open list as it is now. `None`: it changes nothing.
    async fn with_open(&self, change: impl Fn(&mut Vec<AttemptId>)) -> Result<Option<Swap>, StoreError> {
        let seen = self.services.ledger_store().get(&self.open_list()).await?;
        let mut open: Vec<AttemptId> = seen.as_deref().map_or_else(|| Ok(Vec::new()), decode)?;
        let before = open.len();
        change(&mut open);
        if open.len() == before {
            return Ok(None);
        }
        if open.len() > MAX_OPEN {
            return Err(StoreError::Full);
        }
        Ok(Some(swap(self.open_list(), seen, encode(&open)?, KEY_WINDOW)))
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

fn swap(key: Key, expected: Option<Bytes>, new: Vec<u8>, ttl: Duration) -> Swap {
    Swap { key, expected, new: new.into(), ttl }
}

fn contended() -> StoreError {
    StoreError::Unavailable("too many writers at once".into())
}

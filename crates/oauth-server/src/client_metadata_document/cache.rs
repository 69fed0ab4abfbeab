//! What was fetched, for as long as it is good: one fetch at a time for each thing, however many wait for it.
//!
//! Only what was validated is kept. A failure is remembered for a moment, so that a flood of requests with a bad name makes
//! no flood of fetches; and what was good before outlives a failure for a while.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Shortest and longest time for which something is good, whatever its server says. One of the large clients serves its
/// document with `no-store`.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// For how long it is good when its server does not say.
const UNSAID: Duration = Duration::from_secs(60 * 60);
/// For how long a failure is not tried again.
const FAILED: Duration = Duration::from_secs(30);
/// For how long something may be used after its time when it cannot be had anew.
const STALE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A bounded cache of things that take a fetch.
pub(super) struct Cache<T, E> {
    slots: Mutex<Slots<T, E>>,
    most: usize,
}

type Slots<T, E> = HashMap<Box<str>, Arc<Slot<T, E>>>;

struct Slot<T, E> {
    /// Held during a fetch: it is the queue of those who want the same thing.
    state: tokio::sync::Mutex<State<T, E>>,
    /// Milliseconds since the Unix epoch.
    used_at: AtomicU64,
}

struct State<T, E> {
    value: Option<Kept<T>>,
    /// The last failure, and until when it stands.
    failure: Option<(E, Duration)>,
}

struct Kept<T> {
    value: Arc<T>,
    fetched_at: Duration,
    fresh_until: Duration,
}

/// Something that was fetched and validated.
pub(super) struct Loaded<T> {
    pub(super) value: T,
    /// What its server said.
    pub(super) fresh_for: Option<Duration>,
}

impl<T, E: Clone> Cache<T, E> {
    /// A cache of at most `most` things; the ones that were not used for longest go first.
    pub(super) fn new(most: usize) -> Self {
        Self { slots: Mutex::default(), most }
    }

    /// The thing of this name: kept, or loaded now. `now` is the time since the Unix epoch. With
    /// `at_most`, what was fetched as long ago as that is not good enough, either.
    pub(super) async fn get(
        &self,
        name: &str,
        now: Duration,
        at_most: Option<Duration>,
        load: impl AsyncFnOnce() -> Result<Loaded<T>, E>,
    ) -> Result<Arc<T>, E> {
        let slot = self.slot(name, now);
        let mut state = slot.state.lock().await;
        if let Some(kept) = &state.value
            && now < kept.fresh_until
            && at_most.is_none_or(|at_most| now.saturating_sub(kept.fetched_at) < at_most)
        {
            return Ok(Arc::clone(&kept.value));
        }
        let failure = match state.failure.clone() {
            Some((failure, until)) if now < until => failure,
            _ => match load().await {
                Ok(Loaded { value, fresh_for }) => {
                    let value = Arc::new(value);
                    let fresh_until = now + fresh_for.unwrap_or(UNSAID).clamp(SHORTEST, LONGEST);
                    state.value = Some(Kept { value: Arc::clone(&value), fetched_at: now, fresh_until });
                    state.failure = None;
                    return Ok(value);
                }
                Err(failure) => {
                    state.failure = Some((failure.clone(), now + FAILED));
                    failure
                }
            },
        };
        match &state.value {
            Some(kept) if now < kept.fresh_until + STALE => Ok(Arc::clone(&kept.value)),
            _ => Err(failure),
        }
    }

    fn slot(&self, name: &str, now: Duration) -> Arc<Slot<T, E>> {
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(name) {
            slot.used_at.store(now_ms, Ordering::Relaxed);
            return Arc::clone(slot);
        }
        if slots.len() >= self.most {
            let oldest = slots.iter().min_by_key(|(_, slot)| slot.used_at.load(Ordering::Relaxed));
            if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                slots.remove(&name);
            }
        }
        let state = State { value: None, failure: None };
        let slot = Arc::new(Slot { state: tokio::sync::Mutex::new(state), used_at: AtomicU64::new(now_ms) });
        slots.insert(name.into(), Arc::clone(&slot));
        slot
    }
}

#[cfg(test)]
mod tests;

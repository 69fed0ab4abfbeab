//! A bounded map from API keys to what is remembered for each, briefly and in memory only.
//!
//! Each key has a slot behind its own lock: of many calls at once, one loads and the others wait for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sealing::Fingerprint;
use tokio::time::Instant;

/// Slots per API key. When it is full, the slot that was used longest ago goes. A slot that somebody holds stays, so
/// that its lock is the only one for its key; the map may outgrow its capacity by those.
#[derive(Debug)]
pub(crate) struct PerKey<T> {
    slots: Mutex<HashMap<Fingerprint, Slot<T>>>,
    capacity: usize,
    idle: Duration,
}

#[derive(Debug)]
struct Slot<T> {
    value: Arc<tokio::sync::Mutex<T>>,
    used: Instant,
}

impl<T: Default> PerKey<T> {
    /// At most `capacity` keys; a slot that nobody holds, nor asked for during `idle`, is dropped at the next use.
    pub(crate) fn new(capacity: usize, idle: Duration) -> Self {
        Self { slots: Mutex::new(HashMap::new()), capacity, idle }
    }

    /// The slot of a key, empty if there was none.
    pub(crate) fn slot(&self, key: Fingerprint) -> Arc<tokio::sync::Mutex<T>> {
        let now = Instant::now();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get_mut(&key).filter(|slot| !slot.is_idle(now, self.idle)) {
            slot.used = now;
            return Arc::clone(&slot.value);
        }
        slots.retain(|_, slot| !slot.is_idle(now, self.idle));
        if slots.len() >= self.capacity
            && let Some(oldest) = slots
                .iter()
                .filter(|(_, slot)| !slot.is_held())
                .min_by_key(|(_, slot)| slot.used)
                .map(|(key, _)| *key)
        {
            slots.remove(&oldest);
        }
        let value = Arc::new(tokio::sync::Mutex::new(T::default()));
        slots.insert(key, Slot { value: Arc::clone(&value), used: now });
        value
    }
}

impl<T> Slot<T> {
    fn is_held(&self) -> bool {
        Arc::strong_count(&self.value) > 1
    }

    fn is_idle(&self, now: Instant, idle: Duration) -> bool {
        !self.is_held() && now.duration_since(self.used) >= idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Fingerprint {
        Fingerprint::from_bytes([byte; 16])
    }

    #[tokio::test(start_paused = true)]
    async fn slots_are_bounded_and_forget() {
        let cache: PerKey<u32> = PerKey::new(2, Duration::from_secs(60));
        *cache.slot(key(1)).lock().await = 1;
        tokio::time::advance(Duration::from_secs(1)).await;
        *cache.slot(key(2)).lock().await = 2;
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(*cache.slot(key(1)).lock().await, 1);
        tokio::time::advance(Duration::from_secs(1)).await;
        *cache.slot(key(3)).lock().await = 3;
        assert_eq!(*cache.slot(key(1)).lock().await, 1, "the one used longest ago went, which is 2");
        assert_eq!(*cache.slot(key(2)).lock().await, 0);
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(*cache.slot(key(1)).lock().await, 0, "idle slots are forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_that_is_held_is_the_only_one_for_its_key() {
        let locks: PerKey<()> = PerKey::new(1, Duration::from_secs(60));
        let held = locks.slot(key(1)).lock_owned().await;
        drop(locks.slot(key(2)));
        assert!(locks.slot(key(1)).try_lock().is_err(), "another key does not push it out");
        tokio::time::advance(Duration::from_secs(61)).await;
        assert!(locks.slot(key(1)).try_lock().is_err(), "nor does time");
        drop(held);
        assert!(locks.slot(key(1)).try_lock().is_ok());
    }
}

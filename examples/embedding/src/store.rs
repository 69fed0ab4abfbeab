//! The application's own store: one map under a lock, for one process. The suite of `state-store` (its feature
//! `contract`) says whether a backend is right; `tests/it/store.rs` runs it on this one.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use state_store::store::{MAX_COUNT, MAX_ID, MAX_TTL, MAX_VALUE};
use state_store::{
    Added, Clock, Exchange, Inserted, Key, LogBound, LogEntry, Quota, QuotaDecision, Store, StoreError,
    Subscription,
};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Entries of all kinds.
const MOST: usize = 100_000;
/// Messages that wait for a slow listener.
const WAITING: usize = 256;

/// What lies at a key. The four kinds are never mixed up.
enum Content {
    Value(Bytes),
    Counter(u64),
    /// When the whole burst is there again, in microseconds since the Unix epoch.
    Quota(u64),
    /// The last sequence number, and the newest entries.
    Log(u64, VecDeque<Bytes>),
}

struct Entry {
    /// Milliseconds since the Unix epoch.
    expires: u64,
    content: Content,
}

/// The store.
pub struct Drawer {
    clock: Arc<dyn Clock>,
    entries: Mutex<HashMap<Key, Entry>>,
    channels: Mutex<HashMap<Key, broadcast::Sender<Bytes>>>,
}

impl Drawer {
    /// An empty store.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, entries: Mutex::default(), channels: Mutex::default() }
    }

    /// The entries, without the one at `key` if that has expired.
    fn at(&self, key: &Key) -> Result<(MutexGuard<'_, HashMap<Key, Entry>>, u64), StoreError> {
        named(key)?;
        let now = millis(self.clock.since_epoch());
        let mut entries = lock(&self.entries);
        if entries.len() >= MOST {
            entries.retain(|_, entry| entry.expires > now);
        } else if entries.get(key).is_some_and(|entry| entry.expires <= now) {
            entries.remove(key);
        }
        Ok((entries, now))
    }
}

#[async_trait]
impl Store for Drawer {
    async fn insert_if_absent(&self, key: &Key, value: &[u8], ttl: Duration) -> Result<Inserted, StoreError> {
        let value = checked(value)?;
        let (mut entries, now) = self.at(key)?;
        if let Some(there) = value_of(entries.get(key))? {
            return Ok(Inserted::Exists(there.clone()));
        }
        put(&mut entries, key, after(now, ttl), Content::Value(value))?;
        Ok(Inserted::Stored)
    }

    async fn get(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        let (entries, _) = self.at(key)?;
        Ok(value_of(entries.get(key))?.cloned())
    }

    async fn compare_exchange(
        &self,
        key: &Key,
        expected: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<Exchange, StoreError> {
        let expected = expected.map(checked).transpose()?;
        let new = checked(new)?;
        let (mut entries, now) = self.at(key)?;
        let there = value_of(entries.get(key))?;
        if there != expected.as_ref() {
            return Ok(Exchange::Differs(there.cloned()));
        }
        put(&mut entries, key, after(now, ttl), Content::Value(new))?;
        Ok(Exchange::Swapped)
    }

    async fn remove(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        let (mut entries, _) = self.at(key)?;
        let there = value_of(entries.get(key))?.cloned();
        entries.remove(key);
        Ok(there)
    }

    async fn add_up_to(
        &self,
        key: &Key,
        amount: u64,
        limit: u64,
        ttl: Duration,
    ) -> Result<Added, StoreError> {
        let (mut entries, now) = self.at(key)?;
        let there = counter_of(entries.get(key))?;
        let (total, expires) = there.unwrap_or((0, after(now, ttl)));
        let sum = total.saturating_add(amount);
        if sum > limit.min(MAX_COUNT) {
            let resets_in = Duration::from_millis(there.map_or(0, |(_, expires)| expires - now));
            return Ok(Added::Full { total, resets_in });
        }
        if amount > 0 {
            put(&mut entries, key, expires, Content::Counter(sum))?;
        }
        Ok(Added::Within { total: sum })
    }

    async fn refund(&self, key: &Key, amount: u64) -> Result<(), StoreError> {
        let (mut entries, _) = self.at(key)?;
        if let Some((total, expires)) = counter_of(entries.get(key))? {
            put(&mut entries, key, expires, Content::Counter(total.saturating_sub(amount)))?;
        }
        Ok(())
    }

    async fn take_quota(&self, key: &Key, quota: Quota, units: u32) -> Result<QuotaDecision, StoreError> {
        let now = micros(self.clock.since_epoch());
        let (mut entries, _) = self.at(key)?;
        let whole_at = match entries.get(key).map(|entry| &entry.content) {
            None => now,
            Some(Content::Quota(whole_at)) => *whole_at,
            Some(_) => return Err(StoreError::WrongKind),
        };
        if units > quota.burst {
            return Ok(QuotaDecision::Denied { retry_after: None });
        }
        let longest = micros(MAX_TTL) / u64::from(quota.burst.max(1));
        let period = micros(quota.period).clamp(1, longest);
        // With nothing left, the burst is whole at `empty`; nobody is held to a later moment.
        let empty = now.saturating_add(period.saturating_mul(u64::from(quota.burst)));
        let whole_at = whole_at.clamp(now, empty).saturating_add(period.saturating_mul(u64::from(units)));
        if let Some(wait @ 1..) = whole_at.checked_sub(empty) {
            return Ok(QuotaDecision::Denied { retry_after: Some(Duration::from_micros(wait)) });
        }
        if units > 0 {
            put(&mut entries, key, whole_at.div_ceil(1_000), Content::Quota(whole_at))?;
        }
        let remaining = u32::try_from((empty - whole_at) / period).unwrap_or(u32::MAX);
        Ok(QuotaDecision::Allowed { remaining })
    }

    async fn append(&self, log: &Key, value: &[u8], bound: LogBound) -> Result<u64, StoreError> {
        let value = checked(value)?;
        let (mut entries, now) = self.at(log)?;
        let (mut last, mut lines) = match entries.remove(log) {
            None => (0, VecDeque::new()),
            Some(Entry { content: Content::Log(last, lines), .. }) => (last, lines),
            Some(other) => {
                entries.insert(log.clone(), other);
                return Err(StoreError::WrongKind);
            }
        };
        last += 1;
        lines.push_back(value);
        let kept = usize::try_from(bound.max_entries.max(1)).unwrap_or(usize::MAX);
        lines.drain(..lines.len().saturating_sub(kept));
        put(&mut entries, log, after(now, bound.ttl), Content::Log(last, lines))?;
        Ok(last)
    }

    async fn read_since(&self, log: &Key, after: u64, limit: usize) -> Result<Vec<LogEntry>, StoreError> {
        let (entries, _) = self.at(log)?;
        let (last, lines) = match entries.get(log).map(|entry| &entry.content) {
            None => return Ok(Vec::new()),
            Some(Content::Log(last, lines)) => (*last, lines),
            Some(_) => return Err(StoreError::WrongKind),
        };
        let first = last + 1 - lines.len() as u64;
        let newer = (first..).zip(lines).filter(|(sequence, _)| *sequence > after).take(limit);
        Ok(newer.map(|(sequence, value)| LogEntry { sequence, value: value.clone() }).collect())
    }

    async fn publish(&self, channel: &Key, message: &[u8]) -> Result<(), StoreError> {
        named(channel)?;
        let message = checked(message)?;
        let mut channels = lock(&self.channels);
        if let Some(sender) = channels.get(channel)
            && sender.send(message).is_err()
        {
            // Nobody listens any more.
            channels.remove(channel);
        }
        Ok(())
    }

    async fn subscribe(&self, channel: &Key) -> Result<Subscription, StoreError> {
        named(channel)?;
        let mut channels = lock(&self.channels);
        let sender = channels.entry(channel.clone()).or_insert_with(|| broadcast::Sender::new(WAITING));
        let heard = stream::unfold(sender.subscribe(), async |mut receiver| {
            loop {
                match receiver.recv().await {
                    Ok(message) => return Some((message, receiver)),
                    // Too slow: goes on with what is still there.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        });
        Ok(heard.boxed())
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl fmt::Debug for Drawer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drawer").field("entries", &lock(&self.entries).len()).finish_non_exhaustive()
    }
}

fn put(
    entries: &mut HashMap<Key, Entry>,
    key: &Key,
    expires: u64,
    content: Content,
) -> Result<(), StoreError> {
    if entries.len() >= MOST && !entries.contains_key(key) {
        return Err(StoreError::Full);
    }
    entries.insert(key.clone(), Entry { expires, content });
    Ok(())
}

fn value_of(entry: Option<&Entry>) -> Result<Option<&Bytes>, StoreError> {
    match entry.map(|entry| &entry.content) {
        None => Ok(None),
        Some(Content::Value(value)) => Ok(Some(value)),
        Some(_) => Err(StoreError::WrongKind),
    }
}

/// Total and expiry.
fn counter_of(entry: Option<&Entry>) -> Result<Option<(u64, u64)>, StoreError> {
    match entry {
        None => Ok(None),
        Some(&Entry { expires, content: Content::Counter(total) }) => Ok(Some((total, expires))),
        Some(_) => Err(StoreError::WrongKind),
    }
}

fn named(key: &Key) -> Result<(), StoreError> {
    if key.id().len() > MAX_ID {
        return Err(StoreError::TooLarge { what: "the key", limit: MAX_ID });
    }
    Ok(())
}

fn checked(value: &[u8]) -> Result<Bytes, StoreError> {
    if value.len() > MAX_VALUE {
        return Err(StoreError::TooLarge { what: "the value", limit: MAX_VALUE });
    }
    Ok(Bytes::copy_from_slice(value))
}

/// Whole milliseconds, rounded up, from now on.
fn after(now: u64, ttl: Duration) -> u64 {
    let ttl = ttl.min(MAX_TTL).as_nanos().div_ceil(1_000_000).max(1);
    now.saturating_add(u64::try_from(ttl).unwrap_or(u64::MAX))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// No code that runs under a lock leaves a map half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

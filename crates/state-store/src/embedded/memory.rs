//! Everything in one map under a lock: for quotas on the hot path, for tests, and where nothing needs to outlive
//! the process. The lock is held for well under a microsecond, so that operations run on the caller's thread.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::operation::{self, Change, Now, Step};
use super::record::{Millis, Record};
use crate::store::{Exchange, Key, LogBound, LogEntry, StoreError, Swap};

/// Expired keys that one operation clears away at most.
const SWEEP: usize = 16;

pub(super) struct MemoryEngine {
    state: Mutex<State>,
}

struct State {
    slots: HashMap<Key, Slot>,
    /// Every key once, ordered by when it expires.
    by_expiry: BTreeSet<(Millis, Key)>,
    /// Records and log entries.
    entries: usize,
    max_entries: usize,
}

struct Slot {
    record: Record,
    /// Empty unless the record is a log: its entries, the newest last.
    log: VecDeque<Bytes>,
}

impl MemoryEngine {
    pub(super) fn new(max_entries: usize) -> Self {
        let state = State { slots: HashMap::new(), by_expiry: BTreeSet::new(), entries: 0, max_entries };
        Self { state: Mutex::new(state) }
    }

    pub(super) fn read(&self, key: &Key, now: Now) -> Option<Record> {
        self.lock().live(key, now).map(|slot| slot.record.clone())
    }

    pub(super) fn update<T>(
        &self,
        key: &Key,
        now: Now,
        step: impl FnOnce(Option<&Record>, Now) -> Step<T>,
    ) -> Result<T, StoreError> {
        let mut state = self.lock();
        state.sweep(now);
        let (change, answer) = step(state.live(key, now).map(|slot| &slot.record), now)?;
        match change {
            Change::Keep => {}
            Change::Put(record) => state.put(key, record, now)?,
            Change::Delete => state.delete(key),
        }
        Ok(answer)
    }

    pub(super) fn swap_in_order(&self, swaps: &[Swap], now: Now) -> Result<usize, StoreError> {
        for (done, swap) in swaps.iter().enumerate() {
            let swapped = self.update(&swap.key, now, |live, now| operation::swap(live, swap, now))?;
            if swapped != Exchange::Swapped {
                return Ok(done);
            }
        }
        Ok(swaps.len())
    }

    pub(super) fn append(
        &self,
        key: &Key,
        value: Bytes,
        bound: LogBound,
        now: Now,
    ) -> Result<u64, StoreError> {
        let mut state = self.lock();
        state.sweep(now);
        let (record, span) = operation::append(state.live(key, now).map(|slot| &slot.record), bound, now)?;
        let kept = usize::try_from(span.next - span.first).unwrap_or(usize::MAX);
        // A new log takes a record beside its entry; in a full log the oldest entry makes place.
        let wanted = state.live(key, now).map_or(2, |slot| kept.saturating_sub(slot.log.len()));
        state.make_room(wanted)?;
        state.put(key, record, now)?;
        if let Some(slot) = state.slots.get_mut(key) {
            let before = slot.log.len();
            slot.log.push_back(value);
            slot.log.drain(..slot.log.len().saturating_sub(kept));
            let after = slot.log.len();
            state.entries = state.entries + after - before;
        }
        Ok(span.next - 1)
    }

    pub(super) fn read_since(
        &self,
        key: &Key,
        after: u64,
        limit: usize,
        now: Now,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let state = self.lock();
        let slot = state.live(key, now);
        let Some(span) = operation::log_of(slot.map(|slot| &slot.record))? else { return Ok(Vec::new()) };
        let entries = slot.into_iter().flat_map(|slot| &slot.log).zip(span.first..);
        let wanted = entries.filter(|(_, sequence)| *sequence > after).take(limit);
        Ok(wanted.map(|(value, sequence)| LogEntry { sequence, value: value.clone() }).collect())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under the lock is a bug; the map is whole at every step that could.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn live(&self, key: &Key, now: Now) -> Option<&Slot> {
        self.slots.get(key).filter(|slot| slot.record.is_live(now.millis))
    }

    /// Replaces the record; the entries of a log stay if the log is live.
    fn put(&mut self, key: &Key, record: Record, now: Now) -> Result<(), StoreError> {
        if self.live(key, now).is_none() {
            self.delete(key);
            self.make_room(1)?;
            self.by_expiry.insert((record.expires, key.clone()));
            self.slots.insert(key.clone(), Slot { record, log: VecDeque::new() });
            self.entries += 1;
        } else if let Some(slot) = self.slots.get_mut(key) {
            if slot.record.expires != record.expires {
                self.by_expiry.remove(&(slot.record.expires, key.clone()));
                self.by_expiry.insert((record.expires, key.clone()));
            }
            slot.record = record;
        }
        Ok(())
    }

    fn delete(&mut self, key: &Key) {
        if let Some(slot) = self.slots.remove(key) {
            self.by_expiry.remove(&(slot.record.expires, key.clone()));
            self.entries -= 1 + slot.log.len();
        }
    }

    fn make_room(&self, wanted: usize) -> Result<(), StoreError> {
        if self.entries + wanted > self.max_entries { Err(StoreError::Full) } else { Ok(()) }
    }

    fn sweep(&mut self, now: Now) {
        for _ in 0..SWEEP {
            match self.by_expiry.first() {
                Some((expires, key)) if *expires <= now.millis => {
                    let key = key.clone();
                    self.delete(&key);
                }
                _ => return,
            }
        }
    }
}

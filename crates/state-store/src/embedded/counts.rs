//! Counters and quotas as they stand now: kept in memory, in front of the file, and written with whatever else is.
//!
//! Every request counts something, and nobody should wait for a disk to be told whether there is one too many. What a crash
//! takes is the counts of the last second. Those that are over within two seconds are written only when the file is closed.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::operation::{Change, Now, Step};
use super::record::{Millis, Record};
use crate::store::{Key, StoreError};

/// How long a count that must be written waits for a change of something else to be written with.
pub(super) const WRITTEN_AFTER: Duration = Duration::from_secs(1);
/// What is over by then, in milliseconds from its last change on, is not written.
const SHORT: Millis = 2_000;
/// Counts in memory at most. Where there are as many, they are written first.
pub(super) const MOST: usize = 16_384;
/// How often those are taken out that are over and were never written, in milliseconds.
const SWEEP: Millis = 1_000;

/// What is not in the file yet.
#[derive(Default)]
pub(super) struct Counts(Mutex<State>);

#[derive(Default)]
struct State {
    counts: HashMap<Key, Count>,
    /// What is to be written, each key once, in the order in which it became so.
    due: VecDeque<Key>,
    swept: Millis,
}

struct Count {
    record: Record,
    /// Of its changes, so that one which comes while it is being written is seen.
    version: u64,
    is_due: bool,
    /// Whether the file has an earlier one, which must not come back.
    in_file: bool,
}

/// What becomes of a change.
pub(super) enum Counted<T> {
    /// It was made. `wake`: it is the first that is to be written.
    Made { answer: T, wake: bool },
    /// There are as many counts as may be: to be made again once they are written.
    Full,
}

/// A count on its way into the file.
pub(super) struct Written {
    pub(super) key: Key,
    pub(super) record: Record,
    version: u64,
}

impl Counts {
    /// Makes a change. `from_file` reads what the file has, where memory has nothing newer.
    pub(super) fn change<T>(
        &self,
        key: &Key,
        now: Now,
        step: impl FnOnce(Option<&Record>, Now) -> Step<T>,
        from_file: impl FnOnce() -> Result<Option<Record>, StoreError>,
    ) -> Result<Counted<T>, StoreError> {
        let mut state = self.lock();
        state.sweep(now);
        let State { counts, due, .. } = &mut *state;
        let is_full = counts.len() >= MOST;
        let live = |record: &Record| record.is_live(now.millis);
        match counts.get_mut(key) {
            Some(count) => {
                let (change, answer) = step(Some(&count.record).filter(|record| live(record)), now)?;
                let Change::Put(record) = change else { return Ok(Counted::Made { answer, wake: false }) };
                count.record = record;
                count.version += 1;
                let wake = count.queue(key, due, now);
                Ok(Counted::Made { answer, wake })
            }
            None if is_full => Ok(Counted::Full),
            None => {
                // Under the lock, so that what is just being written is in one of the two places.
                let there = from_file()?;
                let (change, answer) = step(there.as_ref().filter(|record| live(record)), now)?;
                let Change::Put(record) = change else { return Ok(Counted::Made { answer, wake: false }) };
                let mut count = Count { record, version: 0, is_due: false, in_file: there.is_some() };
                let wake = count.queue(key, due, now);
                counts.insert(key.clone(), count);
                Ok(Counted::Made { answer, wake })
            }
        }
    }

    /// What memory has at a key: newer than what the file has.
    pub(super) fn get(&self, key: &Key) -> Option<Record> {
        self.lock().counts.get(key).map(|count| count.record.clone())
    }

    /// Lets something else have the key. A count that is over is taken out and returned: the file may have one before it that
    /// lives longer.
    ///
    /// # Errors
    /// It has a count, and so nothing else can be there.
    pub(super) fn make_way(&self, key: &Key, now: Now) -> Result<Option<Record>, StoreError> {
        match self.lock().counts.entry(key.clone()) {
            Entry::Vacant(_) => Ok(None),
            Entry::Occupied(entry) if entry.get().record.is_live(now.millis) => Err(StoreError::WrongKind),
            Entry::Occupied(entry) => Ok(Some(entry.remove().record)),
        }
    }

    /// At most so many that are to be written, the oldest first. Each is told to [`Counts::written`] or
    /// [`Counts::not_written`] afterwards.
    pub(super) fn take_due(&self, limit: usize) -> Vec<Written> {
        let mut state = self.lock();
        let State { counts, due, .. } = &mut *state;
        let mut taken = Vec::new();
        while taken.len() < limit
            && let Some(key) = due.pop_front()
        {
            // It may have made way.
            if let Some(count) = counts.get_mut(&key) {
                count.is_due = false;
                // From here on it may be, even if it is not said to be.
                count.in_file = true;
                taken.push(Written { record: count.record.clone(), version: count.version, key });
            }
        }
        taken
    }

    /// They are in the file. Whether there are others to be written.
    pub(super) fn written(&self, taken: Vec<Written>) -> bool {
        let mut state = self.lock();
        for Written { key, version, .. } in taken {
            if let Entry::Occupied(entry) = state.counts.entry(key)
                && entry.get().version == version
                && !entry.get().is_due
            {
                entry.remove();
            }
        }
        !state.due.is_empty()
    }

    /// They are not, and have to be once more.
    pub(super) fn not_written(&self, taken: Vec<Written>) {
        let mut state = self.lock();
        let State { counts, due, .. } = &mut *state;
        for Written { key, .. } in taken {
            if let Some(count) = counts.get_mut(&key).filter(|count| !count.is_due) {
                count.is_due = true;
                due.push_back(key);
            }
        }
    }

    /// Has everything written that is live, however short its time: before the file is closed, or to make room.
    pub(super) fn queue_all(&self) {
        let mut state = self.lock();
        let State { counts, due, .. } = &mut *state;
        for (key, count) in counts.iter_mut().filter(|(_, count)| !count.is_due) {
            count.is_due = true;
            due.push_back(key.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under the lock is a bug; the maps are whole at every step that could.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes out what is over and was never written, now and then.
    fn sweep(&mut self, now: Now) {
        // A clock that was set back counts as time passed.
        if now.millis.abs_diff(self.swept) >= SWEEP {
            self.swept = now.millis;
            self.counts.retain(|_, count| count.is_due || count.in_file || count.record.is_live(now.millis));
            self.counts.shrink_to(2 * self.counts.len());
        }
    }
}

impl Count {
    /// Whether it is the first that is to be written.
    fn queue(&mut self, key: &Key, due: &mut VecDeque<Key>, now: Now) -> bool {
        let is_short = self.record.expires.saturating_sub(now.millis) <= SHORT;
        if self.is_due || (is_short && !self.in_file) {
            return false;
        }
        self.is_due = true;
        due.push_back(key.clone());
        due.len() == 1
    }
}

#[cfg(test)]
mod tests;

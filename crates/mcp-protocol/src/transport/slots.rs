//! How many long-lived streams are open, in all and of each party: a bound, so that nobody takes every place there is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::runtime::StreamLimits;

/// Counts the open streams. A party without streams takes no room.
#[derive(Debug)]
pub(crate) struct StreamSlots {
    limits: StreamLimits,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    owners: HashMap<Box<[u8]>, usize>,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct StreamSlot {
    counts: Arc<Mutex<Counts>>,
    owner: Box<[u8]>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSlot {
    /// The process holds as many as it may.
    Full,
    /// The party does.
    OwnerFull,
}

impl StreamSlots {
    pub(crate) fn new(limits: StreamLimits) -> Self {
        Self { limits, counts: Arc::default() }
    }

    /// Takes a place for a stream of `owner`.
    pub(crate) fn take(&self, owner: &[u8]) -> Result<StreamSlot, NoSlot> {
        let mut counts = lock(&self.counts);
        if counts.total >= self.limits.total {
            return Err(NoSlot::Full);
        }
        match counts.owners.get_mut(owner) {
            Some(count) if *count >= self.limits.per_owner => return Err(NoSlot::OwnerFull),
            Some(count) => *count += 1,
            None if self.limits.per_owner == 0 => return Err(NoSlot::OwnerFull),
            None => {
                counts.owners.insert(owner.into(), 1);
            }
        }
        counts.total += 1;
        Ok(StreamSlot { counts: Arc::clone(&self.counts), owner: owner.into() })
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        lock(&self.counts).total
    }
}

impl Drop for StreamSlot {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        counts.total = counts.total.saturating_sub(1);
        if let Some(count) = counts.owners.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                counts.owners.remove(&self.owner);
            }
        }
    }
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

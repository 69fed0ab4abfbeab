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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_all_and_of_each() {
        let slots = StreamSlots::new(StreamLimits::new(3, 2));
        let first = slots.take(b"alice").unwrap();
        let _second = slots.take(b"alice").unwrap();
        assert_eq!(slots.take(b"alice").unwrap_err(), NoSlot::OwnerFull);
        let third = slots.take(b"bob").unwrap();
        assert_eq!(slots.take(b"carol").unwrap_err(), NoSlot::Full);
        assert_eq!(slots.open(), 3);
        drop((first, third));
        assert_eq!(slots.open(), 1);
        assert_eq!(lock(&slots.counts).owners.len(), 1, "a party without streams takes no room");
        assert!(slots.take(b"alice").is_ok());
        assert_eq!(StreamSlots::new(StreamLimits::new(1, 0)).take(b"a").unwrap_err(), NoSlot::OwnerFull);
    }
}

//! Counters for very many parties in a fixed space, without a lock.
//!
//! A party's counter is one word: a tag of 20 bits that says whose it is, and 44 bits with the time at which its allowance
//! will be whole again (GCRA's "theoretical arrival time"), in microseconds since the start. A word whose time has come
//! says nothing any more, so it is taken by the next party that needs one: forgetting loses nothing. Eight words are a set,
//! on a cache line of its own; a hash under a random key says which set is a party's. Where all eight are in use, the party
//! nearest to its whole allowance is forgotten: whoever comes from very many addresses drives out others like it, and never
//! somebody who is at the limit before somebody who is not.
//!
//! Two parties may have one tag in one set. Among strangers that happens once in 130,000 times, nobody can choose it, and
//! then the two share an allowance for as long as both are busy.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const WAYS: usize = 8;
/// Sets that come into being together, when the first of them is needed: a page of memory. A server with few callers
/// takes as little.
const TOGETHER: usize = 64;
const TIME_BITS: u32 = 44;
const TIME: u64 = (1 << TIME_BITS) - 1;

/// What a party may have: one in each period, and at once as many as make a window, both in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) period: u64,
    pub(super) window: u64,
}

/// The counters.
#[derive(Debug)]
pub(in crate::edge) struct Table {
    sets: Box<[OnceLock<Box<[Set; TOGETHER]>>]>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Set([AtomicU64; WAYS]);

impl Table {
    /// Room for about so many parties at once.
    pub(in crate::edge) fn new(parties: usize) -> Self {
        let groups = parties.div_ceil(WAYS * TOGETHER).max(1);
        Self { sets: (0..groups).map(|_| OnceLock::new()).collect(), hasher: RandomState::new() }
    }

    /// Counts one more of this party at `now`, in microseconds since the start.
    ///
    /// # Errors
    /// When it may come back; nothing was counted.
    pub(super) fn take(&self, party: &impl Hash, bucket: Bucket, now: u64) -> Result<(), Duration> {
        let Bucket { period, window } = bucket;
        self.change(party, now, |ahead| {
            let then = ahead.min(window) + period;
            if then > window { Err(Duration::from_micros(then - window)) } else { Ok(then) }
        })
    }

    /// Moves the time of this party, given as how far it lies ahead of `now`; of somebody who is not counted, nothing. `change`
    /// may be asked again.
    ///
    /// # Errors
    /// What `change` says; nothing was moved.
    pub(in crate::edge) fn change<E>(
        &self,
        party: &impl Hash,
        now: u64,
        change: impl Fn(u64) -> Result<u64, E>,
    ) -> Result<(), E> {
        let Some((set, tag)) = self.place(party) else { return Ok(()) };
        loop {
            let Some((word, found)) = set.find(tag, now) else { return Ok(()) };
            let ahead = if tag_of(found) == tag { ahead(found, now) } else { 0 };
            let counted = pack(tag, now.wrapping_add(change(ahead)?));
            // Nothing is ordered by it. Whoever was faster has made progress, so this ends.
            if word.compare_exchange(found, counted, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return Ok(());
            }
        }
    }

    /// Gives one back that [`Self::take`] counted.
    pub(super) fn give_back(&self, party: &impl Hash, bucket: Bucket, now: u64) {
        let Some((set, tag)) = self.place(party) else { return };
        loop {
            let Some((word, found)) = set.find(tag, now) else { return };
            if tag_of(found) != tag {
                return;
            }
            let left = ahead(found, now).saturating_sub(bucket.period);
            let counted = pack(tag, now.wrapping_add(left));
            if word.compare_exchange(found, counted, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return;
            }
        }
    }

    /// The party's set and tag. There is always a set.
    fn place(&self, party: &impl Hash) -> Option<(&Set, u64)> {
        let hash = self.hasher.hash_one(party);
        let index = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0) % (self.sets.len() * TOGETHER);
        let group = self.sets.get(index / TOGETHER)?;
        let group = group.get_or_init(|| Box::new(std::array::from_fn(|_| Set::default())));
        // An empty word has the tag 0.
        Some((group.get(index % TOGETHER)?, (hash >> TIME_BITS).max(1)))
    }
}

impl Set {
    /// The party's word, or the one that can best be spared.
    fn find(&self, tag: u64, now: u64) -> Option<(&AtomicU64, u64)> {
        let mut spare: Option<(&AtomicU64, u64)> = None;
        for word in &self.0 {
            let found = word.load(Ordering::Relaxed);
            if tag_of(found) == tag {
                return Some((word, found));
            }
            if spare.is_none_or(|(_, best)| debt(found, now) < debt(best, now)) {
                spare = Some((word, found));
            }
        }
        spare
    }
}

const fn tag_of(word: u64) -> u64 {
    word >> TIME_BITS
}

const fn pack(tag: u64, time: u64) -> u64 {
    (tag << TIME_BITS) | (time & TIME)
}

/// How far a word's time lies ahead. Times come round after 203 days: what lies more than half of that ahead is past.
const fn ahead(word: u64, now: u64) -> u64 {
    let ahead = (word & TIME).wrapping_sub(now & TIME) & TIME;
    if ahead > TIME / 2 { 0 } else { ahead }
}

const fn debt(word: u64, now: u64) -> u64 {
    if tag_of(word) == 0 { 0 } else { ahead(word, now) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::edge::limits::Rate;

    fn rate(text: &str) -> Bucket {
        text.parse::<Rate>().unwrap().bucket()
    }

    fn taken(table: &Table, party: &str, rate: Bucket, now: u64, tries: usize) -> usize {
        (0..tries).filter(|_| table.take(&party, rate, now).is_ok()).count()
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let (table, rate) = (Table::new(64), rate("10/s:20"));
        assert_eq!(taken(&table, "a", rate, 0, 100), 20);
        let wait = table.take(&"a", rate, 0).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        assert_eq!(taken(&table, "a", rate, 99_999, 100), 0);
        assert_eq!(taken(&table, "a", rate, 100_000, 100), 1);
        assert_eq!(taken(&table, "b", rate, 100_000, 100), 20, "another party");
        assert_eq!(taken(&table, "a", rate, 60_000_000, 100), 20);
        table.give_back(&"a", rate, 60_000_000);
        assert_eq!(taken(&table, "a", rate, 60_000_000, 100), 1);
        // Nothing is given to whoever has taken nothing.
        table.give_back(&"c", rate, 60_000_000);
        assert_eq!(taken(&table, "c", rate, 60_000_000, 100), 20);
    }

    #[test]
    fn the_space_is_fixed_and_nobody_at_the_limit_is_forgotten() {
        let (table, rate) = (Table::new(1024), rate("10/s:20"));
        assert_eq!(taken(&table, "attacker", rate, 0, 100), 20);
        for stranger in 0..200_000u32 {
            table.take(&stranger, rate, 0).ok();
        }
        assert_eq!(table.sets.len() * TOGETHER * WAYS, 1024);
        assert_eq!(taken(&table, "attacker", rate, 0, 100), 0);
        // Once they have had their rest, there is room for everybody.
        assert_eq!(taken(&table, "attacker", rate, 10_000_000, 100), 20);
    }

    #[test]
    fn after_half_a_year_times_come_round() {
        let (table, rate) = (Table::new(64), rate("10/s:20"));
        let end = TIME - 500_000;
        assert_eq!(taken(&table, "a", rate, end, 100), 20);
        assert_eq!(taken(&table, "a", rate, end + 1_000_000, 100), 10, "across the end");
        assert_eq!(taken(&table, "a", rate, TIME / 2, 100), 20, "long ago");
    }

    #[test]
    fn threads_together_take_no_more_than_one() {
        let (table, rate) = (Table::new(64), rate("1000/d"));
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4).map(|_| scope.spawn(|| taken(&table, "a", rate, 0, 1_000))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(taken, 1_000);
    }

    proptest! {
        /// Against a bucket that is filled as one thinks of it.
        #[test]
        fn it_is_a_bucket(
            count in 1u32..50,
            burst in 1u32..30,
            steps in prop::collection::vec(0u64..200_000, 1..400),
        ) {
            let rate = rate(&format!("{count}/s:{burst}"));
            let period = rate.period;
            let table = Table::new(64);
            let (mut now, mut level, mut at) = (0u64, u64::from(burst) * period, 0u64);
            for step in steps {
                now += step;
                level = (level + (now - at)).min(u64::from(burst) * period);
                at = now;
                let allowed = level >= period;
                if allowed {
                    level -= period;
                }
                prop_assert_eq!(table.take(&"a", rate, now).is_ok(), allowed);
            }
        }
    }
}

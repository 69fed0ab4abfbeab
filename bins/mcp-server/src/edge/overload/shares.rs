//! Who is turned away when there is more to do than the server can: the keys that have had the most of it lately.
//!
//! Up to half of the limit of requests under way there is room for everybody. From there on it depends on what a key
//! has had in the last seconds, beside what the others who ask have had on average: half as much again and a few more may it
//! be at first, and nothing at all where a third more than the limit is under way. So keys that ask for too much all get the
//! same, whoever asks for little is let in, and a key that is alone has it all. Nothing is reserved and nothing searched for:
//! how many keys there are, what they ask for and how dear that is shows in what they have had.
//!
//! The range goes beyond the limit because the limit falls below what is under way when the machine is too busy. Where that
//! turned everybody away at once, whoever it met lost a second, and nothing made up for it. Where there may never be more than
//! the limit, the range ends there and begins at two thirds of it: places are what is short there, and none is to stay empty.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use crate::edge::limits::{self, Table};

/// Keys that are counted at once while there is too much to do: 256 kB, which a server that was never busy does not have.
const KEYS: usize = 32 * 1024;
/// In so many microseconds what a key has had fades to 1/e: longer than whoever is turned away stays away.
const MEMORY: f64 = 8e6;
/// What is less than e to minus this of a request is forgotten.
const TRACE: f64 = 4.0;
/// Nobody counts once there has been room for everybody for so many microseconds.
const REST: u64 = 32_000_000;
/// The average is over about so many requests.
const AVERAGED: f64 = 256.0;
/// How many times the average may be had where the room for all is just used up.
const MOST: f64 = 1.5;
/// How many more, so that a few calls of one after the other are none too many.
const ALWAYS: f64 = 8.0;
/// What of the limit is for everybody, where there may never be more.
const FOR_ALL: f64 = 2.0 / 3.0;
/// Where there may be, of what is beyond the limit so much less is for everybody, or more would be under way on average.
const LESS: f64 = 0.5;

/// For how many there is room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// The limit of the machine.
    pub(super) limit: usize,
    /// How many there may ever be: the limit, and more of it for the keys that have had the least.
    pub(super) top: usize,
}

impl Room {
    /// From 0, where the room for all is used up, to 1 at the top; less and more outside.
    fn full(self, others: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "numbers of requests")]
        let [limit, top, others] = [self.limit, self.top, others].map(|number| number as f64);
        let for_all = limit.mul_add(FOR_ALL, (limit - top) * LESS);
        (others - for_all) / (top - for_all)
    }
}

/// What keys have had lately.
#[derive(Debug)]
pub(super) struct Shares {
    keys: Table,
    start: Instant,
    /// Until when it is counted, in microseconds since the start.
    until: AtomicU64,
    /// What those who ask have had, the bits of a float. Of two who change it at once one may be lost.
    average: AtomicU64,
    /// How many have asked.
    asked: AtomicU64,
}

impl Shares {
    /// Nobody has had anything.
    pub(super) fn new() -> Self {
        Self {
            keys: Table::new(KEYS),
            start: Instant::now(),
            until: AtomicU64::new(0),
            average: AtomicU64::new(0),
            asked: AtomicU64::new(0),
        }
    }

    /// Whether this key may have one more, where so many others are under way; if so, it is counted.
    pub(super) fn take(&self, key: &[u8; 16], others: usize, room: Room, now: Instant) -> bool {
        let full = room.full(others);
        let now = limits::micros(self.start, now);
        if full > 0.0 {
            self.until.store(now + REST, Ordering::Relaxed);
        } else if now >= self.until.load(Ordering::Relaxed) {
            return true;
        }
        let taken = self.keys.change(key, now, |ahead| {
            let had = had(ahead);
            let may = full <= 0.0 || had <= self.average_with(had).mul_add(MOST, ALWAYS) * (1.0 - full);
            may.then(|| ahead_of(had + 1.0)).ok_or(())
        });
        taken.is_ok()
    }

    /// What those who ask have had on average, this one with them.
    fn average_with(&self, had: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "only small ones matter")]
        let asked = (self.asked.fetch_add(1, Ordering::Relaxed) + 1) as f64;
        let average = f64::from_bits(self.average.load(Ordering::Relaxed));
        let average = average + (had - average) / asked.min(AVERAGED);
        self.average.store(average.to_bits(), Ordering::Relaxed);
        average
    }
}

/// What a key has had, whose counter lies so far ahead: each request fades away by itself, and a time that far from now is
/// their sum's logarithm, so that nobody has to be counted down.
fn had(ahead: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "of times as short as these nothing is lost")]
    let ahead = ahead as f64;
    if ahead > 0.0 { (ahead / MEMORY - TRACE).exp() } else { 0.0 }
}

/// The other way round.
fn ahead_of(had: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, as there is one at least, and minutes at most"
    )]
    let ahead = (MEMORY * (TRACE + had.ln())) as u64;
    ahead
}

#[cfg(test)]
mod tests;

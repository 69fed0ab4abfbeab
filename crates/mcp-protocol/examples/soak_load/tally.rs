//! What was sent, what became of it, and how long it took.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

/// Complaints that are kept word for word; all are counted.
const MOST_COMPLAINTS: usize = 20;

/// How a call ended as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With the right answer.
    Answered,
    /// Without one, because it was given up.
    GivenUp,
}

#[derive(Default)]
pub(crate) struct Tally {
    sent: AtomicU64,
    answered: AtomicU64,
    given_up: AtomicU64,
    failed: AtomicU64,
    complaints: AtomicU64,
    texts: Mutex<Vec<String>>,
    kinds: Mutex<BTreeMap<&'static str, u64>>,
    times: Mutex<Vec<Duration>>,
}

/// Of many times, in milliseconds.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Spread {
    median: f64,
    p99: f64,
    longest: f64,
}

/// The calls, summed up.
#[derive(Debug, Serialize)]
pub(crate) struct Calls {
    sent: u64,
    answered: u64,
    given_up: u64,
    failed: u64,
    /// How many of each kind.
    kinds: BTreeMap<&'static str, u64>,
    /// From when a call was due to its answer.
    time: Spread,
}

impl Tally {
    pub(crate) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn ended(&self, kind: &'static str, ending: Ending, time: Duration) {
        match ending {
            Ending::Answered => {
                self.answered.fetch_add(1, Ordering::SeqCst);
                self.times.lock().unwrap_or_else(PoisonError::into_inner).push(time);
            }
            Ending::GivenUp => {
                self.given_up.fetch_add(1, Ordering::SeqCst);
            }
        }
        *self.kinds.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default() += 1;
    }

    pub(crate) fn failed(&self, kind: &'static str, reason: &str) {
        self.failed.fetch_add(1, Ordering::SeqCst);
        self.complain(&format!("{kind}: {reason}"));
    }

    /// Something is not as it should be.
    pub(crate) fn complain(&self, what: &str) {
        self.complaints.fetch_add(1, Ordering::SeqCst);
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() < MOST_COMPLAINTS {
            texts.push(what.chars().take(400).collect());
        }
    }

    /// Sent, answered or given up, and failed up to now.
    pub(crate) fn counts(&self) -> [u64; 3] {
        let [answered, given_up] = [&self.answered, &self.given_up].map(|count| count.load(Ordering::SeqCst));
        [self.sent.load(Ordering::SeqCst), answered + given_up, self.failed.load(Ordering::SeqCst)]
    }

    pub(crate) fn complaints(&self) -> (u64, Vec<String>) {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (self.complaints.load(Ordering::SeqCst), texts)
    }

    pub(crate) fn calls(&self) -> Calls {
        Calls {
            sent: self.sent.load(Ordering::SeqCst),
            answered: self.answered.load(Ordering::SeqCst),
            given_up: self.given_up.load(Ordering::SeqCst),
            failed: self.failed.load(Ordering::SeqCst),
            kinds: self.kinds.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            time: spread(&mut self.times.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

/// Sorts the times and sums them up.
pub(crate) fn spread(times: &mut [Duration]) -> Spread {
    times.sort_unstable();
    let at = |percent: usize| {
        let time = times.get(times.len() * percent / 100).or(times.last());
        time.copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    Spread { median: at(50), p99: at(99), longest: at(100) }
}

//! What became of the requests: samples that are printed second by second, and what was wrong.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::calls::Kind;

/// Complaints whose words are kept.
const WORDS: usize = 20;

/// How one request went.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Timing {
    /// The server's id of it, as in its log.
    pub(crate) id: String,
    /// From the first byte sent to the last one received.
    pub(crate) ms: f64,
    /// Received.
    pub(crate) bytes: u64,
    pub(crate) status: u16,
}

impl Timing {
    /// What it took, in whole microseconds.
    pub(crate) fn micros(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a time of minutes at most"
        )]
        let micros = (self.ms * 1e3) as u64;
        micros
    }
}

/// The same, of a kind.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sample {
    pub(crate) kind: Kind,
    #[serde(flatten)]
    pub(crate) timing: Timing,
}

/// Everything that is counted.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    samples: Mutex<Vec<Sample>>,
    answered: AtomicU64,
    refused: AtomicU64,
    abandoned: AtomicU64,
    wrong: AtomicU64,
    words: Mutex<Vec<String>>,
}

impl Tally {
    /// Answered as it has to be.
    pub(crate) fn answered(&self, kind: Kind, timing: Timing) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.sample(kind, timing);
    }

    /// Refused as it has to be.
    pub(crate) fn refused(&self, kind: Kind, timing: Timing) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.sample(kind, timing);
    }

    /// Given up on purpose.
    pub(crate) fn abandoned(&self) {
        self.abandoned.fetch_add(1, Ordering::Relaxed);
    }

    /// Something that must not be.
    pub(crate) fn complain(&self, what: String) {
        self.wrong.fetch_add(1, Ordering::Relaxed);
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() < WORDS {
            words.push(what);
        }
    }

    /// The samples since the last time.
    pub(crate) fn take(&self) -> Vec<Sample> {
        std::mem::take(&mut *self.samples.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answered, refused, abandoned, wrong.
    pub(crate) fn counts(&self) -> [u64; 4] {
        [&self.answered, &self.refused, &self.abandoned, &self.wrong]
            .map(|count| count.load(Ordering::Relaxed))
    }

    /// The first of what was wrong.
    pub(crate) fn words(&self) -> Vec<String> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn sample(&self, kind: Kind, timing: Timing) {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).push(Sample { kind, timing });
    }
}

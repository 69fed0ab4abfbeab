//! Randomness and time that are the same in each run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sealing::Entropy;
use state_store::ManualClock;

/// Sunday 2026-11-22, 18:30 UTC.
pub(crate) const NOW: &str = "2026-11-22T18:30:00Z";
const SECONDS: u64 = 1_795_372_200;

/// A clock that stands at [`NOW`].
pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Duration::from_secs(SECONDS)))
}

/// No two answers are the same, and all are known.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // Knuth's multiplier: all eight bytes change.
            let next = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(6_364_136_223_846_793_005);
            chunk.copy_from_slice(&next.to_le_bytes()[..chunk.len()]);
        }
    }
}

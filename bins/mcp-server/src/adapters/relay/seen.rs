//! What has been taken already: a message that somebody publishes a second time must not be carried out twice.
//!
//! Every sender counts what it says. Of each sender the latest numbers are kept, and everything below them counts as
//! taken: that bounds the memory and never forgets. A sender that has been silent for so long that all its messages are
//! too old is forgotten as a whole.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::directory::InstanceId;
use super::envelope::MAX_AGE;

/// Numbers of one sender that may overtake each other. A sender has far fewer messages under way.
const WINDOW: usize = 4_096;
/// A message may be dated that much after the moment it arrives, and be taken until that much after its date.
const FORGET: Duration = MAX_AGE.saturating_mul(4);

/// The numbers that were taken, by sender.
#[derive(Default)]
pub(super) struct Seen {
    senders: HashMap<InstanceId, Sender>,
    pruned: Duration,
}

#[derive(Default)]
struct Sender {
    /// Everything below counts as taken.
    floor: u64,
    taken: BTreeSet<u64>,
    last: Duration,
}

impl Seen {
    /// Takes a number; false when it was taken before, or may have been.
    pub(super) fn take(&mut self, from: InstanceId, sequence: u64, now: Duration) -> bool {
        // A clock that was set back counts as time passed.
        if now.abs_diff(self.pruned) > FORGET {
            self.pruned = now;
            self.senders.retain(|_, sender| now.abs_diff(sender.last) <= FORGET);
        }
        let sender = self.senders.entry(from).or_default();
        sender.last = now;
        if sequence < sender.floor || !sender.taken.insert(sequence) {
            return false;
        }
        if sender.taken.len() > WINDOW
            && let Some(lowest) = sender.taken.pop_first()
        {
            sender.floor = lowest + 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: InstanceId = InstanceId::new([1; 16]);
    const BEN: InstanceId = InstanceId::new([2; 16]);

    #[test]
    fn each_number_counts_once_in_any_order() {
        let mut seen = Seen::default();
        let now = Duration::from_secs(1_000);
        for number in [0, 2, 1, 5, 3] {
            assert!(seen.take(ANN, number, now), "{number}");
        }
        for number in [0, 1, 2, 3, 5] {
            assert!(!seen.take(ANN, number, now), "{number}");
            assert!(seen.take(BEN, number, now), "another sender counts by itself: {number}");
        }
    }

    #[test]
    fn what_is_forgotten_counts_as_taken() {
        let mut seen = Seen::default();
        let now = Duration::from_secs(1_000);
        let last = 3 * WINDOW as u64;
        for number in (0..last).filter(|number| *number != 7) {
            assert!(seen.take(ANN, number, now));
        }
        assert!(seen.senders[&ANN].taken.len() <= WINDOW);
        for number in [0, 7, last - 1, last - WINDOW as u64 / 2] {
            assert!(!seen.take(ANN, number, now), "{number}");
        }
        assert!(seen.take(ANN, last, now));
    }

    #[test]
    fn silent_senders_are_forgotten_once_all_they_said_is_too_old() {
        let mut seen = Seen::default();
        let now = Duration::from_secs(1_000);
        assert!(seen.take(ANN, 1, now));
        assert!(seen.take(BEN, 1, now + 2 * MAX_AGE));
        // The youngest message that ANN can have sent: dated ahead, and taken late.
        assert!(!seen.take(ANN, 1, now + 2 * MAX_AGE));
        assert!(seen.take(BEN, 2, now + 2 * FORGET));
        assert!(!seen.senders.contains_key(&ANN));
    }
}

//! The attempts that this process has begun and not ended, to tell them from those that an earlier one left behind.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::safety::ledger::AttemptId;

/// From so many on, those are forgotten that nothing can be waiting for any more.
const MANY: usize = 1_024;
/// How long an attempt is remembered whose end could not be recorded, in milliseconds: longer than a call and a POST.
const KEPT: u64 = 180_000;

/// Attempts of this process, each with when it was begun, in milliseconds since the Unix epoch.
#[derive(Debug, Default)]
pub(crate) struct Begun(Mutex<HashMap<AttemptId, u64>>);

impl Begun {
    pub(super) fn note(&self, id: AttemptId, now: u64) {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() >= MANY {
            begun.retain(|_, at| now.abs_diff(*at) < KEPT);
        }
        begun.insert(id, now);
    }

    pub(super) fn forget(&self, id: AttemptId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Forgets it when what is returned goes: once the store knows of its end or could not be told. Before that, another call
    /// would take what it reads there for an earlier process's.
    pub(super) fn forgotten_after(&self, id: AttemptId) -> impl Drop {
        Forgotten(self, id)
    }

    pub(crate) fn has(&self, id: AttemptId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }
}

struct Forgotten<'a>(&'a Begun, AttemptId);

impl Drop for Forgotten<'_> {
    fn drop(&mut self) {
        self.0.forget(self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u16) -> AttemptId {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        AttemptId(bytes)
    }

    #[test]
    fn what_was_begun_is_known_until_it_ends_or_is_long_ago() {
        let begun = Begun::default();
        for number in 0..1_024 {
            begun.note(id(number), 1_000);
        }
        assert!(begun.has(id(0)) && !begun.has(id(2_000)));
        begun.forget(id(0));
        assert!(!begun.has(id(0)));
        begun.note(id(0), 2_000);
        let ending = begun.forgotten_after(id(0));
        assert!(begun.has(id(0)), "until its end is known");
        drop(ending);
        assert!(!begun.has(id(0)));
        begun.note(id(0), 2_000);
        begun.note(id(2_000), 1_000 + KEPT);
        assert!(begun.has(id(0)) && begun.has(id(2_000)) && !begun.has(id(1)));
    }
}

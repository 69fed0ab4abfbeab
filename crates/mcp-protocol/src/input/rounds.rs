//! What a run of a handler knows of the runs before it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How often a handler may ask before it must answer: a bound on loops, far above any real conversation.
pub(crate) const MOST_ROUNDS: u8 = 32;

/// The client's answers up to now, and the handler's own state.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Rounds {
    /// By the key that each was asked under.
    pub(crate) answers: Map<String, Value>,
    pub(crate) state: Option<Value>,
    /// The keys of the last questions: only these can be answered in the next round (`v26.mrtr.missing`).
    pub(crate) asked: BTreeSet<String>,
    /// How many runs there were.
    pub(crate) count: u8,
}

impl Rounds {
    /// The same after one more run, with the answers that it brought.
    pub(crate) fn next(&self, answers: Map<String, Value>, state: Option<Value>) -> Self {
        let mut next = self.clone();
        next.answers.extend(answers);
        next.state = state;
        next.count = next.count.saturating_add(1);
        next
    }

    /// Whether there is anything that the client would have to carry back.
    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.state.is_none()
    }
}

/// Answers are the client's, and may be personal.
impl std::fmt::Debug for Rounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rounds").field("count", &self.count).finish_non_exhaustive()
    }
}

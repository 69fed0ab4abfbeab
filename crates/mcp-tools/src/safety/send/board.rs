//! What is known of a batch while it is sent.

use std::sync::{Arc, Mutex, PoisonError};

use crate::safety::outcome::{Outcome, under_way};

/// Outcomes as they come in, readable before the batch has ended.
#[derive(Clone)]
pub(super) struct Board(Arc<Mutex<Vec<Option<Outcome>>>>);

impl Board {
    pub(super) fn new(len: usize) -> Self {
        Self(Arc::new(Mutex::new(std::iter::repeat_with(|| None).take(len).collect())))
    }

    pub(super) fn set(&self, index: usize, outcome: Outcome) {
        if let Some(slot) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
            *slot = Some(outcome);
        }
    }

    /// What is known by now. The batch goes on, and its own end is told from the same board.
    pub(super) fn so_far(&self) -> Vec<Outcome> {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.iter().map(|slot| slot.as_ref().map_or_else(under_way, Outcome::again)).collect()
    }

    /// What the batch came to.
    pub(super) fn take(&self) -> Vec<Outcome> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.iter_mut().map(|slot| slot.take().unwrap_or_else(under_way)).collect()
    }

    pub(super) fn done(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().flatten().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The caller's time is over before the batch: what it is told is not taken from the record of the batch.
    #[test]
    fn an_answer_before_the_end_leaves_the_board_as_it_is() {
        let board = Board::new(2);
        let sent = |id: &str| Outcome::Sent {
            message_id: id.to_owned(),
            status: "queued".to_owned(),
            duplicate: false,
        };
        board.set(0, sent("AC1"));
        let so_far = board.so_far();
        assert!(matches!(&so_far[..], [Outcome::Sent { .. }, Outcome::Unknown(_)]), "{so_far:?}");
        assert_eq!(board.done(), 1);
        board.set(1, sent("AC2"));
        let ids: Vec<String> = board
            .take()
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Sent { message_id, .. } => message_id,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ids, ["AC1", "AC2"]);
    }
}

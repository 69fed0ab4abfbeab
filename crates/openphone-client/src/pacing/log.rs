//! The sliding log of one key: when its requests were sent and will be sent.
//!
//! Who waits, waits in rounds: in each round every caller has one request. A request enters the round after
//! its caller's last one, behind all others of that round, and those of later rounds move back
//! (start-time fair queueing with requests of equal cost).

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use tokio::time::Instant;

use super::{LIMIT, MAX_WAITING, Refusal, WINDOW};

/// Of those that may wait, how many may be one caller's.
const MAX_WAITING_OF_ONE: usize = MAX_WAITING / 2;

/// The turns of one key, in the order of their times.
#[derive(Debug, Default)]
pub(super) struct Log {
    turns: VecDeque<Turn>,
    next_id: u64,
    not_before: Option<Instant>,
    callers: RandomState,
}

/// A request's place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    id: u64,
    /// When it may be sent, as of when this was read.
    pub(super) at: Instant,
    /// A hash of the caller. Two that collide share their turns, which costs them some waiting and no more.
    caller: u64,
    round: u64,
}

impl Log {
    pub(super) fn enter(&mut self, caller: &str, now: Instant, deadline: Instant) -> Result<Turn, Refusal> {
        while self.turns.front().is_some_and(|turn| turn.at + WINDOW <= now) {
            self.turns.pop_front();
        }
        let caller = self.callers.hash_one(caller);
        let first_waiting = self.turns.partition_point(|turn| turn.at <= now);
        let mut waiting = self.turns.range(first_waiting..);
        let of_this_one = waiting.clone().filter(|turn| turn.caller == caller).count();
        if waiting.len() >= MAX_WAITING || of_this_one >= MAX_WAITING_OF_ONE {
            return Err(Refusal::QueueFull);
        }
        // The round that is being served.
        let current = waiting.clone().next().or(self.turns.back()).map_or(0, |turn| turn.round);
        let round = waiting.rfind(|turn| turn.caller == caller).map_or(current, |last| last.round + 1);
        let index = self.turns.range(first_waiting..).take_while(|turn| turn.round <= round).count();
        let index = first_waiting + index;
        let at = self.earliest(index, now);
        if at > deadline {
            return Err(Refusal::PastDeadline(at - now));
        }
        let turn = Turn { id: self.next_id, at, caller, round };
        self.next_id += 1;
        self.turns.insert(index, turn);
        self.reschedule(index + 1);
        Ok(turn)
    }

    pub(super) fn find(&self, turn: Turn) -> Option<Instant> {
        self.turns.iter().find(|other| other.id == turn.id).map(|found| found.at)
    }

    /// Moves everyone who waits behind `until`, in the same order.
    pub(super) fn postpone(&mut self, now: Instant, until: Instant) {
        self.not_before = self.not_before.max(Some(until));
        self.reschedule(self.turns.partition_point(|turn| turn.at <= now));
    }

    /// Taking a turn out only widens the distance between the others, so that the bound still holds.
    pub(super) fn remove(&mut self, turn: Turn) {
        self.turns.retain(|other| other.id != turn.id);
    }

    pub(super) fn rests(&self, now: Instant) -> bool {
        self.turns.back().is_none_or(|turn| turn.at + WINDOW <= now)
            && self.not_before.is_none_or(|until| until <= now)
    }

    /// Moves the turns from `first` on as far back as those before them ask, and none forward.
    fn reschedule(&mut self, first: usize) {
        for index in first..self.turns.len() {
            self.turns[index].at = self.earliest(index, self.turns[index].at);
        }
    }

    /// The earliest moment for the turn at `index`, not before `wish`: not before the one before it, and a
    /// window after the tenth before it.
    fn earliest(&self, index: usize, wish: Instant) -> Instant {
        let before = |distance| index.checked_sub(distance).and_then(|index| self.turns.get(index));
        let previous = before(1).map(|turn| turn.at);
        let window = before(LIMIT).map(|turn| turn.at + WINDOW);
        [self.not_before, previous, window].into_iter().flatten().fold(wish, Instant::max)
    }
}

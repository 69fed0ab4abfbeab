//! The sliding log of one key: when its requests were sent and will be sent.
//!
//! Who waits, waits in rounds: in each round every caller has one request. A request enters the round after
//! its caller's last one, behind all others of that round, and those of later rounds move back
//! (start-time fair queueing with requests of equal cost).
//!
//! A planned time is a promise that may be kept late: whoever waits may be polled later than its time came. So a
//! turn counts from the moment when it is taken, and what is planned behind it moves with it.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::{LIMIT, MAX_WAITING, Refusal, SPACING, WINDOW};

/// Of those that may wait, how many may be one caller's.
const MAX_WAITING_OF_ONE: usize = MAX_WAITING / 2;
/// How many more may wait, one for each caller that has none waiting.
const RESERVE: usize = MAX_WAITING / 4;

/// The turns of one key: first those that were taken within the last window, by their times; then those that are
/// waited for, by the times that are planned for them.
#[derive(Debug, Default)]
pub(super) struct Log {
    taken: VecDeque<Instant>,
    waiting: VecDeque<Turn>,
    /// The round of the turn that was taken last.
    round: u64,
    next_id: TurnId,
    not_before: Option<Instant>,
    callers: RandomState,
    moved_forward: Arc<Notify>,
}

/// Tells the turns of a log apart.
pub(super) type TurnId = u64;

/// A turn that is waited for.
#[derive(Clone, Copy, Debug)]
struct Turn {
    id: TurnId,
    at: Instant,
    /// A hash of the caller. Two that collide share their turns, which costs them some waiting and no more.
    caller: u64,
    round: u64,
}

impl Log {
    /// Plans a turn. Also what is told when turns come sooner than planned.
    pub(super) fn enter(
        &mut self,
        caller: &str,
        now: Instant,
        deadline: Instant,
    ) -> Result<(TurnId, Arc<Notify>), Refusal> {
        self.forget(now);
        let caller = self.callers.hash_one(caller);
        let own = self.waiting.iter().filter(|turn| turn.caller == caller).count();
        let room = if own == 0 { MAX_WAITING + RESERVE } else { MAX_WAITING };
        if self.waiting.len() >= room || own >= MAX_WAITING_OF_ONE {
            return Err(Refusal::QueueFull);
        }
        let current = self.waiting.front().map_or(self.round, |turn| turn.round);
        let last = self.waiting.iter().rfind(|turn| turn.caller == caller);
        let round = last.map_or(current, |last| last.round + 1);
        let index = self.waiting.partition_point(|turn| turn.round <= round);
        let at = self.planned(index, now);
        if at > deadline {
            return Err(Refusal::PastDeadline(at - now));
        }
        let id = self.next_id;
        self.next_id += 1;
        self.waiting.insert(index, Turn { id, at, caller, round });
        self.move_back(index + 1);
        Ok((id, Arc::clone(&self.moved_forward)))
    }

    /// Takes a turn if it has come; else when it comes, as things stand.
    pub(super) fn take(&mut self, id: TurnId, now: Instant) -> Result<(), Instant> {
        let Some(index) = self.waiting.iter().position(|turn| turn.id == id) else { return Ok(()) };
        self.forget(now);
        let free_at = self.tenth_last_taken().map_or(now, |tenth| tenth + WINDOW);
        // Its own time, and that of the key, which others may have used up that came late.
        let at = [Some(self.waiting[index].at), Some(free_at), self.not_before].into_iter().flatten().max();
        if let Some(at) = at.filter(|at| *at > now) {
            self.waiting[index].at = at;
            self.move_back(index + 1);
            return Err(at);
        }
        if let Some(turn) = self.waiting.remove(index) {
            self.round = self.round.max(turn.round);
        }
        self.taken.push_back(now);
        self.move_back(0);
        Ok(())
    }

    /// Nobody waits for this turn any more: those behind it move forward.
    pub(super) fn give_back(&mut self, id: TurnId, now: Instant) {
        let Some(index) = self.waiting.iter().position(|turn| turn.id == id) else { return };
        self.waiting.remove(index);
        for index in index..self.waiting.len() {
            self.waiting[index].at = self.planned(index, now);
        }
        self.moved_forward.notify_waiters();
    }

    /// Moves everyone who waits behind `until`, in the same order.
    pub(super) fn postpone(&mut self, until: Instant) {
        self.not_before = self.not_before.max(Some(until));
        self.move_back(0);
    }

    pub(super) fn rests(&self, now: Instant) -> bool {
        self.waiting.is_empty()
            && self.taken.back().is_none_or(|at| *at + WINDOW <= now)
            && self.not_before.is_none_or(|until| until <= now)
    }

    /// Forgets turns that no later one has to keep a distance from.
    fn forget(&mut self, now: Instant) {
        while self.taken.front().is_some_and(|at| *at + WINDOW <= now) {
            self.taken.pop_front();
        }
    }

    fn tenth_last_taken(&self) -> Option<Instant> {
        self.taken.len().checked_sub(LIMIT).and_then(|index| self.taken.get(index)).copied()
    }

    /// Moves the turns from `first` on as far back as those before them ask, and none forward.
    fn move_back(&mut self, first: usize) {
        for index in first..self.waiting.len() {
            let spaced = self.spaced(index, self.waiting[index].at);
            self.waiting[index].at = self.earliest(index, spaced);
        }
    }

    /// When whoever comes now may have the turn at `index`: whoever has to wait keeps a distance from the one before
    /// it, and whoever has not goes at once.
    fn planned(&self, index: usize, now: Instant) -> Instant {
        let at = self.earliest(index, now);
        if at > now { self.spaced(index, at) } else { at }
    }

    /// The earliest moment for the waiting turn at `index`, not before `wish`: not before the one before it, and
    /// a window after the tenth before it.
    fn earliest(&self, index: usize, wish: Instant) -> Instant {
        let window = self.before(index, LIMIT).map(|at| at + WINDOW);
        [self.not_before, self.before(index, 1), window].into_iter().flatten().fold(wish, Instant::max)
    }

    /// `at`, or [`SPACING`] after the turn before the waiting one at `index` where that is later.
    fn spaced(&self, index: usize, at: Instant) -> Instant {
        self.before(index, 1).map_or(at, |before| at.max(before + SPACING))
    }

    /// When the turn is that comes so many before the waiting one at `index`.
    fn before(&self, index: usize, distance: usize) -> Option<Instant> {
        match index.checked_sub(distance) {
            Some(index) => self.waiting.get(index).map(|turn| turn.at),
            None => {
                let from_the_back = distance - index;
                self.taken.len().checked_sub(from_the_back).and_then(|index| self.taken.get(index)).copied()
            }
        }
    }
}

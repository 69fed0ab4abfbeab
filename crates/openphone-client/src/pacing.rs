//! Keeps each key within the API's rate: at most 10 requests in any 1.05 s.
//!
//! The API counts in fixed one-second windows whose edges nobody outside can see. A burst bucket that refills
//! evenly lets 10 requests through at the end of one window and more at the begin of the next few
//! milliseconds; a sliding log cannot, and its 50 ms on top absorb jitter on the way. A deployment of several
//! processes plugs a [`RateLimiter`] of its own; [`LocalLimiter`] serves one.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep_until};

/// Requests that fit into one [`WINDOW`].
pub const LIMIT: usize = 10;
/// The sliding window: the API's second and 50 ms for jitter.
pub const WINDOW: Duration = Duration::from_millis(1050);
/// Callers that may wait for one key. The last of them waits about 21 s.
pub const MAX_WAITING: usize = 200;
/// Above this many keys, those that rest are forgotten.
const KEYS_BEFORE_SWEEP: usize = 1024;

/// Why a request may not be sent. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Its turn would come after the deadline, in this long.
    PastDeadline(Duration),
    /// Too many callers wait for this key already.
    QueueFull,
    /// A shared limiter could not be asked.
    Unavailable,
}

/// Decides when a request may be sent.
///
/// `key` names an API key without revealing it: see [`crate::ApiKey::with_pacing_name`].
pub trait RateLimiter: Send + Sync + 'static {
    /// Waits until one request may be sent, in the order of the calls. Refuses at once when that would be
    /// after `deadline`. Dropping the future gives the turn back.
    fn acquire<'a>(&'a self, key: &'a str, deadline: Instant) -> BoxFuture<'a, Result<(), Refusal>>;

    /// The API answered 429: nobody sends with this key before `until`.
    fn back_off(&self, key: &str, until: Instant);
}

/// A [`RateLimiter`] for one process, in memory.
#[derive(Debug, Default)]
pub struct LocalLimiter {
    keys: Mutex<HashMap<String, Log>>,
}

/// When requests of one key were sent and will be sent, in order.
#[derive(Debug, Default)]
struct Log {
    turns: VecDeque<Turn>,
    next_id: u64,
    not_before: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    id: u64,
    at: Instant,
}

impl LocalLimiter {
    /// A limiter that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the turn and enters it, so that later callers come later: first come, first served.
    fn reserve(&self, key: &str, deadline: Instant) -> Result<Turn, Refusal> {
        let now = Instant::now();
        let mut keys = self.lock();
        if keys.len() > KEYS_BEFORE_SWEEP {
            keys.retain(|_, log| !log.rests(now));
        }
        if let Some(log) = keys.get_mut(key) {
            return log.enter(now, deadline);
        }
        let mut log = Log::default();
        let turn = log.enter(now, deadline)?;
        keys.insert(key.to_owned(), log);
        Ok(turn)
    }

    /// When a turn is by now: a 429 may have moved it.
    fn moved(&self, key: &str, turn: Turn) -> Instant {
        let keys = self.lock();
        let entry = keys.get(key).and_then(|log| log.turns.iter().find(|other| other.id == turn.id));
        entry.map_or(turn.at, |entry| entry.at)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Log>> {
        // Nothing here can panic half-way through a change.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn enter(&mut self, now: Instant, deadline: Instant) -> Result<Turn, Refusal> {
        while self.turns.front().is_some_and(|turn| turn.at + WINDOW <= now) {
            self.turns.pop_front();
        }
        if self.turns.iter().rev().take_while(|turn| turn.at > now).count() >= MAX_WAITING {
            return Err(Refusal::QueueFull);
        }
        let at = self.earliest(self.turns.len(), now);
        if at > deadline {
            return Err(Refusal::PastDeadline(at - now));
        }
        let turn = Turn { id: self.next_id, at };
        self.next_id += 1;
        self.turns.push_back(turn);
        Ok(turn)
    }

    /// The earliest moment for the turn at `index`: not before the one before it, and a window after the
    /// tenth before it.
    fn earliest(&self, index: usize, now: Instant) -> Instant {
        let before = |distance| index.checked_sub(distance).and_then(|index| self.turns.get(index));
        let previous = before(1).map(|turn| turn.at);
        let window = before(LIMIT).map(|turn| turn.at + WINDOW);
        [self.not_before, previous, window].into_iter().flatten().fold(now, Instant::max)
    }

    /// Moves everyone who waits behind `until`, in the same order.
    fn postpone(&mut self, now: Instant, until: Instant) {
        self.not_before = self.not_before.max(Some(until));
        for index in 0..self.turns.len() {
            if self.turns[index].at > now {
                self.turns[index].at = self.earliest(index, self.turns[index].at);
            }
        }
    }

    /// Taking a turn out only widens the distance between the others, so that the bound still holds.
    fn remove(&mut self, turn: Turn) {
        self.turns.retain(|other| other.id != turn.id);
    }

    fn rests(&self, now: Instant) -> bool {
        self.turns.back().is_none_or(|turn| turn.at + WINDOW <= now)
            && self.not_before.is_none_or(|until| until <= now)
    }
}

impl RateLimiter for LocalLimiter {
    fn acquire<'a>(&'a self, key: &'a str, deadline: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let mut turn = self.reserve(key, deadline)?;
            let mut waiting = Waiting { limiter: self, key, turn, gives_back: true };
            loop {
                sleep_until(turn.at).await;
                let at = self.moved(key, turn);
                if at <= turn.at {
                    waiting.gives_back = false;
                    return Ok(());
                }
                if at > deadline {
                    return Err(Refusal::PastDeadline(at - turn.at));
                }
                turn.at = at;
            }
        })
    }

    fn back_off(&self, key: &str, until: Instant) {
        let mut keys = self.lock();
        keys.entry(key.to_owned()).or_default().postpone(Instant::now(), until);
    }
}

/// A turn that was not taken yet.
struct Waiting<'a> {
    limiter: &'a LocalLimiter,
    key: &'a str,
    turn: Turn,
    gives_back: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.gives_back
            && let Some(log) = self.limiter.lock().get_mut(self.key)
        {
            log.remove(self.turn);
        }
    }
}

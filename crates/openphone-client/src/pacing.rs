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

/// When requests of one key were sent and will be sent, oldest first.
#[derive(Debug, Default)]
struct Log {
    turns: VecDeque<Instant>,
    not_before: Option<Instant>,
}

impl LocalLimiter {
    /// A limiter that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the turn and enters it, so that later callers come later: first come, first served.
    fn reserve(&self, key: &str, deadline: Instant) -> Result<Instant, Refusal> {
        let now = Instant::now();
        let mut keys = self.lock();
        if keys.len() > KEYS_BEFORE_SWEEP {
            keys.retain(|_, log| !log.rests(now));
        }
        let turn = match keys.get_mut(key) {
            Some(log) => log.enter(now, deadline)?,
            None => {
                let mut log = Log::default();
                let turn = log.enter(now, deadline)?;
                keys.insert(key.to_owned(), log);
                turn
            }
        };
        Ok(turn)
    }

    fn give_back(&self, key: &str, turn: Instant) {
        if let Some(log) = self.lock().get_mut(key) {
            log.remove(turn);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Log>> {
        // Each change is one push or one removal: there is no state in between.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn enter(&mut self, now: Instant, deadline: Instant) -> Result<Instant, Refusal> {
        while self.turns.front().is_some_and(|turn| *turn + WINDOW <= now) {
            self.turns.pop_front();
        }
        if self.turns.iter().rev().take_while(|turn| **turn > now).count() >= MAX_WAITING {
            return Err(Refusal::QueueFull);
        }
        let tenth_last = self.turns.len().checked_sub(LIMIT).map(|index| self.turns[index] + WINDOW);
        let turn = [self.not_before, tenth_last, self.turns.back().copied()]
            .into_iter()
            .flatten()
            .fold(now, Instant::max);
        if turn > deadline {
            return Err(Refusal::PastDeadline(turn - now));
        }
        self.turns.push_back(turn);
        Ok(turn)
    }

    /// Taking a turn out only widens the distance between the others, so that the bound still holds.
    fn remove(&mut self, turn: Instant) {
        if let Some(index) = self.turns.iter().rposition(|other| *other == turn) {
            self.turns.remove(index);
        }
    }

    fn rests(&self, now: Instant) -> bool {
        self.turns.back().is_none_or(|turn| *turn + WINDOW <= now)
            && self.not_before.is_none_or(|until| until <= now)
    }
}

impl RateLimiter for LocalLimiter {
    fn acquire<'a>(&'a self, key: &'a str, deadline: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let turn = self.reserve(key, deadline)?;
            let waiting = Waiting { limiter: self, key, turn };
            sleep_until(turn).await;
            std::mem::forget(waiting);
            Ok(())
        })
    }

    fn back_off(&self, key: &str, until: Instant) {
        let mut keys = self.lock();
        let log = keys.entry(key.to_owned()).or_default();
        log.not_before = log.not_before.max(Some(until));
    }
}

/// A turn that was not taken yet.
struct Waiting<'a> {
    limiter: &'a LocalLimiter,
    key: &'a str,
    turn: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.limiter.give_back(self.key, self.turn);
    }
}

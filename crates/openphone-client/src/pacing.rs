//! Keeps each key within the API's rate: at most 10 requests in any 1.05 s, shared fairly by its callers.
//!
//! The API counts in fixed one-second windows whose edges nobody outside can see. A burst bucket that refills
//! evenly lets 10 requests through at the end of one window and more at the begin of the next few
//! milliseconds; a sliding log cannot, and its 50 ms on top absorb jitter on the way. A deployment of several
//! processes plugs a [`RateLimiter`] of its own; [`LocalLimiter`] serves one.
//!
//! Fair means: callers take turns, so that one with a hundred requests waiting delays another's next by no
//! more than one. Each caller's own requests go in the order in which they were made.

mod log;

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use self::log::{Log, TurnId};

/// Requests that fit into one [`WINDOW`].
pub const LIMIT: usize = 10;
/// The sliding window: the API's second and 50 ms for jitter.
pub const WINDOW: Duration = Duration::from_millis(1050);
/// The distance between requests that had to wait. Without it, ten go in one go when their window is over, and the
/// requests of other keys that come just then stand behind all of them. Nobody waits more than 45 ms longer for it.
pub const SPACING: Duration = Duration::from_millis(5);
/// Requests that may wait for one key; half of them one caller's. The last of them waits about 21 s.
pub const MAX_WAITING: usize = 200;
/// Up to this many keys, none that rests is forgotten.
const KEYS_BEFORE_SWEEP: usize = 1024;

/// Why a request may not be sent. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Its turn would come after the deadline, in this long.
    PastDeadline(Duration),
    /// Too many requests wait for this key already, and this caller has one among them or more.
    QueueFull,
    /// A shared limiter could not be asked.
    Unavailable,
}

/// Whose turn it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TurnFor<'a> {
    /// An API key, named without revealing it: see [`crate::ApiKey::with_pacing_name`].
    pub key: &'a str,
    /// One of those that use the key: see [`crate::Workspace::for_caller`]. Empty if nobody said.
    pub caller: &'a str,
}

impl<'a> TurnFor<'a> {
    /// A turn for a caller that uses a key.
    #[must_use]
    pub const fn new(key: &'a str, caller: &'a str) -> Self {
        Self { key, caller }
    }
}

/// Decides when a request may be sent.
pub trait RateLimiter: Send + Sync + 'static {
    /// Waits until one request may be sent. Refuses at once when that would be after `deadline`, and later if
    /// it comes to be. Dropping the future gives the turn back.
    fn acquire<'a>(&'a self, turn: TurnFor<'a>, deadline: Instant) -> BoxFuture<'a, Result<(), Refusal>>;

    /// The API answered 429: nobody sends with this key before `until`.
    fn back_off(&self, key: &str, until: Instant);
}

/// A [`RateLimiter`] for one process, in memory.
#[derive(Debug, Default)]
pub struct LocalLimiter {
    keys: Mutex<Keys>,
}

#[derive(Debug)]
struct Keys {
    logs: HashMap<String, Log>,
    /// How many keys there may be before those that rest are forgotten: twice what was left the last time, so
    /// that the work is spread over the requests that made it.
    sweep_above: usize,
}

impl Default for Keys {
    fn default() -> Self {
        Self { logs: HashMap::new(), sweep_above: KEYS_BEFORE_SWEEP }
    }
}

impl Keys {
    fn sweep(&mut self, now: Instant) {
        if self.logs.len() > self.sweep_above {
            self.logs.retain(|_, log| !log.rests(now));
            self.sweep_above = KEYS_BEFORE_SWEEP.max(2 * self.logs.len());
        }
    }
}

impl LocalLimiter {
    /// A limiter that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the turn and enters it. Also what is told when turns move forward.
    fn reserve(&self, wanted: TurnFor<'_>, deadline: Instant) -> Result<(TurnId, Arc<Notify>), Refusal> {
        let now = Instant::now();
        let mut keys = self.lock();
        keys.sweep(now);
        if let Some(log) = keys.logs.get_mut(wanted.key) {
            return log.enter(wanted.caller, now, deadline);
        }
        let mut log = Log::default();
        let turn = log.enter(wanted.caller, now, deadline)?;
        keys.logs.insert(wanted.key.to_owned(), log);
        Ok(turn)
    }

    /// Takes the turn if it has come; else when it comes, as things stand.
    fn take(&self, key: &str, turn: TurnId) -> Result<(), Instant> {
        let now = Instant::now();
        // A log is kept while somebody waits in it.
        self.lock().logs.get_mut(key).map_or(Ok(()), |log| log.take(turn, now))
    }

    fn lock(&self) -> MutexGuard<'_, Keys> {
        // Nothing here can panic half-way through a change.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateLimiter for LocalLimiter {
    fn acquire<'a>(&'a self, wanted: TurnFor<'a>, deadline: Instant) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let (turn, moved) = self.reserve(wanted, deadline)?;
            let mut waiting = Waiting { limiter: self, key: wanted.key, turn, gives_back: true };
            loop {
                // Listened for before it is looked at, so that no move between the two is missed.
                let mut moved = pin!(moved.notified());
                moved.as_mut().enable();
                match self.take(wanted.key, turn) {
                    Ok(()) => {
                        waiting.gives_back = false;
                        return Ok(());
                    }
                    Err(at) if at > deadline => {
                        return Err(Refusal::PastDeadline(at.saturating_duration_since(Instant::now())));
                    }
                    // Whichever comes first, the turn is looked at again.
                    Err(at) => drop(timeout_at(at, moved).await),
                }
            }
        })
    }

    fn back_off(&self, key: &str, until: Instant) {
        let mut keys = self.lock();
        keys.logs.entry(key.to_owned()).or_default().postpone(until);
    }
}

/// A turn that was not taken yet.
struct Waiting<'a> {
    limiter: &'a LocalLimiter,
    key: &'a str,
    turn: TurnId,
    gives_back: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.gives_back
            && let Some(log) = self.limiter.lock().logs.get_mut(self.key)
        {
            log.give_back(self.turn, Instant::now());
        }
    }
}

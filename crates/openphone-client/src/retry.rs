//! Whether a failed attempt is repeated: a pure decision over plain values, and the budget that bounds how
//! much traffic repeats may add.
//!
//! | Fault | [`Effect::Read`], [`Effect::Set`] | [`Effect::Once`] |
//! |---|---|---|
//! | nothing written (name resolution, connection, TLS) | 2 retries, jittered 100 ms to 2 s | 1 retry, jittered |
//! | 429 | 2 retries after `Retry-After`, the `ratelimit` header's time, or 1 s | 1 retry after the same: a 429 was not processed |
//! | 5xx, time-out, connection broken off | 2 retries, jittered | never: it may have happened |
//! | any other answer | never | never |

pub(crate) mod budget;

use std::time::Duration;

use crate::endpoint::Effect;

/// Shortest jittered wait.
const BASE: Duration = Duration::from_millis(100);
/// Longest jittered wait.
const CAP: Duration = Duration::from_secs(2);
/// The API's budget renews each second: the wait after a 429 that says nothing of it.
pub(crate) const RATE_WINDOW: Duration = Duration::from_secs(1);

/// How an attempt failed, as far as retrying is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// No byte of the request was written.
    NotWritten,
    /// 429.
    RateLimited,
    /// It may have been processed: 5xx, time-out, connection broken off.
    Interrupted,
    /// An answer that will not change.
    Definite,
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this wait.
    RetryAfter(Duration),
    /// Report the failure.
    GiveUp,
}

/// A failed attempt, with everything that the decision depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// Which attempt it was, from 1.
    pub number: u32,
    /// What a repetition would do.
    pub effect: Effect,
    /// How it failed.
    pub fault: Fault,
    /// What the API asked for (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// When the key's budget is there again, as the API's undocumented `ratelimit` header says.
    pub budget_renews_in: Option<Duration>,
    /// The wait before this attempt; zero for the first. With `jitter` it makes the waits of clients drift
    /// apart (decorrelated jitter).
    pub previous_wait: Duration,
    /// Random, 0 to 1.
    pub jitter: f64,
}

/// Decides by the table above.
#[must_use]
pub fn decide(attempt: &Attempt) -> Decision {
    let retries = match (attempt.fault, attempt.effect) {
        (Fault::Definite, _) | (Fault::Interrupted, Effect::Once) => 0,
        (_, Effect::Read | Effect::Set) => 2,
        (_, Effect::Once) => 1,
    };
    if attempt.number > retries {
        return Decision::GiveUp;
    }
    let backoff = backoff(attempt.previous_wait, attempt.jitter);
    Decision::RetryAfter(match attempt.fault {
        Fault::RateLimited => attempt.retry_after.or(attempt.budget_renews_in).unwrap_or(RATE_WINDOW),
        _ => attempt.retry_after.map_or(backoff, |asked| asked.max(backoff)),
    })
}

/// Between [`BASE`] and three times the previous wait, never above [`CAP`].
fn backoff(previous: Duration, jitter: f64) -> Duration {
    let top = (previous.max(BASE) * 3).min(CAP);
    BASE + (top - BASE).mul_f64(jitter.clamp(0.0, 1.0))
}

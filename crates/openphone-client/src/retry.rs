//! Whether a failed attempt is repeated: a pure decision over plain values, and the budget that bounds how
//! much traffic repeats may add.
//!
//! | Fault | [`Effect::Repeatable`] | [`Effect::Once`] |
//! |---|---|---|
//! | nothing written (name resolution, connection, TLS) | 2 retries, jittered 100 ms to 2 s | 1 retry, jittered |
//! | 429 | 2 retries after `Retry-After` or 1 s | 1 retry after the same: a 429 was not processed |
//! | 5xx, time-out, connection broken off | 2 retries, jittered | never: it may have happened |
//! | any other answer | never | never |

pub(crate) mod budget;

use std::time::Duration;

use crate::endpoint::Effect;

/// Shortest jittered wait.
const BASE: Duration = Duration::from_millis(100);
/// Longest jittered wait.
const CAP: Duration = Duration::from_secs(2);
/// The API's budget renews each second (429 without `Retry-After`).
const RATE_WINDOW: Duration = Duration::from_secs(1);

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

/// Decides by the table above.
///
/// `attempts` were made so far, at least 1. `asked` is what the API asked for in `Retry-After`. `previous` is
/// the wait before the last attempt, and `jitter` is random in 0 to 1: together they make the waits of
/// clients drift apart (decorrelated jitter).
#[must_use]
pub fn decide(
    attempts: u32,
    effect: Effect,
    fault: Fault,
    asked: Option<Duration>,
    previous: Duration,
    jitter: f64,
) -> Decision {
    let retries = match (fault, effect) {
        (Fault::Definite, _) | (Fault::Interrupted, Effect::Once) => 0,
        (_, Effect::Repeatable) => 2,
        (_, Effect::Once) => 1,
    };
    if attempts > retries {
        return Decision::GiveUp;
    }
    let backoff = backoff(previous, jitter);
    Decision::RetryAfter(match fault {
        Fault::RateLimited => asked.unwrap_or(RATE_WINDOW),
        _ => asked.map_or(backoff, |asked| asked.max(backoff)),
    })
}

/// Between [`BASE`] and three times the previous wait, never above [`CAP`].
fn backoff(previous: Duration, jitter: f64) -> Duration {
    let top = (previous.max(BASE) * 3).min(CAP);
    BASE + (top - BASE).mul_f64(jitter.clamp(0.0, 1.0))
}

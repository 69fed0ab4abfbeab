//! The retry table, case by case.

use std::time::Duration;

use openphone_client::Effect::{Once, Repeatable};
use openphone_client::retry::Decision::{GiveUp, RetryAfter};
use openphone_client::retry::Fault::{Definite, Interrupted, NotWritten, RateLimited};
use openphone_client::retry::decide;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn each_fault_after_each_attempt() {
    let wait = RetryAfter(ms(100));
    let second = RetryAfter(ms(1000));
    let table = [
        (NotWritten, Repeatable, [wait, wait, GiveUp]),
        (NotWritten, Once, [wait, GiveUp, GiveUp]),
        (RateLimited, Repeatable, [second, second, GiveUp]),
        (RateLimited, Once, [second, GiveUp, GiveUp]),
        (Interrupted, Repeatable, [wait, wait, GiveUp]),
        (Interrupted, Once, [GiveUp, GiveUp, GiveUp]),
        (Definite, Repeatable, [GiveUp, GiveUp, GiveUp]),
        (Definite, Once, [GiveUp, GiveUp, GiveUp]),
    ];
    for (fault, effect, expected) in table {
        let decided = [1, 2, 3].map(|attempts| decide(attempts, effect, fault, None, Duration::ZERO, 0.0));
        assert_eq!(decided, expected, "{fault:?} {effect:?}");
    }
}

#[test]
fn what_the_api_asks_for_is_waited() {
    let asked = Some(ms(7000));
    assert_eq!(decide(1, Once, RateLimited, asked, ms(0), 0.5), RetryAfter(ms(7000)));
    assert_eq!(decide(1, Repeatable, Interrupted, asked, ms(0), 0.5), RetryAfter(ms(7000)));
    // A wish below the back-off does not shorten it.
    assert_eq!(decide(1, Repeatable, Interrupted, Some(ms(0)), ms(0), 0.0), RetryAfter(ms(100)));
    assert_eq!(decide(1, Repeatable, RateLimited, Some(ms(0)), ms(0), 0.0), RetryAfter(ms(0)));
}

#[test]
fn the_back_off_grows_with_jitter_to_two_seconds() {
    let wait = |previous, jitter| decide(1, Repeatable, NotWritten, None, previous, jitter);
    assert_eq!(wait(ms(0), 1.0), RetryAfter(ms(300)));
    assert_eq!(wait(ms(300), 1.0), RetryAfter(ms(900)));
    assert_eq!(wait(ms(300), 0.5), RetryAfter(ms(500)));
    assert_eq!(wait(ms(900), 1.0), RetryAfter(ms(2000)));
    assert_eq!(wait(Duration::MAX / 4, 1.0), RetryAfter(ms(2000)));
    // Jitter out of range cannot make it shorter or longer.
    assert_eq!(wait(ms(300), -5.0), RetryAfter(ms(100)));
    assert_eq!(wait(ms(300), 5.0), RetryAfter(ms(900)));
}

//! The retry table, case by case.

use std::time::Duration;

use openphone_client::Effect::{self, Once, Read, Set};
use openphone_client::retry::Decision::{GiveUp, RetryAfter};
use openphone_client::retry::Fault::{self, Definite, Interrupted, NotWritten, RateLimited};
use openphone_client::retry::{Attempt, decide};

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn first(effect: Effect, fault: Fault) -> Attempt {
    let previous_wait = Duration::ZERO;
    Attempt {
        number: 1,
        effect,
        fault,
        retry_after: None,
        budget_renews_in: None,
        previous_wait,
        jitter: 0.0,
    }
}

#[test]
fn each_fault_after_each_attempt() {
    let wait = RetryAfter(ms(100));
    let second = RetryAfter(ms(1000));
    let table = [
        (NotWritten, Read, [wait, wait, GiveUp]),
        (NotWritten, Set, [wait, wait, GiveUp]),
        (NotWritten, Once, [wait, GiveUp, GiveUp]),
        (RateLimited, Read, [second, second, GiveUp]),
        (RateLimited, Set, [second, second, GiveUp]),
        (RateLimited, Once, [second, GiveUp, GiveUp]),
        (Interrupted, Read, [wait, wait, GiveUp]),
        (Interrupted, Set, [wait, wait, GiveUp]),
        (Interrupted, Once, [GiveUp, GiveUp, GiveUp]),
        (Definite, Read, [GiveUp, GiveUp, GiveUp]),
        (Definite, Set, [GiveUp, GiveUp, GiveUp]),
        (Definite, Once, [GiveUp, GiveUp, GiveUp]),
    ];
    for (fault, effect, expected) in table {
        let decided = [1, 2, 3].map(|number| decide(&Attempt { number, ..first(effect, fault) }));
        assert_eq!(decided, expected, "{fault:?} {effect:?}");
    }
}

#[test]
fn what_the_api_asks_for_is_waited() {
    let asked = |attempt, wait| decide(&Attempt { retry_after: Some(ms(wait)), ..attempt });
    assert_eq!(asked(first(Once, RateLimited), 7000), RetryAfter(ms(7000)));
    assert_eq!(asked(first(Read, Interrupted), 7000), RetryAfter(ms(7000)));
    // A wish below the back-off does not shorten it.
    assert_eq!(asked(first(Read, Interrupted), 0), RetryAfter(ms(100)));
    assert_eq!(asked(first(Read, RateLimited), 0), RetryAfter(ms(0)));
}

#[test]
fn the_budget_header_counts_after_a_429_that_asks_for_nothing() {
    let hinted = |fault, retry_after| {
        let budget_renews_in = Some(ms(3000));
        decide(&Attempt { budget_renews_in, retry_after, ..first(Read, fault) })
    };
    assert_eq!(hinted(RateLimited, None), RetryAfter(ms(3000)));
    assert_eq!(hinted(RateLimited, Some(ms(5000))), RetryAfter(ms(5000)));
    assert_eq!(hinted(Interrupted, None), RetryAfter(ms(100)));
}

#[test]
fn the_back_off_grows_with_jitter_to_two_seconds() {
    let wait = |previous_wait, jitter| decide(&Attempt { previous_wait, jitter, ..first(Read, NotWritten) });
    assert_eq!(wait(ms(0), 1.0), RetryAfter(ms(300)));
    assert_eq!(wait(ms(300), 1.0), RetryAfter(ms(900)));
    assert_eq!(wait(ms(300), 0.5), RetryAfter(ms(500)));
    assert_eq!(wait(ms(900), 1.0), RetryAfter(ms(2000)));
    assert_eq!(wait(Duration::MAX / 4, 1.0), RetryAfter(ms(2000)));
    // Jitter out of range cannot make it shorter or longer.
    assert_eq!(wait(ms(300), -5.0), RetryAfter(ms(100)));
    assert_eq!(wait(ms(300), 5.0), RetryAfter(ms(900)));
}

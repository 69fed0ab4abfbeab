//! Pacing, on tokio's paused clock: the bound in any window, the order, the deadline, the queue.

use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use openphone_client::pacing::MAX_WAITING;
use openphone_client::{LocalLimiter, RateLimiter, Refusal, TurnFor};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

/// The promise, spelled out: 10 in any 1.05 s, and 5 ms between those who had to wait.
const LIMIT: usize = 10;
const WINDOW: Duration = Duration::from_millis(1050);
const SPACING: Duration = Duration::from_millis(5);
const FAR: Duration = Duration::from_secs(3600);
const KEY: TurnFor<'_> = TurnFor::new("key", "");

/// Callers that arrive one after another, each some time after the one before; `patience` is how long one
/// waits before it goes away. Returns when each was let through, in the order of arrival.
async fn arrivals(callers: &[(Duration, Option<Duration>)]) -> Vec<Option<Instant>> {
    let limiter = Arc::new(LocalLimiter::new());
    let mut tasks = Vec::new();
    for (gap, patience) in callers.iter().copied() {
        sleep(gap).await;
        let limiter = Arc::clone(&limiter);
        tasks.push(tokio::spawn(async move {
            let acquire = limiter.acquire(KEY, Instant::now() + FAR);
            let granted = match patience {
                None => acquire.await.is_ok(),
                Some(patience) => {
                    tokio::time::timeout(patience, acquire).await.is_ok_and(|turn| turn.is_ok())
                }
            };
            granted.then(Instant::now)
        }));
        // The caller enters the queue before the next one arrives.
        tokio::task::yield_now().await;
    }
    let mut turns = Vec::new();
    for task in tasks {
        turns.push(task.await.expect("no panic"));
    }
    turns
}

fn on_paused_clock<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn never_more_than_ten_in_any_window(
        callers in prop::collection::vec(
            (0_u64..80, prop::option::weighted(0.3, 0_u64..3000)), 1..80)
    ) {
        let ms = Duration::from_millis;
        let callers: Vec<_> = callers.into_iter().map(|(gap, patience)| (ms(gap), patience.map(ms))).collect();
        let turns: Vec<Instant> = on_paused_clock(arrivals(&callers)).into_iter().flatten().collect();
        for span in turns.windows(LIMIT + 1) {
            prop_assert!(span[LIMIT] - span[0] >= WINDOW, "eleven in {:?}", span[LIMIT] - span[0]);
        }
        prop_assert!(turns.is_sorted(), "a later caller overtook an earlier one");
    }

    #[test]
    fn nobody_waits_longer_than_the_bound_asks(gaps in prop::collection::vec(0_u64..300, 1..60)) {
        let callers: Vec<_> = gaps.iter().map(|gap| (Duration::from_millis(*gap), None)).collect();
        let (start, turns) = on_paused_clock(async { (Instant::now(), arrivals(&callers).await) });
        let mut best: Vec<Instant> = Vec::new();
        let mut now = start;
        for (index, (gap, _)) in callers.iter().enumerate() {
            now += *gap;
            let window = index.checked_sub(LIMIT).map(|tenth_last| best[tenth_last] + WINDOW);
            let before = best.last().copied();
            let earliest = [window, before].into_iter().flatten().fold(now, Instant::max);
            let spaced = before.filter(|_| earliest > now).map(|before| before + SPACING);
            best.push(earliest.max(spaced.unwrap_or(earliest)));
        }
        prop_assert_eq!(turns.into_iter().map(|turn| turn.expect("let through")).collect::<Vec<_>>(), best);
    }
}

/// On the real clock, whose timers round up to the next millisecond.
#[tokio::test]
async fn a_free_turn_needs_no_timer() {
    let limiter = LocalLimiter::new();
    let turn = limiter.acquire(KEY, Instant::now() + FAR).now_or_never();
    assert_eq!(turn, Some(Ok(())));
}

#[tokio::test(start_paused = true)]
async fn what_would_come_too_late_is_refused_at_once() {
    let limiter = LocalLimiter::new();
    let start = Instant::now();
    for _ in 0..LIMIT {
        limiter.acquire(KEY, start).await.expect("the first ten go at once");
    }
    let refused = limiter.acquire(KEY, start + WINDOW - Duration::from_millis(1)).await;
    assert_eq!(refused, Err(Refusal::PastDeadline(WINDOW)));
    assert_eq!(Instant::now(), start, "no waiting before a refusal");
    // A refusal takes no turn.
    limiter.acquire(KEY, start + WINDOW).await.expect("just in time");
    assert_eq!(Instant::now(), start + WINDOW);
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_wait_for_each_other() {
    let limiter = LocalLimiter::new();
    let start = Instant::now();
    for name in ["one", "two"] {
        for _ in 0..LIMIT {
            limiter.acquire(TurnFor::new(name, ""), start).await.expect("a fresh key");
        }
    }
    assert_eq!(Instant::now(), start);
}

/// Requests at once, each by its caller: who was let through and when, in milliseconds, and who was refused, in
/// the order in which they heard of it.
async fn rush(callers: &[&'static str]) -> Vec<(&'static str, Result<(), Refusal>, u128)> {
    let limiter = Arc::new(LocalLimiter::new());
    let start = Instant::now();
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for caller in callers.iter().copied() {
        let (limiter, outcomes) = (Arc::clone(&limiter), Arc::clone(&outcomes));
        tasks.push(tokio::spawn(async move {
            let outcome = limiter.acquire(TurnFor::new("key", caller), start + FAR).await;
            let heard = (caller, outcome, start.elapsed().as_millis());
            outcomes.lock().expect("no panic while it was held").push(heard);
        }));
    }
    for task in tasks {
        task.await.expect("no panic");
    }
    Arc::into_inner(outcomes).expect("all tasks ended").into_inner().expect("no panic while it was held")
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_bounded_and_has_room_for_who_has_none_in_it() {
    const NAMES: [&str; 60] = {
        let mut names = [""; 60];
        let mut index = 0;
        while index < 60 {
            names[index] = ALPHABET.split_at(index).1.split_at(1).0;
            index += 1;
        }
        names
    };
    const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let of_one = MAX_WAITING / 2;
    let callers: Vec<_> = std::iter::repeat_n("greedy", LIMIT + of_one + 1)
        .chain(std::iter::repeat_n("second", of_one))
        .chain(NAMES)
        .chain(["a"])
        .collect();
    let outcomes = rush(&callers).await;
    let refused: Vec<_> = outcomes.iter().filter(|(_, outcome, _)| outcome.is_err()).collect();
    // Half is all that one may have; when that is full twice, those who have none waiting still find room for
    // one, fifty of them.
    let expected: Vec<_> = ["greedy"].into_iter().chain(NAMES.into_iter().skip(50)).chain(["a"]).collect();
    assert_eq!(refused.iter().map(|(caller, ..)| *caller).collect::<Vec<_>>(), expected);
    assert!(refused.iter().all(|(_, outcome, at)| (*outcome, *at) == (Err(Refusal::QueueFull), 0)));
    assert_eq!(outcomes.len(), callers.len());
}

#[tokio::test(start_paused = true)]
async fn callers_take_turns() {
    let callers: Vec<_> = std::iter::repeat_n("bulk", 40).chain(["chat"; 3]).chain(["other"; 2]).collect();
    let outcomes = rush(&callers).await;
    let expected: Vec<_> = std::iter::repeat_n(("bulk", 0), 10)
        // Everyone else's requests come between.
        .chain([
            ("bulk", 1050),
            ("chat", 1055),
            ("other", 1060),
            ("bulk", 1065),
            ("chat", 1070),
            ("other", 1075),
        ])
        .chain([("bulk", 1080), ("chat", 1085), ("bulk", 1090), ("bulk", 1095)])
        .chain(
            [2100, 3150, 4200]
                .into_iter()
                .flat_map(|window| (0..10).map(move |turn| ("bulk", window + 5 * turn))),
        )
        .take(callers.len())
        .collect();
    let heard: Vec<_> = outcomes.iter().map(|(caller, outcome, at)| (*caller, *at, *outcome)).collect();
    assert_eq!(heard, expected.into_iter().map(|(caller, at)| (caller, at, Ok(()))).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// However callers mix and go away.
    #[test]
    fn fairness_keeps_the_bound(
        arrivals in prop::collection::vec((0_u64..60, 0_usize..4, prop::option::weighted(0.2, 0_u64..2000)), 1..90)
    ) {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let ms = Duration::from_millis;
        let turns = on_paused_clock(async {
            let limiter = Arc::new(LocalLimiter::new());
            let mut tasks = Vec::new();
            for (order, (gap, caller, patience)) in arrivals.iter().copied().enumerate() {
                sleep(ms(gap)).await;
                let limiter = Arc::clone(&limiter);
                tasks.push(tokio::spawn(async move {
                    let acquire = limiter.acquire(TurnFor::new("key", NAMES[caller]), Instant::now() + FAR);
                    let granted = match patience {
                        None => acquire.await.is_ok(),
                        Some(patience) => tokio::time::timeout(ms(patience), acquire).await.is_ok_and(|turn| turn.is_ok()),
                    };
                    granted.then(|| (Instant::now(), caller, order))
                }));
                tokio::task::yield_now().await;
            }
            let mut turns = Vec::new();
            for task in tasks {
                turns.extend(task.await.expect("no panic"));
            }
            turns
        });
        let mut times: Vec<_> = turns.iter().map(|(at, ..)| *at).collect();
        times.sort_unstable();
        for span in times.windows(LIMIT + 1) {
            prop_assert!(span[LIMIT] - span[0] >= WINDOW, "eleven in {:?}", span[LIMIT] - span[0]);
        }
        for name in 0..NAMES.len() {
            let own: Vec<_> = turns.iter().filter(|(_, caller, _)| *caller == name).map(|(at, ..)| *at).collect();
            prop_assert!(own.is_sorted(), "a caller's later request overtook its earlier one");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_holds_everyone_back() {
    let limiter = LocalLimiter::new();
    let start = Instant::now();
    limiter.back_off("key", start + Duration::from_secs(3));
    // A shorter wish does not undo a longer one.
    limiter.back_off("key", start + Duration::from_secs(1));
    limiter.acquire(KEY, start + FAR).await.expect("a turn");
    assert_eq!(Instant::now(), start + Duration::from_secs(3));
}

/// Those who wait already are held back too, keep their order, and come ten at a time afterwards.
#[tokio::test(start_paused = true)]
async fn a_429_moves_those_who_wait() {
    let ms = Duration::from_millis;
    let limiter = Arc::new(LocalLimiter::new());
    let start = Instant::now();
    let mut tasks = Vec::new();
    for deadline in [FAR; 25].into_iter().chain([ms(2500)]).chain([FAR; 5]) {
        let limiter = Arc::clone(&limiter);
        tasks.push(tokio::spawn(async move {
            let outcome = limiter.acquire(KEY, start + deadline).await;
            (outcome, (Instant::now() - start).as_millis())
        }));
    }
    sleep(ms(500)).await;
    limiter.back_off("key", start + ms(3000));
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.expect("no panic"));
    }
    // Its turn moved behind its deadline, which it hears when its old turn comes.
    assert_eq!(outcomes.remove(25), (Err(Refusal::PastDeadline(ms(4075 - 2125))), 2125));
    let window = |from: u128| (0..10).map(move |turn| (Ok(()), from + 5 * turn));
    assert_eq!(
        outcomes,
        std::iter::repeat_n((Ok(()), 0), 10).chain(window(3000)).chain(window(4050)).collect::<Vec<_>>(),
        "the turn of the one that left is taken by another"
    );
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_gives_the_turn_back() {
    let limiter = LocalLimiter::new();
    let start = Instant::now();
    for _ in 0..LIMIT {
        limiter.acquire(KEY, start).await.expect("the first ten go at once");
    }
    for _ in 0..5 * LIMIT {
        let gave_up = tokio::time::timeout(Duration::from_millis(1), limiter.acquire(KEY, start + FAR)).await;
        assert!(gave_up.is_err());
    }
    limiter.acquire(KEY, start + FAR).await.expect("a turn");
    assert_eq!(Instant::now(), start + WINDOW, "the turns of those who left are free again");
}

/// Looks at a turn once.
async fn is_ready(turn: &mut BoxFuture<'_, Result<(), Refusal>>) -> bool {
    std::future::poll_fn(|cx| Poll::Ready(turn.as_mut().poll(cx).is_ready())).await
}

/// Requests that are begun together and looked at late, as by a consumer that awaits something else: their planned
/// times have all passed, and still no window holds more than ten.
#[tokio::test(start_paused = true)]
async fn who_is_polled_late_does_not_come_all_at_once() {
    let limiter = LocalLimiter::new();
    let start = Instant::now();
    let mut waiting: Vec<_> = (0..40).map(|_| limiter.acquire(KEY, start + FAR)).collect();
    let mut granted: Vec<Instant> = Vec::new();
    for turn in &mut waiting {
        if is_ready(turn).await {
            granted.push(Instant::now());
        }
    }
    assert_eq!(granted.len(), LIMIT);
    waiting.drain(..LIMIT);
    sleep(Duration::from_secs(10)).await;
    let late = futures_util::future::join_all(waiting.into_iter().map(|turn| async move {
        turn.await.expect("a turn");
        Instant::now()
    }));
    let newcomers = futures_util::future::join_all((0..10).map(|_| async {
        limiter.acquire(KEY, start + FAR).await.expect("a turn");
        Instant::now()
    }));
    let (late, newcomers) = futures_util::future::join(late, newcomers).await;
    granted.extend(late.into_iter().chain(newcomers));
    granted.sort_unstable();
    for span in granted.windows(LIMIT + 1) {
        assert!(span[LIMIT] - span[0] >= WINDOW, "eleven in {:?}", span[LIMIT] - span[0]);
    }
    assert_eq!(
        granted.last().map(|last| *last - start),
        Some(Duration::from_secs(10) + 3 * WINDOW + 9 * SPACING),
        "and no later"
    );
}

/// When those before it go away, whoever waits comes sooner.
#[tokio::test(start_paused = true)]
async fn the_turns_of_those_who_leave_are_used() {
    let limiter = Arc::new(LocalLimiter::new());
    let start = Instant::now();
    for _ in 0..LIMIT {
        limiter.acquire(KEY, start).await.expect("the first ten go at once");
    }
    let mut leaving = Vec::new();
    for _ in 0..90 {
        let mut turn = limiter.acquire(KEY, start + FAR);
        assert!(!is_ready(&mut turn).await);
        leaving.push(turn);
    }
    let last = tokio::spawn({
        let limiter = Arc::clone(&limiter);
        async move {
            limiter.acquire(KEY, start + FAR).await.expect("a turn");
            Instant::now() - start
        }
    });
    tokio::task::yield_now().await;
    drop(leaving);
    assert_eq!(last.await.expect("no panic"), WINDOW);
    limiter.acquire(KEY, start + WINDOW).await.expect("newcomers see the same");
}

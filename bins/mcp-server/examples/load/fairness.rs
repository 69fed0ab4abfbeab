//! Who gets what: many keys that all ask for as much as they may, each for one thing after the other; then one that asks for
//! far more beside many that ask for little. Every key is a workspace of its own, and what they ask for is one request to the
//! API each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::calls::Kind;
use crate::growth::sign_in;
use crate::user::User;
use crate::{Failure, Line, World, print};

/// Of all keys, one in so many is enough that their own pace bounds them and not the machine.
const FEW: usize = 5;
/// Calls that the greedy one has under way.
const GREED: usize = 64;
/// How often the modest ones call, and how often they are looked at with the greedy one and without.
const MODEST_EVERY: Duration = Duration::from_secs(1);
const ROUNDS: usize = 3;
/// How long it goes on before it counts: each key has used up what it may have at once.
const WARMING: Duration = Duration::from_secs(3);
/// For how long whoever was refused stays away, as they were told.
const REFUSED: Duration = Duration::from_secs(1);
/// The window in which a key has its ten requests.
const WINDOW: Duration = Duration::from_millis(1_050);

/// Lets so many keys call for so many seconds; `greedy` counts for the first of them where it is greedy.
pub(crate) async fn run(
    world: &Arc<World>,
    greedy: &Arc<World>,
    keys: usize,
    time: Duration,
) -> Result<(), Failure> {
    let started = Instant::now();
    let users = sign_in(world, keys).await?;
    print(&Line::Filled { logins: keys, seconds: started.elapsed().as_secs_f64() })?;
    let mut part = Part { world, before: [0; 4] };

    for (phase, number) in [("all", keys), ("few", keys / FEW)] {
        let span = Span::of(whole_windows(time));
        let calling = users.iter().take(number).enumerate().map(|(at, user)| {
            tokio::spawn(insist(world, user.twin(world, at), share(WINDOW, at, number), span))
        });
        let calling: Vec<_> = calling.collect();
        part.begins(span).await?;
        let mut done = Vec::new();
        for calls in join_all(calling).await {
            done.push(calls?);
        }
        part.ends(phase, span, done)?;
        tokio::time::sleep(WINDOW).await;
    }

    for round in 0..ROUNDS {
        for is_beside in [false, true] {
            // Nobody has anything left of what was before.
            tokio::time::sleep(WINDOW).await;
            let (span, before) = (Span::of(time / 2), greedy.tally.counts());
            let crowd: Vec<_> = (0..if is_beside { GREED } else { 0 })
                .map(|number| insist(greedy, users[0].twin(greedy, number), Duration::ZERO, span))
                .map(tokio::spawn)
                .collect();
            let modest = users.iter().enumerate().skip(1).map(|(number, user)| {
                let start = share(MODEST_EVERY, number, keys);
                tokio::spawn(now_and_then(world, user.twin(world, round * keys + number), start, span))
            });
            let modest: Vec<_> = modest.collect();
            part.begins(span).await?;
            let mut done = Vec::new();
            for calls in join_all(modest).await {
                done.push(calls?);
            }
            part.ends(if is_beside { "beside" } else { "apart" }, span, done)?;
            let mut done = 0;
            for calls in join_all(crowd).await {
                done += calls?;
            }
            if is_beside {
                Part { world: greedy, before }.ends("greedy", span, vec![done])?;
            }
        }
    }
    let words = [world, greedy].into_iter().flat_map(|world| world.tally.words()).collect();
    print(&Line::End { stream_bytes: 0, stream_seconds: 0.0, words })
}

/// From when to when something counts.
#[derive(Clone, Copy)]
struct Span {
    started: Instant,
    begin: Instant,
    end: Instant,
}

impl Span {
    fn of(time: Duration) -> Self {
        let started = Instant::now();
        Self { started, begin: started + WARMING, end: started + WARMING + time }
    }

    fn seconds(self) -> f64 {
        (self.end - self.begin).as_secs_f64()
    }

    /// Whether an answer that came now counts.
    fn counts(self) -> bool {
        (self.begin..self.end).contains(&Instant::now())
    }
}

/// What was counted in one part, besides the calls themselves.
struct Part<'a> {
    world: &'a World,
    before: [u64; 4],
}

impl Part<'_> {
    async fn begins(&mut self, span: Span) -> Result<(), Failure> {
        tokio::time::sleep_until(span.begin.into()).await;
        drop(self.world.tally.take());
        self.before = self.world.tally.counts();
        print(&Line::Look)
    }

    fn ends(&self, phase: &'static str, span: Span, done: Vec<u64>) -> Result<(), Failure> {
        let micros = self.world.tally.take().iter().map(|sample| sample.timing.micros()).collect();
        let ([_, refused, _, wrong], [_, refused_before, _, wrong_before]) =
            (self.world.tally.counts(), self.before);
        print(&Line::Share {
            phase,
            seconds: span.seconds(),
            done,
            micros,
            refused: refused - refused_before,
            wrong: wrong - wrong_before,
        })
    }
}

/// As long, but for what is left of a window: else chance gives some keys one window's requests more than others.
fn whole_windows(time: Duration) -> Duration {
    let rest = time.as_millis() % WINDOW.as_millis();
    time.saturating_sub(Duration::from_millis(u64::try_from(rest).unwrap_or_default()))
}

/// The `number`th of `all` equal parts of a time.
fn share(time: Duration, number: usize, all: usize) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "some hundreds")]
    let part = number as f64 / all.max(1) as f64;
    time.mul_f64(part)
}

/// Calls without a rest, from this long after the start on. How many were answered while it counted.
fn insist(
    world: &Arc<World>,
    mut user: User,
    start: Duration,
    span: Span,
) -> impl Future<Output = u64> + use<> {
    let world = Arc::clone(world);
    async move {
        tokio::time::sleep_until((span.started + start).into()).await;
        let mut done = 0;
        while Instant::now() < span.end {
            if user.make(&world, Kind::ListContacts).await {
                done += u64::from(span.counts());
            } else {
                tokio::time::sleep(REFUSED).await;
            }
        }
        done
    }
}

/// Calls once a second, from this long after the start on. How many were answered while it counted.
fn now_and_then(
    world: &Arc<World>,
    mut user: User,
    start: Duration,
    span: Span,
) -> impl Future<Output = u64> + use<> {
    let world = Arc::clone(world);
    async move {
        let mut done = 0;
        let mut due = span.started + start;
        while due < span.end {
            tokio::time::sleep_until(due.into()).await;
            if user.make(&world, Kind::ListContacts).await {
                done += u64::from(span.counts());
            }
            due = (due + MODEST_EVERY).max(Instant::now());
        }
        done
    }
}

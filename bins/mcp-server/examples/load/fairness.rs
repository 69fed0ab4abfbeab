//! Who gets what: many keys that all ask for as much as they may, each for one thing after the other; then one that asks for
//! far more beside many that ask for little. Every key is a workspace of its own, and what they ask for is one request to the
//! API each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join_all};
use tokio::task::JoinHandle;

use crate::calls::Kind;
use crate::growth::sign_in;
use crate::user::User;
use crate::{Failure, Line, World, print};

/// Of all keys, one in so many is enough that their own pace bounds them and not the machine.
const FEW: usize = 5;
/// Calls that the greedy one has under way.
const GREED: usize = 64;
/// How often the modest ones call in a second, and how often they are looked at with the greedy one and without.
const MODEST: f64 = 1.0;
const ROUNDS: usize = 15;
/// Where all ask for more than the machine can do, so much of what it did is offered next.
const BEARABLE: f64 = 0.9;
/// How long it goes on before it counts: each key has used up what it may have at once.
const WARMING: Duration = Duration::from_secs(3);
/// For how long whoever was refused stays away, as they were told.
const REFUSED: Duration = Duration::from_secs(1);
/// The window in which a key has its ten requests.
const WINDOW: Duration = Duration::from_millis(1_050);
const PACE: f64 = 10.0 / 1.05;

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

    let reached = part.insisting("all", &users, whole_windows(time)).await?;
    let bearable = BEARABLE * reached / float(keys);
    part.evenly("bearable", &users, bearable.min(PACE), time).await?;
    part.insisting("few", &users[..keys / FEW], whole_windows(time)).await?;

    let brief = time / 4;
    for round in 0..ROUNDS {
        let is_first_beside = round % 2 == 1;
        for is_beside in [is_first_beside, !is_first_beside] {
            // Nobody has anything left of what was before.
            tokio::time::sleep(WINDOW).await;
            let (span, before) = (Span::of(brief), greedy.tally.counts());
            let crowd: Vec<_> = (0..if is_beside { GREED } else { 0 })
                .map(|number| insist(greedy, users[0].twin(greedy, number), Duration::ZERO, span))
                .map(tokio::spawn)
                .collect();
            let phase = if is_beside { "beside" } else { "apart" };
            part.evenly(phase, &users[1..], MODEST, brief).await?;
            let mut done = 0;
            for calls in join_all(crowd).await {
                done += calls?;
            }
            if is_beside {
                Part { world: greedy, before }.ends("greedy", 0.0, span, vec![done])?;
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
    world: &'a Arc<World>,
    before: [u64; 4],
}

impl Part<'_> {
    async fn begins(&mut self, span: Span) -> Result<(), Failure> {
        tokio::time::sleep_until(span.begin.into()).await;
        drop(self.world.tally.take());
        self.before = self.world.tally.counts();
        print(&Line::Look)
    }

    /// Each of them calls without a rest. How many calls were answered in a second.
    async fn insisting(
        &mut self,
        phase: &'static str,
        users: &[User],
        time: Duration,
    ) -> Result<f64, Failure> {
        let span = Span::of(time);
        let calling = users.iter().enumerate().map(|(number, user)| {
            let start = share(WINDOW, number, users.len());
            tokio::spawn(insist(self.world, user.twin(self.world, number), start, span))
        });
        let done = self.all(span, calling.collect()).await?;
        let reached = float(usize::try_from(done.iter().sum::<u64>())?) / span.seconds();
        self.ends(phase, PACE, span, done)?;
        tokio::time::sleep(WINDOW).await;
        Ok(reached)
    }

    /// Each of them calls so many times a second, whenever it is due and the call before is answered.
    async fn evenly(
        &mut self,
        phase: &'static str,
        users: &[User],
        rate: f64,
        time: Duration,
    ) -> Result<(), Failure> {
        let (span, every) = (Span::of(time), Duration::from_secs_f64(1.0 / rate));
        let calling = users.iter().enumerate().map(|(number, user)| {
            let start = share(every, number, users.len());
            tokio::spawn(now_and_then(self.world, user.twin(self.world, number), start, every, span))
        });
        let done = self.all(span, calling.collect()).await?;
        self.ends(phase, rate, span, done)
    }

    /// What each of those who call got done.
    async fn all(&mut self, span: Span, calling: Vec<JoinHandle<u64>>) -> Result<Vec<u64>, Failure> {
        self.begins(span).await?;
        Ok(try_join_all(calling).await?)
    }

    fn ends(&self, phase: &'static str, offered: f64, span: Span, done: Vec<u64>) -> Result<(), Failure> {
        let micros = self.world.tally.take().iter().map(|sample| sample.timing.micros()).collect();
        let ([_, refused, _, wrong], [_, refused_before, _, wrong_before]) =
            (self.world.tally.counts(), self.before);
        print(&Line::Share {
            phase,
            offered,
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
    time.mul_f64(float(number) / float(all.max(1)))
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls")]
fn float(count: usize) -> f64 {
    count as f64
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

/// Calls every so often, from this long after the start on. How many were answered while it counted.
fn now_and_then(
    world: &Arc<World>,
    mut user: User,
    start: Duration,
    every: Duration,
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
            due = (due + every).max(Instant::now());
        }
        done
    }
}

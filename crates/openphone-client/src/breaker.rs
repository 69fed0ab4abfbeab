//! A circuit breaker: a host that keeps failing is left alone for a while, so that callers hear of it at once
//! and the host can recover.
//!
//! Closed, it lets everything through and watches. It opens after 5 failures in a row, or when at least half
//! of the last 20 requests failed. Open, it refuses everything for 15 s and up to a fifth more. Then it lets
//! one request through as a probe: success closes it, failure opens it again. What counts as a failure is
//! that the host failed (5xx, no answer, no connection); a 4xx shows that it is well.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How the host is doing, judged by the requests that were made anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpstreamState {
    /// It answered in the last five minutes, if only to refuse something, and is not left alone.
    Up,
    /// It failed so often that it is left alone for the moment, or the request that looks after it is out.
    Down,
    /// Nothing is known that is younger than five minutes.
    Unknown,
}

/// When the breaker opens and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerSettings {
    /// Failures in a row that open it. At least 1.
    pub consecutive_failures: u32,
    /// How many of the last 20 requests must have failed to open it. More than 20 means never.
    pub failures_of_twenty: u32,
    /// How long it stays open; up to a fifth is added at random.
    pub open_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { consecutive_failures: 5, failures_of_twenty: 10, open_for: Duration::from_secs(15) }
    }
}

impl BreakerSettings {
    /// Sets how many failures in a row open it.
    #[must_use]
    pub fn consecutive_failures(mut self, failures: u32) -> Self {
        self.consecutive_failures = failures.max(1);
        self
    }

    /// Sets how many failures of the last 20 open it.
    #[must_use]
    pub fn failures_of_twenty(mut self, failures: u32) -> Self {
        self.failures_of_twenty = failures.max(1);
        self
    }

    /// Sets how long it stays open, a day at most.
    #[must_use]
    pub fn open_for(mut self, time: Duration) -> Self {
        self.open_for = time.min(LONGEST_OPEN);
        self
    }
}

/// Longer is no circuit breaker any more.
const LONGEST_OPEN: Duration = Duration::from_secs(24 * 60 * 60);
/// What is told to those who come while a probe is out: it answers soon or times out, nobody can say when.
const PROBE_TIME: Duration = Duration::from_secs(1);
/// What was seen longer ago says nothing about now.
const LATELY: Duration = Duration::from_secs(5 * 60);
/// How many of the last requests are remembered.
const REMEMBERED: u32 = 20;

/// The breaker of one host.
#[derive(Debug)]
pub(crate) struct Breaker {
    settings: BreakerSettings,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// The last requests, newest in the lowest bit, 1 for a failure.
    history: u32,
    in_a_row: u32,
    /// When the host last answered and did not fail.
    answered: Option<Instant>,
    /// Counts the changes of phase: a request that began in another phase has no say in this one.
    epoch: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Open { until: Instant },
    Probing,
}

/// Leave to send one request. Dropped without a verdict, it counts for nothing.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    breaker: &'a Breaker,
    epoch: u64,
    probe: bool,
}

impl Breaker {
    pub(crate) fn new(settings: BreakerSettings) -> Self {
        let state = State { phase: Phase::Closed, history: 0, in_a_row: 0, answered: None, epoch: 0 };
        Self { settings, state: Mutex::new(state) }
    }

    /// How long to stay away, if a request would be refused now. Takes no probe.
    pub(crate) fn check(&self) -> Result<(), Duration> {
        let now = Instant::now();
        match self.lock().phase {
            Phase::Open { until } if until > now => Err(until - now),
            Phase::Probing => Err(PROBE_TIME),
            Phase::Closed | Phase::Open { .. } => Ok(()),
        }
    }

    /// Leave to send a request, or how long to stay away.
    pub(crate) fn admit(&self) -> Result<Permit<'_>, Duration> {
        let now = Instant::now();
        let mut state = self.lock();
        match state.phase {
            Phase::Closed => Ok(Permit { breaker: self, epoch: state.epoch, probe: false }),
            Phase::Open { until } if until > now => Err(until - now),
            Phase::Open { .. } => {
                state.enter(Phase::Probing);
                Ok(Permit { breaker: self, epoch: state.epoch, probe: true })
            }
            Phase::Probing => Err(PROBE_TIME),
        }
    }

    /// What is known of the host. Takes no probe.
    pub(crate) fn upstream(&self) -> UpstreamState {
        let now = Instant::now();
        let state = self.lock();
        match state.phase {
            Phase::Probing => UpstreamState::Down,
            // Nobody has asked since: it may be well again.
            Phase::Open { until } if until + LATELY > now => UpstreamState::Down,
            Phase::Closed if state.answered.is_some_and(|at| at + LATELY > now) => UpstreamState::Up,
            Phase::Open { .. } | Phase::Closed => UpstreamState::Unknown,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change leaves a state that can be gone on from.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The host answered.
    pub(crate) fn succeeded(self) {
        let now = Instant::now();
        let mut state = self.breaker.lock();
        // Whenever it was asked: this is when it answered.
        state.answered = Some(now);
        if state.epoch != self.epoch {
            return;
        }
        if self.probe {
            state.enter(Phase::Closed);
        } else {
            state.in_a_row = 0;
            state.remember(0);
        }
    }

    /// The host failed. `jitter` is random in 0 to 1.
    pub(crate) fn failed(self, jitter: f64) {
        let mut state = self.breaker.lock();
        if state.epoch != self.epoch {
            return;
        }
        state.in_a_row += 1;
        state.remember(1);
        let settings = &self.breaker.settings;
        if self.probe
            || state.in_a_row >= settings.consecutive_failures
            || state.history.count_ones() >= settings.failures_of_twenty
        {
            let open_for = settings.open_for.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 5.0);
            state.enter(Phase::Open { until: Instant::now() + open_for });
        }
    }
}

impl Drop for Permit<'_> {
    /// A probe that was given up (its caller went away) must not keep the breaker probing for ever: the next
    /// request is the probe.
    fn drop(&mut self) {
        let mut state = self.breaker.lock();
        if self.probe && state.epoch == self.epoch {
            state.enter(Phase::Open { until: Instant::now() });
        }
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        *self = Self { phase, history: 0, in_a_row: 0, epoch: self.epoch + 1, ..*self };
    }

    fn remember(&mut self, failure: u32) {
        self.history = (self.history << 1 | failure) & ((1 << REMEMBERED) - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN_FOR: Duration = Duration::from_secs(15);

    fn fail(breaker: &Breaker, times: usize) {
        for _ in 0..times {
            breaker.admit().expect("closed").failed(0.0);
        }
    }

    fn succeed(breaker: &Breaker, times: usize) {
        for _ in 0..times {
            breaker.admit().expect("closed").succeeded();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn five_failures_in_a_row_open_it_and_a_success_between_does_not() {
        let breaker = Breaker::new(BreakerSettings::default());
        fail(&breaker, 4);
        succeed(&breaker, 1);
        fail(&breaker, 4);
        assert_eq!(breaker.check(), Ok(()));
        fail(&breaker, 1);
        assert_eq!(breaker.check(), Err(OPEN_FOR));
        assert_eq!(breaker.admit().map(drop), Err(OPEN_FOR));
    }

    #[tokio::test(start_paused = true)]
    async fn ten_failures_among_twenty_open_it() {
        let breaker = Breaker::new(BreakerSettings::default());
        for _ in 0..9 {
            fail(&breaker, 1);
            succeed(&breaker, 1);
        }
        assert_eq!(breaker.check(), Ok(()));
        fail(&breaker, 1);
        assert_eq!(breaker.check(), Err(OPEN_FOR));
    }

    #[tokio::test(start_paused = true)]
    async fn old_failures_are_forgotten() {
        let breaker = Breaker::new(BreakerSettings::default());
        fail(&breaker, 4);
        succeed(&breaker, 16);
        fail(&breaker, 4);
        succeed(&breaker, 1);
        fail(&breaker, 4);
        assert_eq!(breaker.check(), Ok(()), "8 of the last 20, not 12");
    }

    #[tokio::test(start_paused = true)]
    async fn one_probe_decides() {
        let breaker = Breaker::new(BreakerSettings::default());
        fail(&breaker, 5);
        tokio::time::advance(OPEN_FOR).await;
        let probe = breaker.admit().expect("the probe");
        assert_eq!(breaker.admit().map(drop), Err(PROBE_TIME), "one probe at a time");
        probe.failed(1.0);
        assert_eq!(breaker.check(), Err(OPEN_FOR.mul_f64(1.2)), "a fifth more with full jitter");
        tokio::time::advance(OPEN_FOR * 2).await;
        breaker.admit().expect("the probe").succeeded();
        fail(&breaker, 4);
        assert_eq!(breaker.check(), Ok(()), "closed, with nothing remembered");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_goes_away_leaves_its_place() {
        let breaker = Breaker::new(BreakerSettings::default());
        fail(&breaker, 5);
        tokio::time::advance(OPEN_FOR).await;
        drop(breaker.admit().expect("the probe"));
        breaker.admit().expect("the next probe").succeeded();
        assert_eq!(breaker.check(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn it_knows_how_the_host_is_doing() {
        let breaker = Breaker::new(BreakerSettings::default());
        assert_eq!(breaker.upstream(), UpstreamState::Unknown);
        fail(&breaker, 4);
        assert_eq!(
            breaker.upstream(),
            UpstreamState::Unknown,
            "failures that are few are no news of its state"
        );
        succeed(&breaker, 1);
        fail(&breaker, 4);
        assert_eq!(breaker.upstream(), UpstreamState::Up);
        fail(&breaker, 1);
        assert_eq!(breaker.upstream(), UpstreamState::Down);
        tokio::time::advance(OPEN_FOR).await;
        assert_eq!(breaker.upstream(), UpstreamState::Down, "a probe would be let through, and is not back");
        let probe = breaker.admit().expect("the probe");
        assert_eq!(breaker.upstream(), UpstreamState::Down);
        probe.succeeded();
        assert_eq!(breaker.upstream(), UpstreamState::Up);
        tokio::time::advance(LATELY).await;
        assert_eq!(breaker.upstream(), UpstreamState::Unknown, "too long ago");
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_that_nobody_looked_after_is_forgotten() {
        let breaker = Breaker::new(BreakerSettings::default());
        fail(&breaker, 5);
        tokio::time::advance(OPEN_FOR + LATELY - Duration::from_millis(1)).await;
        assert_eq!(breaker.upstream(), UpstreamState::Down);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(breaker.upstream(), UpstreamState::Unknown);
    }

    #[tokio::test(start_paused = true)]
    async fn who_began_before_it_opened_has_no_say() {
        let breaker = Breaker::new(BreakerSettings::default());
        let mut late: Vec<_> = (0..6).map(|_| breaker.admit().expect("closed")).collect();
        fail(&breaker, 5);
        tokio::time::advance(OPEN_FOR / 3).await;
        late.drain(1..).for_each(|permit| permit.failed(1.0));
        assert_eq!(breaker.check(), Err(OPEN_FOR * 2 / 3), "late failures do not keep it open longer");
        tokio::time::advance(OPEN_FOR).await;
        breaker.admit().expect("the probe").succeeded();
        fail(&breaker, 4);
        late.drain(..).for_each(Permit::succeeded);
        fail(&breaker, 1);
        assert_eq!(breaker.check(), Err(OPEN_FOR), "a late success does not excuse five failures in a row");
    }
}

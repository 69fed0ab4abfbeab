//! What calls of one kind cost one server: the median over the rounds of a run, and how far the rounds are apart.

use crate::numbers::{float, mean, quantile, times};

/// What was asked of one server in one slice of a round, and the processor time that it used meanwhile.
#[derive(Clone, Debug)]
pub(super) struct Slice {
    pub(super) place: usize,
    /// None: nothing was asked.
    pub(super) kind: Option<String>,
    pub(super) seconds: f64,
    /// What each call took.
    pub(super) micros: Vec<u64>,
    /// In seconds.
    pub(super) processor: f64,
}

/// Calls of one kind to one server.
#[derive(Clone, Debug)]
pub(super) struct Cost {
    pub(super) requests: usize,
    /// Microseconds of each round.
    processor: Vec<f64>,
    /// Milliseconds of each call, round by round.
    latencies: Vec<Vec<f64>>,
}

impl Cost {
    /// From all slices of a run, in their order: what a server used in the last slice without calls, it would have used
    /// during the calls as well.
    pub(super) fn of(slices: &[Slice], place: usize, kind: &str) -> Self {
        let mut cost = Self { requests: 0, processor: Vec::new(), latencies: Vec::new() };
        let mut idle = 0.0;
        for slice in slices.iter().filter(|slice| slice.place == place) {
            match &slice.kind {
                None => idle = slice.processor / slice.seconds,
                Some(of) if of == kind && !slice.micros.is_empty() => {
                    let calls = float(slice.micros.len() as u64);
                    let used = slice.processor - idle * slice.seconds;
                    cost.requests += slice.micros.len();
                    cost.processor.push(1e6 * used / calls);
                    cost.latencies.push(slice.micros.iter().map(|micros| float(*micros) / 1e3).collect());
                }
                Some(_) => {}
            }
        }
        cost
    }

    /// Microseconds of processor time for a call.
    pub(super) fn processor(&self) -> f64 {
        quantile(self.processor.iter().copied(), 0.5)
    }

    /// How many times that of another, round by round.
    pub(super) fn processor_times(&self, of: &Self) -> f64 {
        times(self.processor.iter().copied(), of.processor.iter().copied())
    }

    /// The least and the most of any round.
    pub(super) fn spread(&self) -> (f64, f64) {
        let all = || self.processor.iter().copied();
        (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max))
    }

    /// What this share of calls did not exceed, in milliseconds: the median of the rounds.
    pub(super) fn latency(&self, share: f64) -> f64 {
        quantile(self.shares(share), 0.5)
    }

    /// How many times that of another, round by round.
    pub(super) fn latency_times(&self, of: &Self, share: f64) -> f64 {
        times(self.shares(share), of.shares(share))
    }

    /// What this share of calls did not exceed in each round.
    fn shares(&self, share: f64) -> impl Iterator<Item = f64> {
        self.latencies.iter().map(move |round| quantile(round.iter().copied(), share))
    }
}

/// What a server used without being asked, in seconds of processor time a second.
pub(super) fn idle(slices: &[Slice], place: usize) -> f64 {
    let idle = slices.iter().filter(|slice| slice.place == place && slice.kind.is_none());
    mean(idle.map(|slice| slice.processor / slice.seconds))
}

#[cfg(test)]
impl Cost {
    /// Three rounds of one call each.
    pub(super) fn fixed(processor: f64, ms: f64) -> Self {
        Self {
            requests: 3,
            processor: [0.9, 1.0, 1.1].map(|times| times * processor).to_vec(),
            latencies: vec![vec![ms]; 3],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(place: usize, kind: Option<&str>, processor: f64, micros: &[u64]) -> Slice {
        Slice { place, kind: kind.map(str::to_owned), seconds: 2.0, micros: micros.to_vec(), processor }
    }

    #[test]
    fn what_is_used_without_calls_is_no_call() {
        let calls: Vec<u64> = (1..=100).map(|number| number * 1_000).collect();
        let slices = [
            slice(0, None, 0.010, &[]),
            slice(1, None, 5.0, &[]),
            slice(0, Some("refresh"), 0.030, &calls),
            slice(0, Some("tools-list"), 9.0, &calls),
            slice(1, Some("refresh"), 9.0, &calls),
            slice(0, None, 0.020, &[]),
            slice(0, Some("refresh"), 0.060, &calls),
            slice(0, None, 0.0, &[]),
            slice(0, Some("refresh"), 0.050, &calls),
        ];
        let cost = Cost::of(&slices, 0, "refresh");
        assert_eq!(cost.requests, 300);
        assert!((cost.processor() - 400.0).abs() < 1e-6, "{cost:?}");
        let (least, most) = cost.spread();
        assert!((least - 200.0).abs() < 1e-6 && (most - 500.0).abs() < 1e-6, "{cost:?}");
        assert_eq!((cost.latency(0.5), cost.latency(0.99)), (50.0, 99.0));
        assert!((idle(&slices, 0) - 0.005).abs() < 1e-9 && (idle(&slices, 1) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn without_a_call_no_bar_holds() {
        assert!(Cost::of(&[], 0, "refresh").processor().is_infinite());
    }
}

//! Taking turns: rounds of the two sides alternate, so that a machine that slows down or warms up does so for
//! both, and whoever goes first changes from round to round.

use std::time::{Duration, Instant};

use serde::Serialize;
use stats_alloc::Region;

use crate::{ALLOCATOR, Failure};

/// Repetitions of each side in a round.
const TURNS: usize = 25;
/// Rounds of a case.
const ROUNDS: usize = 1200;
/// Rounds before anything counts: the connection is made, memory is laid out.
const WARM_UP: usize = 20;
/// A slow machine gets fewer rounds, and the run still ends in time.
const LONGEST: Duration = Duration::from_secs(12);

/// One side of a case, measured.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    case: &'static str,
    side: Side,
    samples: usize,
    microseconds: Spread,
    /// Allocations and enlargements, and the bytes that they asked for: the median.
    allocations: f64,
    bytes: f64,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// This crate.
    Client,
    /// The same without it.
    Bare,
}

#[derive(Debug, Serialize)]
struct Spread {
    minimum: f64,
    median: f64,
    p99: f64,
}

/// What one repetition took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    time: Duration,
    allocations: usize,
    bytes: usize,
}

/// Begins a [`Sample`].
pub(crate) struct Stopwatch {
    region: Region<'static, std::alloc::System>,
    started: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { region: Region::new(ALLOCATOR), started: Instant::now() }
    }

    pub(crate) fn stop(self) -> Sample {
        let time = self.started.elapsed();
        let change = self.region.change();
        let allocations = change.allocations + change.reallocations;
        Sample { time, allocations, bytes: change.bytes_allocated }
    }
}

/// Has both sides do the same, over and over.
pub(crate) async fn compare(
    case: &'static str,
    mut client: impl AsyncFnMut() -> Result<(), Failure>,
    mut bare: impl AsyncFnMut() -> Result<(), Failure>,
) -> Result<[Figure; 2], Failure> {
    let mut taken = Taken::new();
    for round in 0..WARM_UP + ROUNDS {
        for side in Taken::order(round) {
            for _ in 0..TURNS {
                let watch = Stopwatch::start();
                match side {
                    Side::Client => client().await?,
                    Side::Bare => bare().await?,
                }
                taken.add(round, side, watch.stop());
            }
        }
        if taken.is_long() {
            break;
        }
    }
    Ok(taken.figures(case))
}

/// The samples of a case. Room for all of them is there from the start, so that keeping them takes no memory.
struct Taken {
    started: Instant,
    client: Vec<Sample>,
    bare: Vec<Sample>,
}

impl Taken {
    fn new() -> Self {
        let room = || Vec::with_capacity(ROUNDS * TURNS);
        Self { started: Instant::now(), client: room(), bare: room() }
    }

    fn order(round: usize) -> [Side; 2] {
        if round.is_multiple_of(2) { [Side::Client, Side::Bare] } else { [Side::Bare, Side::Client] }
    }

    fn add(&mut self, round: usize, side: Side, sample: Sample) {
        match side {
            _ if round < WARM_UP => {}
            Side::Client => self.client.push(sample),
            Side::Bare => self.bare.push(sample),
        }
    }

    fn is_long(&self) -> bool {
        self.started.elapsed() > LONGEST
    }

    fn figures(self, case: &'static str) -> [Figure; 2] {
        [figure(case, Side::Client, &self.client, 1), figure(case, Side::Bare, &self.bare, 1)]
    }
}

/// Sums up samples of `repetitions` each.
pub(crate) fn figure(case: &'static str, side: Side, samples: &[Sample], repetitions: u32) -> Figure {
    let each = |value: f64| value / f64::from(repetitions);
    let times = sorted(samples, |sample| as_float(sample.time.as_nanos()) / 1e3);
    let allocations = sorted(samples, |sample| as_float(sample.allocations as u128));
    let bytes = sorted(samples, |sample| as_float(sample.bytes as u128));
    Figure {
        case,
        side,
        samples: samples.len(),
        microseconds: Spread {
            minimum: each(at(&times, 0)),
            median: each(at(&times, 50)),
            p99: each(at(&times, 99)),
        },
        allocations: each(at(&allocations, 50)),
        bytes: each(at(&bytes, 50)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and times of one request are far below 2^52")]
fn as_float(count: u128) -> f64 {
    count as f64
}

fn sorted(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> Vec<f64> {
    let mut values: Vec<_> = samples.iter().map(value).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The value below which `percent` of them lie.
fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or_default()
}

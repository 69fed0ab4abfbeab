//! What was measured: slices, by case, contender and connections.

use super::contender::{Case, Contender};
use super::statistics::{Spread, median, paired_ratio};

/// One contender under load for a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Slice {
    /// Requests a second.
    pub(super) per_second: f64,
    /// Microseconds.
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    /// Microseconds of processor time that a request took in the contender.
    pub(super) processor: f64,
    /// The part of its core that the load was busy.
    pub(super) load_share: f64,
    /// The part of a core that programs took which have no part in it.
    pub(super) others_share: f64,
}

/// The slices of one contender, one of each round.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) case: Case,
    pub(super) contender: Contender,
    pub(super) connections: u32,
    pub(super) slices: Vec<Slice>,
}

impl Series {
    pub(super) fn median(&self, of: impl Fn(&Slice) -> f64) -> f64 {
        median(self.slices.iter().map(of)).unwrap_or(f64::NAN)
    }

    pub(super) fn throughput(&self) -> Option<Spread> {
        Spread::of(self.slices.iter().map(|slice| slice.per_second))
    }
}

/// Memory under open streams.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    pub(super) contender: Contender,
    /// Resident bytes before any stream.
    pub(super) before: u64,
    /// Open streams, and resident bytes with them.
    pub(super) levels: Vec<(u32, u64)>,
}

impl Streams {
    /// Kilobytes of one stream, when most were open.
    pub(super) fn kilobytes(&self) -> Option<f64> {
        let &(open, resident) = self.levels.last()?;
        (open > 0).then(|| float(resident.saturating_sub(self.before)) / 1e3 / f64::from(open))
    }
}

/// A contender that nobody asks for anything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) contender: Contender,
    /// Milliseconds to the first 200.
    pub(super) milliseconds: Spread,
    /// Resident bytes, idle.
    pub(super) resident: u64,
    /// Bytes of the program, where it is one file.
    pub(super) size: Option<u64>,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub(super) series: Vec<Series>,
    pub(super) streams: Vec<Streams>,
    pub(super) starts: Vec<Start>,
    /// Bytes of the answers of a case, by who gave them.
    pub(super) bytes: Vec<(Case, Contender, usize)>,
}

impl Findings {
    pub(super) fn series(&self, case: Case, contender: Contender, connections: u32) -> Option<&Series> {
        self.series.iter().find(|series| {
            series.case == case && series.contender == contender && series.connections == connections
        })
    }

    /// One contender against another: the median of what the rounds give.
    pub(super) fn ratio(
        &self,
        case: Case,
        [ours, theirs]: [Contender; 2],
        connections: u32,
        of: impl Fn(&Slice) -> f64,
    ) -> Option<f64> {
        let values = |contender| -> Option<Vec<f64>> {
            let series = self.series(case, contender, connections)?;
            Some(series.slices.iter().map(&of).collect())
        };
        paired_ratio(&values(ours)?, &values(theirs)?)
    }

    /// Of all slices.
    pub(super) fn spread(&self, of: impl Fn(&Slice) -> f64) -> Option<Spread> {
        Spread::of(self.series.iter().flat_map(|series| &series.slices).map(of))
    }

    pub(super) fn streams(&self, contender: Contender) -> Option<&Streams> {
        self.streams.iter().find(|streams| streams.contender == contender)
    }

    pub(super) fn start(&self, contender: Contender) -> Option<&Start> {
        self.starts.iter().find(|start| start.contender == contender)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^52")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Findings with three rounds of each case and contender at each number of connections: `mcp-server` keeps 80% of
    /// bare hyper, with a line for each request 60%, and everybody else 10%.
    pub(in super::super) fn example() -> Findings {
        let mut findings = Findings::default();
        for case in super::super::contender::CASES {
            for &connections in case.connections() {
                findings.series.extend(case.contenders().iter().map(|&contender| {
                    let share = match contender {
                        Contender::Bare | Contender::Proxy => 1.0,
                        Contender::Server => 0.8,
                        Contender::LoggingServer => 0.6,
                        _ => 0.1,
                    };
                    let slice = |speed: f64| Slice {
                        per_second: 100_000.0 * share * speed,
                        p50: 100.0 / share,
                        p90: 150.0 / share,
                        p99: 200.0 / share,
                        processor: 10.0 / share,
                        load_share: 0.5,
                        others_share: 0.02 * speed,
                    };
                    Series { case, contender, connections, slices: [1.0, 0.5, 0.9].map(slice).to_vec() }
                }));
            }
        }
        for contender in [Contender::Bare, Contender::Server, Contender::Rmcp] {
            let levels = vec![(1_000, 24_000_000), (10_000, 170_000_000)];
            findings.streams.push(Streams { contender, before: 10_000_000, levels });
            let milliseconds = Spread { median: 20.0, least: 19.0, most: 30.0 };
            let start = Start { contender, milliseconds, resident: 9_000_000, size: Some(5_000_000) };
            findings.starts.push(start);
        }
        findings.bytes.push((Case::OwnList, Contender::Server, 47_972));
        findings
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let findings = example();
        let both = [Contender::Server, Contender::Bare];
        let ratio = findings.ratio(Case::OwnList, both, 16, |slice| slice.per_second).unwrap();
        assert!((ratio - 0.8).abs() < 1e-9, "{ratio}");
        let nobody = [Contender::Proxy, Contender::Bare];
        assert_eq!(findings.ratio(Case::OwnList, nobody, 16, |slice| slice.per_second), None);
    }

    #[test]
    fn a_stream_takes_what_was_added() {
        assert_eq!(example().streams(Contender::Rmcp).and_then(Streams::kilobytes), Some(16.0));
    }

    #[test]
    fn the_median_of_a_series_and_its_ends() {
        let findings = example();
        let series = findings.series(Case::List(5), Contender::Bare, 64).unwrap();
        let spread = Spread { median: 90_000.0, least: 50_000.0, most: 100_000.0 };
        assert_eq!(series.throughput(), Some(spread));
        assert!((series.median(|slice| slice.p99) - 200.0).abs() < 1e-9);
    }
}

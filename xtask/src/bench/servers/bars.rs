//! The bars that our servers are held to, each beside what was measured in the same run.

use super::contender::{Case, Contender};
use super::findings::{Findings, Slice, Streams, float};
use crate::figure::Figure;

/// Connections of the bars: one core is busy from few on, and stays so with many.
const BUSY: [u32; 2] = [16, 64];
/// Open streams that must be held.
const STREAMS: u32 = 10_000;

/// Every bar that the findings speak of.
pub(super) fn figures(findings: &Findings) -> Vec<Figure> {
    let mut figures = Vec::new();
    for case in [Case::OwnList, Case::Call] {
        for connections in BUSY {
            against_bare(&mut figures, findings, case, connections);
        }
    }
    let upstream = Case::Upstream;
    for connections in BUSY {
        let what = format!("{}, {connections} at once: throughput of that of a bare proxy", upstream.name());
        let ratio = findings.ratio(upstream, [Contender::Server, Contender::Proxy], connections, per_second);
        figures.push(Figure::at_least(what, value(ratio), 0.6, "times").digits(2));
    }
    let tokens = findings.series(Case::Token, Contender::Server, 64);
    let tokens = tokens.map(|series| series.median(per_second) / 1e3);
    let what = "/token, refresh, durable file, 64 at once: thousands a second";
    figures.push(Figure::at_least(what, value(tokens), 10.0, ""));
    memory_and_start(&mut figures, findings);
    figures
}

fn against_bare(figures: &mut Vec<Figure>, findings: &Findings, case: Case, connections: u32) {
    let name = |what: &str| format!("{}, {connections} at once: {what}", case.name());
    let ratio = |pair, of: fn(&Slice) -> f64| value(findings.ratio(case, pair, connections, of));
    let (quiet, logging) =
        ([Contender::Server, Contender::Bare], [Contender::LoggingServer, Contender::Bare]);
    let bars = [
        (quiet, "throughput of bare hyper's, logs at warn", 0.7),
        (logging, "throughput of bare hyper's, a log line for each request", 0.5),
    ];
    for (pair, what, bar) in bars {
        figures.push(Figure::at_least(name(what), ratio(pair, per_second), bar, "times").digits(2));
    }
    figures.push(Figure::at_most(name("p99 of bare hyper's"), ratio(quiet, |slice| slice.p99), 2.0, "times"));
    let rmcp = ratio([Contender::Server, Contender::Rmcp], per_second);
    figures.push(Figure::at_least(name("throughput of rmcp's"), rmcp, 3.0, "times"));
}

fn memory_and_start(figures: &mut Vec<Figure>, findings: &Findings) {
    let start = findings.start(Contender::Server);
    let idle = start.map(|start| float(start.resident) / 1e6);
    figures.push(Figure::at_most("resident memory, idle", value(idle), 15.0, "MB"));
    let streams = findings.streams(Contender::Server);
    let kilobytes = streams.and_then(Streams::kilobytes);
    figures.push(Figure::at_most("resident memory of an open idle stream", value(kilobytes), 16.0, "kB"));
    let open = streams.and_then(|streams| streams.levels.last()).map(|&(open, _)| f64::from(open));
    figures.push(Figure::at_least("open streams held", value(open), f64::from(STREAMS), "").digits(0));
    let cold = start.map(|start| start.milliseconds.median);
    figures.push(Figure::at_most("cold start to the first 200", value(cold), 50.0, "ms"));
    let size = start.and_then(|start| start.size).map(|size| float(size) / 1e6);
    figures.push(Figure::at_most("release binary, stripped", value(size), 16.0, "MB"));
}

fn per_second(slice: &Slice) -> f64 {
    slice.per_second
}

/// What was not measured holds no bar.
fn value(measured: Option<f64>) -> f64 {
    measured.unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::example;
    use super::*;
    use crate::figure;

    #[test]
    fn every_bar_is_held_against_what_was_measured() {
        insta::assert_snapshot!(figure::table(&figures(&example())));
    }

    #[test]
    fn what_was_not_measured_holds_no_bar() {
        assert!(figures(&Findings::default()).iter().all(|figure| !figure.holds()));
    }
}

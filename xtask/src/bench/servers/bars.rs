//! The bars that our servers are held to, each beside what was measured in the same run.

use super::contender::{Case, Contender};
use super::findings::{Findings, Slice, Start, Streams, float};
use crate::figure::Figure;

/// Connections of the bars: one core is busy from few on, and stays so with many.
const BUSY: [u32; 2] = [16, 64];
/// Open streams that must be held.
const STREAMS: u32 = 10_000;

/// Every bar whose value was measured.
pub(super) fn figures(findings: &Findings) -> Vec<Figure> {
    let mut figures = Vec::new();
    for case in [Case::OwnList, Case::Call] {
        for connections in BUSY {
            figures.extend(against_bare(findings, case, connections));
        }
    }
    let upstream = Case::Upstream;
    for connections in BUSY {
        let what = format!("{}, {connections} at once: throughput of that of a bare proxy", upstream.name());
        let ratio = findings.ratio(upstream, [Contender::Server, Contender::Proxy], connections, per_second);
        figures.extend(ratio.map(|ratio| Figure::at_least(what, ratio, 0.6, "times").digits(2)));
    }
    let tokens = findings.series(Case::Token, Contender::Server, 64);
    figures.extend(tokens.map(|series| {
        let what = "/token, refresh, durable file, 64 at once: thousands a second";
        Figure::at_least(what, series.median(per_second) / 1e3, 10.0, "")
    }));
    figures.extend(findings.start(Contender::Server).map(idle));
    figures.extend(findings.streams(Contender::Server).into_iter().flat_map(open_streams));
    figures.extend(findings.start(Contender::Server).into_iter().flat_map(start));
    figures
}

fn against_bare(findings: &Findings, case: Case, connections: u32) -> impl Iterator<Item = Figure> {
    let name = |what: &str| format!("{}, {connections} at once: {what}", case.name());
    let ratio = |pair, of: fn(&Slice) -> f64| findings.ratio(case, pair, connections, of);
    let (quiet, logging) =
        ([Contender::Server, Contender::Bare], [Contender::LoggingServer, Contender::Bare]);
    let least = |pair, what, bar| {
        let ratio = ratio(pair, per_second)?;
        Some(Figure::at_least(name(what), ratio, bar, "times").digits(2))
    };
    let figures = [
        least(quiet, "throughput of bare hyper's, logs at warn", 0.7),
        least(logging, "throughput of bare hyper's, a log line for each request", 0.5),
        ratio(quiet, |slice| slice.p99)
            .map(|p99| Figure::at_most(name("p99 of bare hyper's"), p99, 2.0, "times")),
        ratio([Contender::Server, Contender::Rmcp], per_second)
            .map(|rmcp| Figure::at_least(name("throughput of rmcp's"), rmcp, 3.0, "times")),
    ];
    figures.into_iter().flatten()
}

fn idle(start: &Start) -> Figure {
    Figure::at_most("resident memory, idle", float(start.resident) / 1e6, 15.0, "MB")
}

fn start(start: &Start) -> impl Iterator<Item = Figure> {
    let size = start.size.map(|size| float(size) / 1e6);
    let size = size.map(|size| Figure::at_most("release binary, stripped", size, 16.0, "MB"));
    let cold = Figure::at_most("cold start to the first 200", start.milliseconds.median, 50.0, "ms");
    std::iter::once(cold).chain(size)
}

fn open_streams(streams: &Streams) -> impl Iterator<Item = Figure> {
    let one = streams.kilobytes();
    let one = one.map(|one| Figure::at_most("resident memory of an open idle stream", one, 16.0, "kB"));
    let open = streams.levels.last().map(|&(open, _)| f64::from(open));
    let open = open.map(|open| Figure::at_least("open streams held", open, f64::from(STREAMS), "").digits(0));
    one.into_iter().chain(open)
}

fn per_second(slice: &Slice) -> f64 {
    slice.per_second
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
    fn what_was_not_measured_has_no_bar() {
        assert!(figures(&Findings::default()).is_empty());
        let mut findings = example();
        findings.series.retain(|series| series.case == Case::Token);
        findings.starts.clear();
        findings.streams.clear();
        let table = figure::table(&figures(&findings));
        assert!(table.ends_with("72.0 | at least 10 | yes |\n") && table.lines().count() == 3, "{table}");
    }
}

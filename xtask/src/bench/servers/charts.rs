//! The findings as pictures.

use super::contender::{Case, Contender};
use super::findings::{Findings, Streams, float};
use crate::bench::ranges::{self, Range, Ranges};
use crate::bench::ranking::{self, Bar, Ranking};

/// Connections of the picture of throughput.
const BUSY: u32 = 64;

/// File names in docs/images/, and the pictures.
pub(super) fn charts(findings: &Findings) -> Vec<(&'static str, String)> {
    vec![
        ("servers-throughput.svg", throughput(findings).svg()),
        ("servers-memory.svg", memory(findings).svg()),
        ("servers-latency.svg", latency(findings).svg()),
    ]
}

fn throughput(findings: &Findings) -> Ranking {
    let panel = |case: Case| {
        let bars = case.contenders().iter().filter_map(|&contender| {
            let series = findings.series(case, contender, BUSY)?;
            Some(bar(contender, series.median(|slice| slice.per_second)))
        });
        ranking::Panel { heading: case.name(), digits: 0, bars: bars.collect() }
    };
    Ranking {
        title: format!("Requests a second on one core, {BUSY} at once (more is better)"),
        panels: [Case::List(20), Case::OwnList, Case::Call, Case::Upstream].map(panel).into(),
    }
}

fn memory(findings: &Findings) -> Ranking {
    let idle = findings.starts.iter().map(|start| bar(start.contender, float(start.resident) / 1e6));
    let streams = findings.streams.iter();
    let streams = streams.filter_map(|streams| Some(bar(streams.contender, Streams::kilobytes(streams)?)));
    let panel = |heading: &str, bars| ranking::Panel { heading: heading.to_owned(), digits: 1, bars };
    Ranking {
        title: "Resident memory (less is better)".to_owned(),
        panels: vec![panel("Idle, MB", idle.collect()), panel("One open idle stream, kB", streams.collect())],
    }
}

fn latency(findings: &Findings) -> Ranges {
    let case = Case::Call;
    let panel = |connections: &u32| {
        let ranges = case.contenders().iter().filter_map(|&contender| {
            let series = findings.series(case, contender, *connections)?;
            Some(Range {
                name: contender.name(),
                median: series.median(|slice| slice.p50) / 1e3,
                p99: series.median(|slice| slice.p99) / 1e3,
                is_ours: contender.is_ours(),
            })
        });
        ranges::Panel { heading: format!("{connections} at once"), ranges: ranges.collect() }
    };
    Ranges {
        title: format!("{}: time to the answer (less is better)", case.name()),
        unit: "ms",
        panels: case.connections().iter().map(panel).collect(),
    }
}

fn bar(contender: Contender, value: f64) -> Bar {
    Bar { name: contender.name(), value, is_ours: contender.is_ours() }
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::example;
    use super::*;

    #[test]
    fn throughput_is_of_everybody_at_64() {
        let ranking = throughput(&example());
        let bars = &ranking.panels[2].bars;
        assert_eq!(bars.len(), Case::Call.contenders().len());
        assert_eq!(bars[1], Bar { name: "mcp-server", value: 72_000.0, is_ours: true });
        assert_eq!(bars[4], Bar { name: "rmcp", value: 9_000.0, is_ours: false });
    }

    #[test]
    fn memory_is_of_everybody_who_was_weighed() {
        let ranking = memory(&example());
        let values: Vec<Vec<_>> =
            ranking.panels.iter().map(|panel| panel.bars.iter().map(|bar| bar.value).collect()).collect();
        assert_eq!(values, [[9.0; 3], [16.0; 3]]);
    }

    #[test]
    fn latency_has_a_panel_for_each_number_of_connections() {
        let ranges = latency(&example());
        let [one, _, many] = &ranges.panels[..] else { panic!("three panels") };
        assert_eq!((one.heading.as_str(), many.heading.as_str()), ("1 at once", "64 at once"));
        assert_eq!((many.ranges[1].median, many.ranges[1].p99), (0.125, 0.25));
    }
}

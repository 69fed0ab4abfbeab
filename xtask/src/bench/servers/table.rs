//! The findings as tables of Markdown.

use std::fmt::Write as _;

use super::contender::{CASES, Case, Contender};
use super::findings::{Findings, Series, Start, Streams, float};

/// What the connections' columns are of.
const CONNECTIONS: [u32; 3] = [1, 16, 64];
/// What is not there.
const NOTHING: &str = "–";

/// All tables, each under a line that says what it is.
pub(super) fn tables(findings: &Findings) -> String {
    let mut text = String::new();
    let is_measured = |case: &Case| findings.series.iter().any(|series| series.case == *case);
    for case in CASES.into_iter().filter(is_measured) {
        let _ = writeln!(text, "**{}**{}\n", case.name(), answer_bytes(findings, case));
        text.push_str(&match case.connections() {
            [_] => narrow(findings, case),
            _ => wide(findings, case),
        });
        text.push('\n');
    }
    if !findings.starts.is_empty() {
        let _ = writeln!(text, "**Memory and start**\n\n{}", standing(findings));
    }
    text
}

/// Who answered with how many bytes.
fn answer_bytes(findings: &Findings, case: Case) -> String {
    let bytes = findings.bytes.iter().filter(|(of, ..)| *of == case);
    let parts: Vec<_> = bytes.map(|(_, contender, bytes)| format!("{} {bytes}", contender.name())).collect();
    if parts.is_empty() { String::new() } else { format!(" (bytes of an answer: {})", parts.join(", ")) }
}

/// A row for each contender, with columns for one, a few and many connections.
fn wide(findings: &Findings, case: Case) -> String {
    let mut table = String::from(
        "| | A second, 1 at once | 16 at once | 64 at once | Of the first row, 16 | 64 | p50 / p90 / p99 in ms, 1 at once | 16 | 64 | \
         Processor, µs |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let is_measured = |contender: &&Contender| {
        findings.series.iter().any(|series| series.case == case && series.contender == **contender)
    };
    for &contender in case.contenders().iter().filter(is_measured) {
        let _ = write!(table, "| {} |", name(contender));
        let all = CONNECTIONS.map(|connections| findings.series(case, contender, connections));
        let ratios = CONNECTIONS.map(|connections| ratio(findings, case, contender, connections));
        let cells = all.map(|series| series.map_or_else(nothing, throughput)).into_iter();
        let cells = cells.chain(ratios.into_iter().skip(1));
        let cells = cells.chain(all.map(|series| series.map_or_else(nothing, latency)));
        for cell in cells.chain([all[2].map_or_else(nothing, processor)]) {
            let _ = write!(table, " {cell} |");
        }
        table.push('\n');
    }
    table
}

/// A row for each contender, where there is one number of connections.
fn narrow(findings: &Findings, case: Case) -> String {
    let connections = case.connections().first().copied().unwrap_or_default();
    let mut table = format!(
        "| | A second, {connections} at once | Of the first row | p50 / p90 / p99 in ms | Processor, µs |\n\
         |---|---:|---:|---:|---:|\n"
    );
    for &contender in case.contenders() {
        let Some(series) = findings.series(case, contender, connections) else { continue };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} |",
            name(contender),
            throughput(series),
            ratio(findings, case, contender, connections),
            latency(series),
            processor(series)
        );
    }
    table
}

fn name(contender: Contender) -> String {
    if contender.is_ours() { format!("**{}**", contender.name()) } else { contender.name().to_owned() }
}

fn nothing() -> String {
    NOTHING.to_owned()
}

/// The median, and between what the slices were.
fn throughput(series: &Series) -> String {
    series.throughput().map_or_else(nothing, |spread| {
        format!("{:.0} ({:.0}–{:.0})", spread.median, spread.least, spread.most)
    })
}

fn latency(series: &Series) -> String {
    let [p50, p90, p99] = [
        series.median(|slice| slice.p50),
        series.median(|slice| slice.p90),
        series.median(|slice| slice.p99),
    ]
    .map(|micros| milliseconds(micros / 1e3));
    format!("{p50} / {p90} / {p99}")
}

/// With three digits that say something.
fn milliseconds(value: f64) -> String {
    let digits = match value {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

fn processor(series: &Series) -> String {
    format!("{:.1}", series.median(|slice| slice.processor))
}

/// Of what the case's first contender does, if that is a ceiling.
fn ratio(findings: &Findings, case: Case, contender: Contender, connections: u32) -> String {
    let Some(&ceiling) = case.contenders().first().filter(|first| first.is_ceiling()) else {
        return nothing();
    };
    let ratio = findings.ratio(case, [contender, ceiling], connections, |slice| slice.per_second);
    ratio
        .map_or_else(nothing, |ratio| if ratio < 0.1 { format!("{ratio:.3}") } else { format!("{ratio:.2}") })
}

/// A row for each contender that was started, or held streams open.
fn standing(findings: &Findings) -> String {
    let mut levels: Vec<u32> =
        findings.streams.iter().flat_map(|streams| &streams.levels).map(|(open, _)| *open).collect();
    levels.sort_unstable();
    levels.dedup();
    let columns: String = levels.iter().map(|open| format!(" {open} streams, MB |")).collect();
    let mut table = format!("| | Cold start, ms | Program, MB | Idle, MB |{columns} A stream, kB |\n");
    let _ = writeln!(table, "|---|---:|---:|---:|{}---:|", "---:|".repeat(levels.len()));
    for start in &findings.starts {
        let Start { contender, milliseconds, resident, size } = *start;
        let cold = format!("{:.1} ({:.1}–{:.1})", milliseconds.median, milliseconds.least, milliseconds.most);
        let size = size.map_or_else(nothing, megabytes);
        let _ = write!(table, "| {} | {cold} | {size} | {} |", name(contender), megabytes(resident));
        let streams = findings.streams(contender);
        for level in &levels {
            let resident = streams.and_then(|streams| streams.levels.iter().find(|(open, _)| open == level));
            let _ = write!(table, " {} |", resident.map_or_else(nothing, |&(_, bytes)| megabytes(bytes)));
        }
        let one = streams.and_then(Streams::kilobytes).map_or_else(nothing, |one| format!("{one:.1}"));
        let _ = writeln!(table, " {one} |");
    }
    table
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", float(bytes) / 1e6)
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::example;
    use super::*;

    #[test]
    fn every_figure_has_its_cell() {
        insta::assert_snapshot!(tables(&example()));
    }

    #[test]
    fn times_have_three_digits() {
        assert_eq!([0.1234, 9.994, 12.34, 785.5].map(milliseconds), ["0.12", "9.99", "12.3", "786"]);
    }
}

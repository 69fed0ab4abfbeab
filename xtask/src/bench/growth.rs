//! `bench growth`: what a call costs the server, with one connection there and with ten thousand, and with one open stream and
//! ten thousand.
//!
//! Each size is a server of its own with a simulated API of its own and its state in a file; they run side by side, and each
//! is asked in turn, briefly and again and again, so that a machine's moods meet all of them. The connections have logged in
//! by the whole OAuth flow. What a server uses without being asked, which is what open streams cost by themselves, is measured
//! in every round and taken off what the calls after it used. Flat is the bar: [`BAR`]; the figures are of one machine, so that nothing
//! fails when it is missed.

use std::fmt::Write as _;

use super::chart::{Chart, Panel};
use super::load::{self, Line};
use super::{Conditions, Report};
use crate::deployment::{Deployment, Setup};
use crate::error::Error;
use crate::numbers::grouped;
use crate::progress::step;
use crate::report;
use crate::workspace::Workspace;

mod cost;

use cost::{Cost, Slice};

/// How many times the cost with one a call may cost with more.
const BAR: f64 = 1.15;
/// Descriptors of the load and of the server with the most streams, and some.
const DESCRIPTORS: u64 = 15_000;
/// Limits of what is measured here are those of the machine: what one connection may ask for is not enough to measure it.
const OPTIONS: &[&str] = &["--grant-rate", "off", "--key-rate", "off"];
/// The simulated API remembers everybody, and refuses nobody whom the server let through.
const SANDBOX: &[&str] = &["--requests-per-second", "1000"];
const WORKSPACES: u32 = 20_000;

/// What there is more and more of.
#[derive(Clone, Copy, Debug)]
struct Axis {
    /// As the load calls it.
    mode: &'static str,
    /// On the page.
    name: [&'static str; 2],
    counts: [u32; 3],
    /// The same, to see whether it works.
    quick: [u32; 3],
}

const AXES: [Axis; 2] = [
    Axis {
        mode: "grants",
        name: ["connection", "connections"],
        counts: [1, 100, 10_000],
        quick: [1, 10, 100],
    },
    Axis {
        mode: "streams",
        name: ["open stream", "open streams"],
        counts: [1, 1_000, 10_000],
        quick: [1, 10, 100],
    },
];

/// What is asked, as the load calls it and as the page does, and how, along either axis.
const KINDS: [(&str, &str, [&str; 2]); 3] = [
    ("tools-list", "`tools/list`", ["four at a time", "four at a time"]),
    ("list-contacts", "`list-contacts`", ["one every 115 ms", "four at a time"]),
    ("refresh", "`/token`, a refresh", ["one every 300 ms", "one after the other"]),
];

/// What was measured along an axis: of each kind the cost at each count, and what a server used without being asked.
struct Findings {
    axis: Axis,
    counts: [u32; 3],
    kinds: Vec<[Cost; 3]>,
    /// Milliseconds of processor time a second.
    idle: [f64; 3],
    /// The longest that logging in took, with how many did.
    logins: (u64, f64),
}

pub(super) fn measure(workspace: &Workspace, conditions: Conditions) -> Result<Report, Error> {
    load::build(workspace, conditions.debug)?;
    let limit = rlimit::getrlimit(rlimit::Resource::NOFILE).map_or(0, |(soft, _)| soft);
    if limit < DESCRIPTORS && !conditions.quick {
        let needed = format!("ten thousand streams need {DESCRIPTORS} open files, and {limit} are allowed");
        return Err(Error::Missing(needed));
    }
    let findings = AXES.map(|axis| step(axis.name[1], || along(workspace, conditions, axis)));
    let [grants, streams] = findings;
    let findings = [grants?, streams?];
    let tables: Vec<_> = findings.iter().enumerate().map(|(at, findings)| table(at, findings)).collect();
    let table = format!("{}\n{}.\n", tables.join("\n"), report::conditions());
    Ok(Report { table, charts: vec![("growth.svg", chart(&findings).svg())] })
}

/// A server for each count, and all of them measured in turn.
fn along(workspace: &Workspace, conditions: Conditions, axis: Axis) -> Result<Findings, Error> {
    let folder = load::folder(conditions.debug);
    let (counts, rounds, seconds) =
        if conditions.quick { (axis.quick, "1", "0.25") } else { (axis.counts, "15", "0.35") };
    let mut deployments = Vec::new();
    for count in counts {
        let name = format!("{}-{count}", axis.mode);
        let setup = Setup {
            folder,
            name: &name,
            log: "info",
            options: OPTIONS,
            workspaces: WORKSPACES,
            sandbox: SANDBOX,
        };
        deployments.push(Deployment::start(workspace, &setup)?);
    }
    let addresses: Vec<_> = deployments.iter().map(Deployment::address).collect();
    let processes: Vec<_> = deployments.iter().map(|deployment| deployment.processes()[0]).collect();
    let listed = counts.map(|count| count.to_string()).join(",");
    let program = workspace.target.join(folder).join("examples/load");
    let (mut slices, mut logins) = (Vec::new(), (0, 0.0));
    load::run(&program, &addresses, &[axis.mode, &listed, rounds, seconds], &processes, |line, used| {
        Ok(match line {
            Line::Filled { logins: count, seconds } => {
                if count >= logins.0 {
                    logins = (count, seconds);
                }
                format!("{count} have logged in, in {seconds:.0} s")
            }
            Line::Slice { place, kind, seconds, micros, wrong: 0 } => {
                let processor = used.get(place).copied().unwrap_or_default();
                let said = format!("measuring {}", kind.as_deref().unwrap_or("what is used without calls"));
                slices.push(Slice { place, kind, seconds, micros, processor });
                said
            }
            Line::Slice { wrong, .. } => format!("{wrong} were answered wrongly"),
            Line::End { words } if !words.is_empty() => {
                return Err(Error::Check(format!("answered wrongly: {}", words.join("; "))));
            }
            _ => "done".to_owned(),
        })
    })?;
    let costs = |kind| [0, 1, 2].map(|place| Cost::of(&slices, place, kind));
    let kinds = KINDS.iter().map(|(kind, ..)| costs(kind)).collect();
    let idle = [0, 1, 2].map(|place| 1e3 * cost::idle(&slices, place));
    Ok(Findings { axis, counts, kinds, idle, logins })
}

/// Three rows for each kind of call, and one for what is used without any.
fn table(at: usize, findings: &Findings) -> String {
    let Findings { axis, counts, kinds, idle, logins } = findings;
    let [first, second, third] = counts.map(grouped);
    let [one, many] = axis.name;
    let mut table = format!(
        "| With | {first} {one} | {second} {many} | times | {third} {many} | times | Flat |\n\
         |---|---:|---:|---:|---:|---:|---|\n"
    );
    for ((_, name, ways), costs) in KINDS.iter().zip(kinds) {
        let way = ways[at];
        let processor = costs.each_ref().map(Cost::processor);
        let spread = |at: usize| {
            let (least, most) = costs[at].spread();
            format!("{:.0} ({least:.0} to {most:.0})", processor[at])
        };
        let shown = [0, 1, 2].map(spread);
        let [one, more @ ..] = costs;
        let times = more.each_ref().map(|cost| cost.processor_times(one));
        row(&mut table, &format!("{name}, {way}: processor time, µs"), &shown, times, true);
        for (what, share, has_bar) in [("median, ms", 0.5, true), ("p99, ms", 0.99, false)] {
            let shown = costs.each_ref().map(|cost| format!("{:.2}", cost.latency(share)));
            let times = more.each_ref().map(|cost| cost.latency_times(one, share));
            row(&mut table, what, &shown, times, has_bar);
        }
    }
    let shown = idle.map(|value| format!("{value:.2}"));
    // Writing to a text cannot fail.
    let [a, b, c] = shown;
    let _ = writeln!(table, "| without any call: processor time, ms a second | {a} | {b} | | {c} | | |");
    let requests: usize = kinds.iter().flatten().map(|cost| cost.requests).sum();
    let _ = writeln!(
        table,
        "\n{} calls were measured; {} logged in one server in {:.0} s.",
        grouped(requests as u64),
        grouped(logins.0),
        logins.1
    );
    table
}

fn row(table: &mut String, what: &str, shown: &[String; 3], [second, third]: [f64; 2], has_bar: bool) {
    let flat = match (has_bar, second.max(third) <= BAR) {
        (false, _) => "",
        (true, true) => "yes",
        (true, false) => "no",
    };
    let [a, b, c] = shown;
    // Writing to a text cannot fail.
    let _ = writeln!(table, "| {what} | {a} | {b} | {second:.2} | {c} | {third:.2} | {flat} |");
}

/// Bars with the least beside those with the most: as long as each other where it is flat.
fn chart(findings: &[Findings; 2]) -> Chart {
    let panel = |findings: &Findings| Panel {
        heading: format!(
            "{} and {} {}",
            grouped(findings.counts[0]),
            grouped(findings.counts[2]),
            findings.axis.name[1]
        ),
        digits: 0,
        cases: KINDS
            .iter()
            .zip(&findings.kinds)
            .map(|((_, name, _), costs)| {
                (name.replace('`', ""), [costs[0].processor(), costs[2].processor()])
            })
            .collect(),
    };
    Chart {
        title: "Processor time of a call, in µs: as long as each other where it is flat".to_owned(),
        sides: ["with one", "with the most"],
        panels: findings.iter().map(panel).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(times: [f64; 3]) -> Findings {
        let cost = |times: f64| Cost::fixed(100.0 * times, times);
        let costs = times.map(cost);
        Findings {
            axis: AXES[0],
            counts: AXES[0].counts,
            kinds: vec![costs.clone(), costs.clone(), costs],
            idle: [0.1, 0.2, 0.3],
            logins: (10_000, 101.4),
        }
    }

    #[test]
    fn a_ratio_above_the_bar_is_not_flat() {
        let table = table(0, &findings([1.0, 1.14, 1.16]));
        let rows: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(
            rows[0],
            "| `tools/list`, four at a time: processor time, µs | 100 (90 to 110) | 114 (103 to 125) | 1.14 | \
             116 (104 to 128) | 1.16 | no |"
        );
        assert_eq!(rows[1], "| median, ms | 1.00 | 1.14 | 1.14 | 1.16 | 1.16 | no |");
        assert_eq!(rows[2], "| p99, ms | 1.00 | 1.14 | 1.14 | 1.16 | 1.16 |  |");
        assert_eq!(rows[9], "| without any call: processor time, ms a second | 0.10 | 0.20 | | 0.30 | | |");
        assert!(
            table.ends_with("27 calls were measured; 10,000 logged in one server in 101 s.\n"),
            "{table}"
        );
        assert!(
            super::table(0, &findings([1.0, 0.5, 1.1])).contains("| 0.50 | 110 (99 to 121) | 1.10 | yes |")
        );
    }

    #[test]
    fn the_chart_has_the_least_and_the_most() {
        let chart = chart(&[findings([1.0, 2.0, 1.1]), findings([1.0, 1.0, 1.0])]);
        assert_eq!(chart.panels[0].heading, "1 and 10,000 connections");
        let (name, bars) = &chart.panels[0].cases[0];
        assert_eq!((name.as_str(), bars.map(f64::round)), ("tools/list", [100.0, 110.0]));
    }
}

//! `bench client`: a request with `openphone-client` beside the same exchange on bare `reqwest`. The program is
//! `crates/openphone-client/benches/request/`.

use std::fmt::Write as _;

use serde::Deserialize;

use super::Report;
use super::chart::{Chart, Panel};
use super::program::{self, Run};
use crate::error::Error;
use crate::report;
use crate::workspace::Workspace;

/// One side of a case, as the program prints it.
#[derive(Clone, Debug, Deserialize)]
struct Figure {
    case: String,
    side: Side,
    samples: usize,
    microseconds: Spread,
    allocations: f64,
    bytes: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Client,
    Bare,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Spread {
    minimum: f64,
    median: f64,
    p99: f64,
}

impl Figure {
    /// As the columns of the table.
    fn columns(&self) -> [f64; 5] {
        let Spread { minimum, median, p99 } = self.microseconds;
        [median, minimum, p99, self.allocations, self.bytes]
    }
}

/// Digits after the point of each column: one or none.
const DIGITS: [usize; 5] = [1, 1, 1, 0, 0];

pub(super) fn measure(workspace: &Workspace) -> Result<Report, Error> {
    let Run { figures, placement } = program::run(workspace, "openphone-client", "request")?;
    let table = format!("{}\n{}, {placement}.\n", table(&figures), conditions(&figures));
    Ok(Report { table, charts: vec![("client-cost.svg", chart(&figures).svg())] })
}

/// The figures of each case that has two sides: without the client, then with it.
fn pairs(figures: &[Figure]) -> impl Iterator<Item = (&Figure, &Figure)> {
    let with = figures.iter().filter(|figure| figure.side == Side::Client);
    with.filter_map(|with| {
        let without = figures.iter().find(|other| other.side == Side::Bare && other.case == with.case)?;
        Some((without, with))
    })
}

/// Three rows for a case of two sides, and one for a figure that stands alone.
fn table(figures: &[Figure]) -> String {
    let mut table = String::from(
        "| Case | | Median, µs | Minimum, µs | p99, µs | Allocations | Bytes |\n\
         |---|---|---:|---:|---:|---:|---:|\n",
    );
    for (without, with) in pairs(figures) {
        row(&mut table, &with.case, "bare", without.columns().map(plain));
        row(&mut table, "", "`openphone-client`", with.columns().map(plain));
        let (without, with) = (without.columns(), with.columns());
        row(
            &mut table,
            "",
            "**its own cost**",
            std::array::from_fn(|at| (with[at] - without[at], "**", true)),
        );
    }
    let is_alone = |figure: &&Figure| pairs(figures).all(|(_, with)| with.case != figure.case);
    for figure in figures.iter().filter(is_alone) {
        let columns = figure.columns();
        // So short that a tenth of a microsecond says too little.
        let times = columns[..3].iter().map(|time| format!("{time:.2}"));
        let counts = columns[3..].iter().map(|count| format!("{count:.0}"));
        let cells: Vec<_> = times.chain(counts).collect();
        let _ = writeln!(table, "| {} | | {} |", figure.case, cells.join(" | "));
    }
    table
}

type Cell = (f64, &'static str, bool);

fn plain(value: f64) -> Cell {
    (value, "", false)
}

fn row(table: &mut String, case: &str, side: &str, cells: [Cell; 5]) {
    let _ = write!(table, "| {case} | {side} |");
    for ((value, emphasis, signed), digits) in cells.into_iter().zip(DIGITS) {
        let value = if signed {
            format!("{:+.digits$}", rounded(value, digits))
        } else {
            format!("{value:.digits$}")
        };
        let _ = write!(table, " {emphasis}{value}{emphasis} |");
    }
    table.push('\n');
}

/// Rounded, and a zero without a minus.
fn rounded(value: f64, digits: usize) -> f64 {
    let scale = if digits == 0 { 1.0 } else { 10.0 };
    (value * scale).round() / scale + 0.0
}

fn conditions(figures: &[Figure]) -> String {
    let samples = figures.iter().map(|figure| figure.samples).max().unwrap_or_default();
    format!("{}; up to {samples} repetitions of each side, in rounds that alternate", report::conditions())
}

fn chart(figures: &[Figure]) -> Chart {
    let panel = |heading: &str, digits, value: fn(&Figure) -> f64| Panel {
        heading: heading.to_owned(),
        digits,
        cases: pairs(figures)
            .map(|(without, with)| (with.case.clone(), [value(without), value(with)]))
            .collect(),
    };
    Chart {
        title: "openphone-client beside the same by hand (less is better)".to_owned(),
        sides: ["bare reqwest, serde", "openphone-client"],
        panels: vec![
            panel("Microseconds, median", DIGITS[0], |figure| figure.microseconds.median),
            panel("Allocations", DIGITS[3], |figure| figure.allocations),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Vec<Figure> {
        [
            r#"{"case":"get","side":"client","samples":9,"microseconds":{"minimum":40.0,"median":50.5,"p99":90.0},"allocations":60.0,"bytes":4096.0}"#,
            r#"{"case":"get","side":"bare","samples":9,"microseconds":{"minimum":40.04,"median":45.0,"p99":80.0},"allocations":50.0,"bytes":4000.0}"#,
            r#"{"case":"turn","side":"client","samples":4,"microseconds":{"minimum":0.2,"median":0.25,"p99":0.5},"allocations":1.0,"bytes":64.0}"#,
        ]
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
    }

    #[test]
    fn the_difference_is_the_clients_own_cost() {
        let rows = "| get | bare | 45.0 | 40.0 | 80.0 | 50 | 4000 |\n\
            |  | `openphone-client` | 50.5 | 40.0 | 90.0 | 60 | 4096 |\n\
            |  | **its own cost** | **+5.5** | **+0.0** | **+10.0** | **+10** | **+96** |\n\
            | turn | | 0.25 | 0.20 | 0.50 | 1 | 64 |\n";
        assert!(table(&figures()).ends_with(rows), "{}", table(&figures()));
    }

    #[test]
    fn the_chart_compares_what_has_two_sides() {
        let chart = chart(&figures());
        assert_eq!(chart.panels[0].cases, [("get".to_owned(), [45.0, 50.5])]);
        assert_eq!(chart.panels[1].cases, [("get".to_owned(), [50.0, 60.0])]);
    }
}

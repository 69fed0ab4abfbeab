//! Pictures: what the server added to each second's requests, and what became of those in the overload.

use std::fmt::Write as _;

use super::Args;
use super::log::Log;
use super::numbers::{float, quantile};
use super::record::{Record, Second};
use super::steady::PHASE;
use crate::svg::{WIDTH, document, text};

/// The plot's left, top, width and height.
const LEFT: f64 = 64.0;
const TOP: f64 = 72.0;
const ACROSS: f64 = 630.0;
const DOWN: f64 = 200.0;
/// Of the whole picture.
const HEIGHT: usize = 312;
/// One of these is between two lines of the grid.
const STEPS: [f64; 10] = [0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0];

/// What is besides the API in each second of the day, p99 and median.
pub(super) fn overhead(record: &Record, log: &Log, args: &Args) -> String {
    let of = |share: f64| -> Vec<f64> {
        let seconds =
            record.seconds.iter().filter(|second| second.phase == PHASE && !second.samples.is_empty());
        let each = |second: &Second| {
            quantile(second.samples.iter().filter_map(|sample| log.overhead(sample)), share)
        };
        seconds.map(each).filter(|value| value.is_finite()).collect()
    };
    let title = format!("Besides the API: {} users, {} requests a second", args.users, args.rate);
    plot(&title, "ms", &[("median of a second", of(0.5)), ("p99 of a second", of(0.99))])
}

/// Requests that were let in and refused, in each second.
pub(super) fn overload(record: &Record) -> String {
    // The last of a phase holds only what was still under way.
    let whole: Vec<_> = record
        .seconds
        .windows(2)
        .filter(|pair| pair[0].phase == pair[1].phase)
        .map(|pair| &pair[0])
        .collect();
    let of = |refusals: bool| -> Vec<f64> {
        let count =
            |second: &Second| second.samples.iter().filter(|sample| sample.is_refusal() == refusals).count();
        whole.iter().map(|second| float(count(second) as u64)).collect()
    };
    plot(
        "Half of what is let in, three times as much, half again",
        "a second",
        &[("refused", of(true)), ("let in", of(false))],
    )
}

fn plot(title: &str, unit: &str, lines: &[(&str, Vec<f64>); 2]) -> String {
    let mut body = String::new();
    text(&mut body, "t", 12, 24, title);
    for (at, (class, (name, _))) in ["la", "lb"].iter().zip(lines).enumerate() {
        let x = 12 + at * 240;
        line(&mut body, class, [(float(x as u64), 46.0), (float(x as u64 + 16), 46.0)].into_iter());
        text(&mut body, "", x + 22, 50, name);
    }
    text(&mut body, "v", WIDTH - 60, 50, unit);
    let largest = lines.iter().flat_map(|(_, values)| values).copied().fold(0.5, f64::max);
    let step = STEPS.into_iter().find(|step| largest / step <= 8.0).unwrap_or(1_000.0);
    let top = (largest / step).ceil() * step;
    let y = |value: f64| TOP + DOWN * (1.0 - value / top);
    let mut mark = 0.0;
    while mark <= top {
        let _ = writeln!(body, "<path class=\"g\" d=\"M{LEFT} {0:.1}H{1:.1}\"/>", y(mark), LEFT + ACROSS);
        text(&mut body, "v n", LEFT - 8.0, format!("{:.1}", y(mark) + 4.0), &format!("{mark}"));
        mark += step;
    }
    let last = lines.iter().map(|(_, values)| values.len()).max().unwrap_or(0).saturating_sub(1).max(1);
    let x = |second: usize| LEFT + ACROSS * float(second as u64) / float(last as u64);
    for (class, (_, values)) in ["la", "lb"].iter().zip(lines) {
        line(&mut body, class, values.iter().enumerate().map(|(second, value)| (x(second), y(*value))));
    }
    for second in (0..=last).step_by((last / 6).max(1)) {
        text(&mut body, "v", format!("{:.1}", x(second) - 8.0), TOP + DOWN + 18.0, &format!("{second}"));
    }
    text(&mut body, "v", LEFT, TOP + DOWN + 36.0, "seconds");
    document(title, HEIGHT, &body)
}

/// A line through these points.
fn line(body: &mut String, class: &str, points: impl Iterator<Item = (f64, f64)>) {
    // Writing to a text cannot fail.
    let _ = write!(body, "<polyline class=\"{class}\" points=\"");
    for (x, y) in points {
        let _ = write!(body, "{x:.1},{y:.1} ");
    }
    body.truncate(body.trim_end().len());
    body.push_str("\"/>\n");
}

#[cfg(test)]
mod tests {
    use super::super::record::Sample;
    use super::*;

    #[test]
    fn the_lines_are_as_high_as_their_values() {
        let second = |phase: &str, refused: usize, let_in: usize| {
            let sample = |status| Sample { status, ..Sample::default() };
            let samples = [vec![sample(503); refused], vec![sample(200); let_in]].concat();
            Second { phase: phase.to_owned(), samples, ..Second::default() }
        };
        let seconds = vec![
            second("calm", 0, 4),
            second("calm", 9, 9),
            second("overload", 8, 8),
            second("overload", 4, 8),
            second("overload", 1, 1),
        ];
        let svg = overload(&Record { seconds, ..Record::default() });
        let lines: Vec<_> = svg
            .lines()
            .filter_map(|line| line.strip_prefix("<polyline class=\"l")?.split('"').nth(2))
            .collect();
        assert_eq!(
            lines[2..],
            ["64.0,272.0 379.0,72.0 694.0,172.0", "64.0,172.0 379.0,72.0 694.0,72.0"],
            "{svg}"
        );
    }
}

//! What the server held over the run, as a picture: two lines over the seconds.

use std::fmt::Write as _;

use super::Args;
use super::record::{Held, Record};
use super::verdict::grouped;
use crate::svg::{WIDTH, document, text};

/// The plot's left, top, width and height.
const LEFT: f64 = 64.0;
const TOP: f64 = 72.0;
const ACROSS: f64 = 630.0;
const DOWN: f64 = 200.0;
/// Of the whole picture.
const HEIGHT: usize = 312;
/// One of these is between two lines of the grid.
const STEPS: [f64; 5] = [5.0, 10.0, 25.0, 50.0, 100.0];

/// One of the things that are drawn.
type Of = fn(&Held) -> u64;

pub(super) fn svg(record: &Record, args: &Args) -> String {
    let (streams, rate) = (grouped(args.streams), grouped(args.rate));
    let title = format!("Memory of the server: {streams} streams, {rate} calls a second");
    let mut body = String::new();
    text(&mut body, "t", 12, 24, &title);
    for (at, (class, name)) in [("la", "given out by its allocator"), ("lb", "resident")].iter().enumerate() {
        let x = 12 + at * 240;
        line(&mut body, class, [(as_float(x), 46.0), (as_float(x + 16), 46.0)].into_iter());
        text(&mut body, "", x + 22, 50, name);
    }
    text(&mut body, "v", WIDTH - 48, 50, "MB");

    let lines: [(_, Of); 2] = [("la", |held| held.heap), ("lb", |held| held.resident)];
    let values = |of: Of| record.seconds.iter().map(move |held| as_megabytes(of(held)));
    let largest = lines.iter().flat_map(|(_, of)| values(*of)).fold(1.0, f64::max);
    let step = STEPS.into_iter().find(|step| largest / step <= 8.0).unwrap_or(250.0);
    let top = (largest / step).ceil() * step;
    let y = |megabytes: f64| TOP + DOWN * (1.0 - megabytes / top);
    let mut mark = 0.0;
    while mark <= top {
        let _ = writeln!(body, "<path class=\"g\" d=\"M{LEFT} {0:.1}H{1:.1}\"/>", y(mark), LEFT + ACROSS);
        text(&mut body, "v n", LEFT - 8.0, format!("{:.1}", y(mark) + 4.0), &format!("{mark:.0}"));
        mark += step;
    }
    let last = record.seconds.len().saturating_sub(1).max(1);
    let x = |second: usize| LEFT + ACROSS * as_float(second) / as_float(last);
    for (class, of) in lines {
        line(&mut body, class, values(of).enumerate().map(|(second, value)| (x(second), y(value))));
    }
    for second in (0..=last).step_by((last / 6).max(1)) {
        text(&mut body, "v", format!("{:.1}", x(second) - 8.0), TOP + DOWN + 18.0, &format!("{second}"));
    }
    text(&mut body, "v", LEFT, TOP + DOWN + 36.0, "seconds");
    document(&title, HEIGHT, &body)
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

#[expect(clippy::cast_precision_loss, reason = "coordinates are small")]
fn as_float(coordinate: usize) -> f64 {
    coordinate as f64
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
fn as_megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_as_high_as_their_values() {
        let held = |resident, heap| Held { resident, heap, ..Held::default() };
        let seconds = vec![held(0, 100_000_000), held(50_000_000, 100_000_000), held(100_000_000, 0)];
        let record = Record { seconds, ..Record::default() };
        let svg = svg(&record, &Args { streams: 100, rate: 1, seconds: 6, write: false });
        let lines: Vec<_> = svg
            .lines()
            .filter_map(|line| line.strip_prefix("<polyline class=\"l")?.split('"').nth(2))
            .collect();
        assert_eq!(
            lines[2..],
            ["64.0,72.0 379.0,72.0 694.0,272.0", "64.0,272.0 379.0,172.0 694.0,72.0"],
            "{svg}"
        );
    }
}

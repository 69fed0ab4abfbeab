//! Two lines over the seconds of a run, or over what else is counted from zero, as a picture.

use std::fmt::Write as _;

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

/// Draws two named lines, each with a value for every second.
pub(crate) fn plot(title: &str, unit: &str, lines: &[(&str, Vec<f64>); 2]) -> String {
    plot_over("seconds", title, unit, lines)
}

/// Draws two named lines, each with a value for every one of what is `across`.
pub(crate) fn plot_over(across: &str, title: &str, unit: &str, lines: &[(&str, Vec<f64>); 2]) -> String {
    let mut body = String::new();
    text(&mut body, "t", 12, 24, title);
    for (at, (class, (name, _))) in ["la", "lb"].iter().zip(lines).enumerate() {
        let x = 12 + at * 240;
        line(&mut body, class, [(float(x), 46.0), (float(x + 16), 46.0)].into_iter());
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
    let x = |second: usize| LEFT + ACROSS * float(second) / float(last);
    for (class, (_, values)) in ["la", "lb"].iter().zip(lines) {
        line(&mut body, class, values.iter().enumerate().map(|(second, value)| (x(second), y(*value))));
    }
    for second in (0..=last).step_by((last / 6).max(1)) {
        text(&mut body, "v", format!("{:.1}", x(second) - 8.0), TOP + DOWN + 18.0, &format!("{second}"));
    }
    text(&mut body, "v", LEFT, TOP + DOWN + 36.0, across);
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

#[expect(clippy::cast_precision_loss, reason = "coordinates and seconds are small")]
fn float(coordinate: usize) -> f64 {
    coordinate as f64
}
